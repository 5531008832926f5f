"""Settling: the messages of some entities of one kind are decided and written, until what was decided holds.

    read -> fold through the rules -> write, guarded by versions -> once more for those that somebody else has written

An entity is settled when its write has won, or when there was nothing to write. Taking batches in, and what follows
from a decision, is the door's.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any, Protocol

from services.contracts.decision import World
from services.runtime.batch import Batch
from services.runtime.clock import Clock
from services.runtime.document import Document
from services.runtime.driver import StoreAway
from services.runtime.entity import Entity
from services.runtime.faults import Faults, KillPoint
from services.runtime.fold import fold, give_up
from services.runtime.folded import Check, Context, Folded, Unstorable
from services.runtime.guarded import Unwritten, storable
from services.runtime.keys import DamagedKey
from services.runtime.message import Message
from services.runtime.outboxes import Outboxes
from services.runtime.parking import PARKED_BYTES
from services.runtime.reading import Reading
from services.runtime.seal import Sealer
from services.runtime.settings import ServiceSettings
from services.runtime.turns import stretches
from services.runtime.watch import Watch

TRIES_KEPT = 4
"""Writes of one batch whose fate nobody knows: each waits longer for the store than a write takes to come true."""


class Writing(Protocol):
    """What settling needs of a store."""

    async def load(self, entity: Entity[Any], ids: Sequence[str]) -> dict[str, Document]: ...

    async def write(self, entity: Entity[Any], documents: Sequence[Document], now: datetime) -> Unwritten: ...


@dataclass(slots=True)
class _Group:
    """The messages of one entity until they are settled.

    `clashes` = how often a unique value it chose was taken; `taken` = by which other entity, by the index's name.
    `unstorable` = how often what they led to could not be stored: once, and each decision is looked at; again, and
    they are given up. `unsealed` = that was for want of a key.
    """

    messages: list[Message]
    clashes: int = 0
    taken: tuple[tuple[str, str], ...] = ()
    unstorable: int = 0
    unsealed: bool = False

    @property
    def check(self) -> Check | None:
        if not self.unstorable:
            return None
        return _without_key if self.unsealed else _with_room_to_wait


class Settling:
    """One door's. `settle` is the way in; of a batch it marks what was answered, given up, and is still asking."""

    def __init__(
        self,
        service: str,
        store: Writing,
        outboxes: Outboxes,
        reading: Reading,
        *,
        world: Callable[[datetime], World[Any]],
        sealer: Sealer,
        clock: Clock,
        settings: ServiceSettings,
        faults: Faults,
        watch: Watch,
    ) -> None:
        self._service, self._store, self._outboxes, self._reading = service, store, outboxes, reading
        self._world, self._sealer, self._clock, self._settings = world, sealer, clock, settings
        self._faults, self._watch = faults, watch

    async def settle(self, entity: Entity[Any], groups: Mapping[str, Sequence[Message]], batch: Batch) -> list[Folded]:
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
                self._watch.waits_for_store(away)
                remembered = {}
                await asyncio.sleep(0.5)
                continue
            self._faults.passing(KillPoint.AFTER_WRITE)
            for folded in folds:
                id = folded.document.id
                if id in unwritten.lost or id in unwritten.unstorable or id in unwritten.unsealed:
                    self._lost(folded, left[id], unwritten)
                elif id in remembered and left[id].messages and not folded.changed:
                    pass  # no write has proved that it is still so: decided again on what is stored
                else:
                    self._won(folded, left.pop(id), batch, asking=id in asking)
                    settled.append(folded)
            remembered = {}
        return settled

    async def _fold(
        self,
        entity: Entity[Any],
        left: Mapping[str, _Group],
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
        async for stretch in stretches([(id, group) for id, group in left.items() if id not in come_true]):
            for id, group in stretch:
                document = documents.get(id) or Document(id)
                around = context(group.clashes, group.taken, group.check)
                if group.unstorable > 1:
                    why = DamagedKey.__name__ if group.unsealed else "DOCUMENT_FULL"
                    folds.append(give_up(entity, document, group.messages, around, why))
                else:
                    asking = (entity.name, id) in batch.asking
                    folds.append(fold(entity, document, group.messages, around, unwritten=asking))
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

    def _lost(self, folded: Folded, group: _Group, unwritten: Unwritten) -> None:
        """Somebody else has written it, or it cannot be stored: it is decided again, on what is stored."""
        id = folded.document.id
        if id not in unwritten.lost:
            group.unstorable += 1
            group.unsealed = id in unwritten.unsealed
            return
        self._watch.lost()
        if id in unwritten.clashed:
            group.clashes += 1
            found = unwritten.taken.get(id)
            group.taken = (*group.taken, found) if found else ()

    def _won(self, folded: Folded, group: _Group, batch: Batch, *, asking: bool) -> None:
        """What was decided holds: it is stored, or changes nothing, or is `asking` first and stored with the answer."""
        if asking:
            batch.asking[folded.key] = group.messages
        elif folded.changed:
            folded.document.version += 1
            batch.asking.pop(folded.key, None)
            self._outboxes.acknowledged.written(folded.key)
        batch.answers += folded.answers
        batch.dead += folded.dead
        batch.failures += folded.failures
        if folded.turned_away:
            batch.take_back(folded.turned_away)
            self._watch.turned_away(folded.entity, len(folded.turned_away))

    async def _load(self, entity: Entity[Any], ids: Sequence[str]) -> dict[str, Document]:
        """The documents there are, without what was sent."""
        documents = await self._store.load(entity, ids) if ids else {}
        await self._outboxes.without_sent(entity.name, documents)
        return documents

    def _context(self, now: datetime, attempt: int, taken: tuple[tuple[str, str], ...], check: Check | None) -> Context:
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
            letter=lambda letter: self._outboxes.letter(letter, now),
            retry_seconds=settings.retry_seconds,
            patience=timedelta(seconds=settings.patience_seconds),
            gap=timedelta(seconds=settings.gap_seconds),
            report=self._watch.report,
            check=check,
        )


def _with_room_to_wait(fields: Mapping[str, Any]) -> None:
    """Raises Unstorable."""
    if not storable(fields, beside=PARKED_BYTES):
        raise Unstorable


def _without_key(fields: Mapping[str, Any]) -> None:
    """Raises DamagedKey."""
    raise DamagedKey
