"""Until when whoever is given a task has to begin, where the rule says within what time (domain 3, Task).

It is working time of the case: while the work stands still nobody can begin, and nobody loses anything.
"""

from datetime import datetime

from services.contracts.decision import World
from services.routing.domain.case import Case
from services.routing.domain.clocks import calendar_at
from services.routing.domain.rules import Rules
from services.routing.domain.work import Work
from services.worktime import Calendar, Duration, Presence, Unit, advance
from services.worktime.arithmetic import advance_grains, grains_between


def start_by(case: Case, work: Work, world: World[Rules]) -> datetime | None:
    """For who is given it now. Raises NotYet, LookupError, WorktimeError."""
    step = case.plan.step(work.task.step) if case.plan else None
    if step is None or step.start_within is None:
        return None
    within = Duration(step.start_within.value, Unit(step.start_within.unit.value))
    return advance(calendar_at(case, case.calendar, world), world.now, within).at


def stood_still(case: Case, since: datetime, world: World[Rules]) -> Case:
    """With as much time left to begin as there was when the work came to stand. Raises NotYet, LookupError."""
    waiting = [work for work in case.work if work.start_by is not None and work.live]
    if not waiting:
        return case
    calendar = calendar_at(case, case.calendar, world)
    return case.with_work(*(_later(work, since, calendar, world) for work in waiting))


def _later(work: Work, since: datetime, calendar: Calendar, world: World[Rules]) -> Work:
    assert work.start_by is not None
    unit, staff = Unit.WORKING_HOURS, Presence.STAFF
    left = max(0, grains_between(calendar, since, work.start_by, unit, staff, avoid_provisional=False))
    at = advance_grains(calendar, world.now, left, unit, staff, False).at
    return work.model_copy(update={"start_by": at})
