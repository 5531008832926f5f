from collections.abc import AsyncIterator, Mapping
from typing import cast

import httpx
import pytest
from pydantic import SecretStr

from services.notify.api import routes
from services.runtime.http import add_calls, application
from services.runtime.store import Store
from tests.support.provider_servers import TOKEN
from tests.unit.notify.in_memory import Notify


@pytest.fixture
async def notify() -> AsyncIterator[Notify]:
    notify = Notify()
    async with notify.memory.serving():
        yield notify


async def _nothing() -> tuple[bool, dict[str, object]]:
    return True, {}


@pytest.fixture
async def http(notify: Notify) -> AsyncIterator[httpx.AsyncClient]:
    async with _calling(notify, {}) as client:
        yield client


@pytest.fixture
async def by_get(notify: Notify) -> AsyncIterator[httpx.AsyncClient]:
    """Where the gateway's receipts are GETs that show a token."""
    async with _calling(notify, {"sim": SecretStr(TOKEN)}) as client:
        yield client


def _calling(notify: Notify, receipt_tokens: Mapping[str, SecretStr]) -> httpx.AsyncClient:
    app = application("notify", ready=_nothing, metrics=lambda: b"", asyncapi=dict)
    providers = {gateway.name: gateway for gateway in notify.gateways}
    store = cast(Store, notify.store)
    add_calls(app, routes(notify.memory.door, store, providers, notify.book, receipt_tokens))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notify")
