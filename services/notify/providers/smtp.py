"""E-mail by SMTP: one message, one connection; what its replies mean, and what a lost connection leaves open.

Up to DATA nothing has been handed over. From there on a lost connection may hide an acceptance (RFC 5321, 6.1), and a
server cannot be asked: so the outcome is unknown. That it accepted says nothing of whether somebody has it.
"""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as WIRE_FORM
from email.utils import formataddr, formatdate
from re import ASCII, compile
from typing import Final, Literal

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)
from pydantic import SecretStr

from services.contracts.notify import MessageState
from services.contracts.persian import in_one_line
from services.notify.providers import (
    Acceptance,
    NonRetryable,
    NotReached,
    Outgoing,
    ProviderError,
    Retryable,
    Throttled,
    Unknown,
)

_ADDRESS: Final = compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}", ASCII)
_GOODBYE_SECONDS: Final = 2.0
_MAY_THROTTLE: Final = frozenset({421, 450, 452})
_OF_THROTTLING: Final = ("too many", "too much", "too fast", "rate limit", "throttl", "slow down")
"""The same codes say that a mailbox is full: only the words tell."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over, and from whom it comes. A password never goes over a connection without TLS.

    Raises ValueError: a sender that is no address, or a password without TLS.
    """

    host: str
    port: int
    sender: str
    sender_name: str = ""
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: SecretStr | None = None
    trusted: ssl.SSLContext | None = None
    """Whose certificates are believed; None = those that the machine trusts."""

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.sender):
            raise ValueError("the sender is no e-mail address")
        if self.password is not None and self.security == "none":
            raise ValueError("a password needs TLS")


class Mail:
    """`seconds`: for all that goes before the message, and once more for the message itself."""

    name = "smtp"
    can_ask = False

    def __init__(self, server: MailServer, *, seconds: float) -> None:
        self._server, self._seconds = server, seconds

    async def send(self, to: str, letter: Outgoing, ref: str) -> Acceptance:
        if not _ADDRESS.fullmatch(to):
            raise NonRetryable("ADDRESS")
        message = composed(self._server, to, letter, ref)
        server = self._client()
        try:
            with _before_the_message():
                async with asyncio.timeout(self._seconds):
                    await server.connect()
                    await self._signed_in(server)
            with _naming_the_message():
                async with asyncio.timeout(self._seconds):
                    await server.mail(self._server.sender)
                    await server.rcpt(to)
            with _handing_over():
                async with asyncio.timeout(self._seconds):
                    await server.data(message.as_bytes())
            with suppress(SMTPException, OSError):  # it has the message: how they part changes nothing
                await server.quit(timeout=_GOODBYE_SECONDS)
        finally:
            server.close()
        return Acceptance(message["Message-ID"].strip("<>")[:100], MessageState.SENT)

    async def ask(self, ref: str) -> Acceptance | None:
        raise Unknown("CANNOT_BE_ASKED")

    def state_of(self, word: str) -> MessageState | None:
        return None  # nobody calls back about mail

    async def close(self) -> None:
        """Nothing is open between messages."""

    def _client(self) -> SMTP:
        server = self._server
        return SMTP(
            hostname=server.host,
            port=server.port,
            timeout=self._seconds,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",  # True: without it there is no connection
            tls_context=server.trusted,
        )

    async def _signed_in(self, server: SMTP) -> None:
        if self._server.password is not None:
            await server.login(self._server.user, self._server.password.get_secret_value())


def composed(server: MailServer, to: str, letter: Outgoing, ref: str) -> EmailMessage:
    """The message as it goes out. One reference has one Message-ID, however often it is handed over."""
    message = EmailMessage(policy=WIRE_FORM)
    message["From"] = formataddr((server.sender_name, server.sender))
    message["To"] = to
    message["Subject"] = in_one_line(letter.subject)
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = f"<{ref.replace('@', '.').replace(':', '.')}@{server.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # no answering machine answers it (RFC 3834)
    message.set_content(letter.text, charset="utf-8", cte="base64")
    message["Content-Language"] = letter.lang  # the content's headers are made anew with it
    return message


@contextmanager
def _before_the_message() -> Iterator[None]:
    """What fails until the server knows us tells of it and of us, never of a message."""
    with _until_data():
        try:
            yield
        except SMTPAuthenticationError:
            raise Retryable("SMTP_SIGN_IN") from None
        except SMTPResponseException as reply:
            refusal = _refusal(reply)
            raise Retryable(refusal.reason) if isinstance(refusal, NonRetryable) else refusal from None


@contextmanager
def _naming_the_message() -> Iterator[None]:
    with _until_data():
        try:
            yield
        except SMTPResponseException as reply:
            raise _refusal(reply) from None


@contextmanager
def _until_data() -> Iterator[None]:
    """Nothing has been handed over yet."""
    try:
        yield
    except (TimeoutError, SMTPTimeoutError):
        raise NotReached("TIMEOUT") from None
    except (OSError, SMTPServerDisconnected):
        raise NotReached("UNREACHABLE") from None
    except SMTPException:  # it does not offer what the setting asks for: TLS, or a way to sign in
        raise Retryable("SMTP_NOT_OFFERED") from None


@contextmanager
def _handing_over() -> Iterator[None]:
    """From the word DATA on only a reply tells what became of it."""
    try:
        yield
    except SMTPResponseException as reply:
        refusal = _refusal(reply)
        raise Unknown("NOT_SMTP") if isinstance(refusal, NotReached) else refusal from None
    except (TimeoutError, SMTPTimeoutError):
        raise Unknown("TIMEOUT") from None
    except (OSError, SMTPException):
        raise Unknown("CONNECTION_LOST") from None


def _refusal(reply: SMTPResponseException) -> ProviderError:
    """What a reply means; its text, which may name the address, stays here (I12)."""
    code, words = reply.code, str(reply.message).lower()
    if code in _MAY_THROTTLE and any(word in words for word in _OF_THROTTLING):
        return Throttled()
    if 400 <= code < 500:
        return Retryable(f"SMTP_{code}")
    if 500 <= code < 600:
        return NonRetryable(f"SMTP_{code}")
    return NotReached("NOT_SMTP")
