"""The client for calls between services: one base address, bounded in time and in connections (design 4)."""

import asyncio
import gc
import weakref

import httpx
import pytest
import uvicorn
from httpx_aiohttp import AiohttpTransport

from services.runtime.client import client


async def _slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.readline() not in (b"\r\n", b""):
        pass
    await asyncio.sleep(0.2)
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: text/plain\r\n\r\nok")
    await writer.drain()
    writer.close()


@pytest.fixture
async def address() -> str:
    server = await asyncio.start_server(_slowly, "127.0.0.1", 0)
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_two_hundred_calls_at_once_are_all_answered(address: str) -> None:
    async with client(address) as http:
        answers = await asyncio.gather(*(http.get("/") for _ in range(200)))
    assert [answer.text for answer in answers] == ["ok"] * 200


async def test_an_answer_that_was_read_leaves_nothing_for_the_garbage_collector(address: str) -> None:
    """Its work stops everything: thousands of answers that it has to find held a service still for half a second."""
    async with client(address) as http:
        gc.collect()
        gc.disable()
        try:
            answer = await http.get("/")
            assert answer.text == "ok"
            gone = weakref.ref(answer)
            del answer
            await asyncio.sleep(0.1)  # what closes the connection lets go of it too
            assert gone() is None
        finally:
            gc.enable()


async def test_an_answer_can_still_be_read_piece_by_piece(address: str) -> None:
    async with client(address) as http, http.stream("GET", "/") as answer:
        assert b"".join([piece async for piece in answer.aiter_bytes()]) == b"ok"


async def test_a_call_ends_in_time(address: str) -> None:
    async with client(address, timeout=0.05) as http:
        with pytest.raises(httpx.TimeoutException):
            await http.get("/")


async def test_nobody_there_is_an_error_of_the_transport() -> None:
    async with client("http://127.0.0.1:1") as http:
        with pytest.raises(httpx.TransportError):
            await http.get("/")


def test_an_idle_connection_is_given_up_before_its_server_gives_it_up() -> None:
    """Else a call is written into a closing connection now and then, and its outcome is unknown (domain 12.11)."""
    transport = client("http://127.0.0.1")._transport
    assert isinstance(transport, AiohttpTransport)
    kept = transport.limits.keepalive_expiry
    assert kept is not None
    assert kept < uvicorn.Config("an:app").timeout_keep_alive
