"""Working time of what is to be true, by the slow model: what a Clock has used, and what falls due (domain 6)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cache

from tests.unit.routing.expected_work import Expected, Piece
from tests.unit.worktime.slow_model import TEHRAN, SlowCalendar


class Hours:
    """Working time of all versions of one calendar, by the slow model."""

    def __init__(self) -> None:
        self.versions: dict[int, SlowCalendar] = {}
        self.minutes = cache(self._minutes)
        self.days = cache(self._days)

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
            total += sum(start <= minute < end for minute in opened)
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

    def rungs(self, case: Expected, now: datetime) -> int | None:
        """How many have been reached; None where a rounding to a millionth of a day may say either."""
        share = self.share(case, now)
        if case.way.days is not None and any(abs(share - percent) < Fraction(1, 1000) for percent in case.way.ladder):
            return None
        return sum(share >= percent for percent in case.way.ladder)

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
