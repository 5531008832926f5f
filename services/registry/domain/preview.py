"""A calendar day by day, before it is saved and after: what people see who decide about it (domain 6)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.contracts.working_calendar import Week, WorkingCalendar
from services.worktime import (
    Calendar,
    DayKind,
    ExceptionStatus,
    Interval,
    NotCovered,
    Presence,
    Weekday,
    day_kind,
    open_intervals,
    parse_jalali,
)

DAY = timedelta(days=1)
YEAR = 366

Openings = tuple[tuple[Interval, ...], tuple[Interval, ...]]
"""The hours of the desk, and of the staff."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day: its kind, the hours of the desk and of the staff, and why it differs from its week."""

    date: date
    weekday: Weekday
    kind: DayKind
    desk: tuple[Interval, ...]
    staff: tuple[Interval, ...]
    provisional: bool
    """An exception is announced and not certain: new promises avoid the day, nothing is moved for it yet."""
    source: str | None
    confirmed: Openings
    """The hours that it would have if what is announced were confirmed."""

    @property
    def openings(self) -> tuple[Openings, Openings]:
        """All that can move a promise: what is certain, and what a confirmation would make of it."""
        return (self.desk, self.staff), self.confirmed


def year_of(jalali_year: int) -> tuple[date, date]:
    """The first day of a Jalali year, and that of the next. Raises ValueError."""
    return parse_jalali(f"{jalali_year:04}/01/01"), parse_jalali(f"{jalali_year + 1:04}/01/01")


def days(calendar: Calendar, first: date, end: date) -> Iterator[Day]:
    """Every day from `first` until before `end` that the calendar covers."""
    day = first
    while day < end:
        with suppress(NotCovered):
            yield _day(calendar, day)
        day += DAY


def touched(before: WorkingCalendar, after: WorkingCalendar, today: date) -> list[date]:
    """The days from today on that may not be the same any more.

    Where an exception comes or goes it is that day; where the weeks change, every day of a year from the first of them.
    """
    days = {day.date for day in set(before.exceptions) ^ set(after.exceptions)}
    weeks = [week.valid_from for one, other in ((before, after), (after, before)) for week in _only_in(one, other)]
    if weeks:
        first = max(today, min(weeks))
        days |= {first + DAY * number for number in range(YEAR)}
    return sorted(day for day in days if day >= today)


def changed(before: Calendar, after: Calendar, touched: Iterable[date]) -> list[tuple[Day, Day]]:
    """Of these days those that are not the same any more, each as it was and as it will be."""
    found = []
    for day in touched:
        with suppress(NotCovered):
            was, will = _day(before, day), _day(after, day)
            if was != will:
                found.append((was, will))
    return found


def moved(changed: Iterable[tuple[Day, Day]]) -> Iterator[Day]:
    """Of days that change those whose hours do, or would with a confirmation: the others touch no promise."""
    return (will for was, will in changed if was.openings != will.openings)


def first_moved(
    changed: Mapping[str | None, Iterable[tuple[Day, Day]]], own: Mapping[str | None, Collection[date]]
) -> dict[str | None, date | None]:
    """From which day on promises may move, by county; None stands for all that are not named. No day: none moves.

    `own`: of each county the days that its own exceptions hold; on others it goes with all the rest.
    """
    days = {county: {day.date for day in moved(changes)} for county, changes in changed.items()}
    general = days.get(None, set())
    return {
        county: min(general if county is None else days.get(county, set()) | general.difference(held), default=None)
        for county, held in own.items()
    }


def _only_in(one: WorkingCalendar, other: WorkingCalendar) -> list[Week]:
    return [week for week in one.weeks if week not in other.weeks]


def _day(calendar: Calendar, day: date) -> Day:
    open_ = calendar.provisional_on(day)
    differs = calendar.exception_on(day) or open_
    desk, staff = _openings(calendar, day)
    return Day(
        date=day,
        weekday=Weekday.of(day),
        kind=day_kind(calendar, day),
        desk=desk,
        staff=staff,
        provisional=open_ is not None,
        source=differs.source if differs else None,
        confirmed=_openings(_confirmed(calendar, day), day) if open_ else (desk, staff),
    )


def _openings(calendar: Calendar, day: date) -> Openings:
    return open_intervals(calendar, day, Presence.DESK), open_intervals(calendar, day, Presence.STAFF)


def _confirmed(calendar: Calendar, day: date) -> Calendar:
    """With nothing but what is announced of the day: that would hold, since it is nearer than what is certain."""
    announced = calendar.provisional_on(day)
    assert announced is not None, "asked of announced days alone"
    return replace(calendar, exceptions=(replace(announced, status=ExceptionStatus.CONFIRMED),))
