"""Many ask for the last place of a slot at once, or die between question and answer: one has it (domain 12.15, I11)."""

import asyncio
from collections import Counter

import pytest

from services.contracts.coordination import AcceptProposal, AnswerCoordination, AskCoordination, CoordinationState, Slot
from services.contracts.decision import Refused
from services.routing.domain.coordinating import Answer, AnswerHeard
from services.routing.domain.coordinations import Coordinations
from services.routing.domain.unit_slots import UnitDay, unit_day_id
from services.worktime.jalali import civil_day
from tests.support.memory_door import MemoryDoor
from tests.unit.routing.asked_units import CASE, CLERK, UNIT_DAY, slots, units
from tests.unit.routing.office import RULES, UNIT

FIRST = slots()[0]
MANY = 64


def routing() -> MemoryDoor:
    return MemoryDoor("routing", [CASE, UNIT_DAY], rules=RULES, registry=units())


def asking(request_id: str) -> AskCoordination:
    body = {"requestId": request_id, "unit": UNIT, "question": {"purpose": "ORIGINAL"}, "officerId": CLERK}
    return AskCoordination.model_validate(body)


def answer(request_id: str, said: str = "CONFIRMED", slot: Slot = FIRST, booking: str = "") -> Answer:
    wish = {"answer": said, "slot": slot.to_wire(), "officerId": "ada"}
    return Answer(
        booking_id=booking or f"{request_id}-b",
        coordination_id=f"{request_id}.c1",
        said=AnswerCoordination.model_validate(wish),
    )


async def call(door: MemoryDoor, request_id: str, command: Answer) -> str:
    """As the API does: the answer, then what became of it. Something must serve commands meanwhile."""
    try:
        await door.door.submit(CASE, request_id, command, key=command.booking_id, caller="ada")
        await door.door.submit(CASE, request_id, AnswerHeard(booking_id=command.booking_id))
    except Refused as refusal:
        return refusal.code
    return "OK"


def day(door: MemoryDoor) -> UnitDay:
    state = door.state(UNIT_DAY, unit_day_id(UNIT, civil_day(FIRST.since)))
    assert isinstance(state, UnitDay)
    return state


def known(door: MemoryDoor, request_id: str) -> Coordinations:
    found: Coordinations = door.state(CASE, request_id).coordinations
    return found


@pytest.mark.parametrize("taken_before", [0, 1])
async def test_12_15_of_many_who_want_the_last_place_one_has_it(taken_before: int) -> None:
    door = routing()
    asked = [f"r{number}" for number in range(MANY + taken_before)]
    for id in asked:
        await door.submit(CASE, id, asking(id))
    async with door.serving():
        for id in asked[:taken_before]:
            assert await call(door, id, answer(id)) == "OK"
        calls = (call(door, id, answer(id)) for id in asked[taken_before:])
        heard = Counter(await asyncio.gather(*calls))
    await door.settle()
    assert heard == {"OK": 2 - taken_before, "SLOT_TAKEN": MANY - 2 + taken_before}
    confirmed = [id for id in asked if known(door, id).asked[0].state is CoordinationState.CONFIRMED]
    assert {place.request_id for place in day(door).taken} == {*confirmed}
    assert len(confirmed) == 2
    lost = next(id for id in asked if id not in confirmed)
    assert known(door, lost).asked[0].state is CoordinationState.ASKED, "it stays as it was"


async def test_the_same_answer_repeated_takes_one_place() -> None:
    """I11."""
    door = routing()
    await door.submit(CASE, "r1", asking("r1"))
    async with door.serving():
        heard = await asyncio.gather(*(call(door, "r1", answer("r1")) for _ in range(8)))
    await door.settle()
    assert heard == ["OK"] * 8
    assert len(day(door).taken) == 1


async def test_two_officers_who_answer_one_question_at_once_make_one_answer() -> None:
    door = routing()
    await door.submit(CASE, "r1", asking("r1"))
    async with door.serving():
        calls = (call(door, "r1", answer("r1", booking=f"b{number}", slot=slots()[number])) for number in range(8))
        heard = await asyncio.gather(*calls)
    await door.settle()
    assert heard.count("OK") == 1
    assert {*heard} <= {"OK", "ANSWER_UNDER_WAY", "ILLEGAL_MOVE"}
    assert len(day(door).taken) == 1


async def test_an_answer_that_a_crash_has_cut_short_is_finished_by_the_scanner() -> None:
    """The question to the day stands in the outbox of the case; whoever asks meanwhile is told to ask again."""
    door = routing()
    await door.submit(CASE, "r1", asking("r1"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(door.door, "_local", lambda folded, batch: [])
        await door.submit(CASE, "r1", answer("r1"))
        with pytest.raises(Refused) as waiting:
            await door.submit(CASE, "r1", AnswerHeard(booking_id="r1-b"))
        assert (waiting.value.code, waiting.value.status) == ("ANSWER_UNDER_WAY", 503)
    await door.tick(seconds=3)
    assert known(door, "r1").asked[0].state is CoordinationState.CONFIRMED
    assert len(day(door).taken) == 1


async def test_what_a_timer_ends_gives_its_place_back_to_who_asks_next() -> None:
    door = routing()
    for id in ("r1", "r2", "r3"):
        await door.submit(CASE, id, asking(id))
    later = slots("1405/09/04")[0]
    async with door.serving():
        heard = [await call(door, id, answer(id, "PROPOSED", later)) for id in ("r1", "r2", "r3")]
    assert heard == ["OK", "OK", "SLOT_TAKEN"]
    await door.submit(CASE, "r1", AcceptProposal(officer_id=CLERK))
    await door.tick(hours=22)
    states = [known(door, id).asked[0].state for id in ("r1", "r2", "r3")]
    assert states == [CoordinationState.CONFIRMED, CoordinationState.DECLINED, CoordinationState.LAPSED]
    taken = door.state(UNIT_DAY, unit_day_id(UNIT, civil_day(later.since))).taken
    assert [place.request_id for place in taken] == ["r1"]
