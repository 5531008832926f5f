"""Intake as its callers meet it: served over HTTP for one test."""

from collections.abc import AsyncIterator

import pytest

from tests.unit.intake.edge import Intake


@pytest.fixture
async def intake() -> AsyncIterator[Intake]:
    service = Intake()
    async with service.memory.serving():
        yield service
    await service.http.aclose()
