"""P3 and P4: how long people wait. Open loop: calls start on time whether or not the earlier ones came back."""

import asyncio
import itertools
import json
import re
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiokafka import AIOKafkaProducer

from services.contracts.topics import KIOSK_SUBMISSION
from services.ops import clock
from tests.bench.load import AT_THE_DESK, national_id, submissions
from tests.bench.pipeline import Product


@dataclass(frozen=True)
class Waits:
    """Seconds each call took, sorted, and calls a second over the whole."""

    seconds: Sequence[float]
    per_second: float

    def percentile(self, percent: float) -> float:
        """In milliseconds."""
        return 1000 * self.seconds[min(len(self.seconds) - 1, int(len(self.seconds) * percent / 100))]


_PEOPLE = itertools.count(uuid.uuid4().int % 10**9)
"""Nobody files twice: who asks again for what is open already is another job."""


def a_request(n: int) -> dict[str, Any]:
    """A building permit at the municipality's desk: the whole way to a promise."""
    return {
        "serviceId": AT_THE_DESK,
        "deskId": "wa-municipality-urmia-desk",
        "officerId": "wa-municipality-urmia-desk-01",
        "applicant": {
            "scheme": "NID",
            "value": national_id(next(_PEOPLE)),
            "name": "نام خانوادگی",
            "mobile": f"0912{n % 10_000_000:07d}",
            "county": "urmia",
        },
        "evidence": [{"type": "identity-card", "sha256": "a" * 64, "originalSeen": True}],
    }


class Desk:
    """A connection that stays open and speaks just enough HTTP: its work comes off the machine that is measured."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def at(cls, url: str) -> "Desk":
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port))

    async def file(self, n: int) -> None:
        """Files the n-th request. Raises RuntimeError when it is not answered 201."""
        body = json.dumps(a_request(n)).encode()
        self._writer.write(
            b"POST /v1/requests HTTP/1.1\r\nhost: desk\r\ncontent-type: application/json\r\n"
            b"idempotency-key: %s\r\ncontent-length: %d\r\n\r\n" % (uuid.uuid4().hex.encode(), len(body)) + body
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"\ncontent-length: *(\d+)", head, re.IGNORECASE)
        answer = await self._reader.readexactly(int(length[1]) if length else 0)
        if not head.startswith(b"HTTP/1.1 201 "):
            raise RuntimeError(f"POST /v1/requests answered {head[:40]!r}: {answer[:300]!r}")

    def close(self) -> None:
        self._writer.close()


async def closed_loop(url: str, callers: int, calls: int) -> Waits:
    """So many desks, each with its next request as soon as the last is answered."""
    desks = [await Desk.at(url) for _ in range(callers)]
    waits = await without_a_pause([desk.file for desk in desks], calls)
    for desk in desks:
        desk.close()
    return waits


async def without_a_pause(callers: Sequence[Callable[[int], Awaitable[None]]], calls: int) -> Waits:
    """Each caller makes its next call as soon as its last has come back; a call is given its number."""
    waits: list[float] = []
    numbers = iter(range(calls))

    async def one_after_the_other(call: Callable[[int], Awaitable[None]]) -> None:
        for n in numbers:
            began = time.perf_counter()
            await call(n)
            waits.append(time.perf_counter() - began)

    started = time.perf_counter()
    await asyncio.gather(*map(one_after_the_other, callers))
    return Waits(sorted(waits), calls / (time.perf_counter() - started))


async def open_loop(url: str, per_second: float, calls: int) -> Waits:
    """Calls at a steady rate; a call that had to wait for its turn has waited too."""
    waits: list[float] = []
    free: deque[Desk] = deque()  # each has its turn: one that rests too long is closed by the service

    async def call(n: int, due: float) -> None:
        desk = free.popleft() if free else await Desk.at(url)
        await desk.file(n)
        waits.append(time.perf_counter() - due)
        free.append(desk)

    elapsed = await _on_time(per_second, calls, call)
    for desk in free:
        desk.close()
    return Waits(sorted(waits), calls / elapsed)


async def _on_time(per_second: float, calls: int, call: Callable[[int, float], Awaitable[None]]) -> float:
    started = time.perf_counter()
    tasks = []
    for n in range(calls):
        due = started + n / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.ensure_future(call(n, due)))
    await asyncio.gather(*tasks)
    return time.perf_counter() - started


async def to_provider(product: Product, per_second: float, calls: int) -> Waits:
    """From a submission's acknowledgement by Kafka to its notice being taken by the gateway, at a steady rate (P3)."""
    run = list(submissions(calls, clock.now(product.home), product.sign))
    acknowledged: dict[str, float] = {}
    producer = AIOKafkaProducer(bootstrap_servers=product.servers.kafka, enable_idempotence=True)
    await producer.start()
    gateway = product.url("sms-simulator")
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{gateway}/messages", params={"limit": "1"}) as answer:
            position = (await answer.json())["accepted"]

        async def call(n: int, due: float) -> None:
            key, value, headers = run[n]
            await producer.send_and_wait(KIOSK_SUBMISSION.name, value, key=key, headers=headers)
            acknowledged[key.decode()] = time.time()

        elapsed = await _on_time(per_second, calls, call)
        deadline = time.monotonic() + 60
        taken: list[dict[str, Any]] = []
        while len(taken) < calls and time.monotonic() < deadline:
            await asyncio.sleep(0.5)
            taken = await _accepted(http, gateway, position)
    await producer.stop()
    if len(taken) < calls:
        raise TimeoutError(f"{calls - len(taken)} of {calls} notices never reached the gateway")
    opened = product.requests_of(acknowledged)
    waits = []
    for acceptance in taken:
        key = opened.get(acceptance["ref"].rpartition(".")[0])
        if key is not None:
            waits.append(datetime.fromisoformat(acceptance["acceptedAt"]).timestamp() - acknowledged[key])
    return Waits(sorted(waits), calls / elapsed)


async def _accepted(http: aiohttp.ClientSession, gateway: str, after: int) -> list[dict[str, Any]]:
    async with http.get(f"{gateway}/messages", params={"after": str(after), "limit": "10000"}) as answer:
        items: list[dict[str, Any]] = (await answer.json())["items"]
        return items
