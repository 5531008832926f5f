"""What a receipt promises of a case, and how each print of it can be recognised later (domain 8).

The number stays for the life of a case. What is printed may change: a promise moves, evidence comes, a kiosk takes
over. Each such change is a new *edition*; the hash of the one it replaces is kept, so that whoever holds an older print
can have it checked. Nothing is kept for the first edition before there is a second: filing costs nothing.
"""

import json
from collections import Counter
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from services.contracts.commitment import Commitment
from services.contracts.identifiers import normalise_tracking_code
from services.contracts.intake import RequestState
from services.contracts.persian import INVISIBLE, fold_digits
from services.contracts.wire import Instant, Wire, instant_text
from services.intake.domain.people import masked
from services.worktime import jalali_date

if TYPE_CHECKING:
    from services.intake.domain.case import Case
from services.intake.domain.case_parts import Redirect

FORM = 1
"""Of the content. Who changes what `content` holds raises it, and keeps the old form for checking what was printed.

`representative` is there only where there is one: what was printed before there were any reads as it did.
"""

UNPRINTED = frozenset(
    {
        "version",
        "state",
        "amount",
        "area",
        "presence",
        "unit_id",
        "channel_reason",
        "applicant_ref",
        "assisted",
        "assistance_reason",
        "representative_ref",
        "represented_before",
        "place",
        "duplicate_of",
        "merged",
        "priority_class",
        "legal_basis",
        "note",
        "on_spot_allowed",
        "not_on_spot_reason",
        "officer_id",
        "visits",
        "visit_ids",
        "visited_at",
        "unticketed_at",
        "here",
        "gone_at",
        "collectable",
        "result",
        "redirect_failure",
        "handover",
        "confirm_by",
        "heard_by",
        "tell_by",
        "announced",
        "collection",
        "objection_days",
        "object_until",
        "objection_over",
        "earlier",
        "suspension",
        "withdrawal",
        "attention",
        "next_due",
        "desk_needed_at",
        "desk_away",
        "desk_back_at",
        "slots",
        "history",
        "receipts",
        "survey",
        "erased",
        "printed",
        "sealed",
    }
)
"""Fields of a case that no receipt shows, or (`state`) only a redirect's and what ended unanswered: most moves
touch no other."""

_LOOKED_AT = UNPRINTED | {"commitments"}
"""What `_untouched` compares in its own way, or not at all."""


class Edition(Wire):
    """A receipt as it was printed until something on it changed: `at` is when that was."""

    edition: int
    at: Instant
    hash: str


def number(case: "Case") -> str:
    """`1405/12345678901234`: the Jalali year of filing and the tracking code."""
    return f"{jalali_date(case.filed_at)[:4]}/{case.tracking_code}"


def read_number(text: str) -> tuple[str, str]:
    """A number as somebody typed it from paper, in its written form, and the tracking code in it.

    Raises InvalidIdentifier.
    """
    year, _, rest = fold_digits(text).translate(INVISIBLE).rpartition("/")
    code = normalise_tracking_code(rest)
    return f"{year.strip()}/{code}", code


def edition(case: "Case") -> int:
    """1 for the receipt that was handed out first; each later one is a re-issue."""
    return len(case.receipts) + 1


def issued_at(case: "Case") -> datetime:
    """Since when the receipt reads as it does."""
    return case.receipts[-1].at if case.receipts else case.filed_at


def content(case: "Case") -> dict[str, Any]:
    """What the hash covers: what was promised, from the case alone. A desk that is renamed changes nothing of it."""
    return {"edition": edition(case), "issuedAt": instant_text(issued_at(case)), **_printed(case)}


def fingerprint(case: "Case") -> str:
    """SHA-256, in hex, of the content as JSON: keys sorted, UTF-8, no spaces (RFC 8785)."""
    if case.printed is not None:
        return case.printed
    text = json.dumps(content(case), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def recognised(case: "Case", hash: str) -> int | None:
    """Which edition bears this hash; None when no receipt of the case ever did."""
    if hash == fingerprint(case):
        return edition(case)
    return next((known.edition for known in case.receipts if known.hash == hash), None)


def keeping_editions(before: "Case | None", case: "Case", at: datetime) -> "Case":
    """The case, with the edition that it replaces if its receipt reads otherwise than before."""
    if before is None or _untouched(before, case) or _printed(before) == _printed(case):
        return case
    replaced = Edition(edition=edition(before), at=at, hash=fingerprint(before))
    return case.model_copy(update={"receipts": (*before.receipts, replaced)})


def promises(case: "Case") -> list[Commitment]:
    """What is ahead, soonest first: the answer, whose keeping is not for paper, and visits that can be served."""
    answer = case.promise()
    holds = (*case.standing_visits(), answer) if answer else case.standing_visits()
    return sorted(holds, key=lambda promise: promise.promised_at)


def documents_needed(case: "Case") -> list[str]:
    """What is still to be brought, by name."""
    return [] if case.state.ended_unanswered else list(case.needed)


def stages_ahead(case: "Case") -> list[str]:
    """All that the sheet says lies ahead when a case is filed; that it goes on makes no other receipt."""
    return [] if case.state.ended_unanswered else list(case.stages)


def redirect(case: "Case") -> "Redirect | None":
    """Where the citizen is to go: only while a kiosk office is awaited."""
    return case.redirect if case.state is RequestState.REDIRECTED else None


def documents(case: "Case") -> list[tuple[str, bool, int]]:
    """What was taken: type, whether the original was seen, how many."""
    return [
        (type_, original, count)
        for (type_, original), count in sorted(Counter((e.type, e.original_seen) for e in case.evidence).items())
    ]


def _printed(case: "Case") -> dict[str, Any]:
    sent = redirect(case)
    return {
        "form": FORM,
        "number": number(case),
        "trackingCode": case.tracking_code,
        "filedAt": instant_text(case.filed_at),
        "agency": case.org_id,
        "desk": case.desk_id,
        "kiosk": case.kiosk.ref.kiosk_id if case.kiosk else None,
        "channel": case.channel,
        "service": {"id": case.service_id, "version": case.service_version, "name": case.service_name},
        "applicant": masked(case.applicant) if case.applicant else None,
        **({"representative": masked(case.representative)} if case.representative else {}),
        "documents": [
            {"type": type_, "original": original, "count": count} for type_, original, count in documents(case)
        ],
        "documentsNeeded": documents_needed(case),
        **_until(case),
        "stagesAhead": stages_ahead(case),
        "cost": {"amount": case.cost, "payAt": case.pay_at},
        "promises": [
            {
                "kind": promise.kind,
                "at": instant_text(promise.promised_at),
                "legalLatestAt": None if promise.visit else instant_text(promise.legal_latest_at),
            }
            for promise in promises(case)
        ],
        "redirect": {
            "ref": sent.ref,
            "lapsesAt": instant_text(sent.lapses_at),
            "kiosks": [kiosk.to_wire() for kiosk in sent.kiosks],
        }
        if sent
        else None,
        "responsible": case.responsible.to_wire(),
        "objection": case.objection,
    }


def _until(case: "Case") -> dict[str, Any]:
    """Until when what is missing is awaited, where it is: other receipts read as they always have."""
    awaited = case.awaited
    if awaited is None or not awaited.missing:
        return {}
    return {"documentsUntil": instant_text(awaited.until)}


def _untouched(before: "Case", case: "Case") -> bool:
    """Whether what is printed is the very same, as far as can be told at once: nearly always it is."""
    if before.state is not case.state and (before.redirect is not None or case.state.ended_unanswered):
        return False
    if before.commitments is not case.commitments and _dates(before) != _dates(case):
        return False
    now = vars(case)
    return all(now[name] is value for name, value in vars(before).items() if name not in _LOOKED_AT)


def _dates(case: "Case") -> list[tuple[str, datetime, datetime]]:
    return [(promise.kind, promise.promised_at, promise.legal_latest_at) for promise in promises(case)]
