"""What is mail's own: how a message is composed, what a reply means at which point, and never a password in clear."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from services.notify.providers import NonRetryable, NotReached, Outgoing, ProviderError, Retryable, Throttled
from services.notify.providers.smtp import Mail, MailServer
from tests.support.provider_servers import PASSWORD, MailHandler, mail_server

TO, SENDER = "zahra.karimi@example.ir", "desk@mizban.test"
LETTER = Outgoing("کد رهگیری ۱۲۳۴\n.\nپایان", "پاسخ درخواست شما")


@pytest.fixture
async def handler() -> MailHandler:
    return MailHandler()


@pytest.fixture
async def port(handler: MailHandler) -> AsyncIterator[int]:
    async with mail_server(handler) as port:
        yield port


def in_clear(port: int, **changes: Any) -> Mail:
    return Mail(MailServer("127.0.0.1", port, SENDER, "میز خدمت", security="none", **changes), seconds=10)


def read(handler: MailHandler) -> Any:
    (mail,) = handler.mails
    assert isinstance(mail.content, bytes)
    return message_from_bytes(mail.content, policy=default)


async def test_a_message_arrives_word_for_word_and_says_that_a_machine_wrote_it(
    handler: MailHandler, port: int
) -> None:
    acceptance = await in_clear(port).send(TO, LETTER, "01JAB.1")
    message = read(handler)
    assert message.get_content().replace("\r\n", "\n") == LETTER.text + "\n"
    assert (message["Subject"], message["To"]) == (LETTER.subject, TO)
    assert str(message["From"]) == f"میز خدمت <{SENDER}>"
    assert message["Message-ID"] == f"<{acceptance.id}>" == "<01JAB.1@mizban.test>"
    assert (message["Auto-Submitted"], message["Content-Language"]) == ("auto-generated", "fa")
    assert message.get_content_charset() == "utf-8"
    assert message["Date"].datetime - datetime.now(UTC) < timedelta(minutes=1)


async def test_all_of_it_goes_through_a_server_that_knows_only_ascii(handler: MailHandler, port: int) -> None:
    await in_clear(port).send(TO, LETTER, "r.1")
    (mail,) = handler.mails
    assert isinstance(mail.content, bytes)
    assert mail.content.isascii()


@pytest.mark.parametrize(
    "to", ["", "zahra", "z@x\r\nRCPT TO:<other@x>", "z k@x.ir", "زهرا@x.ir", "a@x.ir, b@x.ir", "<z@x.ir>", "a@b@x.ir"]
)
async def test_what_is_no_address_is_not_sent_to(handler: MailHandler, port: int, to: str) -> None:
    with pytest.raises(NonRetryable, match="ADDRESS"):
        await in_clear(port).send(to, LETTER, "r.1")
    assert handler.mails == []


async def test_a_code_in_a_subject_keeps_the_order_of_its_groups(handler: MailHandler, port: int) -> None:
    subject = "کمبود مدرک – کد ۲۴۴۵\u00a0۰۰۲۷\u00a0۶۰۷۶\u00a0۳۹"
    await in_clear(port).send(TO, Outgoing("متن", subject), "r.1")
    assert read(handler)["Subject"] == subject


async def test_a_subject_makes_no_header_of_its_own(handler: MailHandler, port: int) -> None:
    await in_clear(port).send(TO, Outgoing("متن", "پیام\r\nBcc: other@example.ir"), "r.1")
    assert read(handler)["Bcc"] is None


REPLIES: Mapping[str, type[ProviderError]] = {
    "421 4.3.2 shutting down": Retryable,
    "421 4.7.0 too many connections": Throttled,
    "450 4.2.1 mailbox busy": Retryable,
    "450 4.7.1 rate limit exceeded": Throttled,
    "451 4.3.0 local error": Retryable,
    "452 4.2.2 mailbox full": Retryable,
    "452 4.5.3 too many recipients": Throttled,
    "550 5.1.1 no such user": NonRetryable,
    "554 5.7.1 spam": NonRetryable,
}


@pytest.mark.parametrize("stage", ["handle_MAIL", "handle_RCPT", "handle_DATA"])
@pytest.mark.parametrize("reply", REPLIES)
async def test_a_reply_means_the_same_at_every_point(
    handler: MailHandler, port: int, monkeypatch: pytest.MonkeyPatch, stage: str, reply: str
) -> None:
    async def refuse(*_: Any) -> str:
        return reply

    monkeypatch.setattr(handler, stage, refuse, raising=False)
    with pytest.raises(ProviderError) as failed:
        await in_clear(port).send(TO, LETTER, "r.1")
    assert type(failed.value) is REPLIES[reply]
    assert handler.mails == []


@pytest.mark.parametrize("reply", REPLIES)
async def test_a_server_that_turns_everybody_away_ends_no_message(reply: str) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{reply}\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    with pytest.raises(ProviderError) as failed:
        await in_clear(server.sockets[0].getsockname()[1]).send(TO, LETTER, "r.1")
    server.close()
    assert type(failed.value) is (Throttled if REPLIES[reply] is Throttled else Retryable)


async def test_a_connection_lost_before_the_message_has_handed_nothing_over(
    handler: MailHandler, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang_up(self: Any, server: Any, *_: Any) -> str:
        server.transport.close()
        return "250 OK"

    monkeypatch.setattr(MailHandler, "handle_RCPT", hang_up)
    with pytest.raises(NotReached):
        await in_clear(port).send(TO, LETTER, "r.1")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of the server on loopback, which nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("mail") / "server.pem"
    form = serialization.Encoding.PEM
    secret = key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + made.public_bytes(form))
    return path


def with_tls(port: int, certificate: Path, password: str = PASSWORD, *, trusted: bool = True) -> Mail:
    trust = ssl.create_default_context(cafile=str(certificate)) if trusted else None
    server = MailServer("127.0.0.1", port, SENDER, user="desk", password=SecretStr(password), trusted=trust)
    return Mail(server, seconds=10)


def presenting(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


async def test_with_tls_it_signs_in_and_sends(handler: MailHandler, certificate: Path) -> None:
    async with mail_server(handler, presenting(certificate)) as port:
        await with_tls(port, certificate).send(TO, LETTER, "r.1")
        with pytest.raises(Retryable, match="SMTP_SIGN_IN"):  # our account is wrong, not this message
            await with_tls(port, certificate, "wrong").send(TO, LETTER, "r.2")
    assert len(handler.mails) == 1


async def test_a_server_that_nobody_vouches_for_gets_nothing(handler: MailHandler, certificate: Path) -> None:
    async with mail_server(handler, presenting(certificate)) as port:
        with pytest.raises(NotReached):
            await with_tls(port, certificate, trusted=False).send(TO, LETTER, "r.1")
    assert handler.mails == []


async def test_a_server_without_tls_gets_neither_password_nor_message(
    handler: MailHandler, port: int, certificate: Path
) -> None:
    with pytest.raises(Retryable, match="SMTP_NOT_OFFERED"):
        await with_tls(port, certificate).send(TO, LETTER, "r.1")
    with pytest.raises(Retryable, match="SMTP_NOT_OFFERED"):
        await Mail(MailServer("127.0.0.1", port, SENDER), seconds=10).send(TO, LETTER, "r.2")
    assert handler.mails == []


def test_a_password_without_tls_is_not_even_set() -> None:
    with pytest.raises(ValueError, match="TLS"):
        MailServer("127.0.0.1", 25, SENDER, security="none", password=SecretStr(PASSWORD))
    with pytest.raises(ValueError, match="address"):
        MailServer("127.0.0.1", 25, "desk\r\n@mizban.test")
