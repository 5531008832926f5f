"""One local year of a calendar as sorted numbers: where an instant stands in open time, and the way back.

A position counts from the start of the year, in whole numbers (*grains*), on one of two scales:

- by the hour: open seconds;
- by the day: DAY_PARTS for each working day, spread evenly over that day's own open time. So a full day and a
  half day are one working day each, no pause is too short to count, and nothing is ever "24 hours".

Both scales stand still in closed time, hence the closing of a day and the next opening share one position; the way
back always gives the opening.
"""

from array import array
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from services.worktime.calendar import MINUTES_OF_DAY, Calendar, Hours, Interval, Presence, open_intervals

# More parts than a day has seconds (25 h when summer time ends), so that two seconds never share a part.
# Deliberately not 86,400: a working day must not be mistaken for a number of seconds.
DAY_PARTS = 1_000_000

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ONE_DAY = timedelta(days=1)
DAY_SECONDS = 24 * 3600

_WHOLE_DAY: Hours = (Interval(0, MINUTES_OF_DAY),)
_YEARS_KEPT = 32  # of one shelf; about 30 KB each


class ShelfKey(NamedTuple):
    """`presence` None is the plain civil year, open day and night: the scale of CALENDAR_DAYS."""

    presence: Presence | None
    avoid_provisional: bool


Shelf = dict[int, "Openings"]


def shelf_of(calendar: Calendar, key: ShelfKey) -> Shelf:
    """The years computed so far for one way to read a calendar; kept with the calendar value, never in the module."""
    return calendar.shelves.setdefault(key, {})


def openings(calendar: Calendar, key: ShelfKey, shelf: Shelf, year: int) -> "Openings":
    """One local year, computed at its first use; the oldest gives way."""
    book = shelf.get(year)
    if book is None:
        book = Openings(calendar, key, year)
        while len(shelf) >= _YEARS_KEPT:
            shelf.pop(next(iter(shelf)), None)
        shelf[year] = book
    return book


class Openings:
    """Parallel arrays, one row per span of open time (`opens`, `closes`, ...) and one per working day (`day_...`).

    Instants are seconds since 1970 UTC, so that days of 23 and 25 hours are right without a special case.
    """

    __slots__ = ("before", "closes", "day_before", "day_of", "day_seconds", "opens", "seconds")

    def __init__(self, calendar: Calendar, key: ShelfKey, year: int) -> None:
        self.opens = array("q")
        self.closes = array("q")
        self.before = array("q")  # open seconds of the year before this span
        self.day_of = array("q")  # the span's row among the working days
        self.day_before = array("q")
        self.day_seconds = array("q")
        self.seconds = 0
        day, next_year = date(year, 1, 1), date(year + 1, 1, 1)
        if key.presence is not None:
            day = max(day, calendar.weeks[0].valid_from)
        midnight = _second_of(calendar, day, 0)
        while day < next_year:
            following = _second_of(calendar, day + ONE_DAY, 0)
            hours = _hours(calendar, day, key)
            if hours:
                self._add_day(calendar, day, hours, midnight, following)
            day, midnight = day + ONE_DAY, following

    def _add_day(self, calendar: Calendar, day: date, hours: Hours, midnight: int, following: int) -> None:
        plain = following - midnight == DAY_SECONDS
        first, reached = self.seconds, midnight
        for start, end in hours:
            opens = midnight + start * 60 if plain else _second_of(calendar, day, start)
            closes = midnight + end * 60 if plain else _second_of(calendar, day, end)
            opens = max(opens, reached)  # an hour that summer time skips must not run backwards
            if closes <= opens:
                continue
            self.opens.append(opens)
            self.closes.append(closes)
            self.before.append(self.seconds)
            self.day_of.append(len(self.day_before))
            self.seconds += closes - opens
            reached = closes
        if self.seconds > first:
            self.day_before.append(first)
            self.day_seconds.append(self.seconds - first)

    def total(self, by_day: bool) -> int:
        return len(self.day_before) * DAY_PARTS if by_day else self.seconds

    def is_open(self, second: int) -> bool:
        row = bisect_right(self.opens, second) - 1
        return row >= 0 and second < self.closes[row]

    def position(self, second: int, by_day: bool) -> int:
        """Grains from the start of the year until this second; anything before or after the year is its edge."""
        row = bisect_right(self.opens, second) - 1
        if row < 0:
            return 0
        worked = self.before[row] + min(second, self.closes[row]) - self.opens[row]
        if not by_day:
            return worked
        day = self.day_of[row]
        return day * DAY_PARTS + (worked - self.day_before[day]) * DAY_PARTS // self.day_seconds[day]

    def second(self, position: int, by_day: bool) -> int:
        """The open second at a position below `total`. Inverse of `position`; between days of unequal length to 1 s."""
        worked = position
        if by_day:
            day, part = divmod(position, DAY_PARTS)
            length = self.day_seconds[day]
            # Round up, which undoes the rounding down above exactly, but never out of the day.
            worked = self.day_before[day] + min(-(-part * length // DAY_PARTS), length - 1)
        row = bisect_right(self.before, worked) - 1
        return self.opens[row] + worked - self.before[row]

    def closing_before(self, second: int) -> int | None:
        """The end of the last span that ended at or before this second, if the year has one."""
        row = bisect_right(self.closes, second) - 1
        return self.closes[row] if row >= 0 else None


def _hours(calendar: Calendar, day: date, key: ShelfKey) -> Hours:
    if key.presence is None:
        return _WHOLE_DAY
    return open_intervals(calendar, day, key.presence, avoid_provisional=key.avoid_provisional)


def _second_of(calendar: Calendar, day: date, minute: int) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=calendar.tz)
    local = midnight + timedelta(minutes=minute)  # within one zone this is the wall clock's arithmetic
    return (local - EPOCH) // SECOND
