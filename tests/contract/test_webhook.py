"""What is a webhook's own: its signature, the addresses it never calls, and its ladder (Standard Webhooks)."""

import asyncio
import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from pydantic import SecretStr
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.contracts.notify import MessageState
from services.notify.domain.webhook_message import LADDER, next_try
from services.notify.providers import Gone, NonRetryable, Outgoing, ProviderError, Retryable, Throttled
from services.notify.providers.webhook import (
    LONGEST_BODY,
    NotPublic,
    PartnerWebhook,
    PublicAddresses,
    public,
    signature,
)
from tests.support.provider_servers import SECRET, WebhookReceiver
from tests.support.served import served

BODY = '{"type": "request.closed", "data": {"tracking": "۱۲۳۴"}}'
LETTER = Outgoing(BODY)
OTHER_SECRET = "whsec_" + "YW5vdGhlci1zZWNyZXQtb2YtdGhlLXRlc3RzLTEyMzQ="


def to_partner(*secrets: str, **options: Any) -> PartnerWebhook:
    options = {"development": True, "seconds": 10.0} | options
    made = [SecretStr(secret) for secret in secrets or (SECRET,)]
    return PartnerWebhook("partner", made, clock=lambda: datetime.now(UTC), **options)


async def test_the_standards_own_library_knows_our_signature() -> None:
    receiver = WebhookReceiver()
    async with served(receiver.app) as url:
        partner = to_partner()
        acceptance = await partner.send(f"{url}/hook", LETTER, "01JAB.1")
        await partner.send(f"{url}/hook", LETTER, "01JAB.1")
        await partner.close()
    assert acceptance.state is MessageState.DELIVERED
    assert receiver.taken == {"msg_01JAB_1": {"type": "request.closed", "data": {"tracking": "۱۲۳۴"}}}


def test_while_a_secret_changes_either_of_them_checks_it() -> None:
    now = int(datetime.now(UTC).timestamp())
    made = signature([SecretStr(SECRET), SecretStr(OTHER_SECRET)], "msg_1", now, BODY.encode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(now), "webhook-signature": made}
    for secret in (SECRET, OTHER_SECRET):
        Webhook(secret).verify(BODY, headers)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", SECRET.removeprefix("whsec_"), "whsec_****"])
def test_a_secret_that_guards_nothing_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes"):
        to_partner(secret)


def test_without_a_secret_there_is_no_endpoint() -> None:
    with pytest.raises(ValueError, match="secret"):
        PartnerWebhook("partner", [], clock=lambda: datetime.now(UTC))


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (410, {}, Gone),
        (429, {"Retry-After": "30"}, Throttled),
        (503, {"Retry-After": "30"}, Throttled),
        (301, {"Location": "/elsewhere"}, Retryable),
        (400, {}, Retryable),
        (404, {}, Retryable),
        (500, {}, Retryable),
    ],
)
async def test_its_status_is_its_answer(status: int, headers: dict[str, str], kind: type[ProviderError]) -> None:
    called: list[str] = []

    async def answer(request: Request) -> Response:
        called.append(request.url.path)
        return Response("x", status, headers=headers)

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["POST", "GET"])])
    async with served(app) as url:
        partner = to_partner()
        with pytest.raises(ProviderError) as failed:
            await partner.send(f"{url}/hook", LETTER, "r.1")
        await partner.close()
    assert type(failed.value) is kind
    assert getattr(failed.value, "pause", 30) == 30
    assert called == ["/hook"]  # wherever it points to


async def test_a_connection_closed_without_an_answer_is_tried_again() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    partner = to_partner()
    with pytest.raises(Retryable):
        await partner.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook", LETTER, "r.1")
    await partner.close()
    server.close()


async def test_an_endless_answer_is_not_read() -> None:
    hung_up = asyncio.Event()

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        except OSError:
            writer.close()
            hung_up.set()

    server = await asyncio.start_server(pour, "127.0.0.1", 0)
    partner = to_partner()
    async with asyncio.timeout(20):
        await partner.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook", LETTER, "r.1")
        await partner.close()
        await hung_up.wait()
    server.close()


async def test_a_body_beyond_the_bound_is_not_sent() -> None:
    with pytest.raises(NonRetryable, match="TOO_LARGE"):
        await to_partner().send("http://127.0.0.1:9/hook", Outgoing("x" * (LONGEST_BODY + 1)), "r.1")


@pytest.mark.parametrize(
    "address",
    [
        "http://partner.example/hook",
        "ftp://partner.example/hook",
        "https:///hook",
        "https://user:secret@partner.example/hook",
        "partner.example/hook",
        "https://[::1",
        "https://exa mple.ir/hook",
        "https://./hook",
        "https://a..b.ir/hook",
        "https://-a.ir/hook",
        "https://a_b.ir/hook",
        f"https://{'a' * 64}.ir/hook",
        f"https://{'a.' * 150}ir/hook",
        "",
    ],
)
async def test_what_is_no_address_of_an_endpoint_is_never_called(address: str) -> None:
    with pytest.raises(NonRetryable, match="ADDRESS"):
        await to_partner(development=False).send(address, LETTER, "r.1")


UNSPECIFIED = "0.0.0.0"  # noqa: S104 - as an address to be refused
PRIVATE = (
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    UNSPECIFIED,
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "fec0::1",
    "::7f00:1",
    "::10.0.0.1",
    "::ffff:0:7f00:1",
    "192.88.99.1",
    "2002:7f00:1::",
)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_within_somebodys_network_is_not_public(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "185.143.233.1", "2606:4700::1111"])
def test_an_address_of_the_public_network_is(address: str) -> None:
    assert public(address)


class Names(AbstractResolver):
    """Answers with the next of these addresses each time it is asked, and with the last from then on."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("found", [*((address,) for address in PRIVATE if "%" not in address)])
async def test_a_name_that_leads_into_a_network_is_refused(found: Sequence[str]) -> None:
    partner = to_partner(development=False, names=Names(found))
    with pytest.raises(Retryable, match="ADDRESS_REFUSED"):
        await partner.send("https://partner.example/hook", LETTER, "r.1")
    await partner.close()


async def test_a_name_with_one_address_within_a_network_is_refused_as_a_whole() -> None:
    """Which of its addresses is taken is not ours to choose."""
    with pytest.raises(NotPublic):
        await PublicAddresses(Names(["8.8.8.8", "10.0.0.1"])).resolve("partner.example", 443)
    found = await PublicAddresses(Names(["8.8.8.8", "2606:4700::1111"])).resolve("partner.example", 443)
    assert [result["host"] for result in found] == ["8.8.8.8", "2606:4700::1111"]


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"])
async def test_an_address_in_figures_is_refused_for_good(host: str) -> None:
    with pytest.raises(NonRetryable, match="ADDRESS_REFUSED"):
        await to_partner(development=False).send(f"https://{host}/hook", LETTER, "r.1")


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001"])
async def test_no_way_of_writing_this_machine_reaches_it(host: str) -> None:
    """Names are resolved here by the machine's own resolver."""
    called: list[Any] = []
    server = await asyncio.start_server(lambda *streams: called.append(streams), "127.0.0.1", 0)
    partner = to_partner(development=False)
    with pytest.raises(ProviderError, match=r"ADDRESS|UNREACHABLE"):
        await partner.send(f"https://{host}:{server.sockets[0].getsockname()[1]}/hook", LETTER, "r.1")
    await partner.close()
    server.close()
    assert called == []


async def test_what_is_connected_to_is_looked_at_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that lies to the first look, or a cache in between, still reaches nothing."""
    called: list[Any] = []
    server = await asyncio.start_server(lambda *streams: called.append(streams), "127.0.0.1", 0)
    looked_at: list[str] = []

    def first_look_is_deceived(address: str) -> bool:
        looked_at.append(address)
        return len(looked_at) == 1 or public(address)

    monkeypatch.setattr("services.notify.providers.webhook.public", first_look_is_deceived)
    partner = to_partner(development=False, names=Names(["127.0.0.1"]))
    with pytest.raises(Retryable, match="ADDRESS_REFUSED"):
        await partner.send(f"https://partner.example:{server.sockets[0].getsockname()[1]}/hook", LETTER, "r.1")
    await partner.close()
    server.close()
    assert looked_at == ["127.0.0.1", "127.0.0.1"]
    assert called == []


def test_the_ladder_ends_after_eight_tries_and_some_27_hours() -> None:
    assert [next_try(failures) for failures in range(1, 9)] == [*LADDER, None]
    assert sum(LADDER, timedelta()) == timedelta(hours=27, minutes=35, seconds=5)
    assert list(LADDER) == sorted(LADDER)
