"""The webhooks of partners, as this process knows them: all are read before it starts, and then every two seconds."""

import asyncio
from collections.abc import Iterable
from typing import Final

from services.notify.domain.webhook import Webhook
from services.notify.store import every_webhook
from services.runtime.driver import StoreAway
from services.runtime.store import Store

SECONDS: Final = 2.0
"""So soon every process calls whom one was told of."""


class WebhookBook:
    """What is known is only ever replaced by something newer."""

    def __init__(self) -> None:
        self._webhooks: dict[str, tuple[int, Webhook]] = {}

    def of(self, partner: str) -> Webhook | None:
        """This partner's, if it is on."""
        _, webhook = self._webhooks.get(partner, (0, None))
        return webhook if webhook is not None and webhook.now.enabled else None

    def partners(self) -> frozenset[str]:
        """Whose webhook is on."""
        return frozenset(partner for partner, (_, webhook) in self._webhooks.items() if webhook.now.enabled)

    def take(self, webhooks: Iterable[tuple[int, Webhook]]) -> None:
        """Webhooks, each in the version that it was read or written in."""
        for version, webhook in webhooks:
            if version > self._webhooks.get(webhook.partner, (0, webhook))[0]:
                self._webhooks[webhook.partner] = (version, webhook)

    async def refresh(self, store: Store) -> None:
        """Raises StoreAway."""
        self.take([(stored.version, stored.state) for stored in await every_webhook(store)])

    async def follow(self, store: Store) -> None:
        """Runs for the life of the service."""
        while True:
            await asyncio.sleep(SECONDS)
            try:
                await self.refresh(store)
            except StoreAway:
                continue
