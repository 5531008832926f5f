"""A batch is written: over lost races, while the store is away, with its timers and effects (design 5)."""

import asyncio
import contextlib
import time
from types import SimpleNamespace
from typing import Any

import pytest

from services.runtime.driver import StoreAway
from services.runtime.indexes import Index
from services.runtime.publisher import BrokerAway
from tests.support import bank
from tests.support.bank import ACCOUNT, LEDGER, a_door, paid
from tests.support.memory_door import MemoryStore


async def test_a_large_batch_lets_others_have_their_turn() -> None:
    door = a_door()
    turns = 0

    async def another() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    waiting = asyncio.create_task(another())
    await door.records(*[paid(f"a{n}", 1, 1, offset=n) for n in range(1000)])
    waiting.cancel()
    assert turns >= 18, "nine while they are read, nine while they are decided"


async def test_many_records_are_decided_in_parts_and_in_order() -> None:
    door = a_door(max_records=2)
    await door.records(*[paid("a", 1, n, offset=n) for n in range(1, 6)])
    assert door.store.collections["account"]["a"]["version"] == 3, "two, two and one"
    assert [e["ce_sequence"] for e in door.publisher.events(bank.TARGET.name)] == ["1", "2", "3", "4", "5"]


async def test_the_next_part_is_read_while_one_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    door = a_door(max_records=1)
    done: list[str] = []
    written, read = door.store.write, door.door._reading.read

    async def write(entity: Any, documents: Any, now: Any) -> Any:
        for _ in range(5):
            await asyncio.sleep(0)
        done.append(f"written {documents[0].id}")
        return await written(entity, documents, now)

    def reading(record: Any, *rest: Any) -> None:
        done.append(f"read {record.key.decode()}")
        read(record, *rest)

    monkeypatch.setattr(door.store, "write", write)
    monkeypatch.setattr(door.door._reading, "read", reading)
    await door.records(*[paid(f"a{n}", 1, 1, offset=n) for n in range(3)])
    accounts = [each for each in done if each.split()[1] in ("a0", "a1", "a2")]
    assert accounts == ["read a0", "read a1", "written a0", "read a2", "written a1", "written a2"]


async def test_what_was_decided_before_the_store_went_away_is_published_and_counts_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    door = a_door(max_records=1)
    records = [paid(f"a{n}", 1, 1, offset=n) for n in range(3)]

    def leaves(id: str) -> None:
        if id == "a1":
            door.store.away = True
            raise StoreAway("away")

    published = door.publisher.publish

    async def slowly(runs: Any) -> list[int]:
        await asyncio.sleep(0.05)
        return await published(runs)

    door.store.before_write = leaves
    with monkeypatch.context() as until_then:
        until_then.setattr("services.runtime.door.STORE_PATIENCE", 0)
        until_then.setattr(door.publisher, "publish", slowly)
        with pytest.raises(StoreAway):
            await door.door.take(records)
    assert [e["ce_subject"] for e in door.publisher.events(bank.TARGET.name)] == ["a0"]
    door.store.before_write, door.store.away = None, False
    await door.records(*records)
    assert [e["ce_subject"] for e in door.publisher.events(bank.TARGET.name)] == ["a0", "a1", "a2"]
    assert [door.state(ACCOUNT, f"a{n}").total for n in range(3)] == [1, 1, 1]


async def test_a_batch_that_is_called_off_publishes_nothing_after(monkeypatch: pytest.MonkeyPatch) -> None:
    door = a_door(max_records=1)
    publishing, ended, never = asyncio.Event(), asyncio.Event(), asyncio.Event()
    decided = door.door._decided

    async def publish(batch: Any) -> None:
        publishing.set()
        try:
            await never.wait()
        finally:
            ended.set()

    async def the_second_hangs(messages: Any, dead: Any, **rest: Any) -> Any:
        return await decided(messages, dead, **rest) if messages[0].id == "a0" else await never.wait()

    monkeypatch.setattr(door.door.outboxes, "publish", publish)
    monkeypatch.setattr(door.door, "_decided", the_second_hangs)
    taking = asyncio.create_task(door.door.take([paid(f"a{n}", 1, 1, offset=n) for n in range(3)]))
    await publishing.wait()
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(taking, 5)
    assert ended.is_set()


@pytest.mark.parametrize("parts", [1, 4])
async def test_the_patience_with_the_store_is_one_for_all_parts(parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    passed = 0.0
    watch = SimpleNamespace(monotonic=lambda: passed, perf_counter=time.perf_counter, time=time.time)
    monkeypatch.setattr("services.runtime.door.time", watch)
    monkeypatch.setattr("services.runtime.settling.time", watch)
    monkeypatch.setattr("services.runtime.settling.asyncio", SimpleNamespace(sleep=lambda _: asyncio.sleep(0)))
    door = a_door(max_records=4 // parts)
    away = {f"a{n}" for n in range(4)}

    def fail_once(id: str) -> None:
        nonlocal passed
        if id in away:
            away.remove(id)
            passed += 29
            raise StoreAway("away")

    door.store.before_write = fail_once
    with pytest.raises(StoreAway):
        await door.records(*[paid(f"a{n}", 1, 1, offset=n) for n in range(4)])
    assert passed == 58, "in the second attempt its patience is over"


async def test_a_batch_is_not_committed_when_one_of_its_parts_was_not_published() -> None:
    door = a_door(max_records=1)
    door.publisher.accept = 1
    with pytest.raises(BrokerAway):
        await door.records(*[paid(f"a{n}", 1, 1, offset=n) for n in range(3)])


async def test_a_lost_race_is_found_out_and_decided_again() -> None:
    store = MemoryStore()
    door, other = a_door(store=store), a_door(store=store)
    await door.records(paid("a", 1, 1))
    raced = False

    def race(id: str) -> None:
        nonlocal raced
        if id == "a" and not raced:
            raced = True
            row = store.collections["account"]["a"]
            row["version"] += 1
            row["state"] = {**row["state"], "total": 100}

    store.before_write = race
    await other.records(paid("a", 2, 2))
    assert other.state(ACCOUNT, "a").total == 102
    assert other.metric("mizban_conflicts_total") == 1


async def test_a_taken_identifier_is_decided_again_with_another() -> None:
    door = a_door(store=MemoryStore(indexes={"account": [Index([("state.code", 1)], "by-code", unique=True)]}))
    await door.records(paid("a", 5, 1))
    await door.records(paid("b", 5, 1))
    assert (door.state(ACCOUNT, "a").code, door.state(ACCOUNT, "b").code) == ("code-0", "code-1")


async def test_nothing_is_committed_while_the_store_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.runtime.door.STORE_PATIENCE", 0.0)
    door = a_door()
    door.store.away = True
    with pytest.raises(StoreAway):
        await door.records(paid("a", 1, 1))
    door.store.away = False
    await door.records(paid("a", 1, 1))
    assert door.state(ACCOUNT, "a").total == 1


@pytest.mark.parametrize(("seconds", "held"), [(14.0, True), (16.0, False)])
async def test_the_patience_with_the_store_is_one_for_all_rounds_of_a_batch(
    seconds: float, held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer, and the consumer would lose its place in the group. Twice away, once in each of two rounds."""
    passed, away = [0.0], {"a", "all"}
    watch = SimpleNamespace(monotonic=lambda: passed[0], perf_counter=time.perf_counter, time=time.time)
    for module in ("door", "settling"):
        monkeypatch.setattr(f"services.runtime.{module}.time", watch)
    door = a_door()

    def fail_once(id: str) -> None:
        if id in away:
            away.remove(id)
            passed[0] += seconds
            raise StoreAway("away")

    door.store.before_write = fail_once
    with contextlib.nullcontext() if held else pytest.raises(StoreAway):
        await door.records(paid("a", 10, 1))
    assert (door.state(LEDGER, "all") is not None) == held


async def test_a_timer_due_at_once_fires_in_the_same_batch_and_only_once() -> None:
    door = a_door()
    await door.records(paid("a", 7, 1))
    assert door.metric("mizban_duplicates_total", source="local") == 0, "nor is what it told others told again"
    await door.tick(seconds=5)
    assert door.state(ACCOUNT, "a").reminders == 1


async def test_a_failing_timer_moves_its_own_due_forward() -> None:
    door = a_door()
    bank.BROKEN.add(7007)
    await door.records(paid("a", 7, 1))
    before = door.metric("mizban_failures_total", kind="timer")
    await door.tick(seconds=1)
    assert door.metric("mizban_failures_total", kind="timer") == before, "not tried again before its time"
    bank.BROKEN.clear()
    await door.tick(seconds=5)
    assert door.state(ACCOUNT, "a").reminders == 1


async def test_effects_are_handed_out_once_by_the_write_that_won() -> None:
    door = a_door()
    await door.records(paid("a", 1, 1))
    await door.records(paid("a", 1, 1))
    assert [effect.effect for effect in door.effects] == [("print", 1)]
