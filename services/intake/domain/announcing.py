"""The result reaches the citizen: by a delivered message, or told at the desk. Nothing else counts (I9)."""

from datetime import datetime

from services.contracts.commitment import CommitmentKind
from services.contracts.decision import Decision, TimerFired, World
from services.contracts.intake_commands import Announce
from services.contracts.notify import GIVEN_UP, NoticeMoved
from services.intake.domain import collecting
from services.intake.domain.authority import desk_officer
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Announcement, Attention, Role
from services.intake.domain.desk_time import A_SECOND, desk_time
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.promising import ANSWERED, fulfilled, may_be_kept, told_late
from services.intake.domain.representing import faced
from services.intake.domain.request import (
    Request,
    moved,
    the_case,
    with_case,
)
from services.intake.domain.rules import Rules
from services.intake.domain.states import ANNOUNCED, CLOSED, COLLECTION_DUE, MOVES, RESULT_READY
from services.worktime import Duration, Unit

CONFIRMATION = "confirmation"
"""The timer of a result that waits for the confirmation of its message."""
TELLING = "telling"
"""The timer of a result that waits for the desk to tell it."""


def notice_moved(request: Request | None, message: NoticeMoved, world: World[Rules]) -> Decision[Request]:
    """Delivered: announced at the hour of delivery. Not to be relied on: work for the desk (I9)."""
    request, case = the_case(request)
    delivered = min(message.occurred_at, world.now) if "message.delivered" in message.moves else None
    if case.state is not RESULT_READY:
        return _told_before(request, case, delivered, world) if delivered else Decision(request)
    if delivered:
        told = Announcement(at=delivered, by=Role.NOTICE)
        return _announced(request, case, told, world)
    if GIVEN_UP.intersection(message.moves):
        return Decision(with_case(request, desk_tells(case, world), world.now))
    return Decision(request)


def _told_before(request: Request, case: Case, delivered: datetime, world: World[Rules]) -> Decision[Request]:
    """The desk has told it after its time, and the message may have before: by that the promise is kept, or late."""
    if case.announced is None or not told_late(case)[1]:
        return Decision(request)
    case, verbs = fulfilled(case, min(delivered, case.announced.at))
    told, _, event = moved(request, case, world.now, Role.NOTICE, verbs)
    return Decision(told, events=(event,))


def unconfirmed(request: Request | None, message: TimerFired, world: World[Rules]) -> Decision[Request]:
    """The message has had its time: the desk tells the citizen, unless the confirmation still comes (I9)."""
    request, case = the_case(request)
    due = due_times(case).get(CONFIRMATION)
    if due is None or world.now < due:
        return Decision(request)  # announced, or the desk's already
    return Decision(with_case(request, desk_tells(case, world), world.now))


def untold(request: Request | None, message: TimerFired, world: World[Rules]) -> Decision[Request]:
    """The desk has let its own time pass: seen by its head, once. Nobody outside hears of it."""
    request, case = the_case(request)
    due = due_times(case).get(TELLING)
    if due is None or world.now < due:
        return Decision(request)  # announced meanwhile
    case = case.model_copy(update={"attention": case.needing(Attention.TELL_OVERDUE)})
    return Decision(with_case(request, case, world.now))


def told_at_desk(request: Request | None, command: Announce, world: World[Rules]) -> Decision[Request]:
    """An officer of the desk told the citizen. Raises Refused ILLEGAL_MOVE, NOT_AUTHORISED, and as `faced` does."""
    request, case = the_case(request)
    MOVES.check(case.state, ANNOUNCED)
    officer = desk_officer(world, command.officer_id, case.desk_id)
    case = faced(case, command.told_to, command.representative, world)
    told = Announcement(
        at=world.now,
        by=Role.OFFICER,
        told_to=command.told_to,
        told_ref=case.representative_ref if command.told_to == "REPRESENTATIVE" else None,
        identity_seen=command.identity_seen,
        officer_id=officer.id,
    )
    return _announced(request, case, told, world)


def due_times(case: Case) -> dict[str, datetime]:
    """When the desk hears of a result that nobody confirmed, and its head of one that the desk did not tell."""
    if case.state is not RESULT_READY:
        return {}
    if Attention.TELL_CITIZEN not in case.attention:
        return {CONFIRMATION: case.confirm_by} if case.confirm_by is not None else {}
    if case.tell_by is None or Attention.TELL_OVERDUE in case.attention:
        return {}
    return {TELLING: case.tell_by + A_SECOND}


def desk_tells(case: Case, world: World[Rules]) -> Case:
    """The case in the work list of its desk, with the time it has: until the promised moment where that is sooner.

    Nobody else is told; the case stays RESULT_READY (I9).
    """
    if Attention.TELL_CITIZEN in case.attention:
        return case
    given = desk_time(world, case.desk_id, world.now, world.rules.told_by_desk)
    by = min((given, *_promises_ahead(case, world.now)))
    return case.model_copy(update={"attention": case.needing(Attention.TELL_CITIZEN), "tell_by": by})


def confirm_by(case: Case, world: World[Rules]) -> datetime:
    """Until when the message about a result of now may be confirmed; `world.now` when there is no time for that (I9).

    One working hour of the desk, or until 3 h before the promised moment, whichever is sooner (domain 8).
    """
    an_hour = Duration(world.rules.confirmed_within_hours, Unit.WORKING_HOURS)
    before_promise = (at - world.rules.told_before_promise for at in _promises_ahead(case, world.now))
    return max(world.now, min((desk_time(world, case.desk_id, world.now, an_hour), *before_promise)))


def heard_by(case: Case, world: World[Rules]) -> datetime | None:
    """Until when a delivery before the promised moment may be heard of; None where no message can be in time."""
    if not case.told_by_message(world.now):
        return None
    heard = (at + world.rules.delivery_heard_within for at in _promises_ahead(case, world.now))
    return max(heard, default=None)


def _promises_ahead(case: Case, now: datetime) -> tuple[datetime, ...]:
    """When the final answer is promised for; nothing once that has passed."""
    return tuple(
        promise.promised_at
        for promise in case.open_promises()
        if promise.kind is CommitmentKind.FINAL_DELIVERY and now <= promise.promised_at
    )


def _announced(request: Request, case: Case, announcement: Announcement, world: World[Rules]) -> Decision[Request]:
    """ANNOUNCED with its promise kept or late, and on to the handing over or the end: one event.

    What the desk tells after its time a message may have told in time: that is decided when no word of it may come.
    """
    at, waits = announcement.at, case.to_collect()
    undecided = announcement.by is Role.OFFICER and may_be_kept(case, at)
    case, verbs = (case, ()) if undecided else fulfilled(case, at)
    collection = collecting.begun(case, at, world) if waits else None
    attention = case.without(*ANSWERED)
    case = case.model_copy(update={"announced": announcement, "collection": collection, "attention": attention})
    path = (ANNOUNCED, *verbs, COLLECTION_DUE if waits else CLOSED)
    told, _, event = moved(request, case, at, announcement.by, path)
    return tell_kiosk(told, event, world)
