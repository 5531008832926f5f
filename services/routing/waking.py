"""Tells the longest waiting cases of a unit that an officer has room again (domain 7)."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from services.contracts.registry import Unit
from services.contracts.routing import TaskState
from services.contracts.snapshot import Snapshot
from services.routing.domain import fairness
from services.routing.domain.case import Case
from services.routing.domain.messages import AskAgain, PlaceFreed
from services.routing.domain.work import Work
from services.routing.handlers import CASE
from services.routing.store import MANY, work_of_unit
from services.runtime.clock import Clock
from services.runtime.door import Door
from services.runtime.driver import StoreAway
from services.runtime.message import Held, Performed, Unavailable
from services.runtime.store import Store
from services.worktime.jalali import civil_day

PAGE = 10
"""Cases at a time: mostly the first is the one."""


class Waking:
    """Carries out `PlaceFreed`. What is lost here costs minutes, no case: each waiting case has its own timer.

    The places of a unit are given away in turns: who looks while others are being told would find the same cases still
    waiting, and tell them twice instead of those behind them.
    """

    def __init__(self, door: Callable[[], Door], store: Store, snapshot: Callable[[], Snapshot], clock: Clock) -> None:
        self._door, self._store, self._snapshot, self._clock = door, store, snapshot, clock
        self._freed: dict[str, Counter[str]] = {}
        """By unit: how many places of which officer nobody was told of yet."""
        self._telling: set[str] = set()

    async def perform(self, performed: Sequence[Performed]) -> None:
        for item in performed:
            if isinstance(item.effect, PlaceFreed):
                self._freed.setdefault(item.effect.unit_id, Counter())[item.effect.officer_id] += 1
        for unit_id in list(self._freed):
            if unit_id not in self._telling:
                await self._give_away(unit_id)

    async def _give_away(self, unit_id: str) -> None:
        """All places of a unit, also those that come free meanwhile."""
        self._telling.add(unit_id)
        try:
            while places := self._freed.pop(unit_id, None):
                await self._tell(unit_id, places)
        except (StoreAway, Unavailable, Held):
            return  # the timers ask
        finally:
            self._telling.discard(unit_id)

    async def _tell(self, unit_id: str, places: Counter[str]) -> None:
        after = None
        for _ in range(MANY // PAGE):
            waiting = await work_of_unit(self._store, unit_id, TaskState.OFFERED, after, PAGE)
            first = self._first(unit_id, places, [stored.state for stored in waiting])
            asks = [self._door().report(CASE, case.request_id, AskAgain(unit_id=unit_id)) for case in first]
            await asyncio.gather(*asks)
            if len(waiting) < PAGE or not places.total():
                return
            after = waiting[-1].state.order

    def _first(self, unit_id: str, places: Counter[str], waiting: Sequence[Case]) -> Iterator[Case]:
        """For each place the first case that its officer may have: who waits for somebody else holds up nobody."""
        registry, day = self._snapshot(), civil_day(self._clock.now())
        unit = registry.unit(unit_id)
        for case in waiting:
            if unit is None or not places.total():
                return
            may = {
                officer
                for work in case.work
                if work.task.unit_id == unit_id and work.task.state is TaskState.OFFERED
                for officer in _who_may_have(case, work, unit, registry, day)
            }
            officer = next((each for each, left in places.items() if left and each in may), None)
            if officer is not None:
                places[officer] -= 1
                yield case


def _who_may_have(case: Case, work: Work, unit: Unit, registry: Snapshot, day: date) -> Sequence[str]:
    barred = (*case.barred, *case.withdrew(), *work.had_before)
    return fairness.candidates(registry, unit, case.service_id, day, case.amount, people=case.people, barred=barred)
