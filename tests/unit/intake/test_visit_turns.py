"""Whose turn it is at a desk: in the order of tickets, called, or before others for a reason (domain 3; I7)."""

from tests.unit.intake.desk_day import DeskDay, refused
from tests.unit.intake.edge import Intake

COLLEAGUE = "wa-municipality-urmia-desk-02"


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
