"""Notify over HTTP: receipts of providers in; messages to look at; templates; preferences (contract: Notify)."""

import hmac
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import SecretStr

from services.contracts.notify import MessageState, ProviderReceipt
from services.contracts.wire import Id, Instant, TypedId, Wire
from services.notify.domain.answers import Reported
from services.notify.domain.correspondence import Correspondence, request_of
from services.notify.domain.message import Message, Moved
from services.notify.domain.notices import Notice
from services.notify.domain.templates import Texts
from services.notify.handlers import CORRESPONDENCE
from services.notify.page_api import add_page_calls
from services.notify.preference_api import add_preference_calls
from services.notify.printout_api import add_printout_calls
from services.notify.providers import Provider
from services.notify.store import with_messages_in
from services.notify.template_api import add_template_calls
from services.notify.template_book import TemplateBook
from services.runtime.cursors import after, behind
from services.runtime.door import Door
from services.runtime.http import Problem
from services.runtime.store import Store

PAGE = 50


class MessageView(Wire):
    """One message: what it says, how far it is, and the moves that led there. Never the number it goes to (I12)."""

    message_id: str
    request_id: str
    notice: Notice
    template_id: str
    template_version: int
    channel: str
    instead_of: str | None
    """The message by another channel that has come to nothing."""
    text: str
    state: MessageState
    attempts: int
    parts: int
    created_at: Instant
    due: Instant | None
    provider: str | None
    provider_id: str | None
    queued: bool
    """Whether it waits for a gateway; `due` is then when it is looked at without one."""
    reason: str | None
    history: tuple[Moved, ...]

    @classmethod
    def of(cls, message: Message, request_id: str, texts: Texts) -> "MessageView":
        template = texts.version(message.template_id, message.template_version)
        return cls(
            message_id=message.id,
            request_id=request_id,
            notice=message.notice,
            template_id=message.template_id,
            template_version=message.template_version,
            channel=message.channel,
            instead_of=message.instead_of,
            text=template.render(message.tokens),
            state=message.state,
            attempts=message.attempts,
            parts=message.parts,
            created_at=message.created_at,
            due=message.due,
            provider=message.provider,
            provider_id=message.provider_id,
            queued=message.place is not None,
            reason=message.reason(),
            history=message.history,
        )


class MessageList(Wire):
    items: tuple[MessageView, ...]
    next: str | None


class ReceiptTaken(Wire):
    state: MessageState
    """Of the message, after this receipt: an older or repeated one changes nothing."""


def routes(
    door: Door,
    store: Store,
    providers: Mapping[str, Provider],
    book: TemplateBook,
    receipt_tokens: Mapping[str, SecretStr] = MappingProxyType({}),
) -> APIRouter:
    """`receipt_tokens`: of the providers whose receipts are GETs, and show it; those of others are POSTs."""
    router = APIRouter()
    add_template_calls(router, door, store, book)
    add_preference_calls(router, door, store)
    add_page_calls(router, store, book)
    add_printout_calls(router, door, store, book)

    @router.post("/v1/receipts/{provider_name}")
    async def take_receipt(provider_name: str, receipt: ProviderReceipt) -> ReceiptTaken:
        """A receipt is answered 200 however often and in whatever order it comes.

        A reference that was never handed over is 404, a status word that is not the provider's 422: a provider that
        keeps getting those is speaking to the wrong place or has changed its words, and 200 would hide it.
        """
        if provider_name in receipt_tokens:  # a POST shows no token
            raise Problem("UNKNOWN_PROVIDER", 404, "no such provider")
        return await _taken(provider_name, receipt)

    @router.get("/v1/receipts/{provider_name}")
    async def take_receipt_by_get(
        provider_name: str,
        ref: Id,
        status: Annotated[str, Query(max_length=20)],
        token: Annotated[str, Query(max_length=200)] = "",
    ) -> ReceiptTaken:
        """The same from a gateway that can only GET an address that it was given, and has no id of its own.

        Whoever does not show the token that is in that address is refused: anybody can GET an address.
        """
        expected = receipt_tokens.get(provider_name)
        if expected is None:
            raise Problem("UNKNOWN_PROVIDER", 404, "no such provider")
        if not hmac.compare_digest(token.encode(), expected.get_secret_value().encode()):
            raise Problem("RECEIPT_REFUSED", 403, "not a receipt of this provider")
        return await _taken(provider_name, ProviderReceipt(id=ref, ref=ref, status=status))

    @router.get("/v1/messages")
    async def list_messages(
        request_id: Annotated[TypedId | None, Query(alias="requestId")] = None,
        state: MessageState | None = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = PAGE,
    ) -> MessageList:
        """Messages by request, by state, or all. A page ends after `limit` requests; each has a few messages."""
        if request_id is not None:
            found = await store.get(CORRESPONDENCE, request_id)
            return MessageList(items=await _views([found.state] if found else [], state), next=None)
        page = await with_messages_in(store, state, after(cursor), limit)
        return MessageList(items=await _views([stored.state for stored in page], state), next=behind(page, limit))

    async def _taken(provider_name: str, receipt: ProviderReceipt) -> ReceiptTaken:
        provider = providers.get(provider_name)
        if provider is None:
            raise Problem("UNKNOWN_PROVIDER", 404, "no such provider")
        status = provider.state_of(receipt.status)
        if status is None:
            raise Problem("UNKNOWN_STATUS", 422, "not a status word of this provider")
        report = Reported(message_id=receipt.ref, provider_id=receipt.id, status=status, provider=provider_name)
        submitted = await door.submit(CORRESPONDENCE, request_of(receipt.ref), report)
        return ReceiptTaken(state=submitted.state.message(receipt.ref).state)

    async def _views(found: list[Correspondence], state: MessageState | None) -> tuple[MessageView, ...]:
        shown = [
            (message, correspondence.request_id)
            for correspondence in found
            for message in correspondence.messages
            if state is None or message.state is state
        ]
        await book.knows(store, (message for message, _ in shown))
        return tuple(MessageView.of(message, request_id, book) for message, request_id in shown)

    return router
