"""An appointment is booked once, whatever is repeated, crosses or crashes (domain 12.15; I11)."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from services.intake.domain.appointing import REMEMBERED, AppointmentAnswered
from services.intake.domain.desk_slots import BookSlot, FreeSlot, SlotBooked, SlotTaken, slots_id
from services.intake.domain.due import timers
from services.intake.handlers import DESK_SLOTS, REQUEST
from tests.unit.intake.appointed import DAY, FIRST, appointments, book, booked, bookings, filed, withdraw
from tests.unit.intake.cases import PERMITS_DESK, at
from tests.unit.intake.desk_day import refused
from tests.unit.intake.edge import Intake


async def test_the_same_call_books_once_and_another_body_under_its_key_is_refused(intake: Intake) -> None:
    """I11."""
    id = await filed(intake)
    answers = [await book(intake, id, key="k") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len(bookings(intake)) == len(await appointments(intake, id)) == 1
    later = at("1405/09/09 10:10").isoformat()
    refused(await book(intake, id, key="k", at=later), 409, "IDEMPOTENCY_MISMATCH")
    assert intake.memory.state(DESK_SLOTS, slots_id(PERMITS_DESK, at("1405/09/09 10:10").date())) is None
    taken = await filed(intake)
    for _ in range(2):
        refused(await book(intake, taken, key="k", withOfficerId=FIRST), 409, "SLOT_TAKEN")


@contextmanager
def dying_before_the_day_hears(intake: Intake) -> Iterator[None]:
    """What a request asks of a day stays in its outbox."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake.memory.door, "_local", lambda folded, batch: [])
        yield


async def test_a_booking_whose_answer_was_lost_in_a_crash_is_finished_by_the_scanner(intake: Intake) -> None:
    """The question stands in the outbox of the request; whoever calls again meanwhile is told to wait."""
    id = await filed(intake)
    with dying_before_the_day_hears(intake):
        waiting = await book(intake, id, key="k")
        assert refused(waiting, 503, "UNAVAILABLE")
        assert waiting.headers["Retry-After"] == "2"
        refused(await book(intake, id, key="other"), 409, "BOOKING_UNDER_WAY")
    await intake.memory.tick(seconds=3)
    assert (await book(intake, id, key="k")).status_code == 201
    assert bookings(intake) == [(id, FIRST)]


async def test_words_between_request_and_day_that_come_twice_or_late_leave_no_slot_behind(intake: Intake) -> None:
    id = await booked(intake)
    (slot,) = (await intake.state(id)).case.slots
    again = BookSlot(booking_id=slot.id, request_id=id, desk_id=PERMITS_DESK, day=slot.day, at=slot.at, officer_id=None)
    await intake.memory.submit(DESK_SLOTS, DAY, again)
    assert (bookings(intake), len(await appointments(intake, id))) == ([(id, FIRST)], 1)
    await intake.memory.submit(REQUEST, id, SlotTaken(booking_id=slot.id))
    assert (await intake.state(id)).case.slots[0].state == "HELD"
    await withdraw(intake, id)
    await intake.memory.submit(DESK_SLOTS, DAY, again)
    assert bookings(intake) == [], "given to a case that does not want it any more, and given back"
    await intake.memory.submit(DESK_SLOTS, DAY, again.model_copy(update={"request_id": "no-such-request"}))
    await intake.memory.submit(DESK_SLOTS, DAY, FreeSlot(booking_id="unknown"))
    unknown = SlotBooked(
        booking_id="x", desk_id=PERMITS_DESK, day=slot.day, at=slot.at, until=slot.at, officer_id=FIRST
    )
    assert (await intake.memory.submit(REQUEST, "no-such-request", unknown)).state is None


async def test_a_case_that_has_ended_before_the_day_answers_gives_the_slot_back(intake: Intake) -> None:
    id = await filed(intake)
    with dying_before_the_day_hears(intake):
        await book(intake, id)
        await withdraw(intake, id)
    for _ in range(3):
        await intake.memory.tick(seconds=3)
    assert bookings(intake) == []
    assert await appointments(intake, id) == []
    assert timers(await intake.state(id)) == {}


async def test_what_a_booking_of_long_ago_was_answered_is_forgotten_in_the_end(intake: Intake) -> None:
    await booked(intake, withOfficerId=FIRST)
    id = await filed(intake)
    for number in range(REMEMBERED + 5):
        refused(await book(intake, id, key=f"k-{number}", withOfficerId=FIRST), 409, "SLOT_TAKEN")
    assert len((await intake.state(id)).case.slots) == REMEMBERED + 1
    answer = AppointmentAnswered(booking_id="forgotten")
    with pytest.raises(Exception, match="SLOT_TAKEN"):
        await intake.memory.submit(REQUEST, id, answer)
