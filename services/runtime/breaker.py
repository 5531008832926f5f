"""Rests when most of what comes fails on faults of ours (a bad deploy): better than to park all of it (design 5)."""

from collections import deque

WINDOW = 20
"""Batches that are looked back upon."""
REST = 15.0
"""Seconds."""


class Breaker:
    """Opens at `failures` within the window, if these are also half of all messages. Pure: it is told the time.

    Not the circuit breaker of `services/notify`, which counts failures in a row of one provider and tries one call:
    here entities fail side by side, and what has rested is taken up again in full.
    """

    def __init__(self, failures: int) -> None:
        self._failures = failures
        self._recent: deque[tuple[int, int]] = deque(maxlen=WINDOW)
        self._closed_from = 0.0

    def judge(self, messages: int, failures: int, now: float) -> bool:
        """Counts a batch; True = that opens the breaker."""
        if not messages:
            return False
        self._recent.append((messages, failures))
        failed = sum(failures for _, failures in self._recent)
        if failed < self._failures or failed * 2 < sum(messages for messages, _ in self._recent):
            return False
        self._recent.clear()
        self._closed_from = now + REST
        return True

    def rest(self, now: float) -> float:
        """Seconds for which it is still open; 0 = closed."""
        return max(0.0, self._closed_from - now)
