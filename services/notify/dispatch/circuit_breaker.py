"""Stops calling a provider that does not answer, then tries it with one call at a time. Pure: it is told the time."""

from dataclasses import dataclass
from typing import Final

LONGEST_PAUSE: Final = 300.0
"""Seconds: a provider that asks for more is tried again then."""


@dataclass(slots=True)
class CircuitBreaker:
    """Opens after `failures` in a row, for `rest` seconds; then one call is let through, whose fate decides.

    Messages met by an open breaker lose no retry (domain 8). `now` and `closed_from` are monotonic seconds; every call
    let through is followed by `succeeded` or `failed`.
    """

    failures: int = 20
    rest: float = 30.0
    in_a_row: int = 0
    closed_from: float = 0.0
    left_alone_until: float = 0.0
    """As the provider itself has asked for."""

    @property
    def is_open(self) -> bool:
        """Whether the last calls failed: at the most one may try."""
        return self.in_a_row >= self.failures

    def refuses(self, now: float) -> bool:
        """Whether no call may be made now. Asking changes nothing."""
        return now < self.left_alone_until or (self.is_open and now < self.closed_from)

    def lets_through(self, now: float) -> bool:
        """Whether a call may be made now."""
        if self.refuses(now):
            return False
        if self.is_open:
            self.closed_from = now + self.rest  # this one call tries; the others wait for its fate
        return True

    def leaves_alone(self, now: float, seconds: float) -> None:
        """It wants no calls for so long."""
        self.left_alone_until = max(self.left_alone_until, now + min(seconds, LONGEST_PAUSE))

    def succeeded(self) -> None:
        self.in_a_row = 0

    def failed(self, now: float) -> None:
        self.in_a_row += 1
        if self.is_open:
            self.closed_from = now + self.rest
