"""Advance and elapsed: the one pair of functions behind every promise, budget and pause (domain 6).

A duration is counted from an instant and ends at an instant inside open time:

- WORKING_HOURS count open seconds. A count that ends at a closing ends at the next opening, and says so.
- WORKING_DAYS count working days, however long each is: the day of the start is not counted, and the end has the same
  share of its day behind it as the start had. Filed halfway through a full day, due halfway through a half day.
- CALENDAR_DAYS count civil days to the same time of day; an end in closed time moves to the next opening, and says so.
- A start in closed time (23:00, a holiday, the break) counts from the next opening, except for CALENDAR_DAYS.

Instants are aware datetimes, read to the whole second; answers are in UTC.
"""

from dataclasses import dataclass
from datetime import MAXYEAR, datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from services.worktime.calendar import Calendar, DayKind, Presence
from services.worktime.errors import BeyondHorizon, NeverOpen, NotCovered
from services.worktime.openings import DAY_PARTS, EPOCH, SECOND, Openings, ShelfKey, openings, shelf_of

BARREN_YEARS = 3
HORIZON_YEARS = 100


class Unit(StrEnum):
    WORKING_HOURS = "WORKING_HOURS"
    WORKING_DAYS = "WORKING_DAYS"
    CALENDAR_DAYS = "CALENDAR_DAYS"


GRAINS = {Unit.WORKING_HOURS: 3600, Unit.WORKING_DAYS: DAY_PARTS, Unit.CALENDAR_DAYS: DAY_PARTS}
"""Grains in one unit: seconds of an hour, parts of a day."""


@dataclass(frozen=True, slots=True)
class Duration:
    value: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ValueError(f"a duration is not negative: {self.value} {self.unit}")

    @property
    def grains(self) -> int:
        return self.value * GRAINS[self.unit]


class MovedBy(StrEnum):
    """Why a due time could not stay where the count ended: closed-time -> next opening, by the closing's cause."""

    OUTSIDE_HOURS = "OUTSIDE_HOURS"
    WEEKEND = "WEEKEND"
    CLOSED_DAY = "CLOSED_DAY"
    SHORT_DAY = "SHORT_DAY"
    REMOTE_DAY = "REMOTE_DAY"
    PROVISIONAL_DAY = "PROVISIONAL_DAY"


@dataclass(frozen=True, slots=True)
class Due:
    """Where a count ended. `moved_by` and `moved_from` are set together, when it had ended in closed time."""

    at: datetime
    counted_from: datetime
    moved_by: MovedBy | None = None
    moved_from: datetime | None = None


def promise(calendar: Calendar, start: datetime, duration: Duration) -> Due:
    """A new promise: the staff's time is counted, the desk is open at the end, PROVISIONAL days are avoided (I3).

    `at` is a whole minute, so that the instant stored is the one shown. Raises as `advance` does.
    """
    return at_desk(calendar, advance(calendar, start, duration, avoid_provisional=True), avoid_provisional=True)


def at_desk(calendar: Calendar, due: Due, *, avoid_provisional: bool) -> Due:
    """Where a count ended, as it is promised: a whole minute at which the desk is open. Raises as `next_opening`."""
    at = due.at.replace(second=0)  # earlier, never later: the legal limit may end in the same minute
    opening = next_opening(calendar, at, Presence.DESK, avoid_provisional=avoid_provisional)
    if opening == at:
        return Due(at, due.counted_from, due.moved_by, due.moved_from)
    return Due(opening, due.counted_from, _why_closed(calendar, at, Presence.DESK, avoid_provisional), at)


def advance(
    calendar: Calendar,
    start: datetime,
    duration: Duration,
    presence: Presence = Presence.STAFF,
    *,
    avoid_provisional: bool = False,
) -> Due:
    """The instant at which `duration` has passed since `start`; always inside open time.

    Raises NotCovered, NeverOpen, BeyondHorizon; ValueError for a start without a zone.
    """
    return advance_grains(calendar, start, duration.grains, duration.unit, presence, avoid_provisional)


def elapsed(
    calendar: Calendar,
    start: datetime,
    end: datetime,
    unit: Unit,
    presence: Presence = Presence.STAFF,
    *,
    avoid_provisional: bool = False,
) -> Fraction:
    """How much of `unit` passed from `start` to `end`, exact and additive; negative when `end` is the earlier.

    The inverse of `advance`: exact in WORKING_HOURS; in days `round()` gives whole days (a due time is a whole
    second, so a day of another length can be met to a second only). Raises NotCovered, BeyondHorizon, ValueError.
    """
    return Fraction(grains_between(calendar, start, end, unit, presence, avoid_provisional), GRAINS[unit])


def is_open(
    calendar: Calendar, instant: datetime, presence: Presence = Presence.STAFF, *, avoid_provisional: bool = False
) -> bool:
    """Whether the instant lies in open time; a closing minute does not. Raises NotCovered, ValueError."""
    return _Ruler(calendar, presence, avoid_provisional).is_open(_second(instant))


def next_opening(
    calendar: Calendar, instant: datetime, presence: Presence = Presence.STAFF, *, avoid_provisional: bool = False
) -> datetime:
    """The instant itself when open, else the opening that follows. Raises NotCovered, NeverOpen, ValueError."""
    return _instant(_Ruler(calendar, presence, avoid_provisional).opening(_second(instant)))


def last_open_minute(
    calendar: Calendar, limit: datetime, presence: Presence = Presence.DESK, *, avoid_provisional: bool = False
) -> datetime:
    """The latest whole open minute at or before `limit`: where a promise past its legal limit is pulled to (I3).

    Raises NotCovered when nothing was open since the calendar began; ValueError.
    """
    minute = _second(limit) // 60 * 60
    ruler = _Ruler(calendar, presence, avoid_provisional)
    return _instant(minute if ruler.is_open(minute) else ruler.closing(minute) - 60)


def advance_grains(
    calendar: Calendar, start: datetime, grains: int, unit: Unit, presence: Presence, avoid_provisional: bool
) -> Due:
    """`advance` by a remainder, as a Clock needs it. `grains` is not negative."""
    second = _second(start)
    ruler = _Ruler(calendar, presence, avoid_provisional)
    if unit is Unit.CALENDAR_DAYS:
        counted_from = second
        ended = _Ruler(calendar, None, False).walk(second, grains, by_day=True)
        at = ruler.opening(ended)
    else:
        counted_from = ruler.opening(second)
        at = ruler.walk(second, grains, by_day=unit is Unit.WORKING_DAYS)
        ended = at
        if grains == 0:
            ended = second
        elif unit is Unit.WORKING_HOURS and ruler.is_opening(at):
            ended = ruler.closing(at)
    if ended == at:
        return Due(_instant(at), _instant(counted_from))
    moved_from = _instant(ended)
    return Due(
        _instant(at), _instant(counted_from), _why_closed(calendar, moved_from, presence, avoid_provisional), moved_from
    )


def grains_between(
    calendar: Calendar, start: datetime, end: datetime, unit: Unit, presence: Presence, avoid_provisional: bool
) -> int:
    """`elapsed` in whole grains, as a Clock adds them up."""
    civil = unit is Unit.CALENDAR_DAYS
    ruler = _Ruler(calendar, None if civil else presence, avoid_provisional)
    return ruler.between(_second(start), _second(end), by_day=unit is not Unit.WORKING_HOURS)


class _Ruler:
    """Open time as one scale across the years, for one presence (None: the civil day)."""

    __slots__ = ("calendar", "key", "shelf")

    def __init__(self, calendar: Calendar, presence: Presence | None, avoid_provisional: bool) -> None:
        self.calendar = calendar
        # One shelf serves both presences, or both treatments, when the calendar has no day that tells them apart.
        same_hours = presence is Presence.DESK and not calendar.has_remote
        self.key = ShelfKey(Presence.STAFF if same_hours else presence, avoid_provisional and calendar.has_provisional)
        self.shelf = shelf_of(calendar, self.key)

    def book(self, year: int) -> Openings:
        if year >= MAXYEAR:
            raise BeyondHorizon(f"{self}: the year {year} is out of reach")
        return openings(self.calendar, self.key, self.shelf, year)

    def year(self, second: int) -> int:
        """The local year of a second that the calendar covers."""
        if self.key.presence is not None and second < self.calendar.begins_at:
            raise NotCovered(f"{self} begins at {_instant(self.calendar.begins_at)}, after {_instant(second)}")
        try:
            return datetime.fromtimestamp(second, self.calendar.tz).year
        except (ValueError, OverflowError) as error:  # the local time leaves the years 1 to 9999
            raise BeyondHorizon(f"{self}: {second} s is out of reach") from error

    def walk(self, second: int, grains: int, by_day: bool) -> int:
        """The open second at which `grains` more are behind."""
        first = self.year(second)
        book = self.book(first)
        target = book.position(second, by_day) + grains
        year, barren = first, 0
        while target >= (total := book.total(by_day)):
            target -= total
            barren = 0 if total else barren + 1
            year += 1
            if barren > BARREN_YEARS:
                raise NeverOpen(f"{self} has no opening in the {BARREN_YEARS} years before {year}")
            if year - first > HORIZON_YEARS:
                raise BeyondHorizon(f"{self}: the count from {_instant(second)} goes on after {HORIZON_YEARS} years")
            book = self.book(year)
        return book.second(target, by_day)

    def between(self, start: int, end: int, by_day: bool) -> int:
        if end < start:
            return -self.between(end, start, by_day)
        first, last = self.year(start), self.year(end)
        if last - first > HORIZON_YEARS:
            raise BeyondHorizon(f"{self}: {_instant(start)} and {_instant(end)} lie over {HORIZON_YEARS} years apart")
        passed = sum(self.book(year).total(by_day) for year in range(first, last))
        return passed + self.book(last).position(end, by_day) - self.book(first).position(start, by_day)

    def is_open(self, second: int) -> bool:
        return self.book(self.year(second)).is_open(second)

    def is_opening(self, second: int) -> bool:
        """Whether open time begins at this open second; a shift that follows another without a gap begins nothing."""
        return second == self.calendar.begins_at or not self.is_open(second - 1)

    def opening(self, second: int) -> int:
        return second if self.is_open(second) else self.walk(second, 0, by_day=False)

    def closing(self, second: int) -> int:
        """The last closing at or before this second."""
        first = self.year(second)
        for year in range(first, self.calendar.weeks[0].valid_from.year - 1, -1):
            if (closed_at := self.book(year).closing_before(second)) is not None:
                return closed_at
        raise NotCovered(f"{self} was not open before {_instant(second)}")

    def __str__(self) -> str:
        return f"calendar {self.calendar.id!r} v{self.calendar.version}"


def _why_closed(calendar: Calendar, instant: datetime, presence: Presence, avoid_provisional: bool) -> MovedBy:
    local = instant.astimezone(calendar.tz)
    hours, exception = calendar.week_hours(local.date()), calendar.exception_on(local.date())
    if exception is not None and exception.kind is DayKind.CLOSED:
        return MovedBy.CLOSED_DAY
    if avoid_provisional and calendar.provisional_on(local.date()) is not None:
        return MovedBy.PROVISIONAL_DAY
    if exception is not None:
        if exception.kind is DayKind.REMOTE and presence is Presence.DESK:
            return MovedBy.REMOTE_DAY
        minute = local.hour * 60 + local.minute
        if exception.kind is DayKind.SHORT and any(start <= minute < end for start, end in hours):
            return MovedBy.SHORT_DAY
        return MovedBy.OUTSIDE_HOURS
    return MovedBy.OUTSIDE_HOURS if hours else MovedBy.WEEKEND


def _second(instant: datetime) -> int:
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs a zone: {instant}")
    return (instant - EPOCH) // SECOND


def _instant(second: int) -> datetime:
    return EPOCH + timedelta(seconds=second)
