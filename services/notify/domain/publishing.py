"""Texts that an installation writes in place of shipped ones: drafted, published, retired, on record (domain 8).

Published versions stay, for messages made with them. What is retired gives way to the version before it, in the end to
the shipped text: so no text is ever missing.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, StringConstraints

from services.contracts.decision import Decision, Refused, World
from services.contracts.persian import display
from services.contracts.wire import Command, Flag, Id, Instant, TypedId, Wire, instant_text
from services.notify.domain.kinds import KINDS
from services.notify.domain.notices import Notice, Purpose
from services.notify.domain.rules import Rules
from services.notify.domain.templates import Channel, Flaw, Own, Template, template_id
from services.notify.domain.tokens import Lang

FIRST_OWN: Final = 1001
"""An installation counts its versions from here, what is shipped from 1: an update never brings a number that an
installation has used for other words."""
VERSIONS_KEPT: Final = 500
"""All that are published stay in one document."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000), AfterValidator(display)]
Subject = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), AfterValidator(display)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(display)]


class WriteTemplate(Command):
    """POST /v1/templates: the draft of the next version; with `publish`, at once the next version."""

    name: TypedId
    channel: Channel = Channel.SMS
    lang: Lang = Lang.FA
    text: Text
    subject: Subject = ""
    publish: Flag = False
    reason: Reason | None = None
    officer_id: TypedId


class PublishTemplate(Command):
    """POST /v1/templates/{id}/publish: the draft as it stands."""

    reason: Reason | None = None
    officer_id: TypedId


class RetireTemplate(Command):
    """POST /v1/templates/{id}/retire: the version in force, which new messages use no more."""

    reason: Reason
    officer_id: TypedId


class WriteWish(Wire):
    """`sure`: they named the version they have seen, or said that any will do."""

    command: WriteTemplate
    sure: bool = False


class PublishWish(Wire):
    """`sure`: as above, of the draft that they have read."""

    command: PublishTemplate
    sure: bool = False


class Draft(Wire):
    text: str
    subject: str
    written_by: Id
    written_at: Instant


class Edition(Wire):
    """One published version: its words never change."""

    version: int
    text: str
    subject: str
    published_by: Id
    published_at: Instant
    reason: str | None = None
    retired_by: Id | None = None
    retired_at: Instant | None = None
    retired_for: str | None = None


class TemplateFile(Wire):
    """All that an installation has written of one text; its id is the template's. Nothing of it is published (I12)."""

    id: Id
    name: Id
    channel: Channel
    lang: Lang
    notice: Notice
    purpose: Purpose
    draft: Draft | None = None
    editions: tuple[Edition, ...] = Field(default=(), max_length=VERSIONS_KEPT)

    def own(self) -> Iterator[Own]:
        """Its versions, as a catalogue takes them."""
        for edition in self.editions:
            template = self._template(edition.version, edition.text, edition.subject)
            yield Own(template, in_force=edition.retired_at is None)

    def drafted(self) -> Template | None:
        """What the draft would be when it is published."""
        draft = self.draft
        return self._template(self.next_version(), draft.text, draft.subject) if draft else None

    def next_version(self) -> int:
        return self.editions[-1].version + 1 if self.editions else FIRST_OWN

    def in_force(self) -> Edition | None:
        """The newest that is not retired; None where the shipped text is."""
        return next((edition for edition in reversed(self.editions) if edition.retired_at is None), None)

    def _template(self, version: int, text: str, subject: str) -> Template:
        return Template(self.id, version, self.notice, self.purpose, text, self.channel, self.lang, subject)


def write(file: TemplateFile | None, wish: WriteWish, world: World[Rules]) -> Decision[TemplateFile]:
    """A draft may have flaws, and is told them; what is published has none.

    Refused: UNKNOWN_TEMPLATE (422), IF_MATCH_REQUIRED (428: there is a draft already), and as `publish`.
    """
    command = wish.command
    kind = KINDS.get(command.name)
    if kind is None:
        detail = "no rule would ever choose a text of this name"
        raise Refused("UNKNOWN_TEMPLATE", detail, status=422, names=sorted(KINDS))
    if file is not None and file.draft is not None and not wish.sure:
        raise _unsure()
    if file is None:
        file = TemplateFile(
            id=template_id(command.name, command.channel, command.lang),
            name=command.name,
            channel=command.channel,
            lang=command.lang,
            notice=kind.notice,
            purpose=kind.purpose,
        )
    draft = Draft(text=command.text, subject=command.subject, written_by=command.officer_id, written_at=world.now)
    file = file.model_copy(update={"draft": draft})
    if command.publish:
        return _published(file, draft, command.officer_id, command.reason, world.now)
    template = file.drafted()
    assert template is not None
    return _told(file, status="DRAFT", version=template.version, flaws=errors(template.flaws()))


def publish(file: TemplateFile | None, wish: PublishWish, world: World[Rules]) -> Decision[TemplateFile]:
    """From now on new messages say it.

    Refused: NO_DRAFT, IF_MATCH_REQUIRED (428), FLAWED_TEMPLATE (422, with all flaws), TOO_MANY_VERSIONS.
    """
    command = wish.command
    if file is None or file.draft is None:
        raise Refused("NO_DRAFT", "nothing is drafted here")
    if not wish.sure:
        raise _unsure()
    return _published(file, file.draft, command.officer_id, command.reason, world.now)


def retire(file: TemplateFile | None, command: RetireTemplate, world: World[Rules]) -> Decision[TemplateFile]:
    """New messages say what the version before said. Refused: NOTHING_PUBLISHED (what is shipped always stays)."""
    edition = file.in_force() if file else None
    if file is None or edition is None:
        raise Refused("NOTHING_PUBLISHED", "here the shipped text is in force, and that one stays")
    ended = edition.model_copy(
        update={"retired_by": command.officer_id, "retired_at": world.now, "retired_for": command.reason}
    )
    editions = tuple(ended if known.version == edition.version else known for known in file.editions)
    return _told(file.model_copy(update={"editions": editions}), status="RETIRED", version=edition.version)


def _published(file: TemplateFile, draft: Draft, by: str, reason: str | None, at: datetime) -> Decision[TemplateFile]:
    template = file.drafted()
    assert template is not None
    flaws = template.flaws()
    if flaws:
        detail = "the text is not published as it stands"
        raise Refused("FLAWED_TEMPLATE", detail, status=422, errors=errors(flaws))
    if len(file.editions) >= VERSIONS_KEPT:
        raise Refused("TOO_MANY_VERSIONS", f"{VERSIONS_KEPT} versions of one text are kept, and no more")
    edition = Edition(
        version=template.version,
        text=draft.text,
        subject=draft.subject,
        published_by=by,
        published_at=at,
        reason=reason,
    )
    file = file.model_copy(update={"draft": None, "editions": (*file.editions, edition)})
    return _told(file, status="PUBLISHED", version=edition.version, publishedAt=instant_text(at))


def _unsure() -> Refused:
    detail = "say which version you have seen: If-Match with its ETag; or that any will do: If-Match: *"
    return Refused("IF_MATCH_REQUIRED", detail, status=428)


def errors(flaws: tuple[Flaw, ...]) -> list[dict[str, str]]:
    """As a problem document names what is wrong."""
    return [{"field": "text", "code": flaw.code.value, "detail": flaw.detail} for flaw in flaws]


def _told(file: TemplateFile, **facts: Any) -> Decision[TemplateFile]:
    return Decision(file, answer={"id": file.id, **facts})
