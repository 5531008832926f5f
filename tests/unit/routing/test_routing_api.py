"""The unit's work over HTTP (contract: Routing)."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from services.contracts.draw import commitment
from services.contracts.registry import Absence
from services.contracts.routing import TaskState
from services.routing.api import PAGE, routes
from services.routing.domain import fairness
from services.routing.waking import Waking
from services.runtime.http import add_calls, application
from services.runtime.store import Store
from services.worktime.jalali import civil_day
from tests.support.memory_door import WORKING_MORNING
from tests.unit.routing.office import ORG, RULES, UNIT, Office, officers, province, record, registered
from tests.unit.routing.test_rounds import another_round


def app_of(office: Office) -> FastAPI:
    async def ready() -> tuple[bool, dict[str, Any]]:
        return True, {}

    app = application("routing", ready=ready, metrics=lambda: b"", asyncapi=dict)
    store = cast(Store, office.store)  # in memory, with the queries that these routes ask
    add_calls(app, routes(office.door, store, lambda: office.registry, office.clock, RULES))
    return app


class Unit:
    """A unit's officers at their screens."""

    def __init__(self, office: Office, http: httpx.AsyncClient) -> None:
        self.office, self.http, self.keys = office, http, 0

    async def list(self, **query: str) -> Any:
        return (await self.http.get(f"/v1/units/{UNIT}/tasks", params=query)).json()

    async def post(self, path: str, body: dict[str, Any], key: str | None = None, **headers: str) -> httpx.Response:
        self.keys += 1
        headers["Idempotency-Key"] = key or f"key-{self.keys}"
        answer = await self.http.post(path, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
        await self.office.settle()
        return answer

    async def start(self, task: str, officer: str = "ada", **more: Any) -> httpx.Response:
        return await self.post(f"/v1/tasks/{task}/start", {"officerId": officer, **more})


@pytest.fixture
async def unit() -> AsyncIterator[Unit]:
    office = Office(province("ada"))
    transport = httpx.ASGITransport(app_of(office))
    async with office.serving(), httpx.AsyncClient(transport=transport, base_url="http://routing") as http:
        yield Unit(office, http)


async def arrive(unit: Unit, *request_ids: str, **changes: Any) -> None:
    """Requests filed a minute apart, in this order."""
    for minute, request_id in enumerate(request_ids):
        await unit.office.hear(registered(request_id, WORKING_MORNING + timedelta(minutes=minute), **changes))


async def test_a_unit_sees_its_open_work_in_the_order_in_which_it_is_to_be_handled(unit: Unit) -> None:
    await arrive(unit, "late", "later", "latest")
    await arrive(unit, "veteran", priority_class="VETERAN")
    listed = await unit.list()
    assert [item["taskId"] for item in listed["items"]] == ["veteran.1", "late.1", "later.1", "latest.1"]
    assert listed["next"] is None
    assert listed["items"][1] == {
        "taskId": "late.1",
        "requestId": "late",
        "serviceId": "building-permit",
        "assignee": "ada",
        "state": "ASSIGNED",
        "due": "2026-12-14T06:00:00Z",
        "dueLocal": "1405/09/23 09:30",
        "suspension": None,
        "step": "plan",
        "transferId": None,
        "rung": None,
        "waitsFor": None,
        "priorityClass": None,
        "round": 1,
        "version": listed["items"][1]["version"],
    }


async def test_a_long_list_comes_in_pages_that_miss_and_repeat_nothing(unit: Unit) -> None:
    names = [f"r{n:03}" for n in range(PAGE * 2 + 7)]
    await arrive(unit, *names)
    seen: list[str] = []
    query: dict[str, str] = {}
    for _ in range(3):
        page = await unit.list(**query)
        seen += [item["requestId"] for item in page["items"]]
        query = {"cursor": page["next"]} if page["next"] else {}
    assert seen == names
    assert query == {}


async def test_answered_work_leaves_the_list_and_is_found_by_its_state(unit: Unit) -> None:
    await arrive(unit, "r1", "r2")
    assert (await unit.start("r1.1")).json()["state"] == "STARTED"
    answered = await unit.post("/v1/tasks/r1.1/answer", {"officerId": "ada", "result": "GRANTED"})
    assert (answered.status_code, answered.json()["state"]) == (200, "ANSWERED")
    assert [item["taskId"] for item in (await unit.list())["items"]] == ["r2.1"]
    assert [item["taskId"] for item in (await unit.list(state="ANSWERED"))["items"]] == ["r1.1"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/units/no-such-unit/tasks", 404, "UNKNOWN_UNIT"),
        (f"/v1/units/{UNIT}/tasks?cursor=bm9uc2Vuc2U", 400, "BAD_CURSOR"),
        (f"/v1/units/{UNIT}/tasks?cursor=eyJhZnRlciI6IDF9", 400, "BAD_CURSOR"),
        (f"/v1/units/{UNIT}/tasks?state=LOST", 422, "INVALID"),
        ("/v1/draws/seeds/2026-11-23", 404, "SEED_NOT_PUBLISHED"),
        ("/v1/draws/seeds/2027-01-01", 404, "SEED_NOT_PUBLISHED"),
        ("/v1/draws/seeds/yesterday", 422, "INVALID"),
    ],
)
async def test_a_wrong_question_is_named(unit: Unit, path: str, status: int, code: str) -> None:
    answer = await unit.http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_yesterdays_seed_is_for_everyone(unit: Unit) -> None:
    answer = (await unit.http.get("/v1/draws/seeds/2026-11-22")).json()
    day = civil_day(WORKING_MORNING - timedelta(days=1))
    assert bytes.fromhex(answer["seed"]) == fairness.day_seed(RULES.seed_key, day)


@pytest.mark.parametrize("task", ["r9.1", "r1.2", "r1", "nonsense"])
async def test_an_unknown_task_is_not_found(unit: Unit, task: str) -> None:
    await arrive(unit, "r1")
    answer = await unit.start(task)
    assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_TASK")


async def test_a_task_past_an_older_one_starts_only_as_a_jump(unit: Unit) -> None:
    await arrive(unit, "r1", "r2")
    refusal = await unit.start("r2.1")
    assert (refusal.status_code, refusal.json()["code"], refusal.json()["older"]) == (409, "JUMP_NEEDS_REASON", "r1.1")
    unit.office.registry = province("ada", "bahar")
    jumped = await unit.start("r2.1", jumpReason="MISSING_DOCUMENT", secondOfficerId="bahar")
    assert jumped.status_code == 200
    assert unit.office.case("r2").work[-1].jump is not None
    assert unit.office.published("r2")[-1].moves == ("task.started", "task.jump-recorded")


async def test_what_is_assigned_to_an_officer_who_has_left_holds_up_nobody(unit: Unit) -> None:
    unit.office.registry = province("bahar")
    await arrive(unit, "r1")
    unit.office.registry = province("ada")
    await unit.office.hear(registered("r2", WORKING_MORNING + timedelta(minutes=1)))
    assert unit.office.case("r1").work[-1].task.assignee == "bahar"
    assert (await unit.start("r2.1")).status_code == 200
    assert unit.office.case("r2").work[-1].jump is None


async def test_what_is_assigned_to_an_officer_who_is_away_today_holds_up_nobody(unit: Unit) -> None:
    """I7: no true reason of the closed list fits it."""
    unit.office.registry = province("bahar")
    await arrive(unit, "r1")
    (bahar,) = officers("bahar")
    away = (Absence(first=date(2026, 11, 23), last=date(2026, 11, 23)),)
    unit.office.registry = province("ada", extra=[bahar.model_copy(update={"absences": away, "version": 2})])
    await unit.office.hear(registered("r2", WORKING_MORNING + timedelta(minutes=1)))
    assert (await unit.start("r2.1")).status_code == 200
    assert unit.office.case("r2").work[-1].jump is None


async def test_tasks_in_order_start_without_a_word(unit: Unit) -> None:
    await arrive(unit, "r1", "r2")
    assert [(await unit.start(task)).status_code for task in ("r1.1", "r2.1")] == [200, 200]
    assert unit.office.case("r2").work[-1].jump is None


async def test_another_priority_class_has_an_order_of_its_own(unit: Unit) -> None:
    await arrive(unit, "r1")
    await unit.office.hear(registered("veteran", WORKING_MORNING + timedelta(hours=1), priority_class="VETERAN"))
    assert (await unit.start("veteran.1")).status_code == 200
    assert (await unit.start("r1.1")).status_code == 200


async def test_of_two_that_came_in_the_same_second_neither_is_older(unit: Unit) -> None:
    await unit.office.hear(registered("r1"), registered("r2"))
    assert (await unit.start("r2.1")).status_code == 200


async def test_a_repeated_start_is_answered_as_before_whatever_happened_since(unit: Unit) -> None:
    await arrive(unit, "r1", "r2")
    body = {"officerId": "ada"}
    first = await unit.post("/v1/tasks/r1.1/start", body, key="k1")
    await unit.post("/v1/tasks/r1.1/answer", {"officerId": "ada", "result": "GRANTED"})
    await unit.office.hear(registered("r0", WORKING_MORNING - timedelta(hours=1)))  # older, now waiting
    again = await unit.post("/v1/tasks/r1.1/start", body, key="k1")
    assert (first.status_code, again.status_code, again.json()["state"]) == (200, 200, "STARTED")
    assert [event.moves[0] for event in unit.office.published("r1")].count("task.started") == 1
    other = await unit.post("/v1/tasks/r1.1/start", {**body, "secondOfficerId": "bahar"}, key="k1")
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_MISMATCH")


async def test_a_version_that_is_no_longer_true_is_told(unit: Unit) -> None:
    await arrive(unit, "r1")
    version = (await unit.list())["items"][0]["version"]
    stale = await unit.post("/v1/tasks/r1.1/start", {"officerId": "ada"}, If_Match=f'"{version - 1}"')
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    fresh = await unit.post("/v1/tasks/r1.1/start", {"officerId": "ada"}, If_Match=f'"{version}"')
    assert (fresh.status_code, fresh.headers["ETag"]) == (200, f'"{fresh.json()["version"]}"')


async def test_a_start_needs_an_idempotency_key_and_no_unknown_field(unit: Unit) -> None:
    await arrive(unit, "r1")
    bare = await unit.http.post("/v1/tasks/r1.1/start", json={"officerId": "ada"})
    assert (bare.status_code, bare.json()["code"]) == (422, "IDEMPOTENCY_KEY_REQUIRED")
    spoken = await unit.start("r1.1", line={"older": None})
    assert (spoken.status_code, spoken.json()["code"]) == (422, "INVALID")


def waking(office: Office) -> Waking:
    return Waking(lambda: office.door, cast(Store, office.store), lambda: office.registry, office.clock)


async def test_a_freed_place_goes_at_once_to_the_case_that_waits_longest(unit: Unit) -> None:
    office = unit.office
    office.registry = province("ada", load_cap=1)
    office.perform_with(waking(office).perform)
    await arrive(unit, "r1", "r2", "r3")
    await unit.start("r1.1")
    await unit.post("/v1/tasks/r1.1/answer", {"officerId": "ada", "result": "GRANTED"})
    assert (office.case("r2").work[-1].task.state, office.case("r3").work[-1].task.state) == (
        TaskState.ASSIGNED,
        TaskState.OFFERED,
    )
    assert office.queue().loads == {"ada": 1}


async def test_a_refusal_without_ground_is_refused_with_its_code(unit: Unit) -> None:
    await arrive(unit, "r1")
    await unit.start("r1.1")
    answer = await unit.post("/v1/tasks/r1.1/answer", {"officerId": "ada", "result": "REFUSED"})
    assert (answer.status_code, answer.json()["code"]) == (422, "GROUND_NEEDED")


async def test_a_task_of_an_earlier_round_is_over_and_names_the_one_that_is_not(unit: Unit) -> None:
    await arrive(unit, "r1")
    await unit.start("r1.1")
    await unit.post("/v1/tasks/r1.1/answer", {"officerId": "ada", "result": "GRANTED"})
    await unit.office.records(record(another_round("r1", verb="reopened"), 2))
    over = await unit.post("/v1/tasks/r1.1/answer", {"officerId": "ada", "result": "REFUSED", "ground": "x"})
    assert (over.status_code, over.json()["code"]) == (409, "TASK_OVER")
    assert "r1.2" in over.json()["detail"]
    (item,) = (await unit.list())["items"]
    assert (item["taskId"], item["round"]) == ("r1.2", 2)
    assert (await unit.start("r1.2")).json()["state"] == "STARTED"


async def test_a_task_stands_still_over_http_and_the_list_says_for_what_and_since_when(unit: Unit) -> None:
    await arrive(unit, "r1")
    body = {"officerId": "ada", "cause": "APPLICANT", "evidenceTypes": ["architectural-plan"], "deadline": None}
    told = await unit.post("/v1/tasks/r1.1/suspend", body, key="s1")
    assert (told.status_code, told.json()["state"]) == (200, "ASSIGNED")
    assert (await unit.post("/v1/tasks/r1.1/suspend", body, key="s1")).json() == told.json(), "asked again, told again"
    (line,) = (await unit.list(state="ASSIGNED"))["items"]
    assert (line["suspension"]["evidenceTypes"], line["suspension"]["toAt"]) == (["architectural-plan"], None)
    started = await unit.start("r1.1")
    assert (started.status_code, started.json()["from"], started.json()["to"]) == (409, "SUSPENDED", "STARTED")
    resumed = await unit.post("/v1/tasks/r1.1/resume", {"officerId": "ada"})
    assert (resumed.status_code, resumed.json()["suspension"]) == (200, None)


async def test_I10_to_demand_what_an_agency_holds_names_that_agency(unit: Unit) -> None:
    await arrive(unit, "r1")
    body = {"officerId": "ada", "cause": "APPLICANT", "evidenceTypes": ["ownership-deed"]}
    for _ in range(2):
        told = await unit.post("/v1/tasks/r1.1/suspend", body, key="s1")
        (wrong,) = told.json()["errors"]
        assert (told.status_code, told.json()["code"]) == (422, "HELD_BY_AGENCY")
        assert (wrong["type"], wrong["heldBy"], wrong["field"]) == ("ownership-deed", "wa-deeds", "evidenceTypes")
    (line,) = (await unit.list())["items"]
    assert line["suspension"] is None
    assert [demand.type for demand in unit.office.case("r1").held_demands] == ["ownership-deed"]


async def test_I7_an_older_task_that_stands_still_is_passed_without_a_jump(unit: Unit) -> None:
    await arrive(unit, "r1", "r2")
    assert (await unit.start("r2.1")).status_code == 409
    body = {"officerId": "ada", "cause": "LEGAL", "reason": "COURT_ORDER"}
    assert (await unit.post("/v1/tasks/r1.1/suspend", body)).status_code == 200
    assert (await unit.start("r2.1")).status_code == 200


async def test_how_an_officer_was_drawn_is_for_everyone_and_so_is_what_the_seed_will_be(unit: Unit) -> None:
    await arrive(unit, "r1")
    told = (await unit.http.get("/v1/draws/r1.1")).json()
    committed = told["draw"].pop("commitment")
    assert told["draw"] == {"candidates": ["ada"], "loads": [0], "seedId": "2026-11-23"}
    assert (told["assignee"], told["override"], told["hadBefore"]) == ("ada", None, [])
    refusal = (await unit.http.get("/v1/draws/seeds/2026-11-23")).json()
    unit.office.clock.advance(hours=24)
    seed = (await unit.http.get("/v1/draws/seeds/2026-11-23")).json()
    assert commitment(bytes.fromhex(seed["seed"])) == seed["commitment"]
    assert seed["commitment"] in refusal["detail"], "else it might be chosen afterwards"
    (drawn,) = [event.draw for event in unit.office.published("r1") if event.draw is not None]
    assert seed["commitment"] == committed == drawn.commitment, "whoever reads the topic has it without asking"
    assert (await unit.http.get("/v1/draws/r1.7")).status_code == 404


async def test_who_has_a_task_gives_it_back_over_http(unit: Unit) -> None:
    await arrive(unit, "r1")
    wrong = await unit.post("/v1/tasks/r1.1/return", {"officerId": "ada", "reason": "TIRED"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "reason")
    body = {"officerId": "ada", "reason": "ABSENCE"}
    back = await unit.post("/v1/tasks/r1.1/return", body, key="once")
    assert (back.status_code, back.json()["state"]) == (200, "RETURNED")
    assert (await unit.post("/v1/tasks/r1.1/return", body, key="once")).json()["state"] == "RETURNED"
    (item,) = (await unit.list())["items"]
    assert (item["taskId"], item["state"], item["waitsFor"]) == ("r1.2", "OFFERED", "OFFICER")


async def test_what_nobody_may_have_is_in_the_work_of_the_head_of_the_agency(unit: Unit) -> None:
    await arrive(unit, "r1", "r2")
    await unit.post("/v1/tasks/r1.1/return", {"officerId": "ada", "reason": "ABSENCE"})
    answer = (await unit.http.get(f"/v1/organizations/{ORG}/work")).json()
    (line,) = answer["items"]
    assert (line["kind"], line["taskId"], line["waitsFor"]) == ("NOBODY_ELIGIBLE", "r1.2", "OFFICER")
    assert (line["unitId"], answer["next"]) == (UNIT, None)
    escalated = await unit.http.get(f"/v1/organizations/{ORG}/work", params={"kind": "ESCALATED"})
    assert escalated.json()["items"] == []
    assert (await unit.http.get("/v1/organizations/nobody/work")).json()["code"] == "UNKNOWN_ORGANIZATION"


async def test_a_task_is_read_whole_also_when_its_round_is_over(unit: Unit) -> None:
    await arrive(unit, "r1")
    await unit.start("r1.1")
    body = {"officerId": "ada", "cause": "LEGAL", "reason": "COURT_ORDER"}
    await unit.post("/v1/tasks/r1.1/suspend", body)
    await unit.post("/v1/tasks/r1.1/resume", {"officerId": "ada"})
    await unit.post("/v1/tasks/r1.1/answer", {"officerId": "ada", "result": "REFUSED", "ground": "بند ۳ ماده ۱۰۰"})
    before = (await unit.http.get("/v1/tasks/r1.1")).json()
    assert (before["task"]["state"], before["answer"], before["unitId"]) == ("ANSWERED", "REFUSED", UNIT)
    assert before["step"]["id"] == before["task"]["step"] == "plan"
    assert before["draw"]["candidates"] == ["ada"]
    assert [(each["reason"], each["toAt"] is None) for each in before["suspensions"]] == [("COURT_ORDER", False)]
    assert "ماده" not in str(before), "what an officer wrote is the desk's to tell"
    await unit.office.records(record(another_round("r1"), 2))
    over, now = [(await unit.http.get(f"/v1/tasks/r1.{number}")).json() for number in (1, 2)]
    assert (over["task"]["round"], over["suspensions"], over["caseDue"]) == (
        1,
        before["suspensions"],
        before["caseDue"],
    )
    assert (now["task"]["round"], now["suspensions"]) == (2, [])
    assert (await unit.http.get("/v1/tasks/r1.3")).json()["code"] == "UNKNOWN_TASK"
    assert (await unit.http.get("/v1/tasks/nonsense")).json()["code"] == "UNKNOWN_TASK"
