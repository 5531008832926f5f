"""The closed list of texts by name: which notice each says, for what purpose, and what its event can tell (domain 8).

Which of them says what of a case: `wording`. A text in another channel or language is the same kind.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from services.notify.domain.notices import Notice, Purpose


class Kind(NamedTuple):
    """What all texts of one name have in common."""

    notice: Notice
    purpose: Purpose
    may_say: frozenset[str]
    """Tokens for which its event can have a value that holds."""
    must_say: frozenset[str]
    """Tokens without which it would not tell what it is for."""


ALWAYS: Final = frozenset({"code", "service", "responsible", "phone"})
"""What every event of a request tells."""


def _kind(notice: Notice, *must: str, may: tuple[str, ...] = (), purpose: Purpose = Purpose.SERVICE) -> Kind:
    return Kind(notice, purpose, ALWAYS.union(must, may), frozenset(must))


_LEGAL: Final = Purpose.LEGAL
_UNIT: Final = ("unit", "room", "contact", "unitphone")

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "registered": _kind(Notice.REGISTERED, "promised"),
        "redirected": _kind(Notice.REDIRECTED, "reference", may=("lapse",)),
        "redirect-lapsed": _kind(Notice.REDIRECT_LAPSED, "ending", may=("reference", "lapse")),
        "extended": _kind(Notice.EXTENDED, "redated", may=("promised",)),
        "re-dated": _kind(Notice.RE_DATED, "redated", may=("promised",)),
        "goes-on": _kind(Notice.RE_DATED, "redated", may=("promised",)),
        "documents-missing": _kind(Notice.INCOMPLETE, "documents", may=("count", "visit"), purpose=_LEGAL),
        "suspended-for-documents": _kind(Notice.SUSPENDED, "documents", may=("count", "visit"), purpose=_LEGAL),
        "suspended": _kind(Notice.SUSPENDED, may=("why",)),
        "resumed": _kind(Notice.RESUMED, "promised"),
        "resumed-late": _kind(Notice.RESUMED),
        "documents-reminder": _kind(Notice.DOCUMENTS_REMINDER, "documents", may=("count", "visit"), purpose=_LEGAL),
        "documents-postponed": _kind(Notice.DOCUMENTS_POSTPONED, "documents", may=("count", "visit")),
        "delay-apology": _kind(Notice.DELAY_APOLOGY, "promised"),
        "next-visit": _kind(Notice.VISIT, "visit", may=("promised", "closing")),
        "appointment": _kind(Notice.VISIT, "visit", may=("promised", "closing")),
        "visit-moved": _kind(Notice.VISIT_MOVED, "visit", may=("promised", "closing")),
        "visit-moved-by-closure": _kind(Notice.VISIT_MOVED, "visit", may=("promised", "closing")),
        "visit-off": _kind(Notice.VISIT_OFF, "visit", may=("promised",)),
        "visit-off-by-closure": _kind(Notice.VISIT_OFF, "visit", may=("promised",)),
        "visit-reinstated": _kind(Notice.VISIT_REINSTATED, "visit", may=("promised", "closing")),
        "visit-shortened": _kind(Notice.VISIT_SHORTENED, "visit", "closing", may=("promised",)),
        "visit-apology": _kind(Notice.VISIT_APOLOGY, "visit", may=("promised",)),
        "referred": _kind(Notice.REFERRED, "meeting", "unitphone", may=_UNIT),
        "referred-again": _kind(Notice.REFERRED, "meeting", "unitphone", may=_UNIT),
        "referral-missed": _kind(Notice.REFERRAL_MISSED, "missed", may=_UNIT),
        "referral-missed-again": _kind(Notice.REFERRAL_MISSED, "missed", may=_UNIT),
        "referral-cancelled": _kind(Notice.REFERRAL_CANCELLED, "meeting", may=_UNIT),
        "referral-off-by-closure": _kind(Notice.REFERRAL_CANCELLED, "meeting", may=_UNIT),
        "referral-shut": _kind(Notice.REFERRAL_CANCELLED, "missed", may=_UNIT),
        "result-granted": _kind(Notice.RESULT_READY),
        "result-collect": _kind(Notice.RESULT_READY),
        "result-refused": _kind(Notice.RESULT_READY, "objection", purpose=_LEGAL),
        "result-partial": _kind(Notice.RESULT_READY, "objection", purpose=_LEGAL),
        "result-partial-collect": _kind(Notice.RESULT_READY, "objection", purpose=_LEGAL),
        "done-on-spot": _kind(Notice.DONE_ON_SPOT),
        "refused-on-spot": _kind(Notice.DONE_ON_SPOT, "objection", purpose=_LEGAL),
        "partial-on-spot": _kind(Notice.DONE_ON_SPOT, "objection", purpose=_LEGAL),
        "collection-reminder": _kind(Notice.COLLECTION_REMINDER, "collect"),
        "objected": _kind(Notice.OBJECTED, "promised"),
        "reopened": _kind(Notice.REOPENED, "promised"),
        "withdrawn": _kind(Notice.WITHDRAWN),
        "duplicate": _kind(Notice.DUPLICATE, "other"),
        "survey": _kind(Notice.SURVEY, purpose=Purpose.SURVEY),
    }
)
"""A refusal names the way to object (I5); a message after which somebody may come too late names the day."""


def has_another_way(notice: Notice, name: str) -> bool:
    """Whether it goes by another channel where one has come to nothing: an announcement, or what rights hang on."""
    return notice is Notice.RESULT_READY or KINDS[name].purpose is Purpose.LEGAL
