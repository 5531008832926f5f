"""What views and metrics read of a service's database: states by a query that has an index, and counts."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from motor.motor_asyncio import AsyncIOMotorDatabase
from pydantic import ValidationError
from pymongo import ASCENDING
from pymongo.errors import PyMongoError

from services.contracts.wire import Wire
from services.runtime.driver import translated
from services.runtime.entity import Entity
from services.runtime.sealing import Sealing

S = TypeVar("S", bound=Wire)

COUNTED = 50_000
"""What is overdue or parked is counted up to this: more than ever waits to be published before callers hear 503."""


class Unreadable(Exception):
    """What is stored does not fit the model of this version. The entity is there, and nothing of it is lost."""


@dataclass(frozen=True)
class Stored(Generic[S]):
    """An entity as read for a view."""

    id: str
    version: int
    state: S
    parked: int


class Lookups:
    """Reads only; `guarded` adds what the door reads and writes."""

    unreadable: Callable[[str, str], None] | None = None
    """Told of each stored state that a view met and this version cannot read: entity, id."""

    sealing: Sealing
    """Only where an entity has a sealed part."""

    def __init__(self, database: "AsyncIOMotorDatabase[dict[str, Any]]") -> None:
        self._database = database

    async def get(self, entity: "Entity[S]", id: str) -> Stored[S] | None:
        """Raises StoreAway, Unreadable."""
        return await self.one(entity, {"_id": id})

    async def one(self, entity: "Entity[S]", filter: Mapping[str, Any]) -> Stored[S] | None:
        """The entity that has a unique value. Raises StoreAway, Unreadable: there is one, whatever it looks like."""
        rows = await self._rows(entity, filter, limit=1)
        return self._stored(entity, rows[0]) if rows and rows[0].get("state") is not None else None

    async def get_many(self, entity: "Entity[S]", ids: Sequence[str]) -> list[Stored[S]]:
        return await self.find(entity, {"_id": {"$in": list(ids)}}, limit=len(ids))

    async def find(
        self,
        entity: "Entity[S]",
        filter: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int,
        hint: str | None = None,
    ) -> list[Stored[S]]:
        """Entities by a query that must have an index (a test runs `explain` on each). Raises StoreAway.

        One that cannot be read is left out, and its place is given to the next: a short page would look like the last.
        """
        found: list[Stored[S]] = []
        passed = 0
        while True:
            wanted = limit - len(found)
            rows = await self._rows(entity, filter, sort=sort, limit=wanted, skip=passed, hint=hint)
            passed += len(rows)
            for raw in rows:
                if raw.get("state") is not None:
                    with contextlib.suppress(Unreadable):
                        found.append(self._stored(entity, raw))
            if len(found) >= limit or len(rows) < wanted:
                return found

    async def _rows(
        self,
        entity: Entity[Any],
        filter: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]] = (),
        limit: int,
        skip: int = 0,
        hint: str | None = None,
    ) -> list[dict[str, Any]]:
        """What a view needs of documents, as it is stored. Raises StoreAway."""
        try:
            cursor = (
                self._database[entity.name]
                .find(dict(filter), projection={"state": 1, "version": 1, "parked.why": 1})
                .skip(skip)
                .limit(limit)
            )
            if sort:
                cursor = cursor.sort(list(sort))
            if hint:
                cursor = cursor.hint(hint)
            rows: list[dict[str, Any]] = await cursor.to_list(limit)
        except PyMongoError as error:
            raise translated(error) from error
        await self._open(entity, rows)
        return rows

    async def _open(self, entity: Entity[Any], rows: Sequence[dict[str, Any]]) -> None:
        """What is sealed in these documents, as rules and views read it. Raises StoreAway."""
        if entity.sealed is not None:
            await self.sealing.open(entity.sealed, entity.name, [(raw["_id"], raw.get("state")) for raw in rows])

    def _stored(self, entity: "Entity[S]", raw: Mapping[str, Any]) -> Stored[S]:
        """Raises Unreadable, and reports it: an operator must know, and views meet it again and again."""
        try:
            state = entity.state.model_validate(raw["state"])
        except ValidationError:
            if self.unreadable is not None:
                self.unreadable(entity.name, raw["_id"])
            raise Unreadable(entity.name) from None  # the error's text holds what is stored
        return Stored(raw["_id"], raw["version"], state, len(raw.get("parked", ())))

    async def count(self, entity: Entity[Any], filter: Mapping[str, Any], limit: int = 100_000) -> int:
        try:
            count: int = await self._database[entity.name].count_documents(dict(filter), limit=limit)
        except PyMongoError as error:
            raise translated(error) from error
        return count

    async def aggregate(self, entity: Entity[Any], pipeline: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """What a report counts where it is stored; its `$match` comes first and has an index. Raises StoreAway."""
        try:
            rows: list[dict[str, Any]] = await self._database[entity.name].aggregate(list(pipeline)).to_list(None)
        except PyMongoError as error:
            raise translated(error) from error
        return rows

    async def overdue(self, entity: Entity[Any], before: datetime) -> tuple[int, datetime | None]:
        """How many documents should have been woken before that moment, and when the first. Raises StoreAway."""
        query = {"wake": {"$lte": before}}
        try:
            first = await self._database[entity.name].find_one(
                query, projection={"wake": 1}, sort=[("wake", ASCENDING)]
            )
        except PyMongoError as error:
            raise translated(error) from error
        return (await self.count(entity, query, limit=COUNTED), first["wake"]) if first else (0, None)

    async def parked(self, entity: Entity[Any]) -> int:
        """How many entities have parked messages."""
        return await self.count(entity, {"parkedAt": {"$exists": True}}, limit=COUNTED)

    async def explain(
        self, entity: Entity[Any], filter: Mapping[str, Any], sort: Sequence[tuple[str, int]] = ()
    ) -> dict[str, Any]:
        """The winning plan of a query, for the test that forbids collection scans."""
        command: dict[str, Any] = {"find": entity.name, "filter": dict(filter)}
        if sort:
            command["sort"] = dict(sort)
        answer = await self._database.command("explain", command, verbosity="queryPlanner")
        plan: dict[str, Any] = answer["queryPlanner"]["winningPlan"]
        return plan
