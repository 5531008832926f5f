"""An event takes effect once and in its turn, whatever order and how often it comes (design 1 and 5)."""

import json

import pytest

from services.ops.chance import Chance
from services.runtime.entity import events
from tests.support import bank
from tests.support.bank import ACCOUNT, LEDGER, Credit, Paid, a_door, paid
from tests.support.memory_door import MemoryDoor


async def test_I11_an_event_takes_effect_once_however_often_it_comes() -> None:
    door = a_door()
    await door.records(paid("a", 10, 1), paid("a", 10, 1))
    await door.records(paid("a", 10, 1), paid("a", 20, 2))
    assert door.state(ACCOUNT, "a").credits == (10, 20)
    assert door.state(LEDGER, "all").entries == 2
    assert [e["ce_sequence"] for e in door.publisher.events(bank.TARGET.name)] == ["1", "2"]
    assert door.metric("mizban_duplicates_total", source="event") == 2


async def test_what_was_there_before_its_first_event_is_not_forgotten() -> None:
    door = a_door()
    await door.submit(ACCOUNT, "a", Credit(amount=5))
    await door.records(paid("a", 10, 1))
    assert door.state(ACCOUNT, "a").credits == (5, 10)


async def test_an_event_that_overtook_another_waits_for_it() -> None:
    door = a_door()
    await door.records(paid("a", 30, 3), paid("a", 20, 2))
    assert door.state(ACCOUNT, "a") is None
    await door.records(paid("a", 10, 1))
    assert door.state(ACCOUNT, "a").credits == (10, 20, 30)
    assert "parked" not in door.store.collections["account"]["a"]


async def test_any_order_and_any_repetition_give_the_same_state() -> None:
    sent = [paid("a", n, n) for n in range(1, 9)]
    for seed in range(40):
        chance = Chance(seed)
        door = a_door()
        shuffled = sent + chance.choices(sent, k=6)
        chance.shuffle(shuffled)
        while shuffled:
            size = chance.randint(1, 5)
            batch, shuffled = shuffled[:size], shuffled[size:]
            await door.records(*batch)
        assert door.state(ACCOUNT, "a").credits == tuple(range(1, 9)), f"seed {seed}"
        assert [e["ce_sequence"] for e in door.publisher.events(bank.TARGET.name)] == [str(n) for n in range(1, 9)]


async def test_a_gap_that_is_never_filled_holds_up_for_a_bounded_time_and_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    door = a_door()
    await door.records(paid("a", 10, 2))
    await door.tick(seconds=29)
    assert door.state(ACCOUNT, "a") is None
    await door.tick(seconds=2)
    assert door.state(ACCOUNT, "a").total == 10
    assert door.metric("mizban_gaps_total") == 1
    (told,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "missing" in line]
    assert told["stream"].endswith("#a"), "whose events are missing"


def a_skipping_door() -> MemoryDoor:
    """A bank that passes minor events over."""
    inbound = events(bank.SOURCE, Paid, ACCOUNT, lambda event: event.account, ("account.paid",), skips_minor=True)
    return MemoryDoor("routing", [ACCOUNT, LEDGER], inbound=[inbound])


async def test_a_minor_event_is_passed_over_and_the_next_one_follows_on_what_came_before_it() -> None:
    door = a_skipping_door()
    await door.records(paid("a", 1, 1), paid("a", 9, 2, minor=True), paid("b", 9, 1, minor=True))
    await door.records(paid("a", 9, 3, after=1, minor=True), paid("a", 4, 4, after=1), paid("b", 2, 2, after=0))
    assert door.state(ACCOUNT, "a").credits == (1, 4)
    assert door.state(ACCOUNT, "b").credits == (2,)
    assert door.metric("mizban_gaps_total") == 0


async def test_who_passes_minor_events_over_still_waits_for_one_that_matters() -> None:
    door = a_skipping_door()
    await door.records(paid("a", 1, 1), paid("a", 4, 4, after=3), paid("a", 3, 3, after=1))
    assert door.state(ACCOUNT, "a").credits == (1, 3, 4)


async def test_who_reads_minor_events_takes_each_in_its_turn() -> None:
    door = a_door()
    await door.records(paid("a", 1, 1), paid("a", 3, 3, after=1), paid("a", 2, 2, minor=True))
    assert door.state(ACCOUNT, "a").credits == (1, 2, 3)


async def test_an_event_says_which_one_before_it_may_not_be_passed_over() -> None:
    door = a_door()
    for n, amount in enumerate((1, bank.SMALL, bank.SMALL, 4, 5), 1):
        await door.records(paid("a", amount, n))
    told = [(e["ce_sequence"], e.get("ce_after"), "ce_minor" in e) for e in door.publisher.events(bank.TARGET.name)]
    assert told == [("1", None, False), ("2", None, True), ("3", "1", True), ("4", "1", False), ("5", None, False)]
