"""A service that stops says what went wrong on the way, and still ends everything else."""

import json

import pytest
from fastapi import APIRouter
from pydantic import SecretStr

from services.runtime.service import Service
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


async def test_a_consumer_that_fails_while_it_leaves_is_named_and_the_others_leave(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Service(
        name="bank",
        settings=ServiceSettings(
            port=0, kafka_bootstrap="127.0.0.1:1", mongo_url=SecretStr("mongodb://127.0.0.1:1"), log_level="WARNING"
        ),
        entities=[ACCOUNT, LEDGER],
        rules=None,
        api=lambda parts: APIRouter(),
    ).running()
    willing = Willing()
    monkeypatch.setattr(running, "_consumers", [Stubborn(), willing])

    await running.stop()

    assert willing.left
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["event"], line["error"]) for line in said] == [("a consumer did not leave well", "OSError")]
