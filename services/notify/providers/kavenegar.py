"""SMS through Kavenegar's REST interface (https://kavenegar.com/rest.html): how it differs from any other gateway.

The key stands in the path, so no address of a call may be logged or told in an error; the answer has a code of its own
in its body; and our reference must be a number there, by which it is asked. What it calls back with names only its own
number of a message, from which we cannot tell ours: what became of a message is asked for (`Rules.receipt_within`).
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import httpx
from pydantic import SecretStr

from services.contracts.notify import MessageState
from services.notify.providers import (
    Acceptance,
    NonRetryable,
    Outgoing,
    ProviderError,
    Retryable,
    Throttled,
    Unknown,
    furthest,
)
from services.notify.providers.http_calls import answer_to, check, json_object, pause

WORDS: Final[Mapping[str, MessageState]] = {
    "1": MessageState.SENT,  # queued
    "2": MessageState.SENT,  # scheduled
    "4": MessageState.SENT,  # at the centre
    "5": MessageState.SENT,  # at the operator
    "6": MessageState.PERM_FAILED,  # the operator refused it
    "10": MessageState.DELIVERED,
    "11": MessageState.PERM_FAILED,  # not delivered
    "13": MessageState.PERM_FAILED,  # cancelled, or a fault while sending; paid back
    "14": MessageState.FILTERED,  # its person takes nothing from such lines
}
_NOT_KNOWN: Final = "100"
"""No message of ours has this number: a denial."""

REFUSALS: Final[Mapping[int, tuple[type[NonRetryable | Retryable], str]]] = {
    400: (NonRetryable, "PARAMETERS"),
    401: (Retryable, "ACCOUNT_INACTIVE"),
    402: (Retryable, "OPERATION_FAILED"),
    403: (Retryable, "KEY"),
    404: (Retryable, "METHOD"),
    405: (Retryable, "METHOD"),
    406: (NonRetryable, "PARAMETERS"),
    407: (Retryable, "ACCESS"),
    409: (Retryable, "BUSY"),
    411: (NonRetryable, "RECEPTOR"),
    412: (Retryable, "LINE"),
    413: (NonRetryable, "LENGTH"),
    414: (NonRetryable, "LENGTH"),
    416: (Retryable, "ACCESS"),
    417: (NonRetryable, "PARAMETERS"),
    418: (Retryable, "CREDIT"),
    422: (NonRetryable, "CHARACTERS"),
    426: (Retryable, "ACCOUNT_PLAN"),
    430: (Retryable, "ACCOUNT_UNVERIFIED"),
    501: (Retryable, "ACCOUNT_ON_TRIAL"),
}
"""Its codes. What is wrong with our account, our line or their server helps no message by being its end."""
_TOO_MANY_CALLS: Final = frozenset({429, 451})


def local_id(ref: str) -> int:
    """Our reference as the number that it takes: 63 bits of its SHA-256, the same for ever.

    Two references with one number would be one message to it, and the second never sent: among a hundred million
    messages the odds of a single such pair are one in two thousand.
    """
    return int.from_bytes(hashlib.sha256(ref.encode()).digest()[:8]) >> 1


class Kavenegar:
    """`client` has its base address; `seconds`: for a whole call; `line`: the sending number."""

    can_ask = True
    remembers = timedelta(hours=11)
    """We trust its no under our number for so long: it is taken to look back half a day, less an hour for delays."""

    def __init__(
        self, client: httpx.AsyncClient, key: SecretStr, *, line: str, seconds: float, name: str = "kavenegar"
    ) -> None:
        self.name = name
        self._client, self._line, self._seconds = client, line, seconds
        self._key = key

    async def send(self, to: str, letter: Outgoing, ref: str) -> Acceptance:
        form = {"receptor": _receptor(to), "message": letter.text, "sender": self._line, "localid": str(local_id(ref))}
        response = await answer_to(self._client.post(self._path("send"), data=form), self._seconds)
        entry = next((entry for entry in _entries(response) if entry.get("messageid")), None)
        if entry is None:  # it said yes; without its id we cannot be sure that it meant this message
            raise Unknown("NO_ID")
        return self._acceptance(entry)

    async def ask(self, ref: str) -> Acceptance | None:
        number = str(local_id(ref))
        question = self._client.get(self._path("statuslocalmessageid"), params={"localid": number})
        entries = [
            entry
            for entry in _entries(await answer_to(question, self._seconds))
            if str(entry.get("localid", number)) == number
        ]
        if not entries:  # not understood is not the same as denied
            raise Unknown("NO_ENTRY")
        return furthest(self._acceptance(entry) for entry in entries if str(entry.get("status")) != _NOT_KNOWN)

    def state_of(self, word: str) -> MessageState | None:
        return WORDS.get(word)

    async def close(self) -> None:
        await self._client.aclose()

    def _path(self, method: str) -> str:
        return f"/v1/{self._key.get_secret_value()}/sms/{method}.json"

    def _acceptance(self, entry: Mapping[str, Any]) -> Acceptance:
        return Acceptance(
            str(entry.get("messageid"))[:100], self.state_of(str(entry.get("status"))) or MessageState.SENT
        )


def _receptor(to: str) -> str:
    """As it is dialled in Iran; abroad with 00."""
    return f"0{to.removeprefix('+98')}" if to.startswith("+98") else f"00{to.removeprefix('+')}"


def _entries(response: httpx.Response) -> list[Mapping[str, Any]]:
    """What it says of messages. Raises ProviderError for what is not a success."""
    try:
        answer = json_object(response)
    except Unknown:
        check(response)  # the page of a proxy in between: what its HTTP status says
        raise
    told = answer.get("return")
    code = told.get("status") if isinstance(told, dict) else None
    if not isinstance(code, int):
        check(response)
        raise Unknown("NO_RETURN")
    if code != 200:
        raise _refusal(code, response)
    entries = answer.get("entries")
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _refusal(code: int, response: httpx.Response) -> ProviderError:
    if code in _TOO_MANY_CALLS:
        return Throttled(pause(response.headers))
    if code in REFUSALS:
        kind, reason = REFUSALS[code]
        return kind(reason)
    # a code of a later day: a no of which nobody knows whom it concerns, or a fault that may hide a yes
    return Retryable(f"RETURN_{code}") if 400 <= code < 500 else Unknown(f"RETURN_{code}")
