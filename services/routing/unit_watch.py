"""Watches the registry for whoever has a slot of a unit: a closure is told before anybody sets out (domain 1.4, 12.9).

A unit is looked at again when its entry or its calendar has another version, and once more when all that was decided by
the registry of before is written. Who comes, its days know (`unit_slots`): all that lie ahead are walked page by page,
the soonest first, so that the next to set out is told first and no agency is behind a larger one (domain 12.24). What
is off goes through the door as a message; once told, it does not come up again. So the watch may stop anywhere: after a
start all units are looked at.
"""

import asyncio
import contextlib
from collections.abc import Callable, Hashable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from services.contracts.registry import Unit
from services.contracts.snapshot import Snapshot
from services.routing.domain.messages import UnitMoved
from services.routing.domain.unit_slots import UnitDay, is_shut
from services.routing.handlers import CASE
from services.routing.store import days_from
from services.runtime.clock import Clock
from services.runtime.door import Door
from services.runtime.driver import StoreAway
from services.runtime.lookups import Stored
from services.runtime.message import Broken, Held, Unavailable
from services.runtime.service import Parts
from services.runtime.store import Store
from services.worktime.jalali import civil_day

PAGE: Final = 200
"""Days of units at a turn."""
WATCH_SECONDS: Final = 2.0
WRITTEN_BY_THEN: Final = timedelta(seconds=30)
"""So long after a change a unit is looked at once more. A slot may have been taken by the registry of before, and
written when the watch had passed its day; no write of the store takes longer."""


class UnitWatch:
    """What was looked at is known in memory alone: another process may look too, and the door moves once."""

    def __init__(self, store: Store, door: Door, snapshot: Callable[[], Snapshot], clock: Clock, log: Any) -> None:
        self._store, self._door, self._snapshot = store, door, snapshot
        self._clock, self._log = clock, log
        self._noticed: Snapshot | None = None
        self._seen: dict[str, Hashable] = {}
        """What each unit stands on."""
        self._once_more: dict[str, datetime] = {}
        self._changed: set[str] = set()
        self._last: Stored[UnitDay] | None = None
        """Of the walk under way: behind it no day was looked at yet."""

    async def look(self) -> int:
        """Looks at every unit that has changed since; how many slots were off. Raises StoreAway: it goes on there."""
        self._notice()
        told = 0
        while self._changed:
            page = await days_from(self._store, civil_day(self._clock.now()), self._last, PAGE)
            told += await self._tell(stored.state for stored in page)
            self._last = page[-1] if len(page) == PAGE else None
            if self._last is None:
                self._changed.clear()
        if told:
            self._log.info("units are shut in slots that were taken", slots=told)
        return told

    def _notice(self) -> None:
        registry, now = self._snapshot(), self._clock.now()
        again = {id for id, when in self._once_more.items() if when <= now}
        for id in again:
            del self._once_more[id]
        changed = set[str]()
        if registry is not self._noticed:
            for unit in registry.units():
                stands_on = _stands_on(registry, unit)
                if self._seen.get(unit.id) != stands_on:
                    self._seen[unit.id] = stands_on
                    self._once_more[unit.id] = now + WRITTEN_BY_THEN
                    changed.add(unit.id)
            self._noticed = registry
        if again or changed:
            self._changed |= again | changed
            self._last = None

    async def _tell(self, days: Iterable[UnitDay]) -> int:
        registry, now = self._snapshot(), self._clock.now()
        off = [
            (day.unit_id, place.request_id)
            for day in days
            if day.unit_id in self._changed
            for place in day.taken
            if now < place.slot.since and is_shut(registry, day.unit_id, place.slot)
        ]
        return sum(await asyncio.gather(*(self._tell_case(*each) for each in off)))

    async def _tell_case(self, unit_id: str, request_id: str) -> bool:
        """One case that cannot be told does not hold up the others (domain 12.22); its parked messages show it."""
        try:
            await self._door.submit(CASE, request_id, UnitMoved(unit_id=unit_id))
        except (Held, Broken) as error:
            self._log.error("a case was not told that a unit is shut", id=request_id, error=type(error).__name__)
            return False
        return True


async def keep_up_with_units(parts: Parts) -> None:
    """Runs for the life of the service. While the store is away, or too much waits to be published, the page waits."""
    watch = UnitWatch(parts.store, parts.door, parts.snapshot, parts.clock, parts.log)
    while True:
        with contextlib.suppress(StoreAway, Unavailable):
            await watch.look()
        await asyncio.sleep(WATCH_SECONDS)


def _stands_on(registry: Snapshot, unit: Unit) -> Hashable:
    """All that decides whether a unit is open in a slot."""
    calendar = registry.calendar(unit.calendar_id)
    return unit.version, calendar.version if calendar else None
