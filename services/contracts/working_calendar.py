"""When an agency works: weeks, and the days that differ from them (domain 6)."""

from collections.abc import Iterable
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import Field

from services.contracts import topics
from services.contracts.entry import Entry
from services.contracts.topics import Topic
from services.contracts.wire import Day, Id, Instant, Made, Wire

Weekday = Literal["saturday", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday"]


class CalendarRef(Made):
    """By which calendar something was counted, and in which version of it."""

    id: Id
    version: int


Hours = tuple[tuple[str, str], ...]
"""Half-open intervals of a local day: `[["07:30", "12:30"]]`."""


class DayKind(StrEnum):
    CLOSED = "CLOSED"
    SHORT = "SHORT"
    REMOTE = "REMOTE"
    EXTRA = "EXTRA"


class CalendarScope(Wire):
    province: str
    org_id: Id | None = None
    unit_id: Id | None = None


class Week(Wire):
    """Working hours by weekday from a date on: day name -> half-open intervals ["07:30", "12:30"]; 24:00 is legal."""

    valid_from: Day
    days: dict[str, Hours]


class DayException(Wire):
    date: Day
    kind: DayKind
    intervals: Hours = ()
    status: Literal["FIXED", "PROVISIONAL", "CONFIRMED"]
    source: str
    county: str | None = None
    """Where it holds; None = everywhere. Of several the first, for readers who know no list."""
    counties: tuple[str, ...] = ()
    """All of them, where it is said of more than one."""
    layer: int = Field(default=0, ge=0, le=2)
    """0: of this calendar itself; 1: of the one it stands on; 2: of the one below that. Of those that are
    certain the lowest holds (domain 6)."""
    decided: CalendarRef | None = None
    """In which calendar, and which version of it, the day was first said to be so. None: before this was noted."""


class ChangedDay(Wire):
    """A day that differs from what was known of it, and has moved a date (domain 12.9)."""

    date: Day
    decided: CalendarRef
    """By which decision: it stays the same in every version, and every calendar, that has the day from it."""
    taken_back: bool = False
    """The day is as its week again; `decided` is what does not hold any more."""


def spread(exceptions: Iterable[DayException]) -> tuple[DayException, ...]:
    """Each county's by itself: so no two stand at one place, which is layer, date and county."""
    return tuple(
        day.model_copy(update={"county": county, "counties": ()})
        for day in exceptions
        for county in (day.counties or (day.county,))
    )


def gathered(exceptions: Iterable[DayException]) -> tuple[DayException, ...]:
    """What is said alike of several counties, once: a closure of twenty counties is no longer than one of two."""
    counties: dict[DayException, list[str]] = {}
    for day in spread(exceptions):
        said = counties.setdefault(day.model_copy(update={"county": day.county and ""}), [])
        if day.county is not None:
            said.append(day.county)
    return tuple(_of(day, sorted(set(those))) for day, those in counties.items())


def _of(day: DayException, counties: list[str]) -> DayException:
    several = tuple(counties) if len(counties) > 1 else ()
    return day.model_copy(update={"county": counties[0] if counties else None, "counties": several})


class WorkingCalendar(Entry):
    TOPIC: ClassVar[Topic] = topics.REGISTRY_CALENDAR
    KIND: ClassVar[str] = "calendar"
    scope: CalendarScope
    zone: str = "Asia/Tehran"
    weeks: tuple[Week, ...] = Field(min_length=1)
    base: Id | None = None
    """The calendar it stands on, of a wider scope: an agency's on its province's, a unit's on its agency's."""
    exceptions: tuple[DayException, ...] = Field(default=(), max_length=5_000)
    """Its own, and those of the calendars that it stands on: a version tells all that holds by it."""
    recorded_at: Instant | None = None
    """When this version was recorded: what was decided before a promised hour moves it, however late it is heard of.
    None: before this was noted. Whoever records a calendar does not say it."""
