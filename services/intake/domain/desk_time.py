"""Time as a desk counts it: when so much of it has passed, also where the registry lacks the desk's calendar."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from services.contracts.decision import World
from services.contracts.registry import Desk
from services.contracts.snapshot import Snapshot
from services.intake.domain.rules import Rules
from services.intake.domain.standing import desk_calendar
from services.worktime import Calendar, Duration, Presence, Unit, WorktimeError, advance, open_intervals

A_SECOND: Final = timedelta(seconds=1)
"""A moment that was named still counts as in time: what it misses falls due the second after."""

_WITHOUT_CALENDAR: Final = {
    Unit.WORKING_HOURS: timedelta(hours=1),
    Unit.WORKING_DAYS: timedelta(days=1),
    Unit.CALENDAR_DAYS: timedelta(days=1),
}


def desk_time(world: World[Rules], desk_id: str, start: datetime, duration: Duration) -> datetime:
    """When `duration` has passed since `start` by the desk's calendar, in open time (domain 6).

    Without a calendar that answers an hour is an hour and a day a day: sooner than needed, and not never.
    """
    desk = world.registry.desk(desk_id)
    try:
        calendar = desk_calendar(world.registry, desk) if desk else None
        if calendar is not None:
            return _advanced(calendar, start, duration)
    except WorktimeError:
        pass
    return start + duration.value * _WITHOUT_CALENDAR[duration.unit]


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


@lru_cache(maxsize=1024)  # the results of one batch share their second
def _advanced(calendar: Calendar, start: datetime, duration: Duration) -> datetime:
    return advance(calendar, start, duration).at
