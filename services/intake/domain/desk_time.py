"""Time as a desk counts it: when so much of it has passed, also where the registry lacks the desk's calendar."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from services.contracts.decision import World
from services.intake.domain.rules import Rules
from services.intake.domain.standing import desk_calendar
from services.worktime import Calendar, Duration, Presence, Unit, WorktimeError, advance

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
    desk = world.registry.desk(desk_id)
    try:
        calendar = desk_calendar(world.registry, desk) if desk else None
        if calendar is not None:
            return _advanced(calendar, start, duration, presence)
    except WorktimeError:
        pass
    return start + duration.value * _WITHOUT_CALENDAR[duration.unit]


@lru_cache(maxsize=1024)  # the results of one batch share their second
def _advanced(calendar: Calendar, start: datetime, duration: Duration, presence: Presence) -> datetime:
    return advance(calendar, start, duration, presence).at
