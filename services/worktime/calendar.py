"""A working calendar: dated weeks with any weekend, and the days that differ from them (domain 6).

A value, never a module global: one agency's hours cannot overwrite another's (domain 12.21).
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from services.contracts.working_calendar import CalendarRef
from services.worktime.errors import BadCalendar, NotCovered

if TYPE_CHECKING:
    from services.worktime.openings import Shelf, ShelfKey

MINUTES_OF_DAY = 24 * 60


class Weekday(IntEnum):
    """The week as Iran counts it: Saturday is 0, Friday is 6 (not ISO)."""

    SATURDAY = 0
    SUNDAY = 1
    MONDAY = 2
    TUESDAY = 3
    WEDNESDAY = 4
    THURSDAY = 5
    FRIDAY = 6

    @classmethod
    def of(cls, day: date) -> "Weekday":
        return cls((day.weekday() + 2) % 7)


class DayKind(StrEnum):
    """OPEN and CLOSED (weekends too) follow from the week; an exception is any kind but OPEN."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    SHORT = "SHORT"
    REMOTE = "REMOTE"
    EXTRA = "EXTRA"


class ExceptionStatus(StrEnum):
    """FIXED and CONFIRMED days hold. A PROVISIONAL one holds for new promises alone."""

    FIXED = "FIXED"
    PROVISIONAL = "PROVISIONAL"
    CONFIRMED = "CONFIRMED"


class Presence(StrEnum):
    """Whose open time: the STAFF's, who also work on REMOTE days, or the DESK's, which is then shut."""

    STAFF = "STAFF"
    DESK = "DESK"


class Interval(NamedTuple):
    """Half-open minutes of a local day: 450, 750 is from 07:30 until just before 12:30. 1440 (24:00) is a legal end."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.start // 60:02}:{self.start % 60:02}-{self.end // 60:02}:{self.end % 60:02}"


Hours = tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class WeekPattern:
    """The hours of seven days from a date on, Saturday first. A break is two intervals; no interval is weekend."""

    valid_from: date
    days: tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]

    def problems(self) -> Iterator[str]:
        where = f"week from {self.valid_from}"
        if len(self.days) != len(Weekday):
            yield f"{where}: has {len(self.days)} days, not seven"
            return
        for weekday in Weekday:
            yield from _problems_of_hours(f"{where}, {weekday.name.lower()}", self.days[weekday])


@dataclass(frozen=True, slots=True)
class DayException:
    """One date that differs from its week. SHORT and EXTRA bring their hours; REMOTE may; CLOSED has none."""

    date: date
    kind: DayKind
    status: ExceptionStatus
    source: str
    intervals: Hours = ()
    county: str | None = None
    layer: int = 0
    """How far below its calendar it was decided: of several for one day the nearest that is certain holds."""
    decided: CalendarRef | None = None
    """In which calendar, and which version of it; None where that was not noted."""

    def problems(self) -> Iterator[str]:
        where = f"{self.date}"
        if self.kind is DayKind.OPEN:
            yield f"{where}: OPEN is no exception; use EXTRA with hours"
        if self.kind in (DayKind.SHORT, DayKind.EXTRA) and not self.intervals:
            yield f"{where}: {self.kind} needs hours"
        if self.kind is DayKind.CLOSED and self.intervals:
            yield f"{where}: CLOSED has no hours"
        yield from _problems_of_hours(where, self.intervals)


@dataclass(frozen=True)
class Calendar:
    """When one scope is open, under a version; equal by content, hashed by id and version.

    `weeks` ascend by `valid_from`; before the first there is no answer (NotCovered), so a new version keeps the
    old weeks. `exceptions` are those that apply here: for a date at most one that is certain, and one PROVISIONAL.
    Raises BadCalendar, naming every problem.
    """

    id: str
    version: int
    weeks: tuple[WeekPattern, ...]
    exceptions: tuple[DayException, ...] = ()
    zone: str = "Asia/Tehran"
    # What `openings` computed of this calendar. It lives and dies with the value, so no two calendars ever mix.
    shelves: "dict[ShelfKey, Shelf]" = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        problems = tuple(problems_of(self.zone, self.weeks, self.exceptions))
        if problems:
            raise BadCalendar(self.id, problems)

    def __hash__(self) -> int:
        return hash((self.id, self.version))

    @cached_property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def begins_at(self) -> int:
        """The first midnight that the weeks cover, in seconds since 1970 UTC."""
        first = self.weeks[0].valid_from
        return int(datetime(first.year, first.month, first.day, tzinfo=self.tz).timestamp())

    @cached_property
    def has_provisional(self) -> bool:
        return any(exception.status is ExceptionStatus.PROVISIONAL for exception in self.exceptions)

    @cached_property
    def has_remote(self) -> bool:
        return any(exception.kind is DayKind.REMOTE for exception in self.exceptions)

    @cached_property
    def _certain(self) -> dict[date, DayException]:
        return {each.date: each for each in self.exceptions if each.status is not ExceptionStatus.PROVISIONAL}

    @cached_property
    def _provisional(self) -> dict[date, DayException]:
        return {each.date: each for each in self.exceptions if each.status is ExceptionStatus.PROVISIONAL}

    @cached_property
    def _week_starts(self) -> list[date]:
        return [week.valid_from for week in self.weeks]

    def exception_on(self, day: date) -> DayException | None:
        """What is certain to differ that day."""
        return self._certain.get(day)

    def provisional_on(self, day: date) -> DayException | None:
        """What may differ that day, if it is confirmed: until then it only shuts the day to new promises."""
        return self._provisional.get(day)

    def week_hours(self, day: date) -> Hours:
        """What the week in force says of this date, before any exception. Raises NotCovered."""
        position = bisect_right(self._week_starts, day)
        if position == 0:
            raise NotCovered(f"calendar {self.id!r} v{self.version} begins on {self._week_starts[0]}, not on {day}")
        return self.weeks[position - 1].days[Weekday.of(day)]


def day_kind(calendar: Calendar, day: date) -> DayKind:
    """The kind of a date as it stands today: a PROVISIONAL exception does not count yet. Raises NotCovered."""
    hours = calendar.week_hours(day)
    exception = calendar.exception_on(day)
    if exception is not None:
        return exception.kind
    return DayKind.OPEN if hours else DayKind.CLOSED


def open_intervals(
    calendar: Calendar, day: date, presence: Presence = Presence.STAFF, *, avoid_provisional: bool = False
) -> Hours:
    """The open hours of a local date, half-open minutes of day, ascending. Raises NotCovered (domain 6).

    `avoid_provisional`: what a new promise may use. A day with a PROVISIONAL exception of any kind then counts as
    shut; otherwise such an exception is not there yet.
    """
    hours = calendar.week_hours(day)
    if avoid_provisional and calendar.provisional_on(day) is not None:
        return ()
    exception = calendar.exception_on(day)
    if exception is None:
        return hours
    if exception.kind is DayKind.REMOTE:
        return () if presence is Presence.DESK else exception.intervals or hours
    return exception.intervals


def problems_of(zone: str, weeks: Iterable[WeekPattern], exceptions: Iterable[DayException]) -> Iterator[str]:
    """Every way in which these parts make no calendar. Exceptions of different counties may share a date."""
    if not _is_zone(zone):
        yield f"zone {zone!r} is unknown"
    starts = [week.valid_from for week in weeks]
    if not starts:
        yield "no week is given"
    for earlier, later in pairwise(starts):
        if later == earlier:
            yield f"two weeks are valid from {later}"
        elif later < earlier:
            yield f"the week from {later} stands after the week from {earlier}"
    for week in weeks:
        yield from week.problems()
    seen: set[tuple[date, str | None, int]] = set()
    for exception in exceptions:
        if (exception.date, exception.county, exception.layer) in seen:
            county = f" for county {exception.county}" if exception.county else ""
            yield f"{exception.date}: two exceptions for one day{county}"
        seen.add((exception.date, exception.county, exception.layer))
        yield from exception.problems()


def _problems_of_hours(where: str, hours: Hours) -> Iterator[str]:
    for interval in hours:
        if not 0 <= interval.start < MINUTES_OF_DAY or not 0 < interval.end <= MINUTES_OF_DAY:
            yield f"{where}: {interval} leaves the day"
        elif interval.end <= interval.start:
            yield f"{where}: {interval} ends before it starts"
    for earlier, later in pairwise(hours):
        if later.start < earlier.start:
            yield f"{where}: {later} stands after {earlier}"
        elif later.start < earlier.end:
            yield f"{where}: {later} overlaps {earlier}"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; no name at all; a directory of the zone database
        return False
    return True
