"""Which writes may still have something to tell: a line for each, made before the write, gone when all of it is sent.

A document keeps what it told until its next write. Whether that is sent stands nowhere in it: to take it out would cost
every document a second write (docs/adr/0037). It is sent when the line of its write, named by its stamp, is gone.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, IndexModel
from pymongo.errors import PyMongoError

from services.runtime.driver import translated

NAME = "unsent"
"""The collection. A line: the stamp as `_id`, `entity`, `ids`, `versions`, `at`; `look`: when it is looked at next;
`pending`: it was looked at, and some of its documents were not written."""


class Line(NamedTuple):
    """A write that may have something unsent: its stamp, of which entity which documents, and to which version each."""

    stamp: str
    entity: str
    ids: Sequence[str]
    versions: Sequence[int]
    at: datetime


class Lines(Protocol):
    """What is needed of them beside the write; `Unsent` is the real one. Every method raises StoreAway."""

    async def close(self, stamps: Sequence[str]) -> None: ...

    async def among(self, stamps: Collection[str]) -> set[str]: ...

    async def left(self, before: datetime, limit: int) -> list[Line]: ...

    async def look_again(self, stamps: Collection[str], at: datetime, *, pending: bool = False) -> None: ...


class Unsent:
    """The lines of one service's database, as durable as what they tell of."""

    def __init__(self, database: "AsyncIOMotorDatabase[dict[str, Any]]") -> None:
        self._lines = database[NAME]

    async def prepare(self) -> None:
        try:
            await self._lines.create_indexes([IndexModel([(name, ASCENDING)], name=name) for name in ("at", "look")])
        except PyMongoError as error:
            raise translated(error) from error

    async def open(self, line: Line) -> None:
        """Before the write: durable when this returns."""
        row = {
            "_id": line.stamp,
            "entity": line.entity,
            "ids": list(line.ids),
            "versions": list(line.versions),
            "at": line.at,
            "look": line.at,
        }
        try:
            await self._lines.insert_one(row)
        except PyMongoError as error:
            raise translated(error) from error

    async def close(self, stamps: Sequence[str]) -> None:
        """All that these writes had to tell is acknowledged, or stands in a later write of the same document.

        Or they were lost: another has written that version of the document.
        """
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
        """How many documents stand on lines from before that moment, and the first of their moments.

        Without those of writes that seem never to have come to anything.
        """
        sums = {"_id": None, "documents": {"$sum": {"$size": "$ids"}}, "first": {"$min": "$at"}}
        old = {"at": {"$lte": before}, "pending": {"$exists": False}}
        try:
            rows = await self._lines.aggregate([{"$match": old}, {"$group": sums}]).to_list(None)
        except PyMongoError as error:
            raise translated(error) from error
        return (rows[0]["documents"], rows[0]["first"]) if rows else (0, None)

    async def left(self, before: datetime, limit: int) -> list[Line]:
        """Lines to be looked at since that moment, the oldest first: their writers could have sent, and did not."""
        try:
            cursor = self._lines.find({"look": {"$lte": before}}).sort("look", ASCENDING).limit(limit)
            rows = await cursor.to_list(None)
        except PyMongoError as error:
            raise translated(error) from error
        return [Line(row["_id"], row["entity"], row["ids"], row["versions"], row["at"]) for row in rows]

    async def look_again(self, stamps: Collection[str], at: datetime, *, pending: bool = False) -> None:
        """These are left alone until that moment."""
        change = {"look": at, **({"pending": True} if pending else {})}
        try:
            await self._lines.update_many({"_id": {"$in": list(stamps)}}, {"$set": change})
        except PyMongoError as error:
            raise translated(error) from error
