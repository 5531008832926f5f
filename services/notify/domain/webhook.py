"""A partner's webhook: where a call of ours tells it its offices' outcomes, and with which secret it is signed.

The secret itself is nowhere kept: it follows from the installation's key, the partner and the secret's number.
"""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field

from services.contracts.decision import Decision, Refused, World
from services.contracts.registry import PartnerId
from services.contracts.wire import Command, Flag, Id, Instant, TypedId, Wire
from services.notify.domain.rules import Rules

BOTH_SECRETS_FOR: Final = timedelta(days=1)
"""So long after a change both secrets sign: time for the partner to learn the new one."""
CHANGES_KEPT: Final = 200
GONE: Final = "GONE"
"""Why a webhook is off whose endpoint has said that it is no more (HTTP 410)."""

Address = Annotated[str, Field(min_length=8, max_length=500)]


class SetWebhook(Command):
    """PUT /v1/webhooks/{partnerId}. `enabled` false: outcomes are on the topic and for the asking, and nobody calls."""

    url: Address
    enabled: Flag = True
    officer_id: TypedId


class ChangeSecret(Command):
    """POST /v1/webhooks/{partnerId}/secret."""

    officer_id: TypedId


class WebhookChange(Wire):
    """`officer_id` None: the endpoint has said it itself."""

    url: Address
    enabled: bool
    secret: int
    officer_id: Id | None
    reason: str | None = None
    at: Instant


class Webhook(Wire):
    """Its id is the partner's. `history`: every change, the oldest first."""

    partner: Id
    history: tuple[WebhookChange, ...] = Field(max_length=CHANGES_KEPT)
    both_until: Instant | None = None
    """Until when the secret before this one signs, too."""

    @property
    def now(self) -> WebhookChange:
        return self.history[-1]

    def on_since(self) -> Instant | None:
        """Since when outcomes are called out, whatever else was changed meanwhile; None while it is off."""
        since = None
        for change in reversed(self.history):
            if not change.enabled:
                break
            since = change.at
        return since

    def secrets(self, at: Instant) -> tuple[int, ...]:
        """The numbers of those that sign at this moment, the newest first."""
        newest = self.now.secret
        return (newest, newest - 1) if self.both_until is not None and at < self.both_until else (newest,)


class WebhookWish(Wire):
    partner: PartnerId
    command: SetWebhook


class SecretWish(Wire):
    partner: PartnerId
    command: ChangeSecret


class EndpointGone(Wire):
    """An endpoint has answered 410 to a call of that moment: there will never be anybody again."""

    url: str
    called_at: Instant


def set_webhook(webhook: Webhook | None, wish: WebhookWish, world: World[Rules]) -> Decision[Webhook]:
    """All of it anew; one that was off because its endpoint was gone is on again by it. Refused: TOO_MANY_CHANGES."""
    command = wish.command
    if webhook is not None and (webhook.now.url, webhook.now.enabled) == (command.url, command.enabled):
        return Decision(webhook)
    change = WebhookChange(
        url=command.url,
        enabled=command.enabled,
        secret=webhook.now.secret if webhook else 1,
        officer_id=command.officer_id,
        at=world.now,
    )
    return Decision(_with(webhook or Webhook(partner=wish.partner, history=()), change))


def change_secret(webhook: Webhook | None, wish: SecretWish, world: World[Rules]) -> Decision[Webhook]:
    """The next secret; the one before signs for a day more. Refused: NOT_FOUND (404), SECRET_JUST_CHANGED."""
    if webhook is None:
        raise Refused("NOT_FOUND", "this partner has no webhook", status=404)
    if len(webhook.secrets(world.now)) > 1:
        raise Refused("SECRET_JUST_CHANGED", "three secrets would be in use", bothUntil=webhook.both_until)
    changes = {"secret": webhook.now.secret + 1, "officer_id": wish.command.officer_id, "at": world.now, "reason": None}
    changed = _with(webhook, webhook.now.model_copy(update=changes))
    return Decision(changed.model_copy(update={"both_until": world.now + BOTH_SECRETS_FOR}))


def endpoint_gone(webhook: Webhook | None, gone: EndpointGone, world: World[Rules]) -> Decision[Webhook]:
    """Off, if it has not been set anew since: what was said before says nothing of now."""
    if webhook is None or not webhook.now.enabled or webhook.now.url != gone.url or gone.called_at < webhook.now.at:
        return Decision(webhook)
    changes = {"enabled": False, "officer_id": None, "reason": GONE, "at": world.now}
    off = webhook.now.model_copy(update=changes)
    if len(webhook.history) >= CHANGES_KEPT:  # nobody is there to be refused
        return Decision(webhook.model_copy(update={"history": (*webhook.history[:-1], off)}))
    return Decision(_with(webhook, off))


def _with(webhook: Webhook, change: WebhookChange) -> Webhook:
    if len(webhook.history) >= CHANGES_KEPT:
        raise Refused("TOO_MANY_CHANGES", f"{CHANGES_KEPT} changes are kept, and no more")
    return webhook.model_copy(update={"history": (*webhook.history, change)})
