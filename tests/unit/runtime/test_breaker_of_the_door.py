"""Too many faults at once open the breaker of the door, and time closes it (design 5)."""

import asyncio
from typing import Any

import pytest

from services.runtime.message import Broken, Record
from tests.support import bank
from tests.support.bank import ACCOUNT, Credit, a_door, paid


async def test_a_flood_of_faults_opens_the_breaker() -> None:
    door = a_door(breaker_failures=10)
    bank.BROKEN.add(13)
    await door.records(*[paid(f"a{n}", 13, 1, offset=n) for n in range(20)])
    assert door.door.watch.breaker_open
    assert door.metric("mizban_breaker_open") == 1


async def test_the_metric_tells_when_the_breaker_has_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a record coming: on a quiet morning it would call for help for ever."""
    monkeypatch.setattr("services.runtime.breaker.REST", 0.05)
    door = a_door(breaker_failures=10)
    bank.BROKEN.add(13)
    await door.records(*[paid(f"a{n}", 13, 1, offset=n) for n in range(20)])
    await asyncio.sleep(0.06)
    assert not door.door.watch.breaker_open
    assert door.metric("mizban_breaker_open") == 0


async def test_commands_that_fail_do_not_stop_the_records_of_others() -> None:
    """Their callers are told, and may call again as often as they like."""
    door = a_door(breaker_failures=10)
    bank.BROKEN.add(13)
    for n in range(20):
        with pytest.raises(Broken):
            await door.submit(ACCOUNT, f"a{n}", Credit(amount=13))
    assert not door.door.watch.breaker_open


async def test_nothing_is_read_before_the_rest_and_no_batch_rests_half_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read before it would be old: its patience is over, and what its signature proves may have changed."""
    door = a_door(breaker_failures=10, max_records=20)
    bank.BROKEN.add(13)
    events: list[str] = []
    read = door.door._reading.read

    async def rest() -> None:
        events.append("rests" if door.door.watch.breaker_open else "asks")

    def reading(record: Record, *rest: Any) -> None:
        events.append("reads")
        read(record, *rest)

    monkeypatch.setattr(door.door.watch, "rest", rest)
    monkeypatch.setattr(door.door._reading, "read", reading)
    await door.records(*[paid(f"a{n}", 13, 1, offset=n) for n in range(80)])
    await door.records(paid("b", 1, 1, offset=80))
    assert events == ["asks", *["reads"] * 80, "rests", "reads"]
