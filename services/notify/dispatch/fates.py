"""How messages fare by each gateway: counted here, told to where all is summed up, and what follows holds here."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final

from services.notify.dispatch.lanes import Lanes
from services.notify.domain.effects import Fate
from services.notify.domain.weights import Count, Tallied
from services.runtime.message import Broken, Held, Submitted, Unavailable

TOLD_EVERY: Final = 10.0
"""Seconds: a switch to another gateway may come so much later."""


class Fates:
    """Those that nobody has been told of."""

    def __init__(self) -> None:
        self._fates = Counter[Fate]()

    def note(self, fate: Fate) -> None:
        self._fates[fate] += 1

    def taken(self) -> dict[str, Count]:
        """By provider; they are not here any more."""
        fates, self._fates = self._fates, Counter[Fate]()
        counts: dict[str, Count] = {}
        for fate, number in fates.items():
            known = counts.get(fate.provider, Count())
            counts[fate.provider] = known.plus(Count(sends=number, slow=number * fate.slow))
        return counts


async def keep_weighing(
    fates: Fates, lanes: Lanes, report: Callable[[Tallied], Awaitable[Submitted]], log: Any
) -> None:
    """Runs for the life of the service, where there is something to weigh: tells what it knows, hears what holds.

    What could not be told is not told later: nobody knows whether it was counted, and once too few is better.
    """
    while len(list(lanes)) > 1:
        await asyncio.sleep(TOLD_EVERY)
        try:
            submitted = await report(Tallied(counts=fates.taken()))
        except (Unavailable, Held, Broken) as error:
            log.warning("weights stay as they were", error=type(error).__name__)
            continue
        if submitted.state.now != lanes.weights:
            lanes.weights = submitted.state.now
            log.info("weights of gateways", **lanes.weights)
