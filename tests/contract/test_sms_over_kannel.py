"""What is Kannel's own: nothing in addresses, receipts by GET, and nobody to ask (contract: Notify)."""

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.notify.providers import NonRetryable, Outgoing, ProviderError, Retryable, Unknown
from services.notify.providers.kannel import Kannel, KannelAccount
from tests.support.gateways import TEXT, TO, in_process
from tests.support.provider_servers import PASSWORD, TOKEN, KannelServer

LETTER = Outgoing(TEXT)
RECEIPTS = "http://notify:8083/v1/receipts/kannel"


def over(http: httpx.AsyncClient, password: str = PASSWORD) -> Kannel:
    account = KannelAccount("mizban", SecretStr(password), RECEIPTS, SecretStr(TOKEN))
    return Kannel(http, account, line="1000", seconds=5)


async def test_what_it_sends_stands_in_headers_and_body_and_nothing_in_the_address() -> None:
    """Addresses are logged by whatever is in between (I12)."""
    server = KannelServer()
    await over(in_process(server.app)).send(TO, LETTER, "01JAB.1")
    assert server.addresses == ["http://sms/cgi-bin/sendsms"]
    assert server.texts == [TEXT]
    (call,) = server.calls
    assert {name: value for name, value in call.items() if name.startswith("x-kannel")} == {
        "x-kannel-username": "mizban",
        "x-kannel-password": PASSWORD,
        "x-kannel-from": "1000",
        "x-kannel-to": TO,
        "x-kannel-coding": "2",
        "x-kannel-dlr-mask": "31",
        "x-kannel-dlr-url": f"{RECEIPTS}?token={TOKEN}&ref=01JAB.1&status=%d",
    }
    assert call["content-type"] == "text/plain; charset=UTF-8"


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (202, "0: Accepted for delivery", None),
        (202, "3: Queued for later delivery", None),
        (202, "Sent.", None),  # with immediate-sendsms-reply
        (200, "<html>", Unknown),
        (400, "Missing receiver number, rejected", NonRetryable),
        (403, "Not routable. Do not try again.", NonRetryable),
        (403, "Authorization failed for sendsms", Retryable),
        (404, "not found", Retryable),
        (405, "no POST here", Retryable),
        (500, "Sending failed.", Unknown),
        (503, "Temporal failure, try again later.", Retryable),
    ],
)
async def test_its_answers_mean_what_its_guide_says(status: int, words: str, kind: type[ProviderError] | None) -> None:
    async def answer(_: Request) -> Response:
        return PlainTextResponse(words, status)

    adapter = over(in_process(Starlette(routes=[Route("/cgi-bin/sendsms", answer, methods=["POST"])])))
    if kind is None:
        assert (await adapter.send(TO, LETTER, "r.1")).id == "r.1"
    else:
        with pytest.raises(kind):
            await adapter.send(TO, LETTER, "r.1")
