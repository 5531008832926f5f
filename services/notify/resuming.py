"""Takes up what was held back while sending was paused: once, at start, no faster than messages may go out."""

import asyncio

from services.contracts.notify import MessageState
from services.notify.domain.sending import SendingResumed
from services.notify.handlers import CORRESPONDENCE
from services.notify.store import held_back
from services.runtime.door import Door
from services.runtime.driver import StoreAway
from services.runtime.message import Broken, Held, Unavailable
from services.runtime.store import Store

PAGE = 200


async def resume_sending(door: Door, store: Store, per_second: float) -> None:
    """Walks over all correspondences with something held back, however many there are (domain 12.24)."""
    for state in (MessageState.CREATED, MessageState.TEMP_FAILED):
        after = ""
        while True:
            try:
                page = await held_back(store, state, after, PAGE)
                await asyncio.gather(*(_resume(door, stored.id) for stored in page))
            except (StoreAway, Unavailable):
                await asyncio.sleep(2)
                continue
            if not page:
                break
            after = page[-1].id
            await asyncio.sleep(len(page) / per_second)


async def _resume(door: Door, request_id: str) -> None:
    try:
        await door.submit(CORRESPONDENCE, request_id, SendingResumed())
    except (Held, Broken):
        return  # it waits for an operator anyway; its own fault is on record
