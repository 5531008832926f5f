"""The door: every message to an entity of a service goes through here (docs/door.md tells the whole life of one).

    read -> group by entity -> one find -> fold through the rules -> one bulk_write guarded by versions
    -> answer commands -> publish the whole outboxes, head first -> (the consumer commits)

`process` is the one entry for all three sources: `take` feeds it Kafka records, `submit` commands, and the background
what has come due.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from services.contracts.decision import World
from services.contracts.wire import Wire
from services.runtime.background import Background, Finding
from services.runtime.clock import Clock
from services.runtime.commands import Commands, answer
from services.runtime.document import Document
from services.runtime.driver import StoreAway
from services.runtime.entity import Entity, Inbound
from services.runtime.entries import local
from services.runtime.faults import Faults, KillPoint
from services.runtime.fold import fold
from services.runtime.folded import Context, Folded
from services.runtime.message import DeadLetter, Message, Performed, Record, Submitted, Unavailable
from services.runtime.outboxes import Batch, Clearing, Outboxes, Publishing
from services.runtime.reading import Reading
from services.runtime.seal import Sealer
from services.runtime.settings import ServiceSettings
from services.runtime.store import Unwritten, storable
from services.runtime.telemetry import Metrics
from services.runtime.timers import due_at_once
from services.runtime.watch import Watch

S = TypeVar("S", bound=Wire)
T = TypeVar("T")
Perform = Callable[[Sequence[Performed]], Awaitable[None]]

STORE_PATIENCE = 30.0
"""Seconds a batch tries to reach the store; longer, and the consumer would lose its place in the group (design 4)."""
DRAIN_SECONDS, CLEAR_SECONDS = 4.0, 2.0
STRETCH = 100
"""So many records or entities are worked on at a stretch; then whoever else waits for this process has a turn."""
MAX_ROUNDS = 50
TRIES_KEPT = 4
"""Writes of one batch whose fate nobody knows: each waits longer for the store than a write takes to come true."""
"""Local messages may call forth others; more rounds than this in one batch means that two entities talk in circles."""


class Storing(Clearing, Finding, Protocol):
    """What the door needs of a store; `store.Store` is the real one."""

    async def load(self, entity: Entity[Any], ids: Sequence[str]) -> dict[str, Document]: ...

    async def write(self, entity: Entity[Any], documents: Sequence[Document], now: datetime) -> Unwritten: ...


async def _stretches(items: Sequence[T]) -> AsyncIterator[Sequence[T]]:
    """Parts of a long piece of work, with a turn for others in between."""
    for start in range(0, len(items), STRETCH):
        if start:
            await asyncio.sleep(0)
        yield items[start : start + STRETCH]


@dataclass(slots=True)
class _Group:
    """The messages of one entity until they are settled.

    `clashes` = how often a unique value it chose was taken; `taken` = by which other entity, by the index's name.
    """

    messages: list[Message]
    clashes: int = 0
    taken: tuple[tuple[str, str], ...] = ()
    unstorable: bool = False


class Door:
    """One service's door. `world` gives the registry snapshot and rules for a moment; `perform` carries out effects."""

    def __init__(
        self,
        service: str,
        *,
        store: Storing,
        publisher: Publishing,
        entities: Sequence[Entity[Any]],
        inbound: Sequence[Inbound],
        world: Callable[[datetime], World[Any]],
        clock: Clock,
        settings: ServiceSettings,
        metrics: Metrics,
        log: Any,
        perform: Perform | None = None,
    ) -> None:
        self._service, self._store = service, store
        self._entities = {entity.name: entity for entity in entities}
        self._reading = Reading(inbound, clock, world)
        self.passes_over = self._reading.passes_over
        self._world, self._clock, self._settings = world, clock, settings
        self._perform = perform
        self.watch = Watch(failures=settings.breaker_failures, metrics=metrics, log=log)
        self._sealer = Sealer(settings.seal_bytes())
        self._faults = Faults(settings.kill_at)
        self.outboxes = Outboxes(
            store,
            publisher,
            self._entities,
            group=f"mizban.{service}",
            sealer=self._sealer,
            clock=clock,
            faults=self._faults,
            metrics=metrics,
            log=log,
        )
        self._turn = asyncio.Lock()  # one batch reads and writes at a time; publishing overlaps with the next
        self._commands = Commands(service, clock=clock, settings=settings, metrics=metrics, log=log)
        self.background = Background(
            store,
            self._entities,
            lambda messages, stamps: self.process(messages, [], source="timer", stamps=stamps),
            clock=clock,
            settings=settings,
            log=log,
        )
        self._closing = False

    # -- what comes in -----------------------------------------------------------------------------------------------

    async def take(self, records: Sequence[Record]) -> None:
        """Kafka: returns when all of the batch is durable and published, so that its offsets may be committed.

        Raises StoreAway or BrokerAway: nothing may be committed, the batch comes again.
        """
        await self.watch.rest()
        started = time.perf_counter()
        messages: list[Message] = []
        dead: list[DeadLetter] = []
        now = self._clock.now()
        findings = await self._reading.findings(records)
        async for stretch in _stretches(list(zip(records, findings, strict=True))):
            for record, finding in stretch:
                self._reading.read(record, finding, now, messages, dead)
        await self.process(messages, dead, source="kafka")
        self.watch.taken(records, time.perf_counter() - started)

    async def submit(
        self,
        entity: "Entity[S]",
        id: str,
        body: BaseModel,
        *,
        key: str | None = None,
        caller: str = "",
        expected: int | None = None,
    ) -> Submitted:
        """A command: waits until what it decided is durable.

        Commands that arrive together share one write (group commit). `key` is the caller's Idempotency-Key: a repeat is
        answered as before. `expected` is the version the caller saw. Raises Refused, Held, Broken, or Unavailable.
        """
        if self._closing:
            raise Unavailable("shutting down")
        if self.outboxes.waiting > self._settings.outbox_bound:
            raise Unavailable("too much waits to be published", retry_after=5)
        if self._commands.waiting >= self._settings.commands_bound:
            raise Unavailable("too many commands wait to be decided", retry_after=5)
        return await self._commands.ask(entity, id, body, key=key, caller=caller, expected=expected)

    async def report(self, entity: "Entity[S]", id: str, body: BaseModel) -> Submitted:
        """What an effect has brought: a command that is taken at any time, since nobody else would remember it.

        Raises Refused, Held, Broken, or Unavailable.
        """
        return await self._commands.ask(entity, id, body, key=None, caller="", expected=None)

    async def serve_commands(self) -> None:
        """Runs for the life of the service."""
        await self._commands.serve(lambda batch: self.process(batch, [], source="http", wait=False))

    # -- the one entry ----------------------------------------------------------------------------------------------

    async def process(
        self,
        messages: Sequence[Message],
        dead: list[DeadLetter],
        *,
        source: str,
        wait: bool = True,
        stamps: Collection[str] = (),
    ) -> None:
        """Takes a batch through the door. With `wait` it returns when all is published, without when all is durable.

        `stamps`: of earlier writes, all of whose unsent documents these messages touch.
        """
        self.watch.came(len(messages), source)
        batch = Batch(dead, deadline=time.monotonic() + STORE_PATIENCE, stamps=set(stamps))
        async with self._turn:
            try:
                await self._rounds(messages, batch)
            finally:  # not before: callers find in every view of this service what they have done
                for message, result in batch.answers:
                    answer(message, result)
        if source != "http":  # whose callers are told, and may call again as often as they like
            self.watch.judge(len(messages), batch.failures)
        self._faults.passing(KillPoint.AFTER_ANSWER)
        if wait:
            await self.outboxes.publish(batch)
        else:
            self.background.begin(self.outboxes.publish_quietly(batch))

    async def _rounds(self, messages: Sequence[Message], batch: Batch) -> None:
        """Until nothing follows from what was decided."""
        pending: list[Message] = list(messages)
        for _ in range(MAX_ROUNDS):
            if not pending and not batch.asking:
                return
            pending = await self._round(pending, batch)
            if pending:
                self._faults.passing(KillPoint.BETWEEN_ROUNDS)
        self.watch.goes_in_circles(len(pending))
        await self._round([], batch)
        batch.carried.clear()

    async def _round(self, messages: Sequence[Message], batch: Batch) -> list[Message]:
        """Decides and writes once; gives what follows inside this service: local messages, and timers due at once.

        Without messages it writes what still waits for an answer to its first question: none has come.
        """
        batch.round += 1
        by_entity: dict[str, dict[str, list[Message]]] = {}
        for message in messages:
            by_entity.setdefault(message.entity.name, {}).setdefault(message.id, []).append(message)
        if not messages:
            for name, id in batch.asking:
                by_entity.setdefault(name, {})[id] = []
        following: list[Message] = []
        for name, groups in by_entity.items():
            for folded in await self._settle(self._entities[name], groups, batch):
                batch.touched[name, folded.document.id] = folded.document
                following += self._local(folded, batch)
                following += due_at_once(folded)
        return following

    async def _settle(self, entity: Entity[Any], groups: Mapping[str, Sequence[Message]], batch: Batch) -> list[Folded]:
        """Reads, folds and writes until every group has either won its write or had nothing to write."""
        settled: list[Folded] = []
        left = {id: _Group(list(messages)) for id, messages in groups.items()}
        remembered = {id: batch.touched[entity.name, id] for id in left if (entity.name, id) in batch.touched}
        tried: deque[list[Folded]] = deque(maxlen=TRIES_KEPT)  # writes of which some may come true all the same
        may_ask = True  # only in the first attempt: who has lost a write would ask what it may have asked already
        while left:
            try:
                folds = await self._fold(entity, left, remembered, tried, batch)
                asking = {f.document.id for f in folds if may_ask and f.asks_first and f.key not in batch.asking}
                may_ask = False
                wanted = [f for f in folds if f.changed and not f.stored and f.document.id not in asking]
                tried.append(wanted)
                unwritten = await self._write(wanted, batch)
            except StoreAway as away:
                if time.monotonic() > batch.deadline:
                    raise
                self.watch.waits_for_store(away)
                remembered = {}
                await asyncio.sleep(0.5)
                continue
            self._faults.passing(KillPoint.AFTER_WRITE)
            for folded in folds:
                id = folded.document.id
                if id in unwritten.unstorable or id in unwritten.lost:
                    self._lost(folded, left[id], unwritten)
                elif id in remembered and left[id].messages and not folded.changed:
                    pass  # no write has proved that it is still so: decided again on what is stored
                else:
                    self._won(folded, left.pop(id), batch, asking=id in asking)
                    settled.append(folded)
            remembered = {}
        self._carry_out([effect for folded in settled for effect in folded.effects])
        return settled

    async def _fold(
        self,
        entity: Entity[Any],
        left: Mapping[str, "_Group"],
        remembered: Mapping[str, Document],
        tried: Iterable[list[Folded]],
        batch: Batch,
    ) -> list[Folded]:
        """Each group on its document, as remembered from a round before or as stored. Raises StoreAway.

        Of a group whose write was `tried`, and has come true, the fold of then: decided again, it would count twice.
        """
        again = [id for id in left if id not in remembered]
        documents = {**remembered, **await self._load(entity, again)}
        written = {(f.document.id, f.document.stamp, f.document.version + 1): f for folds in tried for f in folds}
        places = {id: (id, documents[id].stamp, documents[id].version) for id in again if id in documents}
        folds = [written[place] for place in places.values() if place in written]
        for folded in folds:
            folded.stored = True
        come_true = {folded.document.id for folded in folds}
        for id in again:
            if id not in come_true:
                left[id].messages[:0] = batch.start_over((entity.name, id))
        context = cache(partial(self._context, self._clock.now()))
        async for stretch in _stretches([(id, group) for id, group in left.items() if id not in come_true]):
            folds += [
                fold(
                    entity,
                    documents.get(id) or Document(id),
                    group.messages,
                    context(group.clashes, group.taken, group.unstorable),
                    unwritten=(entity.name, id) in batch.asking,
                )
                for id, group in stretch
            ]
        return folds

    async def _write(self, folds: Sequence[Folded], batch: Batch) -> Unwritten:
        for folded in folds:
            batch.leave_out_settled(folded.key, folded.document)
        self._faults.passing(KillPoint.BEFORE_WRITE)
        if not folds:
            return Unwritten()
        documents = [folded.document for folded in folds]
        unwritten = await self._store.write(folds[0].entity, documents, self._clock.now())
        if not unwritten.unclear:  # what may yet come true has its line until that is known
            batch.stamps.update(document.stamp for document in documents)
        return unwritten

    def _lost(self, folded: Folded, group: "_Group", unwritten: Unwritten) -> None:
        """Somebody else has written it, or it cannot be stored: it is decided again, on what is stored."""
        id = folded.document.id
        if id in unwritten.unstorable:
            if group.unstorable:  # even without what was decided now
                raise ValueError(f"{folded.entity.name}: a document that cannot be stored")
            group.unstorable = True
            return
        self.watch.lost()
        if id in unwritten.clashed:
            group.clashes += 1
            found = unwritten.taken.get(id)
            group.taken = (*group.taken, found) if found else ()

    def _won(self, folded: Folded, group: "_Group", batch: Batch, *, asking: bool) -> None:
        """What was decided holds: it is stored, or changes nothing, or is `asking` first and stored with the answer."""
        if asking:
            batch.asking[folded.key] = group.messages
        elif folded.changed:
            folded.document.version += 1
            batch.asking.pop(folded.key, None)
            self.outboxes.acknowledged.written(folded.key)
        batch.answers += folded.answers
        batch.dead += folded.dead
        batch.failures += folded.failures

    async def _load(self, entity: Entity[Any], ids: Sequence[str]) -> dict[str, Document]:
        """The documents there are, without what was sent."""
        documents = await self._store.load(entity, ids) if ids else {}
        await self.outboxes.without_sent(entity.name, documents)
        return documents

    def _context(self, now: datetime, attempt: int, taken: tuple[tuple[str, str], ...], careful: bool) -> Context:
        now = now.astimezone(UTC).replace(microsecond=0)
        world = self._world(now)
        if attempt:
            world = replace(world, attempt=attempt, taken=dict(taken))
        settings = self._settings
        return Context(
            service=self._service,
            now=now,
            world=world,
            seal=self._sealer.seal,
            open=self._sealer.open,
            reread=self._reading.again,
            letter=lambda letter: self.outboxes.letter(letter, now),
            retry_seconds=settings.retry_seconds,
            patience=timedelta(seconds=settings.patience_seconds),
            gap=timedelta(seconds=settings.gap_seconds),
            report=self.watch.report,
            storable=storable if careful else None,
        )

    def _local(self, folded: Folded, batch: Batch) -> list[Message]:
        """The messages to other entities of this service that stand in the outbox, each once in a batch.

        They stay in the outbox until the round that follows has made them durable; then they leave it with the next
        write.
        """
        messages = []
        for entry in folded.document.outbox:
            place = (folded.entity.name, folded.document.id, entry["n"])
            if "to" in entry and place not in batch.carried:
                try:
                    message = local(folded, entry, self._entities[entry["to"]])
                except Exception as error:  # written by another version, or with another key: it waits where it is
                    self.watch.report("failure", "local", error)
                    break
                batch.carried[place] = ((entry["to"], entry["id"]), batch.round)
                messages.append(message)
        return messages

    def _carry_out(self, effects: Sequence[Performed]) -> None:
        if effects and self._perform is not None:
            self._faults.passing(KillPoint.BEFORE_EFFECT)
            self.background.begin(self._perform(effects))

    # -- the end -----------------------------------------------------------------------------------------------------

    async def drain(self, seconds: float = DRAIN_SECONDS) -> None:
        """No more commands; waits for what is under way, effects and what they report too; notes what is sent.

        Who waits for an answer after that is told that there will be none.
        """
        self._closing = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._commands.under_way or self.background.under_way:
                    await self.background.progress()
        self._commands.close()
        with contextlib.suppress(StoreAway, TimeoutError):
            await asyncio.wait_for(self.outboxes.clear_now(), CLEAR_SECONDS)
