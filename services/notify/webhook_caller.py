"""Calls partners' endpoints for the rules, and reports how each call went.

A partner whose endpoint is slow holds up nobody else: each has a few calls open, a few more wait for them, and of all
others the call is put off.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from pydantic import SecretStr

from services.contracts.decision import Refused
from services.contracts.wire import Wire, instant_text
from services.notify.domain.effects import CallWebhook
from services.notify.domain.webhook import EndpointGone, Webhook
from services.notify.domain.webhook_message import NotTaken, PutOff, SwitchedOff, Taken
from services.notify.providers import Gone, NonRetryable, Outgoing, ProviderError, Throttled
from services.notify.providers.webhook import PartnerWebhook
from services.notify.webhook_book import WebhookBook
from services.runtime.clock import Clock, SystemClock
from services.runtime.message import Broken, Held, Performed, Unavailable

OPEN_AT_MOST: Final = 8
WAITING_AT_MOST: Final = 32
"""Of one partner, in one process: with an endpoint that never answers the last of them waits a minute."""

Report = Callable[[str, Wire], Awaitable[object]]


def secret_of(key: bytes, partner: str, number: int) -> SecretStr:
    """The secret with this number of a partner: nobody who does not have the key knows it."""
    made = hmac.new(key, f"webhook\n{partner}\n{number}".encode(), hashlib.sha256).digest()
    return SecretStr(f"whsec_{base64.b64encode(made).decode()}")


class WebhookCaller:
    """`report` submits an answer for a message to the door."""

    def __init__(
        self, book: WebhookBook, key: bytes, report: Report, clock: Clock, log: Any, *, development: bool = False
    ) -> None:
        self._book, self._key, self._report, self._clock, self._log = book, key, report, clock, log
        self.development = development
        self._calls: dict[tuple[str, tuple[int, ...]], PartnerWebhook] = {}
        self._open: dict[str, asyncio.Semaphore] = {}
        self._in_hand = Counter[str]()

    async def perform(self, performed: Sequence[Performed]) -> None:
        """Returns when every answer has been reported."""
        calls = [(item.id, item.effect) for item in performed if isinstance(item.effect, CallWebhook)]
        await asyncio.gather(*(self._answered(id, call) for id, call in calls))

    async def tried(self, webhook: Webhook, id: str) -> Taken | NotTaken | PutOff:
        """A call that tells of nothing, to see how the endpoint takes it."""
        return await self._in_turn(webhook, id, CallWebhook(webhook.partner, 0, TEST, self._clock.now(), "{}"))

    async def close(self) -> None:
        for provider in self._calls.values():
            await provider.close()

    async def _answered(self, id: str, call: CallWebhook) -> None:
        webhook = self._book.of(call.partner)
        answer = SwitchedOff(turn=call.turn) if webhook is None else await self._in_turn(webhook, id, call)
        try:
            await self._report(id, answer)
        except (Unavailable, Held, Broken, Refused) as error:  # by its timer it is called again
            self._log.warning("answer not recorded", answer=type(answer).__name__, error=type(error).__name__)

    async def _in_turn(self, webhook: Webhook, id: str, call: CallWebhook) -> Taken | NotTaken | PutOff:
        if self._in_hand[call.partner] >= OPEN_AT_MOST + WAITING_AT_MOST:
            return PutOff(turn=call.turn)
        self._in_hand[call.partner] += 1
        try:
            async with self._open.setdefault(call.partner, asyncio.Semaphore(OPEN_AT_MOST)):
                return await self._called(webhook, id, call)
        finally:
            self._in_hand[call.partner] -= 1

    async def _called(self, webhook: Webhook, id: str, call: CallWebhook) -> Taken | NotTaken:
        url, turn, began = webhook.now.url, call.turn, self._clock.now()
        try:
            await self._provider(webhook).send(url, Outgoing(_body(call)), id)
        except Gone as error:
            return NotTaken(turn=turn, reason=error.reason, again=False, gone=EndpointGone(url=url, called_at=began))
        except NonRetryable as error:
            return NotTaken(turn=turn, reason=error.reason, again=False)
        except Throttled as error:
            return NotTaken(turn=turn, reason=error.reason, pause_seconds=error.pause)
        except ProviderError as error:
            return NotTaken(turn=turn, reason=error.reason)
        return Taken(turn=turn)

    def _provider(self, webhook: Webhook) -> PartnerWebhook:
        """One for each set of secrets: its connections stay open between calls."""
        numbers = webhook.secrets(self._clock.now())
        known = self._calls.get((webhook.partner, numbers))
        if known is None:
            secrets = [secret_of(self._key, webhook.partner, number) for number in numbers]
            # a receiver compares the time of a call with its own, whatever ours has been set to
            known = PartnerWebhook(webhook.partner, secrets, clock=SystemClock().now, development=self.development)
            self._calls[webhook.partner, numbers] = known
        return known


TEST: Final = "ir.servicedesk.notify.webhook.tested.v1"
"""The type of a call that tells of nothing."""


def _body(call: CallWebhook) -> str:
    """As Standard Webhooks proposes: the type, when it happened, and the event as its topic has it."""
    return f'{{"type":{json.dumps(call.type)},"timestamp":"{instant_text(call.at)}","data":{call.data}}}'
