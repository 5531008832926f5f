"""A day at a desk is shortened: who is asked back hears of it, or the desk was not open (domain 6, 12.9).

As in `watched`: a next visit on Sunday 1405/09/08, from ten o'clock on.
"""

from datetime import datetime

import pytest

from services.contracts.working_calendar import DayKind
from services.intake.handlers import REQUEST
from tests.unit.intake.cases import PERMITS_OFFICER, at, notice, person
from tests.unit.intake.desk_day import DeskDay
from tests.unit.intake.watched import TEN, Watched

NOON = (("07:30", "12:00"),)
SHORTENED, LENGTHENED = ("commitment.shortened",), ("commitment.lengthened",)


async def heard_of_the_closing(house: Watched, id: str, written: datetime | None = None) -> None:
    now = house.intake.memory.clock.now()
    word = notice(await house.intake.state(id), "message.delivered", now, name="VISIT_SHORTENED")
    await house.intake.memory.submit(REQUEST, id, word.model_copy(update={"created_at": written}))


async def test_whoever_is_asked_back_is_told_that_the_desk_shuts_sooner(house: Watched) -> None:
    """They were told that they may come until the closing of that day."""
    id = await house.promised("NEXT_VISIT")
    assert await house.recorded(house.day(DayKind.SHORT, intervals=NOON)) == 1
    visit = await house.visit(id)
    assert (visit.promised_at, visit.visit.until, visit.moves) == (TEN, at("1405/09/08 12:00"), ())
    assert visit.visit.told_until == at("1405/09/08 14:15")
    assert (await house.told(id))[-1] == ("commitment.shortened",)
    assert await house.recorded(house.desk(floor=2)) == 0, "once"


@pytest.mark.parametrize(("heard", "state"), [(True, "RELEASED"), (False, "BROKEN")])
async def test_not_coming_on_a_shortened_day_is_the_applicants_cause_if_they_knew_of_it(
    house: Watched, heard: bool, state: str
) -> None:
    """Domain 3: released only if the desk was open for the whole slot that they were told."""
    id = await house.promised("NEXT_VISIT")
    await house.recorded(house.day(DayKind.SHORT, intervals=NOON))
    if heard:
        await heard_of_the_closing(house, id)
    house.intake.memory.clock.moment = at("1405/09/08 12:01")
    await house.intake.memory.tick()
    assert (await house.visit(id)).state == state


async def test_to_hear_of_the_closing_when_one_was_to_come_already_is_too_late(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT")
    await house.recorded(house.day(DayKind.SHORT, intervals=NOON))
    house.intake.memory.clock.moment = at("1405/09/08 10:01")
    await heard_of_the_closing(house, id)
    house.intake.memory.clock.moment = at("1405/09/08 12:01")
    await house.intake.memory.tick()
    assert (await house.visit(id)).state == "BROKEN"


async def test_a_message_about_an_earlier_shortening_tells_nothing_of_the_newest(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT")
    first = house.intake.memory.clock.now()
    await house.recorded(house.day(DayKind.SHORT, intervals=(("07:30", "13:00"),)))
    house.intake.memory.clock.advance(minutes=5)
    await house.recorded(house.day(DayKind.SHORT, intervals=NOON))
    await heard_of_the_closing(house, id, written=first)
    assert (await house.visit(id)).visit.told_until == at("1405/09/08 14:15")
    await heard_of_the_closing(house, id, written=house.intake.memory.clock.now())
    assert (await house.visit(id)).visit.told_until is None


async def test_a_desk_that_shut_before_the_registry_had_told_it_was_not_open_all_along(house: Watched) -> None:
    """The timer of the slot comes before the watch has looked."""
    id = await house.promised("NEXT_VISIT")
    entry = house.day(DayKind.SHORT, intervals=NOON).model_copy(update={"version": 2})
    house.intake.memory.registry = house.intake.memory.registry.with_entries([entry])
    house.intake.memory.clock.moment = at("1405/09/08 14:17")
    await house.intake.memory.tick()
    assert (await house.visit(id)).state == "BROKEN"


async def test_a_day_that_is_short_no_more_and_then_again_is_told_each_time_it_ends_sooner_than_known(
    house: Watched,
) -> None:
    id = await house.promised("NEXT_VISIT")
    whole = house.calendar()
    await house.recorded(house.day(DayKind.SHORT, intervals=NOON))
    await heard_of_the_closing(house, id)
    await house.recorded(whole)
    assert (await house.visit(id)).visit.told_until == at("1405/09/08 12:00")
    await house.recorded(house.day(DayKind.SHORT, intervals=(("07:30", "13:00"),)))
    await house.recorded(house.day(DayKind.SHORT, intervals=(("07:30", "11:00"),)))
    told = (await house.told(id))[-3:]
    assert told == [SHORTENED, LENGTHENED, SHORTENED], "of twelve and of eleven; thirteen is later than they know"


@pytest.mark.parametrize("heard", [False, True])
@pytest.mark.parametrize("shuts", ["13:00", "14:15", "18:00"])
async def test_a_shortened_day_that_ends_later_after_all_is_published(house: Watched, shuts: str, heard: bool) -> None:
    """Domain 8: the message that tells of noon may wait still, and names the hour of now or is not sent."""
    id = await house.promised("NEXT_VISIT")
    await house.recorded(house.day(DayKind.SHORT, intervals=NOON))
    if heard:
        await heard_of_the_closing(house, id)
    before = await house.told(id)
    await house.recorded(house.day(DayKind.SHORT, intervals=(("07:30", shuts),)))
    assert await house.told(id) == [*before, LENGTHENED]
    assert (await house.visit(id)).visit.until == at(f"1405/09/08 {shuts}")
    assert await house.recorded(house.desk(floor=2)) == 0, "once"


async def test_of_a_day_that_was_never_shorter_than_its_person_knows_nothing_is_published(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT")
    before = await house.told(id)
    for shuts in ("18:00", "16:00"):
        await house.recorded(house.day(DayKind.SHORT, intervals=(("07:30", shuts),)))
    assert (await house.visit(id)).visit.until == at("1405/09/08 16:00")
    assert await house.told(id) == before


async def test_who_left_no_mobile_is_told_by_the_desk_that_it_shuts_sooner(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT", filed={"applicant": person(mobile=None)})
    await house.recorded(house.day(DayKind.SHORT, intervals=NOON))
    assert await house.work() == {id: ["TELL_NEW_TIME"]}
    body = {"toldTo": "APPLICANT", "officerId": PERMITS_OFFICER}
    assert (await house.intake.post(f"/v1/requests/{id}/remind", body)).status_code == 200
    assert await house.work() == {}
    house.intake.memory.clock.moment = at("1405/09/08 12:01")
    await house.intake.memory.tick()
    assert (await house.visit(id)).state == "RELEASED"


async def test_a_day_that_is_made_longer_leaves_more_room(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT")
    await house.recorded(house.day(DayKind.SHORT, intervals=(("07:30", "18:00"),)))
    house.intake.memory.clock.moment = at("1405/09/08 17:00")
    await DeskDay(house.intake).ticket(id)
    assert (await house.visit(id)).state == "KEPT"


async def test_a_day_that_is_shortened_past_the_hour_moves_the_visit_and_its_person_is_told(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT", when=at("1405/09/08 13:00").isoformat())
    assert await house.recorded(house.day(DayKind.SHORT, intervals=(("07:30", "12:00"),))) == 1
    visit = await house.visit(id)
    assert (visit.promised_local, visit.visit.until) == ("1405/09/09 07:30", at("1405/09/09 14:15"))
    assert (await house.told(id))[-1] == ("commitment.re-projected",)


async def test_a_desk_that_shuts_on_the_very_day_warns_whoever_has_not_come_yet(house: Watched) -> None:
    """The visit was for any hour from ten o'clock on; it cannot be moved any more, for its time has begun (I6)."""
    id = await house.promised("NEXT_VISIT")
    house.intake.memory.clock.moment = at("1405/09/08 10:30")
    assert await house.recorded(house.day(DayKind.CLOSED)) == 1
    assert (await house.told(id))[-1] == ("commitment.warned",)
    house.intake.memory.clock.moment = at("1405/09/08 14:16")
    await house.intake.memory.tick()
    assert (await house.visit(id)).state == "BROKEN"
