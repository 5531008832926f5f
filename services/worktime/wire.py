"""A calendar as the registry publishes it (JSON, camelCase) becomes a Calendar, or every problem is named.

    {"id": "...", "version": 3, "zone": "Asia/Tehran",
     "weeks": [{"validFrom": "2026-03-21",
                "days": {"saturday": [["07:30", "12:30"], ["13:00", "14:30"]], "friday": []}}],
     "exceptions": [{"date": "2026-11-25", "kind": "CLOSED", "intervals": [], "status": "CONFIRMED",
                     "source": "...", "county": null, "counties": [], "layer": 0,
                     "decided": {"id": "...", "version": 3}}]}

A weekday left out has no hours. `calendarId` is read where there is no `id`. `scope` is the registry's matter and is
not read.
"""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from services.contracts.working_calendar import CalendarRef
from services.worktime.calendar import (
    Calendar,
    DayException,
    DayKind,
    ExceptionStatus,
    Hours,
    Interval,
    Weekday,
    WeekPattern,
    problems_of,
)
from services.worktime.errors import BadCalendar

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|(24):(00)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WEEKDAYS = {weekday.name.lower(): weekday for weekday in Weekday}
_EXCEPTION_KINDS: list[DayKind] = [kind for kind in DayKind if kind is not DayKind.OPEN]

Choice = TypeVar("Choice", bound=StrEnum)


def calendar_from_wire(mapping: Mapping[str, object], county: str | None = None) -> Calendar:
    """The calendar that holds in `county`: its own exceptions beat the general ones on the same day (domain 6).

    Without a county only the general exceptions apply. Raises BadCalendar (a ValueError) with all problems, also
    those of other counties' exceptions: a calendar is good or bad as a whole.
    """
    reading = _Reading()
    calendar_id = reading.text(mapping.get("id", mapping.get("calendarId")), "id")
    version = reading.number(mapping.get("version"), "version")
    zone = reading.text(mapping.get("zone", "Asia/Tehran"), "zone")
    weeks = reading.weeks(mapping.get("weeks"))
    exceptions = reading.exceptions(mapping.get("exceptions", []))
    problems = (*reading.problems, *problems_of(zone or "UTC", weeks, exceptions))  # no zone is a problem named already
    if problems:
        raise BadCalendar(calendar_id, problems)
    return Calendar(calendar_id, version, weeks, _applying_in(county, exceptions), zone)


def _applying_in(county: str | None, exceptions: tuple[DayException, ...]) -> tuple[DayException, ...]:
    """For each day the nearest one that is certain: that of a nearer scope, and within a scope the county's.

    Beside it a PROVISIONAL one that is nearer still, and would hold if it were confirmed. It takes nothing away from
    what is certain.
    """
    here = (exception for exception in exceptions if exception.county is None or exception.county == county)
    certain: dict[date, DayException] = {}
    open_: dict[date, DayException] = {}
    for exception in sorted(here, key=lambda each: (each.layer, each.county is None)):
        if exception.status is not ExceptionStatus.PROVISIONAL:
            certain.setdefault(exception.date, exception)
        elif exception.date not in certain:
            open_.setdefault(exception.date, exception)
    return tuple(sorted((*certain.values(), *open_.values()), key=lambda exception: exception.date))


class _Reading:
    """Reads piece by piece and keeps going, so that one bad hour does not hide the next."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def weeks(self, value: object) -> tuple[WeekPattern, ...]:
        read = []
        for where, week in self._objects(value, "weeks"):
            valid_from = self._date(week.get("validFrom"), f"{where}.validFrom")
            days = self._days(week.get("days"), f"{where}.days")
            if valid_from is not None and days is not None:
                read.append(WeekPattern(valid_from, days))
        return tuple(sorted(read, key=lambda week: week.valid_from))

    def exceptions(self, value: object) -> tuple[DayException, ...]:
        read = []
        for where, item in self._objects(value, "exceptions"):
            day = self._date(item.get("date"), f"{where}.date")
            kind = self._choice(item.get("kind"), f"{where}.kind", _EXCEPTION_KINDS)
            status = self._choice(item.get("status"), f"{where}.status", list(ExceptionStatus))
            source = self.text(item.get("source"), f"{where}.source")
            hours = self._hours(item.get("intervals", []), f"{where}.intervals")
            counties = self._counties(item, where)
            layer = self.number(item.get("layer", 0), f"{where}.layer")
            decided = self._decided(item.get("decided"), f"{where}.decided")
            if day is not None and kind is not None and status is not None and hours is not None:
                read += [DayException(day, kind, status, source, hours, county, layer, decided) for county in counties]
        return tuple(read)

    def _decided(self, value: object, where: str) -> CalendarRef | None:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.problems.append(f"{where}: {value!r} is not an object")
            return None
        id, version = self.text(value.get("id"), f"{where}.id"), self.number(value.get("version"), f"{where}.version")
        return CalendarRef.model_construct(id=id, version=version)

    def _counties(self, item: Mapping[str, object], where: str) -> list[str | None]:
        """Each has an exception of its own; None = everywhere. Where there is a list, `county` is one of it."""
        several = item.get("counties") or ()
        if not isinstance(several, list | tuple):
            self.problems.append(f"{where}.counties: {several!r} is not a list")
        elif several:
            return [self.text(county, f"{where}.counties[{number}]") for number, county in enumerate(several)]
        county = item.get("county")
        return [None if county is None else self.text(county, f"{where}.county")]

    def number(self, value: object, where: str) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.problems.append(f"{where}: {value!r} is not a whole number from 0")
        return 0

    def text(self, value: object, where: str) -> str:
        if isinstance(value, str) and value.strip():
            return value
        self.problems.append(f"{where}: {value!r} is not a text")
        return ""

    def _days(self, value: object, where: str) -> tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours] | None:
        if not isinstance(value, Mapping):
            self.problems.append(f"{where}: {value!r} is not an object")
            return None
        hours: dict[Weekday, Hours | None] = {}
        for name, intervals in value.items():
            if name not in _WEEKDAYS:
                self.problems.append(f"{where}: {name!r} is not a weekday")
                continue
            hours[_WEEKDAYS[name]] = self._hours(intervals, f"{where}.{name}")
        saturday, sunday, monday, tuesday, wednesday, thursday, friday = (hours.get(day) or () for day in Weekday)
        return saturday, sunday, monday, tuesday, wednesday, thursday, friday

    def _hours(self, value: object, where: str) -> Hours | None:
        if not isinstance(value, list | tuple):
            self.problems.append(f"{where}: {value!r} is not a list of [from, to]")
            return None
        read: list[Interval] = []
        for number, pair in enumerate(value):
            if not isinstance(pair, list | tuple) or len(pair) != 2:
                self.problems.append(f"{where}[{number}]: {pair!r} is not [from, to]")
                continue
            start, end = (self._minute(end, f"{where}[{number}]") for end in pair)
            if start is not None and end is not None:
                read.append(Interval(start, end))
        return tuple(read) if len(read) == len(value) else None

    def _minute(self, value: object, where: str) -> int | None:
        match = _TIME.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            self.problems.append(f"{where}: {value!r} is not a time of day (00:00 to 24:00)")
            return None
        hour, minute = (int(part) for part in match.group().split(":"))
        return hour * 60 + minute

    def _date(self, value: object, where: str) -> date | None:
        if isinstance(value, str) and _DATE.fullmatch(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass  # written like a date, but no such day: named below
        self.problems.append(f"{where}: {value!r} is not a date (YYYY-MM-DD)")
        return None

    def _choice(self, value: object, where: str, allowed: list[Choice]) -> Choice | None:
        for choice in allowed:
            if choice == value:
                return choice
        self.problems.append(f"{where}: {value!r} is none of {', '.join(allowed)}")
        return None

    def _objects(self, value: object, where: str) -> list[tuple[str, Mapping[str, object]]]:
        if not isinstance(value, list | tuple):
            self.problems.append(f"{where}: {value!r} is not a list")
            return []
        read: list[tuple[str, Mapping[str, object]]] = []
        for number, item in enumerate(value):
            if isinstance(item, Mapping):
                read.append((f"{where}[{number}]", item))
            else:
                self.problems.append(f"{where}[{number}]: {item!r} is not an object")
        return read
