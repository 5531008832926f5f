"""Working time of what is to be true, by the slow model: what a Clock has used, and what falls due (domain 6)."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Any

from tests.unit.routing.expected_work import MINUTE, Expected, Piece
from tests.unit.worktime.slow_model import TEHRAN, SlowCalendar

ROUNDED = Fraction(1, 10_000)
"""What is counted in millionths of a day may be off by so much of a day, all roundings together."""


class Hours:
    """Working time of all versions of one calendar, by the slow model."""

    def __init__(self) -> None:
        self.versions: dict[int, SlowCalendar] = {}
        """When the staff work, by all that is certain."""
        self.wires: dict[int, Mapping[str, Any]] = {}
        self.calendar = cache(self._calendar)
        self.minutes = cache(self._minutes)
        self.days = cache(self._days)

    def note(self, version: int, wire: Mapping[str, Any]) -> None:
        self.wires[version] = wire
        self.versions[version] = self.calendar(version, desk=False, avoid=False)

    def _calendar(self, version: int, *, desk: bool, avoid: bool) -> SlowCalendar:
        return SlowCalendar(self.wires[version], "urmia", desk=desk, avoid=avoid)

    @property
    def newest(self) -> int:
        return max(self.versions)

    def open(self, moment: datetime) -> bool:
        return self.versions[self.newest].open(moment)

    def opens(self, moment: datetime) -> datetime:
        return next(self.versions[self.newest].from_minute(moment))

    def _minutes(self, version: int, since: datetime, until: datetime) -> int:
        """Open minutes, half-open: day by day, for a case may be open for weeks."""
        first, last = since.astimezone(TEHRAN), until.astimezone(TEHRAN)
        day, total = first.date(), 0
        while day <= last.date():
            opened: Sequence[int] = self.versions[version].minutes(day)
            start = first.hour * 60 + first.minute if day == first.date() else 0
            end = last.hour * 60 + last.minute if day == last.date() else 24 * 60
            total += bisect_left(opened, end) - bisect_left(opened, start)
            day += timedelta(days=1)
        return total

    def _days(self, version: int, since: datetime, until: datetime) -> Fraction:
        return self.versions[version].days_between(since, until)

    def spans(self, case: Expected, now: datetime) -> list[tuple[int, datetime, datetime]]:
        running = [] if case.running is None else [(case.running, now, case.counted_by)]
        return [(version, since, until) for since, until, version in (*case.spans, *running)]

    def worked(self, case: Expected, now: datetime) -> int:
        """Minutes of its Clock."""
        return sum(self.minutes(*span) for span in self.spans(case, now))

    def share(self, case: Expected, now: datetime) -> Fraction:
        """The consumed part of the budget, in percent."""
        if case.way.hours is not None:
            return Fraction(self.worked(case, now) * 100, case.way.hours * 60)
        assert case.way.days is not None
        return sum((self.days(*span) for span in self.spans(case, now)), Fraction(0)) * 100 / case.way.days

    def rungs(self, case: Expected, now: datetime) -> tuple[int, int]:
        """How many have been reached at the least and at the most: a rounding of days may say either."""
        share, doubt = self.share(case, now), Fraction(1, 1000) if case.way.days is not None else Fraction(0)
        least, most = (sum(share + off >= percent for percent in case.way.ladder) for off in (-doubt, doubt))
        return least, most

    # --- when it is due ----------------------------------------------------------------------------------------------

    def due_after_pause(self, case: Expected, now: datetime) -> set[datetime]:
        """Later by what was left when it came to stand, never sooner; broken is broken (I6, 12.2, 12.3, 12.4).

        One moment, or those among which a rounding of days decides.
        """
        assert case.pause is not None
        dues = set()
        for left in self._left(case):
            if left == 0 or case.pause.since > case.due:
                dues.add(case.due)
                continue
            opens = next(self.calendar(self.newest, desk=True, avoid=False).from_minute(case.due))
            at = max(self._promised(case, self.newest, now, left, avoid=True), opens)
            dues.add(max(self._lawful(case, self.newest, at, now), case.due))
        return dues

    def due_by_new_days(self, case: Expected, version: int, now: datetime) -> set[datetime]:
        """Where its promise lies by the days of this version, if they touch it, and it is not past (domain 6)."""
        if case.running is None or version <= case.counted_by or now > case.due:
            return {case.due}
        dues = set()
        for left in self._left(case):
            at = self._promised(case, version, case.running, left, avoid=True)
            touched = self._is_touched(case, version, case.running, left)
            dues.add(self._lawful(case, version, at, now) if touched and at > now else case.due)
        return dues

    def _is_touched(self, case: Expected, version: int, since: datetime, left: Fraction) -> bool:
        """Nothing moves for what is only announced, nor before it is certain."""
        if not self.calendar(version, desk=True, avoid=False).open(case.due):
            return True
        certain, before = (self._promised(case, each, since, left, avoid=False) for each in (version, case.counted_by))
        prudent, was = (self._promised(case, each, since, left, avoid=True) for each in (version, case.counted_by))
        return certain != before and (prudent != was or certain > case.due)

    def _left(self, case: Expected) -> list[Fraction]:
        """Of the budget, in minutes or days, without what the Clock has run since it last began."""
        if case.way.hours is not None:
            used = sum(self.minutes(version, since, until) for since, until, version in case.spans)
            return [Fraction(max(0, case.way.hours * 60 - used))]
        assert case.way.days is not None
        days = case.way.days - sum(self.days(version, since, until) for since, until, version in case.spans)
        return [max(Fraction(0), days + off) for off in (-ROUNDED, Fraction(0), ROUNDED)]

    def _promised(self, case: Expected, version: int, since: datetime, left: Fraction, *, avoid: bool) -> datetime:
        """Where so much of the staff's time ends: a whole minute at which the desk is open (I3)."""
        staff = self.calendar(version, desk=False, avoid=avoid)
        at = _minutes_on(staff, since, int(left)) if case.way.hours is not None else _days_on(staff, since, left)
        return next(self.calendar(version, desk=True, avoid=avoid).from_minute(at.replace(second=0)))

    def _lawful(self, case: Expected, version: int, at: datetime, now: datetime) -> datetime:
        """Not past what the law leaves, where that is still ahead (I3)."""
        if at <= case.latest:
            return at
        last = next(_back_from(self.calendar(version, desk=True, avoid=True), case.latest))
        return last if last > now else at

    def given(self, case: Expected, piece: Piece, now: datetime) -> None:
        """Its time to begin counts from now."""
        piece.used, piece.mark, piece.since = 0, self.worked(case, now), now

    def too_late(self, case: Expected, piece: Piece, now: datetime) -> bool:
        """Whether it lies with somebody, and the time to begin has ended, in open hours."""
        within = piece.step.start_within
        if piece.state != "ASSIGNED" or within is None or case.running is None or piece.since is None:
            return False
        used, since = piece.used + self.worked(case, now) - piece.mark, max(piece.since, case.running)
        if self.versions[case.counted_by].open(now):
            return used >= within
        return used > within and self.minutes(case.counted_by, since, now) > 0

    def recount(self, case: Expected, version: int, now: datetime) -> None:
        """By other days from now on: what was used of the time to begin is used."""
        for piece in case.pieces:
            piece.used, piece.since = piece.used + self.worked(case, now) - piece.mark, now
        case.counted_by = version
        for piece in case.pieces:
            piece.mark = self.worked(case, now)


def _minutes_on(staff: SlowCalendar, since: datetime, minutes: int) -> datetime:
    """So many open minutes on."""
    first = since.astimezone(TEHRAN)
    day, opened = first.date(), staff.minutes(first.date())
    number = bisect_left(opened, first.hour * 60 + first.minute) + minutes
    while number >= len(opened):
        day, number = day + timedelta(days=1), number - len(opened)
        opened = staff.minutes(day)
    return _midnight(day) + opened[number] * MINUTE


def _days_on(staff: SlowCalendar, since: datetime, days: Fraction) -> datetime:
    """So many open days on, to the second: of the last one such a part is over as is left."""
    first = next(staff.from_minute(since)).astimezone(TEHRAN)
    day, opened = first.date(), staff.minutes(first.date())
    part = days + Fraction(opened.index(first.hour * 60 + first.minute), len(opened))
    while part >= 1:
        day, part = day + timedelta(days=1), part - 1
        while not staff.minutes(day):
            day += timedelta(days=1)
    second = int(part * len(staff.minutes(day)) * 60)
    return _midnight(day) + staff.minutes(day)[second // 60] * MINUTE + timedelta(seconds=second % 60)


def _back_from(calendar: SlowCalendar, moment: datetime) -> Iterator[datetime]:
    """Every open minute until that moment, the last first."""
    day = moment.astimezone(TEHRAN).date()
    while True:
        for minute in reversed(calendar.minutes(day)):
            if (at := _midnight(day) + minute * MINUTE) <= moment:
                yield at
        day -= timedelta(days=1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=TEHRAN).astimezone(UTC)
