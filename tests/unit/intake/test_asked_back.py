"""Who is asked back by the rules alone: on record as nobody's act, and told like any new time (I2, domain 3).

As in `watched`: filed on Monday 1405/09/02 at 10:00, to come on Sunday 1405/09/08.
"""

from typing import Any

import pytest

from services.worktime import parse_jalali
from tests.unit.intake.cases import at
from tests.unit.intake.desk_day import DeskDay
from tests.unit.intake.test_new_times import NO_MOBILE, TELL, heard, reminds
from tests.unit.intake.watched import TEN, Watched


def gone(house: Watched, first: str, back: str | None = None) -> Any:
    """The desk, which is out of service from a day on."""
    plans = [{"status": "SUSPENDED", "since": str(parse_jalali(first)), "reason": "بازسازی"}]
    if back is not None:
        plans.append({"status": "ACTIVE", "since": str(parse_jalali(back)), "reason": "پایان بازسازی"})
    return house.desk(planned=plans)


async def leaves(house: Watched, id: str, now: str) -> None:
    """Comes, and leaves before anybody has served them."""
    house.intake.memory.clock.moment = at(now)
    desk = DeskDay(house.intake)
    await desk.do(await desk.ticket(id), "LEFT")
    await house.intake.memory.settle()


@pytest.mark.parametrize(("asked", "basis"), [({}, "RULE"), ({"nextVisitAt": TEN.isoformat()}, "OFFICER")])
async def test_a_next_visit_at_the_end_of_the_deadline_is_the_rules_and_another_the_officers(
    house: Watched, asked: dict[str, str], basis: str
) -> None:
    id = (await house.intake.file(awaitDocuments=True, **asked)).json()["requestId"]
    assert (await house.visit(id)).basis == basis


async def test_who_is_asked_back_instead_of_a_visit_that_is_off_is_asked_by_the_rules(house: Watched) -> None:
    """No desk has booked it with them: whom the message does not tell, the desk does."""
    filed = await house.intake.file(awaitDocuments=True, nextVisitAt=TEN.isoformat())
    id = filed.json()["requestId"]
    await house.recorded(gone(house, "1405/09/08"))
    house.says(gone(house, "1405/09/08", "1405/09/10"))
    assert await house.work() == {id: ["VISIT_WARNED"]}
    await leaves(house, id, "1405/09/03 09:00")
    visit = await house.visit(id)
    assert (visit.state, visit.promised_local, visit.basis) == ("OPEN", "1405/09/14 10:00", "RULE")
    assert (visit.moves[-1].rule, visit.visit.warned_at) == ("ASKED_BACK", None)
    assert (await house.told(id))[-1] == ("commitment.re-projected",)
    assert (await house.intake.state(id)).case.history[-1].by == "TIME"
    await heard(house, id, "message.failed")
    assert await house.work() == {id: TELL}


async def test_a_visit_that_is_off_is_not_released_by_the_rules_where_its_law_leaves_no_day(house: Watched) -> None:
    """That would be the applicant's cause: it stands in the work list, where the desk books anew."""
    id = await house.promised("NEXT_VISIT", when=at("1405/10/06 10:00").isoformat())
    house.intake.memory.clock.moment = at("1405/09/25 10:00")
    await house.intake.memory.tick()
    await house.recorded(gone(house, "1405/10/06", "1405/10/20"))
    assert await house.work() == {id: ["PROMISE_BROKEN", "VISIT_WARNED"]}
    await leaves(house, id, "1405/10/05 09:00")
    (visit,) = await house.visits(id)
    assert visit.state == "OPEN"
    assert await house.work() == {id: ["PROMISE_BROKEN", "VISIT_WARNED"]}


async def asked_back(house: Watched, **filed: Any) -> str:
    """Their answer is late; they came on Wednesday 1405/09/25 and left: on Thursday the desk awaits them."""
    id: str = (await house.intake.file(**filed)).json()["requestId"]
    house.intake.memory.clock.moment = at("1405/09/25 10:00")
    await house.intake.memory.tick()
    await leaves(house, id, "1405/09/25 10:00")
    assert (await house.visit(id)).promised_local == "1405/09/26 07:30"
    return id


@pytest.mark.parametrize(("told", "state"), [(False, "BROKEN"), (True, "RELEASED")])
async def test_who_is_asked_back_and_was_not_told_has_not_stayed_away(house: Watched, told: bool, state: str) -> None:
    """Domain 3: no message reaches them, and the desk has not called."""
    id = await asked_back(house, **NO_MOBILE)
    if told:
        await reminds(house, id)
    house.intake.memory.clock.moment = at("1405/09/26 23:00")
    await house.intake.memory.tick()
    assert (await house.visit(id)).state == state


async def test_who_is_asked_back_by_a_message_that_came_to_nothing_is_the_desks_to_call(house: Watched) -> None:
    """I2: told by message."""
    id = await asked_back(house)
    await heard(house, id, "message.failed", "VISIT")
    assert await house.work() == {id: ["PROMISE_BROKEN", *TELL]}
    house.intake.memory.clock.moment = at("1405/09/26 23:00")
    await house.intake.memory.tick()
    assert (await house.visit(id)).state == "BROKEN"


async def test_what_the_desk_has_said_itself_is_no_work_when_its_message_fails(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT")
    await heard(house, id, "message.failed", "VISIT")
    assert await house.work() == {}
