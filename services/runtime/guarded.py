"""Documents as the door needs them: read, written guarded by their versions, and found when they are due."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bson import encode
from bson.errors import BSONError
from pymongo import ASCENDING, InsertOne, UpdateMany, UpdateOne
from pymongo.errors import BulkWriteError, PyMongoError

from services.runtime.document import Document
from services.runtime.driver import DUPLICATE_KEY, StoreAway, translated
from services.runtime.entity import Entity
from services.runtime.indexes import Index
from services.runtime.lookups import Lookups
from services.runtime.unsent import Line, Unsent

Row = tuple[Document, dict[str, Any]]
"""A document and its stored form."""


@dataclass(slots=True)
class Unwritten:
    """The documents that were not written, by id.

    `lost` to another writer or unclear; `clashed` = a unique value (not the id) was taken; `unstorable` = no document
    of MongoDB, whatever is tried; `unsealed` = the key of whom it is about is damaged. `taken`: of those that clashed
    the name of the index, and which document has the value; nothing where it was gone by then. `unclear`: nobody knows
    whether what is lost here may yet come true.
    """

    lost: set[str] = field(default_factory=set)
    clashed: set[str] = field(default_factory=set)
    unstorable: set[str] = field(default_factory=set)
    unsealed: set[str] = field(default_factory=set)
    taken: dict[str, tuple[str, str]] = field(default_factory=dict)
    unclear: bool = False


class GuardedDocuments(Lookups):
    """What the door asks of one service's database; `store.Store` opens it."""

    def __init__(self, database: Any, indexes: Mapping[str, Sequence[Index]]) -> None:
        super().__init__(database)
        self._indexes = indexes
        self.unsent = Unsent(self._database)

    async def load(self, entity: Entity[Any], ids: Sequence[str]) -> dict[str, Document]:
        """The documents there are, by id: one find. Raises StoreAway."""
        try:
            rows = await self._database[entity.name].find({"_id": {"$in": list(ids)}}).to_list(None)
        except PyMongoError as error:
            raise translated(error) from error
        await self._open(entity, rows)
        return {raw["_id"]: Document.read(entity, raw) for raw in rows}

    async def write(self, entity: Entity[Any], documents: Sequence[Document], now: datetime) -> Unwritten:
        """One bulk write, each document guarded by the version it was read with. Raises StoreAway: nothing is known.

        Before it a line says which of them have something to tell.
        """
        unwritten, stamp = Unwritten(), secrets.token_hex(8)
        for document in documents:
            document.stamp = stamp
        line = asyncio.ensure_future(self._told(stamp, entity, documents, now))
        try:
            rows = await self._sealed(entity, documents, unwritten)
        finally:
            await line
        clashed: dict[str, Mapping[str, Any]] = {}
        if await self._written(entity, rows, unwritten, clashed):
            return unwritten
        # Totals do not tell whose write it was: ask, per document, whether it bears our stamp.
        ids = {document.id for document, _ in rows} - unwritten.unstorable
        try:
            cursor = self._database[entity.name].find({"_id": {"$in": list(ids)}, "stamp": stamp}, {"_id": 1})
            unwritten.lost = ids - {raw["_id"] for raw in await cursor.to_list(None)}
        except PyMongoError as error:
            raise translated(error) from error
        unwritten.clashed, unwritten.taken = set(clashed), await self._taken(entity, clashed)
        return unwritten

    async def _written(
        self, entity: Entity[Any], rows: Sequence[Row], unwritten: Unwritten, clashed: dict[str, Mapping[str, Any]]
    ) -> bool:
        """The bulk write; whether all of it is there for certain, but for what is `unstorable`. Raises StoreAway."""
        if not rows:
            return True
        try:
            result = await self._database[entity.name].bulk_write([_guarded(*row) for row in rows], ordered=False)
            return result.inserted_count + result.modified_count == len(rows)
        except BulkWriteError as error:
            details = error.details or {}
            unwritten.unclear = bool(details.get("writeConcernErrors"))
            for item in details.get("writeErrors", ()):
                document, fields = rows[item["index"]]
                if item.get("code") != DUPLICATE_KEY and not storable(fields):
                    unwritten.unstorable.add(document.id)
                    continue
                if item.get("code") != DUPLICATE_KEY:
                    raise StoreAway(f"write error {item.get('code')}") from error
                if "_id" not in item.get("keyPattern", {"_id": 1}):
                    clashed[document.id] = item["keyValue"]
        except PyMongoError as error:
            meaning = translated(error)
            if not isinstance(meaning, StoreAway):  # also the server's word that one is too large
                return await self._written(entity, _storable(rows, unwritten, meaning), unwritten, clashed)
            unwritten.unclear = True
        except _NO_DOCUMENT as error:
            return await self._written(entity, _storable(rows, unwritten, error), unwritten, clashed)
        return False

    async def _told(self, stamp: str, entity: Entity[Any], documents: Sequence[Document], now: datetime) -> None:
        """The line of a write that has something to tell. Raises StoreAway."""
        telling = [document for document in documents if document.outbox]
        if telling:
            ids, versions = [d.id for d in telling], [d.version + 1 for d in telling]
            await self.unsent.open(Line(stamp, entity.name, ids, versions, now))

    async def _taken(self, entity: Entity[Any], clashed: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
        """By which index each of these clashed, and with which document. Raises StoreAway."""
        taken: dict[str, tuple[str, str]] = {}
        for index in self._indexes.get(entity.name, ()):
            names = [name for name, _ in index.keys]
            wanted = {id: tuple(value.values()) for id, value in clashed.items() if list(value) == names}
            if not wanted or not index.unique:
                continue
            one_of = {name: {"$in": list({v[n] for v in wanted.values()})} for n, name in enumerate(names)}
            query = {"$and": [one_of, dict(index.partial or {})]}
            try:
                found = await self._database[entity.name].find(query, dict.fromkeys(names, 1)).to_list(None)
            except PyMongoError as error:
                raise translated(error) from error
            has = {tuple(_value_at(row, name) for name in names): row["_id"] for row in found}
            taken |= {id: (index.name, has[value]) for id, value in wanted.items() if value in has}
        return taken

    async def _sealed(self, entity: Entity[Any], documents: Sequence[Document], unwritten: Unwritten) -> Sequence[Row]:
        """The documents in their stored form, but for those that have none. Raises StoreAway."""
        rows = [(document, document.to_fields(entity)) for document in documents]
        if entity.sealed is None:
            return rows
        try:
            states = [(document.id, fields.get("state")) for document, fields in rows]
            unwritten.unsealed = await self.sealing.seal(entity.sealed, entity.name, states)
        except UnicodeError as error:  # half a surrogate pair in one of them
            anew = [(document, document.to_fields(entity)) for document in documents]
            good = [document for document, _ in _storable(anew, unwritten, error)]
            return await self._sealed(entity, good, unwritten)
        return [row for row in rows if row[0].id not in unwritten.unsealed]

    async def clear(self, entity: Entity[Any], sent: Mapping[int, Sequence[str]]) -> None:
        """Empties outboxes that are sent and must not stay: the version that was sent -> ids. Raises StoreAway.

        Whoever has written a later version sends its outbox, and empties it.
        """
        operations = [
            UpdateMany({"_id": {"$in": list(ids)}, "version": version}, {"$unset": {"outbox": ""}})
            for version, ids in sent.items()
        ]
        try:
            await self._database[entity.name].bulk_write(operations, ordered=False)
        except PyMongoError as error:
            raise translated(error) from error

    async def with_due(self, entities: Sequence[Entity[Any]], now: datetime) -> list[Entity[Any]]:
        """Those of which a document's `wake` has come, found out by one question: nearly always there is none.

        Raises StoreAway.
        """
        first, *others = [(entity.name, _one_due(entity.name, now)) for entity in entities]
        question = [*first[1], *({"$unionWith": {"coll": name, "pipeline": one}} for name, one in others)]
        try:
            rows = await self._database[first[0]].aggregate(question).to_list(None)
        except PyMongoError as error:
            raise translated(error) from error
        names = {row["entity"] for row in rows}
        return [entity for entity in entities if entity.name in names]

    async def due(self, entity: Entity[Any], now: datetime, limit: int) -> list[Document]:
        """The documents whose `wake` has come, longest first. Raises StoreAway."""
        try:
            cursor = self._database[entity.name].find({"wake": {"$lte": now}}).sort("wake", ASCENDING).limit(limit)
            rows = await cursor.to_list(None)
        except PyMongoError as error:
            raise translated(error) from error
        await self._open(entity, rows)
        return [Document.read(entity, raw) for raw in rows]


def _storable(rows: Sequence[Row], unwritten: Unwritten, error: Exception) -> list[Row]:
    """Those that one which is no document must not keep from being written. Raises the error where it is another."""
    good = [row for row in rows if storable(row[1])]
    if len(good) == len(rows):
        raise error
    unwritten.unstorable |= {document.id for document, _ in rows} - {document.id for document, _ in good}
    return good


def _one_due(name: str, now: datetime) -> list[dict[str, Any]]:
    return [
        {"$match": {"wake": {"$lte": now}}},
        {"$limit": 1},
        {"$project": {"_id": 0, "entity": {"$literal": name}}},
    ]


def _value_at(row: Mapping[str, Any], path: str) -> Any:
    value: Any = row
    for part in path.split("."):
        value = value[part]
    return value


_NO_DOCUMENT = (BSONError, OverflowError, UnicodeError, RecursionError)
"""What the driver raises on a number past 64 bits, half a surrogate pair, a NUL in a field's name, more than 16 MB."""

MAX_DOCUMENT_BYTES = 15 * 1024 * 1024
"""Somewhat less than MongoDB's 16 MB: the operation around the document counts too."""


def storable(fields: Mapping[str, Any], *, beside: int = 0) -> bool:
    """Whether MongoDB could hold this as a document, with so many bytes beside it."""
    try:
        return len(encode(fields)) + beside <= MAX_DOCUMENT_BYTES
    except _NO_DOCUMENT:
        return False


def _guarded(document: Document, fields: Mapping[str, Any]) -> InsertOne[dict[str, Any]] | UpdateOne:
    """A new document, or one that becomes these fields if it is still of its version, and stays as it is otherwise.

    The condition stands in the pipeline and not in the filter: a filter by `_id` alone needs no query planner, which
    is half the cost of such a write (docs/adr/0003). What stays as it is counts as not modified.
    """
    id, version = document.id, document.version
    if version == 0:
        return InsertOne({"_id": id, **fields})
    condition, then = {"$eq": ["$version", version]}, {"$literal": {"_id": id, **fields}}
    return UpdateOne({"_id": id}, [{"$replaceWith": {"$cond": [condition, then, "$$ROOT"]}}])
