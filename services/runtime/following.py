"""A consumer in a group of its own, of topics that change while the service runs: another takes its place then.

What it reads goes through the door as all else. The service's own group is not disturbed by any of it, nor does the
service wait for it to be ready.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Final

from services.runtime.consumer import Consumer

LOOK_SECONDS: Final = 2.0
"""So soon the topics that are wanted are those that are read."""


class Following:
    """`wanted` names the topics now; `make` a consumer of these. One that stands still too long is replaced, too."""

    def __init__(
        self,
        wanted: Callable[[], frozenset[str]],
        make: Callable[[Sequence[str]], Consumer],
        log: Any,
        *,
        stands_still_after: float,
    ) -> None:
        self._wanted, self._make, self._log = wanted, make, log
        self._stands_still_after = stands_still_after
        self._read: frozenset[str] = frozenset()
        self._consumer: Consumer | None = None
        self._ended = False

    async def keep_up(self) -> None:
        """Runs for the life of the service."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Starts, stops or replaces the consumer where it has to be; with Kafka away it is tried again."""
        if self._ended:
            return
        wanted = self._wanted()
        stuck = self._consumer is not None and self._consumer.still_for > self._stands_still_after
        if stuck:
            self._log.critical("a consumer stood still and is replaced", topics=sorted(self._read))
        if wanted == self._read and not stuck:
            return
        await self._leave()
        if not wanted:
            return
        consumer = self._make(sorted(wanted))
        try:
            await consumer.start()
        except Exception as error:  # aiokafka raises many kinds while Kafka is away
            self._log.warning("waiting for Kafka", error=type(error).__name__)
            with contextlib.suppress(Exception):  # it is being given up, in whatever state it is
                await consumer.stop()
            return
        self._consumer, self._read = consumer, wanted
        if self._ended:  # meanwhile
            await self._leave()

    async def stop(self) -> None:
        """For good: while the service ends nothing new comes in."""
        self._ended = True
        await self._leave()

    async def _leave(self) -> None:
        consumer, self._consumer, self._read = self._consumer, None, frozenset()
        if consumer is not None:
            await consumer.stop()
