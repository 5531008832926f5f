"""The Clock of a case: working time by the calendar that its promise named (domain 6, I6)."""

from services.contracts.decision import NotYet, World
from services.contracts.routing import Clock
from services.routing.domain.case import Case
from services.routing.domain.rules import Rules
from services.worktime import Unit, elapsed
from services.worktime.published import calendar_of


def stopped(case: Case, world: World[Rules]) -> Clock:
    """Stands still from now, with the working minutes until now consumed.

    Raises NotYet, then LookupError: versions that promises name are kept, so a missing one is a fault, not a rule
    (design 3).
    """
    clock = case.clock
    if clock.running_since is None:
        return clock
    entry = world.registry.calendar(case.calendar.id, case.calendar.version)
    if entry is None:
        if not world.patience_over:
            raise NotYet("UNKNOWN_CALENDAR")
        raise LookupError(
            f"a promise names calendar {case.calendar.id} v{case.calendar.version}: it was never published"
        )
    desk = world.registry.desk(case.desk_id)
    hours = elapsed(
        calendar_of(entry, desk.county if desk else None),
        clock.running_since,
        max(world.now, clock.running_since),
        Unit.WORKING_HOURS,
    )
    return clock.model_copy(
        update={"consumed_minutes": clock.consumed_minutes + int(hours * 60), "running_since": None}
    )
