"""SMS through a Kannel gateway (https://kannel.org, 1.4.5): its smsbox's `sendsms`, and the receipts it sends.

It is spoken to by POST with `X-Kannel-*` headers: as a GET the password, the number and the text would stand in an
address, and addresses are logged by whatever is in between. Its receipts are GETs of the address that we name, with
`%d` filled in; the token there is what tells them from anybody else's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx
from pydantic import SecretStr

from services.contracts.notify import MessageState
from services.notify.providers import Acceptance, NonRetryable, Outgoing, Retryable, Unknown
from services.notify.providers.http_calls import answer_to, check

WORDS: Final[Mapping[str, MessageState]] = {
    "1": MessageState.DELIVERED,
    "2": MessageState.PERM_FAILED,
    "4": MessageState.SENT,  # queued at the centre
    "8": MessageState.SENT,  # at the centre
    "16": MessageState.PERM_FAILED,  # the centre refused it
    "34": MessageState.EXPIRED,
    "66": MessageState.PERM_FAILED,  # the centre lost sight of it
}
_EVERY_RECEIPT: Final = "31"
_UCS_2: Final = "2"


@dataclass(frozen=True, slots=True)
class KannelAccount:
    """A `sendsms-user` of its smsbox, and where it calls back: at `receipts`, our `/v1/receipts/<name>`."""

    user: str
    password: SecretStr
    receipts: str
    token: SecretStr


class Kannel:
    """`client` has the smsbox's base address; `seconds`: for a whole call; `line`: the sending number.

    It has no id of its own for a message, so ours stands in: no message is handed over again once it may have been
    taken, and thus none is there twice.
    """

    can_ask = False

    def __init__(
        self, client: httpx.AsyncClient, account: KannelAccount, *, line: str, seconds: float, name: str = "kannel"
    ) -> None:
        self.name = name
        self._client, self._account, self._line, self._seconds = client, account, line, seconds

    async def send(self, to: str, letter: Outgoing, ref: str) -> Acceptance:
        account = self._account
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",
            "X-Kannel-Username": account.user,
            "X-Kannel-Password": account.password.get_secret_value(),
            "X-Kannel-From": self._line,
            "X-Kannel-To": to,
            "X-Kannel-Coding": _UCS_2,
            "X-Kannel-DLR-Mask": _EVERY_RECEIPT,
            # as it is: Kannel would take a percent sign of ours for one of its own
            "X-Kannel-DLR-Url": f"{account.receipts}?token={account.token.get_secret_value()}&ref={ref}&status=%d",
        }
        call = self._client.post("/cgi-bin/sendsms", content=letter.text.encode(), headers=headers)
        response = await answer_to(call, self._seconds)
        _check(response)
        return Acceptance(ref, MessageState.SENT)

    async def ask(self, ref: str) -> Acceptance | None:
        raise Unknown("CANNOT_BE_ASKED")

    def state_of(self, word: str) -> MessageState | None:
        return WORDS.get(word)

    async def close(self) -> None:
        await self._client.aclose()


def _check(response: httpx.Response) -> None:
    """Raises ProviderError for all but 202, with which it accepts, whether it has sent on or queues."""
    status = response.status_code
    if status == 403 and not response.text.startswith("Authorization"):
        raise NonRetryable("NOT_ROUTABLE")  # the same status says that our account is wrong
    if status in (405, 415):  # not a smsbox, or one that takes no POST: nothing about this message
        raise Retryable(f"HTTP_{status}")
    check(response)
    if status != 202:
        raise Unknown("NOT_A_GATEWAY")
