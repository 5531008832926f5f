"""The desk is shut when a result was promised that waits to be told: nobody's Clock runs any more (I3, I9, 12.9)."""

from datetime import timedelta
from typing import Any

from services.contracts.working_calendar import DayKind
from services.intake.domain.case import Case
from services.worktime.jalali import civil_day
from tests.unit.intake.cases import PERMITS_DESK, RULES, at, out_of_service, person
from tests.unit.intake.watched import Watched

NO_MOBILE: dict[str, Any] = {"applicant": person(mobile=None)}
A_DAY = timedelta(days=1)


async def ready(house: Watched, before: timedelta, **filed: Any) -> tuple[str, Case]:
    """A permit whose result is there so long before its promise."""
    id: str = (await house.intake.file(**filed)).json()["requestId"]
    promised = (await house.intake.state(id)).case.commitments[0].promised_at
    house.intake.memory.clock.moment = promised - before
    await house.intake.unit_answers(id)
    return id, await case_of(house, id)


async def case_of(house: Watched, id: str) -> Case:
    case = (await house.intake.state(id)).case
    assert isinstance(case, Case)
    return case


async def closed(house: Watched, case: Case, kind: DayKind = DayKind.CLOSED) -> int:
    return await house.recorded(house.day(kind, day=civil_day(case.commitments[0].promised_at)))


async def test_it_is_promised_for_the_same_hour_when_the_desk_is_there_and_the_desk_has_until_then(
    house: Watched,
) -> None:
    id, before = await ready(house, timedelta(hours=21), **NO_MOBILE)
    was = before.commitments[0].promised_at
    assert await closed(house, before) == 1
    after = await case_of(house, id)
    (promise,) = after.commitments
    assert (promise.promised_at, promise.moves[-1].kind) == (was + 2 * A_DAY, "RE_PROJECTED"), "a Thursday"
    assert after.attention == ("TELL_CITIZEN",), "with the result they hear all of it"
    assert after.tell_by is not None
    assert was < after.tell_by <= promise.promised_at
    assert await closed(house, before) == 0, "once"


async def test_whose_message_is_on_its_way_has_as_long_as_the_new_promise_to_hear(house: Watched) -> None:
    id, before = await ready(house, 2 * A_DAY)
    await closed(house, before)
    after = await case_of(house, id)
    (promise,) = after.commitments
    assert promise.promised_at > before.commitments[0].promised_at
    assert after.heard_by == promise.promised_at + RULES.delivery_heard_within


async def test_a_desk_that_is_out_of_service_on_that_day_tells_it_when_it_is_back(house: Watched) -> None:
    id, before = await ready(house, 2 * A_DAY, **NO_MOBILE)
    assert before.commitments[0].promised_local.startswith("1405/09/19")
    assert await house.recorded(out_of_service(PERMITS_DESK, "1405/09/19", "1405/09/25")) == 1
    (promise,) = (await case_of(house, id)).commitments
    assert promise.promised_at >= at("1405/09/25 07:30")
    assert promise.moves[-1].rule == "OUT_OF_SERVICE"


async def test_a_closure_that_routing_has_not_counted_when_the_unit_is_done_moves_it_with_the_result(
    house: Watched,
) -> None:
    """From then on nobody counts its Clock any more, and the watch has passed it by: it was no result yet."""
    id: str = (await house.intake.file(**NO_MOBILE)).json()["requestId"]
    before = await case_of(house, id)
    await closed(house, before)
    assert (await case_of(house, id)).commitments == before.commitments, "that is routing's"
    await house.intake.unit_answers(id)
    after = await case_of(house, id)
    assert (after.state, after.commitments[0].moves[-1].kind) == ("RESULT_READY", "RE_PROJECTED")


async def test_neither_another_day_nor_one_that_is_not_certain_moves_it(house: Watched) -> None:
    id, before = await ready(house, 3 * A_DAY, **NO_MOBILE)
    promised = civil_day(before.commitments[0].promised_at)
    await house.recorded(house.day(DayKind.CLOSED, day=promised + 7 * A_DAY))
    await house.recorded(house.day(DayKind.CLOSED, status="PROVISIONAL", day=promised))
    assert (await case_of(house, id)).commitments == before.commitments


async def test_I6_a_closure_after_the_hour_mends_nothing(house: Watched) -> None:
    id, before = await ready(house, timedelta(hours=2), **NO_MOBILE)
    house.intake.memory.clock.moment = before.commitments[0].promised_at + timedelta(minutes=1)
    assert await closed(house, before) == 0
    await house.intake.memory.tick()
    house.intake.memory.clock.advance(minutes=16)
    await house.intake.memory.tick()
    assert (await case_of(house, id)).commitments[0].state == "BROKEN"
