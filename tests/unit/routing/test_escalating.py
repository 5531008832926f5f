"""The ladder of escalation: each rung once, in working time; the last is the agency head's (domain 12.23)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState
from services.contracts.decision import TimerFired
from services.contracts.routing import HeadWork, Level
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.contracts.working_calendar import CalendarRef
from services.routing.domain.commands import Answer, Line, Resume, Start, Suspend
from services.routing.domain.due import fell_due
from services.routing.handlers import CASE
from tests.support.memory_door import WORKING_MORNING
from tests.unit.routing.office import ORG, UNIT, Office, province, registered, task_of, world

TEN_HOURS = WorkingTime(value=10, unit=DurationUnit.WORKING_HOURS)


def hourly(request_id: str = "r1", budget: WorkingTime = TEN_HOURS) -> Any:
    """A case whose answer is promised after so many working hours; its desk opens at 07:30."""
    unit = province().unit(UNIT)
    assert unit is not None
    promise = Commitment(
        id=f"{request_id}.1",
        kind=CommitmentKind.FINAL_DELIVERY,
        promised_at=WORKING_MORNING + timedelta(days=1),
        promised_local="1405/09/03 09:30",
        legal_latest_at=WORKING_MORNING + timedelta(days=30),
        calendar=CalendarRef(id=unit.calendar_id, version=1),
        budget=budget,
        state=CommitmentState.OPEN,
    )
    return registered(request_id, commitments=(promise,))


def rungs(office: Office, request_id: str = "r1") -> list[tuple[int, str, str]]:
    """Those that were told: the percent, whose it is, and the hour in Tehran."""
    told = [event.rung for event in office.published(request_id) if event.rung is not None]
    return [(rung.percent, rung.level.value, f"{local(rung.at):%d %H:%M}") for rung in told]


def local(moment: datetime) -> datetime:
    return moment + timedelta(hours=3, minutes=30)


async def minute_by_minute(office: Office, hours: int, step: int = 1) -> None:
    for _ in range(hours * 60 // step):
        await office.tick(minutes=step)


async def test_each_rung_fires_at_its_share_of_the_budget_in_working_time() -> None:
    office = Office(province("ada"))
    await office.hear(hourly())
    await minute_by_minute(office, 80, step=5)
    assert rungs(office) == [
        (50, "OFFICER", "24 07:45"),
        (80, "UNIT_HEAD", "24 10:45"),
        (100, "UNIT_HEAD", "24 12:45"),
        (120, "AGENCY_HEAD", "25 08:00"),
    ]


async def test_12_23_an_exhausted_ladder_is_work_for_the_head_of_the_agency_until_it_is_answered() -> None:
    office = Office(province("ada"))
    await office.hear(hourly())
    await minute_by_minute(office, 80, step=60)
    (line,) = office.case("r1").for_head
    assert (line.kind, line.org_id, line.unit_id, line.task_id) == (HeadWork.ESCALATED, ORG, UNIT, "r1.1")
    assert office.case("r1").rungs[-1].level is Level.AGENCY_HEAD
    assert line.since == office.case("r1").rungs[-1].at
    await office.submit(CASE, "r1", Start(task_id="r1.1", officer_id="ada", line=Line(older=None)))
    assert office.case("r1").for_head == (line,)
    await office.submit(CASE, "r1", Answer.model_validate({"taskId": "r1.1", "officerId": "ada", "result": "GRANTED"}))
    assert office.case("r1").for_head == ()
    await minute_by_minute(office, 48, step=60)
    assert len(rungs(office)) == 4


async def test_what_is_answered_in_time_climbs_no_further() -> None:
    office = Office(province("ada"))
    await office.hear(hourly())
    await office.submit(CASE, "r1", Start(task_id="r1.1", officer_id="ada", line=Line(older=None)))
    await office.submit(CASE, "r1", Answer.model_validate({"taskId": "r1.1", "officerId": "ada", "result": "GRANTED"}))
    await minute_by_minute(office, 80, step=60)
    assert rungs(office) == []


async def test_a_pause_of_the_clock_is_none_of_the_ladders_time() -> None:
    office, still = Office(province("ada")), Office(province("ada"))
    for each in (office, still):
        await each.hear(hourly())
    pause = {"taskId": "r1.1", "officerId": "ada", "cause": "LEGAL"}
    await still.submit(CASE, "r1", Suspend.model_validate(pause))
    await still.tick(hours=24)
    assert rungs(still) == []
    await still.submit(CASE, "r1", Resume(task_id="r1.1", officer_id="ada"))
    for each in (office, still):
        await minute_by_minute(each, 80, step=5)
    later = [(percent, level) for percent, level, _ in rungs(still)]
    assert later == [(percent, level) for percent, level, _ in rungs(office)]
    pairs = zip(still.case("r1").rungs, office.case("r1").rungs, strict=True)
    days = [local(after_pause.at).date() - local(before.at).date() for after_pause, before in pairs]
    assert days == [timedelta(days=1)] * 4


async def test_a_service_that_was_away_at_night_fires_at_the_opening_each_rung_once() -> None:
    """Quiet hours: nobody is called at night, and nothing that was missed is left out."""
    office = Office(province("ada"))
    await office.hear(hourly())
    await office.tick(days=2, hours=12)  # the 25th, 21:30: all is consumed, and the service comes back
    assert rungs(office) == []
    await minute_by_minute(office, 24, step=10)
    assert [percent for percent, _, _ in rungs(office)] == [50, 80, 100, 120]
    hours = {hour for _, _, hour in rungs(office)}
    assert hours == {"26 07:30"}


def test_a_timer_that_fires_twice_fires_a_rung_once() -> None:
    office_world = world(registry=province("ada"))
    opened = CASE.decide[type(hourly())](None, hourly(), office_world).state
    assert opened is not None
    assert opened.next_rung_at is not None
    late = world(opened.next_rung_at, office_world.registry)
    first = fell_due(opened, TimerFired(name="rung", due=opened.next_rung_at), late)
    second = fell_due(first.state, TimerFired(name="rung", due=opened.next_rung_at), late)
    assert [len(decision.events) for decision in (first, second)] == [1, 0]
    assert second.state == first.state


@pytest.mark.parametrize("unit", list(DurationUnit))
def test_the_first_rung_lies_between_now_and_the_end_of_the_budget(unit: DurationUnit) -> None:
    request = hourly(budget=WorkingTime(value=4, unit=unit))
    case = CASE.decide[type(request)](None, request, world(registry=province("ada"))).state
    assert case is not None
    assert case.next_rung_at is not None
    assert WORKING_MORNING < case.next_rung_at < WORKING_MORNING + timedelta(days=6)


async def test_nobody_eligible_is_work_for_the_head_since_it_came_up_and_no_longer_than_that() -> None:
    office = Office(province())
    await office.hear(registered("r1"))
    (line,) = office.case("r1").for_head
    assert (line.kind, line.task_id, line.since) == (HeadWork.NOBODY_ELIGIBLE, "r1.1", WORKING_MORNING)
    office.registry = province("ada")
    await office.tick(minutes=6)
    assert task_of(office.case("r1")).assignee == "ada"
    assert office.case("r1").for_head == ()


def test_the_level_follows_from_the_place_in_the_ladder() -> None:
    assert [level.value for level in Level] == ["OFFICER", "UNIT_HEAD", "AGENCY_HEAD"]
