"""Deficiencies on real servers: over HTTP to the verification, escalated by the clock, raised by the sweep."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from pydantic import SecretStr

from services.contracts.deficiency import DeficiencyState
from services.contracts.topics import REGISTRY_DEFICIENCY
from services.registry.app import create
from services.registry.duty_store import (
    ID,
    WAITING,
    Wanted,
    directives_of,
    listing,
    of_org,
    open_within,
    seen_concerns,
)
from services.registry.handlers import CONCERN, DEFICIENCY, DIRECTIVE, INSPECTION, REPORT
from services.registry.settings import Settings
from services.runtime.service import Running
from tests.support.sample_database import with_sample
from tests.support.served import served
from tests.support.stack import Stack
from tests.unit.registry.governorate import (
    AGENCY,
    CLERK,
    DESK,
    HEAD,
    INSPECTOR,
    REPORT_OF_AN_INSPECTOR,
    UNIT_HEAD,
    at,
)
from tests.unit.registry.test_inspections import BAD

MORNING = at("1405/08/10 09:00")


@dataclass
class Registry:
    """A registry in this process, whose clock may be set."""

    settings: Settings
    clock: Path
    running: Running
    http: httpx.AsyncClient

    async def post(self, path: str, body: dict[str, Any], *, key: str = "") -> dict[str, Any]:
        answer = await self.http.post(path, json=body, headers={"Idempotency-Key": key or uuid4().hex})
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def refused(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.http.post(path, json=body, headers={"Idempotency-Key": uuid4().hex})
        assert not answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        answer = await self.http.get(path, params=query)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def set(self, moment: datetime) -> None:
        """The service looks at its clock's file a few times a second."""
        offset = (moment - datetime.now(UTC)).total_seconds()
        self.clock.write_text(json.dumps({"offsetSeconds": offset}))
        async with asyncio.timeout(10):
            while abs(self.running.parts.clock.now() - moment) > timedelta(minutes=1):
                await asyncio.sleep(0.05)

    async def until(self, question: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(30):
            while not await question():
                await asyncio.sleep(0.2)

    async def name_the_head(self) -> None:
        agency = await self.get(f"/v1/organizations/{AGENCY}")
        named = await self.http.put(
            f"/v1/organizations/{AGENCY}", json=agency | {"headOfficerId": HEAD}, headers={"If-Match": "*"}
        )
        assert named.is_success, named.text


def the_settings(stack: Stack, clock: Path) -> Settings:
    return Settings(
        port=0,
        kafka_bootstrap=stack.bootstrap,
        mongo_url=SecretStr(stack.mongo),
        mongo_database=f"registry{uuid4().hex[:8]}",
        log_level="ERROR",
        clock_file=clock,
    )


@pytest.fixture
async def registry(stack: Stack, tmp_path: Path) -> AsyncIterator[Registry]:
    """With the sample province, on a morning of Aban."""
    clock = tmp_path / "clock.json"
    settings = the_settings(stack, clock)
    running = Running(create(settings))
    async with httpx.AsyncClient() as http:
        registry = Registry(settings, clock, running, http)
        await registry.set(MORNING)
        await running.start()
        async with served(running.app) as url:
            http.base_url = httpx.URL(url)
            await asyncio.to_thread(with_sample, stack.mongo, settings.mongo_database, url, "in-aban")
            await registry.name_the_head()
            yield registry
        await running.stop()


async def published(stack: Stack, id: str, count: int) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """Headers and values of the first events about a deficiency; a repeated one counts once."""
    consumer = AIOKafkaConsumer(
        REGISTRY_DEFICIENCY.name, bootstrap_servers=stack.bootstrap, auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    found: dict[str, tuple[dict[str, str], dict[str, Any]]] = {}
    try:
        async with asyncio.timeout(20):
            while len(found) < count:
                record = await consumer.getone()
                if record.key == id.encode():
                    headers = {name: value.decode() for name, value in record.headers}
                    found[headers["ce_id"]] = (headers, json.loads(record.value))
    finally:
        await consumer.stop()
    return list(found.values())


BY_THE_AGENCY, BY_THE_OFFICE_ABOVE = {"officerId": CLERK}, {"officerId": INSPECTOR}


async def test_a_deficiency_goes_from_the_report_to_the_verification_over_http(
    registry: Registry, stack: Stack
) -> None:
    told = await registry.post("/v1/deficiencies", REPORT_OF_AN_INSPECTOR, key="one")
    assert await registry.post("/v1/deficiencies", REPORT_OF_AN_INSPECTOR, key="one") == told
    id = told["deficiencyId"]
    path = f"/v1/deficiencies/{id}"
    plan = {"what": "نوبت کاری دوم", "responsibleId": UNIT_HEAD, "dueAt": "2026-12-22T08:30:00Z"}
    fix = {"evidence": {"text": "برنامهٔ شیفت", "dataref": "doc:7"}}
    for verb, body, state in (
        ("acknowledge", BY_THE_AGENCY, "ACKNOWLEDGED"),
        ("plan", plan | BY_THE_AGENCY, "PLANNED"),
        ("start", BY_THE_AGENCY, "IN_REMEDY"),
        ("fix", fix | BY_THE_AGENCY, "FIXED"),
        ("reject", {"reason": "هنوز بسته است"} | BY_THE_OFFICE_ABOVE, "REJECTED"),
        ("start", BY_THE_AGENCY, "IN_REMEDY"),
        ("fix", fix | BY_THE_AGENCY, "FIXED"),
        ("verify", BY_THE_OFFICE_ABOVE, "VERIFIED"),
    ):
        key = uuid4().hex
        done = await registry.post(f"{path}/{verb}", body, key=key)
        assert done["state"] == state
        again = await registry.post(f"{path}/{verb}", body, key=key)
        assert again["state"] == state, "a repeated command is answered as before"
    wrong = await registry.refused(f"{path}/acknowledge", BY_THE_AGENCY)
    assert (wrong["code"], wrong["from"], wrong["to"]) == ("ILLEGAL_MOVE", "VERIFIED", "ACKNOWLEDGED")
    seen = await registry.get(path)
    assert (seen["state"], seen["stateLocal"], seen["rejections"]) == ("VERIFIED", "رفع آن تأیید شد", 1)
    assert [line["type"].split(".")[1] for line in seen["history"]] == [
        *("reported", "acknowledged", "planned", "remedy-started", "fixed", "rejected"),
        *("remedy-started", "fixed", "verified"),
    ]
    assert seen["history"][5]["text"] == "هنوز بسته است"
    assert len(seen["remedies"]) == 2
    events = await published(stack, id, 9)
    assert [headers["ce_sequence"] for headers, _ in events] == [str(n) for n in range(1, 10)]
    assert events[-1][1]["state"] == "VERIFIED"
    assert not any("هنوز" in json.dumps(value, ensure_ascii=False) for _, value in events)


async def test_a_body_that_is_wrong_is_refused_with_a_code(registry: Registry) -> None:
    for change, code in (
        ({"kind": "UGLY"}, "INVALID"),
        ({"text": " "}, "INVALID"),
        ({"more": 1}, "INVALID"),
        ({"subject": {"type": "DESK", "id": DESK, "floor": 1}}, "INVALID"),
        ({"orgId": "nobody"}, "UNKNOWN_ORGANIZATION"),
        ({"reporter": {"role": "SYSTEM"}}, "UNKNOWN_REPORTER"),
    ):
        assert (await registry.refused("/v1/deficiencies", REPORT_OF_AN_INSPECTOR | change))["code"] == code
    assert (await registry.refused("/v1/deficiencies/nothing/acknowledge", BY_THE_AGENCY))["code"] == "NOT_FOUND"
    assert (await registry.http.get("/v1/deficiencies", params={"cursor": "x"})).status_code == 400


async def test_the_clock_escalates_what_nobody_acknowledges(registry: Registry, stack: Stack) -> None:
    id = (await registry.post("/v1/deficiencies", REPORT_OF_AN_INSPECTOR))["deficiencyId"]
    before = await registry.get(f"/v1/deficiencies/{id}")
    assert (before["overdue"], before["level"], before["nextStep"]) == (False, 0, "ACKNOWLEDGE")
    await registry.set(datetime.fromisoformat(before["dueAt"]) + timedelta(minutes=1))

    async def escalated() -> bool:
        return bool((await registry.get(f"/v1/deficiencies/{id}"))["level"] == 1)

    await registry.until(escalated)
    listed = await registry.get("/v1/deficiencies", orgId=AGENCY, overdue="true")
    assert [(item["deficiencyId"], item["overdue"]) for item in listed["items"]] == [(id, True)]
    assert (await registry.get("/v1/deficiencies", orgId="wa-water", overdue="true"))["items"] == []
    (_, last) = (await published(stack, id, 2))[1]
    assert (last["moves"], last["level"], last["state"]) == (["deficiency.escalated"], 1, "REPORTED")


async def test_the_morning_sweep_raises_what_is_wrong_and_a_restart_raises_nothing_twice(registry: Registry) -> None:
    shut = {"reason": "تعمیر", "officerId": HEAD}
    offered = await registry.get("/v1/offerings", serviceId="tax-clearance")
    for offering in offered["items"]:
        await registry.post(f"/v1/offerings/{offering['id']}/suspend", shut)
    assert (await registry.get("/v1/deficiencies"))["items"] == []
    await registry.set(MORNING + timedelta(days=1))

    async def raised() -> bool:
        return bool((await registry.get("/v1/deficiencies", orgId=AGENCY))["items"])

    await registry.until(raised)
    (found,) = (await registry.get("/v1/deficiencies", orgId=AGENCY))["items"]
    assert (found["kind"], found["subject"]["id"], found["occurrences"]) == ("OFFERING_MISSING", "tax-clearance", 1)
    assert (found["foundBy"]["role"], found["owner"], found["mode"]) == ("SYSTEM", HEAD, "ELECTRONIC")
    beside = Running(create(registry.settings))  # another process on the same data sweeps at its start
    await beside.start()
    await asyncio.sleep(2)
    await beside.stop()
    (again,) = (await registry.get("/v1/deficiencies", orgId=AGENCY))["items"]
    assert again["occurrences"] == 1


async def test_an_inspection_raises_what_is_wrong_and_leads_to_it(registry: Registry) -> None:
    body = {"deskId": DESK, "at": "2026-11-01T05:00:00Z", "checklist": BAD, "note": "در بسته", "officerId": INSPECTOR}
    told = await registry.post("/v1/inspections", body)
    assert told["contradictions"] == ["groundFloor"]
    path = f"/v1/inspections/{told['inspectionId']}"

    async def all_there() -> bool:
        return len((await registry.get(path))["deficiencies"]) == 4

    await registry.until(all_there)
    listed = await registry.get("/v1/deficiencies", inspectionId=told["inspectionId"], limit="3")
    rest = await registry.get("/v1/deficiencies", inspectionId=told["inspectionId"], cursor=listed["next"])
    assert {item["kind"] for item in (*listed["items"], *rest["items"])} == set(told["failed"])
    assert [item["inspectionId"] for item in (await registry.get("/v1/inspections", deskId=DESK))["items"]] == [
        told["inspectionId"]
    ]


async def test_silence_about_a_directive_is_a_deficiency(registry: Registry) -> None:
    due = (MORNING + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {"number": "۲۱۰/۷", "date": "2026-10-30", "text": "متن بخشنامه", "dueAt": due, "officerId": INSPECTOR}
    told = await registry.post("/v1/directives", body)
    assert len(told["orgs"]) == 12
    twice = await registry.refused("/v1/directives", body | {"number": "210/7"})
    assert twice["code"] == "NUMBER_TAKEN"
    path = f"/v1/directives/{told['directiveId']}"
    await registry.post(f"{path}/acknowledge", {"orgId": AGENCY, "officerId": HEAD})
    await registry.set(MORNING + timedelta(days=3))

    async def eleven() -> bool:
        found = (await registry.get("/v1/deficiencies", limit="500"))["items"]
        return len([item for item in found if item["kind"] == "DIRECTIVE_UNACKNOWLEDGED"]) == 11

    await registry.until(eleven)
    seen = await registry.get(path)
    assert {org["orgId"] for org in seen["orgs"] if not org["overdue"]} == {AGENCY}
    assert (await registry.get("/v1/deficiencies", orgId=AGENCY))["items"] == []
    assert [item["directiveId"] for item in (await registry.get("/v1/directives", orgId=AGENCY))["items"]] == [
        told["directiveId"]
    ]


async def test_the_head_reports_a_month_and_the_office_above_gives_it_a_number(registry: Registry) -> None:
    ids = [(await registry.post("/v1/deficiencies", REPORT_OF_AN_INSPECTOR))["deficiencyId"] for _ in range(2)]
    await registry.set(at("1405/09/01 09:00"))
    body = {"orgId": AGENCY, "period": "۱۴۰۵-۰۸", "text": "دو مورد", "officerId": HEAD}
    none = await registry.refused("/v1/remediation-reports", body | {"noneFound": True})
    assert (none["code"], none["items"]) == ("ITEMS_MISSING", sorted(ids))
    told = await registry.post("/v1/remediation-reports", body | {"items": ids})
    path = f"/v1/remediation-reports/{told['reportId']}"
    received = await registry.post(f"{path}/receive", BY_THE_OFFICE_ABOVE, key="receive")
    assert received["receiptNo"] == "1405/1"
    assert await registry.post(f"{path}/receive", BY_THE_OFFICE_ABOVE, key="receive") == received
    assert (await registry.refused(f"{path}/receive", BY_THE_OFFICE_ABOVE))["code"] == "ALREADY_RECEIVED"
    seen = await registry.get(path)
    assert (seen["received"]["receiptNo"], seen["revision"], seen["items"]) == ("1405/1", 1, ids)
    assert [item["reportId"] for item in (await registry.get("/v1/remediation-reports", orgId=AGENCY))["items"]] == [
        told["reportId"]
    ]


async def test_every_query_has_an_index(registry: Registry) -> None:
    store = registry.running.parts.store

    async def looked_up(entity: Any, query: dict[str, Any], order: list[tuple[str, int]]) -> None:
        plan = json.dumps(await store.explain(entity, query, order), default=str)
        assert "COLLSCAN" not in plan, (entity.name, query)
        assert '"SORT"' not in plan, (entity.name, query)

    state = DeficiencyState.REPORTED
    for wanted in (
        Wanted(),
        Wanted(org_id="x"),
        Wanted(state=state),
        Wanted(org_id="x", state=state),
        Wanted(inspection_id="x"),
        Wanted(org_id="x", inspection_id="x"),
        Wanted(overdue_at=MORNING),
        Wanted(org_id="x", overdue_at=MORNING),
        Wanted(org_id="x", state=state, overdue_at=MORNING),
    ):
        for after in (None, ("2026-11-01T05:00:00Z", "x")):
            await looked_up(DEFICIENCY, *listing(wanted, after))
    await looked_up(DEFICIENCY, open_within("x", MORNING, MORNING, ""), [ID])
    await looked_up(CONCERN, seen_concerns("x", ""), [ID])
    await looked_up(DIRECTIVE, WAITING, [])
    assert "to-raise" in json.dumps(await store.explain(DIRECTIVE, WAITING), default=str)
    for issuer, org in ((None, None), ("x", None), (None, "x"), ("x", "x")):
        await looked_up(DIRECTIVE, directives_of(issuer, org, ""), [ID])
    for org, desk in ((None, None), ("x", None), (None, "x"), ("x", "x")):
        await looked_up(INSPECTION, of_org(org, desk, ""), [ID])
    for org in (None, "x"):
        await looked_up(REPORT, of_org(org, None, ""), [ID])
