"""What the page of a request shows of all that its citizen was told, by whichever channel (domain 8)."""

from collections.abc import Iterator

from services.notify.domain.correspondence import Correspondence
from services.notify.domain.message import SUPPRESSED, WAITING, Message
from services.notify.domain.templates import Catalogue, Channel, Template
from services.notify.domain.tokens import Lang
from services.notify.domain.wording import text_or_own


def told_on_page(correspondence: Correspondence) -> Iterator[Message]:
    """Each notice once, the oldest first, as far as its last message is, with the times that its words name.

    Not what need not be told, nor what a closure has not decided yet: another case may tell of it. What waits for the
    morning stands there: a page wakes nobody.
    """
    last: dict[str, Message] = {}
    for message in correspondence.messages:
        if message.state is not SUPPRESSED and message.tells():
            last[message.first_said_as()] = message
    for message in last.values():
        yield as_of_now(message, correspondence) if message.state in WAITING else message


def as_of_now(message: Message, correspondence: Correspondence) -> Message:
    """With the times and the papers that it would name if it were said now."""
    holding = correspondence.holding
    return message.model_copy(update={"tokens": holding.named_by(message)}) if holding else message


def words_on_page(message: Message, lang: Lang, catalogue: Catalogue) -> Template:
    """In full and in this language, as far as the message knows what that says; else as it was sent.

    Raises TemplateError where the version it was sent in is not known.
    """
    own = catalogue.version(message.template_id, message.template_version)
    return text_or_own(lang, own, message.tokens, catalogue, Channel.WEB)
