"""Which text says what of a case, and the values that it names: dates, codes and names as an event has them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState, Move, holding
from services.contracts.coordination import ReferralOutcome
from services.contracts.intake import RequestMoved, RequestReferral
from services.contracts.routing import DueCause, ResultKind
from services.contracts.wire import instant_text
from services.notify.domain.notices import Notice
from services.notify.domain.templates import SAID_AS, Catalogue, Channel, Template, template_id
from services.notify.domain.tokens import Lang

_ONE_TEXT: Final = {
    Notice.REGISTERED: "registered",
    Notice.REDIRECTED: "redirected",
    Notice.REDIRECT_LAPSED: "redirect-lapsed",
    Notice.EXTENDED: "extended",
    Notice.VISIT_MOVED: "visit-moved",
    Notice.VISIT_OFF: "visit-off",
    Notice.VISIT_REINSTATED: "visit-reinstated",
    Notice.VISIT_SHORTENED: "visit-shortened",
    Notice.DOCUMENTS_POSTPONED: "documents-postponed",
    Notice.VISIT_APOLOGY: "visit-apology",
    Notice.INCOMPLETE: "documents-missing",
    Notice.DOCUMENTS_REMINDER: "documents-reminder",
    Notice.DELAY_APOLOGY: "delay-apology",
    Notice.COLLECTION_REMINDER: "collection-reminder",
    Notice.OBJECTED: "objected",
    Notice.REOPENED: "reopened",
    Notice.WITHDRAWN: "withdrawn",
    Notice.DUPLICATE: "duplicate",
    Notice.SURVEY: "survey",
}
_AND_MORE: Final = {
    Notice.VISIT_MOVED: "visit-moved-by-closure",
    Notice.VISIT_OFF: "visit-off-by-closure",
}
"""Where one message says that more of theirs may have moved: the one of a closure, or of two visits that are off."""

_BY_RESULT: Final = {
    (Notice.RESULT_READY, ResultKind.GRANTED): "result-granted",
    (Notice.RESULT_READY, ResultKind.REFUSED): "result-refused",
    (Notice.RESULT_READY, ResultKind.PARTIAL): "result-partial",
    (Notice.DONE_ON_SPOT, ResultKind.GRANTED): "done-on-spot",
    (Notice.DONE_ON_SPOT, ResultKind.REFUSED): "refused-on-spot",
    (Notice.DONE_ON_SPOT, ResultKind.PARTIAL): "partial-on-spot",
}

_COLLECTED: Final = {
    ResultKind.GRANTED: "result-collect",
    ResultKind.PARTIAL: "result-partial-collect",
}
"""Where the result leaves something to fetch."""


def _referred(referral: RequestReferral | None) -> str:
    return "referred-again" if referral and referral.rebooks else "referred"


def _missed(referral: RequestReferral | None) -> str:
    again = referral is not None and referral.outcome is ReferralOutcome.NO_MORE
    return "referral-missed-again" if again else "referral-missed"


def _cancelled(referral: RequestReferral | None) -> str:
    if referral is None or referral.outcome is not ReferralOutcome.UNIT_SHUT:
        return "referral-cancelled"
    return "referral-off-by-closure" if off_ahead(referral) else "referral-shut"


def off_ahead(referral: RequestReferral) -> bool:
    """Whether the unit will be shut, and nobody need have come in vain."""
    return referral.outcome is ReferralOutcome.UNIT_SHUT and referral.told_at < referral.slot.since


_OF_A_UNIT: Final[Mapping[Notice, Callable[[RequestReferral | None], str]]] = {
    Notice.REFERRED: _referred,
    Notice.REFERRAL_MISSED: _missed,
    Notice.REFERRAL_CANCELLED: _cancelled,
}
"""Where somebody is sent, or was, decides the text."""

UNTIL: Final = ("documents", "collect", "lapse", "ending", "meeting")
"""Tokens that name a moment until which somebody may come, or need not."""
OF_A_VISIT: Final = ("visit", "closing")
"""Tokens that name the moment of a visit, or when its desk shuts."""
DATED: Final = ("promised", "redated", *OF_A_VISIT, *UNTIL)
"""Tokens that name a moment: a message that names this very day goes first."""


def template_for(notice: Notice, event: RequestMoved, *, and_more: bool = False) -> str:
    """Which text says this of this case. A refusal has a text of its own, with the way to object (I5)."""
    if and_more and notice in _AND_MORE:
        return _AND_MORE[notice]
    if notice in _ONE_TEXT:
        return _ONE_TEXT[notice]
    if notice is Notice.VISIT:
        visit = the_visit(event, notice)
        return "appointment" if visit and visit.kind is CommitmentKind.APPOINTMENT else "next-visit"
    if notice in _OF_A_UNIT:
        return _OF_A_UNIT[notice](event.referral)
    if notice is Notice.SUSPENDED:
        return "suspended-for-documents" if event.awaited else "suspended"
    if notice is Notice.RE_DATED:
        move = _newest_move(event)
        return "goes-on" if move and move.cause is DueCause.SUSPENSION else "re-dated"
    if notice is Notice.RESUMED:
        promise = holding(event.commitments)
        return "resumed-late" if promise and promise.state is CommitmentState.BROKEN else "resumed"
    kind = event.result.kind if event.result else ResultKind.GRANTED
    if notice is Notice.RESULT_READY and event.collectable and kind in _COLLECTED:
        return _COLLECTED[kind]
    return _BY_RESULT[notice, kind]


def text_in(
    lang: Lang, name: str, tokens: Mapping[str, str], catalogue: Catalogue, channel: Channel = Channel.SMS
) -> Template:
    """The text of this name in the language its person reads; in Persian where not all is known that it would say.

    A text of the installation's own may say more than a message knows that was made before it was published.
    """
    ids = [template_id(name, words, each) for each in (lang, Lang.FA) for words in SAID_AS[channel]]
    texts = (catalogue.newest(id) for id in ids)
    return next((text for text in texts if text.can_say(tokens)), catalogue.newest(ids[-1]))


def text_or_own(
    lang: Lang, own: Template, tokens: Mapping[str, str], catalogue: Catalogue, channel: Channel = Channel.SMS
) -> Template:
    """As `text_in`, of a message that is there already: where no newer text can be said with what it knows, `own`, in
    which it was made."""
    text = text_in(lang, own.name, tokens, catalogue, channel)
    return text if text.can_say(tokens) else own


def tokens_of(event: RequestMoved, notice: Notice, texts: Iterable[Template]) -> dict[str, str]:
    """What these texts say of this case, as plain values: they become words when the message is sent."""
    facts: dict[str, str] = {}
    for name in dict.fromkeys(token for text in texts for token in text.tokens()):
        value = _BY_NOTICE[name](event, notice) if name in _BY_NOTICE else _FACTS[name](event)
        if value:
            facts[name] = value
    return facts


def facts_of(event: RequestMoved, names: Iterable[str]) -> dict[str, str]:
    """Of these tokens, which are about no visit, what the case has now."""
    known = {name: _FACTS[name](event) for name in names}
    return {name: value for name, value in known.items() if value}


def _promised(event: RequestMoved) -> str | None:
    promise = holding(event.commitments)
    return instant_text(promise.promised_at) if promise else None


def _newest_move(event: RequestMoved) -> Move | None:
    """How the promise of an answer moved that this event tells of."""
    moves = (promise.moves[-1] for promise in event.commitments if promise.moves and promise.visit is None)
    return max(moves, key=lambda move: move.at, default=None)


def the_visit(event: RequestMoved, notice: Notice) -> Commitment | None:
    """The visit that this notice tells of: the first to come of those touched so in the event, else the newest one.

    One event may move a next visit and take an appointment.
    """
    of_now = touched(event, notice)
    if of_now:
        return min(of_now, key=lambda promise: promise.promised_at)
    visits = (promise for promise in reversed(event.commitments) if promise.visit)
    return next((promise for promise in visits if promise.state is CommitmentState.OPEN), None)


def touched(event: RequestMoved, notice: Notice) -> list[Commitment]:
    """The visits to which this event did what the notice tells."""
    touched_at = _TOUCHED.get(notice)
    visits = (promise for promise in event.commitments if promise.visit)
    return [promise for promise in visits if touched_at and touched_at(promise) == event.occurred_at]


_TOUCHED: Final[Mapping[Notice, Callable[[Commitment], datetime | None]]] = {
    Notice.VISIT_MOVED: lambda promise: promise.moves[-1].at if promise.moves else None,
    Notice.VISIT_OFF: lambda promise: promise.visit.warned_at if promise.visit else None,
    Notice.VISIT_REINSTATED: lambda promise: promise.visit.reinstated_at if promise.visit else None,
    Notice.VISIT_SHORTENED: lambda promise: promise.visit.shortened_at if promise.visit else None,
    Notice.VISIT_APOLOGY: lambda promise: promise.ended_at if promise.state is CommitmentState.BROKEN else None,
}
"""When a visit was moved, is off, stands again, ends sooner or was broken."""


def _expected(event: RequestMoved, notice: Notice) -> str | None:
    visit = the_visit(event, notice)
    return instant_text(visit.promised_at) if visit else None


def _closing(event: RequestMoved, notice: Notice) -> str | None:
    promise = the_visit(event, notice)
    return instant_text(promise.visit.until) if promise and promise.visit else None


def _answer(event: RequestMoved, notice: Notice) -> str | None:
    """An apology names what was broken: the same event may promise anew."""
    if notice is not Notice.DELAY_APOLOGY:
        return _promised(event)
    answers = (promise for promise in reversed(event.commitments) if promise.visit is None)
    broken = next((promise for promise in answers if promise.state is CommitmentState.BROKEN), None)
    return instant_text(broken.promised_at) if broken else _promised(event)


_BY_NOTICE: Final = {"visit": _expected, "closing": _closing, "promised": _answer}
"""What depends on which notice of the event it is."""


def _redated(event: RequestMoved) -> str | None:
    move = _newest_move(event)
    return instant_text(move.to_at) if move else None


def _of_unit(event: RequestMoved, said: Callable[[RequestReferral], str | None]) -> str | None:
    return said(event.referral) if event.referral else None


_FACTS: Final[Mapping[str, Callable[[RequestMoved], str | None]]] = {
    "code": lambda event: event.tracking_code,
    "other": lambda event: event.duplicate_code,
    "promised": _promised,
    "redated": _redated,
    "lapse": lambda event: instant_text(event.redirect_lapses_at) if event.redirect_lapses_at else None,
    "ending": lambda event: instant_text(event.redirect_ends_at) if event.redirect_ends_at else None,
    "documents": lambda event: instant_text(event.awaited.until) if event.awaited else None,
    "why": lambda event: event.suspension.cause if event.suspension else None,
    "count": lambda event: str(len(event.awaited.missing)) if event.awaited else None,
    "meeting": lambda event: _of_unit(event, lambda sent: instant_text(sent.slot.since)),
    "missed": lambda event: _of_unit(event, lambda sent: instant_text(sent.slot.since)),
    "unit": lambda event: _of_unit(event, lambda sent: sent.unit_name),
    "room": lambda event: _of_unit(event, lambda sent: sent.contact.room),
    "contact": lambda event: _of_unit(event, lambda sent: sent.contact.name),
    "unitphone": lambda event: _of_unit(event, lambda sent: sent.contact.phone),
    "collect": lambda event: instant_text(event.collect_by) if event.collect_by else None,
    "service": lambda event: event.service_name,
    "responsible": lambda event: event.responsible.name,
    "phone": lambda event: event.responsible.phone,
    "reference": lambda event: event.redirect_ref,
    "objection": lambda event: event.objection,
}
