"""What notify relies on in whoever carries its messages: one suite for every adapter and for the gateway of the tests.

Each adapter speaks over a real connection to a server that behaves, or misbehaves, as the one it is made for.
"""

import traceback
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr
from starlette.responses import JSONResponse

from services.contracts.notify import MessageState
from services.notify.providers import (
    Acceptance,
    Gone,
    NonRetryable,
    NotReached,
    Outgoing,
    Provider,
    ProviderError,
    Retryable,
    Throttled,
    Unknown,
)
from services.notify.providers.http import Dialect, HttpGateway
from services.notify.providers.kannel import Kannel, KannelAccount
from services.notify.providers.kavenegar import Kavenegar, local_id
from services.notify.providers.printout import NotOnShelf, Printout, ShelfAway
from services.notify.providers.smtp import Mail, MailServer
from services.notify.providers.webhook import PartnerWebhook
from services.ops import sms_simulator
from services.runtime.client import client
from services.runtime.telemetry import logger
from tests.support.fake_gateway import FakeGateway
from tests.support.gateways import simulator
from tests.support.provider_servers import (
    KEY,
    PASSWORD,
    SECRET,
    TOKEN,
    Front,
    KannelServer,
    KavenegarServer,
    MailHandler,
    WebhookReceiver,
    mail_server,
    nobody_there,
)
from tests.support.served import served

TO, TEXT, SUBJECT = "+989121234567", '{"said": "کد رهگیری ۱۲۳۴"}', "پیام میز خدمت"
LETTER = Outgoing(TEXT, SUBJECT)
PATIENT, IMPATIENT = 10.0, 1.0
"""Seconds."""

FATES: Mapping[str, type[ProviderError] | None] = {
    "reject": NonRetryable,
    "busy": Retryable,
    "throttle": Throttled,
    "hang": Unknown,
    "accept-then-drop": Unknown,
    "garble": Unknown,
    "away": NotReached,
}
"""What becomes of a call, by how its server behaves."""
HARMLESS_TWICE = {
    **FATES,
    "reject": Gone,
    "hang": Retryable,
    "accept-then-drop": None,  # of its answer only the status is read, which came before
    "garble": None,
    "away": Retryable,
}
"""Of a receiver that knows a message again: no outcome is unknown, since another try does no harm."""
SMS_WORDS = {
    "ACCEPTED": MessageState.SENT,
    "DELIVERED": MessageState.DELIVERED,
    "FAILED": MessageState.PERM_FAILED,
    "FILTERED": MessageState.FILTERED,
    "delivered": MessageState.DELIVERED,
    "LOST": None,
}


@dataclass
class Rig:
    """A provider, how to make its server misbehave, and how often that has taken a message under a reference.

    `make` = such an adapter for an address, which waits so many seconds.
    """

    make: Callable[[str, float], Provider]
    address: str
    misbehave: Callable[[str], None]
    accepted: Callable[[str], int]
    to: Callable[[str], str] = lambda _: TO
    fates: Mapping[str, type[ProviderError] | None] = field(default_factory=lambda: FATES)
    words: Mapping[str, MessageState | None] = field(default_factory=lambda: SMS_WORDS)
    pause: int = 1

    def __post_init__(self) -> None:
        self.made: list[Provider] = []
        self.provider = self._made(self.address, PATIENT)

    async def send(self, ref: str) -> Acceptance:
        return await self.provider.send(self.to(self.address), LETTER, ref)

    async def behaves(self, how: str) -> None:
        """From now on; one that hangs is waited for by an impatient adapter, and nobody is where one is away."""
        if how == "away":
            self.address = f"http://127.0.0.1:{await nobody_there()}"
            self.provider = self._made(self.address, PATIENT)
        else:
            self.misbehave(how)
            self.provider = self._made(self.address, IMPATIENT if how == "hang" else PATIENT)

    async def close(self) -> None:
        for provider in self.made:
            await provider.close()

    def _made(self, address: str, seconds: float) -> Provider:
        self.made.append(self.make(address, seconds))
        return self.made[-1]


async def fake(_: AsyncExitStack) -> Rig:
    gateway = FakeGateway()

    def behave(how: str) -> None:
        gateway.behaviour = how

    def make(address: str, _: float) -> Provider:
        return gateway if address == "here" else FakeGateway("away")

    return Rig(make, "here", behave, lambda ref: sum(message.ref == ref for message in gateway.accepted))


async def over_http(
    stack: AsyncExitStack, front: Front, make: Callable[[str, float], Provider], accepted: Callable[[str], int]
) -> Rig:
    """An adapter before an HTTP server of its kind."""

    def behave(how: str) -> None:
        front.behaviour = how

    return Rig(make, await stack.enter_async_context(served(front)), behave, accepted)


async def http(stack: AsyncExitStack) -> Rig:
    gateway = simulator()
    front = Front(sms_simulator.application(gateway), JSONResponse({"status": "REJECTED"}, 400))

    def make(url: str, seconds: float) -> Provider:
        return HttpGateway(client(url), Dialect(), line="1000", seconds=seconds)

    return await over_http(stack, front, make, lambda ref: len(gateway.accepted(ref)))


async def kavenegar(stack: AsyncExitStack) -> Rig:
    server = KavenegarServer()

    def make(url: str, seconds: float) -> Provider:
        return Kavenegar(client(url), SecretStr(KEY), line="1000", seconds=seconds)

    front = Front(server.app, server.rejection)
    rig = await over_http(stack, front, make, lambda ref: str(local_id(ref)) in server.entries)
    rig.words = {
        **dict.fromkeys(("1", "2", "4", "5"), MessageState.SENT),
        **dict.fromkeys(("6", "11", "13"), MessageState.PERM_FAILED),
        "10": MessageState.DELIVERED,
        "14": MessageState.FILTERED,
        "100": None,
        "DELIVERED": None,
    }
    return rig


async def kannel(stack: AsyncExitStack) -> Rig:
    server = KannelServer()
    account = KannelAccount("mizban", SecretStr(PASSWORD), "http://notify/v1/receipts/kannel", SecretStr(TOKEN))

    def make(url: str, seconds: float) -> Provider:
        return Kannel(client(url), account, line="1000", seconds=seconds)

    rig = await over_http(stack, Front(server.app, server.rejection), make, server.accepted)
    rig.words = {
        "1": MessageState.DELIVERED,
        "2": MessageState.PERM_FAILED,
        "4": MessageState.SENT,
        "8": MessageState.SENT,
        "16": MessageState.PERM_FAILED,
        "34": MessageState.EXPIRED,
        "66": MessageState.PERM_FAILED,
        "%d": None,
    }
    return rig


async def webhook(stack: AsyncExitStack) -> Rig:
    receiver = WebhookReceiver()

    def make(_: str, seconds: float) -> Provider:
        secrets = [SecretStr(SECRET)]
        return PartnerWebhook("partner", secrets, clock=lambda: datetime.now(UTC), development=True, seconds=seconds)

    front = Front(receiver.app, receiver.rejection, when_busy=500)
    rig = await over_http(stack, front, make, lambda ref: f"msg_{ref.replace('.', '_')}" in receiver.taken)
    rig.to, rig.fates, rig.words = (lambda address: f"{address}/hook"), HARMLESS_TWICE, {"200": None}
    return rig


async def mail(stack: AsyncExitStack) -> Rig:
    handler = MailHandler()
    port = await stack.enter_async_context(mail_server(handler))

    def make(address: str, seconds: float) -> Provider:
        server = MailServer("127.0.0.1", int(address.rpartition(":")[2]), "desk@mizban.test", security="none")
        return Mail(server, seconds=seconds)

    def behave(how: str) -> None:
        handler.behaviour = how

    def accepted(ref: str) -> int:
        return sum(f"<{ref}@mizban.test>".encode() in (mail.content or b"") for mail in handler.mails)

    rig = Rig(make, f"smtp://127.0.0.1:{port}", behave, accepted)
    rig.to, rig.words, rig.pause = (lambda _: "zahra.karimi@example.ir"), {"250": None}, 0
    return rig


@dataclass
class TroubledShelf:
    """One in memory, whose store behaves as a test wants."""

    behaviour: str = "accept"
    there: set[str] = field(default_factory=set)

    async def put(self, ref: str) -> None:
        if self.behaviour == "reject":
            raise NotOnShelf
        if self.behaviour in ("accept", "accept-then-drop"):
            self.there.add(ref)
        if self.behaviour != "accept":
            raise ShelfAway

    async def has(self, ref: str) -> bool:
        if self.behaviour != "accept":
            raise ShelfAway
        return ref in self.there


async def printout(_: AsyncExitStack) -> Rig:
    shelf = TroubledShelf()

    def behave(how: str) -> None:
        shelf.behaviour = how

    def make(address: str, _: float) -> Provider:
        return Printout(shelf if address == "here" else TroubledShelf("away"))

    rig = Rig(make, "here", behave, lambda ref: int(ref in shelf.there))
    # whatever troubles a store of ours leaves it open, and is asked about
    rig.fates, rig.words = dict.fromkeys(FATES, Unknown) | {"reject": NonRetryable}, {"DELIVERED": None}
    return rig


CAN_BE_ASKED = {"fake": fake, "http": http, "kavenegar": kavenegar, "printout": printout}
CANNOT = {"kannel": kannel, "webhook": webhook, "mail": mail}
MAKES = CAN_BE_ASKED | CANNOT


@pytest.fixture(params=MAKES)
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        rig = await MAKES[request.param](stack)
        yield rig
        await rig.close()


of_those_that_can_be_asked = pytest.mark.parametrize("rig", CAN_BE_ASKED, indirect=True)
of_those_that_cannot = pytest.mark.parametrize("rig", CANNOT, indirect=True)


async def test_an_accepted_message_has_an_id_and_is_there_once(rig: Rig) -> None:
    acceptance = await rig.send("r.1")
    assert acceptance.id
    assert acceptance.state in (MessageState.SENT, MessageState.DELIVERED)
    assert (rig.accepted("r.1"), rig.accepted("r.2")) == (1, 0)


@pytest.mark.parametrize("how", FATES)
async def test_a_call_that_is_not_accepted_fails_as_the_tree_of_errors_says(rig: Rig, how: str) -> None:
    """What may have been accepted is never told as a no (domain 12.11), and what was not never as a maybe."""
    await rig.behaves(how)
    fate = rig.fates[how]
    if fate is None:
        assert isinstance(await rig.send("r.1"), Acceptance)
        return
    with pytest.raises(ProviderError) as failed:
        await rig.send("r.1")
    assert type(failed.value) is fate
    assert rig.accepted("r.1") == (how == "accept-then-drop")


@pytest.mark.parametrize("rig", [name for name in MAKES if name != "printout"], indirect=True)
async def test_a_provider_that_wants_a_pause_says_how_long(rig: Rig) -> None:
    await rig.behaves("throttle")
    with pytest.raises(Throttled) as throttled:
        await rig.send("r.1")
    assert (throttled.value.reason, throttled.value.pause) == ("THROTTLED", rig.pause)


@of_those_that_cannot
async def test_who_cannot_be_asked_says_so_and_denies_nothing(rig: Rig) -> None:
    """A denial would send the message once more."""
    await rig.send("r.1")
    assert rig.provider.can_ask is False
    for ref in ("r.1", "r.2"):
        with pytest.raises(Unknown):
            await rig.provider.ask(ref)


@of_those_that_can_be_asked
async def test_asked_about_a_message_it_knows_it_or_denies_it_and_sends_nothing(rig: Rig) -> None:
    acceptance = await rig.send("r.1")
    assert rig.provider.can_ask is True
    known = await rig.provider.ask("r.1")
    assert known is not None
    assert known.id == acceptance.id
    assert await rig.provider.ask("r.2") is None
    assert (rig.accepted("r.1"), rig.accepted("r.2")) == (1, 0)


@of_those_that_can_be_asked
@pytest.mark.parametrize(("how", "is_there"), [("hang", False), ("accept-then-drop", True)])
async def test_a_later_question_clears_an_unknown_outcome_up(rig: Rig, how: str, is_there: bool) -> None:
    await rig.behaves(how)
    with pytest.raises(Unknown):
        await rig.send("r.1")
    await rig.behaves("accept")
    assert (await rig.provider.ask("r.1") is not None) is is_there
    assert rig.accepted("r.1") == is_there


@pytest.mark.parametrize("rig", ["http", "kavenegar", "printout"], indirect=True)
@pytest.mark.parametrize("how", ["busy", "throttle", "hang", "garble", "away"])
async def test_a_question_that_is_not_answered_is_no_denial(rig: Rig, how: str) -> None:
    await rig.behaves(how)
    with pytest.raises(ProviderError):
        await rig.provider.ask("r.1")


async def test_its_words_are_a_closed_list(rig: Rig) -> None:
    assert {word: rig.provider.state_of(word) for word in rig.words} == rig.words


@pytest.mark.parametrize("how", FATES)
async def test_no_error_and_no_log_tells_a_number_a_text_or_a_secret(
    rig: Rig, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """I12: reasons are stored and published, errors are logged."""
    logger("notify", "DEBUG")
    await rig.behaves(how)
    told = ""
    for call in (rig.send("r.1"), rig.provider.ask("r.1")):
        try:
            await call
        except ProviderError as error:
            told += "".join(traceback.format_exception(error)) + repr(error) + repr(error.args) + error.reason
    told += "".join(capsys.readouterr()) + repr(LETTER) + repr(rig.provider)
    for secret in (TO[-9:], "zahra", "1234", "۱۲۳۴", KEY, PASSWORD, TOKEN, SECRET, SECRET.removeprefix("whsec_")):
        assert secret not in told, secret
