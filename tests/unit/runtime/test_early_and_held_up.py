"""An event that came early while its entity is held up: whatever arrived takes effect, and in its order (design 5)."""

import pytest

from services.ops.chance import Chance
from services.runtime.message import Record
from tests.support import bank
from tests.support.bank import ACCOUNT, a_door, outside, paid
from tests.support.memory_door import MemoryDoor


def credits_of(door: MemoryDoor) -> tuple[int, ...]:
    credits: tuple[int, ...] = door.state(ACCOUNT, "a").credits
    assert "parked" not in door.store.collections["account"]["a"]
    return credits


async def after_each_of(*records: Record) -> MemoryDoor:
    """A door that has taken them one by one."""
    door = a_door()
    for record in records:
        await door.records(record)
    return door


async def test_the_one_before_an_early_event_comes_while_another_sender_holds_the_entity_up() -> None:
    door = await after_each_of(paid("a", 1, 1), paid("a", 3, 3))
    bank.BROKEN.add(9)
    await door.records(outside(9))
    bank.BROKEN.discard(9)
    await door.records(paid("a", 2, 2), paid("a", 4, 4))
    await door.tick(seconds=5)
    assert credits_of(door) == (1, 9, 2, 3, 4)


async def test_an_early_event_passes_its_predecessor_neither_when_its_patience_ends() -> None:
    door = await after_each_of(paid("a", 1, 1), paid("a", 3, 3))
    bank.BROKEN.add(2)
    await door.records(paid("a", 2, 2))
    await door.tick(seconds=31)
    bank.BROKEN.discard(2)
    await door.tick(seconds=600)
    assert credits_of(door) == (1, 2, 3)


async def test_nor_while_its_predecessor_waits_for_what_a_rule_does_not_know_yet() -> None:
    door = await after_each_of(paid("a", 1, 1), paid("a", 3, 3))
    await door.tick(seconds=22)
    await door.records(paid("a", 404, 2))
    for _ in range(20):
        await door.tick(seconds=1)
    assert credits_of(door) == (1, 404, 3)


async def test_what_was_behind_another_waits_for_the_event_before_it_as_long_as_any_other() -> None:
    door = await after_each_of(paid("a", 1, 1), outside(404), paid("a", 3, 3))
    for _ in range(12):
        await door.tick(seconds=1)
    assert door.state(ACCOUNT, "a").credits == (1, 404), "the event before it may still come"
    await door.records(paid("a", 2, 2))
    assert credits_of(door) == (1, 404, 2, 3)


async def test_but_not_for_ever() -> None:
    door = await after_each_of(paid("a", 1, 1), outside(404), paid("a", 3, 3))
    for _ in range(32):
        await door.tick(seconds=1)
    assert credits_of(door) == (1, 404, 3)
    assert door.metric("mizban_gaps_total") == 1


async def test_of_two_that_came_early_the_later_does_not_pass_the_earlier_though_its_patience_ends_first() -> None:
    door = await after_each_of(paid("a", 1, 1), paid("a", 4, 4))
    await door.tick(seconds=5)
    await door.records(paid("a", 3, 3))
    await door.tick(seconds=26)
    await door.records(outside(9))  # has what is parked looked at
    assert door.state(ACCOUNT, "a").credits == (1, 9)
    await door.tick(seconds=5)
    assert credits_of(door) == (1, 9, 3, 4)


@pytest.mark.parametrize("seeds", [range(first, first + 100) for first in range(0, 400, 100)])
async def test_whatever_fails_meanwhile_and_in_whatever_order_nothing_that_came_is_lost(seeds: range) -> None:
    for seed in seeds:
        chance, door = Chance(seed), a_door()
        coming = [paid("a", n, n) for n in range(1, 8)]
        for place in range(len(coming) - 1):  # some come a little too early
            if chance.random() < 0.4:
                coming[place], coming[place + 1] = coming[place + 1], coming[place]
        coming.insert(chance.randrange(len(coming)), outside(100))
        for record in coming:
            bank.BROKEN.clear()
            bank.BROKEN.update(n for n in (*range(1, 8), 100) if chance.random() < 0.3)
            await door.records(record)
            await door.tick(seconds=chance.choice((0, 1, 5)))
        bank.BROKEN.clear()
        for _ in range(4):
            await door.tick(seconds=3600)
        credits = credits_of(door)
        assert sorted(credits) == [*range(1, 8), 100], f"seed {seed}: {credits}"
        assert [n for n in credits if n != 100] == sorted(n for n in credits if n != 100), f"seed {seed}: {credits}"
