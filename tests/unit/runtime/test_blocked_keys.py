"""A key that waits, for its retry or for its operator, costs the others nothing (design 5)."""

from typing import Any

import pytest

from services.contracts.envelope import Malformed
from services.runtime.message import Record
from tests.support import bank
from tests.support.bank import ACCOUNT, a_door, outside, paid
from tests.support.memory_door import MemoryDoor


def no_longer_read(record: Record) -> None:
    raise Malformed("SCHEMA", "a stricter version")


async def blocked_with_a_due_timer(door: MemoryDoor, *retries: float) -> None:
    """Account `a` has a timer that fails for now, and a message that waits for its operator."""
    bank.BROKEN.update({7007, 13})
    await door.records(paid("a", 7, 1))
    await door.records(paid("a", 13, 2))
    for seconds in retries:
        await door.tick(seconds=seconds)


async def test_a_due_timer_of_a_blocked_key_does_not_go_in_circles(monkeypatch: pytest.MonkeyPatch) -> None:
    door = a_door()
    loads: list[str] = []
    settle = door.door._settling.settle

    async def counted(*arguments: Any) -> object:
        loads.append("round")
        return await settle(*arguments)

    monkeypatch.setattr(door.door._settling, "settle", counted)
    bank.BROKEN.add(13)
    await door.records(paid("a", 7, 1), paid("a", 13, 2))
    assert len(loads) < 10


async def test_a_blocked_key_is_woken_for_its_retry_and_not_for_its_timers() -> None:
    door = a_door(retry_seconds=(5, 60))
    await blocked_with_a_due_timer(door, 5, 60, 60)
    assert door.store.collections["account"]["a"]["parked"][0]["why"] == "STOPPED"
    await door.tick(seconds=3600)
    await door.tick(seconds=3600)
    due = await door.store.due(ACCOUNT, door.clock.now(), 500)
    assert [document.id for document in due] == [], "it fills the scanner's page for ever"
    bank.BROKEN.clear()
    await door.records(paid("a", 13, 2))  # the operator sends the letter again
    await door.tick(seconds=1)
    assert door.state(ACCOUNT, "a").credits == (7, 13)
    assert door.state(ACCOUNT, "a").reminders == 1


async def test_two_contents_under_one_id_of_an_outsider_both_wait() -> None:
    door = a_door()
    bank.BROKEN.add(13)
    await door.records(outside(13, ce_id="always-the-same"))
    await door.records(outside(14, ce_id="always-the-same"))
    bank.BROKEN.clear()
    await door.tick(seconds=10)
    await door.tick(seconds=10)
    assert door.state(ACCOUNT, "a").credits == (13, 14)


async def test_a_timer_outlives_a_version_that_cannot_read_the_state() -> None:
    door = a_door()
    bank.BROKEN.add(7007)
    await door.records(paid("a", 7, 1))  # its timer fails, and is put off
    row = door.store.collections["account"]["a"]
    state = row["state"]
    row["state"] = {**state, "credits": "of a later version"}
    await door.tick(seconds=10)
    row = door.store.collections["account"]["a"]
    row["state"] = state
    bank.BROKEN.clear()
    await door.tick(seconds=7200)
    assert door.state(ACCOUNT, "a").reminders == 1


@pytest.mark.parametrize("how", ["another key", "a form no longer read"])
async def test_a_parked_message_that_cannot_be_opened_holds_up_nobody_else(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits, with all that is behind it, until a version or a key that opens it is back."""
    door = a_door()
    bank.BROKEN.add(13)
    await door.records(paid("a", 13, 1))
    bank.BROKEN.clear()
    parked = door.store.collections["account"]["a"]["parked"][0]
    good = parked["m"]
    with monkeypatch.context() as spoiled:
        if how == "another key":
            parked["m"] = bytes(good[:-1]) + bytes([good[-1] ^ 1])
        else:
            spoiled.setattr(door.door._reading, "again", no_longer_read)
        await door.tick(seconds=6)
        await door.records(paid("b", 1, 1), paid("a", 2, 2))
        assert door.state(ACCOUNT, "b").total == 1
        assert door.metric("mizban_failures_total", kind="parked") >= 1
    door.store.collections["account"]["a"]["parked"][0]["m"] = good
    await door.tick(seconds=4000)
    assert door.state(ACCOUNT, "a").credits == (13, 2)
