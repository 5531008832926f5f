"""What the registry has decided of days ahead: whether an entry is in force then, and when a desk next receives."""

from datetime import date, datetime

from services.contracts.entry import Entry, Status
from services.contracts.registry import Desk
from services.worktime import Calendar, Due, Duration, Presence, Unit, WorktimeError, advance
from services.worktime.jalali import civil_day, start_of_day


def in_service(entry: Entry, moment: datetime) -> bool:
    """Whether it is in force on the Tehran day of that moment."""
    return entry.status_on(civil_day(moment)) is Status.ACTIVE


def decided_since(entry: Entry, moment: datetime) -> datetime | None:
    """Since when it is what it is at that moment; None where that follows from no plan."""
    plans = (plan.since for plan in entry.planned if plan.since <= civil_day(moment))
    since = max(plans, default=None)
    return start_of_day(since) if since else None


def returns(entry: Entry, day: date) -> date | None:
    """The first day after that one from which it is planned to be in force."""
    return next((plan.since for plan in entry.planned if plan.since > day and plan.status is Status.ACTIVE), None)


def opening(desk: Desk, calendar: Calendar, at: datetime, *, avoid_provisional: bool = True) -> Due | None:
    """The first moment from `at` on at which the desk is open and in service, and why it is not `at`.

    None where no such moment is known. `avoid_provisional`: as new promises do.
    """
    try:
        due = advance(calendar, at, Duration(0, Unit.WORKING_HOURS), Presence.DESK, avoid_provisional=avoid_provisional)
    except WorktimeError:
        return None
    if in_service(desk, due.at):
        return due
    back = returns(desk, civil_day(due.at))
    return opening(desk, calendar, start_of_day(back), avoid_provisional=avoid_provisional) if back else None
