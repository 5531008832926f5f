"""The real door over a store and a publisher in memory: rules, retries and timers without servers."""

import asyncio
import contextlib
import copy
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from pydantic import BaseModel

from services.contracts.decision import World
from services.contracts.snapshot import Snapshot
from services.runtime.document import Document
from services.runtime.door import Door
from services.runtime.driver import StoreAway
from services.runtime.entity import Entity, Inbound
from services.runtime.guarded import Unwritten
from services.runtime.indexes import Index
from services.runtime.message import Outgoing, Performed, Record, Submitted
from services.runtime.publisher import BrokerAway
from services.runtime.sealing import Sealing
from services.runtime.settings import ServiceSettings
from services.runtime.telemetry import Metrics, logger
from services.runtime.unsent import Line
from tests.support.filters import fits, value_of
from tests.support.memory_keys import MemoryKeys, at_once

WORKING_MORNING = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
"""1405/09/02 09:30 in Tehran, a Monday."""


_STAMPS = itertools.count(1)


@dataclass
class SetClock:
    moment: datetime = WORKING_MORNING

    def now(self) -> datetime:
        return self.moment

    def advance(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class MemoryLines:
    """The lines of unsent writes; fails while `is_away` says so."""

    is_away: Callable[[], bool]
    lines: dict[str, Line] = field(default_factory=dict)
    looks: dict[str, datetime] = field(default_factory=dict)
    """When a line is looked at next, where that was put off."""

    def _there(self) -> dict[str, Line]:
        if self.is_away():
            raise StoreAway("away")
        return self.lines

    async def open(self, line: Line) -> None:
        self._there()[line.stamp] = line

    async def close(self, stamps: Sequence[str]) -> None:
        for stamp in stamps:
            self._there().pop(stamp, None)

    async def among(self, stamps: Collection[str]) -> set[str]:
        return {stamp for stamp in stamps if stamp in self._there()}

    async def left(self, before: datetime, limit: int) -> list[Line]:
        looks = {stamp: self.looks.get(stamp, line.at) for stamp, line in self._there().items()}
        old = sorted((stamp for stamp, look in looks.items() if look <= before), key=lambda stamp: looks[stamp])
        return [self.lines[stamp] for stamp in old[:limit]]

    async def look_again(self, stamps: Collection[str], at: datetime, *, pending: bool = False) -> None:
        self.looks.update({stamp: at for stamp in stamps if stamp in self._there()})


@dataclass
class MemoryStore:
    """Documents as stored, guarded by version like the real one; `away` makes it fail."""

    collections: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    away: bool = False
    indexes: Mapping[str, Sequence[Index]] = field(default_factory=dict)
    """By entity; of these the unique ones count."""
    before_write: Callable[[str], None] | None = None
    writes: int = 0
    refuses: Callable[[str, Mapping[str, Any]], bool] | None = None
    """Whether a document, by its id and fields, is one that MongoDB would not hold."""
    keys: MemoryKeys = field(default_factory=MemoryKeys)
    """What is sealed in these documents is sealed with."""

    def __post_init__(self) -> None:
        self.unsent = MemoryLines(lambda: self.away)

    def unsent_of(self, entity: Entity[Any] | str, id: str) -> list[dict[str, Any]]:
        """What of a document's outbox may not be sent yet."""
        row = self.collections[entity if isinstance(entity, str) else entity.name][id]
        return row.get("outbox", []) if row["stamp"] in self.unsent.lines else []

    def _of(self, entity: Entity[Any]) -> dict[str, dict[str, Any]]:
        if self.away:
            raise StoreAway("away")
        return self.collections.setdefault(entity.name, {})

    async def load(self, entity: Entity[Any], ids: Sequence[str]) -> dict[str, Document]:
        rows = self._of(entity)
        return {id: Document.read(entity, self.opened(entity, rows[id])) for id in ids if id in rows}

    def opened(self, entity: Entity[Any], row: Mapping[str, Any]) -> dict[str, Any]:
        """A stored document as it is read."""
        raw = dict(copy.deepcopy(row))
        if entity.sealed is not None:
            at_once(self._sealing.open(entity.sealed, entity.name, [(raw["_id"], raw.get("state"))]))
        return raw

    def sealed(self, entity: Entity[Any], id: str, fields: dict[str, Any]) -> dict[str, Any] | None:
        """A document as it is stored, if it can be."""
        unsealed: set[str] = set()
        if entity.sealed is not None:
            unsealed = at_once(self._sealing.seal(entity.sealed, entity.name, [(id, fields.get("state"))]))
        return None if unsealed else fields

    @property
    def keyring(self) -> MemoryKeys:
        return self.keys

    @property
    def _sealing(self) -> Sealing:
        return Sealing(self.keys, bytes(32))

    async def write(self, entity: Entity[Any], documents: Sequence[Document], now: datetime) -> Unwritten:
        rows, unwritten, stamp = self._of(entity), Unwritten(), str(next(_STAMPS))
        for document in documents:
            document.stamp = stamp
        if telling := [document for document in documents if document.outbox]:
            ids, versions = [document.id for document in telling], [document.version + 1 for document in telling]
            await self.unsent.open(Line(stamp, entity.name, ids, versions, now))
        for document in documents:
            if self.before_write:
                self.before_write(document.id)
            held = rows.get(document.id, {"version": 0})["version"]
            if held != document.version:
                unwritten.lost.add(document.id)
                continue
            fields = document.to_fields(entity)
            if self.refuses and self.refuses(document.id, fields):
                unwritten.unstorable.add(document.id)
                continue
            taken = self._taken(entity, document.id, fields)
            if taken is not None:
                unwritten.lost.add(document.id)
                unwritten.clashed.add(document.id)
                unwritten.taken[document.id] = taken
                continue
            sealed = self.sealed(entity, document.id, fields)
            if sealed is None:
                unwritten.unsealed.add(document.id)
                continue
            rows[document.id] = copy.deepcopy({"_id": document.id, **sealed})
            self.writes += 1
        return unwritten

    def _taken(self, entity: Entity[Any], id: str, fields: Mapping[str, Any]) -> tuple[str, str] | None:
        """The unique index that already has such a value, and whose it is."""
        for index in self.indexes.get(entity.name, ()):
            partial = index.partial or {}
            if not index.unique or not fits(fields, partial):
                continue
            value = [value_of(fields, name) for name, _ in index.keys]
            for other, row in self._of(entity).items():
                if other != id and fits(row, partial) and [value_of(row, name) for name, _ in index.keys] == value:
                    return index.name, other
        return None

    async def clear(self, entity: Entity[Any], sent: Mapping[int, Sequence[str]]) -> None:
        rows = self._of(entity)
        for version, ids in sent.items():
            for row in (rows[id] for id in ids):
                if row["version"] == version:
                    row["outbox"] = []

    async def with_due(self, entities: Sequence[Entity[Any]], now: datetime) -> list[Entity[Any]]:
        return [entity for entity in entities if await self.due(entity, now, 1)]

    async def due(self, entity: Entity[Any], now: datetime, limit: int) -> list[Document]:
        rows = [r for r in self._of(entity).values() if r.get("wake") and r["wake"] <= now]
        return [Document.read(entity, self.opened(entity, r)) for r in sorted(rows, key=lambda r: r["wake"])[:limit]]


@dataclass
class MemoryPublisher:
    """Keeps what was published, in order; `away` refuses, `accept` takes only so many more records."""

    sent: list[Outgoing] = field(default_factory=list)
    away: bool = False
    accept: int | None = None

    async def publish(self, runs: Sequence[Sequence[Outgoing]]) -> list[int]:
        if self.away:
            raise BrokerAway("away")
        acknowledged = []
        for run in runs:
            count = 0
            for record in run:
                if self.accept is not None:
                    if self.accept == 0:
                        break
                    self.accept -= 1
                self.sent.append(record)
                count += 1
            acknowledged.append(count)
        return acknowledged

    def events(self, topic: str = "") -> list[dict[str, str]]:
        """Headers of what was published, with the key and value, oldest first."""
        return [
            {"topic": t, "key": k, "value": v.decode(errors="replace")} | {name: h.decode() for name, h in headers}
            for t, k, v, headers in self.sent
            if t.startswith(topic)
        ]


class MemoryDoor:
    """A door for tests. `submit` as in production; `tick` lets time pass and fires what is due; `records` is Kafka."""

    def __init__(
        self,
        service: str,
        entities: Sequence[Entity[Any]],
        *,
        rules: Any = None,
        registry: Snapshot | None = None,
        inbound: Sequence[Inbound] = (),
        store: MemoryStore | None = None,
        perform: Callable[[Sequence[Performed]], Any] | None = None,
        clock: SetClock | None = None,
        **settings: Any,
    ) -> None:
        self.clock = clock or SetClock()
        self.store, self.publisher = store or MemoryStore(), MemoryPublisher()
        self.registry = registry or Snapshot()
        self.metrics = Metrics(service)
        self.settings = ServiceSettings(port=0, gather_seconds=0, **settings)
        self.effects: list[Performed] = []
        self.clears = True
        """Whether the store is told at once what was sent; in production it is after a moment."""
        self._perform = perform
        self.door = Door(
            service,
            store=self.store,
            publisher=self.publisher,
            entities=entities,
            inbound=inbound,
            world=lambda now: World(now=now, registry=self.registry, rules=rules() if callable(rules) else rules),
            clock=self.clock,
            settings=self.settings,
            metrics=self.metrics,
            log=logger(service, "ERROR"),
            perform=self._note,
        )
        self._entities = entities

    async def _note(self, effects: Sequence[Performed]) -> None:
        self.effects += effects
        if self._perform:
            await self._perform(effects)

    async def submit(self, entity: Entity[Any], id: str, body: BaseModel, **options: Any) -> Submitted:
        async with self.serving():
            result = await self.door.submit(entity, id, body, **options)
        await self.settle()
        return result

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Commands are decided meanwhile, as in a service that runs."""
        task = asyncio.create_task(self.door.serve_commands())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def settle(self) -> None:
        """Waits for publishing and effects that go on behind an answer."""
        for _ in range(100):
            if not self.door.background.under_way:
                break
            await asyncio.sleep(0)
        if self.clears:
            with contextlib.suppress(StoreAway):
                await self.door.outboxes.clear_now()
                await self.door.outboxes.forget_sent()

    async def tick(self, **by: float) -> None:
        """Advances the clock (`seconds=5`) and wakes what is due, once."""
        self.clock.advance(**by)
        background = self.door.background
        works: list[Callable[[], Awaitable[bool]]] = [background.send_left]
        works += [partial(background.wake, entity) for entity in self._entities]
        for work in works:
            with contextlib.suppress(BrokerAway, StoreAway):
                await work()
        await self.settle()

    async def records(self, *records: Record) -> None:
        try:
            await self.door.take(records)
        finally:
            await self.settle()

    def state(self, entity: Entity[Any], id: str) -> Any:
        row = self.store.collections.get(entity.name, {}).get(id)
        if row is None or row.get("state") is None:
            return None
        return entity.state.model_validate(self.store.opened(entity, row)["state"])

    def metric(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0
