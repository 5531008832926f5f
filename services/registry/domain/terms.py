"""By when an agency has to act on a deficiency: working days, by the calendar of its permanent desk (domain 6)."""

from datetime import datetime, timedelta

from services.contracts.entry import Status
from services.contracts.registry import Desk, Organization
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Id, Instant, Wire
from services.contracts.working_calendar import WorkingCalendar
from services.registry.domain.rules import Rules
from services.worktime import Duration, Unit, WorktimeError, advance
from services.worktime.published import calendar_of


class CalendarUsed(Wire):
    id: Id
    version: int


class Terms(Wire):
    """Fixed when a deficiency is reported: acknowledging it late does not put off the plan (I6)."""

    acknowledge_by: Instant
    plan_by: Instant
    calendar: CalendarUsed | None
    """None: no desk with a calendar was known, and days were counted as they come."""


def terms(registry: Snapshot, org_id: str, now: datetime, rules: Rules) -> Terms:
    """The terms of what is reported now."""
    acknowledge_by, used = after_working_days(registry, org_id, now, rules.acknowledge_days)
    plan_by, _ = after_working_days(registry, org_id, now, rules.plan_days)
    return Terms(acknowledge_by=acknowledge_by, plan_by=plan_by, calendar=used)


def after_working_days(
    registry: Snapshot, org_id: str, now: datetime, days: int
) -> tuple[datetime, CalendarUsed | None]:
    """By the agency's permanent desk; if it has none, by that of the nearest above, which waits for it."""
    for desk, calendar in _desks(registry, org_id):
        try:
            due = advance(calendar_of(calendar, desk.county), now, Duration(days, Unit.WORKING_DAYS))
        except WorktimeError:  # it gives no day
            continue
        return due.at, CalendarUsed(id=calendar.id, version=calendar.version)
    return now + timedelta(days=days), None


def _desks(registry: Snapshot, org_id: str) -> list[tuple[Desk, WorkingCalendar]]:
    agency = registry.organization(org_id)
    found = []
    for org in (agency, *registry.above(org_id)):
        desk = permanent_desk(registry, org)
        calendar = registry.calendar(desk.calendar_id) if desk else None
        if desk is not None and calendar is not None:
            found.append((desk, calendar))
    return found


def permanent_desk(registry: Snapshot, agency: Organization | None) -> Desk | None:
    """The agency's permanent desk, as far as it is in force."""
    desk = registry.desk(agency.desk_id) if agency else None
    return desk if desk is not None and desk.status is Status.ACTIVE else None
