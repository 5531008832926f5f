"""Who has drawn a ticket and waits for their turn loses nothing by an hour that passes meanwhile (domain 3)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.contracts.decision import Refused, TimerFired
from services.contracts.intake_commands import Expire
from services.intake.domain.awaiting import DOCUMENTS
from services.intake.domain.closing import hand_over
from services.intake.domain.collecting import COLLECTION
from services.intake.domain.coming import SETTLING
from services.intake.domain.desk_time import A_SECOND
from services.intake.domain.due import timers
from services.intake.domain.request import Request
from services.intake.domain.visit_messages import VisitOpened
from services.intake.handlers import REQUEST
from tests.unit.intake.awaiting_documents import PLAN, bring, incomplete
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    a_redirected_request,
    at,
    case_of,
    happens,
    lapsed,
    notice,
    state_of,
    the_case,
    world,
)
from tests.unit.intake.desk_day import DeskDay
from tests.unit.intake.rounds import GRANTED, HANDED, a_permit
from tests.unit.intake.standing_still import stands_still
from tests.unit.intake.test_incomplete_expires import CLOSES
from tests.unit.intake.waiting import fires, hears
from tests.unit.intake.watched import Watched
from tests.unit.standing_still import filed
from tests.unit.test_another_round import ID

QUARTER = timedelta(minutes=15)


def comes(request: Request, when: datetime) -> Request:
    return state_of(happens(request, VisitOpened(visit_id="v-9", desk_id=PERMITS_DESK, opened_at=when), world(when)))


def passes(request: Request, timer: str) -> Request:
    due = timers(request)[timer]
    return state_of(happens(request, TimerFired(name=timer, due=due), world(due)))


def test_whoever_walks_in_with_documents_before_the_grace_ends_brings_them() -> None:
    told = hears(incomplete(), "INCOMPLETE", MORNING)
    there = passes(comes(fires(told, DOCUMENTS), CLOSES - QUARTER), DOCUMENTS)
    assert the_case(there).state == "INCOMPLETE"
    bring(there, PLAN, CLOSES + QUARTER)


def test_when_that_day_is_over_it_ends() -> None:
    told = hears(incomplete(), "INCOMPLETE", MORNING)
    there = passes(comes(fires(told, DOCUMENTS), CLOSES - QUARTER), DOCUMENTS)
    assert timers(there)[DOCUMENTS] == at("1405/09/20 00:00") + SETTLING + A_SECOND
    assert the_case(passes(there, DOCUMENTS)).state == "EXPIRED"


def test_whoever_was_there_the_day_before_does_not_wait_any_more() -> None:
    told = hears(incomplete(), "INCOMPLETE", MORNING)
    there = comes(fires(told, DOCUMENTS), CLOSES - timedelta(days=1))
    assert the_case(passes(there, DOCUMENTS)).state == "EXPIRED"


async def test_whoever_walks_in_for_a_case_that_stands_still_brings_what_it_waits_for() -> None:
    """Nobody has promised them a visit: they just come."""
    house = await filed()
    await house.suspend(PLAN)
    await house.deliver(house.messages[-1])
    await house.until("1405/09/14 10:01")
    await house.until("1405/09/19 09:00")
    there = VisitOpened(visit_id="v-9", desk_id=PERMITS_DESK, opened_at=at("1405/09/19 09:00"))
    await house.intake.submit(REQUEST, ID, there)
    await house.until("1405/09/19 09:20")
    assert house.case.state == "SUSPENDED"
    await house.bring(PLAN)


def test_whoever_walks_in_for_an_output_is_handed_it() -> None:
    told = hears(a_permit(GRANTED), "COLLECTION_REMINDER", MORNING)
    ends = timers(told)[COLLECTION]
    there = passes(comes(told, ends - QUARTER), COLLECTION)
    assert the_case(there).state == "COLLECTION_DUE"
    assert case_of(hand_over(there, HANDED, world(ends + QUARTER))).state == "CLOSED"


def test_whoever_waits_at_the_desk_keeps_a_redirected_case_too() -> None:
    over = lapsed(a_redirected_request())
    told_at = "1405/09/07 10:00"
    told_ = state_of(happens(over, notice(over, "message.delivered", told_at, "REDIRECT_LAPSED"), world(told_at)))
    ends = at("1405/09/14 10:00")
    came = VisitOpened(visit_id="v-9", desk_id=SOCIAL_DESK, opened_at=ends - QUARTER)
    there = state_of(happens(told_, came, world(ends - QUARTER)))
    command = Expire.model_validate({"officerId": SOCIAL_OFFICER})
    with pytest.raises(Refused, match="IN_GRACE"):
        happens(there, command, world(ends + QUARTER))


async def in_grace(house: Watched, *, suspended: bool) -> str:
    """A case in its grace until Thursday 1405/09/19 09:10; the desk shuts at noon."""
    clock, memory = house.intake.memory.clock, house.intake.memory
    changes: dict[str, Any] = {} if suspended else {"awaitDocuments": True}
    id: str = (await house.intake.file(**changes)).json()["requestId"]
    if suspended:
        await memory.submit(REQUEST, id, stands_still(await house.intake.state(id), PLAN))
    await house.delivered(id, "SUSPENDED" if suspended else "INCOMPLETE")
    for moment in ("1405/09/11 10:01", "1405/09/14 14:32"):
        clock.moment = at(moment)
        await memory.tick()
    return id


async def comes_and_waits(house: Watched, id: str) -> tuple[DeskDay, str]:
    clock, memory = house.intake.memory.clock, house.intake.memory
    desk = DeskDay(house.intake)
    clock.moment = at("1405/09/19 09:00")
    ticket = await desk.ticket(id)
    clock.moment = at("1405/09/19 09:20")
    await memory.tick()
    assert (await house.intake.state(id)).case.state in ("INCOMPLETE", "SUSPENDED")
    return desk, ticket


@pytest.mark.parametrize("suspended", [False, True])
async def test_whoever_is_served_when_the_desk_shuts_does_not_lose_the_case_at_the_counter(
    house: Watched, suspended: bool
) -> None:
    """The desk serves on who is at it when it shuts (`visit_overrun`)."""
    id = await in_grace(house, suspended=suspended)
    desk, ticket = await comes_and_waits(house, id)
    clock, memory = house.intake.memory.clock, house.intake.memory
    clock.moment = at("1405/09/19 11:55")
    await desk.do(ticket, "call", "serve")
    clock.moment = at("1405/09/19 12:05")
    await memory.tick()
    assert (await desk.visit(ticket))["state"] == "SERVING"
    brought = await house.intake.bring(id, type=PLAN)
    assert brought.status_code in (200, 201), brought.text


@pytest.mark.parametrize("suspended", [False, True])
async def test_whoever_is_sent_away_since_the_desk_shuts_does_not_lose_the_case_a_minute_later(
    house: Watched, suspended: bool
) -> None:
    """They came in time, and were not served (I2)."""
    id = await in_grace(house, suspended=suspended)
    desk, ticket = await comes_and_waits(house, id)
    clock, memory = house.intake.memory.clock, house.intake.memory
    clock.moment = at("1405/09/19 12:00")
    await memory.tick()
    assert (await desk.visit(ticket))["reason"] == "DESK_CLOSED"
    await memory.settle()
    assert (await house.visits(id))[-1].promised_at == at("1405/09/21 07:30"), "asked back"
    clock.moment = at("1405/09/21 07:31")
    await memory.tick()
    assert (await house.intake.state(id)).case.state != "EXPIRED"
