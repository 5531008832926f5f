"""The HTTP adapter of an SMS gateway: which failures may hide an acceptance (contract: Notify)."""

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.contracts.notify import MessageState
from services.notify.providers import NonRetryable, Outgoing, Retryable, Unknown
from services.notify.providers.http import Dialect, HttpGateway
from services.runtime.client import client
from tests.support.gateways import TEXT, TO, gateway_over, in_process


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, NonRetryable),
        (422, NonRetryable),
        (401, Retryable),
        (404, Retryable),
        (503, Retryable),
        (500, Unknown),
        (502, Unknown),
        (504, Unknown),
        (200, Unknown),  # a yes that cannot be read
    ],
)
async def test_an_answer_that_may_hide_an_acceptance_is_never_taken_for_a_no(
    status: int, error: type[Exception]
) -> None:
    async def answer(_: Request) -> Response:
        return Response("<html>", status)

    adapter = gateway_over(in_process(Starlette(routes=[Route("/send", answer, methods=["POST"])])))
    with pytest.raises(error):
        await adapter.send(TO, Outgoing(TEXT), "r.1")


async def test_a_connection_closed_after_the_call_was_written_is_an_unknown_outcome() -> None:
    """The transport reports it as a failed connect; taken as such the SMS would go out twice."""
    received = []

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    adapter = gateway_over(client(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
    with pytest.raises(Unknown):
        await adapter.send(TO, Outgoing(TEXT), "r.1")
    assert received
    await adapter.close()
    server.close()


async def test_an_answer_to_a_question_that_is_not_understood_is_no_denial() -> None:
    async def answer(_: Request) -> Response:
        return JSONResponse({"rows": []})

    adapter = gateway_over(in_process(Starlette(routes=[Route("/messages", answer)])))
    with pytest.raises(Unknown):
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
    acceptance = await HttpGateway(http, dialect, line="3000", seconds=1).send(TO, Outgoing(TEXT), "r.1")
    assert acceptance.id == "77"
    assert heard == {"receptor": TO, "message": TEXT, "localId": "r.1", "sender": "3000"}
