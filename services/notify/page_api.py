"""What a citizen was told of their request, for the page on which they follow it (contract: Notify)."""

from fastapi import APIRouter

from services.contracts.notify import MessageState
from services.contracts.wire import Instant, TypedId, Wire
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.message import Message
from services.notify.domain.notices import Notice
from services.notify.domain.page import told_on_page, words_on_page
from services.notify.domain.templates import Catalogue, Channel
from services.notify.domain.tokens import Lang
from services.notify.handlers import CORRESPONDENCE
from services.notify.template_book import TemplateBook
from services.runtime.http import Problem
from services.runtime.store import Store


class NoticeView(Wire):
    """One notice in full: as an e-mail says it, or else as an SMS does. `lang`: of these words."""

    notice: Notice
    text: str
    lang: Lang
    at: Instant
    """When its words were made."""
    channel: Channel
    """By which it goes, or went; WEB = it stands here and nowhere else."""
    state: MessageState

    @classmethod
    def of(cls, message: Message, lang: Lang, catalogue: Catalogue) -> "NoticeView":
        words = words_on_page(message, lang, catalogue)
        return cls(
            notice=message.notice,
            text=words.render(message.tokens),
            lang=words.lang,
            at=message.created_at,
            channel=message.channel,
            state=message.state,
        )


class NoticeList(Wire):
    """The oldest first."""

    request_id: str
    items: tuple[NoticeView, ...]


def add_page_calls(router: APIRouter, store: Store, book: TemplateBook) -> None:
    @router.get("/v1/requests/{request_id}/notices")
    async def notices_of_request(request_id: TypedId, lang: Lang | None = None) -> NoticeList:
        """All that its citizen was told, by whichever channel; never a number or a name (I12).

        `lang`: by default the one they are written to in. For whoever shows the page, who knows that it is theirs.
        """
        found = await store.get(CORRESPONDENCE, request_id)
        if found is None:
            raise Problem("NOT_FOUND", 404, "nothing was told about such a request")
        told: Correspondence = found.state
        await book.knows(store, told.messages)
        views = (NoticeView.of(message, lang or told.lang, book.catalogue) for message in told_on_page(told))
        return NoticeList(request_id=request_id, items=tuple(views))
