"""Any gateway that takes an SMS as an HTTP call: its paths, fields and words are a template (contract: Notify)."""

from collections.abc import Mapping
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict

from services.contracts.notify import MessageState
from services.notify.providers import Acceptance, Outgoing, Unknown, furthest
from services.notify.providers.http_calls import answer_to, check, json_object


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
    """`client` has the gateway's base address; `seconds`: for a whole call; `line`: the sending number."""

    can_ask = True

    def __init__(self, client: httpx.AsyncClient, dialect: Dialect, *, line: str, seconds: float) -> None:
        self.name = dialect.name
        self._client, self._dialect, self._line, self._seconds = client, dialect, line, seconds
        self._send_to = client.build_request("POST", dialect.send_path).url

    async def send(self, to: str, letter: Outgoing, ref: str) -> Acceptance:
        values = {"to": to, "text": letter.text, "ref": ref, "line": self._line}
        body = {field: template.format_map(values) for field, template in self._dialect.body.items()}
        # made by hand: what the client puts together for each call is the same for all
        call = httpx.Request("POST", self._send_to, headers=self._client.headers, json=body)
        response = await answer_to(self._client.send(call), self._seconds)
        check(response)
        answer = json_object(response)
        id = str(answer.get(self._dialect.id_field) or "")
        if not id:  # it said yes; without its id we cannot be sure that it meant this message
            raise Unknown("NO_ID")
        return Acceptance(id[:100], self._state(answer) or MessageState.SENT)

    async def ask(self, ref: str) -> Acceptance | None:
        question = self._client.get(self._dialect.ask_path, params={self._dialect.ask_parameter: ref})
        response = await answer_to(question, self._seconds)
        check(response)
        items = json_object(response).get(self._dialect.items_field)
        if not isinstance(items, list):  # not understood is not the same as denied
            raise Unknown("NO_LIST")
        return furthest(
            Acceptance(str(item.get(self._dialect.id_field))[:100], self._state(item) or MessageState.SENT)
            for item in items
            if isinstance(item, dict)
        )

    def state_of(self, word: str) -> MessageState | None:
        return self._dialect.words.get(word.upper())

    async def close(self) -> None:
        await self._client.aclose()

    def _state(self, item: Mapping[str, Any]) -> MessageState | None:
        return self.state_of(str(item.get(self._dialect.status_field, "")))
