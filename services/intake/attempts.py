"""Counts attempts under a name, in bounded memory: a tracking code cannot be guessed by trying (domain 8)."""

from collections import OrderedDict
from datetime import datetime, timedelta
from math import ceil

BOUND = 50_000
"""Names remembered; past that the one whose last attempt is longest ago is forgotten."""


class Attempts:
    """At most `allowed` attempts per name within any `seconds`: the window slides, no hour begins it anew."""

    def __init__(self, allowed: int, seconds: int) -> None:
        self._allowed, self._window = allowed, timedelta(seconds=seconds)
        self._made: OrderedDict[str, tuple[datetime, ...]] = OrderedDict()

    def wait(self, name: str, now: datetime) -> int:
        """Seconds until another attempt is allowed; 0 when it is."""
        made = self._within(name, now)
        return ceil((made[-self._allowed] + self._window - now).total_seconds()) if len(made) >= self._allowed else 0

    def count(self, name: str, now: datetime) -> None:
        made = (*self._within(name, now), now)[-self._allowed :]
        self._made.pop(name, None)
        self._made[name] = made
        self._forget(now)

    def take_back(self, name: str, at: datetime) -> None:
        """The attempt that was counted at this moment was none."""
        made = list(self._made.get(name, ()))
        if at in made:
            made.remove(at)
            self._made[name] = tuple(made)
        if not made:
            self._made.pop(name, None)

    def _within(self, name: str, now: datetime) -> tuple[datetime, ...]:
        """The attempts of the window, oldest first; none of a time to come, where a clock was set back."""
        return tuple(at for at in self._made.get(name, ()) if timedelta(0) <= now - at < self._window)

    def _forget(self, now: datetime) -> None:
        """Names are in the order of their last attempts: what the window has left stands in front."""
        while self._made:
            name, made = next(iter(self._made.items()))
            if len(self._made) <= BOUND and now - made[-1] < self._window:
                return
            del self._made[name]
