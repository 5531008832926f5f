"""What the registry looks up, and the indexes for it."""

from services.contracts.registry import ENTRIES, Entry, Kiosk, Offering, Officer, Sheet, Unit
from services.registry.domain.recording import edition_id
from services.registry.handlers import EDITIONS, RECORDED
from services.runtime.lookups import Stored
from services.runtime.store import Index, Store

FILTERS: dict[type[Entry], tuple[str, ...]] = {
    Unit: ("county",),
    Officer: ("unitId", "deskId"),
    Kiosk: ("county", "partner"),
    Sheet: ("unitId",),
    Offering: ("serviceId",),
}
"""By which fields a kind can be listed, besides the organization."""


def filters_of(kind: type[Entry]) -> tuple[str, ...]:
    return ("orgId", *FILTERS.get(kind, ()))


INDEXES: dict[str, list[Index]] = {
    RECORDED[kind].name: [Index([(f"state.{field}", 1), ("_id", 1)], name=f"by-{field}") for field in filters_of(kind)]
    for kind in ENTRIES
}


def listing(wanted: dict[str, str], after: str) -> dict[str, object]:
    """The query for the entries that have all of these fields, behind a place in the order of ids."""
    return {**{f"state.{field}": value for field, value in wanted.items()}, "_id": {"$gt": after}}


async def page(store: Store, kind: type[Entry], wanted: dict[str, str], after: str, limit: int) -> list[Stored[Entry]]:
    """At most `limit` entries in the order of their ids."""
    return await store.find(RECORDED[kind], listing(wanted, after), sort=[("_id", 1)], limit=limit)


async def newest(store: Store, kind: type[Entry], id: str) -> Stored[Entry] | None:
    return await store.get(RECORDED[kind], id)


async def edition(store: Store, kind: type[Entry], id: str, version: int) -> Entry | None:
    """One version of an entry whose kind keeps them all."""
    kept = await store.get(EDITIONS[kind], edition_id(id, version))
    return kept.state if kept else None
