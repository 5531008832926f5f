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
from services.runtime.driver import StoreAway, translated
from services.runtime.entity import Entity
from services.runtime.indexes import Index
from services.runtime.lookups import Lookups
from services.runtime.unsent import Line, Unsent

DUPLICATE_KEY = 11000


@dataclass(slots=True)
class Unwritten:
    """The documents that were not written, by id.

    `lost` to another writer or unclear; `clashed` = a unique value (not the id) was taken; `unstorable` = no document
    of MongoDB, whatever is tried. `taken`: of those that clashed the name of the index, and which document has the
    value; nothing where it was gone by then. `unclear`: nobody knows whether what is lost here may yet come true.
    """

    lost: set[str] = field(default_factory=set)
    clashed: set[str] = field(default_factory=set)
    unstorable: set[str] = field(default_factory=set)
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
        stamp = secrets.token_hex(8)
        operations: list[Any] = []
        clashed: dict[str, Mapping[str, Any]] = {}
        unstorable: set[str] = set()
        for document in documents:
            document.stamp = stamp
        unclear = False
        line = asyncio.ensure_future(self._told(stamp, entity, documents, now))
        try:
            try:
                stored = await self._sealed(entity, documents)
            finally:
                await line
            for document, fields in zip(documents, stored, strict=True):
                if document.version == 0:
                    operations.append(InsertOne({"_id": document.id, **fields}))
                else:
                    operations.append(_guarded(document.id, document.version, fields))
            result = await self._database[entity.name].bulk_write(operations, ordered=False)
            if result.inserted_count + result.modified_count == len(operations):
                return Unwritten()
        except BulkWriteError as error:
            details = error.details or {}
            unclear = bool(details.get("writeConcernErrors"))
            for item in details.get("writeErrors", ()):
                document = documents[item["index"]]
                if item.get("code") != DUPLICATE_KEY and not storable(document.to_fields(entity)):
                    unstorable.add(document.id)
                    continue
                if item.get("code") != DUPLICATE_KEY:
                    raise StoreAway(f"write error {item.get('code')}") from error
                if "_id" not in item.get("keyPattern", {"_id": 1}):
                    clashed[document.id] = item["keyValue"]
        except PyMongoError as error:
            meaning = translated(error)
            if not isinstance(meaning, StoreAway):
                raise meaning from error
            unclear = True
        except _NO_DOCUMENT:  # one of them, and it must not keep its neighbours from being written
            unstorable = {document.id for document in documents if not storable(document.to_fields(entity))}
            if not unstorable:
                raise
            rest = [document for document in documents if document.id not in unstorable]
            unwritten = await self.write(entity, rest, now) if rest else Unwritten()
            unwritten.unstorable |= unstorable
            return unwritten
        # Totals do not tell whose write it was: ask, per document, whether it bears our stamp.
        try:
            cursor = self._database[entity.name].find(
                {"_id": {"$in": [d.id for d in documents]}, "stamp": stamp}, projection={"_id": 1}
            )
            won = {raw["_id"] for raw in await cursor.to_list(None)}
        except PyMongoError as error:
            raise translated(error) from error
        lost = {d.id for d in documents} - won - unstorable
        return Unwritten(lost, set(clashed), unstorable, await self._taken(entity, clashed), unclear)

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

    async def _sealed(self, entity: Entity[Any], documents: Sequence[Document]) -> list[dict[str, Any]]:
        """The documents' stored form. Raises StoreAway."""
        fields = [document.to_fields(entity) for document in documents]
        if entity.sealed is not None:
            states = [(document.id, row.get("state")) for document, row in zip(documents, fields, strict=True)]
            await self.sealing.seal(entity.sealed, entity.name, states)
        return fields

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


def _guarded(id: str, version: int, fields: Mapping[str, Any]) -> UpdateOne:
    """The document becomes these fields if it is still of that version, and stays as it is otherwise.

    The condition stands in the pipeline and not in the filter: a filter by `_id` alone needs no query planner, which
    is half the cost of such a write (docs/adr/0003). What stays as it is counts as not modified.
    """
    condition, then = {"$eq": ["$version", version]}, {"$literal": {"_id": id, **fields}}
    return UpdateOne({"_id": id}, [{"$replaceWith": {"$cond": [condition, then, "$$ROOT"]}}])
