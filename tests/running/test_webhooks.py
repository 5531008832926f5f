"""A partner with a webhook hears of its offices' outcomes by a call; one without is called by nobody."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.calls import Caller, a_submission
from tests.support.running_services import Services

PARTNER, OTHER = "pishkhan-a", "pishkhan-b"


class Endpoint:
    """A partner's program, in a thread of its own: each call that it takes is signed with its secret."""

    def __init__(self) -> None:
        self.secret, self.status = "", 204
        self.calls: list[dict[str, Any]] = []
        self.app = Starlette(routes=[Route("/hook", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        self.calls.append(Webhook(self.secret).verify(await request.body(), dict(request.headers)))
        return Response(status_code=self.status)

    @contextmanager
    def listening(self) -> Iterator[str]:
        server = uvicorn.Server(uvicorn.Config(self.app, port=0, log_level="critical", access_log=False))
        thread = threading.Thread(target=lambda: asyncio.run(server._serve()), daemon=True)
        thread.start()
        _until(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/hook"
        finally:
            server.should_exit = True
            thread.join(10)


def _until(holds: Any, within: float = 20) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Hook:
    """A partner's webhook, as an officer sets it."""

    def __init__(self, services: Services, partner: str) -> None:
        self.url = f"{services.url('notify')}/v1/webhooks/{partner}"

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
        answer: dict[str, list[dict[str, Any]]] = httpx.get(
            f"{self.url}/messages", params={"state": state}, timeout=10
        ).json()
        return answer["items"]


@pytest.fixture
def endpoint() -> Iterator[tuple[Endpoint, str]]:
    endpoint = Endpoint()
    with endpoint.listening() as url:
        yield endpoint, url


def test_an_outcome_is_called_out_to_its_partner_and_to_no_other(
    services: Services, endpoint: tuple[Endpoint, str]
) -> None:
    there, url = endpoint
    caller, hook = Caller(services), Hook(services, PARTNER)
    before = submitted(services, caller)
    time.sleep(1.1)  # its second is over
    assert hook.put(url).status_code == 200
    there.secret = hook.secret()
    ref = submitted(services, caller)
    try:
        _until(lambda: any(call["data"]["externalRef"] == ref for call in there.calls))
        call = next(call for call in there.calls if call["data"]["externalRef"] == ref)
        assert call["type"] == "ir.servicedesk.kiosk.submission.accepted.v1"
        assert call["data"]["partner"] == PARTNER
        assert call["data"]["status"] == "ACCEPTED"
        assert before not in {each["data"]["externalRef"] for each in there.calls}, "of earlier ones nobody is called"
        _until(lambda: len(hook.messages("DELIVERED")) == len(there.calls))
    finally:
        assert hook.put(url, enabled=False).status_code == 200


def test_an_endpoint_that_is_gone_is_called_no_more(services: Services, endpoint: tuple[Endpoint, str]) -> None:
    there, url = endpoint
    caller, hook = Caller(services), Hook(services, PARTNER)
    assert hook.put(url).status_code == 200
    there.secret, there.status = hook.secret(), 410
    submitted(services, caller)
    _until(lambda: httpx.get(hook.url, timeout=10).json()["reason"] == "GONE")
    time.sleep(3)
    submitted(services, caller)
    time.sleep(3)
    assert len(there.calls) == 1
    assert httpx.get(f"{services.url('notify')}/v1/webhooks/{OTHER}", timeout=10).status_code == 404


def submitted(services: Services, caller: Caller) -> str:
    """The externalRef of a submission that is taken."""
    body = a_submission(services)
    answer = caller.call("/v1/kiosk/submissions", body, authorization=f"Bearer {caller.api_key(PARTNER)}")
    assert answer.status_code == 202, answer.text
    ref: str = body["externalRef"]
    return ref
