"""The HTTP client for calls to other services and to providers."""

import httpx
from httpx_aiohttp import AiohttpTransport


def client(base_url: str, *, timeout: float = 5.0, connections: int = 100) -> httpx.AsyncClient:
    """An httpx client over aiohttp's pool: httpx's own collapses beyond about 50 calls at once (design 4)."""
    limits = httpx.Limits(max_connections=connections)
    return httpx.AsyncClient(base_url=base_url, timeout=timeout, transport=AiohttpTransport(limits=limits))
