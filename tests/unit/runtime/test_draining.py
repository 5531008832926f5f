"""A service that stops finishes what is under way, and answers everybody (design 5)."""

import asyncio
from typing import Any

import pytest

from services.runtime.message import Unavailable
from tests.support.bank import ACCOUNT, Credit, a_door


async def test_draining_finishes_the_commands_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    door = a_door()
    write, entered = door.store.write, asyncio.Event()

    async def slow(*arguments: Any) -> object:
        entered.set()
        await asyncio.sleep(0.05)
        return await write(*arguments)

    monkeypatch.setattr(door.store, "write", slow)
    serving = asyncio.create_task(door.door.serve_commands())
    asked = asyncio.create_task(door.door.submit(ACCOUNT, "a", Credit(amount=1), key="k"))
    await entered.wait()
    await door.door.drain()
    serving.cancel()
    done, _ = await asyncio.wait({asked}, timeout=0.2)
    assert done, "the caller waits for an answer that nobody gives any more"
    assert asked.result().state.total == 1


@pytest.mark.parametrize("key", ["k", None])
async def test_who_calls_while_the_service_stops_is_told_so(key: str | None) -> None:
    """Nobody serves commands any more: without an answer the caller would wait for ever."""
    door = a_door()
    await door.door.drain()
    with pytest.raises(Unavailable, match="shutting down"):
        await asyncio.wait_for(door.door.submit(ACCOUNT, "a", Credit(amount=1), key=key), 1)
    with pytest.raises(Unavailable, match="shutting down"):
        await asyncio.wait_for(door.door.report(ACCOUNT, "a", Credit(amount=1)), 1)


async def test_what_an_effect_reports_is_taken_while_the_service_stops() -> None:
    door = a_door()
    effect = asyncio.Event()

    async def reported() -> None:
        await effect.wait()
        await door.door.report(ACCOUNT, "a", Credit(amount=1))

    door.door.background.begin(reported())
    serving = asyncio.create_task(door.door.serve_commands())
    draining = asyncio.create_task(door.door.drain())
    await asyncio.sleep(0.03)
    effect.set()
    await draining
    serving.cancel()
    assert door.state(ACCOUNT, "a").total == 1


async def test_a_command_that_is_cut_off_by_the_end_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    door = a_door()
    monkeypatch.setattr(door.store, "write", lambda *_: asyncio.sleep(60))
    serving = asyncio.create_task(door.door.serve_commands())
    first = asyncio.create_task(door.door.submit(ACCOUNT, "a", Credit(amount=1), key="k"))
    await asyncio.sleep(0.02)
    second = asyncio.create_task(door.door.submit(ACCOUNT, "b", Credit(amount=1), key="k"))
    await asyncio.sleep(0.02)
    await door.door.drain(0.1)
    serving.cancel()
    answers = await asyncio.wait_for(asyncio.gather(first, second, return_exceptions=True), 1)
    assert [type(answer) for answer in answers] == [Unavailable, Unavailable]
