"""A rule looked at before it takes effect, against the cases of the last days (domain 7)."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.contracts.routing_rule import ApplicantKind, RuleRow
from services.registry.routed import RoutedCases, RoutingAway
from services.routing import rule_preview_api
from services.routing.domain.plan import plan_of
from services.routing.domain.rule_preview import EXAMPLES, Tally
from tests.support.memory_door import WORKING_MORNING
from tests.unit.routing.office import DESK, SERVICE, UNIT, Office, registered
from tests.unit.routing.test_routing_api import app_of
from tests.unit.routing.test_steps import REVENUE, ruled, step

PRESENT = (RuleRow(min_amount=1000, steps=(step("plan"), step("toll", REVENUE, "plan")), four_eyes_from=5000),)
PROPOSED = [
    {"maxAmount": 1000, "steps": [{"id": "toll", "unitId": REVENUE}]},
    {
        "minAmount": 1000,
        "steps": [{"id": "plan", "unitId": UNIT}, {"id": "toll", "unitId": REVENUE}],
        "fourEyesFrom": 0,
    },
]
AMOUNTS = (None, 10, 2000, 6000)


class Rule:
    def __init__(self, office: Office, http: httpx.AsyncClient) -> None:
        self.office, self.http = office, http

    async def preview(self, rows: Sequence[dict[str, Any]] = tuple(PROPOSED), **more: Any) -> Any:
        answer = await self.http.post("/v1/rules/preview", json={"serviceId": SERVICE, "rows": list(rows)} | more)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def rule() -> AsyncIterator[Rule]:
    """Four cases, a minute apart: of no amount, and of three amounts."""
    office = Office(ruled(*PRESENT))
    for minute, amount in enumerate(AMOUNTS):
        at = WORKING_MORNING + timedelta(minutes=minute)
        await office.hear(registered(f"r{minute}", at, amount=amount))
    app: FastAPI = app_of(office)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://routing") as http:
        yield Rule(office, http)


async def test_each_case_is_put_to_the_rule_in_force_and_to_the_one_that_is_proposed(rule: Rule) -> None:
    said = await rule.preview()
    assert (said["cases"], said["cut"]) == (4, False)
    assert said["tasks"] == [
        {"unitId": UNIT, "step": None, "would": 1, "had": 2},
        {"unitId": UNIT, "step": "plan", "would": 2, "had": 2},
        {"unitId": REVENUE, "step": "toll", "would": 3, "had": 2},
    ]
    assert said["noRow"] == {"would": 1, "had": 2}
    assert said["fourEyes"] == {"would": 2, "had": 1}
    assert (said["moved"], said["examples"]) == (1, ["r1"])
    assert said["units"] == [{"unitId": UNIT, "officers": 2}, {"unitId": REVENUE, "officers": 2}]


async def test_what_is_proposed_as_it_is_moves_nothing(rule: Rule) -> None:
    said = await rule.preview([row.to_wire() for row in PRESENT])
    assert (said["moved"], said["examples"]) == (0, [])
    assert all(each["would"] == each["had"] for each in said["tasks"])


async def test_what_routing_did_is_what_it_says_it_would_have_done(rule: Rule) -> None:
    """The rule in force, looked at, gives what each case was really opened with."""
    said = await rule.preview([row.to_wire() for row in PRESENT])
    first = {each.task.unit_id for number in range(4) for each in rule.office.case(f"r{number}").work}
    plans = [rule.office.case(f"r{number}").plan for number in range(4)]
    assert first <= {each["unitId"] for each in said["tasks"]}
    assert said["noRow"]["had"] == plans.count(None)
    assert sum(each["had"] for each in said["tasks"]) == sum(len(plan.steps) if plan else 1 for plan in plans)


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("area", [None, 0.0, 99.5])
@pytest.mark.parametrize("kind", [None, *ApplicantKind])
async def test_a_case_keeps_all_that_a_row_may_ask_of_it(
    amount: int | None, area: float | None, kind: ApplicantKind | None
) -> None:
    rows = (
        RuleRow(min_area=1, steps=(step("wide"),)),
        RuleRow(applicants=(ApplicantKind.LEGAL,), counties=("urmia",), steps=(step("firm"),)),
        RuleRow(min_amount=10, applicants=(ApplicantKind.FOREIGN,), steps=(step("dear"),)),
    )
    office = Office(ruled(*rows))
    request = registered("r1", amount=amount, area=area, applicant_kind=kind)
    await office.hear(request)
    case = office.case("r1")
    tally = Tally(office.registry, rows, (), ())
    tally.take(case, office.clock.now())
    plan, _ = plan_of(office.registry, request)
    assert [place[1] for place in tally.would] == ([each.id for each in plan.steps] if plan else [None])


async def test_only_the_last_days_are_looked_at(rule: Rule) -> None:
    rule.office.clock.moment = WORKING_MORNING + timedelta(days=1, minutes=2)
    assert (await rule.preview(days=1))["cases"] == 2
    assert (await rule.preview(days=2))["cases"] == 4
    assert (await rule.preview())["cases"] == 4


async def test_of_too_many_the_newest_are_looked_at_and_it_is_said(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_preview_api, "PAGE", 2)
    for most, cut in ((3, True), (2, True), (4, False)):
        monkeypatch.setattr(rule_preview_api, "MOST_CASES", most)
        said = await rule.preview()
        assert (said["cases"], said["cut"]) == (most, cut)
        oldest = WORKING_MORNING + timedelta(minutes=4 - most)
        assert (said["since"] == oldest.strftime("%Y-%m-%dT%H:%M:%SZ")) is cut


async def test_the_newest_that_would_move_are_named_ten_at_the_most(rule: Rule) -> None:
    for number in range(EXAMPLES + 5):
        at = WORKING_MORNING + timedelta(hours=1, minutes=number)
        await rule.office.hear(registered(f"m{number:02}", at, amount=10))
    rule.office.clock.moment = WORKING_MORNING + timedelta(hours=2)
    said = await rule.preview()
    assert said["moved"] == EXAMPLES + 6
    assert said["examples"] == [f"m{number:02}" for number in reversed(range(5, EXAMPLES + 5))]


async def test_a_ladder_is_told_how_many_cases_have_come_so_far_on_it(rule: Rule) -> None:
    assert (await rule.preview())["rungs"] == []
    rule.office.clock.moment = WORKING_MORNING + timedelta(days=14)
    said = await rule.preview(rungs=[10, 50, 200])
    assert said["rungs"] == [{"percent": 10, "cases": 4}, {"percent": 50, "cases": 4}, {"percent": 200, "cases": 0}]


async def test_nothing_is_looked_up_for_what_is_not_understood(rule: Rule) -> None:
    body = {"serviceId": SERVICE, "rows": [{"steps": [{"id": "plan", "unitId": UNIT, "deadline": 3}]}]}
    answer = await rule.http.post("/v1/rules/preview", json=body)
    assert [error["field"] for error in answer.json()["errors"]] == ["rows.0.steps.0.deadline"]
    assert (await rule.http.post("/v1/rules/preview", json=body | {"days": 0})).status_code == 422
    assert (await rule.http.post("/v1/rules/preview", json=body | {"rows": []})).status_code == 422


async def test_a_service_of_which_nothing_is_known_has_no_cases(rule: Rule) -> None:
    answer = await rule.http.post("/v1/rules/preview", json={"serviceId": "nothing", "rows": PROPOSED})
    assert (answer.status_code, answer.json()["cases"], answer.json()["tasks"]) == (200, 0, [])
    assert DESK not in answer.text


async def test_what_the_registry_asks_is_what_is_answered_here(rule: Rule) -> None:
    in_force = rule.office.registry.rule_of(SERVICE)
    assert in_force is not None
    said = await RoutedCases(rule.http).by_rule(in_force, 30)
    assert said == await rule.preview([row.to_wire() for row in PRESENT], rungs=list(in_force.rungs))
    assert (said["cases"], said["moved"], len(said["rungs"])) == (4, 0, 4)


@pytest.mark.parametrize("answer", [httpx.Response(500), httpx.Response(200, text="?"), httpx.Response(200, json=[])])
async def test_what_does_not_answer_as_agreed_is_away(rule: Rule, answer: httpx.Response) -> None:
    in_force = rule.office.registry.rule_of(SERVICE)
    assert in_force is not None
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer), base_url="http://routing") as http:
        with pytest.raises(RoutingAway):
            await RoutedCases(http).by_rule(in_force, 30)
