"""Slow, unclear and foreign writes: none of what they have to tell is lost, and none holds up the others (design 1)."""

import asyncio
import contextlib
import copy
from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from services.runtime.document import Document
from services.runtime.driver import StoreAway
from services.runtime.entity import Entity
from services.runtime.guarded import Unwritten
from services.runtime.message import Outgoing
from services.runtime.publisher import BrokerAway
from services.runtime.unsent import Line
from tests.support import bank
from tests.support.bank import ACCOUNT, LEDGER, Credit, a_door, paid
from tests.support.memory_door import MemoryDoor, MemoryStore


class Killed(BaseException):
    """The process ends here."""


class SlowStore(MemoryStore):
    """The next write of an account stops between its line and itself, until `gate` opens."""

    def __init__(self, shared: MemoryStore | None = None, *, dies: bool = False) -> None:
        super().__init__(shared.collections if shared else {})
        if shared:
            self.unsent.lines, self.unsent.looks = shared.unsent.lines, shared.unsent.looks
        self.gate, self.reached, self._dies, self._slow = asyncio.Event(), asyncio.Event(), dies, True

    async def write(self, entity: Entity[Any], documents: Sequence[Document], now: datetime) -> Unwritten:
        if entity is not ACCOUNT or not self._slow:
            return await super().write(entity, documents, now)
        self._slow = False
        opened = self.unsent.open

        async def open(line: Line) -> None:
            await opened(line)
            self.reached.set()
            await self.gate.wait()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.unsent, "open", open)
            done = await super().write(entity, documents, now)
        if self._dies:
            raise Killed
        return done


def told(*doors: MemoryDoor) -> list[str]:
    return [event["ce_sequence"] for door in doors for event in door.publisher.events(bank.TARGET.name)]


async def a_while(*doors: MemoryDoor) -> None:
    for _ in range(5):
        for door in doors:
            await door.tick(seconds=12)


async def turns() -> None:
    for _ in range(30):
        await asyncio.sleep(0)


async def scanned_during_its_write(**later: float) -> MemoryDoor:
    """Between the line of a write and the write itself its scanner looks, so much later. Kafka was away meanwhile."""
    store = SlowStore()
    door = a_door(store=store)
    door.publisher.away = True
    taking = asyncio.create_task(door.door.take([paid("a", 1, 1)]))
    await store.reached.wait()
    door.clock.advance(**later)
    scanning = asyncio.create_task(door.door.background.send_left())
    await turns()
    store.gate.set()
    with pytest.raises(BrokerAway):
        await taking
    with contextlib.suppress(BrokerAway):
        await scanning
    door.publisher.away = False
    return door


async def test_the_scanner_of_the_same_process_does_not_take_a_slow_write_for_a_lost_one() -> None:
    door = await scanned_during_its_write(seconds=3)
    await door.records(paid("a", 1, 1))  # after this its offset is committed
    await a_while(door)
    assert told(door) == ["1"]


@pytest.mark.parametrize("then", ["the record comes again", "a command comes", "time passes"])
async def test_nor_does_that_of_another_process_when_the_slow_writer_dies(then: str) -> None:
    shared = MemoryStore()
    slow = SlowStore(shared, dies=True)
    writer, other = a_door(store=slow), a_door(store=shared)
    taking = asyncio.create_task(writer.door.take([paid("a", 1, 1)]))
    await slow.reached.wait()
    await other.tick(seconds=3)
    slow.gate.set()
    with pytest.raises(Killed):
        await taking
    after = a_door(store=shared)
    after.clock.advance(seconds=10)
    if then == "the record comes again":
        await after.records(paid("a", 1, 1))
    elif then == "a command comes":
        await after.submit(ACCOUNT, "a", Credit(amount=2))
    await a_while(after, other)
    assert "1" in told(after, other)
    assert shared.unsent.lines == {}


async def test_nor_does_that_of_a_process_whose_clock_is_hours_ahead() -> None:
    shared = MemoryStore()
    slow = SlowStore(shared, dies=True)
    writer, ahead = a_door(store=slow), a_door(store=shared)
    ahead.clock.advance(hours=5)
    taking = asyncio.create_task(writer.door.take([paid("a", 1, 1)]))
    await slow.reached.wait()
    await a_while(ahead)
    slow.gate.set()
    with pytest.raises(Killed):
        await taking
    await a_while(ahead)
    assert told(ahead) == ["1"]
    assert shared.unsent.lines == {}


async def test_nor_does_it_when_the_clock_of_the_stack_is_set_to_another_day() -> None:
    door = await scanned_during_its_write(days=1)
    await a_while(door)
    assert told(door) == ["1"]


async def test_a_write_that_never_comes_is_forgotten_when_it_was_waited_for_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passed = [7.0]
    monkeypatch.setattr("services.runtime.background.time", SimpleNamespace(monotonic=lambda: passed[0]))
    door = a_door()
    await door.store.unsent.open(Line("never", "account", ["a"], [1], door.clock.now()))
    for minutes in (0, 50, 9):
        passed[0] += minutes * 60
        await door.store.unsent.open(Line(f"newer by {minutes}", "account", ["b"], [1], door.clock.now()))
        await door.tick(minutes=max(minutes, 1))
        assert "never" in door.store.unsent.lines
    passed[0] += 60
    await door.tick(minutes=1)
    assert list(door.store.unsent.lines) == ["newer by 50", "newer by 9"]
    passed[0] += 3600
    await door.tick(minutes=1)
    assert door.store.unsent.lines == {}


async def test_a_write_that_another_was_faster_than_is_no_longer_waited_for() -> None:
    door = a_door()
    await door.records(paid("a", 1, 1))
    await door.store.unsent.open(Line("lost", "account", ["a"], [1], door.clock.now()))
    await door.tick(seconds=3)
    assert door.store.unsent.lines == {}
    assert told(door) == ["1"]


@pytest.mark.parametrize("answer", ["none", "unconfirmed"])
async def test_an_unclear_write_that_comes_true_after_its_command_has_failed_is_told(answer: str) -> None:
    late: dict[str, Any] = {}

    class Late(MemoryStore):
        async def write(self, entity: Entity[Any], documents: Sequence[Document], now: datetime) -> Unwritten:
            if entity is not ACCOUNT or late or not any(document.version for document in documents):
                return await super().write(entity, documents, now)
            before = copy.deepcopy(self.collections["account"])
            await super().write(entity, documents, now)
            late.update(self.collections["account"])
            self.collections["account"] = before
            bank.BROKEN.add(3)
            if answer == "none":
                raise StoreAway("time out")
            return Unwritten(lost={document.id for document in documents}, unclear=True)

    store = Late()
    door = a_door(store=store)
    await door.submit(ACCOUNT, "a", Credit(amount=1))
    try:
        with contextlib.suppress(Exception):
            await door.submit(ACCOUNT, "a", Credit(amount=3))
    finally:
        bank.BROKEN.discard(3)
    store.collections["account"] = late
    await a_while(door)
    assert told(door) == ["1", "2"]


async def test_a_line_of_an_entity_that_this_version_does_not_know_waits_and_holds_up_nobody() -> None:
    door = a_door()
    await door.store.unsent.open(Line("newer", "appointment", ["x"], [1], door.clock.now()))
    door.publisher.away = True
    with pytest.raises(BrokerAway):
        await door.records(paid("a", 1, 1))
    door.publisher.away = False
    await a_while(door)
    assert told(door) == ["1"]
    assert list(door.store.unsent.lines) == ["newer"]


async def test_a_local_message_that_cannot_be_read_waits_and_holds_up_nobody() -> None:
    before = a_door()
    before.publisher.away = True
    for account in "ab":
        with pytest.raises(BrokerAway):
            await before.records(paid(account, 1, 1))
    for entry in before.store.collections["account"]["a"]["outbox"]:
        if "to" in entry:
            entry["b"] = "OfANewerVersion"
    door = a_door(store=before.store)
    await a_while(door)
    await door.records(paid("a", 1, 2), paid("c", 1, 1))
    assert {"a", "b", "c"} == {event["ce_subject"] for event in door.publisher.events(bank.TARGET.name)}
    assert door.store.unsent.lines
    assert all("a" in line.ids for line in door.store.unsent.lines.values())


async def test_nor_does_a_later_one_of_the_same_sender_overtake_it() -> None:
    """Taken after that, it would look like a repeat."""
    before = a_door()
    before.publisher.away = True
    with pytest.raises(BrokerAway):
        await before.records(paid("a", 1, 1), paid("a", 2, 2))
    before.store.collections["ledger"].clear()
    first = next(entry for entry in before.store.collections["account"]["a"]["outbox"] if "to" in entry)
    known, first["b"] = first["b"], "OfANewerVersion"
    door = a_door(store=before.store)
    await a_while(door)
    assert door.state(LEDGER, "all") is None
    first["b"] = known
    await a_while(door)
    assert door.state(LEDGER, "all").entries == 2


async def test_one_outbox_that_kafka_does_not_take_holds_up_no_other() -> None:
    shared = MemoryStore()
    door, dead = a_door(store=shared, max_records=3), a_door(store=shared)
    door.publisher.away = dead.publisher.away = True
    for account in "abc":
        with pytest.raises(BrokerAway):
            await door.records(paid(account, 1, 1))
        door.clock.advance(seconds=1)
    dead.clock.advance(seconds=4)
    with pytest.raises(BrokerAway):
        await dead.records(paid("d", 1, 1))
    door.publisher.away = False
    publish = door.publisher.publish

    async def without_a(runs: Sequence[Sequence[Outgoing]]) -> list[int]:
        return [0 if run and run[0][1] == "a" else (await publish([run]))[0] for run in runs]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(door.publisher, "publish", without_a)
        await a_while(door)
    assert [event["ce_subject"] for event in door.publisher.events(bank.TARGET.name)] == ["b", "c", "d"]
    assert [line.ids for line in shared.unsent.lines.values()] == [["a"]]


async def test_what_another_process_has_sent_does_not_wait_here() -> None:
    shared = MemoryStore()
    door, other = a_door(store=shared, outbox_bound=1), a_door(store=shared)
    door.publisher.away = True
    for account in "ab":
        with pytest.raises(BrokerAway):
            await door.records(paid(account, 1, 1))
    assert door.door.outboxes.waiting == 2
    await other.tick(seconds=3)
    await door.tick(seconds=3)
    assert door.door.outboxes.waiting == 0


async def test_I12_a_dead_letter_that_was_sent_before_what_stands_behind_it_does_not_stay() -> None:
    door = a_door()
    door.publisher.accept = 1
    with pytest.raises(BrokerAway):
        await door.records(paid("a", 666, 1), paid("a", 1, 2))
    assert any("h" in entry for entry in door.store.collections["account"]["a"]["outbox"])
    door.publisher.accept = None
    await a_while(door)
    assert not any("h" in entry for entry in door.store.collections["account"]["a"]["outbox"])


async def test_the_scanner_does_not_look_again_and_again_at_what_it_has_just_sent() -> None:
    door = a_door(max_records=2)
    door.clears = False
    for account in "abcd":
        await door.records(paid(account, 1, 1))
    door.clock.advance(seconds=3)
    found = [await door.door.background.send_left() for _ in range(3)]
    assert found == [True, True, False]


async def test_a_writer_has_two_seconds_to_send_what_it_has_written() -> None:
    door = a_door()
    door.publisher.away = True
    with pytest.raises(BrokerAway):
        await door.records(paid("a", 1, 1))
    door.publisher.away = False
    await door.tick(seconds=1)
    assert told(door) == []
    await door.tick(seconds=1)
    assert told(door) == ["1"]


async def test_I12_a_line_goes_after_what_must_not_stay_and_not_before() -> None:
    door = a_door()
    door.clears = False
    await door.records(paid("a", 666, 1))

    async def away(entity: Entity[Any], sent: Any) -> None:
        raise StoreAway("away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(door.store, "clear", away)
        with pytest.raises(StoreAway):
            await door.door.outboxes.clear_now()
    assert door.store.unsent.lines, "a crash now, and it is sent and emptied by whoever finds the line"
    await door.door.outboxes.clear_now()
    assert door.store.unsent.lines == {}
    assert not door.store.collections["account"]["a"]["outbox"]
