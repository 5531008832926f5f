"""Each service can be put together from its parts, in the order in which these come to be."""

import importlib

import pytest

from services.contracts.catalogue import SERVICES
from services.runtime.service import Running


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_is_put_together_before_any_server_is_reached(service: str) -> None:
    settings = importlib.import_module(f"services.{service}.settings").Settings()
    running = importlib.import_module(f"services.{service}.app").create(settings).running()
    assert isinstance(running, Running)
    await running.parts.store.close()
