"""What waits on paper at the desks of an agency, the paper itself, and that its person has it (contract: Notify)."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from services.contracts.notify import MessageState
from services.contracts.wire import Id, Instant, TypedId, Wire
from services.notify.domain.correspondence import Correspondence, request_of, unknown_message, waits_at_desk
from services.notify.domain.message import DELIVERED, Message
from services.notify.domain.notices import Notice
from services.notify.domain.page import as_of_now
from services.notify.domain.printouts import HandedOver, HandOver
from services.notify.domain.templates import Channel
from services.notify.handlers import CORRESPONDENCE
from services.notify.printout_page import printout_page
from services.notify.store import with_printouts
from services.notify.template_book import TemplateBook
from services.runtime.cursors import after, behind
from services.runtime.door import Door
from services.runtime.http import Problem
from services.runtime.store import Store

PAGE = 50
PAGE_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


class PrintoutView(Wire):
    """One paper: what it tells of which request, and whether its person has it."""

    message_id: str
    request_id: str
    org_id: str
    tracking_code: str
    notice: Notice
    state: MessageState
    created_at: Instant
    handed_over_by: str | None

    @classmethod
    def of(cls, message: Message, told: Correspondence) -> "PrintoutView":
        return cls(
            message_id=message.id,
            request_id=told.request_id,
            org_id=told.org_id,
            tracking_code=told.tracking_code,
            notice=message.notice,
            state=message.state,
            created_at=message.created_at,
            handed_over_by=message.handed_over_by,
        )


class PrintoutList(Wire):
    items: tuple[PrintoutView, ...]
    next: str | None


def add_printout_calls(router: APIRouter, door: Door, store: Store, book: TemplateBook) -> None:
    @router.get("/v1/printouts")
    async def list_printouts(
        org_id: Annotated[TypedId, Query(alias="orgId")],
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = PAGE,
    ) -> PrintoutList:
        """What waits to be handed over at the desks of an agency. A page ends after `limit` requests."""
        page = await with_printouts(store, org_id, after(cursor), limit)
        waiting = (
            PrintoutView.of(message, stored.state)
            for stored in page
            for message in stored.state.messages
            if waits_at_desk(message)
        )
        return PrintoutList(items=tuple(waiting), next=behind(page, limit))

    @router.get("/v1/printouts/{message_id}", response_class=HTMLResponse)
    async def print_message(message_id: Id) -> HTMLResponse:
        """The paper, to print: also once more when it was handed over. 409: it has lost its point, or is not there."""
        found = await store.get(CORRESPONDENCE, request_of(message_id))
        if found is None:
            raise unknown_message()
        told: Correspondence = found.state
        message = told.message(message_id)
        if message.channel is not Channel.PRINT:
            raise unknown_message()
        if not waits_at_desk(message) and message.state is not DELIVERED:
            raise Problem("NOT_WAITING", 409, "this paper does not wait to be handed over")
        await book.knows(store, [message])
        template = book.version(message.template_id, message.template_version)
        shown = as_of_now(message, told) if waits_at_desk(message) else message
        return HTMLResponse(printout_page(shown, template, told.tracking_code), headers=PAGE_HEADERS)

    @router.post("/v1/printouts/{message_id}/handed-over")
    async def hand_over(message_id: Id, body: HandedOver) -> PrintoutView:
        """Its person has it: that tells them as an SMS that has arrived does (I9). Said again, it changes nothing."""
        word = HandOver(message_id=message_id, command=body)
        done = await door.submit(CORRESPONDENCE, request_of(message_id), word, caller=body.officer_id)
        return PrintoutView.of(done.state.message(message_id), done.state)
