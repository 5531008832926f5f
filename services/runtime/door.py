"""The door: every message to an entity of a service goes through here (docs/door.md tells the whole life of one).

    read -> group by entity -> one find -> fold through the rules -> one bulk_write guarded by versions
    -> answer commands -> publish the whole outboxes, head first -> (the consumer commits)

`process` is the one entry for all three sources: `take` feeds it Kafka records, `submit` commands, and the background
what has come due.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from services.contracts.decision import World
from services.contracts.wire import Wire
from services.runtime.background import Background, Finding
from services.runtime.batch import Batch, Handed
from services.runtime.clock import Clock
from services.runtime.commands import Commands, answer
from services.runtime.driver import StoreAway
from services.runtime.entity import Entity, Inbound
from services.runtime.entries import local
from services.runtime.faults import Faults, KillPoint
from services.runtime.folded import Folded
from services.runtime.message import DeadLetter, Message, Performed, Record, Submitted, Unavailable
from services.runtime.outboxes import Clearing, Outboxes, Publishing
from services.runtime.reading import Reading
from services.runtime.seal import Sealer
from services.runtime.settings import ServiceSettings
from services.runtime.settling import Settling, Writing
from services.runtime.telemetry import Metrics
from services.runtime.timers import due_at_once
from services.runtime.turns import stretches
from services.runtime.watch import Watch

S = TypeVar("S", bound=Wire)
Perform = Callable[[Sequence[Performed]], Awaitable[None]]
Read = tuple[list[Message], list[DeadLetter]]
"""Records as they were read."""

STORE_PATIENCE = 30.0
"""Seconds a batch, with all its parts, tries to reach the store; longer, and the consumer would lose its place in the
group (design 4)."""
DRAIN_SECONDS, CLEAR_SECONDS = 4.0, 2.0
MAX_ROUNDS = 50
"""Local messages may call forth others; more rounds than this in one batch means that two entities talk in circles."""


class Storing(Clearing, Finding, Writing, Protocol):
    """What the door needs of a store; `store.Store` is the real one."""


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
        self._entities = {entity.name: entity for entity in entities}
        sealer = Sealer(settings.seal_bytes())
        self._reading = Reading(inbound, clock, world, sealer)
        self.passes_over = self._reading.passes_over
        self._clock, self._settings, self._perform = clock, settings, perform
        self.watch = Watch(failures=settings.breaker_failures, metrics=metrics, log=log)
        self._faults = Faults(settings.kill_at)
        self.outboxes = Outboxes(
            store,
            publisher,
            self._entities,
            group=f"mizban.{service}",
            sealer=sealer,
            clock=clock,
            faults=self._faults,
            metrics=metrics,
            log=log,
        )
        self._settling = Settling(
            service,
            store,
            self.outboxes,
            self._reading,
            world=world,
            sealer=sealer,
            clock=clock,
            settings=settings,
            faults=self._faults,
            watch=self.watch,
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

        It is decided in parts of `max_records`, in order: while one is decided and written, the next is read and the
        one before it published. Raises StoreAway or BrokerAway: nothing may be committed, the batch comes again.
        """
        await self.watch.rest()  # before anything is read: what was read before a rest is old
        started, most = time.perf_counter(), self._settings.max_records
        deadline = time.monotonic() + STORE_PATIENCE
        later = [records[at : at + most] for at in range(0, len(records), most)]
        under_way: list[asyncio.Task[Any]] = []
        reading = self._reading_of(later)
        try:
            while reading is not None:
                messages, dead = await reading
                reading = self._reading_of(later)
                batch = await self._decided(messages, dead, source="kafka", deadline=deadline)
                under_way.append(asyncio.create_task(self.outboxes.publish(batch)))
        except asyncio.CancelledError:  # the scanner sends what stays in the outboxes
            for publishing in under_way:
                publishing.cancel()
            raise
        finally:  # what is stored is published, whatever becomes of the parts after it
            if reading is not None:
                reading.cancel()
                under_way.append(reading)
            ended = await asyncio.gather(*under_way, return_exceptions=True)
        for failure in filter(None, ended):
            raise failure
        self.watch.taken(records, time.perf_counter() - started)

    def _reading_of(self, later: list[Sequence[Record]]) -> "asyncio.Task[Read] | None":
        """The first of the parts, being read; it is no longer among them."""
        return asyncio.create_task(self._read(later.pop(0))) if later else None

    async def _read(self, records: Sequence[Record]) -> Read:
        messages: list[Message] = []
        dead: list[DeadLetter] = []
        now = self._clock.now()
        findings = await self._reading.findings(records)
        async for stretch in stretches(list(zip(records, findings, strict=True))):
            for record, finding in stretch:
                self._reading.read(record, finding, now, messages, dead)
        return messages, dead

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
        deadline = time.monotonic() + STORE_PATIENCE
        batch = await self._decided(messages, dead, source=source, deadline=deadline, stamps=stamps)
        if wait:
            await self.outboxes.publish(batch)
        else:
            self.background.begin(self.outboxes.publish_quietly(batch))

    async def _decided(
        self,
        messages: Sequence[Message],
        dead: list[DeadLetter],
        *,
        source: str,
        deadline: float,
        stamps: Collection[str] = (),
    ) -> Batch:
        """A batch that is durable, with its commands answered; what it tells others is still to be published."""
        self.watch.came(len(messages), source)
        batch = Batch(dead, deadline=deadline, stamps=set(stamps))
        async with self._turn:
            try:
                await self._rounds(messages, batch)
            finally:  # not before: callers find in every view of this service what they have done
                for message, result in batch.answers:
                    answer(message, result)
        if source != "http":  # whose callers are told, and may call again as often as they like
            self.watch.judge(len(messages), batch.failures)
        self._faults.passing(KillPoint.AFTER_ANSWER)
        return batch

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
            settled = await self._settling.settle(self._entities[name], groups, batch)
            self._carry_out([effect for folded in settled for effect in folded.effects])
            for folded in settled:
                batch.touched[name, folded.document.id] = folded.document
                following += self._local(folded, batch)
                following += due_at_once(folded)
        return following

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
                batch.carried[place] = Handed((entry["to"], entry["id"]), batch.round, message)
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
