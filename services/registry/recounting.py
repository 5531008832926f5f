"""Counts frozen months again of which something came late; what differs is another revision (domain 11).

A month's turn or an outage brings many such facts at once: they are waited for a little, and counted together.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from services.contracts.decision import Refused
from services.registry.domain.packs import REVISIONS_KEPT, Recounted
from services.registry.handlers import PACK
from services.registry.packing import count
from services.registry.report_store import late_packs
from services.runtime.door import Door
from services.runtime.driver import StoreAway
from services.runtime.lookups import Unreadable
from services.runtime.message import Broken, Held, Unavailable
from services.runtime.service import Parts
from services.runtime.store import Store

LOOK_SECONDS = 2.0


async def recount_late(parts: Parts) -> None:
    """Runs for the life of the service."""
    waits = timedelta(seconds=parts.settings.late_seconds)
    while True:
        try:
            await recount(parts.door, parts.store, parts.clock.now(), waits, parts.log)
        except (StoreAway, Unavailable):
            parts.log.warning("what came late is counted when the store is back")
        await asyncio.sleep(LOOK_SECONDS)


async def recount(door: Door, store: Store, now: datetime, waits: timedelta, log: Any) -> None:
    """Every pack for which something has waited so long. Raises StoreAway, Unavailable."""
    for stored in await late_packs(store, now - waits):
        pack = stored.state
        if len(pack.revisions) >= REVISIONS_KEPT:
            continue
        try:
            await door.submit(PACK, pack.id, Recounted(count=await count(store, pack, now, None)))
        except Refused:  # somebody has frozen it meanwhile: looked at again
            continue
        except (Held, Broken, Unreadable) as error:  # this one waits for an operator, the others do not
            log.error("a pack could not be counted again", pack=pack.id, error=type(error).__name__)
