"""Coordinations, referrals and the slots of a unit over HTTP (contract: Routing; I1, 12.15)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.contracts.coordination import Slot
from services.routing.coordination_api import PAGE
from services.worktime.jalali import civil_day
from tests.support.memory_door import WORKING_MORNING
from tests.unit.routing.asked_units import CLERK, HEAD, PERSON, slots, units
from tests.unit.routing.office import DESK, UNIT, Office, registered
from tests.unit.routing.test_routing_api import Unit, app_of

QUESTION = {"purpose": "ORIGINAL", "text": "باید اصل سند را ببینیم؟"}


class Desk(Unit):
    """A desk and the unit that it asks."""

    async def ask(self, request: str = "r1", **more: Any) -> httpx.Response:
        body = {"requestId": request, "unit": UNIT, "question": QUESTION, "officerId": CLERK}
        return await self.post("/v1/coordinations", body | more)

    async def answer(self, slot: Slot | None = None, answer: str = "CONFIRMED", id: str = "r1.c1", **more: Any) -> Any:
        named = {"slot": slot.to_wire()} if slot else {}
        key = more.pop("key", None)
        body = {"answer": answer, "officerId": "ada"} | named | more
        return await self.post(f"/v1/coordinations/{id}/answer", body, key)

    async def propose(self, id: str = "r1.c1", **more: Any) -> httpx.Response:
        return await self.post("/v1/referrals", {"coordinationId": id, "ground": "ORIGINAL", "officerId": CLERK} | more)

    async def issued(self, slot: Slot) -> None:
        await self.ask()
        await self.answer(slot)
        await self.propose()
        answer = await self.post("/v1/referrals/r1.r1/approve", {"officerId": HEAD})
        assert (answer.status_code, answer.json()["state"]) == (200, "ISSUED")

    async def get(self, path: str, **query: str) -> Any:
        answer = await self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    office = Office(units())
    await office.hear(registered("r1", applicant_ref=PERSON))
    transport = httpx.ASGITransport(app_of(office))
    async with office.serving(), httpx.AsyncClient(transport=transport, base_url="http://routing") as http:
        yield Desk(office, http)


def told(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    return answer.status_code, body["state"] if answer.status_code < 300 else body["code"]


async def test_I1_a_desk_asks_a_unit_and_sends_a_citizen_in_the_slot_that_it_confirms(desk: Desk) -> None:
    slot = slots()[2]
    asked = await desk.ask()
    assert told(asked) == (201, "ASKED")
    assert asked.json()["question"] == QUESTION
    assert told(await desk.propose()) == (409, "NOT_CONFIRMED")
    confirmed = await desk.answer(slot, room="۲۱۲")
    assert told(confirmed) == (200, "CONFIRMED")
    assert (confirmed.json()["slot"], confirmed.json()["contact"]["room"]) == (slot.to_wire(), "212")
    proposed = await desk.propose()
    assert told(proposed) == (201, "PROPOSED")
    assert told(await desk.post("/v1/referrals/r1.r1/approve", {"officerId": CLERK})) == (403, "NOT_DESK_HEAD")
    assert told(await desk.post("/v1/referrals/r1.r1/approve", {"officerId": HEAD})) == (200, "ISSUED")
    desk.office.clock.moment = slot.since
    assert told(await desk.post("/v1/referrals/r1.r1/attend", {"officerId": "ada"})) == (200, "ATTENDED")
    assert (await desk.get("/v1/referrals/r1.r1"))["outcome"] == "SEEN"
    whole = await desk.get("/v1/coordinations/r1.c1")
    assert (whole["requestId"], whole["deskId"], whole["referral"]["state"]) == ("r1", DESK, "ATTENDED")


async def test_a_proposal_is_the_desks_to_accept(desk: Desk) -> None:
    await desk.ask()
    assert told(await desk.answer(slots()[2], "PROPOSED")) == (200, "PROPOSED")
    accepted = await desk.post("/v1/coordinations/r1.c1/accept", {"officerId": CLERK})
    assert told(accepted) == (200, "CONFIRMED")


async def test_who_can_do_without_the_citizen_names_no_slot(desk: Desk) -> None:
    await desk.ask()
    assert told(await desk.answer(answer="CONFIRMED")) == (422, "SLOT_NEEDED")
    assert told(await desk.answer(answer="DECLINED", reason="NOT_OURS")) == (200, "DECLINED")
    assert (await desk.get("/v1/coordinations/r1.c1"))["reason"] == "NOT_OURS"


async def test_12_15_who_is_second_hears_that_the_slot_is_taken_and_the_question_stands(desk: Desk) -> None:
    slot = slots()[2]
    for request in ("r2", "r3"):
        await desk.office.hear(registered(request))
    for request in ("r1", "r2", "r3"):
        assert told(await desk.ask(request)) == (201, "ASKED")
    answers = [told(await desk.answer(slot, id=f"{request}.c1")) for request in ("r1", "r2", "r3")]
    assert answers == [(200, "CONFIRMED"), (200, "CONFIRMED"), (409, "SLOT_TAKEN")]
    assert (await desk.get("/v1/coordinations/r3.c1"))["state"] == "ASKED"


async def test_a_repeated_answer_is_answered_as_before_whatever_came_of_it(desk: Desk) -> None:
    slot = slots()[2]
    await desk.ask()
    first = await desk.answer(slot, "PROPOSED", key="k1")
    await desk.post("/v1/coordinations/r1.c1/accept", {"officerId": CLERK})
    assert told(await desk.answer(slot, "PROPOSED", key="k1")) == told(first) == (200, "PROPOSED")
    assert told(await desk.answer(slots()[3], "PROPOSED", key="k1")) == (409, "IDEMPOTENCY_MISMATCH")
    assert [move for event in desk.office.published("r1") for move in event.moves].count("coordination.proposed") == 1


async def test_a_repeated_question_is_asked_once(desk: Desk) -> None:
    body = {"requestId": "r1", "unit": UNIT, "question": "باید بیاید؟", "officerId": CLERK}
    answers = [told(await desk.post("/v1/coordinations", body, key="k1")) for _ in range(2)]
    assert answers == [(201, "ASKED"), (201, "ASKED")]
    assert len((await desk.get(f"/v1/desks/{DESK}/coordinations"))["items"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/coordinations/r1.c9", 404, "UNKNOWN_COORDINATION"),
        ("GET", "/v1/coordinations/nonsense", 404, "UNKNOWN_COORDINATION"),
        ("GET", "/v1/referrals/r1.r1", 404, "UNKNOWN_REFERRAL"),
        ("GET", "/v1/referrals/r9.r1", 404, "UNKNOWN_REFERRAL"),
        ("POST", "/v1/coordinations/nonsense/accept", 404, "UNKNOWN_COORDINATION"),
        ("POST", "/v1/coordinations/r9.c1/accept", 404, "UNKNOWN_REQUEST"),
        ("POST", "/v1/coordinations/r1.c1/accept", 404, "UNKNOWN_COORDINATION"),
        ("POST", "/v1/referrals/nonsense/attend", 404, "UNKNOWN_REFERRAL"),
        ("GET", "/v1/units/nowhere/coordinations", 404, "UNKNOWN_UNIT"),
        ("GET", "/v1/units/nowhere/slots", 404, "UNKNOWN_UNIT"),
        ("GET", "/v1/units/nowhere/referrals", 404, "UNKNOWN_UNIT"),
        ("GET", "/v1/desks/nowhere/coordinations", 404, "UNKNOWN_DESK"),
        ("GET", f"/v1/desks/{DESK}/coordinations?cursor=eyJhZnRlciI6IDF9", 400, "BAD_CURSOR"),
        ("GET", f"/v1/units/{UNIT}/slots?from=tomorrow", 422, "BAD_DAY"),
        ("GET", f"/v1/units/{UNIT}/slots?to=1405/01/01", 422, "BAD_DAY"),
        ("GET", f"/v1/units/{UNIT}/slots?from=1405/09/03&to=1405/10/04", 422, "BAD_DAY"),
        ("GET", f"/v1/units/{UNIT}/referrals?day=today", 422, "BAD_DAY"),
    ],
)
async def test_a_wrong_question_is_named(desk: Desk, method: str, path: str, status: int, code: str) -> None:
    if method == "GET":
        answer = await desk.http.get(path)
    else:
        answer = await desk.post(path, {"officerId": CLERK})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_unit_sees_what_it_has_to_answer_and_the_desk_what_came_of_it(desk: Desk) -> None:
    names = [f"q{number:03}" for number in range(PAGE + 3)]
    for minute, name in enumerate(names):
        await desk.office.hear(registered(name, WORKING_MORNING + timedelta(minutes=minute)))
        await desk.ask(name)
    await desk.answer(answer="DECLINED", id="q001.c1")
    unit, open_ = f"/v1/units/{UNIT}/coordinations", [name for name in names if name != "q001"]
    first = await desk.get(unit)
    rest = await desk.get(unit, cursor=first["next"])
    assert [item["requestId"] for page in (first, rest) for item in page["items"]] == open_
    assert rest["next"] is None
    assert [item["requestId"] for item in (await desk.get(unit, state="DECLINED"))["items"]] == ["q001"]
    desks = f"/v1/desks/{DESK}/coordinations"
    newest = await desk.get(desks)
    older = await desk.get(desks, cursor=newest["next"])
    assert [item["requestId"] for page in (newest, older) for item in page["items"]] == names[::-1]
    assert [item["id"] for item in (await desk.get(desks, state="DECLINED"))["items"]] == ["q001.c1"]


async def test_the_slots_of_a_unit_are_shown_with_the_places_that_are_left(desk: Desk) -> None:
    slot = slots()[2]
    path, query = f"/v1/units/{UNIT}/slots", {"from": "1405/09/03", "to": "2026-11-24"}
    (day,) = (await desk.get(path, **query))["days"]
    assert (day["day"], day["dayLocal"]) == ("2026-11-24", "1405/09/03")
    assert [Slot.model_validate(each) for each in day["slots"]] == list(slots())
    assert {each["left"] for each in day["slots"]} == {2}
    await desk.issued(slot)
    (day,) = (await desk.get(path, **query, serviceId="building-permit"))["days"]
    assert [each["left"] for each in day["slots"] if Slot.model_validate(each) == slot] == [1]
    assert len((await desk.get(path))["days"]) == 7


async def test_the_unit_sees_who_comes_on_a_day_and_nothing_that_is_personal(desk: Desk) -> None:
    early, late = slots()[1], slots()[4]
    await desk.office.hear(registered("r0"))
    await desk.issued(late)
    await desk.ask("r0")
    await desk.answer(early, id="r0.c1")
    path = f"/v1/units/{UNIT}/referrals"
    assert [item["id"] for item in (await desk.get(path, day="1405/09/03"))["items"]] == ["r1.r1"], "r0 is not sent yet"
    await desk.propose("r0.c1")
    listed = await desk.get(path, day="2026-11-24")
    assert [(item["id"], item["state"]) for item in listed["items"]] == [("r0.r1", "PROPOSED"), ("r1.r1", "ISSUED")]
    assert listed["items"][1]["contact"]["name"] == "ada"
    assert PERSON not in str(listed)
    assert (await desk.get(path))["items"] == [], "today nobody comes"
    await desk.post("/v1/referrals/r1.r1/cancel", {"officerId": CLERK})
    assert [item["id"] for item in (await desk.get(path, day="1405/09/03"))["items"]] == ["r0.r1"]
    desk.office.clock.moment = early.since
    assert (await desk.get(path))["day"] == civil_day(early.since).isoformat()
