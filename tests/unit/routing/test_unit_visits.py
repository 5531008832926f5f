"""Coordination and referral as a case lives through them, behind the real door: what is told and given back."""

from typing import Any

import pytest

from services.contracts.coordination import Slot
from services.contracts.decision import Refused
from services.contracts.routing import WorkMoved
from services.contracts.wire import Command
from services.routing.domain import commands
from services.routing.domain.commands import Line, Start
from services.routing.domain.coordinating import Answer, AnswerHeard
from services.routing.domain.unit_slots import UnitDay, unit_day_id
from services.routing.handlers import CASE, UNIT_DAY
from services.worktime.jalali import civil_day
from tests.unit.routing.asked_units import CLERK, HEAD, PERSON, slots, units
from tests.unit.routing.office import UNIT, Office, record, registered, task_of


class Asking(Office):
    """A case that one of two officers has; its desk asks their unit."""

    async def do(self, command: Command) -> None:
        await self.submit(CASE, "r1", command)

    async def confirmed(self, slot: Slot, answer: str = "CONFIRMED") -> str:
        """The id of the coordination."""
        body: dict[str, Any] = {"requestId": "r1", "unit": UNIT, "question": {"purpose": "ORIGINAL"}}
        await self.do(commands.Ask.model_validate(body | {"officerId": CLERK}))
        known = self.case("r1").coordinations
        assert known is not None
        id, booking = known.asked[-1].id, f"b{len(known.bookings) + 1}"
        said = {"answer": answer, "officerId": "ada", "slot": slot.to_wire()}
        await self.do(Answer.model_validate({"bookingId": booking, "coordinationId": id, "said": said}))
        await self.do(AnswerHeard(booking_id=booking))
        return id

    async def issued(self, slot: Slot) -> None:
        id = await self.confirmed(slot)
        body = {"coordinationId": id, "ground": "ORIGINAL", "officerId": CLERK}
        await self.do(commands.Propose.model_validate(body))
        known = self.case("r1").coordinations
        assert known is not None
        await self.do(commands.Approve(referral_id=known.referrals[-1].id, officer_id=HEAD))

    def held(self, slot: Slot) -> int:
        day = self.state(UNIT_DAY, unit_day_id(UNIT, civil_day(slot.since)))
        return day.beside(slot) if isinstance(day, UnitDay) else 0

    def told(self) -> list[str]:
        """What was published of coordinations and referrals, in order."""
        return [move for event in self.about_visits() for move in event.moves if move.startswith(("coord", "referral"))]

    def about_visits(self) -> list[WorkMoved]:
        return [event for event in self.published("r1") if event.coordinations]


@pytest.fixture
async def office() -> Asking:
    office = Asking(units())
    await office.hear(registered("r1", applicant_ref=PERSON))
    return office


async def test_I1_a_citizen_is_sent_in_a_slot_that_the_unit_has_confirmed_and_is_seen(office: Asking) -> None:
    slot = slots()[2]
    await office.issued(slot)
    assert office.held(slot) == 1
    office.clock.moment = slot.since
    await office.do(commands.Attend(referral_id="r1.r1", officer_id="ada"))
    assert office.told() == [
        "coordination.asked",
        "coordination.confirmed",
        "referral.proposed",
        "referral.issued",
        "referral.attended",
    ]
    (referral,) = office.published("r1")[-1].referrals
    assert (referral.state, referral.outcome, referral.slot) == ("ATTENDED", "SEEN", slot)
    assert office.case("r1").clock.running_since is not None, "the Clock runs meanwhile"


async def test_who_does_not_come_has_missed_it_half_an_hour_after_the_slot_and_may_come_again(
    office: Asking,
) -> None:
    first, second = slots()[2], slots()[6]
    await office.issued(first)
    office.clock.moment = first.until
    await office.tick(minutes=31)
    assert office.published("r1")[-1].referrals[0].outcome == "MAY_REBOOK"
    await office.issued(second)
    assert office.published("r1")[-1].referrals[-1].rebooks == "r1.r1"
    office.clock.moment = second.until
    await office.tick(minutes=31)
    assert office.published("r1")[-1].referrals[-1].outcome == "NO_MORE"
    with pytest.raises(Refused, match="NO_REBOOKING_LEFT"):
        await office.confirmed(slots()[9])


async def test_what_the_unit_does_not_answer_lapses_by_itself(office: Asking) -> None:
    body = {"requestId": "r1", "unit": UNIT, "question": "باید خودش بیاید؟", "officerId": CLERK}
    await office.do(commands.Ask.model_validate(body))
    await office.tick(hours=30)
    assert office.told() == ["coordination.asked", "coordination.lapsed"]
    assert b"\xd8\xa8\xd8\xa7\xdb\x8c\xd8\xaf" not in office.published("r1")[-1].to_json(), (
        "no free text in events (I12)"
    )


async def test_when_the_work_is_answered_a_slot_that_nobody_needs_goes_back(office: Asking) -> None:
    slot = slots()[2]
    await office.issued(slot)
    officer = str(task_of(office.case("r1")).assignee)
    await office.do(Start(task_id="r1.1", officer_id=officer, line=Line(older=None)))
    body = {"taskId": "r1.1", "officerId": officer, "result": "GRANTED"}
    await office.do(commands.Answer.model_validate(body))
    assert office.held(slot) == 0
    assert office.told()[-1] == "referral.cancelled"
    moves = [event.moves for event in office.published("r1")][-2:]
    assert moves[0] == ("task.answered", "clock.stopped", "result.decided")


async def test_when_the_request_is_withdrawn_nobody_is_expected_any_more(office: Asking) -> None:
    slot = slots()[2]
    await office.confirmed(slot, answer="PROPOSED")
    assert office.held(slot) == 1
    await office.records(record(registered("r1", moves=("request.withdrawn",), state="WITHDRAWN"), 2))
    assert office.held(slot) == 0
    assert office.told()[-1] == "coordination.declined"


async def test_nobody_asks_about_what_no_unit_works_on() -> None:
    office = Asking(units())
    with pytest.raises(Refused, match="UNKNOWN_REQUEST"):
        await office.confirmed(slots()[0])
