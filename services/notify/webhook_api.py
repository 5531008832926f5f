"""Where a partner is called with its outcomes, over HTTP: set by an officer for it, with the secret that it checks."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Query, Response

from services.contracts.registry import PartnerId
from services.contracts.wire import Id, Instant, Wire
from services.notify.domain.webhook import (
    ChangeSecret,
    SecretWish,
    SetWebhook,
    Webhook,
    WebhookChange,
    WebhookWish,
)
from services.notify.domain.webhook_message import NotTaken, PutOff, Taken, WebhookMessage, WebhookState
from services.notify.handlers import WEBHOOK
from services.notify.partners import Partners
from services.notify.providers import NonRetryable
from services.notify.providers.webhook import address_of
from services.notify.store import webhook_messages
from services.notify.webhook_book import WebhookBook
from services.notify.webhook_caller import WebhookCaller, secret_of
from services.runtime.clock import Clock
from services.runtime.cursors import after, behind
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, IfMatch, Problem, etag
from services.runtime.store import Store

PAGE = 50


class WebhookView(Wire):
    """What holds, since when, and every change before it, the oldest first. Never the secret."""

    partner: Id
    url: str
    enabled: bool
    reason: str | None
    """GONE: the endpoint has answered 410. It is called again once it is set anew."""
    secret_number: int
    both_until: Instant | None
    """Until when the secret before this one signs, too."""
    since: Instant
    history: tuple[WebhookChange, ...]

    @classmethod
    def of(cls, webhook: Webhook) -> "WebhookView":
        now = webhook.now
        return cls(
            partner=webhook.partner,
            url=now.url,
            enabled=now.enabled,
            reason=now.reason,
            secret_number=now.secret,
            both_until=webhook.both_until,
            since=now.at,
            history=webhook.history,
        )


class WebhookSecret(Wire):
    """To be handed to the partner, and to nobody else."""

    partner: Id
    number: int
    secret: str
    """`whsec_` and 32 bytes in base64, as the libraries of Standard Webhooks take it."""
    both_until: Instant | None


class WebhookTried(Wire):
    taken: bool
    reason: str | None


class WebhookMessageView(Wire):
    message_id: str
    """The `ce_id` of the event; `webhook-id` is this with `msg_` before it."""
    type: str
    told_at: Instant
    state: WebhookState
    tries: int
    due: Instant | None
    ended_at: Instant | None
    reason: str | None

    @classmethod
    def of(cls, id: str, message: WebhookMessage) -> "WebhookMessageView":
        return cls(
            message_id=id,
            type=message.type,
            told_at=message.told_at,
            state=message.state,
            tries=message.tries,
            due=message.due,
            ended_at=message.ended_at,
            reason=message.reason,
        )


class WebhookMessageList(Wire):
    items: tuple[WebhookMessageView, ...]
    next: str | None


def add_webhook_calls(
    router: APIRouter,
    door: Door,
    store: Store,
    clock: Clock,
    book: WebhookBook,
    caller: WebhookCaller,
    key: bytes,
    partners: Partners,
) -> None:
    async def stored(partner: str) -> tuple[int, Webhook]:
        """Raises Problem NOT_FOUND."""
        found = await store.get(WEBHOOK, partner)
        if found is None:
            raise Problem("NOT_FOUND", 404, "this partner has no webhook")
        return found.version, found.state

    def secret(webhook: Webhook) -> WebhookSecret:
        number = webhook.now.secret
        made = secret_of(key, webhook.partner, number).get_secret_value()
        both = webhook.both_until if len(webhook.secrets(clock.now())) > 1 else None
        return WebhookSecret(partner=webhook.partner, number=number, secret=made, both_until=both)

    @router.get("/v1/webhooks/{partner}")
    async def read_webhook(partner: PartnerId, response: Response) -> WebhookView:
        """404: this partner is not called; its outcomes are on its topic, and for the asking at intake."""
        version, webhook = await stored(partner)
        response.headers.update(etag(version))
        return WebhookView.of(webhook)

    @router.put("/v1/webhooks/{partner}")
    async def set_webhook(
        partner: PartnerId, body: SetWebhook, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> WebhookView:
        """Called with every outcome from now on; of earlier ones nobody is called.

        422 BAD_ADDRESS: https only, no user and password in it, and no address that lies within a network of somebody's
        own; a name that leads to one is refused at the call. 404 UNKNOWN_PARTNER: the registry has no such partner; who
        has a webhook already is not asked about, so that it can be turned off at any time. 503 INTAKE_AWAY.
        """
        try:
            address_of(body.url, caller.development)
        except NonRetryable:
            raise Problem("BAD_ADDRESS", 422, "an https address in the public network, without a password") from None
        if await store.get(WEBHOOK, partner) is None:
            await partners.refuse_unknown(partner)
        wish = WebhookWish(partner=partner, command=body)
        done = await door.submit(WEBHOOK, partner, wish, key=key, caller=body.officer_id, expected=expected)
        book.take([(done.version, done.state)])
        response.headers.update(etag(done.decided))
        return WebhookView.of(done.state)

    @router.get("/v1/webhooks/{partner}/secret")
    async def read_secret(partner: PartnerId, response: Response) -> WebhookSecret:
        """The newest secret, for the partner to check signatures with. It is made anew for each answer, never kept."""
        response.headers["Cache-Control"] = "no-store"
        return secret((await stored(partner))[1])

    @router.post("/v1/webhooks/{partner}/secret")
    async def change_secret(
        partner: PartnerId, body: ChangeSecret, key: IdempotencyKey, response: Response
    ) -> WebhookSecret:
        """The next one. For a day both sign: each call bears two signatures. 409 SECRET_JUST_CHANGED within it."""
        wish = SecretWish(partner=partner, command=body)
        done = await door.submit(WEBHOOK, partner, wish, key=key, caller=body.officer_id)
        book.take([(done.version, done.state)])
        response.headers["Cache-Control"] = "no-store"
        return secret(done.state)

    @router.post("/v1/webhooks/{partner}/try")
    async def try_webhook(partner: PartnerId) -> WebhookTried:
        """A signed call that tells of nothing (`ir.servicedesk.notify.webhook.tested.v1`), and how it was taken.

        410 turns the webhook off here, too. BUSY: no call was made, too many of this partner's are open.
        """
        answer = await caller.tried((await stored(partner))[1], f"test-{uuid4()}")
        if isinstance(answer, NotTaken):
            if answer.gone is not None:
                await door.report(WEBHOOK, partner, answer.gone)
            return WebhookTried(taken=False, reason=answer.reason)
        return WebhookTried(taken=isinstance(answer, Taken), reason="BUSY" if isinstance(answer, PutOff) else None)

    @router.get("/v1/webhooks/{partner}/messages")
    async def list_webhook_messages(
        partner: PartnerId,
        state: WebhookState = WebhookState.WAITING,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = PAGE,
    ) -> WebhookMessageList:
        """Calls of one state, in the order of their ids."""
        page = await webhook_messages(store, partner, state, after(cursor), limit)
        items = tuple(WebhookMessageView.of(each.id, each.state) for each in page)
        return WebhookMessageList(items=items, next=behind(page, limit))
