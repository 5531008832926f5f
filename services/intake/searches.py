"""How often one officer may look for somebody, by whichever call: what none of them finds tells something, too."""

from services.contracts.registry import Officer
from services.intake.attempts import Attempts
from services.runtime.clock import Clock
from services.runtime.http import Problem


class Searches:
    def __init__(self, calls: Attempts, clock: Clock) -> None:
        self._calls, self._clock = calls, clock

    def count(self, officer: Officer) -> None:
        """Raises Problem TOO_MANY_ATTEMPTS (429), which says when to try again."""
        now = self._clock.now()
        if wait := self._calls.wait(officer.id, now):
            detail = "بیش از اندازه جست‌وجو شد؛ کمی بعد دوباره امتحان کنید — too many searches"
            raise Problem("TOO_MANY_ATTEMPTS", 429, detail, headers={"Retry-After": str(wait)})
        self._calls.count(officer.id, now)
