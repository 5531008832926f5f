"""SMS through a real Kannel gateway, with a message centre behind it: what is handed over arrives, and is told of."""

import asyncio
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.contracts.notify import MessageState
from services.notify.providers import Outgoing
from services.notify.providers.kannel import WORDS, Kannel, KannelAccount
from services.runtime.client import client
from tests.support.machine import needs
from tests.support.served import served
from tests.support.smpp_centre import Centre, a_centre

pytestmark = pytest.mark.timeout(120)

USER, PASSWORD, TOKEN = "mizban", "password-for-tests", "token-of-receipts-for-tests"
TO = "+989121234567"
PERSIAN = "کد رهگیری ۱۲۳۴ ۵۶۷۸\nپاسخ: دوشنبه ۲۳ آذر ساعت ۰۹:۳۰\nپروانهٔ ساختمان\nپیگیری: ۰۴۴۳۲۳۴"
UP_WITHIN = 15.0
TOLD_WITHIN = 30.0


@dataclass
class Receipts:
    """The address that Kannel calls: each ref with its words, in the order in which they came."""

    came: list[tuple[str, str, str]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: Request) -> Response:
        asked = request.query_params
        self.came.append((asked["ref"], asked["status"], asked["token"]))
        self.news.set()
        return PlainTextResponse("")

    async def state(self, ref: str, wanted: MessageState) -> None:
        """Until a receipt says so of that message."""
        async with asyncio.timeout(TOLD_WITHIN):
            while (ref, wanted) not in [(each, WORDS[status]) for each, status, _ in self.came]:
                self.news.clear()
                await self.news.wait()


@dataclass(frozen=True)
class Ports:
    smsbox: int
    bearerbox: int
    admin: int
    centre: int


def free_ports() -> Ports:
    with ExitStack() as taken:
        sockets = [taken.enter_context(closing(socket.socket())) for _ in range(4)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return Ports(*(each.getsockname()[1] for each in sockets))


def configuration(folder: Path, ports: Ports) -> Path:
    """As the guide has it, on loopback and with a centre of ours. At level 0 it would log the token."""
    written = folder / "kannel.conf"
    written.write_text(
        f"""
group = core
admin-port = {ports.admin}
admin-password = admin-for-tests
admin-interface = 127.0.0.1
admin-allow-ip = "127.0.0.1"
smsbox-port = {ports.bearerbox}
box-allow-ip = "127.0.0.1"
log-file = "{folder}/bearerbox.log"
log-level = 1
dlr-storage = internal
store-type = file
store-location = {folder}/store

group = smsc
smsc = smpp
smsc-id = centre
host = 127.0.0.1
port = {ports.centre}
transceiver-mode = true
smsc-username = gateway
smsc-password = centre1
system-type = ""
reconnect-delay = 1
enquire-link-interval = 5

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {ports.smsbox}
sendsms-interface = 127.0.0.1
log-file = "{folder}/smsbox.log"
log-level = 1

group = sendsms-user
username = {USER}
password = {PASSWORD}
max-messages = 10
concatenation = true

group = sms-service
keyword = default
text = "none"
max-messages = 0
"""
    )
    return written


@pytest.fixture
def ports() -> Ports:
    return free_ports()


@pytest.fixture
def boxes(tmp_path: Path, ports: Ports) -> Iterator[None]:
    """Both of its processes, from the Debian package."""
    bearerbox, smsbox = needs("bearerbox", "smsbox")
    configured = str(configuration(tmp_path, ports))
    running: list[subprocess.Popen[bytes]] = []
    try:
        for program, port in ((bearerbox, ports.bearerbox), (smsbox, ports.smsbox)):
            silent = subprocess.DEVNULL
            running.append(subprocess.Popen([program, configured], cwd=tmp_path, stdout=silent, stderr=silent))
            _wait_for(port)
        yield
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + UP_WITHIN
    while time.monotonic() < deadline:
        with closing(socket.socket()) as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nothing listens on {port}")


@asynccontextmanager
async def a_gateway(ports: Ports, receipts: Receipts) -> AsyncIterator[Kannel]:
    app = Starlette(routes=[Route("/v1/receipts/kannel", receipts.take)])
    async with served(app) as url:
        account = KannelAccount(USER, SecretStr(PASSWORD), f"{url}/v1/receipts/kannel", SecretStr(TOKEN))
        gateway = Kannel(client(f"http://127.0.0.1:{ports.smsbox}"), account, line="10001111", seconds=10)
        try:
            yield gateway
        finally:
            await gateway.close()


async def test_a_persian_message_arrives_whole_and_its_receipt_says_so(boxes: None, ports: Ports) -> None:
    centre, receipts = Centre(), Receipts()
    async with a_centre(centre, ports.centre), a_gateway(ports, receipts) as gateway:
        acceptance = await gateway.send(TO, Outgoing(PERSIAN), "r1.1")
        assert (acceptance.id, acceptance.state) == ("r1.1", MessageState.SENT)
        await receipts.state("r1.1", MessageState.DELIVERED)
    ((to, text),) = centre.texts()
    assert (to.removeprefix("+"), text) == (TO.removeprefix("+"), PERSIAN)
    assert len(centre.parts) == 2, "more than 70 units are two parts"
    assert {token for *_, token in receipts.came} == {TOKEN}


async def test_what_the_centre_cannot_deliver_or_does_not_take_is_told_as_failed(boxes: None, ports: Ports) -> None:
    centre, receipts = Centre(), Receipts()
    async with a_centre(centre, ports.centre), a_gateway(ports, receipts) as gateway:
        for fate, ref in (("UNDELIV", "r2.1"), ("REFUSED", "r3.1")):
            centre.fate = fate
            await gateway.send(TO, Outgoing("کد ۱"), ref)
            await receipts.state(ref, MessageState.PERM_FAILED)


async def test_while_the_centre_is_away_the_gateway_keeps_it_and_it_goes_out_once(boxes: None, ports: Ports) -> None:
    """The gateway says yes: it is its own from then on, and none of ours to send again."""
    centre, receipts = Centre(), Receipts()
    async with a_gateway(ports, receipts) as gateway:
        acceptance = await gateway.send(TO, Outgoing("کد ۲"), "r4.1")
        assert acceptance.state is MessageState.SENT
        async with a_centre(centre, ports.centre):
            await receipts.state("r4.1", MessageState.DELIVERED)
    assert [text for _, text in centre.texts()] == ["کد ۲"]
