"""Which gateway a message goes by, and how shares move from one that slows (domain 8).

As GOV.UK Notify does: when 15 % of the last 15 minutes' sends took more than 5 minutes, 10 points move to the others,
at most once in 5 minutes; after an hour in which none was slow, 10 points move back towards what is configured.
"""

import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from services.contracts.decision import Decision, World
from services.contracts.wire import Instant, Made, Wire
from services.notify.domain.rules import Rules

SMS: Final = "sms"
"""The one entity of its kind: the weights of the gateways for SMS."""
WINDOW: Final = timedelta(minutes=15)
SLOW_SHARE: Final = 0.15
POINTS: Final = 10
APART: Final = timedelta(minutes=5)
"""At least, from one move away from a slow gateway to the next."""
QUIET: Final = timedelta(hours=1)
"""Without a slow gateway and without a move, until a move back."""


def picked(message_id: str, turn: int, weights: Mapping[str, int]) -> str | None:
    """The provider of this turn, the same whoever reckons it; over many turns each has its share. None = no weight.

    When points move between two providers, only the turns of those points change.
    """
    total = sum(weights.values())
    point = zlib.crc32(f"{message_id}#{turn}".encode()) / 2**32 * total
    for name, weight in weights.items():
        point -= weight
        if point < 0:
            return name
    return None


class Count(Made):
    """Of messages handed over: how many fates are known, and how many were not delivered within five minutes."""

    sends: int = 0
    slow: int = 0

    def plus(self, other: "Count") -> "Count":
        return Count(sends=self.sends + other.sends, slow=self.slow + other.slow)


class Minute(Made):
    at: Instant
    counts: dict[str, Count]


class Weights(Made):
    """The weights that hold now, by provider, with what they follow from. Their sum never changes."""

    configured: dict[str, int]
    now: dict[str, int]
    minutes: tuple[Minute, ...] = ()
    """Newest last; none older than the window."""
    moved_at: Instant | None = None
    restless_at: Instant | None = None
    """When points last moved, or a gateway was last seen slow."""

    def slow(self) -> frozenset[str]:
        """Gateways of which too many sends of the window were slow."""
        return frozenset(name for name in self.now if _is_slow(minute.counts.get(name) for minute in self.minutes))


class Tallied(Wire):
    """What one process has learned of the gateways since it last said so; nothing, if it only asks."""

    counts: dict[str, Count]


def tallied(state: Weights | None, body: Tallied, world: World[Rules]) -> Decision[Weights]:
    """Counts, forgets what is older than the window, and moves points if it is time. Other settings begin anew."""
    configured = dict(world.rules.weights)
    known = state is not None and state.configured == configured
    before = state if state is not None and known else Weights(configured=configured, now=configured)
    after = _moved(_counted(before, body, world.now), world.now)
    return Decision(state if known and after == state else after)


def _counted(weights: Weights, body: Tallied, now: datetime) -> Weights:
    minutes = [minute for minute in weights.minutes if minute.at > now - WINDOW]
    news = {name: count for name, count in body.counts.items() if name in weights.now and count.sends}
    if news:
        this = now.replace(second=0, microsecond=0)
        newest = minutes.pop() if minutes and minutes[-1].at == this else Minute(at=this, counts={})
        sums = {name: newest.counts.get(name, Count()).plus(count) for name, count in news.items()}
        minutes.append(Minute(at=this, counts=newest.counts | sums))
    return weights.model_copy(update={"minutes": tuple(minutes)})


def _moved(weights: Weights, now: datetime) -> Weights:
    slow = weights.slow()
    others = [name for name in weights.now if name not in slow]
    falling = [name for name in sorted(slow) if weights.now[name] > 0]
    if falling and others and (weights.moved_at is None or now - weights.moved_at >= APART):
        one = max(falling, key=lambda name: weights.now[name])
        points = min(POINTS, weights.now[one])
        return _with(weights, {one: -points} | _dealt(points, others), now)
    if slow:
        minute = now.replace(second=0, microsecond=0)  # not written anew every few seconds
        return weights.model_copy(update={"restless_at": max(minute, weights.restless_at or minute)})
    if weights.now != weights.configured and weights.restless_at is not None and now - weights.restless_at >= QUIET:
        return _with(weights, _homeward(weights), now)
    return weights


def _with(weights: Weights, change: Mapping[str, int], now: datetime) -> Weights:
    shares = {name: weight + change.get(name, 0) for name, weight in weights.now.items()}
    return weights.model_copy(update={"now": shares, "moved_at": now, "restless_at": now})


def _dealt(points: int, to: list[str]) -> dict[str, int]:
    """As evenly as whole points allow."""
    each, more = divmod(points, len(to))
    return {name: each + (number < more) for number, name in enumerate(to)}


def _homeward(weights: Weights) -> dict[str, int]:
    """Ten points, or as many as are missing, from those above their configured weight to those below it."""
    apart = {name: weights.configured[name] - weight for name, weight in weights.now.items()}
    change: dict[str, int] = dict.fromkeys(apart, 0)
    for _ in range(min(POINTS, sum(points for points in apart.values() if points > 0))):
        below, above = max(apart, key=lambda name: apart[name]), min(apart, key=lambda name: apart[name])
        for name, point in ((below, 1), (above, -1)):
            change[name] += point
            apart[name] -= point
    return change


def _is_slow(counts: Iterable[Count | None]) -> bool:
    total = Count()
    for count in counts:
        total = total.plus(count or Count())
    return total.sends > 0 and total.slow >= SLOW_SHARE * total.sends
