"""Whatever comes in whatever order: of the open requests of a person for a service one is the first (domain 3)."""

import asyncio
from collections import defaultdict
from typing import Any, cast

import pytest

from services.contracts.decision import Refused
from services.contracts.intake_commands import FileObjection, Reopen, Withdraw
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Place
from services.intake.domain.duplicates import EndsAsDuplicate, Other
from services.intake.domain.messages import Filed
from services.intake.domain.states import ENDED
from services.intake.handlers import REQUEST
from services.intake.store import INDEXES, other_of
from services.ops.chance import Chance
from services.runtime.store import Store
from tests.support.memory_door import MemoryDoor
from tests.support.readable_store import ReadableStore
from tests.unit.intake.cases import (
    PERMITS_DESK,
    PERMITS_OFFICER,
    person,
)
from tests.unit.intake.edge import a_door
from tests.unit.intake.errands import ANOTHER, one_filing

PEOPLE = [person(), ANOTHER]


class Counter:
    """Two people at two processes of one store; what was filed comes again, ends, and is worked on again."""

    def __init__(self, seed: int) -> None:
        self.chance = Chance(seed)
        store = ReadableStore(indexes=INDEXES)
        self.doors = [a_door(store), a_door(store)]
        self.filed: dict[str, Filed] = {}
        self.read: dict[str, list[tuple[str, Other | None]]] = {}

    async def go_on(self) -> None:
        works = [self.file() for _ in range(self.chance.randint(0, 3))] + [self.happens()]
        for done in await asyncio.gather(*works, return_exceptions=True):
            if isinstance(done, Exception) and not isinstance(done, Refused):
                raise done
        for door in self.doors:
            await door.settle()
            await door.tick(minutes=1)

    async def file(self) -> None:
        key = str(self.chance.randint(0, 15))
        id, message = one_filing(key, applicant=PEOPLE[int(key) % 2])
        self.filed[id] = message
        await self.chance.choice(self.doors).door.submit(REQUEST, id, message, key=key, caller=PERMITS_OFFICER)

    async def happens(self) -> None:
        if not self.filed:
            return
        door, id = self.chance.choice(self.doors), self.chance.choice(sorted(self.filed))
        request = door.state(REQUEST, id)
        if request is None:
            return
        await door.door.submit(REQUEST, id, self.command(await self.in_favour(door, id)))

    async def in_favour(self, door: MemoryDoor, id: str) -> EndsAsDuplicate:
        """Of another as it stands, or as it stood when somebody looked before."""
        of = self.chance.choice(sorted(self.filed))
        self.read.setdefault(id, []).append((of, await other_of(cast(Store, door.store), id, of)))
        of, other = self.chance.choice(self.read[id])
        return EndsAsDuplicate(of=of, officer_id=PERMITS_OFFICER, other=other)

    def command(self, ends: EndsAsDuplicate) -> Any:
        officer, seen = {"officerId": PERMITS_OFFICER}, {"identitySeen": True}
        return self.chance.choice(
            [
                Withdraw.model_validate({"reason": "NOT_SAID", **seen, **officer}),
                ends,
                FileObjection.model_validate({"reason": "نه", **seen, **officer}),
                Reopen.model_validate(
                    {"reason": "OUR_ERROR", "officerId": f"{PERMITS_DESK}-02", "secondOfficerId": PERMITS_OFFICER}
                ),
            ]
        )

    def cases(self) -> dict[str, Case]:
        states = {id: self.doors[0].state(REQUEST, id) for id in self.filed}
        return {id: state.case for id, state in states.items() if state is not None and state.case is not None}

    def nobody_is_lost(self) -> None:
        by_person: dict[str | None, list[Case]] = defaultdict(list)
        cases = self.cases()
        for id, case in cases.items():
            if case.state in ENDED:
                assert case.place is None
            else:
                by_person[case.applicant_ref].append(case)
            if case.duplicate_of is not None:
                assert case.duplicate_of != id
                assert cases[case.duplicate_of].applicant_ref == case.applicant_ref
            if case.state == "DUPLICATE":
                self.leads_on(id, cases)
        for open_ones in by_person.values():
            assert [case.place for case in open_ones].count(Place.FIRST) == 1
            assert all(case.duplicate_of for case in open_ones if case.place is Place.FURTHER)

    def leads_on(self, id: str, cases: dict[str, Case]) -> None:
        """Whoever follows from one duplicate to the next comes to something that was not one."""
        met: set[str] = set()
        while (merged := cases[id].merged) is not None:
            assert id not in met, "they lead round in a circle"
            met.add(id)
            id = merged.of


@pytest.mark.parametrize("first", [0, 20])
async def test_of_the_open_requests_of_a_person_one_is_the_first_and_the_others_are_linked(first: int) -> None:
    ended = further = 0
    for seed in range(first, first + 20):
        counter = Counter(seed)
        async with counter.doors[0].serving(), counter.doors[1].serving():
            for _ in range(12):
                await counter.go_on()
                counter.nobody_is_lost()
        ended += sum(case.state == "DUPLICATE" for case in counter.cases().values())
        further += sum(case.place is Place.FURTHER for case in counter.cases().values())
    assert ended
    assert further
