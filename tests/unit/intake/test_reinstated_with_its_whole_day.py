"""A visit stands again with its whole day: that it ends later than was published is published (domain 3)."""

from services.contracts.working_calendar import DayKind
from tests.unit.intake.watched import Watched


async def test_a_visit_that_stands_again_with_its_whole_day_is_published_as_lengthened(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT")
    whole = house.calendar()
    await house.recorded(house.day(DayKind.SHORT, intervals=(("07:30", "12:00"),)))
    assert (await house.told(id))[-1] == ("commitment.shortened",)
    desk = house.desk()
    await house.recorded(house.desk(status="SUSPENDED"))
    await house.recorded(whole)
    house.intake.memory.clock.advance(minutes=5)
    await house.recorded(desk)
    assert (await house.told(id))[-1] == ("commitment.reinstated", "commitment.lengthened")
