"""What was decided is published whole, in order and once, through crashes and with Kafka away (design 5; I11)."""

import asyncio
from typing import Any

import pytest

from services.runtime.publisher import BrokerAway
from tests.support import bank
from tests.support.bank import ACCOUNT, Credit, a_door, paid
from tests.support.memory_door import MemoryStore


async def test_event_ids_are_the_same_when_an_unacknowledged_event_is_sent_again() -> None:
    door = a_door()
    door.publisher.accept = 0
    with pytest.raises(BrokerAway):
        await door.records(paid("a", 10, 1))
    door.publisher.accept = None
    await door.records(paid("a", 10, 1))  # Kafka gives the batch again: nothing new is decided, the outbox goes out
    await door.records(paid("a", 20, 2))
    events = door.publisher.events(bank.TARGET.name)
    assert [(e["ce_sequence"], e["ce_subject"]) for e in events] == [("1", "a"), ("2", "a")]
    assert len({e["ce_id"] for e in events}) == 2


async def test_whoever_publishes_an_entity_sends_its_whole_outbox_head_first() -> None:
    door = a_door()
    door.publisher.away = True
    with pytest.raises(BrokerAway):
        await door.records(paid("a", 1, 1), paid("a", 2, 2))
    door.publisher.away = False
    await door.records(paid("a", 3, 3))
    assert [e["ce_sequence"] for e in door.publisher.events(bank.TARGET.name)] == ["1", "2", "3"]
    assert door.store.unsent_of(ACCOUNT, "a") == []


async def test_the_scanner_sends_what_a_crashed_writer_left_unsent() -> None:
    door = a_door()
    door.publisher.away = True
    with pytest.raises(BrokerAway):
        await door.records(paid("a", 1, 1))
    door.publisher.away = False
    await door.tick(seconds=3)
    assert [e["ce_sequence"] for e in door.publisher.events(bank.TARGET.name)] == ["1"]


async def test_clearing_goes_on_after_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.runtime.outboxes.TOLD_SECONDS", 0.01)
    door = a_door()
    door.clears = False
    real, faults = door.store.unsent.close, iter([ValueError("something of the server's"), None])

    async def close(stamps: Any) -> None:
        if (fault := next(faults, None)) is not None:
            raise fault
        await real(stamps)

    monkeypatch.setattr(door.store.unsent, "close", close)
    clearing = asyncio.create_task(door.door.outboxes.clear())
    for account in "ab":
        await door.records(paid(account, 1, 1))
        await asyncio.sleep(0.7)
    assert not clearing.done()
    clearing.cancel()
    assert door.store.unsent_of(ACCOUNT, "b") == []
    await door.tick(seconds=3)
    await door.door.outboxes.clear_now()
    assert door.store.unsent_of(ACCOUNT, "a") == [], "it is told again"
    assert len(door.publisher.events(bank.TARGET.name)) == 2, "and nothing was sent twice"


async def test_of_a_partly_acknowledged_outbox_the_rest_is_sent_in_order_and_then_it_is_cleared() -> None:
    door = a_door()
    door.publisher.accept = 1
    with pytest.raises(BrokerAway):
        await door.records(paid("a", 1, 1), paid("a", 2, 2))
    assert [e["ce_sequence"] for e in door.publisher.events(bank.TARGET.name)] == ["1"]
    door.publisher.accept = None
    await door.tick(seconds=3)
    assert [e["ce_sequence"] for e in door.publisher.events(bank.TARGET.name)] == ["1", "2"]
    assert door.store.unsent_of(ACCOUNT, "a") == []


async def test_what_another_has_written_since_is_not_cleared_with_what_was_sent() -> None:
    store = MemoryStore()
    door, other = a_door(store=store), a_door(store=store)
    door.clears = other.clears = False
    await door.records(paid("a", 1, 1))
    other.publisher.away = True
    with pytest.raises(BrokerAway):
        await other.records(paid("a", 2, 2))
    await door.door.outboxes.clear_now()
    await door.tick(seconds=3)
    assert [e["ce_sequence"] for e in door.publisher.events(bank.TARGET.name)] == ["1", "2"]
    await door.door.outboxes.clear_now()
    assert store.unsent_of(ACCOUNT, "a") == []


async def test_what_is_acknowledged_leaves_the_outbox_with_the_next_write_of_its_entity() -> None:
    door = a_door()
    door.clears = False
    await door.records(paid("a", 1, 1))
    assert len(door.store.collections["account"]["a"]["outbox"]) == 2
    await door.records(paid("a", 2, 2))
    assert [e["q"] for e in door.store.collections["account"]["a"]["outbox"] if "t" in e] == [2]
    assert [e["ce_sequence"] for e in door.publisher.events(bank.TARGET.name)] == ["1", "2"], "nothing twice"


async def test_what_was_acknowledged_before_a_crash_is_sent_once_more_and_then_cleared() -> None:
    store = MemoryStore()
    door = a_door(store=store)
    door.clears = False
    await door.records(paid("a", 1, 1))
    after = a_door(store=store)
    await after.tick(seconds=3)
    assert [e["ce_sequence"] for e in after.publisher.events(bank.TARGET.name)] == ["1"]
    assert store.unsent_of(ACCOUNT, "a") == []


async def test_two_batches_under_way_on_one_entity_do_not_send_its_events_twice() -> None:
    door = a_door()
    door.clears = False
    results = await asyncio.gather(*[door.submit(ACCOUNT, "a", Credit(amount=1), key=f"k{n}") for n in range(30)])
    await door.settle()
    sequences = [e["ce_sequence"] for e in door.publisher.events(bank.TARGET.name)]
    assert sequences == [str(n) for n in range(1, 31)]
    assert len(results) == 30
    await door.door.outboxes.clear_now()
    assert door.store.unsent_of(ACCOUNT, "a") == []
