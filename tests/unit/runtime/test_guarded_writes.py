"""What the store says of a write whose end nobody knows, or that holds nothing that can be stored (design 1)."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import encode
from pymongo import InsertOne
from pymongo.errors import AutoReconnect, BulkWriteError

from services.runtime.document import Document
from services.runtime.guarded import GuardedDocuments
from tests.support.bank import ACCOUNT, Account

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


class Database:
    """Every collection of one that stores nothing; `outcome` is what becomes of a bulk write."""

    def __init__(self, outcome: Callable[[Sequence[Any]], Any]) -> None:
        self._outcome = outcome

    def __getitem__(self, name: str) -> "Database":
        return self

    async def bulk_write(self, operations: Sequence[Any], ordered: bool) -> Any:
        return self._outcome(operations)

    def find(self, *_: Any) -> "Database":
        return self

    async def to_list(self, _: None) -> list[Any]:
        return []


def raising(error: Exception) -> Callable[[Sequence[Any]], Any]:
    def fail(_: Sequence[Any]) -> Any:
        raise error

    return fail


UNCONFIRMED = {"writeErrors": [], "writeConcernErrors": [{"code": 64}]}


@pytest.mark.parametrize("error", [AutoReconnect("reset"), BulkWriteError(UNCONFIRMED)])
async def test_what_may_yet_come_true_is_told_so(error: Exception) -> None:
    """Its line stays until that is known: without it what it tells would stay unsent."""
    unwritten = await GuardedDocuments(Database(raising(error)), {}).write(ACCOUNT, [Document("a")], NOW)
    assert (unwritten.lost, unwritten.unclear) == ({"a"}, True)


async def test_where_nothing_can_be_stored_nothing_is_written() -> None:
    """MongoDB's driver wants no write of nothing."""

    def encoded(operations: Sequence[Any]) -> None:
        assert operations
        for operation in operations:
            assert isinstance(operation, InsertOne)
            encode(operation._doc)

    documents = [Document(id, state=Account(total=10**30)) for id in ("a", "b")]
    unwritten = await GuardedDocuments(Database(encoded), {}).write(ACCOUNT, documents, NOW)
    assert (unwritten.lost, unwritten.unstorable) == (set(), {"a", "b"})
