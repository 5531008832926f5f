"""The Clock of a case: a budget of working time, what is consumed of it, and since when it runs (domain 6, 12.1-3)."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.worktime.arithmetic import Due, Duration, advance_grains, at_desk, grains_between
from services.worktime.calendar import Calendar, Presence
from services.worktime.errors import ClockMisuse, UnitMismatch


@dataclass(frozen=True, slots=True)
class Clock:
    """A value: only `start`, `stop` and `with_budget` make another, so nothing else moves a due time (I6).

    `consumed` counts whole grains of the budget's unit: open seconds for WORKING_HOURS, millionth parts of a day
    for days. It is what a store keeps; `budget.grains` and what extensions have added, `extended`, are the whole.
    """

    budget: Duration
    consumed: int = 0
    running_since: datetime | None = None
    extended: int = 0

    @property
    def left(self) -> int:
        """Grains that were left when it started to run, or stopped; an overdrawn one has none."""
        return max(0, self.budget.grains + self.extended - self.consumed)

    def start(self, at: datetime) -> "Clock":
        """Run from `at`. Raises ClockMisuse when it runs already."""
        if self.running_since is not None:
            raise ClockMisuse(f"the clock runs since {self.running_since}")
        return replace(self, running_since=at)

    def stop(self, calendar: Calendar, at: datetime) -> "Clock":
        """Stand still from `at`, with the working time until then consumed. Raises ClockMisuse when it stands."""
        if self.running_since is None:
            raise ClockMisuse("the clock stands already")
        return replace(self, consumed=self.consumed_at(calendar, at), running_since=None)

    def consumed_at(self, calendar: Calendar, now: datetime) -> int:
        """Grains consumed by `now`, running or not."""
        if self.running_since is None:
            return self.consumed
        unit = self.budget.unit
        running = grains_between(calendar, self.running_since, now, unit, Presence.STAFF, avoid_provisional=False)
        return self.consumed + max(0, running)  # two machines' clocks may disagree on which came first

    def due(self, calendar: Calendar, *, avoid_provisional: bool = False) -> Due:
        """When the budget ends if nothing stops it; an overdrawn one ends where it started to run.

        Raises ClockMisuse when the clock stands: a suspended case has no due time until it resumes.
        """
        if self.running_since is None:
            raise ClockMisuse("a standing clock has no due time")
        return advance_grains(
            calendar, self.running_since, self.left, self.budget.unit, Presence.STAFF, avoid_provisional
        )

    def reached(self, calendar: Calendar, percent: int) -> datetime:
        """When so many percent of the whole budget are consumed, if nothing stops it; where it started, if they are.

        Raises ClockMisuse when the clock stands.
        """
        if self.running_since is None:
            raise ClockMisuse("a standing clock reaches nothing")
        left = max(0, (self.budget.grains + self.extended) * percent // 100 - self.consumed)
        return advance_grains(calendar, self.running_since, left, self.budget.unit, Presence.STAFF, False).at

    def promised(self, calendar: Calendar, *, avoid_provisional: bool = True) -> Due:
        """`due` as it is promised: a whole minute at which the desk is open (I3). Raises as `due`."""
        due = self.due(calendar, avoid_provisional=avoid_provisional)
        return at_desk(calendar, due, avoid_provisional=avoid_provisional)

    def reaching(self, calendar: Calendar, to: datetime) -> "Clock":
        """Extended so that the budget ends at `to`, PROVISIONAL days being avoided as by every promise.

        Raises ClockMisuse when the clock stands.
        """
        if self.running_since is None:
            raise ClockMisuse("a standing clock has no due time")
        needed = self._counted(calendar, self.running_since, to)
        return replace(self, extended=needed + self.consumed - self.budget.grains)

    def longer(self, calendar: Calendar, origin: datetime, to: datetime) -> "Clock":
        """Extended by the working time between two moments, or shortened where the second is the earlier: what a
        standing clock can be told.
        """
        between = self._counted(calendar, min(origin, to), max(origin, to))
        return replace(self, extended=self.extended + (between if origin <= to else -between))

    def _counted(self, calendar: Calendar, origin: datetime, to: datetime) -> int:
        """Grains between two moments, as a promise counts them."""
        return grains_between(calendar, origin, to, self.budget.unit, Presence.STAFF, avoid_provisional=True)

    def with_budget(self, budget: Duration) -> "Clock":
        """Another rule or an extension: what is consumed stays consumed.

        Raises UnitMismatch for another unit: hours already worked cannot be told as days.
        """
        if budget.unit is not self.budget.unit:
            raise UnitMismatch(f"a clock in {self.budget.unit} cannot take a budget in {budget.unit}")
        return replace(self, budget=budget)
