"""Time as a desk counts it: when so much of it has passed, also where the registry lacks the desk's calendar."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from services.contracts.decision import World
from services.contracts.registry import Desk
from services.contracts.snapshot import Snapshot
from services.intake.domain.in_service import in_service, opening
from services.intake.domain.rules import Rules
from services.intake.domain.standing import desk_calendar
from services.worktime import (
    Calendar,
    Duration,
    Presence,
    Unit,
    WorktimeError,
    advance,
    elapsed,
    next_opening,
    open_intervals,
    promise,
)

A_SECOND: Final = timedelta(seconds=1)
"""A moment that was named still counts as in time: what it misses falls due the second after."""

_WITHOUT_CALENDAR: Final = {
    Unit.WORKING_HOURS: timedelta(hours=1),
    Unit.WORKING_DAYS: timedelta(days=1),
    Unit.CALENDAR_DAYS: timedelta(days=1),
}


def desk_time(
    world: World[Rules], desk_id: str, start: datetime, duration: Duration, presence: Presence = Presence.STAFF
) -> datetime:
    """When `duration` has passed since `start` by the desk's calendar, in open time (domain 6).

    `presence`: STAFF for what the desk does, DESK for what a person comes for: on a REMOTE day nobody is received.
    Without a calendar that answers an hour is an hour and a day a day: sooner than needed, and not never.
    """
    at = answer_of_calendar(world, desk_id, lambda calendar: advanced(calendar, start, duration, presence))
    return at or start + without_calendar(duration)


def closing_of(registry: Snapshot, desk: Desk, day: date) -> datetime | None:
    """When the desk shuts for the last time on that day; None when it does not open, or nobody knows."""
    calendar = desk_calendar(registry, desk)
    try:
        hours = open_intervals(calendar, day, Presence.DESK) if calendar else ()
    except WorktimeError:
        return None
    if calendar is None or not hours:
        return None
    return (datetime.combine(day, time(), calendar.tz) + timedelta(minutes=hours[-1].end)).astimezone(UTC)


def desk_deadline(world: World[Rules], desk_id: str, start: datetime, duration: Duration) -> datetime:
    """As `desk_time`, and the desk is open then: until when somebody may come to it."""
    at = answer_of_calendar(world, desk_id, lambda calendar: promise(calendar, start, duration).at)
    return in_service_from(world, desk_id, at or start + without_calendar(duration))


def in_service_from(world: World[Rules], desk_id: str, at: datetime) -> datetime:
    """`at`, or the next opening of a desk that is known to be out of service then, where one is known."""
    desk = world.registry.desk(desk_id)
    calendar = desk_calendar(world.registry, desk) if desk else None
    if desk is None or calendar is None or in_service(desk, at):
        return at
    receives = opening(desk, calendar, at)
    return receives.at if receives else at


def opens_from(world: World[Rules], desk_id: str, at: datetime) -> datetime:
    """`at`, or where the desk is shut then, when it next receives people."""
    return answer_of_calendar(world, desk_id, lambda calendar: next_opening(calendar, at, Presence.DESK)) or at


def before(world: World[Rules], desk_id: str, start: datetime, end: datetime, working_days: int) -> datetime:
    """So many working days of the desk before `end`, never before `start`."""

    def days_before(calendar: Calendar) -> datetime:
        days = round(elapsed(calendar, start, end, Unit.WORKING_DAYS)) - working_days
        return min(end, advance(calendar, start, Duration(max(0, days), Unit.WORKING_DAYS)).at)

    return answer_of_calendar(world, desk_id, days_before) or max(start, end - working_days * timedelta(days=1))


def answer_of_calendar(world: World[Rules], desk_id: str, question: Callable[[Calendar], datetime]) -> datetime | None:
    """What the desk's calendar says; None where there is none that answers."""
    desk = world.registry.desk(desk_id)
    try:
        calendar = desk_calendar(world.registry, desk) if desk else None
        return question(calendar) if calendar is not None else None
    except WorktimeError:
        return None


def without_calendar(duration: Duration) -> timedelta:
    return duration.value * _WITHOUT_CALENDAR[duration.unit]


@lru_cache(maxsize=1024)  # the results of one batch share their second
def advanced(calendar: Calendar, start: datetime, duration: Duration, presence: Presence) -> datetime:
    return advance(calendar, start, duration, presence).at
