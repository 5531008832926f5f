"""A unit's own share of the time: it runs with the Clock, stands still with it, and never ends after it (domain 6)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.routing import Suspension, SuspensionCause, SuspensionReason
from services.contracts.routing_rule import RuleRow, RuleStep
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.routing.domain import placing
from services.routing.domain.case import Case
from services.routing.domain.commands import GiveBack, Resume, Suspend
from services.routing.domain.step_due import due_of, step_due
from services.routing.handlers import CASE
from services.worktime import calendar_from_wire
from tests.support.memory_door import WORKING_MORNING
from tests.unit.routing.office import UNIT, Office, registered, world
from tests.unit.routing.test_steps import REVENUE, done, opened, step
from tests.unit.worktime.slow_model import SlowCalendar
from tests.unit.worktime.test_against_the_slow_model import moments, published, where

FAR = datetime.max.replace(tzinfo=WORKING_MORNING.tzinfo)


def hours(value: int) -> WorkingTime:
    return WorkingTime(value=value, unit=DurationUnit.WORKING_HOURS)


def stood(spans: Sequence[tuple[datetime, datetime | None]]) -> tuple[Suspension, ...]:
    cause, reason = SuspensionCause.LEGAL, SuspensionReason.LEGAL_OPINION
    return tuple(
        Suspension(number=number, cause=cause, reason=reason, from_at=since, to_at=until, by="ada")
        for number, (since, until) in enumerate(spans, start=1)
    )


def a_case(opened_at: datetime, spans: Sequence[tuple[datetime, datetime | None]], due: datetime) -> Case:
    case = placing.request_moved(None, registered("r1"), world()).state
    assert case is not None
    work = case.work[0].model_copy(update={"opened_at": opened_at})
    clock = case.clock.model_copy(update={"suspensions": stood(spans), "due": due})
    return case.model_copy(update={"work": (work,), "clock": clock})


@given(published(), where, st.lists(moments, min_size=1, max_size=8, unique=True), st.integers(1, 40), st.data())
def test_the_share_ends_where_its_minutes_end_that_are_counted_one_by_one(
    wire: dict[str, Any], county: str | None, drawn: list[datetime], value: int, data: st.DataObject
) -> None:
    """The step may open before a suspension, in it (a task that is given back) or after it; the last may last."""
    ordered = sorted(drawn)
    spans = list(zip(ordered[::2], [*ordered[1::2], None], strict=False))
    opened_at = data.draw(moments)
    lasting = spans[-1][1] is None
    ended = [(since, until) for since, until in spans if until is not None]
    slow = SlowCalendar(wire, county, desk=False, avoid=False)
    counted = (
        minute for minute in slow.from_minute(opened_at) if not any(since <= minute < until for since, until in ended)
    )
    for _ in range(value * 60):
        next(counted)
    expected = next(counted)
    case = a_case(opened_at, spans, FAR)
    share = RuleStep(id="plan", unit_id=UNIT, budget=hours(value))
    calendar = calendar_from_wire(wire, county)
    assert step_due(case, case.work[0], share, calendar) == expected, f"lasting: {lasting}"
    capped = a_case(opened_at, spans, opened_at)
    assert step_due(capped, capped.work[0], share, calendar) == min(opened_at, expected)


async def test_a_unit_has_its_share_from_when_its_turn_comes() -> None:
    plan, toll = step("plan", budget=hours(6)), step("toll", REVENUE, "plan", budget=hours(3))
    office = await opened(RuleRow(steps=(plan, toll)))
    first = office.case("r1").work[0]
    begun = due_of(office.case("r1"), first, office.registry)
    assert begun < office.case("r1").clock.due
    await office.tick(hours=2)
    assert due_of(office.case("r1"), office.case("r1").work[0], office.registry) == begun, "nothing moves it"
    await done(office, "plan")
    second = office.case("r1").work[-1]
    assert second.task.step == "toll"
    assert second.opened_at == office.clock.now()
    assert office.clock.now() < due_of(office.case("r1"), second, office.registry) <= office.case("r1").clock.due


async def test_who_gives_a_task_back_wins_no_time_for_the_unit() -> None:
    office = await opened(RuleRow(steps=(step("plan", budget=hours(6)),)))
    before = due_of(office.case("r1"), office.case("r1").work[0], office.registry)
    await office.tick(hours=1)
    officer = office.case("r1").work[0].task.assignee
    await office.submit(
        CASE, "r1", GiveBack.model_validate({"taskId": "r1.1", "officerId": officer, "reason": "ABSENCE"})
    )
    follower = office.case("r1").work[-1]
    assert (follower.task.id, follower.opened_at) == ("r1.2", office.clock.now())
    assert due_of(office.case("r1"), follower, office.registry) == before


async def test_while_the_work_stands_still_so_does_the_share() -> None:
    office = await opened(RuleRow(steps=(step("plan", budget=hours(6)),)))
    officer = office.case("r1").work[0].task.assignee
    before = due_of(office.case("r1"), office.case("r1").work[0], office.registry)
    body = {"taskId": "r1.1", "officerId": officer, "cause": "LEGAL"}
    await office.submit(CASE, "r1", Suspend.model_validate(body))
    assert due_of(office.case("r1"), office.case("r1").work[0], office.registry) == before, "the last that held"
    await office.tick(days=1)
    await office.submit(CASE, "r1", Resume.model_validate({"taskId": "r1.1", "officerId": officer}))
    assert due_of(office.case("r1"), office.case("r1").work[0], office.registry) == before + timedelta(days=1)


async def test_without_a_share_the_case_says_until_when() -> None:
    office = Office(world().registry)
    await office.hear(registered("r1"))
    case = office.case("r1")
    assert due_of(case, case.work[0], office.registry) == case.clock.due
