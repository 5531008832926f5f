"""Every query of notify, and the indexes they need."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from services.contracts.notify import MessageState
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.preference import Preference
from services.notify.domain.publishing import TemplateFile
from services.notify.domain.webhook import Webhook
from services.notify.domain.webhook_message import WebhookMessage, WebhookState
from services.notify.handlers import CORRESPONDENCE, PREFERENCE, TEMPLATE, WEBHOOK, WEBHOOK_MESSAGE
from services.runtime.indexes import Index
from services.runtime.lookups import Stored
from services.runtime.store import Store

BY_STATE: Final = Index([("state.messages.state", 1), ("_id", 1)], "message-state")
QUEUE: Final = Index([("state.queue", 1), ("_id", 1)], "queue", partial={"state.queue": {"$exists": True}})
"""Of those in which something waits for a gateway, and no others: as a rule there is none."""
PRINTOUT: Final = Index([("state.orgId", 1), ("_id", 1)], "printout", partial={"state.printout": True})
"""Of those in which a paper waits for its person, and no others."""
BY_PARTNER: Final = Index([("state.partner", 1), ("state.state", 1), ("_id", 1)], "partner")
INDEXES: Mapping[str, Sequence[Index]] = {
    CORRESPONDENCE.name: [BY_STATE, QUEUE, PRINTOUT],
    WEBHOOK_MESSAGE.name: [BY_PARTNER],
}


def in_state_filter(state: MessageState, after: str) -> dict[str, Any]:
    return {"state.messages.state": state.value, "_id": {"$gt": after}}


def held_back_filter(state: MessageState, after: str) -> dict[str, Any]:
    waiting = {"$elemMatch": {"state": state.value, "due": None}}
    return {"state.messages.state": state.value, "state.messages": waiting, "_id": {"$gt": after}}


def queue_filter(passed_over: Iterable[str] = ()) -> dict[str, Any]:
    return {"state.queue": {"$gt": ""}, "_id": {"$nin": sorted(passed_over)}}


def printouts_filter(org_id: str, after: str) -> dict[str, Any]:
    return {"state.orgId": org_id, "state.printout": True, "_id": {"$gt": after}}


async def foremost(store: Store, limit: int, passed_over: Iterable[str] = ()) -> list[Stored[Correspondence]]:
    """Those whose messages are next in the queue, in its order; without some that cannot be moved now."""
    order = [("state.queue", 1), ("_id", 1)]
    return await store.find(CORRESPONDENCE, queue_filter(passed_over), sort=order, limit=limit)


async def with_messages_in(
    store: Store, state: MessageState | None, after: str, limit: int
) -> list[Stored[Correspondence]]:
    """Correspondences in the order of their ids, those with a message in this state; None = all."""
    filter = in_state_filter(state, after) if state else {"_id": {"$gt": after}}
    return await store.find(CORRESPONDENCE, filter, sort=[("_id", 1)], limit=limit)


async def held_back(store: Store, state: MessageState, after: str, limit: int) -> list[Stored[Correspondence]]:
    """Those with a message that waits for sending to be taken up again (CREATED or TEMP_FAILED, nothing due)."""
    return await store.find(CORRESPONDENCE, held_back_filter(state, after), sort=[("_id", 1)], limit=limit)


async def with_printouts(store: Store, org_id: str, after: str, limit: int) -> list[Stored[Correspondence]]:
    """Those of this agency in which a paper waits, in the order of their ids."""
    return await store.find(CORRESPONDENCE, printouts_filter(org_id, after), sort=[("_id", 1)], limit=limit)


EVERY_TEMPLATE: Final[Mapping[str, Any]] = {"_id": {"$gt": ""}}


async def written_templates(store: Store) -> list[Stored[TemplateFile]]:
    """All that the installation has written: there is a closed list of ids, and it is short."""
    return await store.find(TEMPLATE, EVERY_TEMPLATE, sort=[("_id", 1)], limit=1000)


async def preferences_of(store: Store, applicant_refs: Sequence[str]) -> list[Stored[Preference]]:
    """Of these people, those who have said something."""
    return await store.get_many(PREFERENCE, applicant_refs)


EVERY_WEBHOOK: Final[Mapping[str, Any]] = {"_id": {"$gt": ""}}


async def every_webhook(store: Store) -> list[Stored[Webhook]]:
    """One for each partner at most."""
    return await store.find(WEBHOOK, EVERY_WEBHOOK, sort=[("_id", 1)], limit=10_000)


def webhook_messages_filter(partner: str, state: WebhookState, after: str) -> dict[str, Any]:
    return {"state.partner": partner, "state.state": state.value, "_id": {"$gt": after}}


async def webhook_messages(
    store: Store, partner: str, state: WebhookState, after: str, limit: int
) -> list[Stored[WebhookMessage]]:
    """A partner's calls in this state, in the order of their ids."""
    filter = webhook_messages_filter(partner, state, after)
    return await store.find(WEBHOOK_MESSAGE, filter, sort=[("_id", 1)], limit=limit)
