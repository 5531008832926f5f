"""Claims what an entry is about to have, before it is looked up who has it (`domain/claims.py`)."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from services.contracts.decision import Refused
from services.registry.domain.claims import ClaimWish, Release, Sole, claim_id
from services.registry.handlers import CLAIM
from services.runtime.clock import Clock
from services.runtime.door import Door
from services.runtime.driver import StoreAway
from services.runtime.http import Problem
from services.runtime.message import Broken, Held, Unavailable


@asynccontextmanager
async def claimed(
    door: Door, clock: Clock, holder_id: str, wanted: Iterable[tuple[Sole, str]]
) -> AsyncIterator[datetime | None]:
    """Since when all of this is the entry's, to be looked up and recorded; None if it wants nothing new.

    Raises Refused LICENCE_TAKEN, KEY_KNOWN, SERVICE_HAS_RULE. Where nobody knows whether it was recorded, a
    claim ends by its time.
    """
    since, ids = None, []
    try:
        for what, value in wanted:
            since = since or clock.now()
            id = claim_id(what, value)
            await door.submit(CLAIM, id, ClaimWish(what=what, holder_id=holder_id))
            ids.append(id)
        yield since
    except (Refused, Problem, Held, Broken):
        await _release(door, holder_id, ids)
        raise
    await _release(door, holder_id, ids)


async def _release(door: Door, holder_id: str, ids: list[str]) -> None:
    with suppress(StoreAway, Unavailable, Held, Broken):
        for id in ids:
            await door.submit(CLAIM, id, Release(holder_id=holder_id))
