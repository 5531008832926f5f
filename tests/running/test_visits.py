"""A desk's day on real servers: tickets under many callers, look-ups by index, and the report at the registry."""

import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from services.contracts.wire import instant_text
from services.intake.handlers import DESK_QUEUE, REQUEST, VISIT
from services.intake.store import INDEXES
from services.intake.visit_store import (
    TICKET,
    filed_in,
    sent_to_offices,
    tickets_after,
    to_look_at,
    with_open_visit,
)
from services.registry.handlers import VISIT as HEARD
from services.registry.visit_report import BY_ORG_DAY, of_days
from services.runtime.store import Store
from services.worktime.jalali import TEHRAN, jalali_date
from tests.support.calls import OFFICER, PERMITS, Body, Caller, a_filing, is_problem
from tests.support.plans import stages
from tests.support.stack import Stack
from tests.unit.intake.cases import MORNING, PERMITS_DESK, out_of_service

CALLERS = 64
DESK = PERMITS["deskId"]
DAY = date(2026, 11, 23)


def opened(caller: Caller, *request_ids: str) -> Body:
    answer = caller.call("/v1/visits", {**PERMITS, "requestIds": list(request_ids)})
    assert answer.status_code == 201, answer.text
    visit: Body = answer.json()
    return visit


def step(caller: Caller, id: str, verb: str, **fields: Any) -> Body:
    answer = caller.call(f"/v1/visits/{id}/{verb}", {"officerId": OFFICER} | fields)
    assert answer.status_code == 200, answer.text
    visit: Body = answer.json()
    return visit


def test_sixty_four_callers_at_once_get_consecutive_tickets(caller: Caller) -> None:
    before = caller.get(f"/v1/desks/{DESK}/queue").json()["lastTicketNo"]
    with ThreadPoolExecutor(CALLERS) as people:
        visits = list(people.map(lambda _: opened(caller), range(CALLERS)))
    assert sorted(visit["ticketNo"] for visit in visits) == list(range(before + 1, before + CALLERS + 1))
    queue = caller.get(f"/v1/desks/{DESK}/queue").json()
    assert [w["ticketNo"] for w in queue["waiting"]] == sorted(w["ticketNo"] for w in queue["waiting"])
    for visit in visits:
        step(caller, visit["visitId"], "end", reason="LEFT")
    assert caller.get(f"/v1/desks/{DESK}/queue").json()["waiting"] == []


def test_a_visit_with_its_case_is_in_the_registrys_report_once(caller: Caller) -> None:
    today = caller.services.now().astimezone(TEHRAN).date()
    report = {"orgId": "wa-municipality-urmia", "from": jalali_date(today), "to": today.isoformat()}
    earlier = caller.filed()["requestId"]
    visit = opened(caller, earlier)["visitId"]
    is_problem(caller.call("/v1/requests", a_filing(visitId=visit)), 409, "VISIT_NOT_SERVED")
    step(caller, visit, "call")
    step(caller, visit, "serve")
    filed = caller.call("/v1/requests", a_filing(visitId=visit))
    assert filed.status_code == 201, filed.text
    over = step(caller, visit, "end", reason="SERVED")
    assert {r["requestId"] for r in over["requests"]} == {earlier, filed.json()["requestId"]}
    assert all(r["promise"]["promisedLocal"] for r in over["requests"])
    assert caller.get(f"/v1/requests/{earlier}").json()["visits"] == 2
    day = caller.get(f"/v1/desks/{DESK}/visits", limit="500").json()["items"]
    deadline = time.monotonic() + 20
    while True:
        told = caller.get("/v1/reports/visits", "registry", **report).json()
        if told["total"]["visits"] == len(day) and not told["total"]["open"]:
            break
        assert time.monotonic() < deadline, (len(day), told["total"])
        time.sleep(0.2)
    assert told["total"]["ended"]["SERVED"] == sum(item["reason"] == "SERVED" for item in day)
    assert [desk["deskId"] for desk in told["desks"]] == [DESK]
    is_problem(caller.get("/v1/reports/visits", "registry", **report | {"to": "1404/01/01"}), 422, "BAD_DAY")
    is_problem(caller.get("/v1/reports/visits", "registry", **report | {"from": "yesterday"}), 422, "BAD_DAY")
    is_problem(caller.get("/v1/reports/visits", "registry", orgId="wa-tax"), 422, "INVALID")


@pytest.fixture
async def stores(stack: Stack) -> AsyncIterator[tuple[Store, Store]]:
    """Of intake and of the registry, empty."""
    name = uuid4().hex[:8]
    intake = Store.open(stack.mongo, f"intake{name}", INDEXES, bytes(32))
    registry = Store.open(stack.mongo, f"registry{name}", {HEARD.name: [BY_ORG_DAY]})
    await intake.prepare([REQUEST, DESK_QUEUE, VISIT])
    await registry.prepare([HEARD])
    yield intake, registry
    await intake.close()
    await registry.close()


async def test_every_look_up_of_visits_walks_an_index_and_sorts_nothing_in_memory(
    stores: tuple[Store, Store],
) -> None:
    intake, registry = stores
    parts = [
        part
        for back in ("1405/09/25", None)
        for part in to_look_at(out_of_service(PERMITS_DESK, "1405/09/18", back), MORNING)
    ]
    parts += sent_to_offices(out_of_service(PERMITS_DESK, "1405/09/18", None), MORNING)
    assert [part.name for part in parts] == [*["desk-needed", "at-risk", "answers"] * 2, "redirected"]
    place = {"at": instant_text(MORNING), "id": "r-1"}
    plans = [
        await intake.explain(DESK_QUEUE, with_open_visit("v-1")),
        await intake.explain(REQUEST, filed_in("v-1")),
        *[await intake.explain(REQUEST, part.wanted) for part in parts],
        *[await intake.explain(REQUEST, part.after(None), part.order) for part in parts],
        *[await intake.explain(REQUEST, part.after(place | {"part": part.name}), part.order) for part in parts],
        await intake.explain(VISIT, tickets_after("wa-tax-desk", DAY, 17), [(TICKET, 1)]),
        await intake.explain(DESK_QUEUE, {"wake": {"$lte": MORNING}}, [("wake", 1)]),
        await registry.explain(HEARD, of_days("wa-tax", DAY, DAY)),
    ]
    for plan in map(stages, plans):
        assert "IXSCAN" in plan
        assert plan.isdisjoint({"COLLSCAN", "SORT"})
