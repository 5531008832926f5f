"""The record of accesses in memory; `away` makes it fail as a store does that does not answer."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from services.runtime.driver import StoreAway


@dataclass
class MemoryJournal:
    rows: list[dict[str, Any]] = field(default_factory=list)
    away: bool = False

    async def add(self, id: str, row: dict[str, Any]) -> None:
        if self.away:
            raise StoreAway("away")
        self.rows.append({"_id": f"{len(self.rows):06}", **row})

    async def part(self, field: str, names: Collection[str], other: str, others: Collection[str]) -> None:
        for row in self.rows:
            if not set(others).isdisjoint(row[other]):
                row[field] = [kept for kept in row[field] if kept not in names]

    async def find(self, query: dict[str, Any], before: str | None, limit: int) -> list[dict[str, Any]]:
        if self.away:
            raise StoreAway("away")
        found = [
            row
            for row in reversed(self.rows)
            if all(wanted in row[name] for name, wanted in query.items()) and (before is None or row["_id"] < before)
        ]
        return found[:limit]
