"""A day at a desk over HTTP: tickets, turns, ends, and what is told of them (domain 3, 7, 12.17)."""

from typing import Any

import pytest

from services.contracts.working_calendar import WorkingCalendar
from services.intake.domain import visit_record
from services.intake.domain.visit_messages import VisitStepped
from services.intake.handlers import DESK_QUEUE, VISIT
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import PERMITS_DESK, TAX_DESK, TAX_OFFICER, at, province, world
from tests.unit.intake.desk_day import DeskDay, refused
from tests.unit.intake.edge import Intake

COLLEAGUE = "wa-municipality-urmia-desk-02"


@pytest.fixture
def desk(intake: Intake) -> DeskDay:
    return DeskDay(intake)


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


# --- turns ------------------------------------------------------------------------------------------------------------


async def test_people_are_called_in_the_order_of_their_tickets_or_with_a_reason(desk: DeskDay) -> None:
    first, second, third = [await desk.ticket() for _ in range(3)]
    told = refused(await desk.step(third, "call"), 409, "JUMP_NEEDS_REASON")
    assert (told["first"], told["firstTicketNo"]) == (first, 1)
    refused(await desk.step(third, "call", jumpReason="A_FRIEND"), 422, "INVALID")
    early = await desk.step(third, "call", jumpReason="PRIORITY_BY_LAW")
    assert early.json()["jump"] == {"reason": "PRIORITY_BY_LAW", "over": 2, "officerId": desk.officer}
    assert (await desk.events(third))[-1].jump is not None
    await desk.do(first, "call")
    assert (await desk.do(second, "call"))["jump"] is None, "nobody with a lower ticket waits any more"


async def test_a_reason_that_was_not_needed_makes_no_jump(desk: DeskDay) -> None:
    id = await desk.ticket()
    assert (await desk.step(id, "call", jumpReason="APPOINTMENT")).json()["jump"] is None


async def test_who_left_is_waited_for_by_nobody(desk: DeskDay) -> None:
    first, second = await desk.ticket(), await desk.ticket()
    await desk.do(first, "LEFT")
    await desk.do(second, "call")


async def test_a_person_is_called_again_but_not_for_ever(desk: DeskDay) -> None:
    id = await desk.ticket()
    await desk.ticket()
    assert (await desk.do(id, "call", "call", "call"))["calls"] == 3
    refused(await desk.step(id, "call"), 409, "CALLED_OFTEN_ENOUGH")
    assert (await desk.do(id, "NO_SHOW"))["reason"] == "NO_SHOW"


async def test_whoever_called_a_person_calls_again_and_a_colleague_may_serve_them(desk: DeskDay) -> None:
    """Called to one counter, nobody is called to another; but who comes is served by whoever is free."""
    id = await desk.ticket()
    await desk.do(id, "call")
    body = refused(await desk.step(id, "call", officerId=COLLEAGUE), 409, "ILLEGAL_MOVE")
    assert (body["from"], body["to"]) == ("CALLED", "CALLED")
    assert (await desk.do(id, "call"))["calls"] == 2
    assert (await desk.step(id, "serve", officerId=COLLEAGUE)).status_code == 200


async def test_the_queue_shows_who_is_next_and_who_is_attended_to(intake: Intake, desk: DeskDay) -> None:
    assert (await desk.queue())["waiting"] == []
    served, second, third, gone = [await desk.ticket() for _ in range(4)]
    await desk.do(served, "call", "serve")
    await desk.do(gone, "LEFT")
    intake.memory.clock.advance(minutes=12)
    queue = await desk.queue()
    assert [(w["visitId"], w["ticketNo"], w["place"], w["waitedMinutes"]) for w in queue["waiting"]] == [
        (second, 2, 1, 12),
        (third, 3, 2, 12),
    ]
    assert [(a["visitId"], a["state"]) for a in queue["attended"]] == [(served, "SERVING")]
    assert (queue["lastTicketNo"], queue["dayLocal"], queue["closesAt"]) == (4, "1405/09/02", "2026-11-23T10:45:00Z")


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


# --- the end of the day -----------------------------------------------------------------------------------------------


async def test_at_closing_time_who_still_waits_is_told_so_and_nothing_disappears(intake: Intake, desk: DeskDay) -> None:
    """12.17: a queue is not wiped at night. Each visit is ended by an event, and stands in the list next morning."""
    filed = (await intake.file()).json()
    over, on_hold = await desk.served(), await desk.served()
    await desk.do(over, "SERVED")
    await desk.do(on_hold, "hold")
    waiting = await desk.ticket(filed["requestId"])
    before = await intake.state(filed["requestId"])
    intake.memory.clock.moment = at("1405/09/02 14:14")
    await intake.memory.tick()
    assert [event.reason for event in await desk.events() if event.reason] == ["SERVED"]
    await intake.memory.tick(minutes=1)
    ended = {event.visit_id: event for event in await desk.events() if event.reason == "DESK_CLOSED"}
    assert ended.keys() == {waiting, on_hold}
    assert ended[waiting].waited_minutes == 4 * 60 + 15
    assert await intake.state(filed["requestId"]) == before, "requests are untouched"
    intake.memory.clock.moment = at("1405/09/03 08:00")
    for day in ("1405/09/02", "2026-11-23"):
        items = (await desk.visits(day=day))["items"]
        assert [(i["ticketNo"], i["visitId"], i["reason"]) for i in items] == [
            (1, over, "SERVED"),
            (2, on_hold, "DESK_CLOSED"),
            (3, waiting, "DESK_CLOSED"),
        ]
    assert (await desk.visits())["items"] == []
    assert (await desk.visit(waiting))["requests"][0]["promise"]["promisedLocal"] == before.case.commitments[
        0
    ].promised_local


async def test_who_is_at_the_desk_when_it_shuts_is_served_on_but_no_visit_stays_open_for_ever(
    intake: Intake, desk: DeskDay
) -> None:
    served, called, waiting = await desk.served(), await desk.ticket(), await desk.ticket()
    await desk.do(called, "call")
    intake.memory.clock.moment = at("1405/09/02 14:15")
    await intake.memory.tick()
    assert (await desk.visit(waiting))["reason"] == "DESK_CLOSED"
    assert [v["state"] for v in (await desk.queue())["attended"]] == ["SERVING", "CALLED"]
    await desk.do(called, "serve", "SERVED")
    await intake.memory.tick(hours=2)
    assert (await desk.visit(served))["reason"] == "DESK_CLOSED"
    assert (await desk.queue())["attended"] == []


def with_hours(*hours: str) -> WorkingCalendar:
    """The desk's calendar with other hours on that Monday."""
    desk = sample_snapshot().desk(PERMITS_DESK)
    assert desk is not None
    calendar = sample_snapshot().calendar(desk.calendar_id)
    assert calendar is not None
    wire = calendar.to_wire()
    wire["exceptions"].append(
        {"date": "2026-11-23", "kind": "SHORT", "intervals": [hours], "status": "CONFIRMED", "source": "استانداری"}
    )
    return WorkingCalendar.model_validate(wire)


async def test_hours_that_are_made_longer_at_noon_keep_the_queue(intake: Intake, desk: DeskDay) -> None:
    id = await desk.ticket()
    intake.memory.registry = province(with_hours("07:30", "16:00"))
    intake.memory.clock.moment = at("1405/09/02 14:15")
    await intake.memory.tick()
    assert (await desk.visit(id))["state"] == "WAITING"
    intake.memory.clock.moment = at("1405/09/02 16:00")
    await intake.memory.tick()
    assert (await desk.visit(id))["reason"] == "DESK_CLOSED"


async def test_who_fetches_something_after_closing_may_come_back(intake: Intake, desk: DeskDay) -> None:
    id = await desk.served()
    intake.memory.clock.moment = at("1405/09/02 14:20")
    await desk.do(id, "hold")
    await intake.memory.tick(hours=1)
    assert (await desk.do(id, "serve", "SERVED"))["reason"] == "SERVED"


async def test_a_long_day_is_read_in_pages_that_pass_nothing_by(desk: DeskDay) -> None:
    ids = [await desk.ticket() for _ in range(5)]
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await desk.visits(limit=2, **cursor)
        seen += [item["visitId"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == ids


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
