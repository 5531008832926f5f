"""Until when whoever is given a task has to begin, where the rule says within what time (domain 3, Task).

It is working time of the case: while the work stands still, and on a day that comes to be closed, nobody can begin, and
nobody loses anything.
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
    """For who is given it now, or as soon as the work goes on. Raises NotYet, LookupError, WorktimeError."""
    step = case.plan.step(work.task.step) if case.plan else None
    if step is None or step.start_within is None:
        return None
    within = Duration(step.start_within.value, Unit(step.start_within.unit.value))
    lasting = case.clock.suspended()
    since = world.now if lasting is None else lasting.from_at  # what `as_much_left` counts from when it goes on
    return advance(calendar_at(case, case.calendar, world), since, within).at


def as_much_left(case: Case, since: datetime, before: Calendar, after: Calendar, now: datetime) -> Case:
    """With as much time left to begin, by the calendar after, as there was `since` by the one before.

    The work has stood still since, or the days have changed.
    """
    waiting = [work for work in case.work if work.start_by is not None and work.live]
    return case.with_work(*(_later(work, since, before, after, now) for work in waiting)) if waiting else case


def _later(work: Work, since: datetime, before: Calendar, after: Calendar, now: datetime) -> Work:
    assert work.start_by is not None
    unit, staff = Unit.WORKING_HOURS, Presence.STAFF
    left = max(0, grains_between(before, since, work.start_by, unit, staff, avoid_provisional=False))
    at = advance_grains(after, now, left, unit, staff, False).at
    return work.model_copy(update={"start_by": at})
