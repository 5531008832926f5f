"""An appointment is one slot of one officer: never given twice, never left behind (domain 12.15).

Every test files at the permits desk, which has three officers and slots of twenty minutes, on Monday 1405/09/02 at
10:00. The slot is that of Sunday 1405/09/08 at 10:10.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.contracts.topics import INTAKE_REQUEST
from services.intake.domain.appointing import REMEMBERED, AppointmentAnswered
from services.intake.domain.desk_slots import BookSlot, FreeSlot, SlotBooked, SlotTaken, slots_id
from services.intake.domain.due import timers
from services.intake.handlers import DESK_SLOTS, REQUEST
from tests.unit.intake.cases import PERMITS_DESK, PERMITS_OFFICER, at
from tests.unit.intake.desk_day import DeskDay, refused
from tests.unit.intake.edge import Intake
from tests.unit.intake.test_conflicts import APPLICANT, declares
from tests.unit.intake.watched import Watched

CALLERS = 64
SLOT = at("1405/09/08 10:10")
DAY = slots_id(PERMITS_DESK, SLOT.date())
FIRST, SECOND, THIRD = (f"{PERMITS_DESK}-0{number}" for number in (1, 2, 3))


async def book(intake: Intake, id: str, key: str | None = None, **changes: Any) -> httpx.Response:
    body = {"kind": "APPOINTMENT", "at": SLOT.isoformat(), "officerId": PERMITS_OFFICER} | changes
    return await intake.post(f"/v1/requests/{id}/commitments", body, key)


async def filed(intake: Intake) -> str:
    id: str = (await intake.file()).json()["requestId"]
    return id


async def booked(intake: Intake, **changes: Any) -> str:
    """A filed request with an appointment."""
    id = await filed(intake)
    answer = await book(intake, id, **changes)
    assert answer.status_code == 201, answer.text
    return id


async def test_an_officer_who_has_declared_the_person_is_neither_picked_nor_chosen(intake: Intake) -> None:
    """I8: a colleague books for somebody's relative."""
    id, other = await filed(intake), await filed(intake)
    for declared in (FIRST, SECOND):
        declares(intake, APPLICANT, declared)
        answer = await book(intake, id, officerId=THIRD, applicantAsked=True)
        assert answer.status_code == 201, answer.text
        (visit,) = (await intake.state(id)).case.open_visits()
        assert visit.visit.officer_id not in (FIRST, declared)
        chosen = await book(intake, other, officerId=THIRD, withOfficerId=declared)
        assert (chosen.status_code, chosen.json()["code"]) == (409, "CONFLICT_OF_INTEREST")
    assert (await intake.state(other)).case.slots == ()


async def appointments(intake: Intake, id: str) -> list[Any]:
    return [one for one in (await intake.state(id)).case.commitments if one.visit]


def bookings(intake: Intake) -> list[tuple[str, str]]:
    """Request and officer of each booking of the day."""
    day = intake.memory.state(DESK_SLOTS, DAY)
    return [(one.request_id, one.officer_id) for one in day.booked] if day else []


async def free(intake: Intake, **query: Any) -> dict[str, list[str]]:
    """The free slots of the day, by local time, with the officers who are free then."""
    asked: dict[str, Any] = {"from": "1405/09/08", "days": 1} | query
    answer = await intake.http.get(f"/v1/desks/{PERMITS_DESK}/slots", params=asked)
    assert answer.status_code == 200, answer.text
    (day,) = answer.json()["days"]
    return {slot["atLocal"].split(" ")[1]: slot["officers"] for slot in day["slots"]}


# --- what is free -----------------------------------------------------------------------------------------------------


async def test_the_free_slots_of_a_desk_are_shown_by_day_with_who_is_free(intake: Intake) -> None:
    answer = await intake.http.get(f"/v1/desks/{PERMITS_DESK}/slots", params={"from": "2026-11-29", "days": 2})
    shown = answer.json()
    assert (shown["deskId"], shown["slotMinutes"]) == (PERMITS_DESK, 20)
    assert [(day["day"], day["dayLocal"], len(day["slots"])) for day in shown["days"]] == [
        ("2026-11-29", "1405/09/08", 20), ("2026-11-30", "1405/09/09", 20),
    ]  # fmt: skip
    assert shown["days"][0]["slots"][0] == {
        "at": "2026-11-29T04:00:00Z", "atLocal": "1405/09/08 07:30", "until": "2026-11-29T04:20:00Z",
        "officers": [FIRST, SECOND, THIRD],
    }  # fmt: skip


async def test_what_is_booked_past_or_too_far_is_not_shown(intake: Intake) -> None:
    await booked(intake, withOfficerId=SECOND)
    assert (await free(intake))["10:10"] == [FIRST, THIRD]
    assert "10:10" not in await free(intake, officer=SECOND)
    assert min(await free(intake, **{"from": "1405/09/02"})) == "10:10", "it is ten o'clock"
    assert await free(intake, **{"from": "1405/08/01"}) == await free(intake, **{"from": "1405/09/02"})
    assert await free(intake, **{"from": "1405/11/05"}) == {}


async def test_a_desk_or_a_day_that_does_not_exist_is_named(intake: Intake) -> None:
    assert (await intake.http.get("/v1/desks/nowhere/slots")).status_code == 404
    for query, code in (({"from": "1405/13/01"}, "BAD_DAY"), ({"days": 32}, "INVALID"), ({"days": 0}, "INVALID")):
        answer = await intake.http.get(f"/v1/desks/{PERMITS_DESK}/slots", params=query)
        refused(answer, 422, code)


# --- booking ----------------------------------------------------------------------------------------------------------


async def test_an_appointment_is_promised_in_the_answer_to_its_call(intake: Intake) -> None:
    id = await filed(intake)
    answer = await book(intake, id)
    assert answer.status_code == 201
    visit = answer.json()["commitments"][1]
    assert (visit["kind"], visit["state"], visit["promisedLocal"]) == ("APPOINTMENT", "OPEN", "1405/09/08 10:10")
    assert (visit["visit"]["until"], visit["visit"]["officerId"]) == ("2026-11-29T07:00:00Z", FIRST)
    assert bookings(intake) == [(id, FIRST)]
    page = await intake.http.get(f"/v1/requests/{id}/receipt", headers={"Accept": "text/html"})
    assert "نوبت شما در میز خدمت: یکشنبه ۸ آذر ۱۴۰۵، ساعت ۱۰:۱۰" in page.text


async def test_a_slot_that_is_taken_is_answered_409_and_leaves_nothing_behind(intake: Intake) -> None:
    first, second = await booked(intake, withOfficerId=FIRST), await filed(intake)
    refused(await book(intake, second, withOfficerId=FIRST), 409, "SLOT_TAKEN")
    assert await appointments(intake, second) == []
    assert bookings(intake) == [(first, FIRST)]
    assert (await book(intake, second)).json()["commitments"][1]["visit"]["officerId"] == SECOND, "another is free"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"at": at("1405/09/08 10:15").isoformat()}, "at"),
        ({"at": at("1405/09/06 10:10").isoformat()}, "at"),
        ({"withOfficerId": "wa-tax-desk-01"}, "withOfficerId"),
    ],
)
async def test_what_is_no_slot_of_the_desk_is_named(intake: Intake, changes: dict[str, Any], field: str) -> None:
    answer = refused(await book(intake, await filed(intake), **changes), 422, "NOT_A_SLOT")
    assert answer["errors"][0]["field"] == field
    assert bookings(intake) == []


async def test_sixty_four_callers_for_one_slot_are_given_it_once_for_each_officer(intake: Intake) -> None:
    """Domain 12.15: double booking by a race."""
    ids = [await filed(intake) for _ in range(CALLERS)]
    answers = await asyncio.gather(*(book(intake, id, key=f"k-{id}") for id in ids))
    assert Counter(answer.status_code for answer in answers) == {201: 3, 409: CALLERS - 3}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"SLOT_TAKEN"}
    assert sorted(officer for _, officer in bookings(intake)) == [FIRST, SECOND, THIRD]
    promised = {id for id in ids if await appointments(intake, id)}
    assert promised == {id for id, _ in bookings(intake)}, "whoever has a promise has a slot, and nobody else"
    assert "10:10" not in await free(intake)


async def test_sixty_four_callers_for_one_officer_give_it_to_one(intake: Intake) -> None:
    ids = [await filed(intake) for _ in range(CALLERS)]
    answers = await asyncio.gather(*(book(intake, id, key=f"k-{id}", withOfficerId=SECOND) for id in ids))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CALLERS - 1}


async def test_a_slot_that_another_process_wrote_meanwhile_is_not_given_again(intake: Intake) -> None:
    """The guarded write is lost, and the day decides again on what is stored."""
    first, second = await filed(intake), await filed(intake)
    store = intake.memory.store
    theirs = BookSlot(
        booking_id="b", request_id=second, desk_id=PERMITS_DESK, day=SLOT.date(), at=SLOT, officer_id=FIRST
    )
    other = Intake()
    await other.memory.submit(DESK_SLOTS, DAY, theirs)

    def before_write(id: str) -> None:
        if id == DAY:
            store.before_write = None
            store.collections[DESK_SLOTS.name].update(other.memory.store.collections[DESK_SLOTS.name])

    store.before_write = before_write
    refused(await book(intake, first, withOfficerId=FIRST), 409, "SLOT_TAKEN")
    assert bookings(intake) == [(second, FIRST)]


# --- once only --------------------------------------------------------------------------------------------------------


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


# --- what becomes of it -----------------------------------------------------------------------------------------------


async def withdraw(intake: Intake, id: str) -> None:
    body = {"reason": "NOT_NEEDED", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await intake.post(f"/v1/requests/{id}/withdraw", body)).status_code == 200


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
