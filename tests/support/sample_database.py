"""A registry's database as it is after an import of the sample province: imported once a run, then copied."""

from typing import Any

from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient, ReplaceOne

from services.ops.province import SAMPLE, import_province

_KEPT: set[str] = set()
"""Databases to copy from, all of which is there."""


def with_sample(mongo: str, database: str, url: str, when: str = "now") -> None:
    """Fills the database of the registry at `url`. `when`: what its clock shows; what was recorded bears the hour."""
    kept = f"sample-{when}"
    with MongoClient[RawBSONDocument](mongo, document_class=RawBSONDocument) as client:
        if kept in _KEPT:
            _copy(client, kept, database)
            return
        done = import_province(url, SAMPLE)
        assert not done.problems, done.problems
        _copy(client, database, kept)
        _KEPT.add(kept)


def _copy(client: MongoClient[RawBSONDocument], source: str, target: str) -> None:
    for name in client[source].list_collection_names():
        documents: list[Any] = [
            ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in client[source][name].find()
        ]
        if documents:
            client[target][name].bulk_write(documents, ordered=False)
