"""The Clock of a case: working time by the calendar that its promise named (domain 6, I6).

`services.worktime.Clock` is the arithmetic; what is published and kept is `contracts.routing.Clock`.
"""

from datetime import datetime

from services.contracts.decision import NotYet, World
from services.contracts.routing import Clock
from services.contracts.working_calendar import CalendarRef
from services.routing.domain.case import Case
from services.routing.domain.rules import Rules
from services.worktime import Calendar, Duration, Presence, Unit, WorktimeError, elapsed, last_open_minute
from services.worktime import Clock as Counting
from services.worktime.published import calendar_of

LEGAL_LIMIT = "LEGAL_LIMIT"
"""The rule of a due time that was pulled forward to what the law leaves (I3)."""


def stopped(case: Case, world: World[Rules]) -> Clock:
    """Stands still from now, with the working time until now consumed.

    Raises NotYet, then LookupError: versions that promises name are kept, so a missing one is a fault, not a rule
    (design 3).
    """
    clock = case.clock
    if clock.running_since is None:
        return ended(clock, world.now)
    calendar = calendar_at(case, case.calendar, world)
    until = max(world.now, clock.running_since)
    hours = elapsed(calendar, clock.running_since, until, Unit.WORKING_HOURS)
    return clock.model_copy(
        update={
            "consumed": counting(clock).stop(calendar, until).consumed,
            "consumed_minutes": clock.consumed_minutes + int(hours * 60),
            "running_since": None,
        }
    )


def ended(clock: Clock, at: datetime) -> Clock:
    """The Clock with the suspension that lasts over; it stands all the same."""
    last = clock.suspended()
    if last is None:
        return clock
    over = last.model_copy(update={"to_at": at})
    return clock.model_copy(update={"suspensions": (*clock.suspensions[:-1], over)})


def counting(clock: Clock) -> Counting:
    """The Clock as a value that counts."""
    return Counting(
        budget=Duration(clock.budget.value, Unit(clock.budget.unit.value)),
        consumed=clock.consumed,
        running_since=clock.running_since,
        extended=clock.extended,
    )


def calendar_at(case: Case, version: CalendarRef, world: World[Rules]) -> Calendar:
    """That version of the calendar as it holds at the desk of the case. Raises NotYet, then LookupError."""
    entry = world.registry.calendar(version.id, version.version)
    if entry is None:
        if not world.patience_over:
            raise NotYet("UNKNOWN_CALENDAR")
        raise LookupError(f"calendar {version.id} v{version.version} is named, and was never published")
    desk = world.registry.desk(case.desk_id)
    return calendar_of(entry, desk.county if desk else None)


def lawful(
    at: datetime, rule: str | None, case: Case, calendar: Calendar, now: datetime
) -> tuple[datetime, str | None]:
    """A due time not past the law's limit, and the rule that put it there; intake warns where that cannot be (I3)."""
    latest = case.legal_latest_at
    if latest is None or at <= latest:
        return at, rule
    try:
        last = last_open_minute(calendar, latest, Presence.DESK, avoid_provisional=True)
    except WorktimeError:
        return at, rule
    return (last, LEGAL_LIMIT) if last > now else (at, rule)
