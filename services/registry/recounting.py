"""Counts frozen months again of which something came late; what differs is another revision (domain 11).

A month's turn or an outage brings many such facts at once: they are waited for a little, and counted together.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from services.contracts.decision import Refused
from services.registry.domain.packs import REVISIONS_KEPT, Pack, Recounted
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
AGAIN = timedelta(minutes=1)
"""When a pack is looked at again that could not be counted, or was revised too often."""


async def recount_late(parts: Parts) -> None:
    """Runs for the life of the service."""
    waits = timedelta(seconds=parts.settings.late_seconds)
    recounting = Recounting(parts.door, parts.store, waits, parts.log)
    while True:
        try:
            await recounting.look(parts.clock.now())
        except (StoreAway, Unavailable):
            parts.log.warning("what came late is counted when the store is back")
        await asyncio.sleep(LOOK_SECONDS)


class Recounting:
    """Looks, and counts. What cannot be counted is passed over for a while: it keeps no other pack waiting."""

    def __init__(self, door: Door, store: Store, waits: timedelta, log: Any) -> None:
        self._door, self._store, self._waits, self._log = door, store, waits, log
        self._later: dict[str, datetime] = {}

    async def look(self, now: datetime) -> None:
        """Some packs for which something has waited so long, the oldest first. Raises StoreAway, Unavailable."""
        self._later = {id: until for id, until in self._later.items() if until > now}
        for stored in await late_packs(self._store, now - self._waits, self._later):
            if not await self._counted(stored.state, now):
                self._later[stored.id] = now + AGAIN

    async def _counted(self, pack: Pack, now: datetime) -> bool:
        if len(pack.revisions) >= REVISIONS_KEPT:
            return False
        try:
            made = await count(self._store, pack, now, None)
            await self._door.submit(PACK, pack.id, Recounted(count=made))
        except Refused:  # somebody has frozen it meanwhile
            return False
        except (Held, Broken, Unreadable) as error:  # this one waits for an operator
            self._log.error("a pack could not be counted again", pack=pack.id, error=type(error).__name__)
            return False
        return True
