"""A service's database in MongoDB, opened and made ready. The door works on its documents (`guarded`), views read them
(`lookups`), and the projections keep their rows here."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Self

from bson import Binary
from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ReadPreference, UpdateOne, WriteConcern
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from services.runtime.driver import StoreAway, translated
from services.runtime.entity import Entity
from services.runtime.files import Files
from services.runtime.guarded import GuardedDocuments
from services.runtime.indexes import OF_EVERY_ENTITY, Index, make
from services.runtime.journal import Journal
from services.runtime.keyring import Keyring
from services.runtime.sealing import Sealing

UTC_CODEC: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True)
CLOSE_SECONDS = 1.0
FIND_MS, ANSWER_MS = 5_000, 20_000
"""How long one call looks for a server, and then waits for its answer. No call is made twice by the driver."""


class Store(GuardedDocuments):
    """One service's database. Every write: majority, journalled; every read of the door: majority."""

    keyring: Keyring

    def __init__(
        self,
        client: "AsyncIOMotorClient[dict[str, Any]]",
        database: str,
        indexes: Mapping[str, Sequence[Index]],
        seal_key: bytes | None = None,
        key_seconds: float = 60.0,
    ) -> None:
        self._client = client
        super().__init__(
            client.get_database(
                database,
                codec_options=UTC_CODEC,
                read_concern=ReadConcern("majority"),
                write_concern=WriteConcern("majority", j=True),
                read_preference=ReadPreference.PRIMARY,
            ),
            indexes,
        )
        if seal_key is not None:
            self.keyring = Keyring(self._database, seal_key, seconds=key_seconds)
            self.sealing = Sealing(self.keyring, seal_key)

    @classmethod
    def open(
        cls,
        url: str,
        database: str,
        indexes: Mapping[str, Sequence[Index]],
        seal_key: bytes | None = None,
        key_seconds: float = 60.0,
    ) -> Self:
        """`seal_key`: the service's, for entities of whose state a part is sealed; `key_seconds` as the keyring's."""
        client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
            url,
            w="majority",
            journal=True,
            retryWrites=False,
            serverSelectionTimeoutMS=FIND_MS,
            socketTimeoutMS=ANSWER_MS,
            maxPoolSize=20,
        )
        return cls(client, database, indexes, seal_key, key_seconds)

    def files(self, bucket: str) -> Files:
        """Files in the same database, with the same guarantees."""
        return Files(self._database, bucket)

    def journal(self, name: str, indexed: Sequence[str]) -> Journal:
        """Rows in the same database, with the same guarantees."""
        return Journal(self._database, name, indexed)

    async def prepare(self, entities: Sequence[Entity[Any]]) -> None:
        """Makes the indexes; harmless when they are there. Raises StoreAway, WrongSealKey."""
        if any(entity.sealed for entity in entities):
            await self.keyring.prepare()
        await self.unsent.prepare()
        for entity in entities:
            wanted = [*OF_EVERY_ENTITY, *self._indexes.get(entity.name, ())]
            try:
                await make(self._database[entity.name], wanted)
            except PyMongoError as error:
                raise translated(error) from error

    async def ping(self) -> None:
        """Raises StoreAway."""
        try:
            await self._client.admin.command("ping")
        except PyMongoError as error:
            raise StoreAway(type(error).__name__) from error

    async def close(self) -> None:
        """Takes leave of the server, which blocks, and would for long with a server that does not answer."""
        leaving = threading.Thread(target=self._client.close, daemon=True)
        leaving.start()
        await asyncio.to_thread(leaving.join, CLOSE_SECONDS)

    # -- what the projections keep ------------------------------------------------------------------------------------

    async def keep(self, collection: str, rows: Mapping[str, bytes]) -> None:
        """Keeps raw values by key. Raises StoreAway."""
        operations = [
            UpdateOne({"_id": key}, {"$set": {"value": Binary(value)}}, upsert=True) for key, value in rows.items()
        ]
        try:
            if operations:
                await self._database[collection].bulk_write(operations, ordered=False)
        except PyMongoError as error:
            raise translated(error) from error

    async def kept(self, collection: str) -> dict[str, bytes]:
        """All that was kept. Raises StoreAway."""
        try:
            return {raw["_id"]: bytes(raw["value"]) for raw in await self._database[collection].find().to_list(None)}
        except PyMongoError as error:
            raise translated(error) from error
