"""A closure is taken back, a day is shortened, an officer declares somebody who is booked (domain 6, 12.9, 12.16, I8).

As in `watched`: an appointment on Sunday 1405/09/08 at 10:10, or a next visit from ten o'clock on.
"""

import pytest

from services.contracts.registry import Conflict
from services.contracts.working_calendar import DayKind
from tests.unit.intake.cases import at
from tests.unit.intake.desk_day import DeskDay
from tests.unit.intake.test_conflicts import AGENT, APPLICANT
from tests.unit.intake.watched import FIRST, SECOND, SLOT, Watched


async def test_a_closure_that_is_taken_back_lets_the_appointment_stand_again_and_its_person_is_told(
    house: Watched,
) -> None:
    id = await house.promised("APPOINTMENT")
    before = house.calendar()
    await house.recorded(house.day(DayKind.CLOSED))
    assert await house.recorded(before) == 1
    visit = await house.visit(id)
    assert (visit.state, visit.promised_at, visit.visit.warned_at) == ("OPEN", SLOT, None)
    assert visit.visit.reinstated_at == house.intake.memory.clock.now()
    assert (await house.told(id))[-1] == ("commitment.reinstated",)
    assert await house.work() == {}
    assert await house.recorded(house.desk(floor=2)) == 0, "once"


async def test_whoever_does_not_come_though_the_closure_was_taken_back_has_released_it(house: Watched) -> None:
    """They were told; a desk that waited for them has broken nothing."""
    id = await house.promised("APPOINTMENT")
    before = house.calendar()
    await house.recorded(house.day(DayKind.CLOSED))
    await house.recorded(before)
    house.intake.memory.clock.moment = at("1405/09/08 10:31")
    await house.intake.memory.tick()
    assert (await house.visit(id)).state == "RELEASED"


async def test_what_is_taken_back_on_the_day_itself_is_too_late_for_whoever_was_told_not_to_come(
    house: Watched,
) -> None:
    id = await house.promised("APPOINTMENT")
    before = house.calendar()
    await house.recorded(house.day(DayKind.CLOSED))
    house.intake.memory.clock.moment = at("1405/09/08 08:00")
    assert await house.recorded(before) == 0
    house.intake.memory.clock.moment = at("1405/09/08 10:31")
    await house.intake.memory.tick()
    assert (await house.visit(id)).state == "BROKEN"


async def test_whoever_comes_all_the_same_is_served_and_the_promise_kept(house: Watched) -> None:
    id = await house.promised("APPOINTMENT")
    before = house.calendar()
    await house.recorded(house.day(DayKind.CLOSED))
    house.intake.memory.clock.moment = at("1405/09/08 08:00")
    await house.recorded(before)
    house.intake.memory.clock.moment = SLOT
    await DeskDay(house.intake).ticket(id)
    assert (await house.visit(id)).state == "KEPT"


async def test_an_officer_who_is_there_after_all_lets_the_appointment_stand_again(house: Watched) -> None:
    id = await house.promised("APPOINTMENT", withOfficerId=FIRST)
    there = house.officer()
    await house.recorded(house.officer(status="SUSPENDED"))
    assert await house.recorded(there) == 1
    assert (await house.told(id))[-2:] == [("commitment.warned",), ("commitment.reinstated",)]


async def test_a_next_visit_stays_where_a_closure_has_moved_it(house: Watched) -> None:
    """Domain 12.4: nothing else moves a date."""
    id = await house.promised("NEXT_VISIT")
    before = house.calendar()
    await house.recorded(house.day(DayKind.CLOSED))
    assert await house.recorded(before) == 0
    assert (await house.visit(id)).promised_local == "1405/09/09 07:30"


async def test_a_desk_that_is_not_given_up_after_all_awaits_also_whoever_was_asked_back(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT")
    desk = house.desk()
    await house.recorded(house.desk(status="SUSPENDED"))
    assert await house.recorded(desk) == 1
    assert (await house.visit(id)).visit.warned_at is None
    assert await house.work() == {}


@pytest.mark.parametrize(
    ("shuts", "verbs"),
    [("12:00", ("commitment.reinstated", "commitment.shortened")), ("18:00", ("commitment.reinstated",))],
)
async def test_a_visit_that_stands_again_ends_when_the_desk_shuts_by_now(
    house: Watched, shuts: str, verbs: tuple[str, ...]
) -> None:
    """Nobody looked at the closing hour while the visit was off."""
    id = await house.promised("NEXT_VISIT")
    desk = house.desk()
    await house.recorded(house.desk(status="SUSPENDED"))
    await house.recorded(desk, house.day(DayKind.SHORT, intervals=(("07:30", shuts),)))
    visit = (await house.visit(id)).visit
    assert (visit.until, visit.told_until) == (at(f"1405/09/08 {shuts}"), at("1405/09/08 14:15"))
    assert (await house.told(id))[-1] == verbs


@pytest.mark.parametrize(
    ("heard", "verbs"),
    [(False, ("commitment.reinstated", "commitment.shortened")), (True, ("commitment.reinstated",))],
)
async def test_a_visit_that_stands_again_ends_sooner_still_and_whoever_has_not_heard_is_told(
    house: Watched, heard: bool, verbs: tuple[str, ...]
) -> None:
    """The message of the sooner end may not have gone out: that nobody is to come took its place."""
    id = await house.promised("NEXT_VISIT")
    await house.recorded(house.day(DayKind.SHORT, intervals=(("07:30", "12:00"),)))
    if heard:
        await house.delivered(id, "VISIT_SHORTENED")
    desk = house.desk()
    await house.recorded(house.desk(status="SUSPENDED"))
    house.intake.memory.clock.advance(minutes=5)
    await house.recorded(desk)
    assert (await house.told(id))[-1] == verbs
    visit = (await house.visit(id)).visit
    known = None if heard else at("1405/09/08 14:15")
    assert (visit.until, visit.told_until) == (at("1405/09/08 12:00"), known)
    assert (visit.shortened_at == house.intake.memory.clock.now()) is not heard
    assert (visit.shut_by is None) is heard
    assert await house.recorded(house.desk(floor=2)) == 0, "once"


# --- I8: a conflict that is declared when the slot is given -----------------------------------------------------------


@pytest.mark.parametrize("person", [APPLICANT, AGENT])
async def test_I8_who_is_booked_with_an_officer_who_then_declares_them_is_warned(house: Watched, person: str) -> None:
    with_first = await house.promised("APPOINTMENT", withOfficerId=FIRST)
    with_second = await house.promised("APPOINTMENT", withOfficerId=SECOND)
    asked_back = await house.promised("NEXT_VISIT")
    conflict = Conflict(ref=person, relation="SPOUSE", since=house.intake.memory.clock.now().date()).to_wire()
    concerned = person == APPLICANT
    assert await house.recorded(house.officer(conflicts=[conflict])) == (1 if concerned else 0)
    assert ((await house.visit(with_first)).visit.warned_at is not None) is concerned
    for id in (with_second, asked_back):
        assert (await house.visit(id)).visit.warned_at is None
    assert await house.work() == ({with_first: ["VISIT_WARNED"]} if concerned else {})


async def test_I8_nor_does_who_stands_in_serve_somebody_they_have_declared(house: Watched) -> None:
    id = await house.promised("APPOINTMENT", withOfficerId=FIRST)
    theirs = {"officerId": SECOND, "validFrom": "2026-11-01", "substituteFor": FIRST}
    assert await house.recorded(house.desk(shifts=[theirs])) == 1, "they have it now"
    assert (await house.visit(id)).visit.warned_at is None
    conflict = Conflict(ref=APPLICANT, relation="SPOUSE", since=house.intake.memory.clock.now().date()).to_wire()
    assert await house.recorded(house.officer(SECOND, conflicts=[conflict])) == 1
    assert (await house.visit(id)).visit.warned_at is not None


async def test_I8_another_officer_at_the_same_hour_is_a_new_appointment(house: Watched) -> None:
    id = await house.promised("APPOINTMENT", withOfficerId=FIRST)
    conflict = Conflict(ref=APPLICANT, relation="SPOUSE", since=house.intake.memory.clock.now().date()).to_wire()
    await house.recorded(house.officer(conflicts=[conflict]))
    assert (await house.promise(id, "APPOINTMENT", SLOT.isoformat(), officerId=SECOND)).status_code == 201
    assert (await house.visits(id))[-1].visit.officer_id != FIRST
    assert await house.work() == {}
