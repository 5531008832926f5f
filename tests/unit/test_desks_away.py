"""An answer is promised for when its desk is back, and the unit's Clock is due then: one truth of the date (I3, I6).

Intake, routing and notify behind their own doors. What crosses on the way ends at the same date.
"""

import contextlib
import random

import pytest

from services.contracts.decision import Refused
from services.contracts.routing import ResumeTask, SuspendTask, WorkMoved
from services.contracts.topics import ROUTING_WORK
from services.intake.domain.reconsidering import RegistryMoved
from services.intake.handlers import REQUEST
from services.routing.domain.case import Case as Work
from services.routing.domain.handling import Line, Start
from services.routing.handlers import CASE
from services.worktime import jalali_text
from services.worktime.in_service import in_service
from services.worktime.jalali import civil_day
from tests.unit.intake import cases as desk
from tests.unit.routing.re_dated_days import day
from tests.unit.test_moved_dates import CLOSED, FIRST, Province

AWAY = ("1405/09/18", "1405/09/25")
"""Promised for the 19th, which is a Monday."""
BACK = "1405/09/25 09:10"
PAST_THE_LAW = "1405/10/20"


class Going(Province):
    """With a desk that goes out of service."""

    async def goes(self, first: str = AWAY[0], back: str = AWAY[1]) -> None:
        """Intake has heard that the desk is away, and its watch has come by; nobody else has heard of the case."""
        known = self.intake.registry.desk(desk.PERMITS_DESK)
        assert known is not None
        planned = [
            {"status": status, "since": civil_day(desk.at(f"{since} 12:00")).isoformat(), "reason": "r"}
            for status, since in (("SUSPENDED", first), ("ACTIVE", back))
        ]
        away = known.model_validate(known.to_wire() | {"planned": planned, "version": known.version + 1})
        for door in (self.intake, self.routing, self.notify):
            door.registry = door.registry.with_entries([away])
        await self.intake.submit(REQUEST, FIRST, RegistryMoved())


async def filed() -> Going:
    province = Going("ada")
    await province.file_as(FIRST)
    assert province.promised(FIRST) == "1405/09/19 09:10"
    return province


async def test_the_clock_is_due_when_the_desk_is_back_and_its_person_hears_of_it_once() -> None:
    province = await filed()
    await province.goes()
    await province.carry()
    assert (province.promised(FIRST), province.moves(FIRST)) == (BACK, ["RE_PROJECTED"])
    assert len(province.told(FIRST)) == 1


async def test_the_unit_has_less_time_where_the_law_wants_it_before_the_desk_goes() -> None:
    """Else it works on until a day on which nobody can tell the answer."""
    province = await filed()
    await province.goes(back=PAST_THE_LAW)
    await province.carry()
    assert (province.promised(FIRST), province.moves(FIRST)) == ("1405/09/17 14:14", ["RE_PROJECTED"])


@pytest.mark.parametrize("first", ["the desk", "the closure"])
async def test_an_absence_and_a_closure_that_cross_end_at_the_same_date(first: str) -> None:
    province = await filed()
    if first == "the desk":
        await province.goes()
        province.announce(day(CLOSED))
        await province.sweep()
    else:
        province.announce(day(CLOSED))
        await province.sweep()
        await province.goes()
    await province.carry()
    assert province.promised(FIRST) == BACK


async def test_closures_that_lead_past_the_absence_are_counted_whoever_was_heard_first() -> None:
    province = await filed()
    await province.goes()
    province.announce(*(day(f"1405/09/{number:02}") for number in (*range(8, 14), *range(14, 18), 25, 26)))
    await province.sweep()
    await province.carry()
    assert province.promised(FIRST) > "1405/09/28"


async def test_a_unit_that_stands_still_is_due_when_the_desk_is_back_once_it_goes_on() -> None:
    """Intake moves the promise before it hears that the work stands still."""
    province = await filed()
    command = SuspendTask.model_validate({"officerId": "ada", "cause": "OTHER_AGENCY"})
    await province.routing.submit(CASE, FIRST, command)
    await province.goes()
    await province.carry()
    await province.routing.submit(CASE, FIRST, ResumeTask(officer_id="ada"))
    await province.carry()
    assert province.promised(FIRST) == BACK


async def test_routing_follows_each_absence_once() -> None:
    """Intake tells the whole promise with each of its words."""
    province = await filed()
    await province.goes()
    await province.carry()
    await province.close(day("1405/09/25"))
    said = [event for event in province.routing.publisher.events(ROUTING_WORK.name) if event["key"] == FIRST]
    assert [WorkMoved.model_validate_json(event["value"]).clock.put_offs for event in said][-2:] == [1, 1]
    assert sum("clock.due-moved" in WorkMoved.model_validate_json(event["value"]).moves for event in said) == 2


async def test_a_closure_that_moves_the_clock_into_the_absence_moves_it_on_to_its_end() -> None:
    province = await filed()
    await province.goes("1405/09/21")
    await province.carry()
    assert province.moves(FIRST) == []
    await province.close(day("1405/09/19"))
    assert province.promised(FIRST) == "1405/09/25 10:00", "the hour to which the closure has moved it"


@pytest.mark.parametrize(("closed", "promised"), [(CLOSED, BACK), ("1405/09/25", "1405/09/26 07:30")])
async def test_what_was_put_off_is_never_sooner_by_a_closure(closed: str, promised: str) -> None:
    province = await filed()
    await province.goes()
    await province.carry()
    await province.close(day(closed))
    assert province.promised(FIRST) == promised


async def test_a_day_that_is_not_certain_moves_nothing_that_was_put_off() -> None:
    province = await filed()
    await province.goes()
    await province.carry()
    await province.close(*(day(f"1405/09/{number}", status="PROVISIONAL") for number in range(7, 20)))
    assert (province.promised(FIRST), province.moves(FIRST)) == (BACK, ["RE_PROJECTED"])


async def test_what_was_put_off_and_is_extended_is_due_at_the_new_date() -> None:
    province = await filed()
    await province.goes()
    await province.carry()
    await province.extend(FIRST, "1405/09/28 10:00")
    await province.carry()
    assert (province.promised(FIRST), province.moves(FIRST)) == ("1405/09/28 10:00", ["RE_PROJECTED", "EXTENDED"])


async def test_work_that_is_done_is_not_counted_anew() -> None:
    """The result is there before intake's word of the desk: its Clock stands."""
    province = await filed()
    await province.goes()
    await province.routing.submit(CASE, FIRST, Start(officer_id="ada", line=Line(older=None)))
    await province.carry()
    assert province.promised(FIRST) == BACK


class Crossing(Going):
    """Whatever is decided, and heard in some order: what one service has said may wait while the others go on."""

    def __init__(self, seed: int) -> None:
        super().__init__("ada")
        self.random = random.Random(seed)  # noqa: S311  steps of a test
        self.steps = (
            self.away,
            self.closed,
            self.extended,
            self.stood,
            self.went_on,
            self.slept,
            self.heard,
            self.heard,
        )

    async def run(self, steps: int) -> None:
        for _ in range(steps):
            with contextlib.suppress(Refused):
                await self.random.choice(self.steps)()
        await self.carry()

    async def away(self) -> None:
        first = self.random.randint(8, 26)
        back = f"1405/09/{self.random.randint(first + 1, 29):02}"
        await self.goes(f"1405/09/{first:02}", self.random.choice((back, back, PAST_THE_LAW)))

    async def closed(self) -> None:
        known = {one.date for one in self.calendar.exceptions}
        new = day(f"1405/09/{self.random.randint(8, 28):02}", status=self.random.choice(("CONFIRMED", "PROVISIONAL")))
        if new.date not in known:
            self.announce(new)
        await self.sweep()

    async def extended(self) -> None:
        await self.extend(FIRST, f"1405/10/{self.random.randint(1, 6):02} {self.random.randint(8, 11):02}:00")

    async def stood(self) -> None:
        await self.routing.submit(
            CASE, FIRST, SuspendTask.model_validate({"officerId": "ada", "cause": "OTHER_AGENCY"})
        )

    async def went_on(self) -> None:
        await self.routing.submit(CASE, FIRST, ResumeTask(officer_id="ada"))

    async def slept(self) -> None:
        self.clock.advance(days=1)

    async def heard(self) -> None:
        await self.carry_from(self.random.choice((self.intake, self.routing)))


@pytest.mark.parametrize("seed", range(60))
async def test_I6_whatever_crosses_there_is_one_truth_of_the_date(seed: int) -> None:
    province = Crossing(seed)
    await province.file_as(FIRST)
    await province.run(steps=12)
    case, work = province.of(FIRST), province.routing.state(CASE, FIRST)
    assert isinstance(work, Work)
    (promise,) = case.commitments
    assert promise.state == "OPEN"
    at_desk = province.intake.registry.desk(desk.PERMITS_DESK)
    assert at_desk is not None
    assert in_service(at_desk, promise.promised_at) or promise.legal_risk or case.state == "SUSPENDED"
    if work.clock.running_since is not None:
        assert jalali_text(work.clock.due) == promise.promised_local
