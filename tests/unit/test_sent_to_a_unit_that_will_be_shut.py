"""Whoever has a slot of a unit hears once of a closure that is announced later, before they set out (12.9, I1, I9).

Intake, routing and notify each behind its door; the watch of routing sees the registry change.
"""

from typing import Any, cast

from services.contracts.coordination import ReferralOutcome, ReferralState, Slot
from services.contracts.wire import Command, instant_text
from services.intake.domain.case_parts import Attention
from services.notify.domain.answers import Declined
from services.notify.domain.message import TOLD_WITH_ANOTHER, Message
from services.notify.handlers import CORRESPONDENCE
from services.routing.domain import commands
from services.routing.domain.coordinating import Answer, AnswerHeard
from services.routing.domain.coordinations import Coordinations
from services.routing.handlers import CASE
from services.routing.unit_watch import UnitWatch
from services.runtime.store import Store
from tests.unit.closed_days import CLOSED, Expecting
from tests.unit.intake.cases import at
from tests.unit.intake.edge import KeptLog
from tests.unit.routing.asked_units import CLERK, slots
from tests.unit.routing.asked_units import HEAD as DESK_HEAD
from tests.unit.routing.office import UNIT, province
from tests.unit.routing.re_dated_days import day
from tests.unit.test_moved_dates import FIRST, REZA, SECOND


def slot_of(on: str, number: int = 4) -> Slot:
    return slots(on, registry=province("ada"))[number]


class Sending(Expecting):
    """A province whose desks send people to the unit for permits, where `ada` and `bahar` answer."""

    def __init__(self) -> None:
        super().__init__("ada", "bahar")
        self.watch = UnitWatch(
            cast(Store, self.routing.store), self.routing.door, lambda: self.routing.registry, self.clock, KeptLog()
        )

    async def says(self, id: str, command: Command) -> None:
        await self.routing.submit(CASE, id, command)
        await self.carry()

    def units(self, id: str) -> Coordinations:
        known = self.routing.state(CASE, id).coordinations
        assert isinstance(known, Coordinations)
        return known

    async def confirm(self, id: str, slot: Slot) -> None:
        body: dict[str, Any] = {"requestId": id, "unit": UNIT, "question": {"purpose": "ORIGINAL"}, "officerId": CLERK}
        await self.says(id, commands.Ask.model_validate(body))
        known = self.units(id)
        booking = f"{id}-b{len(known.bookings) + 1}"
        said = {"answer": "CONFIRMED", "officerId": "ada", "slot": slot.to_wire()}
        answer = {"bookingId": booking, "coordinationId": known.asked[-1].id, "said": said}
        await self.says(id, Answer.model_validate(answer))
        await self.says(id, AnswerHeard(booking_id=booking))

    async def send(self, id: str, slot: Slot) -> None:
        await self.confirm(id, slot)
        body = {"coordinationId": self.units(id).asked[-1].id, "ground": "ORIGINAL", "officerId": CLERK}
        await self.says(id, commands.Propose.model_validate(body))
        await self.says(id, commands.Approve(referral_id=self.units(id).referrals[-1].id, officer_id=DESK_HEAD))

    async def watched(self) -> int:
        async with self.routing.serving():
            found = await self.watch.look()
        await self.routing.settle()
        await self.carry()
        return found

    def off(self, *ids: str) -> list[Message]:
        """What was said of slots that are off."""
        messages: list[Message] = []
        for id in ids or (FIRST,):
            messages += [m for m in self.notify.state(CORRESPONDENCE, id).messages if m.notice == "REFERRAL_CANCELLED"]
        return messages


async def test_12_9_who_was_sent_hears_once_not_to_come_and_gets_another_slot_for_nothing() -> None:
    told = Sending()
    await told.file_as(FIRST)
    slot = slot_of(CLOSED)
    await told.send(FIRST, slot)
    await told.watched()
    told.announce(day(CLOSED))
    assert await told.watched() == 1
    (referral,) = told.units(FIRST).referrals
    assert (referral.state, referral.outcome) == (ReferralState.CANCELLED, ReferralOutcome.UNIT_SHUT)
    (message,) = told.off()
    assert (message.template_id, message.tokens["meeting"]) == ("referral-off-by-closure", instant_text(slot.since))
    assert (told.of(FIRST).state, told.of(FIRST).attention) == ("PROMISED", (Attention.REFERRAL_OFF,))
    told.clock.moment = slot.until
    await told.wait(minutes=31)
    assert (await told.watched(), len(told.off())) == (0, 1), "nobody has missed it, and nobody hears of it again"

    await told.send(FIRST, slot_of("1405/09/12"))
    assert told.units(FIRST).referrals[-1].rebooks is None
    assert (told.of(FIRST).state, told.of(FIRST).attention) == ("REFERRED", ())


async def test_12_9_a_slot_in_which_nobody_was_sent_yet_is_work_for_the_desk_and_no_message() -> None:
    told = Sending()
    await told.file_as(FIRST)
    await told.confirm(FIRST, slot_of(CLOSED))
    assert told.of(FIRST).attention == (Attention.SEND_TO_UNIT,)
    told.announce(day(CLOSED))
    assert await told.watched() == 1
    assert told.off() == []
    assert (told.of(FIRST).state, told.of(FIRST).attention) == ("PROMISED", (Attention.REFERRAL_OFF,))


async def test_12_9_a_closure_that_moves_the_answer_and_the_slots_of_two_cases_is_told_once() -> None:
    """The soonest trip is what they hear of, and that the rest stands on the tracking page."""
    told = Sending()
    for id in (FIRST, SECOND):
        await told.file_as(id)
    await told.send(FIRST, slot_of(CLOSED, 5))
    await told.send(SECOND, slot_of(CLOSED, 2))
    told.clock.moment = at("1405/09/03 00:30")
    told.announce(day(CLOSED))
    await told.sweep()
    await told.carry()
    assert await told.watched() == 2
    told.clock.moment = at("1405/09/03 08:30")
    await told.notify.tick()
    news = [*told.heard(FIRST, SECOND), *told.off(FIRST, SECOND)]
    assert {message.notice for message in news} == {"RE_DATED", "REFERRAL_CANCELLED"}
    (sent,) = [message for message in news if message.state == "SENDING"]
    assert (sent.notice, sent.tokens["meeting"]) == ("REFERRAL_CANCELLED", instant_text(slot_of(CLOSED, 2).since))
    assert {message.reason() for message in news if message is not sent} == {TOLD_WITH_ANOTHER}
    assert [told.of(id).attention for id in (FIRST, SECOND)] == [(Attention.REFERRAL_OFF,)] * 2, "nobody need call"
    refused = Declined(message_id=sent.id, turn=sent.turn, again=False, reason="BLOCKED")
    await told.notify.submit(CORRESPONDENCE, SECOND, refused)
    await told.carry()
    (next_one,) = [message for message in told.off(FIRST, SECOND) if message.state == "SENDING"]
    assert next_one.tokens["meeting"] == instant_text(slot_of(CLOSED, 5).since)
    assert Attention.TELL_REFERRAL in told.of(SECOND).attention, "the desk calls whoever no message has reached"


async def test_12_9_another_citizen_hears_by_themselves() -> None:
    told = Sending()
    await told.file_as(FIRST)
    await told.file_as(SECOND, REZA)
    for number, id in enumerate((FIRST, SECOND)):
        await told.send(id, slot_of(CLOSED, number))
    told.announce(day(CLOSED))
    assert await told.watched() == 2
    assert [message.state for message in told.off(FIRST, SECOND)] == ["SENDING", "SENDING"]


async def test_who_came_in_vain_reads_that_the_unit_was_not_open() -> None:
    """Announced too late for anybody to hear: that is no message of the closure, and is not left out for one."""
    told = Sending()
    await told.file_as(FIRST)
    slot = slot_of(CLOSED)
    await told.send(FIRST, slot)
    told.clock.moment = slot.since
    told.announce(day(CLOSED))
    assert await told.watched() == 0
    told.clock.moment = slot.until
    await told.wait(minutes=31)
    (message,) = told.off()
    assert (message.template_id, message.closures) == ("referral-shut", ())
