"""What the registry has decided of days ahead: whether an entry is in force then, and when a desk next receives."""

from datetime import date, datetime, timedelta
from itertools import pairwise

from services.contracts.entry import Entry, Status
from services.contracts.registry import Desk
from services.worktime import (
    Calendar,
    Due,
    Duration,
    Presence,
    Unit,
    WorktimeError,
    advance,
    is_open,
    last_open_minute,
)
from services.worktime.jalali import civil_day, start_of_day

A_WEEK = 7


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


def at_the_same_hour(desk: Desk, calendar: Calendar, at: datetime, opens: Due) -> datetime:
    """The hour of `at` on the first day from `opens` on on which the desk is there at it; else as soon as it opens.

    It is the hour that its person knows; and were it always the opening, nobody would have any time left to tell them.
    """
    first = at + timedelta(days=(civil_day(opens.at) - civil_day(at)).days)
    hours = (first + timedelta(days=number) for number in range(A_WEEK))
    try:
        return next(
            hour
            for hour in hours
            if in_service(desk, hour) and is_open(calendar, hour, Presence.DESK, avoid_provisional=True)
        )
    except (StopIteration, WorktimeError):
        return opens.at


def pulled_forward(calendar: Calendar, latest: datetime, now: datetime) -> datetime | None:
    """The last moment the law leaves at which the desk is open; None when there is none."""
    try:
        moment = last_open_minute(calendar, latest, Presence.DESK, avoid_provisional=True)
    except WorktimeError:
        return None
    return moment if moment > now else None


def while_in_service(
    desk: Desk, calendar: Calendar, at: datetime, latest: datetime, now: datetime
) -> tuple[datetime, bool]:
    """`at`, or the same hour when the desk is back in service, and whether that is a legal risk (I3).

    Where that is past the law, at its opening; where that is, too, as late as the desk is there before it goes. Where
    no opening has been decided `at` stays, since nothing better is known: a risk, too, which its head sees.
    """
    if in_service(desk, at):
        return at, at > latest
    to = opening(desk, calendar, at)
    if to is None:
        return at, True
    for back in (at_the_same_hour(desk, calendar, at, to), to.at):
        if back <= latest:
            return back, False
    before = _before_it_goes(desk, calendar, min(at, latest), now)
    return (before, False) if before else (to.at, True)


def _before_it_goes(desk: Desk, calendar: Calendar, limit: datetime, now: datetime) -> datetime | None:
    """The last open minute up to `limit` at which the desk is in service; None when there is none from now on."""
    moment = pulled_forward(calendar, limit, now)
    if moment is None or in_service(desk, moment):
        return moment
    gone = decided_since(desk, moment)
    return _before_it_goes(desk, calendar, gone - timedelta(seconds=1), now) if gone else None


def absence(entry: Entry, day: date) -> tuple[date, date | None] | None:
    """From that day on the first on which it is planned to be out of service, and the first after the last such day.

    None where it is in force on all of them, as far as is known; no second day where its return is not planned.
    """
    marks = (day, *sorted({plan.since for plan in entry.planned if plan.since > day}), None)
    away = [(since, until) for since, until in pairwise(marks) if since and entry.status_on(since) is not Status.ACTIVE]
    return (away[0][0], away[-1][1]) if away else None
