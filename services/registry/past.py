"""Entries as the registry had them at a moment that is past: what is told later is compared with its own day."""

from collections.abc import Iterable
from datetime import datetime

from services.contracts.entry import Entry
from services.contracts.wire import instant_text
from services.registry import store as look_up
from services.registry.handlers import EDITIONS
from services.runtime.cursors import LARGEST
from services.runtime.store import Store


def recorded_by(id: str, moment: datetime) -> dict[str, object]:
    return {"state.entryId": id, "state.recordedAt": {"$lte": instant_text(moment)}}


async def entries_at(store: Store, wanted: Iterable[tuple[type[Entry], str]], moment: datetime) -> list[Entry]:
    """These entries in the versions of then, as far as there are any.

    What was recorded later only is as it was recorded first: nobody knows better.
    """
    found = [await _at(store, kind, id, moment) for kind, id in dict.fromkeys(wanted)]
    return [entry for entry in found if entry is not None]


async def _at(store: Store, kind: type[Entry], id: str, moment: datetime) -> Entry | None:
    for query, order in ((recorded_by(id, moment), -1), (look_up.history_of(id, LARGEST), 1)):
        for stored in await store.find(EDITIONS[kind], query, sort=[("state.version", order)], limit=1):
            entry: Entry = stored.state.entry
            return entry
    return await look_up.newest(store, kind, id)
