"""How fast one gateway may be called. Pure: it is told the time."""

from dataclasses import dataclass


@dataclass(slots=True)
class TokenBucket:
    """`per_second` calls a second, and `burst` at once after a pause; one token is one call.

    A token may be taken before it is there: its taker waits for it, and those after them for later ones. `now` is in
    seconds of a clock that never goes back.
    """

    per_second: float
    burst: int = 1
    _next: float = float("-inf")
    """When the next token is there that nobody has taken, had nobody saved any up."""

    def take(self, now: float) -> float:
        """Takes a token; the seconds until it is there, 0 when it is."""
        mine = max(self._next, now - (self.burst - 1) / self.per_second)
        self._next = mine + 1 / self.per_second
        return max(0.0, mine - now)
