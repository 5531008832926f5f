"""Whatever crosses on its way between intake and routing, there is one truth of a promised date (I3, I6, 12.4, 12.9).

A random walk over all that moves one: days that are closed, made up or withdrawn, pauses, extensions, and a desk that
goes out of service.
"""

import contextlib
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.registry import Desk
from services.contracts.working_calendar import DayKind
from services.intake.domain.in_service import in_service
from services.ops.chance import Chance
from services.worktime.jalali import civil_day
from tests.unit.intake import cases as desk
from tests.unit.routing.re_dated_days import day
from tests.unit.test_desks_away import MADE_UP, PAST_THE_LAW, Going
from tests.unit.test_moved_dates import FIRST

STEPS = 14


class Crossing(Going):
    """Whatever is decided, and heard in some order: what one service has said may wait while the others go on."""

    def __init__(self, seed: int) -> None:
        super().__init__("ada")
        self.chance = Chance(seed)
        self.behind: Desk | None = None
        days = (self.closed, self.made_up, self.withdrawn)
        self.steps = (self.away, *days, self.extended, self.stand, self.go_on, self.slept, self.heard, self.heard)

    async def run(self, steps: int) -> None:
        for _ in range(steps):
            with contextlib.suppress(Refused):
                await self.chance.choice(self.steps)()
        if self.behind is not None:
            self.routing.registry = self.routing.registry.with_entries([self.behind])
        await self.look_again()

    async def away(self) -> None:
        """Once or twice; or nobody knows until when; or it was all called off. Routing may hear of it later."""
        first = self.chance.randint(8, 24)
        back = self.chance.randint(first + 1, 26)
        once = (("SUSPENDED", f"1405/09/{first:02}"), ("ACTIVE", f"1405/09/{back:02}"))
        again = (("SUSPENDED", f"1405/09/{back + 2:02}"), ("ACTIVE", PAST_THE_LAW))
        before = self.routing.registry
        await self.plan(*self.chance.choice((once, once, (*once, *again), once[:1], (once[0], again[1]), ())))
        if self.chance.choice((True, False)):
            self.behind = self.routing.registry.desk(desk.PERMITS_DESK)
            self.routing.registry = before

    async def closed(self) -> None:
        await self._says(self.chance.randint(8, 28), status=self.chance.choice(("CONFIRMED", "PROVISIONAL")))

    async def made_up(self) -> None:
        """On a Friday."""
        await self._says(self.chance.choice((6, 13, 20, 27)), kind=DayKind.EXTRA, intervals=MADE_UP)

    async def withdrawn(self) -> None:
        said = [one for one in self.calendar.exceptions if one.date > civil_day(self.clock.now())]
        if said:
            gone = self.chance.choice(said)
            self.publish([one for one in self.calendar.exceptions if one is not gone])
        await self.sweep()

    async def _says(self, number: int, **how: Any) -> None:
        new = day(f"1405/09/{number:02}", **how)
        if new.date > civil_day(self.clock.now()) and new.date not in {one.date for one in self.calendar.exceptions}:
            self.announce(new)
        await self.sweep()

    async def extended(self) -> None:
        await self.extend(FIRST, f"1405/10/{self.chance.randint(1, 6):02} {self.chance.randint(8, 11):02}:00")

    async def slept(self) -> None:
        self.clock.advance(days=1)

    async def heard(self) -> None:
        await self.carry_from(self.chance.choice((self.intake, self.routing)))


@pytest.mark.parametrize("seed", range(80))
async def test_I6_whatever_crosses_there_is_one_truth_of_the_date(seed: int) -> None:
    province = Crossing(seed)
    await province.file_as(FIRST)
    await province.run(STEPS)
    case, (promised, due) = province.of(FIRST), province.dates()
    (promise,) = case.commitments
    assert promise.state == "OPEN"
    there = in_service(province.at_desk, promise.promised_at)
    assert there or promise.legal_risk or case.state == "SUSPENDED"
    assert promised == due
    assert len(promise.moves) <= STEPS, "no endless answers"
