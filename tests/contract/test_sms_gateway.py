"""What notify relies on in any SMS gateway. One suite for the gateway of the tests and for the HTTP adapter, in process
and over a real connection; then the simulator's own promises (contract: Notify).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.contracts.notify import MessageState, ProviderReceipt
from services.notify.providers import NonRetryable, NotReached, OutcomeUnknown, Retryable, SmsProvider
from services.notify.providers.http import Dialect, HttpGateway
from services.ops import sms_simulator
from services.runtime.client import client
from tests.support.fake_gateway import FakeGateway

TO, TEXT = "+989121234567", "کد رهگیری ۱۲۳۴"
FAULTS = {
    "reject": {"rejectRate": 1},
    "throttle": {"status429Rate": 1},
    "hang": {"timeoutRate": 1},
    "accept-then-drop": {"acceptThenDropRate": 1},
}


@dataclass
class Rig:
    """A gateway, how to make it misbehave, and what it has accepted under a reference."""

    provider: SmsProvider
    misbehave: Callable[[str], None]
    accepted: Callable[[str], int]


async def _nobody(request: Request) -> Response:
    return JSONResponse({"state": "DELIVERED"})


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """An application on a free port of loopback."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", access_log=False, lifespan="on"))
    serving = asyncio.create_task(server._serve())  # not serve(): pytest keeps its own signal handlers
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        server.force_exit = True
        await asyncio.wait_for(serving, 5)


def in_process(app: Any, base_url: str = "http://sms") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=base_url)


def simulator() -> sms_simulator.Gateway:
    """With nobody but a polite listener for its receipts."""
    listener = Starlette(routes=[Route("/v1/receipts/sim", _nobody, methods=["POST"])])
    return sms_simulator.Gateway("http://notify/v1/receipts/sim", client=in_process(listener))


def _adapter(http: httpx.AsyncClient) -> HttpGateway:
    return HttpGateway(http, Dialect(), line="10001111", timeout=0.5)


@pytest.fixture(params=["fake", "http in process", "http over a connection"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    if request.param == "fake":
        fake = FakeGateway()

        def behave(how: str) -> None:
            fake.behaviour = how

        yield Rig(fake, behave, lambda ref: sum(message.ref == ref for message in fake.accepted))
        return
    gateway = simulator()
    app = sms_simulator.application(gateway)

    def misbehave(how: str) -> None:
        gateway.faults = sms_simulator.Faults.of(FAULTS.get(how, {}))

    def accepted(ref: str) -> int:
        return len(gateway.accepted(ref))

    if request.param == "http in process":
        adapter = _adapter(in_process(app))
        yield Rig(adapter, misbehave, accepted)
        await adapter.close()
        await gateway.close()
        return
    async with served(app) as url:
        adapter = _adapter(client(url))
        yield Rig(adapter, misbehave, accepted)
        await adapter.close()


async def test_an_accepted_message_is_known_under_our_reference(rig: Rig) -> None:
    acceptance = await rig.provider.send(TO, TEXT, "r.1")
    assert acceptance.state is MessageState.SENT
    known = await rig.provider.ask("r.1")
    assert known is not None
    assert known.id == acceptance.id


async def test_a_reference_never_accepted_is_denied(rig: Rig) -> None:
    await rig.provider.send(TO, TEXT, "r.1")
    assert await rig.provider.ask("r.2") is None


async def test_asking_sends_nothing(rig: Rig) -> None:
    await rig.provider.send(TO, TEXT, "r.1")
    await rig.provider.ask("r.1")
    await rig.provider.ask("r.2")
    assert (rig.accepted("r.1"), rig.accepted("r.2")) == (1, 0)


async def test_a_rejected_message_is_not_to_be_tried_again(rig: Rig) -> None:
    rig.misbehave("reject")
    with pytest.raises(NonRetryable):
        await rig.provider.send(TO, TEXT, "r.1")
    assert rig.accepted("r.1") == 0


async def test_a_gateway_that_wants_a_pause_has_not_taken_the_message(rig: Rig) -> None:
    rig.misbehave("throttle")
    with pytest.raises(NotReached) as throttled:
        await rig.provider.send(TO, TEXT, "r.1")
    assert (throttled.value.reason, throttled.value.pause) == ("THROTTLED", 1)
    assert rig.accepted("r.1") == 0


async def test_a_call_without_an_answer_is_an_unknown_outcome_and_a_later_question_clears_it_up(rig: Rig) -> None:
    rig.misbehave("hang")
    with pytest.raises(OutcomeUnknown):
        await rig.provider.send(TO, TEXT, "r.1")
    rig.misbehave("accept")
    assert await rig.provider.ask("r.1") is None


async def test_a_message_accepted_behind_a_broken_connection_is_an_unknown_outcome_and_then_found(rig: Rig) -> None:
    rig.misbehave("accept-then-drop")
    with pytest.raises(OutcomeUnknown):
        await rig.provider.send(TO, TEXT, "r.1")
    rig.misbehave("accept")
    assert await rig.provider.ask("r.1") is not None
    assert rig.accepted("r.1") == 1


async def test_its_words_are_a_closed_list(rig: Rig) -> None:
    words = {word: rig.provider.state_of(word) for word in ("DELIVERED", "FAILED", "FILTERED", "delivered", "LOST")}
    assert words == {
        "DELIVERED": MessageState.DELIVERED,
        "FAILED": MessageState.PERM_FAILED,
        "FILTERED": MessageState.FILTERED,
        "delivered": MessageState.DELIVERED,
        "LOST": None,
    }


# --- the HTTP adapter: which failures may hide an acceptance ----------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, NonRetryable),
        (422, NonRetryable),
        (401, Retryable),
        (404, Retryable),
        (503, Retryable),
        (500, OutcomeUnknown),
        (502, OutcomeUnknown),
        (504, OutcomeUnknown),
        (200, OutcomeUnknown),  # a yes that cannot be read
    ],
)
async def test_an_answer_that_may_hide_an_acceptance_is_never_taken_for_a_no(
    status: int, error: type[Exception]
) -> None:
    async def answer(_: Request) -> Response:
        return Response("<html>", status)

    adapter = _adapter(in_process(Starlette(routes=[Route("/send", answer, methods=["POST"])])))
    with pytest.raises(error):
        await adapter.send(TO, TEXT, "r.1")


async def test_a_gateway_that_is_not_there_was_not_reached() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    adapter = _adapter(client(f"http://127.0.0.1:{port}"))
    with pytest.raises(NotReached, match="UNREACHABLE"):
        await adapter.send(TO, TEXT, "r.1")
    await adapter.close()


async def test_a_connection_closed_after_the_call_was_written_is_an_unknown_outcome() -> None:
    """The transport reports it as a failed connect; taken as such the SMS would go out twice."""
    received = []

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    adapter = _adapter(client(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
    with pytest.raises(OutcomeUnknown):
        await adapter.send(TO, TEXT, "r.1")
    assert received
    await adapter.close()
    server.close()


async def test_an_answer_to_a_question_that_is_not_understood_is_no_denial() -> None:
    async def answer(_: Request) -> Response:
        return JSONResponse({"rows": []})

    adapter = _adapter(in_process(Starlette(routes=[Route("/messages", answer)])))
    with pytest.raises(OutcomeUnknown):
        await adapter.ask("r.1")


async def test_another_gateway_is_another_dialect_not_another_adapter() -> None:
    heard: dict[str, Any] = {}

    async def answer(request: Request) -> Response:
        heard.update(await request.json())
        return JSONResponse({"messageId": 77, "result": "queued"})

    dialect = Dialect(
        name="other",
        send_path="/v2/sms",
        body={"receptor": "{to}", "message": "{text}", "localId": "{ref}", "sender": "{line}"},
        id_field="messageId",
        status_field="result",
        words={"queued": MessageState.SENT},
    )
    http = in_process(Starlette(routes=[Route("/v2/sms", answer, methods=["POST"])]))
    acceptance = await HttpGateway(http, dialect, line="3000", timeout=1).send(TO, TEXT, "r.1")
    assert acceptance.id == "77"
    assert heard == {"receptor": TO, "message": TEXT, "localId": "r.1", "sender": "3000"}


# --- the simulator ----------------------------------------------------------------------------------------------------


async def test_every_acceptance_is_recorded_also_a_second_one_of_the_same_reference() -> None:
    """Else a message sent twice could not be seen (C2)."""
    gateway = simulator()
    async with in_process(sms_simulator.application(gateway)) as http:
        for _ in range(2):
            await http.post("/send", json={"to": TO, "text": TEXT, "ref": "r.1", "line": "1"})
        await http.post("/send", json={"to": TO, "text": TEXT, "ref": "r.2", "line": "1"})
        listed = (await http.get("/messages")).json()
        assert [item["ref"] for item in listed["items"]] == ["r.1", "r.1", "r.2"]
        assert [item["ref"] for item in (await http.get("/messages?after=1&limit=1")).json()["items"]] == ["r.1"]
        assert (await http.get(f"/messages?after={listed['next']}")).json()["items"] == []
    await gateway.close()


async def test_it_calls_back_until_it_is_answered_and_twice_when_told_to() -> None:
    receipts: list[ProviderReceipt] = []
    answers = iter([503, 503, 200, 200])

    async def listen(request: Request) -> Response:
        receipts.append(ProviderReceipt.model_validate(await request.json()))
        return Response(status_code=next(answers))

    listener = in_process(Starlette(routes=[Route("/v1/receipts/sim", listen, methods=["POST"])]))
    gateway = sms_simulator.Gateway("http://notify/v1/receipts/sim", client=listener)
    gateway.faults = sms_simulator.Faults.of({"duplicateReceiptRate": 1})
    async with in_process(sms_simulator.application(gateway)) as http:
        await http.post("/send", json={"to": TO, "text": TEXT, "ref": "r.1"})
        async with asyncio.timeout(5):
            while len(receipts) < 4:
                await asyncio.sleep(0.02)
    await gateway.close()
    assert {(receipt.id, receipt.ref, receipt.status) for receipt in receipts} == {("sim-1", "r.1", "DELIVERED")}


@pytest.mark.parametrize(
    ("to", "status"), [("+989120000001", "FAILED"), ("+989120000002", "FILTERED"), (TO, "DELIVERED")]
)
async def test_the_number_decides_the_fate_of_a_message(to: str, status: str) -> None:
    gateway = simulator()
    async with in_process(sms_simulator.application(gateway)) as http:
        await http.post("/send", json={"to": to, "text": TEXT, "ref": "r.1"})
        async with asyncio.timeout(5):
            while gateway.accepted("r.1")[0].status == "ACCEPTED":
                await asyncio.sleep(0.02)
    assert gateway.accepted("r.1")[0].status == status
    await gateway.close()


@pytest.mark.parametrize("body", [{"slow": 1}, {"timeoutRate": 2}, {"timeoutRate": "1"}, {"latencyMs": True}, []])
async def test_a_fault_that_does_not_exist_is_refused(body: Any) -> None:
    gateway = simulator()
    async with in_process(sms_simulator.application(gateway)) as http:
        assert (await http.post("/faults", json=body)).status_code == 422
        good = await http.post("/faults", json={"latencyMs": 5, "rejectRate": 0.5})
        assert (await http.get("/faults")).json() == good.json()
    await gateway.close()


async def test_its_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sms_simulator, "KEPT", 10)
    gateway = simulator()
    async with in_process(sms_simulator.application(gateway)) as http:
        for number in range(25):
            await http.post("/send", json={"to": TO, "text": TEXT, "ref": f"r.{number}"})
        listed = (await http.get("/messages")).json()
    assert (len(listed["items"]), listed["accepted"], gateway.accepted("r.0")) == (10, 25, [])
    await gateway.close()
