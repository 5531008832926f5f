"""Which days have moved a date: named by their decision, so that nobody is told of one twice (domain 12.9)."""

from datetime import date, datetime, timedelta

from services.contracts.working_calendar import ChangedDay
from services.worktime.calendar import Calendar, Presence, open_intervals
from services.worktime.jalali import civil_day


def said_of(calendar: Calendar, day: date) -> ChangedDay | None:
    """The day as the calendar has it, by whose decision. None where it is as its week, or that was not noted."""
    found = calendar.exception_on(day)
    return ChangedDay(date=day, decided=found.decided) if found and found.decided else None


def changed_days(
    before: Calendar, after: Calendar, since: datetime, was: datetime, will: datetime
) -> tuple[ChangedDay, ...]:
    """The days by which a count from `since` ends at `will` that ended at `was`; none unless all of them can be named.

    The count is of the staff's time; whether the desk is open matters only where it ends.
    """
    ends = sorted((civil_day(was), civil_day(will)))
    first, last = civil_day(since), ends[1]
    if _week_changed(before, after, first, last):
        return ()
    changed = [
        day
        for day in sorted({each.date for each in (*before.exceptions, *after.exceptions)})
        if first <= day <= last
        and (
            _is_otherwise(before, after, day, Presence.STAFF)
            or (day >= ends[0] and _is_otherwise(before, after, day, Presence.DESK))
        )
    ]
    named = [said_of(after, day) or _taken_back(before, after, day) for day in changed]
    known = tuple(day for day in named if day is not None)
    return known if len(known) == len(named) else ()


def _week_changed(before: Calendar, after: Calendar, first: date, last: date) -> bool:
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return before.weeks != after.weeks and any(before.week_hours(day) != after.week_hours(day) for day in days)


def _is_otherwise(before: Calendar, after: Calendar, day: date, presence: Presence) -> bool:
    """For certain: that a PROVISIONAL day comes or goes, or that one which was avoided is confirmed, moves nothing."""
    return all(
        open_intervals(before, day, presence, avoid_provisional=avoid)
        != open_intervals(after, day, presence, avoid_provisional=avoid)
        for avoid in (True, False)
    )


def _taken_back(before: Calendar, after: Calendar, day: date) -> ChangedDay | None:
    was = said_of(before, day)
    return was.model_copy(update={"taken_back": True}) if was and after.exception_on(day) is None else None
