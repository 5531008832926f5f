"""Watches the registry for whoever is to come to a desk: a closure, an absence is told before anybody sets out (12.16).

A desk is looked at again when its entry, its calendar or its officers have another version, and once more when all that
was decided by the registry of before is written: its queue of today, which ends when the desk shuts, and all cases that
may be otherwise by it (`visit_store.to_look_at`). So are, of all desks, the cases of whoever was sent to kiosk offices
(`sent_to_offices`), when anything about those has another version, and when a day is over. Agencies take turns of a
page, those with the fewest cases first, and so do the desks of each, so that nobody small is behind somebody large
(domain 12.24). What is to change goes through the door as a message; changed once, it does not come up again. So the
watch may stop anywhere: after a start all desks are looked at.
"""

import asyncio
import contextlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from services.contracts.decision import World
from services.contracts.reachable import OFFICES
from services.contracts.registry import Desk, Kiosk, Partner
from services.contracts.service_sheet import Offering
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import WorkingCalendar
from services.intake.domain.desk_queue import hours_moved
from services.intake.domain.reconsidering import RegistryMoved, reconsidered
from services.intake.domain.request import Request
from services.intake.domain.rules import Rules
from services.intake.handlers import DESK_QUEUE, REQUEST
from services.intake.visit_store import count_all, desk_queue, queue_id, sent_to_offices, to_look_at
from services.intake.work_list import Part, page_of
from services.runtime.clock import Clock
from services.runtime.door import Door
from services.runtime.driver import StoreAway
from services.runtime.entity import Entity
from services.runtime.lookups import Stored
from services.runtime.message import Broken, Held, Unavailable
from services.runtime.store import Store
from services.worktime.jalali import civil_day

PAGE: Final = 200
WATCH_SECONDS: Final = 2.0
WRITTEN_BY_THEN: Final = timedelta(seconds=30)
"""So long after a change a desk is looked at once more. A visit may have been promised by the registry of before, and
written when the watch had passed its place; no write of the store takes longer."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Over the cases of a desk: whoever is behind `place` was not looked at yet."""

    parts: tuple[Part, ...]
    place: Mapping[str, Any] | None = None


class VisitWatch:
    """What was looked at is known in memory alone: another process may look too, and the door moves once."""

    def __init__(
        self, store: Store, door: Door, snapshot: Callable[[], Snapshot], clock: Clock, rules: Rules, log: Any
    ) -> None:
        self._store, self._door, self._snapshot = store, door, snapshot
        self._clock, self._rules, self._log = clock, rules, log
        self._noticed: tuple[Snapshot, date] | None = None
        self._seen: dict[str | None, Hashable] = {}
        """What each desk stands on; None: what the kiosk offices stand on, to all desks."""
        self._left: dict[str, dict[str, Walk]] = {}
        """By agency its desks, and what is left of each: whoever is first has the next turn."""
        self._in_order = True
        self._once_more: dict[str | None, datetime] = {}

    async def look(self) -> int:
        """Looks at every desk that has changed since; how many cases it moved. Raises StoreAway: it goes on there."""
        self._notice()
        await self._fewest_first()
        moved = 0
        while self._left:
            org_id, desks = next(iter(self._left.items()))
            moved += await self._a_page(desks)
            del self._left[org_id]
            if desks:
                self._left[org_id] = desks
        if moved:
            self._log.info("cases whose person is to come follow the registry", cases=moved)
        return moved

    async def _fewest_first(self) -> None:
        if self._in_order:
            return
        ahead = {
            org_id: await count_all(self._store, (part for walk in desks.values() for part in walk.parts))
            for org_id, desks in self._left.items()
        }
        self._left = dict(sorted(self._left.items(), key=lambda turn: ahead[turn[0]]))
        self._in_order = True

    async def _a_page(self, desks: dict[str, Walk]) -> int:
        """Of one desk, or of several that have few."""
        moved, room = 0, PAGE
        while desks and room:
            desk_id, walk = next(iter(desks.items()))
            if walk.place is None:
                await self._look_at_queue(desk_id)
            found, place = await page_of(self._store, walk.parts, walk.place, room)
            moved += await self._move(found)
            del desks[desk_id]
            if place is not None:
                desks[desk_id] = Walk(walk.parts, place)
            room -= len(found)
        return moved

    def _notice(self) -> None:
        registry, now = self._snapshot(), self._clock.now()
        day = civil_day(now)
        for whose in [whose for whose, when in self._once_more.items() if when <= now]:
            del self._once_more[whose]
            self._begin(whose, registry)
        if self._noticed == (registry, day):
            return
        found: dict[str | None, Hashable] = {desk.id: _stands_on(registry, desk) for desk in registry.desks()}
        for whose, stands_on in (found | {None: _offices_stand_on(registry, day)}).items():
            if self._seen.get(whose) != stands_on:
                self._seen[whose] = stands_on
                self._once_more[whose] = now + WRITTEN_BY_THEN
                self._begin(whose, registry)
        self._noticed = registry, day

    def _begin(self, whose: str | None, registry: Snapshot) -> None:
        """At the first case of a desk; None: at the first that was sent to kiosk offices, of every desk."""
        now = self._clock.now()
        if whose is not None:
            if desk := registry.desk(whose):
                self._from_the_first(desk, to_look_at(desk, now))
            return
        for desk in registry.desks():
            walked = self._left.get(desk.org_id, {}).get(desk.id)  # these cases, too, are among all of a desk
            self._from_the_first(desk, walked.parts if walked else sent_to_offices(desk, now))

    def _from_the_first(self, desk: Desk, parts: tuple[Part, ...]) -> None:
        desks = self._left.setdefault(desk.org_id, {})
        desks.pop(desk.id, None)
        desks[desk.id] = Walk(parts)
        self._in_order = False

    async def _look_at_queue(self, desk_id: str) -> None:
        """Of today: it ends when the desk shuts, also where that is sooner since this morning."""
        world = self._world()
        day = civil_day(world.now)
        queue = await desk_queue(self._store, desk_id, day)
        if queue is not None and hours_moved(queue, RegistryMoved(), world).state != queue:
            await self._tell(DESK_QUEUE, queue_id(desk_id, day))

    async def _move(self, found: list[Stored[Request]]) -> int:
        world = self._world()
        cases = {one.id: one.state.case for one in found if one.state.case is not None}
        wanted = [id for id, case in cases.items() if reconsidered(case, world)[0] is not case]
        return sum(await asyncio.gather(*(self._tell(REQUEST, id) for id in wanted)))

    async def _tell(self, entity: Entity[Any], id: str) -> bool:
        """One case that cannot be moved does not hold up the others (domain 12.22); its parked messages show it."""
        try:
            await self._door.submit(entity, id, RegistryMoved())
        except (Held, Broken) as error:
            self._log.error(f"a {entity.name} was not looked at again", id=id, error=type(error).__name__)
            return False
        return True

    def _world(self) -> World[Rules]:
        return World(now=self._clock.now(), registry=self._snapshot(), rules=self._rules)


async def watching(watch: VisitWatch) -> None:
    """Runs for the life of the service. While the store is away, or too much waits to be published, the page waits."""
    while True:
        with contextlib.suppress(StoreAway, Unavailable):
            await watch.look()
        await asyncio.sleep(WATCH_SECONDS)


def _stands_on(registry: Snapshot, desk: Desk) -> Hashable:
    """All that decides whether somebody can be served at a desk."""
    calendar = registry.calendar(desk.calendar_id)
    officers = sorted((officer.id, officer.version) for officer in registry.officers_at(desk.id))
    return desk.version, calendar.version if calendar else None, tuple(officers)


def _offices_stand_on(registry: Snapshot, day: date) -> Hashable:
    """All that decides whether kiosk offices can take a request: a day that is over may have been the last one."""
    calendars = {office.calendar_id for office in registry.every_kiosk()}
    versions = frozenset(
        (entry.KIND, entry.id, entry.version)
        for entry in registry.every()
        if isinstance(entry, Kiosk | Partner)
        or (isinstance(entry, Offering) and entry.channel in OFFICES)
        or (isinstance(entry, WorkingCalendar) and entry.id in calendars)
    )
    return day, versions
