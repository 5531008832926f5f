"""What goes on in a service though nobody waits for it: loops, what has come due, and work behind an answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import accumulate
from typing import Any, Protocol

from services.runtime.clock import Clock
from services.runtime.document import Document
from services.runtime.driver import StoreAway
from services.runtime.entity import Entity
from services.runtime.message import Message
from services.runtime.publisher import BrokerAway
from services.runtime.settings import ServiceSettings
from services.runtime.telemetry import where
from services.runtime.timers import fired, wakings
from services.runtime.unsent import Line, Lines

AGAIN_SECONDS = 5.0
UNSENT_GRACE = timedelta(seconds=2)
"""After this time the scanner sends what the writer did not."""
LOOK_AGAIN = timedelta(seconds=10)
"""What could not be sent is looked at again after this time."""
COMES_WITHIN = 3600.0
"""Seconds, as they pass here: no write comes true later after its line, since its writer gives it up after a minute."""


async def kept_up(work: Callable[[], Awaitable[None]], log: Any) -> None:
    """Does what is to be done until the service stops: what breaks is said, and begun again after a pause."""
    while True:
        try:
            return await work()
        except Exception as error:
            log.error("background work begins again", error=type(error).__name__, where=where(error))
            await asyncio.sleep(AGAIN_SECONDS)


class Finding(Protocol):
    @property
    def unsent(self) -> Lines: ...

    async def load(self, entity: Entity[Any], ids: Sequence[str]) -> dict[str, Document]: ...

    async def with_due(self, entities: Sequence[Entity[Any]], now: datetime) -> list[Entity[Any]]: ...

    async def due(self, entity: Entity[Any], now: datetime, limit: int) -> list[Document]: ...


class Background:
    """One door's: `scan` wakes its entities, `begin` starts what ends after the answer; `process` is the way in.

    It is given messages, and the stamps of writes that have nothing unsent when all of their documents has gone out.
    """

    def __init__(
        self,
        store: Finding,
        entities: Mapping[str, Entity[Any]],
        process: Callable[[Sequence[Message], Collection[str]], Awaitable[None]],
        *,
        clock: Clock,
        settings: ServiceSettings,
        log: Any,
    ) -> None:
        self._store, self._entities, self._process = store, entities, process
        self._clock, self._settings, self._log = clock, settings, log
        self._tasks: set[asyncio.Task[None]] = set()
        self._waited_for: dict[str, float] = {}
        """Writes, by stamp, that were still to come when this process first looked: since when, by its own watch."""

    async def scan(self) -> None:
        """Runs for the life of the service: wakes entities whose timers, retries or unsent events are due."""
        while True:
            try:
                waiting = await self._store.with_due(list(self._entities.values()), self._clock.now())
            except StoreAway as error:
                self._log.warning("scan waits", error=type(error).__name__)
                waiting = []
            full = False
            works: list[Callable[[], Awaitable[bool]]] = [self.send_left]
            works += [partial(self.wake, entity) for entity in waiting]
            for work in works:
                try:
                    full = await work() or full
                except (StoreAway, BrokerAway) as error:
                    self._log.warning("scan waits", error=type(error).__name__)
                    await asyncio.sleep(1)
                except Exception as error:
                    self._log.error("scan failed", error=type(error).__name__, where=where(error))
                    await asyncio.sleep(1)
            await asyncio.sleep(0 if full else self._settings.scan_seconds)

    async def send_left(self) -> bool:
        """What writers had to tell and did not, crashed or without Kafka; whether there may be more.

        Raises StoreAway or BrokerAway.
        """
        now, bound, unsent = self._clock.now(), self._settings.max_records, self._store.unsent
        lines = await unsent.left(now - UNSENT_GRACE, bound)
        some = [line for line, before in zip(lines, _sums(lines), strict=True) if before < bound]
        if not some:
            return False
        await unsent.look_again([line.stamp for line in some], now + LOOK_AGAIN)  # and what comes behind them first
        messages: list[Message] = []
        done: set[str] = set()
        for name in {line.entity for line in some}:
            entity, of_kind = self._entities.get(name), [line for line in some if line.entity == name]
            if entity is None:
                self._log.error("unsent writes of an entity that this version does not know wait", entity=name)
                continue
            documents = await self._store.load(entity, sorted({id for line in of_kind for id in line.ids}))
            for line in of_kind:
                if _not_all_there(line, documents) and self._may_come(line.stamp):
                    await unsent.look_again([line.stamp], now + LOOK_AGAIN, pending=True)
                else:
                    done.add(line.stamp)
                written = (documents[id] for id in line.ids if id in documents)
                messages += [fired(entity, d.id, "", "", now) for d in written if d.stamp == line.stamp and d.outbox]
        await self._process(messages, done)
        return len(some) < len(lines) or len(lines) >= bound

    def _may_come(self, stamp: str) -> bool:
        """Whether a write may still come true, since it was not waited for long enough, by this process's own watch."""
        now = time.monotonic()
        if stamp not in self._waited_for:
            late = now - 2 * COMES_WITHIN
            self._waited_for = {other: since for other, since in self._waited_for.items() if since > late}
        return now - self._waited_for.setdefault(stamp, now) < COMES_WITHIN

    async def wake(self, entity: Entity[Any]) -> bool:
        """What is due of one kind; whether there may be more. Raises StoreAway or BrokerAway."""
        now = self._clock.now()
        documents = await self._store.due(entity, now, self._settings.max_records)
        messages = [message for document in documents for message in wakings(entity, document, now)]
        if messages:
            await self._process(messages, ())
        return len(documents) >= self._settings.max_records

    def begin(self, work: Awaitable[None]) -> None:
        """Starts what nobody waits for; if it breaks, that is said."""

        async def quietly() -> None:
            try:
                await work
            except Exception as error:
                self._log.error("background work failed", error=type(error).__name__, where=where(error))

        task = asyncio.create_task(quietly())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def under_way(self) -> bool:
        """Whether anything goes on that was begun."""
        return bool(self._tasks)

    async def progress(self) -> None:
        """Waits until something of it has ended, or for a moment."""
        await asyncio.wait([*self._tasks, asyncio.ensure_future(asyncio.sleep(0.02))], return_when="FIRST_COMPLETED")


def _sums(lines: Sequence[Line]) -> list[int]:
    """How many documents stand on the lines before each."""
    return [0, *accumulate(len(line.ids) for line in lines)][: len(lines)]


def _not_all_there(line: Line, documents: Mapping[str, Document]) -> bool:
    """Whether part of the write is still to come, slow or never: nobody has written that version of the document."""
    return any(
        id not in documents or documents[id].version < version
        for id, version in zip(line.ids, line.versions, strict=True)
    )
