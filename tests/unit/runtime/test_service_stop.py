"""A service says what went wrong: while it stops, and still ends all else; in its background, and begins it again."""

import asyncio
import json

import pytest
from fastapi import APIRouter
from pydantic import SecretStr

from services.runtime.message import Held
from services.runtime.service import Running, Service
from services.runtime.settings import ServiceSettings
from tests.support.bank import ACCOUNT, LEDGER


class Stubborn:
    """A consumer that fails while it leaves."""

    async def stop(self) -> None:
        raise OSError("no such group")


class Willing:
    left = False

    async def stop(self) -> None:
        self.left = True


def a_service() -> Running:
    return Service(
        name="bank",
        settings=ServiceSettings(
            port=0, kafka_bootstrap="127.0.0.1:1", mongo_url=SecretStr("mongodb://127.0.0.1:1"), log_level="WARNING"
        ),
        entities=[ACCOUNT, LEDGER],
        rules=None,
        api=lambda parts: APIRouter(),
    ).running()


async def test_a_consumer_that_fails_while_it_leaves_is_named_and_the_others_leave(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = a_service()
    willing = Willing()
    monkeypatch.setattr(running, "_consumers", [Stubborn(), willing])

    await running.stop()

    assert willing.left
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["event"], line["error"]) for line in said] == [("a consumer did not leave well", "OSError")]


async def test_background_work_that_breaks_is_said_and_begun_again_until_the_service_stops(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.runtime.background.AGAIN_SECONDS", 0)
    begun, at_work, over = 0, asyncio.Event(), asyncio.Event()

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise Held("a concern")
        at_work.set()
        try:
            await asyncio.Event().wait()
        finally:
            over.set()

    running = a_service()
    running._spawn(work)
    await asyncio.wait_for(at_work.wait(), 2)
    await running.stop()

    assert (begun, over.is_set()) == (3, True)
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["event"], line["error"]) for line in said] == [("background work begins again", "Held")] * 2
