"""Nobody leaves a visit with an open case to which nothing is promised (I2)."""

import json
from typing import Any

import pytest

from services.contracts.decision import TimerFired
from services.contracts.topics import INTAKE_REQUEST
from services.intake.domain import due, redirecting, visiting
from services.intake.domain.case_parts import Attention
from services.intake.domain.states import ENDED
from tests.unit.intake.cases import (
    MORNING,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    TAX_DESK,
    at,
    case_of,
    file_at_desk,
    person,
    state_of,
    world,
)
from tests.unit.intake.desk_day import DeskDay, refused
from tests.unit.intake.edge import Intake


@pytest.mark.parametrize(
    ("service", "desk_id", "fields"),
    [
        ("building-permit", "wa-municipality-urmia-desk", {}),
        ("tax-clearance", TAX_DESK, {}),
        ("tax-clearance", TAX_DESK, {"electronicallyAble": False}),
        ("social-insurance-record", SOCIAL_DESK, {}),
        ("land-deed-original", "wa-deeds-desk", {}),
        ("opening-hours", "wa-governorate-desk", {"informationOnly": True, "applicant": None}),
        ("water-name-change", "wa-water-desk", {"notOnSpotReason": "NEEDS_UNIT"}),
        ("water-name-change", "wa-water-desk", {"decide": {"result": "GRANTED"}}),
    ],
)
async def test_every_request_that_a_visit_leaves_open_has_a_promise_and_a_receipt(
    intake: Intake, service: str, desk_id: str, fields: dict[str, Any]
) -> None:
    """I2: whatever a desk files in a visit, it can be ended at once, and who goes away knows when it goes on."""
    desk = DeskDay(intake, desk_id, f"{desk_id}-01")
    id = await desk.served()
    filed = await intake.file(serviceId=service, deskId=desk_id, officerId=desk.officer, visitId=id, **fields)
    assert filed.status_code == 201, filed.text
    over = await desk.do(id, "SERVED")
    (shown,) = over["requests"]
    assert (await intake.http.get(shown["receipt"])).status_code == 200
    if shown["state"] not in ENDED:
        assert shown["promise"] or (shown["state"] == "REDIRECTED" and shown["redirectLapsesAt"])


async def test_nobody_is_sent_away_from_an_open_case_to_which_nothing_is_promised_any_more(
    intake: Intake, desk: DeskDay
) -> None:
    """I2: the promise was broken, the person comes back; they do not leave with nothing."""
    filed = (await intake.file()).json()["requestId"]
    intake.memory.clock.advance(days=23)
    await intake.memory.tick()
    case = (await intake.state(filed)).case
    assert [promise.state for promise in case.commitments] == ["BROKEN"]
    id = await desk.served(filed)
    told = refused(await desk.step(id, "end", reason="SERVED"), 409, "PROMISE_NEEDED")
    assert told["requestIds"] == [filed]
    await intake.unit_answers(filed)
    await intake.post(
        f"/v1/requests/{filed}/announce",
        {"toldTo": "APPLICANT", "identitySeen": True, "officerId": desk.officer},
    )
    assert (await desk.do(id, "SERVED"))["requests"][0]["state"] == "COLLECTION_DUE"


async def late(intake: Intake, **changes: Any) -> str:
    """A case whose promise is broken: nothing is ahead. It is Wednesday 1405/09/25, ten o'clock."""
    id: str = (await intake.file(**changes)).json()["requestId"]
    intake.memory.clock.advance(days=23)
    await intake.memory.tick()
    return id


async def ahead(intake: Intake, id: str) -> list[tuple[str, str, str]]:
    return [(one.kind, one.promised_local, one.basis) for one in (await intake.state(id)).case.open_promises()]


async def test_who_was_served_and_walks_away_from_hold_is_promised_when_it_goes_on(
    intake: Intake, desk: DeskDay
) -> None:
    """I2 is not got round by holding a visit: the officer says when, and a message tells who has gone."""
    filed = await late(intake)
    id = await desk.served(filed)
    await desk.do(id, "hold")
    told = refused(await desk.step(id, "end", reason="LEFT"), 409, "PROMISE_NEEDED")
    assert told["requestIds"] == [filed]
    body = {"kind": "NEXT_VISIT", "at": "2026-12-20T06:30:00Z", "officerId": desk.officer}
    assert (await intake.post(f"/v1/requests/{filed}/commitments", body)).status_code == 201
    await desk.do(id, "LEFT")
    assert await ahead(intake, filed) == [("NEXT_VISIT", "1405/09/29 10:00", "OFFICER")]


@pytest.mark.parametrize("steps", [("LEFT",), ("call", "NO_SHOW")])
async def test_who_has_left_before_they_were_served_cannot_be_held_and_is_asked_back(
    intake: Intake, desk: DeskDay, steps: tuple[str, ...]
) -> None:
    """I2: on the next day on which the desk opens, Thursday 1405/09/26."""
    filed = await late(intake)
    await desk.do(await desk.ticket(filed), *steps)
    assert await ahead(intake, filed) == [("NEXT_VISIT", "1405/09/26 07:30", "RULE")]
    await intake.memory.settle()
    events = intake.memory.publisher.events(INTAKE_REQUEST.name)
    assert json.loads(events[-1]["value"])["moves"] == ["commitment.added"]


@pytest.mark.parametrize("steps", [("LEFT",), ("call", "NO_SHOW")])
async def test_whoever_is_at_the_desk_by_another_ticket_is_not_asked_back_by_the_end_of_a_second_one(
    intake: Intake, desk: DeskDay, steps: tuple[str, ...]
) -> None:
    """It was drawn by mistake; the first one ends with a promise, or asks them back when it ends without."""
    filed = await late(intake)
    first, second = await desk.ticket(filed), await desk.ticket(filed)
    await desk.do(first, "call", "serve")
    await desk.do(second, *steps)
    assert await ahead(intake, filed) == []
    refused(await desk.step(first, "end", reason="SERVED"), 409, "PROMISE_NEEDED")
    intake.memory.clock.advance(hours=8)
    await intake.memory.tick()
    assert await ahead(intake, filed) == [("NEXT_VISIT", "1405/09/26 07:30", "RULE")]


@pytest.mark.parametrize("mobile", ["09121234567", None])
async def test_whom_no_message_can_tell_that_they_are_asked_back_the_desk_calls(
    intake: Intake, desk: DeskDay, mobile: str | None
) -> None:
    filed = await late(intake, applicant=person(mobile=mobile))
    await desk.do(await desk.ticket(filed), "LEFT")
    attention = (await intake.state(filed)).case.attention
    assert (Attention.TELL_NEW_TIME in attention) == (mobile is None)


@pytest.mark.parametrize("steps", [(), ("call",), ("call", "serve"), ("call", "serve", "hold")])
async def test_a_visit_that_the_closing_of_the_desk_ends_leaves_no_open_case_without_a_promise(
    intake: Intake, desk: DeskDay, steps: tuple[str, ...]
) -> None:
    """I2, whether or not anybody has attended to it."""
    filed, promised = await late(intake), (await intake.file()).json()["requestId"]
    id = await desk.ticket(filed, promised)
    await desk.do(id, *steps) if steps else None
    intake.memory.clock.moment = at("1405/09/25 23:59")
    await intake.memory.tick()
    await intake.memory.settle()
    assert (await desk.visit(id))["reason"] == "DESK_CLOSED"
    assert await ahead(intake, filed) == [("NEXT_VISIT", "1405/09/26 07:30", "RULE")]
    assert [kind for kind, _, _ in await ahead(intake, promised)] == ["FINAL_DELIVERY"], "it had something ahead"


async def test_a_case_that_awaits_documents_is_asked_back_by_their_deadline_and_once(
    intake: Intake, desk: DeskDay
) -> None:
    filed = (await intake.file(awaitDocuments=True, nextVisitAt=at("1405/09/08 10:00").isoformat())).json()["requestId"]
    intake.memory.clock.moment = at("1405/09/08 10:05")
    first, second = await desk.ticket(filed), await desk.ticket(filed)
    for id in (first, second):
        await desk.do(id, "LEFT")
    assert await ahead(intake, filed) == [("NEXT_VISIT", "1405/09/14 10:00", "RULE")]


def test_a_redirect_that_lapsed_is_nothing_to_go_by() -> None:
    request = state_of(file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER))
    assert request.case is not None
    assert not visiting.unpromised(request.case, MORNING)
    lapse = TimerFired(name="redirect", due=due.timers(request)["redirect"])
    assert visiting.unpromised(case_of(redirecting.lapsed(request, lapse, world(lapse.due))), lapse.due)
