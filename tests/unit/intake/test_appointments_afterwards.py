"""What becomes of an appointment: given back, moved, kept or released (domain 3, 12.15)."""

from datetime import timedelta

import pytest

from services.contracts.commitment import CommitmentKind
from services.contracts.decision import Send, World
from services.contracts.intake_commands import PromiseVisit
from services.contracts.topics import INTAKE_REQUEST
from services.contracts.working_calendar import DayKind
from services.intake.domain import appointing, desk_slots
from services.intake.domain.appointing import AskAppointment
from services.intake.domain.desk_slots import BookSlot, FreeSlot, SlotBooked
from services.intake.domain.due import timers
from services.intake.domain.rules import Rules
from services.intake.handlers import DESK_SLOTS
from tests.unit.intake.appointed import (
    DAY,
    FIRST,
    SECOND,
    SLOT,
    THIRD,
    appointments,
    book,
    booked,
    bookings,
    filed,
    free,
    withdraw,
)
from tests.unit.intake.cases import PERMITS_DESK, PERMITS_OFFICER, RULES, at
from tests.unit.intake.desk_day import DeskDay, refused
from tests.unit.intake.edge import Intake
from tests.unit.intake.watched import Watched


async def test_a_case_that_is_over_gives_its_slot_back(intake: Intake) -> None:
    id = await booked(intake, withOfficerId=FIRST)
    await withdraw(intake, id)
    assert (bookings(intake), timers(await intake.state(id))) == ([], {})
    assert [one.state for one in await appointments(intake, id)] == ["RELEASED"]
    assert (await free(intake))["10:10"] == [FIRST, SECOND, THIRD]
    await booked(intake, withOfficerId=FIRST)


async def test_another_time_by_the_wish_of_the_applicant_frees_the_first_only_when_the_second_is_had(
    intake: Intake,
) -> None:
    id, other = await booked(intake, withOfficerId=FIRST), await booked(intake, withOfficerId=SECOND)
    refused(await book(intake, id), 409, "VISIT_PROMISED")
    refused(await book(intake, id, withOfficerId=SECOND, applicantAsked=True), 409, "SLOT_TAKEN")
    assert bookings(intake) == [(id, FIRST), (other, SECOND)], "nobody is left with nothing"
    assert (await book(intake, id, withOfficerId=THIRD, applicantAsked=True)).status_code == 201
    assert bookings(intake) == [(other, SECOND), (id, THIRD)]
    assert [(one.state, one.visit.officer_id) for one in await appointments(intake, id)] == [
        ("RELEASED", FIRST), ("OPEN", THIRD),
    ]  # fmt: skip


async def test_whoever_stands_in_for_an_absent_officer_is_not_booked_twice(house: Watched) -> None:
    """12.15: who was booked with the first is served by the second, who has nobody else then."""
    intake = house.intake
    first, second = ({"officerId": one, "validFrom": "2026-11-01"} for one in (FIRST, SECOND))
    await house.recorded(house.desk(shifts=[first, second]))
    id, other = await booked(intake, withOfficerId=FIRST), await filed(intake)
    instead = {"officerId": SECOND, "validFrom": "2026-11-20", "substituteFor": FIRST}
    await house.recorded(house.desk(shifts=[first, second, instead]))
    assert (await free(intake))["10:10"] == [SECOND], "the first is there still"
    await house.recorded(house.desk(shifts=[second, instead]))
    assert (await house.visit(id)).visit.warned_at is None
    assert "10:10" not in await free(intake)
    refused(await book(intake, other, withOfficerId=SECOND), 409, "SLOT_TAKEN")
    assert (await book(intake, other, at=at("1405/09/08 10:30").isoformat(), withOfficerId=SECOND)).status_code == 201


async def test_the_officer_may_be_there_after_all_and_the_person_keeps_the_hour(intake: Intake) -> None:
    """What a case holds itself is no obstacle to it."""
    id = await booked(intake, withOfficerId=FIRST)
    assert (await book(intake, id, withOfficerId=FIRST, applicantAsked=True)).status_code == 201
    assert bookings(intake) == [(id, FIRST)]
    assert [one.state for one in await appointments(intake, id)] == ["RELEASED", "OPEN"]


@pytest.mark.parametrize(
    ("hour", "state"), [("09:05", "OPEN"), ("09:10", "KEPT"), ("10:29", "KEPT"), ("10:31", "RELEASED")]
)
async def test_it_is_kept_when_the_visit_opens_in_its_slot_or_a_little_before(
    intake: Intake, hour: str, state: str
) -> None:
    id = await booked(intake)
    intake.memory.clock.moment = at(f"1405/09/08 {hour}")
    await DeskDay(intake).ticket(id)
    assert [one.state for one in await appointments(intake, id)] == [state]


async def test_who_comes_early_keeps_the_slot_until_it_is_over(intake: Intake) -> None:
    """12.15: they wait for ten past ten, and nobody else is booked for it."""
    id, other = await booked(intake, withOfficerId=FIRST), await filed(intake)
    intake.memory.clock.moment = SLOT - timedelta(minutes=40)
    await DeskDay(intake).ticket(id)
    await intake.memory.tick()
    assert [one.state for one in await appointments(intake, id)] == ["KEPT"]
    assert bookings(intake) == [(id, FIRST)]
    refused(await book(intake, other, withOfficerId=FIRST), 409, "SLOT_TAKEN")
    intake.memory.clock.moment = SLOT + timedelta(minutes=20)
    await intake.memory.tick()
    request = await intake.state(id)
    assert ([slot.state for slot in request.case.slots], list(timers(request))) == (["FREED"], [f"promise:{id}.1"])


async def test_who_does_not_come_releases_it_a_minute_after_the_slot(intake: Intake) -> None:
    id = await booked(intake)
    intake.memory.clock.moment = at("1405/09/08 10:30")
    await intake.memory.tick()
    assert [one.state for one in await appointments(intake, id)] == ["OPEN"]
    await intake.memory.tick(minutes=1)
    assert [one.state for one in await appointments(intake, id)] == ["RELEASED"]
    await intake.memory.tick()
    assert timers(await intake.state(id)) == {
        name: moment for name, moment in timers(await intake.state(id)).items() if name.startswith("promise:")
    }


async def test_a_caller_who_saw_an_older_version_is_refused_and_books_nothing(intake: Intake) -> None:
    id = await filed(intake)
    body = {"kind": "APPOINTMENT", "at": SLOT.isoformat(), "officerId": PERMITS_OFFICER}
    await intake.bring(id)
    stale = await intake.post(f"/v1/requests/{id}/commitments", body, **{"If-Match": '"1"'})
    refused(stale, 412, "STALE_VERSION")
    assert bookings(intake) == []
    seen = (await intake.http.get(f"/v1/requests/{id}")).headers["ETag"]
    assert (await intake.post(f"/v1/requests/{id}/commitments", body, **{"If-Match": seen})).status_code == 201


async def test_who_has_booked_is_told_by_no_event_and_in_no_list_of_slots(intake: Intake) -> None:
    """I12."""
    await booked(intake)
    await intake.memory.settle()
    told = "".join(event["value"] for event in intake.memory.publisher.events(INTAKE_REQUEST.name))
    shown = (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/slots")).text
    stored = str(intake.memory.store.collections[DESK_SLOTS.name])
    for text in (told, shown, stored):
        assert not any(word in text for word in ("0013542419", "رضایی", "09121234567"))


async def test_a_day_that_is_closed_while_somebody_books_is_promised_to_nobody(house: Watched) -> None:
    """12.16: the watch has looked at the desk already, and finds a case only by what is promised to it."""
    intake = house.intake
    id = await filed(intake)

    def world() -> World[Rules]:
        return World(now=intake.memory.clock.now(), registry=intake.memory.registry, rules=RULES)

    wish = PromiseVisit(kind=CommitmentKind.APPOINTMENT, at=SLOT, officer_id=PERMITS_OFFICER)
    asking = appointing.asked(await intake.state(id), AskAppointment(booking_id="b-1", asked=wish), world())
    (ask,) = asking.sends
    assert isinstance(ask.body, BookSlot)
    day = desk_slots.booked(None, ask.body, world())
    await house.recorded(house.day(DayKind.CLOSED))
    (yes,) = day.sends
    assert isinstance(yes.body, SlotBooked)
    told = appointing.booked(asking.state, yes.body, world())
    assert told.state is not None
    assert told.state.case is not None
    assert told.state.case.open_visits() == ()
    assert [slot.state for slot in told.state.case.slots] == ["TAKEN"]
    assert told.sends == (Send("desk-slots", DAY, FreeSlot(booking_id="b-1")),)


async def test_who_comes_much_too_early_and_is_served_in_the_slot_has_not_stayed_away(intake: Intake) -> None:
    """They draw a ticket at nine, wait, and are served at a quarter past ten: that is what was promised."""
    id, day = await booked(intake, withOfficerId=FIRST), DeskDay(intake)
    intake.memory.clock.moment = SLOT - timedelta(minutes=70)
    visit = await day.ticket(id)
    intake.memory.clock.moment = SLOT + timedelta(minutes=5)
    await day.do(visit, "call", "serve")
    intake.memory.clock.moment = SLOT + timedelta(minutes=22)
    await intake.memory.tick()
    assert [one.state for one in await appointments(intake, id)] == ["KEPT"]


@pytest.mark.parametrize("end", ["LEFT", "SERVED"])
async def test_who_comes_much_too_early_and_has_gone_before_the_slot_has_not_come_for_it(
    intake: Intake, end: str
) -> None:
    """Served with something else of the case, or tired of waiting."""
    id, day = await booked(intake, withOfficerId=FIRST), DeskDay(intake)
    intake.memory.clock.moment = SLOT - timedelta(minutes=70)
    await day.do(await day.ticket(id), *(("call", "serve") if end == "SERVED" else ()), end)
    intake.memory.clock.moment = SLOT + timedelta(minutes=22)
    await intake.memory.tick()
    assert [one.state for one in await appointments(intake, id)] == ["RELEASED"]


async def test_an_original_that_is_seen_long_before_the_slot_is_no_coming_for_it(intake: Intake) -> None:
    id = await booked(intake, withOfficerId=FIRST)
    intake.memory.clock.moment = SLOT - timedelta(minutes=70)
    assert (await intake.bring(id)).status_code == 200
    intake.memory.clock.moment = SLOT + timedelta(minutes=22)
    await intake.memory.tick()
    assert [one.state for one in await appointments(intake, id)] == ["RELEASED"]


async def test_who_comes_much_too_early_and_still_waits_when_the_slot_is_over_has_not_stayed_away(
    intake: Intake,
) -> None:
    """The desk is behind its time: no cause of theirs."""
    id, day = await booked(intake, withOfficerId=FIRST), DeskDay(intake)
    intake.memory.clock.moment = SLOT - timedelta(minutes=70)
    await day.ticket(id)
    intake.memory.clock.moment = SLOT + timedelta(minutes=22)
    await intake.memory.tick()
    assert [one.state for one in await appointments(intake, id)] == ["KEPT"]


async def test_who_comes_much_too_early_has_come_to_it_though_the_case_ends_in_the_slot(intake: Intake) -> None:
    id, day = await booked(intake, withOfficerId=FIRST), DeskDay(intake)
    intake.memory.clock.moment = SLOT - timedelta(minutes=70)
    visit = await day.ticket(id)
    intake.memory.clock.moment = SLOT + timedelta(minutes=5)
    await intake.memory.tick()
    await day.do(visit, "call", "serve")
    await withdraw(intake, id)
    assert [one.state for one in await appointments(intake, id)] == ["KEPT"]


async def test_who_comes_much_too_early_has_come_to_it_though_another_is_booked_in_the_slot(intake: Intake) -> None:
    id, day = await booked(intake, withOfficerId=FIRST), DeskDay(intake)
    intake.memory.clock.moment = SLOT - timedelta(minutes=70)
    await day.ticket(id)
    intake.memory.clock.moment = SLOT + timedelta(minutes=5)
    await intake.memory.tick()
    assert (await book(intake, id, at=(SLOT + timedelta(days=1)).isoformat())).status_code == 201
    assert [one.state for one in await appointments(intake, id)] == ["KEPT", "OPEN"]


@pytest.mark.parametrize(("left", "state"), [(1, "KEPT"), (2, "RELEASED")])
async def test_who_came_much_too_early_has_gone_with_the_last_of_their_tickets(
    intake: Intake, left: int, state: str
) -> None:
    """A second one that was drawn by mistake is ended; the first waits on."""
    id, day = await booked(intake, withOfficerId=FIRST), DeskDay(intake)
    intake.memory.clock.moment = SLOT - timedelta(minutes=70)
    tickets = [await day.ticket(id) for _ in range(2)]
    for ticket in tickets[::-1][:left]:
        await day.do(ticket, "LEFT")
    intake.memory.clock.moment = SLOT + timedelta(minutes=22)
    await intake.memory.tick()
    assert [one.state for one in await appointments(intake, id)] == [state]


@pytest.mark.parametrize("when", ["1405/09/08 09:30", "1405/09/15 10:00"])
async def test_who_comes_much_too_early_has_come_to_it_whatever_else_is_promised_or_kept_meanwhile(
    intake: Intake, when: str
) -> None:
    """A next visit of the same day is kept with the ticket; one of another day is promised while they wait."""
    id, day = await booked(intake, withOfficerId=FIRST), DeskDay(intake)
    same_day = when < "1405/09/09"
    if same_day:
        assert (await book(intake, id, kind="NEXT_VISIT", at=at(when).isoformat())).status_code == 201
    intake.memory.clock.moment = SLOT - timedelta(minutes=70)
    await day.ticket(id)
    if not same_day:
        assert (await book(intake, id, kind="NEXT_VISIT", at=at(when).isoformat())).status_code == 201
    intake.memory.clock.moment = SLOT + timedelta(minutes=22)
    await intake.memory.tick()
    assert [one.state for one in await appointments(intake, id)] == ["KEPT", "KEPT" if same_day else "OPEN"]


async def test_a_slot_that_is_booked_while_somebody_waits_is_theirs_when_they_are_there_still(intake: Intake) -> None:
    id, day = await filed(intake), DeskDay(intake)
    intake.memory.clock.moment = SLOT - timedelta(minutes=100)
    await day.ticket(id)
    assert (await book(intake, id, withOfficerId=FIRST)).status_code == 201
    intake.memory.clock.moment = SLOT + timedelta(minutes=22)
    await intake.memory.tick()
    assert [one.state for one in await appointments(intake, id)] == ["KEPT"]


async def test_a_slot_that_is_booked_after_somebody_has_gone_is_not_what_they_came_early_for(intake: Intake) -> None:
    id, day = await filed(intake), DeskDay(intake)
    intake.memory.clock.moment = SLOT - timedelta(minutes=100)
    await day.do(await day.ticket(id), "call", "serve", "SERVED")
    intake.memory.clock.moment = SLOT - timedelta(minutes=70)
    assert (await book(intake, id, withOfficerId=FIRST)).status_code == 201
    intake.memory.clock.moment = SLOT + timedelta(minutes=22)
    await intake.memory.tick()
    assert [one.state for one in await appointments(intake, id)] == ["RELEASED"]


async def test_who_was_there_in_the_morning_and_comes_again_in_the_slot_has_come_for_it(intake: Intake) -> None:
    id = await booked(intake, withOfficerId=FIRST)
    for moment in (SLOT - timedelta(minutes=100), SLOT + timedelta(minutes=2)):
        intake.memory.clock.moment = moment
        assert (await intake.bring(id)).status_code == 200
    intake.memory.clock.moment = SLOT + timedelta(minutes=22)
    await intake.memory.tick()
    assert [one.state for one in await appointments(intake, id)] == ["KEPT"]
