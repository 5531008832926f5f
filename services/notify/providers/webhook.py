"""A partner's endpoint, told by Standard Webhooks: signed, and to public addresses only.

A partner's address is a stranger's word: it must not lead a call into our own network. So the addresses behind a name
are looked at when it is resolved, and the one that is connected to once more when it is connected to: a name that
answers differently the second time gains nothing.
"""

import base64
import hashlib
import hmac
import re
import socket
from collections.abc import Callable, Sequence
from datetime import datetime
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from pydantic import SecretStr
from yarl import URL

from services.contracts.notify import MessageState
from services.notify.providers import Acceptance, Gone, NonRetryable, Outgoing, Retryable, Throttled, Unknown
from services.notify.providers.http_calls import pause

SECONDS: Final = 15.0
LONGEST_BODY: Final = 256 * 1024
"""Bytes that go out. Of an answer only the status is read."""
_NAME: Final = re.compile(r"(?:(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!$)|\.?$))+", re.IGNORECASE)
_LONGEST_NAME: Final = 253
"""How a host is called (RFC 1123, 2.1), letters of other scripts as IDNA writes them."""
_SECRET_PREFIX: Final = "whsec_"
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""All that is given out to the public network (RFC 4291)."""
_RELAYS: Final = IPv4Network("192.88.99.0/24")
"""Of 6to4 (RFC 7526): what is behind them is not looked at."""
_TRANSLATED: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
"""Addresses of IPv4 in the clothes of IPv6 (RFC 6052, RFC 8215): what is behind them is not looked at."""


def signature(secrets: Sequence[SecretStr], id: str, timestamp: int, body: bytes) -> str:
    """One `v1` signature for each secret: while a secret changes, whoever knows either of them can check it."""
    signed = b".".join((id.encode(), str(timestamp).encode(), body))
    codes = (hmac.new(_key(secret), signed, hashlib.sha256).digest() for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(code).decode()}" for code in codes)


def _key(secret: SecretStr) -> bytes:
    """Raises ValueError: not `whsec_` and 24 to 64 bytes in base64."""
    written = secret.get_secret_value()
    try:
        key = base64.b64decode(written.removeprefix(_SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not written.startswith(_SECRET_PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError("a secret is whsec_ and 24 to 64 bytes in base64")
    return key


class NotPublic(Exception):
    """An address that lies within somebody's own network."""


def public(address: str) -> bool:
    """Whether it is one of the public network, and no other address is hidden in it."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and (ip not in _GLOBAL_UNICAST or _hides_another(ip)):
        return False
    return ip.is_global and not ip.is_multicast and ip not in _RELAYS


def _hides_another(ip: IPv6Address) -> bool:
    return bool(ip.ipv4_mapped or ip.sixtofour or ip.teredo or any(ip in network for network in _TRANSLATED))


class PublicAddresses(AbstractResolver):
    """Resolves through another resolver. A name of which any address is not public is refused as a whole."""

    def __init__(self, names: AbstractResolver) -> None:
        self._names = names

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._names.resolve(host, port, family)
        if not all(public(result["host"]) for result in found):
            raise NotPublic
        return found

    async def close(self) -> None:
        await self._names.close()


def public_socket(address: tuple[Any, ...]) -> socket.socket:
    """The socket for a connection to this very address. Raises NotPublic."""
    family, kind, protocol, _, to = address
    if not public(to[0]):
        raise NotPublic
    return socket.socket(family, kind, protocol)


class PartnerWebhook:
    """One partner's endpoint: `to` of a message is its address, the text the body, in JSON.

    A receiver knows a message by `webhook-id` and takes it once: so unlike with an SMS an answer that is lost is no
    unknown outcome, and a second try does no harm. Also a receiver that is not there uses up its ladder: else an
    endpoint that was given up would be called for ever. `development`: addresses of this machine, without TLS, too.
    """

    can_ask = False

    def __init__(
        self,
        name: str,
        secrets: Sequence[SecretStr],
        *,
        clock: Callable[[], datetime],
        development: bool = False,
        names: AbstractResolver | None = None,
        seconds: float = SECONDS,
    ) -> None:
        if not secrets:
            raise ValueError("an endpoint needs a secret")
        for secret in secrets:
            _key(secret)
        self.name = name
        self._secrets, self._clock, self._seconds = tuple(secrets), clock, seconds
        self._development, self._names = development, names
        self._calls: aiohttp.ClientSession | None = None

    async def send(self, to: str, letter: Outgoing, ref: str) -> Acceptance:
        address, body = address_of(to, self._development), letter.text.encode()
        if len(body) > LONGEST_BODY:
            raise NonRetryable("TOO_LARGE")
        id, now = f"msg_{ref.replace('.', '_')}", int(self._clock().timestamp())  # a full stop parts what is signed
        headers = {
            "Content-Type": "application/json",
            "webhook-id": id,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(self._secrets, id, now, body),
        }
        try:
            async with self._session().post(address, data=body, headers=headers, allow_redirects=False) as response:
                status, told = response.status, response.headers
        except aiohttp.InvalidURL:
            raise NonRetryable("ADDRESS") from None
        except NotPublic:  # a name may lead elsewhere tomorrow
            raise Retryable("ADDRESS_REFUSED") from None
        except TimeoutError:
            raise Retryable("TIMEOUT") from None
        except aiohttp.ClientSSLError:
            raise Retryable("TLS") from None
        except aiohttp.ClientConnectorError:
            raise Retryable("UNREACHABLE") from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise Retryable("CONNECTION_LOST") from None
        if status == 410:
            raise Gone("HTTP_410")
        if status in (429, 503):
            raise Throttled(pause(told))
        if not 200 <= status < 300:
            raise Retryable(f"HTTP_{status}")
        return Acceptance(id[:100], MessageState.DELIVERED)

    async def ask(self, ref: str) -> Acceptance | None:
        raise Unknown("CANNOT_BE_ASKED")

    def state_of(self, word: str) -> MessageState | None:
        return None  # its answer is all there is

    async def close(self) -> None:
        if self._calls is not None:
            await self._calls.close()

    def _session(self) -> aiohttp.ClientSession:
        """Made with the first call, within the loop that it belongs to."""
        if self._calls is None:
            names = self._names or aiohttp.ThreadedResolver()
            if self._development:
                connector = aiohttp.TCPConnector(resolver=names)
            else:
                connector = aiohttp.TCPConnector(
                    resolver=PublicAddresses(names), socket_factory=public_socket, happy_eyeballs_delay=None
                )
            self._calls = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=self._seconds),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._calls


def address_of(to: str, development: bool = False) -> URL:
    """Raises NonRetryable: what is wrong with an address itself no other day mends."""
    try:
        address = URL(to)
        host = address.raw_host or ""
    except ValueError:
        raise NonRetryable("ADDRESS") from None
    schemes = ("https", "http") if development else ("https",)
    if address.scheme not in schemes or not host or address.user is not None or address.password is not None:
        raise NonRetryable("ADDRESS")
    if not _written_as_number(host):
        if not (len(host) <= _LONGEST_NAME and _NAME.fullmatch(host)):
            raise NonRetryable("ADDRESS")
    elif not development and not public(host):
        raise NonRetryable("ADDRESS_REFUSED")
    return address


def _written_as_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
