"""A stand-in for an SMS gateway, for the local stack and fault tests (contract: Notify). Knows nothing of the services.

    POST /send {"to", "text", "ref", "line"} -> {"id", "status"}    records each acceptance, also a second of one ref
    GET  /messages?ref=&after=&limit=                               what it accepted, oldest first
    POST /faults {"latencyMs", "timeoutRate", ...}                  how badly it behaves from now on; GET shows it
    calls back POST <receipt url> {"id", "ref", "status"} until it is answered

A number that ends in 0000001 fails, one that ends in 0000002 is filtered; all others are delivered after a moment.
"""

import asyncio
import gc
import os
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

import httpx
import uvicorn
from httpx_aiohttp import AiohttpTransport
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from services.ops.chance import Chance

KEPT = 200_000
"""Acceptances kept; the oldest go first."""
HANGS_SECONDS = 120.0
RECEIPT_AFTER = (0.05, 0.4)
"""Seconds between acceptance and delivery, drawn evenly."""
RECEIPT_TRIES = 12
RECEIPTS_AT_ONCE = 64
FATES = {"0000001": "FAILED", "0000002": "FILTERED"}


@dataclass(frozen=True, slots=True)
class Faults:
    """Rates are shares of the calls, 0 to 1."""

    latencyMs: float = 0
    """Median; drawn evenly between half and one and a half of it."""
    timeoutRate: float = 0
    """Hangs without accepting."""
    rejectRate: float = 0
    acceptThenDropRate: float = 0
    """Accepts, then breaks the connection instead of answering."""
    status429Rate: float = 0
    duplicateReceiptRate: float = 0

    @classmethod
    def of(cls, body: Any) -> "Faults":
        """Raises ValueError for an unknown name or a value out of range. What is not named is 0."""
        names = {field.name for field in fields(cls)}
        if not isinstance(body, dict) or not body.keys() <= names:
            raise ValueError(f"known faults: {', '.join(sorted(names))}")
        for name, value in body.items():
            most = 600_000 if name == "latencyMs" else 1
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
                raise ValueError(f"{name} must be a number from 0 to {most}")
        return cls(**body)


@dataclass(slots=True)
class Acceptance:
    seq: int
    id: str
    ref: str
    to: str
    text: str
    line: str
    status: str
    acceptedAt: str


class Gateway:
    """What was accepted, and how it behaves. The same seed and calls in the same order give the same faults."""

    def __init__(self, receipt_url: str, *, seed: int = 1, client: httpx.AsyncClient | None = None) -> None:
        self.faults = Faults()
        self._receipt_url, self._chance = receipt_url, Chance(seed)
        self._client = client or httpx.AsyncClient(transport=AiohttpTransport(), timeout=5)
        self._accepted: deque[Acceptance] = deque()
        self._by_ref: dict[str, list[Acceptance]] = {}
        self._count = 0
        self._receipts: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(RECEIPTS_AT_ONCE)

    async def send(self, request: Request) -> Response:
        body = await _json(request)
        wanted = ("to", "text", "ref")
        if not isinstance(body, dict) or not all(isinstance(body.get(n), str) and body[n] for n in wanted):
            return _error(400, "to, text and ref are needed")
        faults, chance = self.faults, self._chance
        if faults.latencyMs:
            await asyncio.sleep(faults.latencyMs / 1000 * chance.uniform(0.5, 1.5))
        if chance.random() < faults.status429Rate:
            return _error(429, "slower, please", {"Retry-After": "1"})
        if chance.random() < faults.rejectRate:
            return _error(400, "rejected")
        if chance.random() < faults.timeoutRate:
            await asyncio.sleep(HANGS_SECONDS)
            return _error(504, "too late")
        acceptance = self._accept(body)
        if chance.random() < faults.acceptThenDropRate:
            return Broken()
        return JSONResponse({"id": acceptance.id, "status": "ACCEPTED"})

    async def messages(self, request: Request) -> Response:
        query = request.query_params
        try:
            after, limit = int(query.get("after", 0)), min(int(query.get("limit", 1000)), 10_000)
        except ValueError:
            return _error(400, "after and limit are numbers")
        rows = self.accepted(query["ref"]) if "ref" in query else self._accepted
        items = []
        for row in rows:
            if row.seq > after:
                items.append(asdict(row))
                if len(items) == limit:
                    break
        return JSONResponse({"items": items, "next": items[-1]["seq"] if items else after, "accepted": self._count})

    async def set_faults(self, request: Request) -> Response:
        try:
            self.faults = Faults.of(await _json(request))
        except ValueError as error:
            return _error(422, str(error))
        return await self.show_faults(request)

    async def show_faults(self, request: Request) -> Response:
        return JSONResponse(asdict(self.faults))

    def accepted(self, ref: str) -> list[Acceptance]:
        """Every acceptance of a reference that is still kept."""
        return list(self._by_ref.get(ref, ()))

    async def close(self) -> None:
        for task in self._receipts:
            task.cancel()
        await asyncio.gather(*self._receipts, return_exceptions=True)
        await self._client.aclose()

    def _accept(self, body: Mapping[str, str]) -> Acceptance:
        self._count += 1
        acceptance = Acceptance(
            seq=self._count,
            id=f"sim-{self._count}",
            ref=body["ref"],
            to=body["to"],
            text=body["text"],
            line=str(body.get("line", "")),
            status="ACCEPTED",
            acceptedAt=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        )
        self._accepted.append(acceptance)
        self._by_ref.setdefault(acceptance.ref, []).append(acceptance)
        if len(self._accepted) > KEPT:
            oldest = self._accepted.popleft()
            same = self._by_ref[oldest.ref]
            same.remove(oldest)
            if not same:
                del self._by_ref[oldest.ref]
        task = asyncio.create_task(self._deliver(acceptance, self._chance.uniform(*RECEIPT_AFTER)))
        self._receipts.add(task)
        task.add_done_callback(self._receipts.discard)
        return acceptance

    async def _deliver(self, acceptance: Acceptance, after: float) -> None:
        await asyncio.sleep(after)
        acceptance.status = FATES.get(acceptance.to[-7:], "DELIVERED")
        receipt = {"id": acceptance.id, "ref": acceptance.ref, "status": acceptance.status}
        await self._call_back(receipt)
        if self._chance.random() < self.faults.duplicateReceiptRate:
            await self._call_back(receipt)

    async def _call_back(self, receipt: Mapping[str, str]) -> None:
        """Until it is answered with other than 5xx, with growing pauses; in the end it is given up, as gateways do."""
        for attempt in range(RECEIPT_TRIES):
            try:
                async with self._room:
                    answer = await self._client.send(httpx.Request("POST", self._receipt_url, json=receipt))
                if answer.status_code < 500 and answer.status_code != 429:
                    return
            except httpx.TransportError:
                pass  # nobody there: the next try is the answer to that
            await asyncio.sleep(min(0.2 * 2**attempt, 30))


class Broken(Response):
    """Begins an answer and breaks the connection in the middle of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"64")]})
        raise ConnectionAbortedError("broken on purpose")


def application(gateway: Gateway) -> Starlette:
    async def ready(_: Request) -> Response:
        return JSONResponse({"status": "ready"})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await gateway.close()

    return Starlette(
        routes=[
            Route("/send", gateway.send, methods=["POST"]),
            Route("/messages", gateway.messages),
            Route("/faults", gateway.set_faults, methods=["POST"]),
            Route("/faults", gateway.show_faults),
            Route("/health/live", ready),
            Route("/health/ready", ready),
        ],
        lifespan=lifespan,
    )


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        return None


def _error(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"status": "REJECTED", "detail": detail}, status, headers=headers)


def main() -> None:
    """Settings: SMS_SIMULATOR_PORT, SMS_SIMULATOR_HOST, SMS_SIMULATOR_RECEIPT_URL, SMS_SIMULATOR_SEED."""
    gateway = Gateway(
        os.environ.get("SMS_SIMULATOR_RECEIPT_URL", "http://127.0.0.1:8083/v1/receipts/sim"),
        seed=int(os.environ.get("SMS_SIMULATOR_SEED", "1")),
    )
    gc.set_threshold(10_000, 20, 50)  # it keeps every message; looking through them too often would be its main work
    uvicorn.run(
        application(gateway),
        host=os.environ.get("SMS_SIMULATOR_HOST", "127.0.0.1"),
        port=int(os.environ.get("SMS_SIMULATOR_PORT", "8090")),
        access_log=False,
        log_level="critical",  # a connection broken on purpose is not an error worth a stack trace
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
