"""An appointment is one slot of one officer: never given twice, never left behind (domain 12.15).

Every test files at the permits desk, which has three officers and slots of twenty minutes, on Monday 1405/09/02 at
10:00. The slot is that of Sunday 1405/09/08 at 10:10.
"""

import asyncio
from collections import Counter
from typing import Any

import pytest

from services.intake.domain.desk_slots import BookSlot
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
)
from tests.unit.intake.cases import PERMITS_DESK, at
from tests.unit.intake.desk_day import refused
from tests.unit.intake.edge import Intake
from tests.unit.intake.test_conflicts import APPLICANT, declares

CALLERS = 64


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


async def test_12_15_sixty_four_callers_for_one_slot_are_given_it_once_for_each_officer(intake: Intake) -> None:
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
