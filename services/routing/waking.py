"""Tells the longest waiting cases of a unit that an officer has room again (domain 7)."""

from collections import Counter
from collections.abc import Callable, Sequence

from services.contracts.routing import TaskState
from services.routing.domain.messages import AskAgain, PlaceFreed
from services.routing.handlers import CASE
from services.routing.store import work_of_unit
from services.runtime.door import Door
from services.runtime.driver import StoreAway
from services.runtime.message import Held, Performed, Unavailable
from services.runtime.store import Store


class Waking:
    """Carries out `PlaceFreed`. What is lost here costs minutes, no case: each waiting case has its own timer."""

    def __init__(self, door: Callable[[], Door], store: Store) -> None:
        self._door, self._store = door, store

    async def perform(self, performed: Sequence[Performed]) -> None:
        freed = Counter(item.effect.unit_id for item in performed if isinstance(item.effect, PlaceFreed))
        for unit_id, places in freed.items():
            try:
                for waiting in await work_of_unit(self._store, unit_id, TaskState.OFFERED, None, places):
                    await self._door().report(CASE, waiting.id, AskAgain(unit_id=unit_id))
            except (StoreAway, Unavailable, Held):
                continue  # the timers ask
