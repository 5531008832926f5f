"""The registry as its callers meet it: the province's, served over HTTP for one test."""

from collections.abc import AsyncIterator

import pytest

from tests.unit.registry.over_http import Registry, registry_of_the_province


@pytest.fixture
async def registry() -> AsyncIterator[Registry]:
    async with registry_of_the_province() as registry:
        yield registry
