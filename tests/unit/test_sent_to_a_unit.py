"""A citizen is sent to a unit: intake, routing and notify each behind its door, from question to answer (I1, I9)."""

from services.contracts.coordination import Slot
from services.contracts.notify import MessageState
from services.contracts.wire import Command
from services.intake.domain.case_parts import Attention
from services.notify.domain.answers import Reported
from services.notify.handlers import CORRESPONDENCE
from services.routing.domain import commands
from services.routing.domain.coordinating import Answer, AnswerHeard
from services.routing.handlers import CASE
from tests.unit.routing.asked_units import CLERK, slots
from tests.unit.routing.asked_units import HEAD as DESK_HEAD
from tests.unit.routing.office import UNIT, province
from tests.unit.standing_still import Counter
from tests.unit.test_another_round import ID


class Sending(Counter):
    """The counter, whose desk asks the unit of the permits; `ada` answers there."""

    async def says(self, command: Command) -> None:
        await self.routing.submit(CASE, ID, command)
        await self.carry()

    async def question(self) -> None:
        body = {"requestId": ID, "unit": UNIT, "question": {"purpose": "ORIGINAL"}, "officerId": CLERK}
        await self.says(commands.Ask.model_validate(body))

    async def confirm(self, slot: Slot) -> str:
        """The id of the coordination."""
        known = self.task.coordinations
        assert known is not None
        id, booking = known.asked[-1].id, f"b{len(known.bookings) + 1}"
        said = {"answer": "CONFIRMED", "officerId": "ada", "slot": slot.to_wire(), "room": "۲۱۲"}
        await self.says(Answer.model_validate({"bookingId": booking, "coordinationId": id, "said": said}))
        await self.says(AnswerHeard(booking_id=booking))
        return id

    async def send(self, slot: Slot) -> str:
        """The id of the referral that the head of the desk has approved."""
        await self.question()
        id = await self.confirm(slot)
        await self.says(
            commands.Propose.model_validate({"coordinationId": id, "ground": "ORIGINAL", "officerId": CLERK})
        )
        known = self.task.coordinations
        assert known is not None
        referral = known.referrals[-1].id
        await self.says(commands.Approve(referral_id=referral, officer_id=DESK_HEAD))
        return referral

    def states(self) -> tuple[str, str]:
        return self.case.state.value, self.case.commitments[-1].state.value

    def attention(self) -> list[Attention]:
        return list(self.case.attention)


def slot_of(day: str, number: int = 4) -> Slot:
    return slots(day, registry=province("ada"))[number]


async def house() -> Sending:
    house = Sending("ada")
    await house.file()
    return house


async def test_I1_asked_sent_missed_sent_again_seen_answered_and_announced() -> None:
    told = await house()
    await told.start()
    await told.question()
    assert told.case.state == "COORDINATING"
    first = slot_of("1405/09/04")
    id = await told.confirm(first)
    assert told.attention() == [Attention.SEND_TO_UNIT]
    propose = {"coordinationId": id, "ground": "ORIGINAL", "officerId": CLERK}
    await told.says(commands.Propose.model_validate(propose))
    assert told.attention() == [Attention.APPROVE_REFERRAL]
    await told.says(commands.Approve(referral_id=f"{ID}.r1", officer_id=DESK_HEAD))
    assert (told.states(), told.attention()) == (("REFERRED", "OPEN"), [])
    assert told.notices() == ["REGISTERED", "REFERRED"]
    assert told.messages[-1].tokens["room"] == "212"

    told.clock.moment = first.until
    await told.wait(minutes=31)
    assert (told.states(), told.attention()) == (("IN_PROGRESS", "OPEN"), [Attention.REBOOK])
    assert told.notices()[-1] == "REFERRAL_MISSED"

    second = slot_of("1405/09/08")
    await told.send(second)
    assert (told.states(), told.attention()) == (("REFERRED", "OPEN"), [])
    assert told.messages[-1].template_id == "referred-again"

    told.clock.moment = second.since
    await told.wait()
    await told.says(commands.Attend(referral_id=f"{ID}.r2", officer_id="ada"))
    assert told.states() == ("IN_PROGRESS", "OPEN")
    await told.work("PARTIAL")
    assert told.case.state == "RESULT_READY"
    await told.deliver(told.messages[-1])
    assert told.case.announced is not None
    assert told.notices() == ["REGISTERED", "REFERRED", "REFERRAL_MISSED", "REFERRED", "RESULT_READY"]
    assert [line.type for line in told.case.history if line.type.startswith("request.")][:9] == [
        "request.registered",
        "request.started",
        "request.coordinating",
        "request.referred",
        "request.returned",
        "request.coordinating",
        "request.referred",
        "request.returned",
        "request.result-ready",
    ]


async def test_who_misses_two_slots_hears_that_the_promise_is_released_and_the_case_goes_on() -> None:
    told = await house()
    await told.start()
    for day in ("1405/09/04", "1405/09/08"):
        slot = slot_of(day)
        await told.send(slot)
        told.clock.moment = slot.until
        await told.wait(minutes=31)
    assert told.states() == ("IN_PROGRESS", "RELEASED")
    assert told.attention() == [Attention.MISSED_AGAIN]
    assert told.messages[-1].template_id == "referral-missed-again"
    for _ in range(30):
        await told.wait(days=1)
    assert "DELAY_APOLOGY" not in told.notices(), "nobody has promised anything any more"
    await told.work("GRANTED")
    assert told.states() == ("RESULT_READY", "RELEASED")


async def test_a_result_before_the_slot_tells_whoever_was_sent_that_they_need_not_go() -> None:
    told = await house()
    await told.start()
    await told.send(slot_of("1405/09/08"))
    await told.work("GRANTED")
    assert told.case.state == "RESULT_READY"
    assert sorted(told.notices()) == ["REFERRAL_CANCELLED", "REFERRED", "REGISTERED", "RESULT_READY"]


async def test_a_message_that_did_not_arrive_makes_the_desk_call() -> None:
    told = await house()
    await told.send(slot_of("1405/09/08"))
    message = told.messages[-1]
    failed = Reported(message_id=message.id, provider_id="sms-1", status=MessageState.PERM_FAILED)
    await told.notify.submit(CORRESPONDENCE, ID, failed)
    await told.carry()
    assert told.attention() == [Attention.TELL_REFERRAL]


async def test_a_confirmed_slot_that_the_desk_lets_pass_ends_with_it() -> None:
    told = await house()
    await told.question()
    slot = slot_of("1405/09/04")
    await told.confirm(slot)
    told.clock.moment = slot.since
    await told.wait()
    assert (told.case.state, told.attention()) == ("PROMISED", [Attention.SLOT_UNUSED])
