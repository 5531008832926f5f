"""Carries out retirements whose day has come, as soon as nothing stands on the entry (domain 3).

A rule reads no store: what stands on an entry is looked up here, and told to it. An order that is lost by a crash is
found again.
"""

import asyncio
from datetime import datetime
from typing import Any

from services.registry.domain.ending import EndWish
from services.registry.domain.life import CARRYING, retires
from services.registry.domain.recording import Around
from services.registry.handlers import FILES
from services.registry.in_use import in_use
from services.registry.promises import Promises, PromisesAway
from services.registry.store import newest_of, to_be_retired
from services.runtime.door import Door
from services.runtime.driver import StoreAway
from services.runtime.message import Broken, Held, Unavailable
from services.runtime.service import Parts
from services.runtime.store import Store
from services.worktime.jalali import civil_day

LOOK_SECONDS = 30.0
PAGE = 100


async def retire_planned(parts: Parts, promises: Promises) -> None:
    """Runs for the life of the service."""
    while True:
        try:
            await retire_due(parts.door, parts.store, promises, parts.clock.now(), parts.log)
        except (StoreAway, Unavailable):
            parts.log.warning("what is planned to be retired is when the store is back")
        await asyncio.sleep(LOOK_SECONDS)


async def retire_due(door: Door, store: Store, promises: Promises, now: datetime, log: Any) -> None:
    """All that is due. Raises StoreAway, Unavailable: it waits on."""
    today = civil_day(now)
    for kind in CARRYING:
        after = ""
        while True:
            found = await store.find(FILES[kind], to_be_retired(kind, after), sort=[("_id", 1)], limit=PAGE)
            for stored in found:
                entry = newest_of(stored)
                if entry is None or not retires(entry, today):
                    continue
                try:
                    users = await in_use(store, promises, entry, today)
                    await door.submit(FILES[kind], stored.id, EndWish(around=Around(users=users)))
                except PromisesAway:  # its own promises are known to intake alone; the others do not wait for it
                    log.warning("a calendar is retired when intake is back", id=stored.id)
                except (Held, Broken) as error:  # it waits for an operator; the others do not
                    log.error("an entry could not be retired yet", id=stored.id, error=type(error).__name__)
            if len(found) < PAGE:
                break
            after = found[-1].id
