"""How the day of a desk ends: nobody is left without a word and no visit stays open (domain 3)."""

from datetime import date
from typing import Any

import pytest

from services.contracts.working_calendar import DayKind, WorkingCalendar
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import PERMITS_DESK, at, province
from tests.unit.intake.desk_day import DeskDay
from tests.unit.intake.edge import Intake
from tests.unit.intake.watched import SECOND, Watched

MONDAY = date(2026, 11, 23)


async def test_12_17_at_closing_time_who_still_waits_is_told_so_and_nothing_disappears(
    intake: Intake, desk: DeskDay
) -> None:
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
    gone = {"here": (), "gone_at": at("1405/09/02 14:15")}
    case = before.case.model_copy(update=gone)
    assert (await intake.state(filed["requestId"])).case == case, "requests are untouched, but that nobody is there"
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


@pytest.mark.parametrize(("known", "shuts"), [("10:30", "11:00"), ("11:20", "11:20")])
async def test_hours_that_are_made_shorter_on_the_day_itself_end_the_visits_when_the_desk_shuts(
    house: Watched, desk: DeskDay, known: str, shuts: str
) -> None:
    """The province closes at eleven because of the snow, while people wait at the desk; or says so when it has."""
    served, waiting, clock = await desk.served(), await desk.ticket(), house.intake.memory.clock
    clock.moment = at(f"1405/09/02 {known}")
    assert await house.recorded(with_hours("07:30", "11:00")) == 0, "no case is concerned"
    clock.moment = at(f"1405/09/02 {shuts}")
    await house.intake.memory.tick()
    shown = [await desk.visit(id) for id in (waiting, served)]
    assert [(one["state"], one["reason"]) for one in shown] == [("ENDED", "DESK_CLOSED"), ("SERVING", None)]
    await house.intake.memory.tick(hours=2)
    assert (await desk.visit(served))["reason"] == "DESK_CLOSED"


async def test_a_day_that_is_closed_while_people_wait_ends_their_visits(house: Watched, desk: DeskDay) -> None:
    id = await desk.ticket()
    house.intake.memory.clock.advance(minutes=1)
    await house.recorded(house.day(DayKind.CLOSED, day=MONDAY))
    await house.intake.memory.tick()
    assert (await desk.visit(id))["reason"] == "DESK_CLOSED"


async def test_who_came_when_the_desk_was_shut_is_not_sent_away_by_another_change(
    house: Watched, desk: DeskDay
) -> None:
    house.intake.memory.clock.moment = at("1405/09/02 15:00")
    id = await desk.ticket()
    await house.recorded(house.officer(SECOND, status="SUSPENDED"), with_hours("07:30", "11:00"))
    await house.intake.memory.tick(minutes=1)
    assert (await desk.visit(id))["state"] == "WAITING"


@pytest.mark.parametrize("comes", ["14:15", "15:00"])
async def test_who_comes_when_the_desk_has_shut_keeps_nobody_but_themselves_until_midnight(
    intake: Intake, desk: DeskDay, comes: str
) -> None:
    """Also in the very second in which it shuts, before its timer has fired."""
    served, waiting, clock = await desk.served(), await desk.ticket(), intake.memory.clock
    clock.moment = at(f"1405/09/02 {comes}")
    late = await desk.ticket()
    await intake.memory.tick()
    assert (await desk.visit(waiting))["reason"] == "DESK_CLOSED"
    assert [(await desk.visit(id))["state"] for id in (served, late)] == ["SERVING", "WAITING"]
    assert (await desk.queue())["closesAt"] == "2026-11-23T10:45:00Z"
    clock.moment = at("1405/09/02 16:15")
    await intake.memory.tick()
    assert (await desk.visit(served))["reason"] == "DESK_CLOSED", "the usual time after closing"
    assert (await desk.visit(late))["state"] == "WAITING"
    clock.moment = at("1405/09/03 00:00")
    await intake.memory.tick()
    assert (await desk.visit(late))["reason"] == "DESK_CLOSED"


async def test_who_is_put_on_hold_after_closing_keeps_nobody_else_waiting(intake: Intake, desk: DeskDay) -> None:
    served, fetches, waiting = await desk.served(), await desk.served(), await desk.ticket()
    intake.memory.clock.moment = at("1405/09/02 14:15")
    await desk.do(fetches, "hold")
    await intake.memory.tick()
    states = [(await desk.visit(id))["state"] for id in (served, fetches, waiting)]
    assert states == ["SERVING", "ON_HOLD", "ENDED"]
    await intake.memory.tick(hours=2)
    assert [(await desk.visit(id))["reason"] for id in (served, fetches)] == ["DESK_CLOSED", "DESK_CLOSED"]


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
