"""Who stands in for an officer serves one person at a time: there is room, or whom there is none for is warned.

As in `watched`: appointments at the permits desk on Sunday 1405/09/08 at 10:10 (domain 12.15, 12.16).
"""

from typing import Any

import pytest

from services.contracts.registry import Conflict
from services.contracts.working_calendar import DayKind
from services.intake.domain.desk_slots import MoveSlot, SlotMoved
from services.intake.handlers import DESK_SLOTS, REQUEST
from tests.unit.intake.appointed import DAY, THIRD, book, bookings, filed, free, withdraw
from tests.unit.intake.cases import at
from tests.unit.intake.desk_day import refused
from tests.unit.intake.test_conflicts import APPLICANT
from tests.unit.intake.watched import FIRST, SECOND, Watched

WARNED, REINSTATED = ("commitment.warned",), ("commitment.reinstated",)
SINCE = {"validFrom": "2026-11-01"}


def own(officer_id: str) -> dict[str, Any]:
    return {"officerId": officer_id} | SINCE


def instead(officer_id: str, absent: str = FIRST) -> dict[str, Any]:
    return own(officer_id) | {"substituteFor": absent}


async def shifts(house: Watched, *which: dict[str, Any]) -> int:
    return await house.recorded(house.desk(shifts=which))


async def warned(house: Watched, *ids: str) -> list[bool]:
    return [(await house.visit(id)).visit.warned_at is not None for id in ids]


async def serving(house: Watched, id: str) -> str:
    who: str = (await house.visit(id)).visit.officer_id
    return who


async def test_whoever_stands_in_takes_the_booking_over_and_nobody_is_told(house: Watched) -> None:
    id = await house.promised("APPOINTMENT", withOfficerId=FIRST)
    told = await house.told(id)
    assert await shifts(house, own(SECOND), instead(SECOND)) == 1
    assert (await serving(house, id), bookings(house.intake)) == (SECOND, [(id, SECOND)])
    assert (await house.told(id), await house.work()) == (told, {})
    assert await house.recorded(house.desk(floor=2)) == 0, "once"


async def test_whose_officer_is_away_that_day_goes_to_who_stands_in_or_is_warned(house: Watched) -> None:
    id = await house.promised("APPOINTMENT", withOfficerId=FIRST)
    sunday = [{"first": "2026-11-29", "last": "2026-11-29", "reason": "مرخصی"}]
    await house.recorded(house.officer(absences=sunday))
    assert await warned(house, id) == [True]
    await shifts(house, instead(SECOND))
    assert (await serving(house, id), await warned(house, id)) == (SECOND, [False])


async def test_at_a_desk_without_shifts_the_substitute_of_one_day_takes_over_that_day_and_no_others_warned(
    house: Watched,
) -> None:
    ids = [await house.promised("APPOINTMENT", withOfficerId=officer) for officer in (FIRST, THIRD)]
    tuesday, sunday = [dict.fromkeys(("validFrom", "validTo"), day) for day in ("2026-12-01", "2026-11-29")]
    await shifts(house, instead(SECOND) | tuesday)
    assert [await serving(house, id) for id in ids] == [FIRST, THIRD]
    await shifts(house, instead(SECOND) | sunday)
    assert [await serving(house, id) for id in ids] == [SECOND, THIRD]
    assert await warned(house, *ids) == [False, False]


async def test_who_has_somebody_then_takes_nobody_over_and_whom_they_cannot_serve_is_warned(house: Watched) -> None:
    id, other = [await house.promised("APPOINTMENT", withOfficerId=officer) for officer in (FIRST, SECOND)]
    assert await shifts(house, own(SECOND), instead(SECOND)) == 1
    assert await warned(house, id, other) == [True, False]
    assert (await house.told(id))[-1] == WARNED
    assert await house.work() == {id: ["VISIT_WARNED"]}
    assert (await house.visit(id)).visit.shut_by is None
    later = at("1405/09/09 10:10").isoformat()
    assert (await house.promise(id, "APPOINTMENT", later)).status_code == 201
    assert (await serving(house, id), await warned(house, id)) == (SECOND, [False])


async def test_of_two_whose_officers_are_gone_one_is_served_and_the_other_warned(house: Watched) -> None:
    ids = [await house.promised("APPOINTMENT", withOfficerId=officer) for officer in (FIRST, THIRD)]
    await shifts(house, own(SECOND), instead(SECOND), instead(SECOND, THIRD))
    assert sorted(await warned(house, *ids)) == [False, True]
    assert sorted(officer for _, officer in bookings(house.intake)).count(SECOND) == 1


async def test_of_two_who_stand_in_the_one_with_room_takes_it_over(house: Watched) -> None:
    id, _ = [await house.promised("APPOINTMENT", withOfficerId=officer) for officer in (FIRST, SECOND)]
    await shifts(house, own(SECOND), own(THIRD), instead(SECOND), instead(THIRD))
    assert (await serving(house, id), await warned(house, id)) == (THIRD, [False])


@pytest.mark.parametrize(
    "when",
    [
        {"validTo": "2026-11-28"},
        {"validFrom": "2026-11-30"},
        {"days": ["monday"]},
        {"intervals": [["07:30", "10:20"]]},
    ],
)
async def test_who_stands_in_on_other_days_or_hours_takes_nobody_over_and_has_room_for_their_own(
    house: Watched, when: dict[str, Any]
) -> None:
    """A shift of their own makes nobody the substitute whom they are at another time."""
    id, other = await house.promised("APPOINTMENT", withOfficerId=FIRST), await filed(house.intake)
    await shifts(house, own(SECOND), instead(SECOND) | when)
    assert (await serving(house, id), await warned(house, id)) == (FIRST, [True])
    assert (await free(house.intake))["10:10"] == [SECOND]
    assert (await book(house.intake, other, withOfficerId=SECOND)).status_code == 201


async def test_who_stands_in_at_that_hour_takes_it_over(house: Watched) -> None:
    id = await house.promised("APPOINTMENT", withOfficerId=FIRST)
    hour = {"validTo": "2026-11-29", "days": ["sunday"], "intervals": [["10:10", "10:30"]]}
    await shifts(house, own(SECOND), instead(SECOND) | hour)
    assert (await serving(house, id), await warned(house, id)) == (SECOND, [False])
    assert "10:10" not in await free(house.intake)


async def test_I8_who_has_declared_the_person_does_not_take_them_over(house: Watched) -> None:
    id = await house.promised("APPOINTMENT", withOfficerId=FIRST)
    conflict = Conflict(ref=APPLICANT, relation="SPOUSE", since=house.intake.memory.clock.now().date()).to_wire()
    await house.recorded(house.officer(SECOND, conflicts=[conflict]))
    await shifts(house, own(SECOND), instead(SECOND))
    assert await warned(house, id) == [True]


async def test_whose_officer_is_back_is_served_by_them_when_the_other_has_no_shift_any_more(house: Watched) -> None:
    id = await house.promised("APPOINTMENT", withOfficerId=FIRST)
    await shifts(house, instead(SECOND))
    assert await shifts(house, own(FIRST)) == 1
    assert (await serving(house, id), await warned(house, id)) == (FIRST, [False])
    assert bookings(house.intake) == [(id, FIRST)]


async def test_the_officer_who_is_back_may_have_somebody_else_by_then(house: Watched) -> None:
    id = await house.promised("APPOINTMENT", withOfficerId=FIRST)
    await shifts(house, own(SECOND), instead(SECOND))
    other: str = (await house.intake.file()).json()["requestId"]
    await shifts(house, own(FIRST), own(SECOND), instead(SECOND))
    assert (await book(house.intake, other, withOfficerId=FIRST)).status_code == 201
    refused(await book(house.intake, other, withOfficerId=SECOND, applicantAsked=True), 409, "SLOT_TAKEN")
    await shifts(house, own(FIRST))
    assert await warned(house, id, other) == [True, False]


async def test_who_was_warned_is_told_again_when_somebody_with_room_is_named(house: Watched) -> None:
    id, _ = [await house.promised("APPOINTMENT", withOfficerId=officer) for officer in (FIRST, SECOND)]
    await shifts(house, own(SECOND), instead(SECOND))
    await shifts(house, own(SECOND), instead(SECOND), own(THIRD), instead(THIRD))
    assert (await serving(house, id), await warned(house, id)) == (THIRD, [False])
    assert (await house.told(id))[-2:] == [WARNED, REINSTATED]


async def test_who_was_warned_is_written_no_more_while_nobody_else_could_serve_them(house: Watched) -> None:
    id, _ = [await house.promised("APPOINTMENT", withOfficerId=officer) for officer in (FIRST, SECOND)]
    await shifts(house, own(SECOND), instead(SECOND))
    read = await house.intake.http.get(f"/v1/requests/{id}")
    assert await house.recorded(house.desk(floor=2)) == 0
    house.intake.memory.clock.advance(seconds=31)
    assert await house.watch.look() == 0
    body = {"reason": "NOT_NEEDED", "identitySeen": True, "officerId": SECOND}
    done = await house.intake.post(f"/v1/requests/{id}/withdraw", body, **{"If-Match": read.headers["etag"]})
    assert done.status_code == 200, "the desk has read what it is still"


async def test_who_had_no_room_once_is_asked_again_when_the_visit_had_stood_again(house: Watched) -> None:
    id, other = [await house.promised("APPOINTMENT", withOfficerId=officer) for officer in (FIRST, SECOND)]
    await shifts(house, own(SECOND), instead(SECOND))
    await shifts(house, own(FIRST), own(SECOND), instead(SECOND))
    assert (await serving(house, id), await warned(house, id)) == (FIRST, [False])
    await withdraw(house.intake, other)
    await house.intake.memory.tick(seconds=3)
    await shifts(house, own(SECOND), instead(SECOND))
    assert (await serving(house, id), await warned(house, id)) == (SECOND, [False])


async def test_who_was_warned_is_served_when_somebody_in_that_hour_withdraws(house: Watched) -> None:
    id, other = [await house.promised("APPOINTMENT", withOfficerId=officer) for officer in (FIRST, SECOND)]
    await shifts(house, own(SECOND), instead(SECOND))
    assert await warned(house, id) == [True]
    await withdraw(house.intake, other)
    await house.intake.memory.tick(seconds=3)
    assert (await serving(house, id), await warned(house, id)) == (SECOND, [False])
    assert (await house.told(id))[-2:] == [WARNED, REINSTATED]
    assert bookings(house.intake) == [(id, SECOND)]


async def test_who_was_warned_is_served_when_somebody_in_that_hour_is_booked_for_another(house: Watched) -> None:
    id, other = [await house.promised("APPOINTMENT", withOfficerId=officer) for officer in (FIRST, SECOND)]
    await shifts(house, own(SECOND), instead(SECOND))
    later = at("1405/09/09 10:10").isoformat()
    assert (await house.promise(other, "APPOINTMENT", later, applicantAsked=True)).status_code == 201
    await house.intake.memory.tick(seconds=3)
    assert (await serving(house, id), await warned(house, id)) == (SECOND, [False])


async def test_of_two_who_were_warned_one_has_the_room_that_comes_and_the_other_is_off_still(house: Watched) -> None:
    ids = [await house.promised("APPOINTMENT", withOfficerId=officer) for officer in (FIRST, THIRD)]
    other = await house.promised("APPOINTMENT", withOfficerId=SECOND)
    await shifts(house, own(SECOND), instead(SECOND), instead(SECOND, THIRD))
    assert await warned(house, *ids) == [True, True]
    await withdraw(house.intake, other)
    await house.intake.memory.tick(seconds=3)
    assert sorted(await warned(house, *ids)) == [False, True]


async def test_room_in_the_hour_of_a_closed_day_makes_nobody_come(house: Watched) -> None:
    id, other = [await house.promised("APPOINTMENT", withOfficerId=officer) for officer in (FIRST, SECOND)]
    await shifts(house, own(SECOND), instead(SECOND))
    open_ = house.calendar()
    await house.recorded(house.day(DayKind.CLOSED))
    await withdraw(house.intake, other)
    await house.intake.memory.tick(seconds=3)
    assert (await serving(house, id), await warned(house, id)) == (FIRST, [True])
    await house.recorded(open_)
    assert (await serving(house, id), await warned(house, id)) == (SECOND, [False]), "open again, and there is room"


@pytest.mark.parametrize("when", [{"when": at("1405/09/08 10:50").isoformat()}, {"withOfficerId": THIRD}])
async def test_room_at_another_hour_or_of_somebody_who_stands_in_for_nobody_asks_nobody(
    house: Watched, when: dict[str, str]
) -> None:
    id, _ = [await house.promised("APPOINTMENT", withOfficerId=officer) for officer in (FIRST, SECOND)]
    other = await house.promised("APPOINTMENT", **{"withOfficerId": SECOND} | when)
    await shifts(house, own(SECOND), own(THIRD), instead(SECOND))
    before = await house.intake.state(id)
    await withdraw(house.intake, other)
    await house.intake.memory.tick(seconds=3)
    assert (await house.intake.state(id), await warned(house, id)) == (before, [True])


async def test_room_that_comes_on_the_day_itself_asks_nobody_who_was_told_not_to_come(house: Watched) -> None:
    id, other = [await house.promised("APPOINTMENT", withOfficerId=officer) for officer in (FIRST, SECOND)]
    await shifts(house, own(SECOND), instead(SECOND))
    house.intake.memory.clock.moment = at("1405/09/08 08:00")
    await withdraw(house.intake, other)
    await house.intake.memory.tick(seconds=3)
    assert await warned(house, id) == [True]


async def test_on_the_day_itself_who_was_warned_takes_up_nobodys_time(house: Watched) -> None:
    id, _ = [await house.promised("APPOINTMENT", withOfficerId=officer) for officer in (FIRST, SECOND)]
    await shifts(house, own(SECOND), instead(SECOND))
    house.intake.memory.clock.moment = at("1405/09/08 08:00")
    assert await shifts(house, own(SECOND), own(THIRD), instead(THIRD)) == 0
    assert await warned(house, id) == [True]
    assert "10:10" not in await free(house.intake, officer=THIRD), "while the booking stands"


async def test_an_answer_that_comes_late_or_twice_changes_nothing(
    house: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = await house.promised("APPOINTMENT", withOfficerId=FIRST)
    (slot,) = (await house.intake.state(id)).case.slots
    with monkeypatch.context() as patch:
        patch.setattr(house.intake.memory.door, "_local", lambda folded, batch: [])
        assert await shifts(house, own(SECOND), instead(SECOND)) == 1
        assert await house.recorded(house.desk(floor=2)) == 0, "asked already"
        await house.recorded(house.day(DayKind.CLOSED))
    assert await warned(house, id) == [True]
    await house.intake.memory.tick(seconds=3)
    assert (await serving(house, id), await warned(house, id)) == (SECOND, [True]), "the desk is shut all the same"
    for late in (None, FIRST):
        await house.intake.memory.submit(REQUEST, id, SlotMoved(booking_id=slot.id, officer_id=late))
    assert await serving(house, id) == SECOND
    await house.intake.memory.submit(REQUEST, "no-such-request", SlotMoved(booking_id=slot.id, officer_id=FIRST))
    ask = MoveSlot(booking_id="unknown", request_id=id)
    await house.intake.memory.submit(DESK_SLOTS, DAY, ask)
    assert bookings(house.intake) == [(id, SECOND)]


async def test_who_was_to_take_it_over_is_gone_before_the_case_hears_of_it_and_the_next_is_asked(
    house: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = await house.promised("APPOINTMENT", withOfficerId=FIRST)
    with monkeypatch.context() as patch:
        _no_word_from_the_day(house, patch)
        assert await shifts(house, own(SECOND), instead(SECOND)) == 1
        assert (bookings(house.intake), await serving(house, id)) == ([(id, SECOND)], FIRST)
        await shifts(house, own(THIRD), instead(THIRD))
    await house.intake.memory.tick(seconds=3)
    assert (await serving(house, id), await warned(house, id)) == (THIRD, [False])
    assert bookings(house.intake) == [(id, THIRD)]
    assert await house.recorded(house.desk(floor=2)) == 0
    assert await shifts(house, own(SECOND), instead(SECOND)) == 1, "and it is asked again whenever they are gone"
    assert (await serving(house, id), bookings(house.intake)) == (SECOND, [(id, SECOND)])


async def test_who_was_to_take_it_over_is_gone_before_the_case_hears_of_it_and_nobody_else_has_room(
    house: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, _ = [await house.promised("APPOINTMENT", withOfficerId=officer) for officer in (FIRST, THIRD)]
    with monkeypatch.context() as patch:
        _no_word_from_the_day(house, patch)
        assert await shifts(house, own(SECOND), own(THIRD), instead(SECOND)) == 1
        await shifts(house, own(THIRD), instead(THIRD))
    await house.intake.memory.tick(seconds=3)
    assert (await warned(house, id), (await house.told(id))[-1]) == ([True], WARNED)


def _no_word_from_the_day(house: Watched, patch: pytest.MonkeyPatch) -> None:
    """What the day answers stays in its outbox."""
    to_all = house.intake.memory.door._local
    patch.setattr(
        house.intake.memory.door,
        "_local",
        lambda folded, batch: [] if folded.entity.name == DESK_SLOTS.name else to_all(folded, batch),
    )
