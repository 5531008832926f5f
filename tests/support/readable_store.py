"""The memory store as views read it: the few operators that the queries use, on documents as stored."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from services.runtime.entity import Entity
from services.runtime.lookups import Stored, Unreadable
from tests.support.memory_door import MemoryStore


class ReadableStore(MemoryStore):
    async def get(self, entity: Entity[Any], id: str) -> Stored[Any] | None:
        return await self.one(entity, {"_id": id})

    async def one(self, entity: Entity[Any], filter: Mapping[str, Any]) -> Stored[Any] | None:
        found = [row for row in self._of(entity).values() if row.get("state") and _fits(row, filter)]
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
        rows = [row for row in self._of(entity).values() if row.get("state") and _fits(row, filter)]
        for name, direction in reversed(sort):
            rows.sort(key=lambda row: _value_of(row, name), reverse=direction < 0)
        found = []
        for row in rows:
            with suppress(Unreadable):
                found.append(_stored(entity, self.opened(entity, row)))
        return found[:limit]


def _stored(entity: Entity[Any], row: Mapping[str, Any]) -> Stored[Any]:
    try:
        return Stored(row["_id"], row["version"], entity.state.model_validate(row["state"]), 0)
    except ValidationError:
        raise Unreadable(entity.name) from None


def _fits(row: Mapping[str, Any], filter: Mapping[str, Any]) -> bool:
    for name, wanted in filter.items():
        if name == "$and":
            if not all(_fits(row, part) for part in wanted):
                return False
        elif name == "$nor":
            if any(_fits(row, part) for part in wanted):
                return False
        elif name == "$or":
            if not any(_fits(row, part) for part in wanted):
                return False
        elif not _holds(_value_of(row, name), wanted):
            return False
    return True


def _value_of(row: Mapping[str, Any], path: str) -> Any:
    value: Any = row
    for part in path.split("."):
        if isinstance(value, list) and part.isdigit():
            value = value[int(part)] if int(part) < len(value) else None
        elif isinstance(value, list):
            value = [each.get(part) for each in value]
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _each(value: Any) -> list[Any]:
    """A list holds what one of its elements holds."""
    return value if isinstance(value, list) else [] if value is None else [value]


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$exists": lambda value, wanted: (value is not None) is wanted,
    "$gt": lambda value, bound: any(each > bound for each in _each(value)),
    "$gte": lambda value, bound: value is not None and value >= bound,
    "$lte": lambda value, bound: value is not None and value <= bound,
    "$lt": lambda value, bound: value is not None and value < bound,
    "$elemMatch": lambda value, wanted: any(_fits(each, wanted) for each in _each(value)),
    "$ne": lambda value, refused: refused not in _each(value),
    "$nin": lambda value, refused: value not in refused,
    "$in": lambda value, allowed: bool(set(value if isinstance(value, list) else [value]) & set(allowed)),
}


def _holds(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return all(_OPERATORS[name](value, bound) for name, bound in wanted.items())
    return bool(value == wanted) or wanted in _each(value)
