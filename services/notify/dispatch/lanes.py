"""The gateways that messages go by: each with a pace, a breaker and room of its own, picked by weight (domain 8)."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from services.notify.dispatch.circuit_breaker import CircuitBreaker
from services.notify.dispatch.token_bucket import TokenBucket
from services.notify.domain.weights import picked
from services.notify.providers import Provider

FRESH_SECONDS: Final = 2.0
"""So much of what a lane can take may wait for it in memory, in the order it came; the rest waits in the queue, where
what is urgent goes first."""
AHEAD_SECONDS: Final = 1.0
"""So much of it is taken from the queue ahead of the tokens."""


@dataclass
class Lane:
    """One provider and line. `at_once`: calls that may be open at a time."""

    provider: Provider
    bucket: TokenBucket
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    at_once: int = 256
    in_hand: set[tuple[str, int]] = field(default_factory=set)
    """Messages, with their turn, that wait for their call, or whose call is open."""

    def __post_init__(self) -> None:
        self.calls = asyncio.Semaphore(self.at_once)

    @property
    def name(self) -> str:
        return self.provider.name

    def is_shut(self, now: float) -> bool:
        """Whether a call would not be made now: the breaker is open, and none is to try."""
        return self.breaker.refuses(now)

    def room_for_fresh(self, now: float) -> int:
        """How many more messages may wait here that come straight from their event."""
        return self._room(now, int(self.bucket.per_second * FRESH_SECONDS) + self.bucket.burst)

    def room_for_queued(self, now: float) -> int:
        """How many more may be taken from the queue: enough that no token is lost, no more than can soon be called."""
        ahead = int(self.bucket.per_second * AHEAD_SECONDS) + self.bucket.burst
        return self._room(now, min(2 * self.at_once, ahead))

    def _room(self, now: float, most: int) -> int:
        if self.is_shut(now):
            return 0
        return max(0, (1 if self.breaker.is_open else most) - len(self.in_hand))


class Lanes:
    """All of them; `weights` are those that hold now, and may be replaced at any time."""

    def __init__(self, lanes: Sequence[Lane], weights: Mapping[str, int] | None = None) -> None:
        self._lanes = {lane.name: lane for lane in lanes}
        if len(self._lanes) != len(lanes):
            raise ValueError("two gateways of one name could not be told apart in receipts")
        self.weights: Mapping[str, int] = weights or dict.fromkeys(self._lanes, 1)

    def __iter__(self) -> Iterator[Lane]:
        return iter(self._lanes.values())

    def of(self, provider: str | None) -> Lane | None:
        """The lane of this provider; None = it is not among the settings any more.

        A message that names none was made while there was only one: it is the first.
        """
        return self._lanes.get(provider) if provider else next(iter(self._lanes.values()))

    def for_message(self, message_id: str, turn: int, among: Sequence[Lane]) -> Lane | None:
        """By which of these this turn of the message goes, by their weights; None = there is none to go by."""
        weights = {lane.name: self.weights.get(lane.name, 0) for lane in among}
        if not any(weights.values()):  # rather by one that is to have no share than by none
            weights = dict.fromkeys(weights, 1)
        name = picked(message_id, turn, weights)
        return self._lanes[name] if name else None

    def open(self, now: float) -> list[Lane]:
        return [lane for lane in self if not lane.is_shut(now)]
