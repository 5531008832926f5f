"""The result reaches the citizen: by a delivered message, or told at the desk. Nothing else counts (I9)."""

from datetime import datetime, timedelta
from functools import lru_cache

from services.contracts.decision import Decision, TimerFired, World
from services.contracts.intake import Announce, CommitmentKind
from services.contracts.notify import NoticeMoved
from services.intake.domain.authority import desk_officer
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.promising import fulfilled
from services.intake.domain.request import Attention, Case, Request, Role, moved, the_case, with_case
from services.intake.domain.rules import Rules
from services.intake.domain.standing import desk_calendar
from services.intake.domain.states import ANNOUNCED, CLOSED, COLLECTION_DUE, MOVES, RESULT_READY
from services.worktime import Calendar, Duration, Unit, WorktimeError, advance

CONFIRMATION = "confirmation"
"""The timer of a result that waits for the confirmation of its message."""

GIVEN_UP = frozenset({"message.failed", "message.filtered", "message.expired", "message.suppressed", "message.unknown"})


def notice_moved(request: Request | None, message: NoticeMoved, world: World[Rules]) -> Decision[Request]:
    """Delivered: announced at the hour of delivery. Not to be relied on: work for the desk (I9)."""
    request, case = the_case(request)
    if case.state is not RESULT_READY:
        return Decision(request)
    if "message.delivered" in message.moves:
        return _announced(request, case, min(message.occurred_at, world.now), Role.NOTICE, world)
    if GIVEN_UP.intersection(message.moves):
        return _for_the_desk(request, case, world.now)
    return Decision(request)


def unconfirmed(request: Request | None, message: TimerFired, world: World[Rules]) -> Decision[Request]:
    """The message has had its time: the desk tells the citizen, unless the confirmation still comes (I9)."""
    request, case = the_case(request)
    if not any(due <= world.now for due in due_times(case).values()):
        return Decision(request)  # announced, or the desk's already
    return _for_the_desk(request, case, world.now)


def told_at_desk(request: Request | None, command: Announce, world: World[Rules]) -> Decision[Request]:
    """An officer of the desk told the citizen. Raises Refused ILLEGAL_MOVE, NOT_AUTHORISED."""
    request, case = the_case(request)
    MOVES.check(case.state, ANNOUNCED)
    desk_officer(world, command.officer_id, case.desk_id)
    return _announced(request, case, world.now, Role.OFFICER, world)


def due_times(case: Case) -> dict[str, datetime]:
    """When the desk hears of a result that waits for its confirmation; never when it knows already."""
    waiting = case.state is RESULT_READY and Attention.TELL_CITIZEN not in case.attention
    return {CONFIRMATION: case.confirm_by} if waiting and case.confirm_by is not None else {}


def confirm_by(case: Case, world: World[Rules]) -> datetime:
    """Until when the message about a result of now may be confirmed; `world.now` when there is no time for that (I9).

    One working hour of the desk, or until 3 h before the promised moment, whichever is sooner (domain 8).
    """
    before_promise = (
        promise.promised_at - world.rules.told_before_promise
        for promise in case.open_promises()
        if promise.kind is CommitmentKind.FINAL_DELIVERY and world.now <= promise.promised_at
    )
    return max(world.now, min((_hours_of_the_desk(case, world), *before_promise)))


def _hours_of_the_desk(case: Case, world: World[Rules]) -> datetime:
    """Without a calendar that answers an hour is an hour: sooner than needed, and not never."""
    hours, desk = world.rules.confirmed_within_hours, world.registry.desk(case.desk_id)
    try:
        calendar = desk_calendar(world.registry, desk) if desk else None
        if calendar is not None:
            return _advanced(calendar, world.now, Duration(hours, Unit.WORKING_HOURS))
    except WorktimeError:
        pass
    return world.now + timedelta(hours=hours)


@lru_cache(maxsize=1024)  # the results of one batch share their second
def _advanced(calendar: Calendar, now: datetime, within: Duration) -> datetime:
    return advance(calendar, now, within).at


def _for_the_desk(request: Request, case: Case, at: datetime) -> Decision[Request]:
    """Nobody is told: the desk has it in its work list, the case stays RESULT_READY."""
    case = case.model_copy(update={"attention": case.needing(Attention.TELL_CITIZEN)})
    return Decision(with_case(request, case, at))


def _announced(request: Request, case: Case, at: datetime, by: Role, world: World[Rules]) -> Decision[Request]:
    """ANNOUNCED with its promise kept or late, and on to the handing over or the end: one event."""
    case, verbs = fulfilled(case, at)
    told, _, event = moved(request, case, at, by, (ANNOUNCED, *verbs, COLLECTION_DUE if case.collectable else CLOSED))
    return tell_kiosk(told, event, world)
