"""Counts every running Clock anew when its calendar has a newer version (domain 6, 12.9, 12.24).

Whether a Clock was looked at stands in its case: the version of the calendar by which it is counted. So what was done
is not done again after a crash, and what was not is found, by an index and page by page.

Agencies take turns, a page each and those with the fewest Clocks first: who has a hundred is done while another with
many thousands has hardly begun. A change that comes meanwhile joins in. What cannot be counted keeps nobody.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.contracts.decision import Refused
from services.contracts.snapshot import Snapshot
from services.routing.domain.case import Case
from services.routing.domain.messages import CalendarChanged
from services.routing.handlers import CASE
from services.routing.store import agencies_behind, cases_behind, count_behind
from services.runtime.door import Door
from services.runtime.driver import StoreAway
from services.runtime.lookups import Stored
from services.runtime.message import Broken, Held, Unavailable
from services.runtime.service import Parts
from services.runtime.store import Store
from services.runtime.telemetry import Metrics

LOOK_SECONDS: Final = 1.0
EVERY_SECONDS: Final = 60.0
"""Until all calendars are looked at again: a case may come in counted by a version that is not the newest any more."""
PAGE: Final = 100
"""Clocks of one agency at a turn."""

Versions = Mapping[str, int]
"""Calendars, and the newest version of each."""


async def keep_up_with_calendars(parts: Parts) -> None:
    """Runs for the life of the service."""
    sweep = Sweep(parts.door, parts.store, parts.metrics, parts.log, parts.settings.re_dates_per_second)
    known: Versions = {}
    all_again = 0.0
    while True:
        if time.monotonic() >= all_again:
            known, all_again = {}, time.monotonic() + EVERY_SECONDS
        try:
            known = await sweep.run(lambda: versions(parts.snapshot()), known)
        except (StoreAway, Unavailable):
            parts.log.warning("the change of a calendar waits for the store")
        await asyncio.sleep(LOOK_SECONDS)


def versions(registry: Snapshot) -> Versions:
    return {calendar.id: calendar.version for calendar in registry.calendars()}


@dataclass(frozen=True, slots=True)
class Lane:
    """The Clocks of one agency that are behind one calendar."""

    calendar_id: str
    version: int
    org_id: str
    left: int


Turns = dict[Lane, AsyncIterator[list[Stored[Case]]]]


@dataclass
class Sweep:
    """Walks over all running Clocks whose calendar has changed, no faster than `per_second`."""

    door: Door
    store: Store
    metrics: Metrics
    log: Any
    per_second: float
    counted: Counter[str] = field(default_factory=Counter)
    """Of the walk under way: moved, unmoved, failed."""

    async def run(self, newest: Callable[[], Versions], known: Versions) -> Versions:
        """Until nothing is behind; gives the versions that all Clocks are counted by.

        `known`: those that they were counted by before. Raises StoreAway, Unavailable: what was done stays done.
        """
        self.counted.clear()
        turns: Turns = {}
        while True:
            changed = {id: version for id, version in newest().items() if known.get(id) != version}
            if changed:
                known = {**known, **changed}
                turns = await self._joined(turns, changed)
            if not turns:
                break
            for lane, pages in list(turns.items()):
                page = await anext(pages, None)
                if page is None:
                    del turns[lane]
                    done = self.counted.total()
                    self.log.info("an agency's due times are up to date", agency=lane.org_id, done=done)
                else:
                    await self._count_anew(page, lane.version)
        self.metrics.re_dating_left.set(0)
        if self.counted:
            self.log.info("all due times are up to date", **self.counted)
        return known

    async def _joined(self, turns: Turns, changed: Versions) -> Turns:
        """With the lanes of these calendars, in place of those that were to be counted by a version before."""
        lanes = [lane for id, version in changed.items() for lane in await self._lanes(id, version)]
        all_turns = {lane: pages for lane, pages in turns.items() if lane.calendar_id not in changed}
        all_turns |= {lane: self._pages(lane) for lane in lanes}
        if lanes:
            self._tell_left(all_turns)
        return dict(sorted(all_turns.items(), key=lambda turn: turn[0].left))

    def _tell_left(self, lanes: Iterable[Lane]) -> None:
        left = sum(lane.left for lane in lanes)
        self.metrics.re_dating_left.set(left)
        self.log.info("calendars have changed", clocks=left, agencies=len({lane.org_id for lane in lanes}))

    async def _lanes(self, calendar_id: str, version: int) -> list[Lane]:
        return [
            Lane(calendar_id, version, org_id, await count_behind(self.store, calendar_id, version, org_id))
            for org_id in await agencies_behind(self.store, calendar_id, version)
        ]

    async def _pages(self, lane: Lane) -> AsyncIterator[list[Stored[Case]]]:
        """What was counted anew leaves the query by itself; what could not be is passed by."""
        last: Stored[Case] | None = None
        while page := await cases_behind(self.store, lane.calendar_id, lane.version, lane.org_id, last, PAGE):
            last = page[-1]
            yield page

    async def _count_anew(self, page: list[Stored[Case]], version: int) -> None:
        """Raises StoreAway, Unavailable."""
        started = time.monotonic()
        change = CalendarChanged(version=version)
        results = await asyncio.gather(*(self._tell(stored, change) for stored in page))
        for result, times in Counter(results).items():
            self.counted[result] += times
            if result != "failed":
                self.metrics.re_dated.labels("yes" if result == "moved" else "no").inc(times)
        self.metrics.re_dating_left.dec(len(page))
        await asyncio.sleep(max(0.0, len(page) / self.per_second - (time.monotonic() - started)))

    async def _tell(self, stored: Stored[Case], change: CalendarChanged) -> str:
        try:
            done = await self.door.submit(CASE, stored.id, change)
        except (Held, Broken, Refused):
            return "failed"  # its fault is on record
        return "moved" if done.state.clock.due != stored.state.clock.due else "unmoved"
