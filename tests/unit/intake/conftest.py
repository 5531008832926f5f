"""Intake as its callers meet it, served over HTTP for one test; a day at a desk of it."""

from collections.abc import AsyncIterator

import pytest

from tests.unit.intake.desk_day import DeskDay
from tests.unit.intake.edge import Intake
from tests.unit.intake.watched import Watched


@pytest.fixture
async def intake() -> AsyncIterator[Intake]:
    service = Intake()
    async with service.memory.serving():
        yield service
    await service.http.aclose()


@pytest.fixture
async def house(intake: Intake) -> Watched:
    """With a watch that has seen the registry as it is."""
    watched = Watched(intake)
    assert await watched.watch.look() == 0
    return watched


@pytest.fixture
def desk(intake: Intake) -> DeskDay:
    return DeskDay(intake)
