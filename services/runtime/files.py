"""Files in GridFS, sealed piece by piece, under names of ours; what is being taken is written down before it is stored.

A file belongs to an entity of the service (`owner`) and bears a name that the entity keeps. Between the storing of a
file and the entity's own write a process may die; so each file is *pending* until the entity names it, and what stays
pending is looked at again (`pending`) and settled or discarded. Nothing of a file is ever stored without that note.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bson import ObjectId
from gridfs.errors import NoFile
from motor.motor_asyncio import AsyncIOMotorDatabase, AsyncIOMotorGridFSBucket
from pymongo import ASCENDING
from pymongo.errors import PyMongoError

from services.runtime.driver import translated
from services.runtime.seal import Sealer

CHUNK = 255 * 1024
PIECE = CHUNK - Sealer.OVERHEAD
"""A sealed piece fills one chunk, so that a file is opened chunk by chunk."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored file. `size`: what its owner put in, in bytes."""

    id: ObjectId
    owner: str
    name: str
    size: int
    generation: int = 0
    """Which of its owner's keys it is sealed with, as whoever put it in has said."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A file of which nobody has said yet that it stays; perhaps only the first chunks of it are there."""

    id: ObjectId
    owner: str
    name: str


class Files:
    """One bucket. Every method raises StoreAway. The key is the caller's: whose file it is decides which."""

    def __init__(self, database: "AsyncIOMotorDatabase[dict[str, Any]]", bucket: str) -> None:
        self._bucket = AsyncIOMotorGridFSBucket(database, bucket_name=bucket, chunk_size_bytes=CHUNK)
        self._files, self._pending = database[f"{bucket}.files"], database[f"{bucket}.pending"]

    async def prepare(self) -> None:
        try:
            await self._pending.create_index([("at", ASCENDING)], name="by-age")
        except PyMongoError as error:
            raise translated(error) from error

    async def put(self, owner: str, name: str, content: memoryview, sealer: Sealer, generation: int = 0) -> ObjectId:
        """Stores it, pending. The same name may be put twice: each is a file of its own, as good as the other."""
        id, count = ObjectId(), _pieces(len(content))
        facts = {"owner": owner, "size": len(content), "generation": generation}
        try:
            await self._pending.insert_one({"_id": id, "owner": owner, "name": name, "at": datetime.now(UTC)})
            upload = self._bucket.open_upload_stream_with_id(id, name, metadata=facts)
            for number in range(count):
                plain = bytes(content[number * PIECE : (number + 1) * PIECE])
                await upload.write(sealer.seal(plain, _about(owner, name, number, count)))
            await upload.close()
        except PyMongoError as error:
            raise translated(error) from error
        return id

    async def settle(self, id: ObjectId) -> None:
        """Its owner names it: it stays."""
        try:
            await self._pending.delete_one({"_id": id})
        except PyMongoError as error:
            raise translated(error) from error

    async def discard(self, id: ObjectId) -> None:
        """Away with it, whatever there is of it."""
        try:
            with contextlib.suppress(NoFile):  # its chunks are gone all the same
                await self._bucket.delete(id)
            await self._pending.delete_one({"_id": id})
        except PyMongoError as error:
            raise translated(error) from error

    async def find(self, owner: str, name: str) -> Kept | None:
        """The first file of that name; never another owner's."""
        query = {"filename": name, "metadata.owner": owner}
        try:
            raw = await self._files.find_one(query, sort=[("_id", ASCENDING)])
        except PyMongoError as error:
            raise translated(error) from error
        facts = raw["metadata"] if raw else {}
        return Kept(raw["_id"], owner, name, facts["size"], facts.get("generation", 0)) if raw else None

    async def read(self, kept: Kept, sealer: Sealer) -> AsyncIterator[bytes]:
        """Its content, piece by piece. Raises BrokenSeal, also where a piece is missing, moved or another's."""
        count = _pieces(kept.size)
        try:
            stream = await self._bucket.open_download_stream(kept.id)
            for number in range(count):
                yield sealer.open(await stream.readchunk(), _about(kept.owner, kept.name, number, count))
        except PyMongoError as error:
            raise translated(error) from error

    async def pending(self, before: datetime, limit: int) -> list[Pending]:
        """What has been pending since before that moment, oldest first."""
        try:
            rows = await self._pending.find({"at": {"$lt": before}}).sort("at", ASCENDING).limit(limit).to_list(limit)
        except PyMongoError as error:
            raise translated(error) from error
        return [Pending(raw["_id"], raw["owner"], raw["name"]) for raw in rows]


def _pieces(size: int) -> int:
    return max(1, -(-size // PIECE))


def _about(owner: str, name: str, number: int, count: int) -> str:
    """Sealed beside each piece: none can be left out, moved, or put into another file."""
    return f"{owner}|{name}|{number}/{count}"
