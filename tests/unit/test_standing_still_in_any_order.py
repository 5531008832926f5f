"""A case that stands still, whatever comes twice, late or never between the services (I2, I11)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.intake_commands import FileObjection
from services.contracts.routing import TaskState
from services.intake.domain.messages import EvidenceBrought
from services.intake.domain.visiting import unpromised
from services.intake.handlers import CONSUMES as INTAKE_HEARS
from services.intake.handlers import REQUEST
from services.notify.handlers import CONSUMES as NOTIFY_HEARS
from services.ops.chance import Chance
from services.routing.domain.commands import Answer, Suspend
from services.routing.handlers import CASE
from services.routing.handlers import CONSUMES as ROUTING_HEARS
from services.runtime.message import Record
from tests.unit.standing_still import CONTRACT, PLAN, Counter, filed
from tests.unit.test_another_round import HEAD, ID


async def test_what_came_before_intake_heard_of_the_demand_counts() -> None:
    """The paper and the demand cross: nobody is asked for what lies on the desk."""
    house = await filed()
    officer = house.task.work[-1].task.assignee
    command = Suspend.model_validate(
        {"taskId": f"{ID}.1", "officerId": officer, "cause": "APPLICANT", "evidenceTypes": [PLAN]}
    )
    await house.routing.submit(CASE, ID, command)
    house.clock.advance(seconds=1)
    await house.intake.submit(REQUEST, ID, EvidenceBrought(type=PLAN, original_seen=True, officer_id=HEAD))
    await house.carry()
    assert (house.case.state, house.task.clock.suspended()) == ("PROMISED", None)


async def test_a_paper_from_before_the_demand_does_not_answer_it() -> None:
    house = await filed()
    await house.bring(PLAN)
    await house.until("1405/09/03 10:00")
    await house.suspend(PLAN)
    assert house.case.state == "SUSPENDED"
    await house.bring(PLAN)
    assert house.case.state == "PROMISED"


async def test_a_word_that_was_lost_between_two_demands_leads_to_the_newer_one() -> None:
    """An event that cannot be read is not waited for for ever: the next one tells the whole ledger."""
    house = await filed()
    await house.until("1405/09/03 10:00")
    await house.suspend(PLAN)
    lost = await house.unheard(house.resume)
    await house.unheard(lambda: house.suspend(CONTRACT))
    newest = house.routing.publisher.sent[-1]
    headers = dict(newest[3]) | {"ce_sequence": str(lost).encode()}
    await house.intake.records(Record(newest[0], 0, 99, newest[1].encode(), newest[2], tuple(headers.items())))
    assert house.case.suspension is not None
    assert house.case.awaited is not None
    assert (house.case.suspension.number, house.case.awaited.missing) == (2, (CONTRACT,))
    assert [line.type for line in house.case.history][-3:] == [
        "request.suspended",
        "request.resumed",
        "request.suspended",
    ]


async def test_a_later_round_stands_still_too_and_is_asked_anew() -> None:
    house = Counter("ada", "bahar")
    await house.file()
    await house.suspend(PLAN)
    await house.bring(PLAN)
    await house.work("REFUSED")
    await house.deliver(house.messages[-1])
    await house.until("1405/09/03 10:00")
    await house.ask(FileObjection, reason="نقشه را دوباره ببینید", identitySeen=True)
    await house.suspend(PLAN)
    assert house.case.suspension is not None
    assert (house.case.suspension.number, house.case.suspension.left) == (2, "IN_PROGRESS")
    await house.bring(PLAN)
    assert house.case.state == "IN_PROGRESS"


@pytest.mark.parametrize("seed", range(60))
async def test_I11_events_that_come_twice_late_and_in_batches_lead_to_the_same_case(seed: int) -> None:
    """Each service hears what the others said in the order of each sender, whenever and however often it comes."""
    chance = Chance(seed)
    house = Lossy(chance, "ada")
    await house.file()
    await house.everything()
    types = [PLAN, CONTRACT]
    for _ in range(chance.randint(4, 10)):
        house.clock.advance(minutes=chance.randint(1, 600))
        choice = chance.choice(["suspend", "bring", "resume", "start", "answer", "carry"])
        try:
            if choice == "suspend":
                await house.suspend(*chance.sample(types, chance.randint(1, 2)))
            elif choice == "bring":
                await house.bring(chance.choice(types))
            elif choice == "resume":
                await house.resume()
            elif choice == "start":
                await house.start()
            elif choice == "answer":
                officer = house.task.work[-1].task.assignee
                command = Answer.model_validate({"taskId": f"{ID}.1", "officerId": officer, "result": "GRANTED"})
                await house.routing.submit(CASE, ID, command)
            else:
                await house.carry()
        except Refused:
            continue  # not legal now: nothing of it happens
    await house.everything()
    lasting, case = house.task.clock.suspended(), house.case
    assert (case.state == "SUSPENDED") == (lasting is not None)
    assert case.awaited is None or case.awaited.missing, "the last document has come and the work stands still"
    if case.state != "SUSPENDED":
        assert case.commitments[0].promised_at == house.task.clock.due
    assert (case.state in ("RESULT_READY",)) == (house.task.work[-1].task.state is TaskState.ANSWERED)
    numbers = [one.number for one in house.task.clock.suspensions]
    assert numbers == list(range(1, len(numbers) + 1))
    starts = [line.type for line in case.history].count("request.suspended")
    assert starts == len(numbers), "each suspension was followed once"


class Lossy(Counter):
    """Kafka at its worst: what one service has said reaches the others late, in pieces, and more than once."""

    def __init__(self, chance: Any, *officers: str) -> None:
        super().__init__(*officers)
        self.chance, self.kept = chance, list[tuple[Any, list[Record]]]()

    async def carry(self) -> None:
        self._collect()
        for _ in range(self.chance.randint(0, 3)):
            await self._some()

    async def everything(self) -> None:
        """All is heard at last."""
        for _ in range(60):
            self._collect()
            if not any(records for _, records in self.kept):
                return
            for listener, records in self.kept:
                fresh, records[:] = list(records), []
                await listener.records(*fresh)
        raise AssertionError("they never stop talking")

    def _collect(self) -> None:
        for speaker, heard in list(self._heard.items()):
            fresh = speaker.publisher.sent[heard:]
            self._heard[speaker] += len(fresh)
            for number, (topic, key, value, headers) in enumerate(fresh):
                record = Record(topic, 0, heard + number, key.encode(), value, tuple(headers))
                for listener, topics in self._listeners():
                    if topic in topics:
                        self._waiting(listener).append(record)

    def _listeners(self) -> list[tuple[Any, set[str]]]:
        return [
            (self.intake, {inbound.topic.name for inbound in INTAKE_HEARS}),
            (self.routing, {inbound.topic.name for inbound in ROUTING_HEARS}),
            (self.notify, {inbound.topic.name for inbound in NOTIFY_HEARS}),
        ]

    def _waiting(self, listener: Any) -> list[Record]:
        for known, records in self.kept:
            if known is listener:
                return records
        self.kept.append((listener, []))
        return self.kept[-1][1]

    async def _some(self) -> None:
        if not self.kept:
            return
        listener, records = self.chance.choice(self.kept)
        count = self.chance.randint(0, len(records))
        now, records[:] = records[:count], records[count:]
        if now and self.chance.random() < 0.5:
            again = self.chance.choice(now)
            now.append(again)
            records.insert(0, again)
        await listener.records(*now)
        self._collect()


async def test_I2_an_answer_that_waits_for_documents_is_nothing_to_go_by_when_their_deadline_has_passed() -> None:
    """Its date stands still, nobody was told for certain, and no day is left on which anything happens."""
    house = Counter("ada")
    await house.file()
    await house.start()
    await house.suspend(CONTRACT)
    awaited = house.case.awaited
    assert awaited is not None
    assert not unpromised(house.case, awaited.until - timedelta(minutes=1))
    await house.until("1405/09/21 10:00")
    assert house.case.state == "SUSPENDED"
    assert unpromised(house.case, house.clock.now())
    await house.bring(CONTRACT)
    await house.carry()
    assert not unpromised(house.case, house.clock.now())


async def test_I2_whoever_waits_for_another_agency_goes_by_the_answer_that_is_promised() -> None:
    house = Counter("ada")
    await house.file()
    await house.start()
    await house.suspend(cause="OTHER_AGENCY", reason="AGENCY_REPLY")
    assert house.case.state == "SUSPENDED"
    assert not unpromised(house.case, house.clock.now())
