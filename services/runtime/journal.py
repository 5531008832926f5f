"""Rows that are added, durable when `add` returns, and stay: a record beside the entities, not of one.

Nothing in them changes but one thing: that two names stand in one row can be forgotten (`part`).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING, IndexModel
from pymongo.errors import PyMongoError

from services.runtime.driver import translated

Row = dict[str, Any]


class Journal:
    """One collection; `indexed`: the fields by which it is read. Every method raises StoreAway."""

    def __init__(self, database: "AsyncIOMotorDatabase[dict[str, Any]]", name: str, indexed: Sequence[str]) -> None:
        self._rows, self._indexed = database[name], indexed

    async def prepare(self) -> None:
        keys = [[(field, DESCENDING), ("_id", DESCENDING)] for field in self._indexed]
        try:
            await self._rows.create_indexes([IndexModel(key, name=f"by-{key[0][0]}") for key in keys])
        except PyMongoError as error:
            raise translated(error) from error

    async def add(self, id: str, row: Mapping[str, Any]) -> None:
        """Ids sort as time does."""
        try:
            await self._rows.insert_one({"_id": id, **row})
        except PyMongoError as error:
            raise translated(error) from error

    async def part(self, field: str, names: Collection[str], other: str, others: Collection[str]) -> None:
        """Takes `names` out of the list `field` of each row that has one of `others` in the list `other`."""
        any_name = {"$in": list(names)}
        try:
            await self._rows.update_many({field: any_name, other: {"$in": list(others)}}, {"$pull": {field: any_name}})
        except PyMongoError as error:
            raise translated(error) from error

    async def find(self, query: Mapping[str, Any], before: str | None, limit: int) -> list[Row]:
        """The newest first, from before one of these ids on; `query` by an indexed field."""
        wanted = {**query, **({"_id": {"$lt": before}} if before else {})}
        try:
            return await self._rows.find(wanted).sort("_id", DESCENDING).limit(limit).to_list(limit)
        except PyMongoError as error:
            raise translated(error) from error
