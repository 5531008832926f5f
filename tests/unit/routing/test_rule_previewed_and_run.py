"""What a preview says of a rule is what comes out when the same cases are worked on by it (domain 7)."""

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.decision import Refused
from services.contracts.flaws import flaws
from services.contracts.intake import RequestMoved
from services.contracts.routing_rule import ApplicantKind, RoutingRule, RuleRow, RuleStep
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.ops.chance import Chance
from services.routing.domain.commands import Answer, Line, Start
from services.routing.domain.work import Work
from services.routing.handlers import CASE
from services.worktime import Calendar, next_opening
from services.worktime.published import calendar_of
from tests.support.memory_door import WORKING_MORNING
from tests.unit.routing.office import DESK, ORG, SERVICE, UNIT, Office, registered
from tests.unit.routing.test_routing_api import app_of
from tests.unit.routing.test_steps import REVENUE, ruled, step

PEOPLE = {UNIT: ("ada", "bahar"), REVENUE: ("cyrus", "dara")}
AMOUNTS = (None, 0, 999, 1000, 1001, 5000)
OLD = RuleRow(min_amount=1000, steps=(step("old"),))
Places = Counter[tuple[str, str | None]]


async def previewed(office: Office, rows: tuple[RuleRow, ...], **more: Any) -> Any:
    transport = httpx.ASGITransport(app_of(office))
    async with httpx.AsyncClient(transport=transport, base_url="http://routing") as http:
        body = {"serviceId": SERVICE, "rows": [row.to_wire() for row in rows]} | more
        answer = await http.post("/v1/rules/preview", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def calendar(office: Office) -> Calendar:
    """By which its Clocks run."""
    unit, desk = office.registry.unit(UNIT), office.registry.desk(DESK)
    assert unit is not None
    entry = office.registry.calendar(unit.calendar_id, 1)
    assert entry is not None
    return calendar_of(entry, desk.county if desk else None)


def some_rows(rng: Random) -> tuple[RuleRow, ...]:
    """Such as would be recorded."""
    while True:
        rows = tuple(some_row(rng, letter) for letter in "abc"[: rng.randint(1, 3)])
        whole = RoutingRule(id="rule", org_id=ORG, version=1, service_id=SERVICE, rows=rows)
        if not list(flaws(whole)):
            return rows


def some_row(rng: Random, letter: str) -> RuleRow:
    ids = [f"{letter}{number}" for number in range(rng.randint(1, 4))]
    steps = []
    for number, id in enumerate(ids):
        after = tuple(rng.sample(ids[:number], rng.randint(0, number)))
        share = WorkingTime(value=rng.randint(1, 9), unit=DurationUnit.WORKING_DAYS) if rng.random() < 0.5 else None
        mandatory = rng.random() < 0.6
        steps.append(
            RuleStep(id=id, unit_id=rng.choice((UNIT, REVENUE)), after=after, mandatory=mandatory, budget=share)
        )
    return RuleRow(
        counties=rng.choice(((), (), ("urmia",), ("khoy",))),
        min_amount=rng.choice((None, None, 0, 1000)),
        max_amount=rng.choice((None, 1000, 5000)),
        min_area=rng.choice((None, None, 50)),
        applicants=rng.choice(((), (), (ApplicantKind.LEGAL,))),
        steps=tuple(steps),
        four_eyes_from=rng.choice((None, 0, 1000)),
    )


def some_cases(rng: Random) -> list[RequestMoved]:
    return [
        registered(
            f"r{number}",
            WORKING_MORNING + timedelta(minutes=number),
            amount=rng.choice(AMOUNTS),
            area=rng.choice((None, 10.0, 50.0)),
            applicant_kind=rng.choice((None, *ApplicantKind)),
        )
        for number in range(8)
    ]


async def worked_to_the_end(office: Office, request_id: str) -> bool:
    """Whether a decision took two. What nobody waits for is done as soon as it can be, and what others wait for."""
    took_two = False
    while live := [work for work in office.case(request_id).work if work.live]:
        work = min(live, key=lambda each: _waited_for(office, request_id, each))
        officer = str(work.task.assignee)
        await office.submit(CASE, request_id, Start(task_id=work.task.id, officer_id=officer, line=Line(older=None)))
        body: dict[str, Any] = {"taskId": work.task.id, "officerId": officer, "result": "GRANTED"}
        if await alone(office, request_id, body):
            continue
        took_two = True
        body["secondOfficerId"] = next(each for each in PEOPLE[work.task.unit_id] if each != officer)
        await office.submit(CASE, request_id, Answer.model_validate(body))
    return took_two


def called_off(rows: tuple[RuleRow, ...]) -> set[str]:
    """Steps that nobody waits for and that wait for others: the result may be there before they open."""
    found = set()
    for row in rows:
        needed = {step.id for step in row.steps if step.mandatory}
        while more := {id for step in row.steps if step.id in needed for id in step.after} - needed:
            needed |= more
        found |= {step.id for step in row.steps if step.id not in needed and step.after}
    return found


async def alone(office: Office, request_id: str, body: dict[str, Any]) -> bool:
    """Whether one officer may decide it."""
    try:
        await office.submit(CASE, request_id, Answer.model_validate(body))
    except Refused as refused:
        if refused.code != "SECOND_OFFICER_NEEDED":
            raise
        return False
    return True


def _waited_for(office: Office, request_id: str, work: Work) -> tuple[bool, bool]:
    """Last what is mandatory and waited for by none: with it the work may end."""
    plan = office.case(request_id).plan
    known = plan.step(work.task.step) if plan else None
    waited_for = plan is not None and any(work.task.step in each.after for each in plan.steps)
    return known is None or known.mandatory, not waited_for


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
async def test_the_tasks_that_a_preview_names_are_those_that_the_cases_get(seed: int) -> None:
    rng = Chance(seed)
    rows, cases = some_rows(rng), some_cases(rng)
    before, after = Office(ruled(OLD)), Office(ruled(*rows))
    for case in cases:
        await before.hear(case)
        await after.hear(case)
    said = await previewed(before, rows)
    really: Places = Counter()
    two, none = 0, 0
    for case in cases:
        two += await worked_to_the_end(after, case.request_id)
        really.update((work.task.unit_id, work.task.step) for work in after.case(case.request_id).work)
        none += after.case(case.request_id).plan is None
    would = {(each["unitId"], each["step"]): each["would"] for each in said["tasks"] if each["would"]}
    maybe = called_off(rows)
    assert {place: many for place, many in would.items() if place[1] not in maybe} == {
        place: many for place, many in really.items() if place[1] not in maybe
    }
    assert all(many <= would[place] for place, many in really.items())
    assert (said["fourEyes"]["would"], said["noRow"]["would"]) == (two, none)
    had = {(each["unitId"], each["step"]): each["had"] for each in said["tasks"] if each["had"]}
    first: Places = Counter(
        (work.task.unit_id, work.task.step) for c in cases for work in before.case(c.request_id).work
    )
    assert had == dict(first)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
async def test_the_rungs_that_a_preview_counts_are_those_that_fire(seed: int) -> None:
    """Whenever somebody looks while it is open; in the tests' leaps of time what a night has brought fires then."""
    rng = Chance(seed)
    rungs = sorted(rng.sample(range(1, 60), 3))
    before, after = Office(ruled(OLD)), Office(ruled(OLD, rungs=tuple(rungs)))
    for case in some_cases(rng):
        await before.hear(case)
        await after.hear(case)
    looked = 0
    while looked < 12:
        await after.tick(minutes=rng.randint(1, 600))
        before.clock.moment = now = after.clock.now()
        if next_opening(calendar(after), now) != now:
            continue
        looked += 1
        said = await previewed(before, (OLD,), rungs=rungs)
        fired = Counter(rung.percent for number in range(8) for rung in after.case(f"r{number}").rungs)
        assert {each["percent"]: each["cases"] for each in said["rungs"]} == {each: fired[each] for each in rungs}


async def test_thirty_days_are_counted_to_the_second() -> None:
    office = Office(ruled(OLD))
    for number in range(3):
        await office.hear(registered(f"r{number}", WORKING_MORNING + timedelta(seconds=number)))
    office.clock.moment = WORKING_MORNING + timedelta(days=30, seconds=1)
    assert (await previewed(office, (OLD,)))["cases"] == 2
