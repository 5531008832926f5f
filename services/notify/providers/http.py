"""Any gateway that takes an SMS as an HTTP call: its paths, fields and words are a template (contract: Notify)."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, Final

import httpx
from aiohttp import ClientConnectorError, ConnectionTimeoutError
from pydantic import BaseModel, ConfigDict

from services.contracts.notify import MessageState
from services.notify.providers import Acceptance, NonRetryable, NotReached, OutcomeUnknown, Retryable

LONGEST_PAUSE: Final = 3600
_PROGRESS: Final = (
    MessageState.SENT,
    MessageState.EXPIRED,
    MessageState.FILTERED,
    MessageState.PERM_FAILED,
    MessageState.DELIVERED,
)


class Dialect(BaseModel):
    """How one gateway wants to be spoken to. In `body`, {to} {text} {ref} {line} stand for what is sent.

    The question is a GET with our reference as a parameter; its answer lists the acceptances under `items`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "sim"
    send_path: str = "/send"
    body: dict[str, str] = {"to": "{to}", "text": "{text}", "ref": "{ref}", "line": "{line}"}
    id_field: str = "id"
    status_field: str = "status"
    ask_path: str = "/messages"
    ask_parameter: str = "ref"
    items_field: str = "items"
    words: dict[str, MessageState] = {
        "ACCEPTED": MessageState.SENT,
        "DELIVERED": MessageState.DELIVERED,
        "FAILED": MessageState.PERM_FAILED,
        "FILTERED": MessageState.FILTERED,
        "EXPIRED": MessageState.EXPIRED,
    }


class HttpGateway:
    """`client` has the gateway's base address; `timeout`: seconds for a whole call; `line`: the sending number."""

    def __init__(self, client: httpx.AsyncClient, dialect: Dialect, *, line: str, timeout: float) -> None:
        self.name = dialect.name
        self._client, self._dialect, self._line, self._timeout = client, dialect, line, timeout
        self._send_to = client.build_request("POST", dialect.send_path).url

    async def send(self, to: str, text: str, ref: str) -> Acceptance:
        values = {"to": to, "text": text, "ref": ref, "line": self._line}
        body = {field: template.format_map(values) for field, template in self._dialect.body.items()}
        # made by hand: what the client puts together for each call is the same for all
        call = httpx.Request("POST", self._send_to, headers=self._client.headers, json=body)
        response = await self._call(self._client.send(call))
        _check(response)
        answer = _object(response)
        id = str(answer.get(self._dialect.id_field) or "")
        if not id:  # it said yes; without its id we cannot be sure that it meant this message
            raise OutcomeUnknown("NO_ID")
        return Acceptance(id[:100], self._state(answer) or MessageState.SENT)

    async def ask(self, ref: str) -> Acceptance | None:
        question = self._client.get(self._dialect.ask_path, params={self._dialect.ask_parameter: ref})
        response = await self._call(question)
        _check(response)
        items = _object(response).get(self._dialect.items_field)
        if not isinstance(items, list):  # not understood is not the same as denied
            raise OutcomeUnknown("NO_LIST")
        known = [
            Acceptance(str(item.get(self._dialect.id_field))[:100], self._state(item) or MessageState.SENT)
            for item in items
            if isinstance(item, dict)
        ]
        return max(known, key=lambda acceptance: _PROGRESS.index(acceptance.state), default=None)

    def state_of(self, word: str) -> MessageState | None:
        return self._dialect.words.get(word.upper())

    async def close(self) -> None:
        await self._client.aclose()

    def _state(self, item: Mapping[str, Any]) -> MessageState | None:
        return self.state_of(str(item.get(self._dialect.status_field, "")))

    async def _call(self, call: Coroutine[Any, Any, httpx.Response]) -> httpx.Response:
        try:
            async with asyncio.timeout(self._timeout):
                return await call
        except TimeoutError:
            raise OutcomeUnknown("TIMEOUT") from None
        except httpx.TransportError as error:
            if _never_left(error):
                raise NotReached("UNREACHABLE") from None
            raise OutcomeUnknown("TIMEOUT" if isinstance(error, httpx.ReadTimeout) else "CONNECTION_LOST") from None


def _never_left(error: httpx.TransportError) -> bool:
    """Whether the call cannot have reached the gateway.

    The aiohttp transport calls a connection lost after the call was written a ConnectTimeout too: only what caused it
    tells the two apart, and taking one for the other would send an SMS twice (domain 12.11).
    """
    if error.__cause__ is not None:
        return isinstance(error.__cause__, ClientConnectorError | ConnectionTimeoutError)
    return isinstance(error, httpx.ConnectError | httpx.PoolTimeout)


def _check(response: httpx.Response) -> None:
    """Raises ProviderError for what is not a success. A 5xx other than 503 may hide an acceptance."""
    status = response.status_code
    if status < 300:
        return
    if status == 429:
        raise NotReached("THROTTLED", _pause(response))
    if status == 503:
        raise Retryable("HTTP_503")
    if status >= 500:
        raise OutcomeUnknown(f"HTTP_{status}")
    if status in (401, 403, 404, 407, 408):  # our account or address is wrong, not this message
        raise Retryable(f"HTTP_{status}")
    raise NonRetryable(f"HTTP_{status}")


def _pause(response: httpx.Response) -> int:
    """Retry-After in seconds; its form as a date is rare among gateways and counts as nothing said."""
    after = response.headers.get("Retry-After", "")
    return min(int(after), LONGEST_PAUSE) if after.isascii() and after.isdigit() and len(after) < 9 else 0


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        raise OutcomeUnknown("NOT_JSON") from None
    if not isinstance(answer, dict):
        raise OutcomeUnknown("NOT_JSON")
    return answer
