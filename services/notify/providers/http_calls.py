"""One HTTP call to a provider: what became of it, told by the tree of provider errors and by nothing else.

What the client raises names the address, and with it a key, a number or a text: none of that leaves here (I12).
"""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, Final

import httpx
from aiohttp import ClientConnectorError, ConnectionTimeoutError

from services.notify.providers import NonRetryable, NotReached, Retryable, Throttled, Unknown

LONGEST_PAUSE: Final = 3600


async def answer_to(call: Coroutine[Any, Any, httpx.Response], seconds: float) -> httpx.Response:
    """The answer, whichever it is, within so many seconds. Raises NotReached, Unknown."""
    try:
        async with asyncio.timeout(seconds):
            return await call
    except TimeoutError:
        raise Unknown("TIMEOUT") from None
    except httpx.TransportError as error:
        if _never_left(error):
            raise NotReached("UNREACHABLE") from None
        raise Unknown("TIMEOUT" if isinstance(error, httpx.ReadTimeout) else "CONNECTION_LOST") from None


def _never_left(error: httpx.TransportError) -> bool:
    """Whether the call cannot have reached the provider.

    The aiohttp transport calls a connection lost after the call was written a ConnectTimeout too: only what caused it
    tells the two apart, and taking one for the other would send an SMS twice (domain 12.11).
    """
    if error.__cause__ is not None:
        return isinstance(error.__cause__, ClientConnectorError | ConnectionTimeoutError)
    return isinstance(error, httpx.ConnectError | httpx.PoolTimeout)


def check(response: httpx.Response) -> None:
    """Raises ProviderError for what is not a success. A 5xx other than 503 may hide an acceptance."""
    status = response.status_code
    if status < 300:
        return
    if status == 429:
        raise Throttled(pause(response.headers))
    if status == 503:
        raise Retryable("HTTP_503")
    if status >= 500:
        raise Unknown(f"HTTP_{status}")
    if status in (401, 403, 404, 407, 408):  # our account or address is wrong, not this message
        raise Retryable(f"HTTP_{status}")
    raise NonRetryable(f"HTTP_{status}")


def pause(headers: Mapping[str, str]) -> int:
    """Retry-After in seconds; its form as a date is rare among providers and counts as nothing said."""
    after = headers.get("Retry-After", "")
    return min(int(after), LONGEST_PAUSE) if after.isascii() and after.isdigit() and len(after) < 9 else 0


def json_object(response: httpx.Response) -> dict[str, Any]:
    """Raises Unknown: it cannot be read, so it may have been a yes."""
    try:
        answer = response.json()
    except ValueError:
        raise Unknown("NOT_JSON") from None
    if not isinstance(answer, dict):
        raise Unknown("NOT_JSON")
    return answer
