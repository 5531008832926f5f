"""Counts attempts under a name, in bounded memory: a tracking code cannot be guessed by trying (domain 8)."""

from collections import OrderedDict
from datetime import datetime, timedelta
from math import ceil

BOUND = 50_000
"""Names remembered; past that the oldest window is forgotten."""


class Attempts:
    """At most `allowed` attempts per name within a window of so many seconds, which begins with the first."""

    def __init__(self, allowed: int, seconds: int) -> None:
        self._allowed, self._window = allowed, timedelta(seconds=seconds)
        self._made: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def wait(self, name: str, now: datetime) -> int:
        """Seconds until another attempt is allowed; 0 when it is."""
        began, made = self._made.get(name, (now, 0))
        left = began + self._window - now
        return ceil(left.total_seconds()) if made >= self._allowed and left > timedelta(0) else 0

    def count(self, name: str, now: datetime) -> None:
        began, made = self._made.pop(name, (now, 0))
        if now - began >= self._window:
            began, made = now, 0
        self._made[name] = (began, made + 1)
        if len(self._made) > BOUND:
            self._made.popitem(last=False)
