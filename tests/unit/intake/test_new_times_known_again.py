"""Whoever left no mobile need not be told of a time that is again as they know it (domain 3), also of a next visit that
the rules have set: at the end of the deadline of their documents, which their receipt says, or told by the desk."""

from services.contracts.working_calendar import DayKind
from services.worktime.jalali import civil_day
from tests.unit.intake.test_asked_back import asked_back
from tests.unit.intake.test_new_times import NO_MOBILE, TELL, reminds
from tests.unit.intake.watched import Watched


async def test_a_visit_at_the_deadline_of_documents_ends_again_when_their_receipt_says(house: Watched) -> None:
    id = (await house.intake.file(awaitDocuments=True, **NO_MOBILE)).json()["requestId"]
    visit = await house.visit(id)
    assert visit.basis == "RULE"
    assert await house.work() == {}, "they have heard it at the desk"
    house.intake.memory.clock.advance(minutes=5)
    whole = house.calendar()
    morning = (("07:30", "12:00"),)
    await house.recorded(house.day(DayKind.SHORT, day=civil_day(visit.promised_at), intervals=morning))
    assert await house.work() == {id: TELL}
    await house.recorded(whole)
    assert (await house.visit(id)).visit.until == visit.visit.until
    assert await house.work() == {}


async def test_who_was_asked_back_and_called_need_not_be_called_for_a_day_that_is_as_long_as_before(
    house: Watched,
) -> None:
    id = await asked_back(house, **NO_MOBILE)
    await reminds(house, id)
    visit = await house.visit(id)
    others = await house.work()
    house.intake.memory.clock.advance(minutes=5)
    whole = house.calendar()
    morning = (("07:30", "09:00"),)
    await house.recorded(house.day(DayKind.SHORT, day=civil_day(visit.promised_at), intervals=morning))
    assert TELL[0] in (await house.work())[id]
    await house.recorded(whole)
    assert await house.work() == others


async def test_who_was_asked_back_and_has_not_been_called_is_still_to_be_called(house: Watched) -> None:
    """That the day is as long as before tells them nothing of the visit."""
    id = await asked_back(house, **NO_MOBILE)
    visit = await house.visit(id)
    before = await house.work()
    assert TELL[0] in before[id]
    house.intake.memory.clock.advance(minutes=5)
    whole = house.calendar()
    await house.recorded(house.day(DayKind.SHORT, day=civil_day(visit.promised_at), intervals=(("07:30", "09:00"),)))
    await house.recorded(whole)
    assert await house.work() == before
