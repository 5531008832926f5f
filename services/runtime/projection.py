"""The registry as this service knows it: read from the compacted topics, kept in the store, held in memory."""

import asyncio
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from services.contracts.entry import Entry
from services.contracts.registry import BY_TOPIC
from services.contracts.snapshot import Snapshot
from services.runtime.driver import StoreAway
from services.runtime.message import Record
from services.runtime.store import Store

COLLECTION = "registry"


class Projection:
    """Follows the registry topics. Starts from what was kept, so that a service starts while Kafka is away."""

    def __init__(self, store: Store, log: Any) -> None:
        self._store, self._log = store, log
        self._snapshot = Snapshot()

    def snapshot(self) -> Snapshot:
        return self._snapshot

    async def load(self) -> None:
        """Raises StoreAway."""
        entries = []
        for key, value in (await self._store.kept(COLLECTION)).items():
            entry = self._parse(key.partition("|")[0], value)
            if entry is not None:
                entries.append(entry)
        self._snapshot = self._snapshot.with_entries(entries)

    async def take(self, records: Sequence[Record]) -> None:
        """Keeps the records, then shows them. Tries until the store answers: nothing else remembers the place."""
        entries, rows = [], {}
        for record in records:
            if record.value is None:
                continue
            entry = self._parse(record.topic, record.value)
            if entry is not None:
                entries.append(entry)
                rows[f"{record.topic}|{entry.id}@{entry.version}"] = record.value
        while True:
            try:
                await self._store.keep(COLLECTION, rows)
                break
            except StoreAway:
                await asyncio.sleep(1)
        self._snapshot = self._snapshot.with_entries(entries)

    def _parse(self, topic: str, value: bytes) -> Entry | None:
        kind = BY_TOPIC.get(topic)
        if kind is None:  # kept by a later version of this service
            self._log.error("a registry topic that is not known", topic=topic)
            return None
        try:
            return kind.model_validate_json(value)
        except ValidationError as error:
            self._log.error("a registry entry does not fit", topic=topic, fields=len(error.errors()))
            return None
