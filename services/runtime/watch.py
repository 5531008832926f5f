"""What operators see of a running door: its counts and its log, its gauges, and the rest it takes after many faults.

Nothing told here names anybody: kinds, codes, topics, and places in the code (I12).
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any

from services.runtime.background import UNSENT_GRACE
from services.runtime.breaker import REST, Breaker
from services.runtime.clock import Clock
from services.runtime.consumer import Consumer
from services.runtime.driver import StoreAway
from services.runtime.entity import Entity
from services.runtime.message import Record
from services.runtime.store import Store
from services.runtime.telemetry import Metrics, where

GAUGE_SECONDS = 5.0


class Watch:
    """Counts and tells what happens at one door, and judges from it whether consumption must rest."""

    def __init__(self, *, failures: int, metrics: Metrics, log: Any) -> None:
        self._metrics, self._log = metrics, log
        self._breaker = Breaker(failures)
        metrics.breaker.set_function(lambda: self.breaker_open)

    def came(self, messages: int, source: str) -> None:
        if messages:
            self._metrics.batch_size.labels(source).observe(messages)

    def taken(self, records: Sequence[Record], seconds: float) -> None:
        """A batch of records is durable and published."""
        self._metrics.batch_seconds.labels("kafka").observe(seconds)
        first_of_topic = {record.topic: record for record in reversed(records)}
        for topic, record in first_of_topic.items():
            age = max(0.0, time.time() - record.timestamp / 1000)
            self._metrics.event_age.labels(topic).observe(age)

    def report(self, kind: str, code: str, error: Exception | None) -> None:
        """What folding has met (`Context.report`)."""
        if kind == "duplicate":
            self._metrics.duplicates.labels(code).inc()
        elif kind == "gap":
            self._metrics.gaps.inc()
            self._log.error("events missing before this one", stream=code)
        elif kind == "refused":
            self._log.info("an event was refused by a rule", code=code)
        else:
            self._metrics.failures.labels(code).inc()
            self._log.error(
                "a rule failed", kind=code, error=type(error).__name__ if error else code, where=where(error)
            )

    def lost(self) -> None:
        """A write, to another writer."""
        self._metrics.conflicts.inc()

    def turned_away(self, entity: Entity[Any], messages: int) -> None:
        """Local messages, of an entity that has no room for them."""
        self._log.error("local messages wait with their senders", entity=entity.name, messages=messages)

    def waits_for_store(self, away: StoreAway) -> None:
        self._log.warning("store away, trying again", reason=str(away))

    def goes_in_circles(self, left: int) -> None:
        self._log.error("local messages go in circles; the scanner takes over", left=left)

    # -- the rest -----------------------------------------------------------------------------------------------------

    def judge(self, messages: int, failures: int) -> None:
        if self._breaker.judge(messages, failures, time.monotonic()):
            self._log.critical("breaker open: consumption rests", seconds=REST)

    async def rest(self) -> None:
        if rest := self._breaker.rest(time.monotonic()):
            await asyncio.sleep(rest)

    @property
    def breaker_open(self) -> bool:
        return self._breaker.rest(time.monotonic()) > 0


async def keep_gauges(
    metrics: Metrics, consumers: Sequence[Consumer], store: Store, entities: Sequence[Entity[Any]], clock: Clock
) -> None:
    """Runs for the life of the service: tells how far behind it is."""
    while True:
        await asyncio.sleep(GAUGE_SECONDS)
        with contextlib.suppress(StoreAway):
            for consumer in consumers:
                for topic, lag in (await consumer.lag()).items():
                    metrics.lag_records.labels(topic).set(lag.records)
                    metrics.lag_seconds.labels(topic).set(lag.seconds)
            now = clock.now()
            parked = 0
            depth, first = await store.unsent.overdue(now - UNSENT_GRACE)
            oldest = first or now
            for entity in entities:
                count, first = await store.overdue(entity, now - UNSENT_GRACE)
                depth, oldest = depth + count, min(oldest, first or now)
                parked += await store.parked(entity)
            metrics.outbox_depth.set(depth)
            metrics.outbox_age.set((now - oldest).total_seconds())
            metrics.parked.set(parked)
