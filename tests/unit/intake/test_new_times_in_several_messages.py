"""Of several messages about new times one arrived and another did not: what is left for the desk to tell (12.9)."""

from datetime import timedelta

from services.contracts.working_calendar import DayKind
from tests.unit.intake.cases import at
from tests.unit.intake.test_new_times import TELL, closed, extends, heard
from tests.unit.intake.watched import Watched


async def test_a_newer_message_that_arrived_tells_also_what_an_older_one_did_not(house: Watched) -> None:
    """Not coming is then the applicant's cause: they knew."""
    clock = house.intake.memory.clock
    id = await house.promised("NEXT_VISIT")
    await closed(house)
    await heard(house, id, "message.failed", message_id="first", created_at=clock.now())
    clock.advance(minutes=30)
    await closed(house, "1405/09/09")
    assert [move.to_at for move in (await house.visit(id)).moves] == [at("1405/09/09 07:30"), at("1405/09/10 07:30")]
    await heard(
        house, id, "message.delivered", message_id="of another hour", created_at=clock.now() - timedelta(minutes=30)
    )
    assert await house.work() == {id: TELL}
    await heard(house, id, "message.delivered", message_id="second", created_at=clock.now())
    assert await house.work() == {}
    clock.moment = at("1405/09/10 14:17")
    await house.intake.memory.tick()
    assert (await house.visit(id)).state == "RELEASED"


async def test_of_what_else_has_moved_the_desk_still_tells(house: Watched) -> None:
    """The message that arrived was of the visit; of the answer, which has moved too, none has."""
    clock = house.intake.memory.clock
    id = await house.promised("NEXT_VISIT")
    await extends(house, id)
    await heard(house, id, "message.failed", "EXTENDED", message_id="first", created_at=clock.now())
    await closed(house)
    await heard(house, id, "message.delivered", message_id="second", created_at=clock.now())
    assert await house.work() == {id: TELL}


async def test_that_a_visit_stands_again_does_not_tell_that_its_desk_shuts_sooner(house: Watched) -> None:
    """Both are told of at once, by two messages; that of the sooner end comes to nothing, the other arrives."""
    clock = house.intake.memory.clock
    id = await house.promised("NEXT_VISIT")
    await house.recorded(house.desk(status="SUSPENDED"))
    assert (await house.visit(id)).visit.warned_at is not None
    clock.advance(minutes=30)
    await house.recorded(house.desk(status="ACTIVE"), house.day(DayKind.SHORT, intervals=(("07:30", "11:00"),)))
    assert (await house.told(id))[-1] == ("commitment.reinstated", "commitment.shortened")
    now = clock.now()
    clock.advance(minutes=5)
    await heard(house, id, "message.failed", "VISIT_SHORTENED", message_id="shorter", created_at=now)
    assert await house.work() == {id: TELL}
    await heard(house, id, "message.delivered", "VISIT_REINSTATED", message_id="stands", created_at=now)
    assert await house.work() == {id: TELL}, "until when the desk is open that day nobody has told them"


async def test_a_message_of_a_new_time_does_not_tell_of_a_sooner_end_that_came_after_it(house: Watched) -> None:
    clock = house.intake.memory.clock
    id = await house.promised("NEXT_VISIT")
    await closed(house)
    of_the_move = clock.now()
    day = (await house.visit(id)).promised_at.date()
    clock.advance(minutes=30)
    await house.recorded(house.day(DayKind.SHORT, day=day, intervals=(("07:30", "11:00"),)))
    assert (await house.told(id))[-1] == ("commitment.shortened",)
    of_the_end = clock.now()
    clock.advance(minutes=5)
    await heard(house, id, "message.failed", "VISIT_SHORTENED", message_id="shorter", created_at=of_the_end)
    assert await house.work() == {id: TELL}
    await heard(house, id, "message.delivered", "VISIT_MOVED", message_id="moved", created_at=of_the_move)
    assert await house.work() == {id: TELL}, "of the sooner end they have not heard"
