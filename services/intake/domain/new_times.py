"""A new time reaches its person: by message, or the desk tells them (I9, domain 8, 12.9).

A visit, a deadline for documents or the promise of an answer has moved, a visit that was off stands again, or somebody
is asked back by the rules alone. Who left no mobile, or whose message came to nothing, stands in the work list of the
desk until it has told them or seen them, or whoever left none knows the time that holds again.
"""

from datetime import datetime

from services.contracts.commitment import BOOKED_ANEW, Commitment, ExpectedVisit
from services.contracts.decision import Decision, World
from services.contracts.notify import GIVEN_UP, NoticeMoved
from services.intake.domain.case import Case, to_come
from services.intake.domain.case_parts import Attention
from services.intake.domain.request import Request, the_case, with_case
from services.intake.domain.rules import Rules

NO_MESSAGE = "-"
"""Among the messages that have told nobody: there was nobody to send one to."""
POSTPONED = "request.documents-postponed"
ADDED = "commitment.added"
NEEDLESS = "message.suppressed"
"""The citizen hears it otherwise, or it matters no more; unless nobody can be reached by message any longer."""


def untold_without_mobile(case: Case, now: datetime) -> Case:
    """After a time has moved: the desk tells whoever no message can tell."""
    if case.told_by_message(now):
        return case
    since = case.untold_since if NO_MESSAGE in case.untold else now
    return _untold(case.model_copy(update={"untold_since": since}), NO_MESSAGE)


def known_again(case: Case) -> Case:
    """After a time has moved: nothing is to be told where each is again as its person knows it."""
    since = case.untold_since
    if case.untold != (NO_MESSAGE,) or since is None or _postponed(case, since):
        return case
    return case if any(_is_news(promise, case, since) for promise in case.open_promises()) else _with_untold(case, ())


def _is_news(promise: Commitment, case: Case, since: datetime) -> bool:
    """Whether this promise is for another time than its person knew at that moment, or ends sooner, or stands again."""
    visit, known = promise.visit, promise.promised_at
    for move in reversed(promise.moves):
        if move.at < since or move.rule == BOOKED_ANEW:
            break
        known = move.from_at
    if visit is None or known != promise.promised_at:
        return known != promise.promised_at
    by_the_rules = promise.basis == "RULE" and not promise.moves and _visit_added(case, since)
    stands_again = visit.reinstated_at is not None and visit.reinstated_at >= since
    return by_the_rules or stands_again or ends_sooner(visit)


def _visit_added(case: Case, since: datetime) -> bool:
    return any(each.visit and each.type == ADDED and each.at >= since for each in case.history)


def notice_moved(request: Request | None, message: NoticeMoved, world: World[Rules]) -> Decision[Request]:
    """Given up: the desk is asked to tell. Delivered after all: it need not."""
    request, case = the_case(request)
    if message.notice == "VISIT_SHORTENED" and "message.delivered" in message.moves:
        case = _knows_the_closing(case, min(message.occurred_at, world.now), message.created_at)
        request = with_case(request, case, world.now)
    if case.untold and "message.delivered" in message.moves and _tells_all(case, message):
        return Decision(with_case(request, _with_untold(case, ()), world.now))
    if message.message_id in case.untold and "message.delivered" in message.moves:
        left = tuple(id for id in case.untold if id != message.message_id)
        return Decision(with_case(request, _with_untold(case, left), world.now))
    if not _given_up(case, message, world.now) or not _matters(case, message):
        return Decision(request)
    return Decision(with_case(request, _untold(case, message.message_id), world.now))


def _tells_all(case: Case, message: NoticeMoved) -> bool:
    """Whether the message is of the newest time of the one visit that has another than it had, and nothing else of the
    case has."""
    retimed = [one for one in case.open_promises() if one.moves or (one.visit and one.visit.reinstated_at)]
    if message.notice not in ("VISIT_MOVED", "VISIT_REINSTATED") or len(retimed) != 1 or message.created_at is None:
        return False
    (visit,) = retimed
    if (
        visit.visit is None
        or ends_sooner(visit.visit)
        or (case.awaited is not None and _postponed(case, case.awaited.asked_at))
    ):
        return False
    since = max(filter(None, (visit.visit.reinstated_at, *(move.at for move in visit.moves))))
    return message.created_at >= since and len(case.open_visits()) == 1


def noticed(case: Case, at: datetime, world: World[Rules]) -> Case:
    """The desk has told its person what waited to be told."""
    return told_in_person(case, at) if Attention.TELL_NEW_TIME in case.attention else case


def found_together(case: Case, before: Commitment, now: datetime) -> Case:
    """The desk and its person have found another time instead of that visit's: of this visit nothing is to be told any
    more. Of what else has moved it may be."""
    others = any(promise.moves for promise in case.open_promises() if promise.id != before.id)
    asked_at = case.awaited.asked_at if case.awaited else None
    postponed = asked_at is not None and _postponed(case, asked_at)
    return case if others or postponed or not case.untold else told_in_person(case, now)


def _postponed(case: Case, since: datetime) -> bool:
    """Whether documents are awaited, and not until when they were at that moment."""
    return case.awaited is not None and any(each.type == POSTPONED and each.at >= since for each in case.history)


def told_in_person(case: Case, now: datetime) -> Case:
    """The desk has told its person, or seen them."""
    return _knows_the_closing(_with_untold(case, ()).model_copy(update={"times_told_at": now}), now)


def sets_out(case: Case) -> datetime | None:
    """When its person sets out who has not heard: at the time that a visit had before, else that it has."""
    visits = case.open_visits()
    known = (one.moves[-1].from_at if one.moves else one.promised_at for one in visits)
    return min(known, default=to_come(case.commitments, case.awaited))


def ends_sooner(visit: ExpectedVisit) -> bool:
    """Whether the desk shuts sooner than its person knows."""
    return visit.told_until is not None and visit.until < visit.told_until


def not_told_of(case: Case, promise_id: str) -> bool:
    """Whether this visit has another time or a sooner end than its person knows, or stands again, or was promised by
    the rules alone, without their knowing.

    Of a new time they know unless the message came to nothing; of a sooner end only when it was delivered.
    """
    promise = next(promise for promise in case.commitments if promise.id == promise_id)
    visit = promise.visit
    if visit is None:
        return False
    if ends_sooner(visit):
        return True
    another = _is_another_time(promise) or visit.reinstated_at is not None
    return another and Attention.TELL_NEW_TIME in case.attention


def _is_another_time(promise: Commitment) -> bool:
    """Whether its person was not there when its time was found: what the desk has booked anew it has told itself."""
    if promise.moves:
        return promise.moves[-1].rule != BOOKED_ANEW
    return promise.basis == "RULE"


def _knows_the_closing(case: Case, at: datetime, message_from: datetime | None = None) -> Case:
    """The case whose person has heard, before they were to come, until when the desk is open. `message_from`: of when
    the message is that has told them; an older one has told of another hour."""

    def heard(promise: Commitment) -> Commitment:
        visit = promise.visit
        if visit is None or visit.told_until is None or at >= promise.promised_at:
            return promise
        if message_from and visit.shortened_at and message_from < visit.shortened_at:
            return promise
        return promise.model_copy(update={"visit": visit.model_copy(update={"told_until": None})})

    commitments = tuple(heard(promise) for promise in case.commitments)
    return case if commitments == case.commitments else case.model_copy(update={"commitments": commitments})


def _given_up(case: Case, message: NoticeMoved, now: datetime) -> bool:
    if (GIVEN_UP - {NEEDLESS}).intersection(message.moves):
        return True
    return NEEDLESS in message.moves and not case.told_by_message(now)


def _matters(case: Case, message: NoticeMoved) -> bool:
    """Whether what it was to tell still lies ahead, and the desk has not told it itself."""
    if message.created_at and case.times_told_at and message.created_at <= case.times_told_at:
        return False
    if message.notice == "DOCUMENTS_POSTPONED":
        return case.awaited is not None and bool(case.awaited.missing)
    if message.notice in ("VISIT", "VISIT_MOVED"):
        moved = message.notice == "VISIT_MOVED"
        return any(bool(visit.moves) is moved and _is_another_time(visit) for visit in case.open_visits())
    if message.notice in ("RE_DATED", "EXTENDED"):
        return any(promise.visit is None and promise.moves for promise in case.open_promises())
    return bool(case.open_visits())


def _untold(case: Case, message_id: str) -> Case:
    return _with_untold(case, tuple(dict.fromkeys((*case.untold, message_id))))


def _with_untold(case: Case, untold: tuple[str, ...]) -> Case:
    attention = case.needing(Attention.TELL_NEW_TIME) if untold else case.without(Attention.TELL_NEW_TIME)
    return case.model_copy(update={"untold": untold, "attention": attention})
