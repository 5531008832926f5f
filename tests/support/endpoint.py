"""A partner's program that is called with outcomes, and the webhook by which it is."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import uvicorn
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def until(holds: Callable[[], object], within: float = 20) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Endpoint:
    """A partner's program, in a thread of its own: each call that it takes is signed with its secret."""

    def __init__(self) -> None:
        self.secret, self.status = "", 204
        self.calls: list[dict[str, Any]] = []
        self.ids = set[str]()
        self.app = Starlette(routes=[Route("/hook", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        self.ids.add(request.headers["webhook-id"])
        self.calls.append(Webhook(self.secret).verify(await request.body(), dict(request.headers)))
        return Response(status_code=self.status)

    @contextmanager
    def listening(self) -> Iterator[str]:
        server = uvicorn.Server(uvicorn.Config(self.app, port=0, log_level="critical", access_log=False))
        thread = threading.Thread(target=lambda: asyncio.run(server._serve()), daemon=True)
        thread.start()
        until(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/hook"
        finally:
            server.should_exit = True
            thread.join(10)


class Hook:
    """A partner's webhook, as an officer sets it."""

    def __init__(self, notify: str, partner: str) -> None:
        self.url = f"{notify}/v1/webhooks/{partner}"

    def put(self, url: str, **changes: Any) -> httpx.Response:
        now = httpx.get(self.url, timeout=10)
        headers = {"Idempotency-Key": uuid4().hex}
        if now.status_code == 200:
            headers["If-Match"] = now.headers["etag"]
        body = {"url": url, "officerId": "of-urmia-head"} | changes
        return httpx.put(self.url, json=body, headers=headers, timeout=10)

    def secret(self) -> str:
        answer: dict[str, str] = httpx.get(f"{self.url}/secret", timeout=10).json()
        return answer["secret"]

    def messages(self, state: str) -> list[dict[str, Any]]:
        """All of them, page by page."""
        items: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            asked = {"state": state, "limit": "200"} | ({"cursor": cursor} if cursor else {})
            page = httpx.get(f"{self.url}/messages", params=asked, timeout=10).json()
            items, cursor = items + page["items"], page["next"]
        return items
