"""Visits at a desk over HTTP: steps, tickets, and what is told of them (domain 3, 7, 12.17)."""

import pytest

from services.intake.domain import visit_record
from services.intake.domain.visit_messages import VisitStepped
from services.intake.handlers import DESK_QUEUE, VISIT
from tests.unit.intake.cases import PERMITS_DESK, TAX_DESK, TAX_OFFICER, at, world
from tests.unit.intake.desk_day import DeskDay, refused
from tests.unit.intake.edge import Intake


async def test_a_visit_from_its_ticket_to_its_end_is_told_step_by_step(intake: Intake, desk: DeskDay) -> None:
    opened = await desk.open()
    assert opened.status_code == 201
    id = opened.json()["visitId"]
    assert opened.headers["Location"] == f"/v1/visits/{id}"
    assert (opened.json()["ticketNo"], opened.json()["state"]) == (1, "WAITING")
    intake.memory.clock.advance(minutes=7)
    await desk.do(id, "call", "serve", "hold")
    intake.memory.clock.advance(minutes=20)
    over = await desk.do(id, "serve", "SERVED")
    assert (over["state"], over["reason"], over["waitedMinutes"]) == ("ENDED", "SERVED", 7)
    assert [(p["state"], p["officerId"]) for p in over["periods"]] == [
        ("WAITING", None),
        *((state, desk.officer) for state in ("CALLED", "SERVING", "ON_HOLD", "SERVING")),
    ]
    assert over["periods"][3] == {
        "state": "ON_HOLD", "officerId": desk.officer, "from": "2026-11-23T06:37:00Z", "to": "2026-11-23T06:57:00Z",
    }  # fmt: skip
    events = await desk.events(id)
    assert [event.moves[0].partition(".")[2] for event in events] == [
        "opened", "called", "served", "held", "served", "ended",
    ]  # fmt: skip
    assert [event.version for event in events] == [1, 2, 3, 4, 5, 6]
    assert events[-1].waited_minutes == 7
    assert await desk.visit(id) == over


async def test_an_illegal_step_names_both_states_also_after_the_end(desk: DeskDay) -> None:
    id = await desk.ticket()
    told = refused(await desk.step(id, "serve"), 409, "ILLEGAL_MOVE")
    assert (told["from"], told["to"]) == ("WAITING", "SERVING")
    told = refused(await desk.step(id, "end", reason="NO_SHOW"), 409, "ILLEGAL_MOVE")
    assert (told["from"], told["to"], told["reason"]) == ("WAITING", "ENDED", "NO_SHOW")
    await desk.do(id, "LEFT")
    told = refused(await desk.step(id, "call"), 409, "ILLEGAL_MOVE")
    assert (told["from"], told["to"]) == ("ENDED", "CALLED")


async def test_the_system_alone_says_that_the_desk_closed(desk: DeskDay) -> None:
    refused(await desk.step(await desk.ticket(), "end", reason="DESK_CLOSED"), 422, "INVALID")


async def test_nobody_serves_at_a_desk_that_is_not_their_own(desk: DeskDay) -> None:
    refused(await desk.open(officerId=TAX_OFFICER), 403, "NOT_AUTHORISED")
    id = await desk.ticket()
    for verb, fields in (("call", {}), ("end", {"reason": "LEFT"})):
        refused(await desk.step(id, verb, officerId=TAX_OFFICER, **fields), 403, "NOT_AUTHORISED")


async def test_what_is_not_there_is_named(desk: DeskDay) -> None:
    refused(await desk.step("no-such-visit", "call"), 404, "NOT_FOUND")
    assert (await desk.intake.http.get("/v1/visits/no-such-visit")).status_code == 404
    assert (await desk.intake.http.get("/v1/desks/nowhere/queue")).status_code == 404
    assert (await desk.intake.http.get("/v1/desks/nowhere/visits")).status_code == 404
    told = refused(await desk.open(deskId="nowhere"), 422, "UNKNOWN_DESK")
    assert told["errors"][0]["field"] == "deskId"
    refused(await desk.open("no-such-request"), 422, "UNKNOWN_REQUEST")
    refused(
        await desk.intake.http.get(f"/v1/desks/{PERMITS_DESK}/visits", params={"day": "1405/13/01"}), 422, "BAD_DAY"
    )


# --- tickets ----------------------------------------------------------------------------------------------------------


async def test_a_repeated_call_gets_the_same_ticket_and_another_body_is_refused(desk: DeskDay) -> None:
    first = await desk.open(key="k")
    again = await desk.open(key="k")
    assert (again.status_code, again.json()) == (201, first.json())
    assert (await desk.queue())["lastTicketNo"] == 1
    refused(await desk.open(key="k", deskId=TAX_DESK), 409, "IDEMPOTENCY_MISMATCH")
    id = first.json()["visitId"]
    assert (await desk.step(id, "call", key="c")).json() == (await desk.step(id, "call", key="c")).json()
    assert (await desk.visit(id))["calls"] == 1
    other = await desk.ticket()
    assert (await desk.step(other, "call", key="c")).status_code == 200, "a key is its visit's own"


async def test_a_ticket_asked_for_again_after_all_else_is_forgotten_is_still_the_same(
    intake: Intake, desk: DeskDay
) -> None:
    """The door remembers the last 200 commands of a queue; a busy desk has more in a morning."""
    first = await desk.open(key="k")
    await desk.do(first.json()["visitId"], "LEFT")
    row = next(iter(intake.memory.store.collections[DESK_QUEUE.name].values()))
    row["applied"] = []
    again = await desk.open(key="k")
    assert (again.json()["visitId"], again.json()["ticketNo"]) == (first.json()["visitId"], 1)
    assert (await desk.queue())["lastTicketNo"] == 1


async def test_each_desk_and_each_day_begins_with_ticket_one(intake: Intake, desk: DeskDay) -> None:
    await desk.ticket()
    other = DeskDay(intake, TAX_DESK, TAX_OFFICER)
    assert (await other.open()).json()["ticketNo"] == 1
    intake.memory.clock.moment = at("1405/09/03 08:00")
    assert (await desk.open()).json()["ticketNo"] == 1


@pytest.mark.parametrize("hour", ["1405/09/02 14:15", "1405/09/06 10:00"], ids=["after closing", "Friday"])
async def test_who_comes_to_a_desk_that_is_shut_has_a_ticket_until_midnight(
    intake: Intake, desk: DeskDay, hour: str
) -> None:
    """As a desk may file then: an officer who is there serves, whatever the calendar says."""
    intake.memory.clock.moment = at(hour)
    id = await desk.ticket()
    intake.memory.clock.moment = at(f"{hour[:10]} 23:59")
    await intake.memory.tick()
    assert (await desk.visit(id))["state"] == "WAITING"
    await intake.memory.tick(minutes=1)
    assert (await desk.visit(id))["reason"] == "DESK_CLOSED"


async def test_people_who_come_before_the_doors_open_get_a_ticket(intake: Intake, desk: DeskDay) -> None:
    intake.memory.clock.moment = at("1405/09/02 07:00")
    assert (await desk.open()).status_code == 201


async def test_a_desk_that_ends_no_visit_gets_no_more_after_a_while(intake: Intake, desk: DeskDay) -> None:
    """What a queue keeps is bounded."""
    first = await desk.ticket()
    row = next(iter(intake.memory.store.collections[DESK_QUEUE.name].values()))
    row["state"]["open"] = [row["state"]["open"][0] | {"id": f"v-{n}"} for n in range(499)] + row["state"]["open"]
    refused(await desk.open(), 409, "QUEUE_FULL")
    await desk.do(first, "LEFT")
    assert (await desk.open()).status_code == 201


# --- what is told -----------------------------------------------------------------------------------------------------


async def test_a_visit_for_information_alone_counts_as_guidance(intake: Intake, desk: DeskDay) -> None:
    guided = await desk.served()
    await desk.do(guided, "GUIDED")
    assert (await desk.events(guided))[-1].guidance_only
    case = await desk.served()
    await intake.file(visitId=case)
    await desk.do(case, "GUIDED")
    assert not (await desk.events(case))[-1].guidance_only, "a case was opened, whatever the officer calls it"


async def test_information_filed_in_a_visit_is_guidance_too(intake: Intake) -> None:
    hours = DeskDay(intake, "wa-governorate-desk", "wa-governorate-desk-01")
    id = await hours.served()
    asked = await intake.file(
        serviceId="opening-hours", deskId=hours.desk, officerId=hours.officer, informationOnly=True, applicant=None,
        visitId=id,
    )  # fmt: skip
    await hours.do(id, "SERVED")
    last = (await hours.events(id))[-1]
    assert last.guidance_only
    assert last.request_ids == (asked.json()["requestId"],)


async def test_no_event_of_a_visit_tells_who_came(intake: Intake, desk: DeskDay) -> None:
    """I12."""
    id = await desk.served()
    await intake.file(visitId=id, note="یادداشت خصوصی")
    await desk.do(id, "SERVED")
    await intake.memory.settle()
    told = "".join(event["value"] for event in intake.memory.publisher.events("sd.intake.visit.v1"))
    assert told
    assert not any(word in told for word in ("0013542419", "رضایی", "09121234567", "خصوصی"))


async def test_a_step_that_comes_again_or_late_changes_nothing(intake: Intake, desk: DeskDay) -> None:
    """I11: the record of a visit goes by its version, whatever a crash repeats."""
    id = await desk.served()
    record = intake.memory.state(VISIT, id)
    again = visit_record.stepped(record, VisitStepped(visit=record.visit), world())
    assert (again.state, again.events) == (record, ())
    older = record.visit.model_copy(update={"version": 1})
    assert visit_record.stepped(record, VisitStepped(visit=older), world()).events == ()
