from collections.abc import AsyncIterator

import pytest

from tests.unit.notify.in_memory import Notify


@pytest.fixture
async def notify() -> AsyncIterator[Notify]:
    notify = Notify()
    async with notify.memory.serving():
        yield notify
