"""When a unit's own share of the time ends, where the rule of the service gives its step one (domain 6; I6).

Derived from the case whenever somebody looks, and stored nowhere: the share runs with the Clock of the case, from the
opening of the step in the unit on, and stands still with it. It never ends after the Clock of the case.
"""

from datetime import datetime

from services.contracts.routing_rule import RuleStep
from services.contracts.snapshot import Snapshot
from services.routing.domain.case import Case
from services.routing.domain.work import Work
from services.worktime import Calendar, Clock, Duration, Unit, WorktimeError
from services.worktime.published import calendar_of


def due_of(case: Case, work: Work, registry: Snapshot) -> datetime:
    """Until when the unit is to have answered: by its share, or by the Clock of the case where it has none.

    By the latter too where the registry does not know the calendar, or the count has no end: nothing hangs on a view.
    """
    step = case.plan.step(work.task.step) if case.plan else None
    entry = registry.calendar(case.calendar.id, case.calendar.version)
    if step is None or step.budget is None or entry is None:
        return case.clock.due
    desk = registry.desk(case.desk_id)
    try:
        return step_due(case, work, step, calendar_of(entry, desk.county if desk else None))
    except WorktimeError:
        return case.clock.due


def step_due(case: Case, work: Work, step: RuleStep, calendar: Calendar) -> datetime:
    """The end of the share, as it is counted by this calendar; while the work stands still, the last that held.

    A task that follows another of the same step in the same unit has what that one has left of the share: who gives a
    task back wins no time for the unit. Raises WorktimeError.
    """
    if step.budget is None:
        return case.clock.due
    begun = _opened(case, work)
    share = Clock(Duration(step.budget.value, Unit(step.budget.unit.value)), running_since=begun)
    for suspension in case.clock.suspensions:
        since = share.running_since
        if suspension.to_at is None or since is None or share.due(calendar).at < suspension.from_at:
            break
        if suspension.to_at > since:
            share = share.stop(calendar, max(suspension.from_at, since)).start(suspension.to_at)
    return min(share.due(calendar).at, case.clock.due)


def _opened(case: Case, work: Work) -> datetime:
    """When the unit got the step for the first time, in this round."""
    same = [
        each.opened_at
        for each in case.work
        if each.task.step == work.task.step and each.task.unit_id == work.task.unit_id
    ]
    return min((work.opened_at, *same))
