"""Outboxes: sends what the entities of a batch have to tell, and notes what was acknowledged.

Whoever publishes an entity sends its whole outbox, head first, but for what was sent already: so the order on the
topics is the order of the decisions, whoever crashes when (design 1).
"""

import asyncio
import contextlib
import itertools
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from services.runtime.acknowledged import Acknowledgements, Key
from services.runtime.batch import Batch, Place
from services.runtime.clock import Clock
from services.runtime.document import Document
from services.runtime.driver import StoreAway
from services.runtime.entity import Entity
from services.runtime.entries import outgoing
from services.runtime.faults import Faults, KillPoint
from services.runtime.letters import dead_letter
from services.runtime.message import DeadLetter, Outgoing
from services.runtime.publisher import BrokerAway
from services.runtime.seal import Sealer
from services.runtime.telemetry import Metrics
from services.runtime.unsent import Lines

TOLD_SECONDS = 0.25
"""So often the store is told what was sent."""
ASKED_EVERY = 8
"""Times that the store is told before it is also asked what others have sent for us."""


class Publishing(Protocol):
    async def publish(self, runs: Sequence[Sequence[Outgoing]]) -> list[int]: ...


class Clearing(Protocol):
    @property
    def unsent(self) -> Lines: ...

    async def clear(self, entity: Entity[Any], sent: Mapping[int, Sequence[str]]) -> None: ...


class Outboxes:
    """The outboxes of one service's entities; one batch publishes after the other."""

    def __init__(
        self,
        store: Clearing,
        publisher: Publishing,
        entities: Mapping[str, Entity[Any]],
        *,
        group: str,
        sealer: Sealer,
        clock: Clock,
        faults: Faults,
        metrics: Metrics,
        log: Any,
    ) -> None:
        self._store, self._publisher, self._entities = store, publisher, entities
        self._group, self._sealer, self._clock = group, sealer, clock
        self._faults, self._metrics, self._log = faults, metrics, log
        self._publishing = asyncio.Lock()
        self._unpublished: dict[Key, str] = {}
        self.acknowledged = Acknowledgements()

    @property
    def waiting(self) -> int:
        """How many entities this process could not publish yet."""
        return len(self._unpublished)

    def letter(self, letter: DeadLetter, now: datetime) -> Outgoing:
        return dead_letter(letter, self._group, self._sealer, now)

    async def publish_quietly(self, batch: Batch) -> None:
        with contextlib.suppress(BrokerAway, StoreAway):  # the scanner sends what stays in the outboxes
            await self.publish(batch)

    async def publish(self, batch: Batch) -> None:
        """Sends the whole outbox of every document touched, head first, and notes what was acknowledged.

        Raises BrokerAway when something was not acknowledged: it stays in the outboxes, for whoever publishes the
        entity next.
        """
        async with self._publishing:  # one after the other: what another batch has just sent is not sent again
            await self._in_turn(batch)

    async def _in_turn(self, batch: Batch) -> None:
        dead = batch.dead
        for key, document in batch.touched.items():
            self.acknowledged.already(key, document)
        full = [(key, document) for key, document in batch.touched.items() if document.outbox]
        if not full and not dead:
            self.acknowledged.close(batch.stamps)
            return
        runs: list[list[Outgoing]] = [[outgoing(e) for e in document.outbox if "t" in e] for _, document in full]
        runs += [[self.letter(letter, self._clock.now())] for letter in dead]
        try:
            acknowledged = await self._publisher.publish(runs)
        except BrokerAway:
            self._unpublished.update((key, document.stamp) for key, document in full)
            raise
        self._faults.passing(KillPoint.AFTER_PUBLISH)
        short = any(count < len(run) for count, run in zip(acknowledged[len(full) :], runs[len(full) :], strict=True))
        open_stamps = set()
        for ((name, id), document), run, count in zip(full, runs, acknowledged, strict=False):
            for entry in itertools.islice((e for e in document.outbox if "t" in e), count):
                if "h" in entry:
                    self._metrics.dead_letters.labels(entry["c"]).inc()
            last = _last_sent(document.outbox, count, batch.carried, name, id)
            if last:
                self.acknowledged.hold((name, id), last, document)
            if last != document.outbox[-1]["n"]:
                open_stamps.add(document.stamp)
            if count < len(run):
                short = True
                self._unpublished[name, id] = document.stamp
            else:
                self._unpublished.pop((name, id), None)
        for letter in dead:
            self._metrics.dead_letters.labels(letter.code).inc()
        self.acknowledged.close(batch.stamps - open_stamps)
        if short:
            raise BrokerAway("not everything was acknowledged")

    async def without_sent(self, name: str, documents: Mapping[str, Document]) -> None:
        """Takes out of documents just read, of one kind, what was sent: by this process, or by whoever wrote them.

        Raises StoreAway.
        """
        sent = self.acknowledged
        told = [(id, document) for id, document in documents.items() if document.outbox]
        asked = {document.stamp for _, document in told if not sent.is_sent(document.stamp)}
        unsent = await self._store.unsent.among(asked) if asked else set()
        sent.remember(asked - unsent)
        for id, document in told:
            if document.stamp in unsent:
                sent.already((name, id), document)
            else:
                document.outbox = []

    async def clear(self) -> None:
        """Tells the store, time and again, what was sent; never returns."""
        for turn in itertools.count():
            await asyncio.sleep(TOLD_SECONDS)
            try:
                await self.clear_now()
                if turn % ASKED_EVERY == 0:
                    await self.forget_sent()
            except StoreAway as away:
                self._log.warning("clearing waits", reason=str(away))
            except Exception as error:
                self._log.error("clearing failed", error=type(error).__name__)

    async def forget_sent(self) -> None:
        """What this process could not publish, and another has. Raises StoreAway."""
        if self._unpublished:
            waiting = dict(self._unpublished)
            unsent = await self._store.unsent.among(set(waiting.values()))
            for key, stamp in waiting.items():
                if stamp not in unsent and self._unpublished.get(key) == stamp:
                    del self._unpublished[key]

    async def clear_now(self) -> None:
        """Empties what must not stay; only then the lines go, which would have it sent and emptied after a crash.

        Raises StoreAway: it is all told again.
        """
        owed = self.acknowledged.owed()
        for name, sent in owed.outboxes.items():
            await self._store.clear(self._entities[name], sent)
        if owed.stamps:
            await self._store.unsent.close(owed.stamps)
            self._faults.passing(KillPoint.AFTER_PULL)
        self.acknowledged.paid(owed)


def _last_sent(
    outbox: Sequence[Mapping[str, Any]], acknowledged: int, carried: Container[Place], name: str, id: str
) -> int:
    """The number up to which all is dealt with: events acknowledged, local messages carried."""
    last = 0
    for entry in outbox:
        if "t" in entry:
            if not acknowledged:
                break
            acknowledged -= 1
        elif (name, id, entry["n"]) not in carried:
            break
        last = entry["n"]
    return last
