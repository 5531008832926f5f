"""Intake as its callers meet it: served over HTTP for one test."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.unit.intake.edge import Intake


@pytest.fixture
async def intake() -> AsyncIterator[Intake]:
    service = Intake()
    serving = asyncio.create_task(service.memory.door.serve_commands())
    yield service
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    await service.http.aclose()
