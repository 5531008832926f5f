"""Intake, routing and notify behind their own doors, each hearing what the others published (12.10, 12.18, I8, I9)."""

from datetime import timedelta
from typing import Any

from services.contracts.intake_commands import (
    Announce,
    FileObjection,
    FileRequest,
    Reopen,
    Withdraw,
)
from services.contracts.notify import MessageState
from services.contracts.routing import TaskState
from services.intake.domain.case import Case as Asked
from services.intake.domain.case_parts import Attention
from services.intake.domain.messages import Filed
from services.intake.handlers import CONSUMES as INTAKE_HEARS
from services.intake.handlers import REQUEST
from services.notify.domain.answers import Accepted, Reported
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.message import Message
from services.notify.domain.rules import Rules as Telling
from services.notify.handlers import CLOSURE, CORRESPONDENCE
from services.notify.handlers import CONSUMES as NOTIFY_HEARS
from services.routing.domain.case import Case as Work
from services.routing.domain.commands import Answer, Line, Start
from services.routing.handlers import CASE, QUEUE, UNIT_DAY
from services.routing.handlers import CONSUMES as ROUTING_HEARS
from services.runtime.message import Record
from tests.support.memory_door import MemoryDoor, SetClock
from tests.support.readable_store import ReadableStore
from tests.unit.intake import cases as desk
from tests.unit.intake.edge import a_filing
from tests.unit.routing import office as unit

ID = "5b0c7a52-0000-5000-8000-000000000018"
HEAD, OFFICER = desk.PERMITS_OFFICER, "wa-municipality-urmia-desk-02"


class House:
    """Three services on one clock; `officers` work in the unit for building permits."""

    def __init__(self, *officers: str) -> None:
        self.clock = SetClock(desk.MORNING)
        self.intake = self._door("intake", [REQUEST], INTAKE_HEARS, desk.RULES, officers)
        self.routing = self._door("routing", [CASE, QUEUE, UNIT_DAY], ROUTING_HEARS, unit.RULES, officers)
        self.notify = self._door("notify", [CORRESPONDENCE, CLOSURE], NOTIFY_HEARS, Telling(), officers)
        self._heard = dict.fromkeys((self.intake, self.routing, self.notify), 0)

    def _door(self, name: str, entities: Any, inbound: Any, rules: Any, officers: tuple[str, ...]) -> MemoryDoor:
        return MemoryDoor(
            name,
            entities,
            rules=rules,
            registry=unit.province(*officers),
            inbound=inbound,
            store=ReadableStore(),
            clock=self.clock,
        )

    async def carry(self) -> None:
        """Kafka: whatever was published is heard by whoever listens, until nothing is new."""
        while any(len(door.publisher.sent) > heard for door, heard in self._heard.items()):
            for speaker in list(self._heard):
                await self.carry_from(speaker)

    async def carry_from(self, speaker: MemoryDoor) -> None:
        """What this service has published so far is heard."""
        heard = self._heard[speaker]
        fresh = speaker.publisher.sent[heard:]
        self._heard[speaker] += len(fresh)
        records = [
            Record(topic, 0, heard + number, key.encode(), value, tuple(headers))
            for number, (topic, key, value, headers) in enumerate(fresh)
        ]
        for listener, hears in (
            (self.intake, INTAKE_HEARS),
            (self.routing, ROUTING_HEARS),
            (self.notify, NOTIFY_HEARS),
        ):
            topics = {inbound.topic.name for inbound in hears}
            await listener.records(*(record for record in records if record.topic in topics))

    async def wait(self, **by: float) -> None:
        self.clock.advance(**by)
        for door in self._heard:
            await door.tick()
        await self.carry()

    async def file(self) -> None:
        filed = Filed(request_id=ID, request=FileRequest.model_validate(a_filing()))
        await self.intake.submit(REQUEST, ID, filed)
        await self.carry()

    async def ask(self, command: type[Any], **body: Any) -> None:
        """A command at the desk; its head is the second officer where one is needed."""
        await self.intake.submit(REQUEST, ID, command.model_validate({"officerId": OFFICER} | body))
        await self.carry()

    async def work(self, result: str) -> str:
        """Whoever has the task starts and answers it."""
        task_id, officer = self.task.work[-1].task.id, self.task.work[-1].task.assignee
        assert officer is not None
        await self.routing.submit(CASE, ID, Start(task_id=task_id, officer_id=officer, line=Line(older=None)))
        answer = Answer.model_validate({"taskId": task_id, "officerId": officer, "result": result, "ground": "بند ۳"})
        await self.routing.submit(CASE, ID, answer)
        await self.carry()
        return officer

    def notices(self) -> list[str]:
        return [message.notice for message in self.messages]

    async def deliver(self, message: Message) -> None:
        """The gateway took it, and confirms it."""
        taken = Accepted(message_id=message.id, turn=message.turn, provider_id=f"sms-{message.id}", parts=1)
        await self.notify.submit(CORRESPONDENCE, ID, taken)
        receipt = Reported(message_id=message.id, provider_id=f"sms-{message.id}", status=MessageState.DELIVERED)
        await self.notify.submit(CORRESPONDENCE, ID, receipt)
        await self.carry()

    @property
    def case(self) -> Asked:
        case = self.intake.state(REQUEST, ID).case
        assert isinstance(case, Asked)
        return case

    @property
    def task(self) -> Work:
        case = self.routing.state(CASE, ID)
        assert isinstance(case, Work)
        return case

    @property
    def messages(self) -> tuple[Message, ...]:
        correspondence = self.notify.state(CORRESPONDENCE, ID)
        assert isinstance(correspondence, Correspondence)
        return correspondence.messages


TOLD = {"toldTo": "APPLICANT", "identitySeen": True}


async def refused_and_told(house: House) -> str:
    await house.file()
    officer = await house.work("REFUSED")
    await house.deliver(house.messages[-1])
    assert (house.case.state, house.case.commitments[0].state) == ("CLOSED", "KEPT")
    return officer


async def test_12_18_a_reopened_case_reaches_whoever_did_it_and_comes_back_to_the_citizen() -> None:
    """FixMyStreet #897."""
    house = House("ada", "bahar", "cyrus")
    doer = await refused_and_told(house)
    await house.ask(Reopen, reason="OUR_ERROR", secondOfficerId=HEAD)
    assert (house.task.work[-1].task.state, house.task.work[-1].task.assignee, house.task.work[-1].task.id) == (
        TaskState.ASSIGNED,
        doer,
        f"{ID}.2",
    )
    assert house.messages[-1].notice == "REOPENED"
    assert await house.work("PARTIAL") == doer
    assert house.case.state == "RESULT_READY"
    await house.deliver(house.messages[-1])
    assert (house.case.state, [c.state for c in house.case.commitments]) == ("COLLECTION_DUE", ["KEPT", "KEPT"])


async def test_I8_an_objection_is_decided_by_somebody_else_and_I9_announced_by_its_own_message() -> None:
    house = House("ada", "bahar")
    author = await refused_and_told(house)
    await house.ask(FileObjection, reason="نقشه را دوباره ببینید", identitySeen=True)
    assert house.case.state == "OBJECTED"
    other = await house.work("REFUSED")
    assert {author, other} == {"ada", "bahar"}
    assert (house.case.state, house.case.attention) == ("RESULT_READY", ())
    results = [message for message in house.messages if message.notice == "RESULT_READY"]
    assert [message.round for message in results] == [1, 2]
    await house.deliver(results[1])
    assert (house.case.state, house.case.round) == ("CLOSED", 2)
    assert house.routing.state(QUEUE, unit.UNIT).loads == {}


async def test_I9_the_receipt_of_the_first_result_does_not_announce_the_second() -> None:
    """It was told at the desk, and its message is confirmed only after the objection has been decided."""
    house = House("ada", "bahar")
    await house.file()
    await house.work("REFUSED")
    first = house.messages[-1]
    await house.ask(Announce, **TOLD)
    await house.ask(FileObjection, reason="نقشه را دوباره ببینید", identitySeen=True)
    await house.work("REFUSED")
    await house.deliver(first)
    assert house.case.state == "RESULT_READY"
    await house.wait(hours=2)
    assert house.case.attention == (Attention.TELL_CITIZEN,), "an hour without its own confirmation"


async def test_I8_an_objection_that_nobody_else_can_decide_waits_and_its_promise_breaks_in_sight() -> None:
    house = House("ada")
    await refused_and_told(house)
    await house.ask(FileObjection, reason="نقشه را دوباره ببینید", identitySeen=True)
    for _ in range(30):
        await house.wait(days=1)
    assert (house.task.work[-1].task.state, house.case.state) == (TaskState.OFFERED, "OBJECTED")
    assert house.case.commitments[1].state == "BROKEN"
    assert house.case.attention == (Attention.PROMISE_BROKEN,)
    assert house.messages[-1].notice == "DELAY_APOLOGY"


async def decided_two_hours_before_the_promised_moment(result: str) -> tuple[House, Message]:
    """And the message that tells of it."""
    house = House("ada")
    await house.file()
    house.clock.moment = house.case.commitments[0].promised_at - timedelta(hours=2)
    await house.wait(seconds=0)
    await house.work(result)
    return house, house.messages[-1]


async def test_who_has_not_heard_of_the_result_by_the_promised_moment_gets_an_apology() -> None:
    """I9: decided in time, but the phone was off."""
    house, result = await decided_two_hours_before_the_promised_moment("GRANTED")
    taken = Accepted(message_id=result.id, turn=result.turn, provider_id="sms-1", parts=1)
    await house.notify.submit(CORRESPONDENCE, ID, taken)
    await house.wait(hours=3)
    assert (house.case.state, house.case.commitments[0].state) == ("RESULT_READY", "BROKEN")
    assert (house.messages[-1].notice, house.messages[-1].state) == ("DELAY_APOLOGY", "SENDING")
    await house.ask(Announce, **TOLD)
    await house.deliver(house.messages[-1])
    assert house.notices().count("DELAY_APOLOGY") == 1, "that they are told late is no other break"


async def test_who_is_told_of_the_result_too_late_gets_an_apology_though_all_is_over() -> None:
    """The confirmation comes between the promised moment and when it would be broken without one."""
    house, result = await decided_two_hours_before_the_promised_moment("REFUSED")
    await house.wait(hours=2, minutes=5)
    await house.deliver(result)
    assert (house.case.state, house.case.commitments[0].state) == ("CLOSED", "BROKEN")
    assert (house.messages[-1].notice, house.messages[-1].state) == ("DELAY_APOLOGY", "SENDING")


async def test_12_10_of_a_request_that_was_taken_back_nobody_is_reminded_and_nobody_works_on_it() -> None:
    house = House("ada")
    await house.file()
    promised = house.case.commitments[0].promised_at
    await house.ask(Withdraw, reason="NOT_NEEDED", identitySeen=True)
    assert (house.task.work[-1].task.state, house.task.clock.running_since) == (TaskState.CANCELLED, None)
    assert house.routing.state(QUEUE, unit.UNIT).loads == {}
    before = house.messages
    house.clock.moment = promised + timedelta(days=1)
    await house.wait(days=1)
    assert [message.notice for message in house.messages] == [message.notice for message in before]
    assert [message.notice for message in before] == ["REGISTERED", "WITHDRAWN"]
    assert house.case.commitments[0].state == "RELEASED"


async def test_an_output_that_nobody_fetches_is_closed_only_after_a_confirmed_reminder() -> None:
    house = House("ada")
    await house.file()
    await house.work("GRANTED")
    await house.deliver(house.messages[-1])
    assert house.case.state == "COLLECTION_DUE"
    await house.wait(days=24)
    assert house.messages[-1].notice == "COLLECTION_REMINDER"
    await house.deliver(house.messages[-1])
    await house.wait(days=10)
    assert house.case.state == "COLLECTION_DUE"
    await house.wait(days=7)
    assert (house.case.state, house.case.collected()) == ("CLOSED", False)
