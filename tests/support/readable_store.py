"""The memory store as views read it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from services.runtime.entity import Entity
from services.runtime.lookups import Stored, Unreadable
from tests.support.filters import fits, value_of
from tests.support.memory_door import MemoryStore


class ReadableStore(MemoryStore):
    async def get(self, entity: Entity[Any], id: str) -> Stored[Any] | None:
        return await self.one(entity, {"_id": id})

    async def one(self, entity: Entity[Any], filter: Mapping[str, Any]) -> Stored[Any] | None:
        found = [row for row in self._of(entity).values() if row.get("state") and fits(row, filter)]
        return _stored(entity, self.opened(entity, found[0])) if found else None

    async def get_many(self, entity: Entity[Any], ids: Sequence[str]) -> list[Stored[Any]]:
        return await self.find(entity, {"_id": {"$in": list(ids)}}, limit=len(ids))

    async def count(self, entity: Entity[Any], filter: Mapping[str, Any], limit: int = 100_000) -> int:
        return len(await self.find(entity, filter, limit=limit))

    async def find(
        self,
        entity: Entity[Any],
        filter: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int,
        hint: str | None = None,
    ) -> list[Stored[Any]]:
        rows = [row for row in self._of(entity).values() if row.get("state") and fits(row, filter)]
        for name, direction in reversed(sort):
            rows.sort(key=lambda row: _in_order(value_of(row, name)), reverse=direction < 0)
        found = []
        for row in rows:
            with suppress(Unreadable):
                found.append(_stored(entity, self.opened(entity, row)))
        return found[:limit]


def _in_order(value: Any) -> tuple[bool, Any]:
    """What is not there comes first."""
    return value is not None, value


def _stored(entity: Entity[Any], row: Mapping[str, Any]) -> Stored[Any]:
    try:
        return Stored(row["_id"], row["version"], entity.state.model_validate(row["state"]), 0)
    except ValidationError:
        raise Unreadable(entity.name) from None
