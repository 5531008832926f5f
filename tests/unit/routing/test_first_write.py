"""A case is first written together with the placement it asked for; whatever comes between loses nothing (I11)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from services.contracts.routing import TaskState
from services.routing.domain.messages import TaskEnded
from services.routing.handlers import CASE
from services.runtime.document import Document
from services.runtime.driver import StoreAway
from services.runtime.entity import Entity
from services.runtime.guarded import Unwritten
from services.runtime.unsent import Line
from tests.unit.routing.office import UNIT, Office, province, record, registered


class Crash(BaseException):
    """The process ends here."""


def ends_at_the_write_of(id: str, office: Office) -> None:
    def end(written: str) -> None:
        if written == id:
            raise Crash

    office.store.before_write = end


def is_overtaken(office: Office, opened: dict[str, Any]) -> None:
    """Just before this process writes the case, another one has opened it."""

    def overtake(id: str) -> None:
        if id == "r1":
            line = Line(opened["stamp"], "case", ["r1"], [1], office.clock.now())
            office.store.unsent.lines.setdefault(line.stamp, line)
            office.store.collections.setdefault("case", {}).setdefault("r1", opened)

    office.store.before_write = overtake


async def crashed(office: Office) -> Office:
    """The queue has placed the task of r1, and nothing of r1 itself is stored; gives what runs after the restart."""
    ends_at_the_write_of("r1", office)
    with pytest.raises(Crash):
        await office.hear(registered("r1"))
    assert office.state(CASE, "r1") is None
    assert office.queue().loads == {"ada": 1}
    office.store.before_write = None
    return Office(office.registry, store=office.store)


async def offered() -> Office:
    """A case that no round was left for: it has asked, and nobody was told."""
    office = Office(province("ada"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.runtime.door.MAX_ROUNDS", 1)
        await office.hear(registered("r1"))
    assert office.case("r1").work[-1].task.state is TaskState.OFFERED
    return office


def is_whole(office: Office) -> None:
    assert office.case("r1").work[-1].task.state is TaskState.ASSIGNED
    assert (office.queue().loads, office.queue().placing) == ({"ada": 1}, {})
    assert [event.moves for event in office.published("r1")] == [("task.assigned", "clock.started")]
    assert office.store.unsent_of("case", "r1") == []


async def test_a_case_and_its_placement_are_one_write() -> None:
    office = Office(province("ada"))
    await office.hear(registered("r1"))
    is_whole(office)
    assert office.store.collections["case"]["r1"]["version"] == 1


async def test_the_event_names_the_event_that_led_to_it_and_not_what_was_asked_in_between() -> None:
    office = Office(province("ada"))
    await office.hear(registered("r1"))
    (assigned,) = office.publisher.events("sd.routing.work.v1")
    cause = next(value for name, value in record(registered("r1")).headers if name == "ce_id")
    assert assigned["ce_causationid"].encode() == cause


async def test_the_record_of_a_lost_case_comes_again_and_finds_its_place() -> None:
    office = await crashed(Office(province("ada")))
    await office.hear(registered("r1"))  # the queue draws nobody else; its first answer still stands in its outbox
    is_whole(office)


async def test_a_placement_that_comes_before_its_lost_case_is_given_back_and_drawn_anew() -> None:
    office = await crashed(Office(province("ada")))
    await office.tick(seconds=3)
    assert (office.queue().loads, office.queue().placing) == ({}, {})
    await office.hear(registered("r1"))
    is_whole(office)


async def test_a_case_that_another_process_has_opened_meanwhile_takes_the_placement() -> None:
    opened = (await offered()).store.collections["case"]["r1"]
    office = Office(province("ada"))
    is_overtaken(office, opened)
    await office.hear(registered("r1"))
    assert office.metric("mizban_conflicts_total") == 1
    is_whole(office)


def the_store_goes_away_once(office: Office) -> list[str]:
    """At the write of r1; gives what is left to happen."""
    left = ["r1"]

    def away(id: str) -> None:
        if id in left:
            left.remove(id)
            raise StoreAway("away")

    office.store.before_write = away
    return left


async def test_a_store_that_goes_away_between_the_writes_loses_nothing() -> None:
    office = Office(province("ada"))
    left = the_store_goes_away_once(office)
    await office.hear(registered("r1"))
    assert left == []
    is_whole(office)


async def test_nor_does_one_that_goes_away_when_no_round_is_left_to_ask_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.runtime.door.MAX_ROUNDS", 1)
    office = Office(province("ada"))
    left = the_store_goes_away_once(office)
    await office.hear(registered("r1"))
    assert left == []
    assert office.case("r1").work[-1].task.state is TaskState.OFFERED


async def test_a_case_whose_question_is_not_carried_to_its_end_is_written_with_it() -> None:
    office = await offered()
    await office.tick(seconds=3)
    is_whole(office)


async def test_only_the_event_that_opens_a_case_waits_for_the_answer() -> None:
    office = Office(province("ada"))
    await office.hear(registered("r0", moves=("request.redirected",), commitments=()))
    assert office.store.collections["case"]["r0"]["version"] == 1
    await office.records(record(registered("r0"), 2))
    assert office.store.collections["case"]["r0"]["version"] == 3


async def test_what_its_receiver_has_dealt_with_is_not_written_again() -> None:
    office = Office(province("ada"))
    office.clears = False
    await office.hear(registered("r1"))
    assert "outbox" not in office.store.collections["queue"][UNIT]
    left = office.store.collections["case"]["r1"]["outbox"]
    assert "OfferTask" not in [entry.get("b") for entry in left]


async def test_what_another_process_wrote_under_the_same_number_is_still_carried_over() -> None:
    opened = (await offered()).store.collections["case"]["r1"]
    told = TaskEnded(task_id="r1.1", request_id="r1", officer_id="ada")
    opened["outbox"][0] |= {"b": "TaskEnded", "v": told.to_json()}  # where this process had put its offer
    office = Office(province("ada"))
    is_overtaken(office, opened)
    await office.hear(registered("r1"))
    is_whole(office)
    assert office.queue().entries == 2  # the placement, and the end that its case did not know


async def test_a_refusal_that_dies_with_its_process_is_no_refusal() -> None:
    """The queue may not act on what a case that is not there has said before that is stored."""
    office = await crashed(Office(province("ada")))
    ends_at_the_write_of("r1", office)
    with pytest.raises(Crash):
        await office.tick(seconds=3)
    assert office.queue().loads == {"ada": 1}
    office.store.before_write = None
    restarted = Office(office.registry, store=office.store)
    await restarted.hear(registered("r1"))
    await restarted.tick(seconds=3)
    assert restarted.queue().loads == {"ada": 1}


async def test_a_queue_that_another_process_has_changed_meanwhile_is_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What this process remembers of it says that the task is placed; what is stored says that it no longer is."""
    office = Office(province("ada"))
    other = Office(office.registry, store=office.store)
    reached, goes_on = asyncio.Event(), asyncio.Event()
    write = office.store.write

    async def paused(entity: Entity[Any], documents: Sequence[Document], now: datetime) -> Unwritten:
        if entity is CASE and not reached.is_set():
            reached.set()
            await goes_on.wait()
        return await write(entity, documents, now)

    monkeypatch.setattr(office.store, "write", paused)
    hearing = asyncio.create_task(office.hear(registered("r1")))
    await reached.wait()
    await other.tick(seconds=3)  # the placement finds no case and is given back
    assert other.queue().loads == {}
    goes_on.set()
    await hearing
    await other.tick(seconds=3)
    assert office.case("r1").work[-1].task.state is TaskState.ASSIGNED
    assert (office.queue().loads, office.queue().placing) == ({"ada": 1}, {})
