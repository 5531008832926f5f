"""Working time told a second time, slowly and from what is published alone: it knows nothing of `services.worktime`.

It reads the wall clock of a calendar minute by minute. Only for whole minutes, and for years without summer time.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from itertools import takewhile
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

TEHRAN = ZoneInfo("Asia/Tehran")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class SlowCalendar:
    """Whose minutes are open, for the staff or at the desk, with or without the days that are not certain."""

    def __init__(self, wire: Mapping[str, Any], county: str | None, *, desk: bool, avoid: bool) -> None:
        self.wire, self.county, self.desk, self.avoid = wire, county, desk, avoid
        self.minutes = cache(self._minutes)

    def open(self, moment: datetime) -> bool:
        local = moment.astimezone(TEHRAN)
        return local.hour * 60 + local.minute in self.minutes(local.date())

    def from_minute(self, moment: datetime) -> Iterator[datetime]:
        """Every open minute from that moment on."""
        local = moment.astimezone(TEHRAN)
        day, minute = local.date(), local.hour * 60 + local.minute
        while True:
            midnight = datetime(day.year, day.month, day.day, tzinfo=TEHRAN).astimezone(UTC)
            for opened in self.minutes(day):
                if opened >= minute:
                    yield midnight + opened * MINUTE
            day, minute = day + DAY, 0

    def hours_after(self, start: datetime, hours: int) -> datetime:
        minutes = self.from_minute(start)
        for _ in range(hours * 60):
            next(minutes)
        return next(minutes)

    def days_after(self, start: datetime, days: int) -> datetime:
        """To the second: so much of the last day is over as was of the first."""
        first = next(self.from_minute(start)).astimezone(TEHRAN)
        opened = self.minutes(first.date())
        over = Fraction(opened.index(first.hour * 60 + first.minute), len(opened))
        day = first.date()
        for _ in range(days):
            day += DAY
            while not self.minutes(day):
                day += DAY
        second = ceil(over * len(self.minutes(day)) * 60)
        midnight = datetime(day.year, day.month, day.day, tzinfo=TEHRAN).astimezone(UTC)
        return midnight + self.minutes(day)[second // 60] * MINUTE + timedelta(seconds=second % 60)

    def calendar_days_after(self, start: datetime, days: int) -> datetime:
        return next(self.from_minute(start + days * DAY))

    def minutes_between(self, start: datetime, end: datetime) -> int:
        return sum(1 for _ in takewhile(lambda opened: opened < end, self.from_minute(start)))

    def days_between(self, start: datetime, end: datetime) -> Fraction:
        """So many days are shut in between as there are; the shares of each are added up."""
        day, last = start.astimezone(TEHRAN).date(), end.astimezone(TEHRAN).date()
        passed = Fraction(0)
        while day <= last:
            midnight = datetime(day.year, day.month, day.day, tzinfo=TEHRAN).astimezone(UTC)
            opened = [midnight + minute * MINUTE for minute in self.minutes(day)]
            if opened:
                passed += Fraction(sum(start <= each < end for each in opened), len(opened))
            day += DAY
        return passed

    def _minutes(self, day: date) -> Sequence[int]:
        found, avoided = self._exception(day)
        if avoided and self.avoid:
            return ()
        if found is not None and found["kind"] == "REMOTE" and self.desk:
            return ()
        spans = self._week(day)
        if found is not None and (found["kind"] != "REMOTE" or found["intervals"]):
            spans = found["intervals"]
        return [minute for start, end in spans for minute in range(_minute(start), _minute(end))]

    def _week(self, day: date) -> Sequence[Sequence[str]]:
        begun = [week for week in self.wire["weeks"] if week["validFrom"] <= day.isoformat()]
        newest = max(begun, key=lambda week: week["validFrom"])
        spans: Sequence[Sequence[str]] = newest["days"].get(WEEKDAYS[day.weekday()], ())
        return spans

    def _exception(self, day: date) -> tuple[Mapping[str, Any] | None, bool]:
        """What holds for certain, and whether something nearer is announced that does not hold yet."""
        announced = False
        for layer in range(4):
            for own in (True, False):
                for each in self.wire["exceptions"]:
                    if each["date"] != day.isoformat() or each["layer"] != layer or not self._is_here(each, own):
                        continue
                    if each["status"] != "PROVISIONAL":
                        return each, announced
                    announced = True
        return None, announced

    def _is_here(self, exception: Mapping[str, Any], own: bool) -> bool:
        if not own:
            return exception["county"] is None and not exception["counties"]
        return self.county is not None and self.county in (exception["county"], *exception["counties"])


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])
