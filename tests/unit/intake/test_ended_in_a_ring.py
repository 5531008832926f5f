"""Three officers end three requests of one person at the same moment, each in favour of the next (domain 3).

Each may have read the next one while that was still open. Whatever the order of their steps, one of the three goes on.
"""

import copy
import types
from collections.abc import Coroutine, Generator, Iterator, Mapping
from typing import Any, cast

from services.contracts.decision import Refused
from services.intake.domain.case import Case
from services.intake.domain.duplicates import EndsAsDuplicate, Other
from services.intake.domain.states import DUPLICATE
from services.intake.handlers import REQUEST
from services.intake.store import INDEXES, other_of
from services.runtime.store import Store
from tests.support.memory_door import MemoryDoor
from tests.support.readable_store import ReadableStore
from tests.unit.intake.cases import PERMITS_OFFICER
from tests.unit.intake.edge import a_door
from tests.unit.intake.errands import one_filing

STEPS = 3
"""An officer's: how many have ended is read, then how the other stands, then the one is ended."""


def orders(left: tuple[int, ...], last_read: int = 0) -> Iterator[tuple[int, ...]]:
    """All in which they can take their steps; `left`: how many each has.

    Of reads that follow one another only one order: it makes no difference.
    """
    if not any(left):
        yield ()
    for officer, steps in enumerate(left):
        reads = steps > 1
        if steps and not (reads and officer < last_read):
            for rest in orders((*left[:officer], steps - 1, *left[officer + 1 :]), officer if reads else 0):
                yield officer, *rest


@types.coroutine
def _a_pause() -> Generator[None, None, None]:
    yield


class Slow:
    """A store whose every answer is waited for."""

    def __init__(self, store: ReadableStore) -> None:
        self.store = store

    async def get(self, *asked: Any) -> Any:
        await _a_pause()
        return await self.store.get(*asked)

    async def find(self, *asked: Any, **options: Any) -> Any:
        await _a_pause()
        return await self.store.find(*asked, **options)


class Officer:
    """Ends one request in favour of another, step by step."""

    def __init__(self, door: MemoryDoor, id: str, of: str) -> None:
        self.door, self.id, self.of = door, id, of
        self.other: Other | None = None
        self.refused: str | None = None
        store = Slow(cast(ReadableStore, door.store))
        self.reading: Coroutine[Any, Any, Other | None] = other_of(cast(Store, store), id, of)
        for _ in range(2):  # whose request it is does not change
            self.reading.send(None)

    async def step(self) -> None:
        if self.other is None:
            self._read_on()
            return
        command = EndsAsDuplicate(of=self.of, officer_id=PERMITS_OFFICER, other=self.other)
        try:
            await self.door.submit(REQUEST, self.id, command)
        except Refused as refused:
            self.refused = refused.code

    def _read_on(self) -> None:
        try:
            self.reading.send(None)
        except StopIteration as read:
            self.other = read.value


async def three_filed(store: ReadableStore) -> list[str]:
    messages = dict(one_filing(key) for key in ("a", "b", "c"))
    for id, message in messages.items():
        await a_door(store).submit(REQUEST, id, message)
    return list(messages)


async def test_of_three_that_end_each_in_favour_of_the_next_one_goes_on_in_every_order() -> None:
    store = ReadableStore(indexes=INDEXES)
    ids = await three_filed(store)
    filed, outcomes = copy.deepcopy(store.collections), set()
    for order in orders((STEPS - 1, STEPS, STEPS)):  # the ring looks alike from each: the first one begins
        store.collections = copy.deepcopy(filed)
        door = a_door(store)
        officers = [Officer(door, id, ids[(place + 1) % 3]) for place, id in enumerate(ids)]
        for officer in (0, *order):
            await officers[officer].step()
        cases = {id: door.state(REQUEST, id).case for id in ids}
        ended = one_goes_on(cases)
        assert ended, "nobody is in the way of all"
        refused = [officer.refused for officer in officers if officer.refused]
        assert len(refused) == 3 - ended
        outcomes |= {(ended, *sorted(refused))}
    assert outcomes == {(1, "CROSSED", "CROSSED"), (1, "CROSSED", "OTHER_ENDED"), (2, "CROSSED"), (2, "OTHER_ENDED")}


def one_goes_on(cases: Mapping[str, Case]) -> int:
    """How many have ended; whoever follows from one to the next comes to one that is open."""
    for case in cases.values():
        met = 0
        while case.merged is not None:
            case, met = cases[case.merged.of], met + 1
            assert met < len(cases), "they lead round in a circle"
    return sum(case.state is DUPLICATE for case in cases.values())
