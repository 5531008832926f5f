"""Which writes may still have something to tell: a line for each, made before the write, gone when all of it is sent.

A document keeps what it told until its next write. Whether that is sent stands nowhere in it: to take it out would cost
every document a second write (docs/adr/0037). It is sent when the line of its write, named by its stamp, is gone.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, IndexModel, WriteConcern
from pymongo.errors import PyMongoError

from services.runtime.driver import translated

NAME = "unsent"
"""The collection. A line: the stamp as `_id`, `entity`, `ids` of the documents with something to tell, `at`."""


class Line(NamedTuple):
    """A write that may have something unsent: its stamp, and which documents of which entity it was."""

    stamp: str
    entity: str
    ids: Sequence[str]


class Lines(Protocol):
    """What the door needs of them; `Unsent` is the real one. Every method raises StoreAway."""

    async def close(self, stamps: Sequence[str]) -> None: ...

    async def among(self, stamps: Collection[str]) -> set[str]: ...

    async def left(self, before: datetime, limit: int) -> list[Line]: ...


class Unsent:
    """The lines of one service's database.

    They are written without waiting for the journal. A line comes before its write in the journal, and in the log that
    other members copy: wherever the write is, the line is. One that comes back, because it was taken away a moment
    before a crash, leads to events that are sent once more.
    """

    def __init__(self, database: "AsyncIOMotorDatabase[dict[str, Any]]") -> None:
        self._lines = database.get_collection(NAME, write_concern=WriteConcern(w=1, j=False))

    async def prepare(self) -> None:
        try:
            await self._lines.create_indexes([IndexModel([("at", ASCENDING)], name="at")])
        except PyMongoError as error:
            raise translated(error) from error

    async def open(self, line: Line, at: datetime) -> None:
        """Before the write."""
        try:
            await self._lines.insert_one({"_id": line.stamp, "entity": line.entity, "ids": list(line.ids), "at": at})
        except PyMongoError as error:
            raise translated(error) from error

    async def close(self, stamps: Sequence[str]) -> None:
        """All that these writes had to tell is acknowledged, or stands in a later write of the same document."""
        try:
            await self._lines.delete_many({"_id": {"$in": list(stamps)}})
        except PyMongoError as error:
            raise translated(error) from error

    async def among(self, stamps: Collection[str]) -> set[str]:
        """Those of these writes that may have something unsent."""
        try:
            rows = await self._lines.find({"_id": {"$in": list(stamps)}}, {"_id": 1}).to_list(None)
        except PyMongoError as error:
            raise translated(error) from error
        return {row["_id"] for row in rows}

    async def overdue(self, before: datetime) -> tuple[int, datetime | None]:
        """How many documents stand on lines from before that moment, and the first of their moments."""
        sums = {"_id": None, "documents": {"$sum": {"$size": "$ids"}}, "first": {"$min": "$at"}}
        try:
            rows = await self._lines.aggregate([{"$match": {"at": {"$lte": before}}}, {"$group": sums}]).to_list(None)
        except PyMongoError as error:
            raise translated(error) from error
        return (rows[0]["documents"], rows[0]["first"]) if rows else (0, None)

    async def left(self, before: datetime, limit: int) -> list[Line]:
        """Lines from before that moment, the oldest first: their writers had the time to send, and did not."""
        try:
            cursor = self._lines.find({"at": {"$lte": before}}).sort("at", ASCENDING).limit(limit)
            return [Line(row["_id"], row["entity"], row["ids"]) for row in await cursor.to_list(None)]
        except PyMongoError as error:
            raise translated(error) from error
