"""A batch is written: over lost races, while the store is away, with its timers and effects (design 5)."""

import asyncio
import contextlib
import time
from types import SimpleNamespace

import pytest

from services.runtime.driver import StoreAway
from services.runtime.indexes import Index
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
    assert door.metric("mizban_duplicates_total", kind="local") == 0, "nor is what it told others told again"
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
