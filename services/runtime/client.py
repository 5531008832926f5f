"""The HTTP client for calls to other services and to providers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from httpx_aiohttp import AiohttpTransport

KEPT_SECONDS = 3.0
"""An idle connection is given up before its server does so, which is after 5 s: a call that is written just then is
lost, and of a message to a gateway nobody knows whether it was taken."""
_READ = httpx.ByteStream(b"")


class _Client(httpx.AsyncClient):
    """httpx ties an answer and its stream to each other, and only the garbage collector would find them.

    It finds thousands at a time, and nothing else happens meanwhile: so the tie is cut as soon as the answer is read.
    """

    async def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        response = await super().send(request, stream=stream, **options)
        if not stream:
            response.stream = _READ
        return response


def client(base_url: str, *, timeout: float = 5.0, connections: int = 100) -> httpx.AsyncClient:
    """An httpx client over aiohttp's pool: httpx's own collapses beyond about 50 calls at once (design 4)."""
    limits = httpx.Limits(max_connections=connections, keepalive_expiry=KEPT_SECONDS)
    return _Client(base_url=base_url, timeout=timeout, transport=AiohttpTransport(limits=limits))


async def until_stopped(*close: Callable[[], Awaitable[None]]) -> None:
    """Background work of a service: closes its connections when it stops."""
    try:
        await asyncio.Event().wait()
    finally:
        for each in close:
            await each()
