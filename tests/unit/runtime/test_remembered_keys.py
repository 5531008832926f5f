"""A key is remembered for its minute and no longer, however slowly the store writes (docs/adr/0033)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from pymongo import InsertOne

from services.runtime.keyring import KEYS, Keyring

NOON = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


@dataclass
class Rows:
    """The collection of keys; a write of terms takes `slow` seconds."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    now: float = 0.0
    slow: float = 0.0

    async def bulk_write(self, operations: Sequence[Any], ordered: bool) -> None:
        for operation in operations:
            if isinstance(operation, InsertOne):
                row = cast(dict[str, Any], operation._doc)
                self.rows[row["_id"]] = row
            else:
                self.now += self.slow

    async def find_one(self, query: Mapping[str, Any]) -> dict[str, Any]:
        return self.rows[query["_id"]]

    async def update_one(self, query: Mapping[str, Any], change: Mapping[str, Any]) -> None:
        self.rows[query["_id"]] |= change["$set"]

    def find(self, query: Mapping[str, Any]) -> "Rows":
        return self

    async def to_list(self, length: int | None) -> list[dict[str, Any]]:
        return list(self.rows.values())


async def test_a_slow_write_of_terms_makes_no_key_be_remembered_for_longer() -> None:
    rows = Rows()
    collections = cast(Any, {KEYS: rows})
    here = Keyring(collections, bytes(32), clock=lambda: rows.now)
    elsewhere = Keyring(collections, bytes(32), clock=lambda: rows.now)
    await here.current({"p": ["a"]})
    await elsewhere.retire("p", NOON, {})
    rows.now, rows.slow = 59.0, 8.0
    await here.current({"p": ["b"]})
    rows.now = 121.0
    assert rows.now > here.settled_after.total_seconds(), "by then the key may be destroyed"
    assert here._remembered("p") is None
    held = (await here.held(["p"]))["p"]
    assert held.current.generation == 2
