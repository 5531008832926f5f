"""The texts over HTTP: what there is, what it costs, and the installation's own in place of the shipped ones."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from pydantic import Field, StringConstraints

from services.contracts.persian import sms_cost
from services.contracts.wire import Command, Instant, TypedId, Wire
from services.notify.domain.coverage import holes, told
from services.notify.domain.kinds import KINDS
from services.notify.domain.notices import Notice, Purpose, may_opt_out
from services.notify.domain.publishing import (
    Edition,
    PublishTemplate,
    PublishWish,
    RetireTemplate,
    Subject,
    TemplateFile,
    Text,
    WriteTemplate,
    WriteWish,
    errors,
)
from services.notify.domain.routes import NoNotice
from services.notify.domain.templates import WRITTEN_FOR, Catalogue, Channel, Template, TemplateError, template_id
from services.notify.domain.tokens import WRITTEN, Lang
from services.notify.handlers import TEMPLATE
from services.notify.template_book import TemplateBook
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, IfMatch, Problem, etag
from services.runtime.store import Store

Sure = Annotated[str | None, Header(alias="If-Match")]
Value = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class TemplateView(Wire):
    """One version. `inForce`: new messages use it."""

    id: str
    name: str
    version: int
    notice: Notice
    audience: str = "citizen"
    channel: Channel
    lang: Lang
    purpose: Purpose
    may_opt_out: bool
    subject: str | None
    text: str
    tokens: tuple[str, ...]
    may_say: tuple[str, ...]
    """The tokens for which its event can have a value."""
    must_say: tuple[str, ...]
    longest_parts: int
    in_force: bool
    shipped: bool
    published_by: str | None = None
    published_at: Instant | None = None
    reason: str | None = None
    retired_by: str | None = None
    retired_at: Instant | None = None
    retired_for: str | None = None

    @classmethod
    def of(cls, template: Template, catalogue: Catalogue, edition: Edition | None = None) -> "TemplateView":
        kind = KINDS.get(template.name)
        told = edition.model_dump(exclude={"version", "text", "subject"}) if edition else {}
        return cls(
            id=template.id,
            name=template.name,
            version=template.version,
            notice=template.notice,
            channel=template.channel,
            lang=template.lang,
            purpose=template.purpose,
            may_opt_out=may_opt_out(template.purpose),
            subject=template.subject or None,
            text=template.text,
            tokens=template.tokens(),
            may_say=tuple(sorted(kind.may_say)) if kind else (),
            must_say=tuple(sorted(kind.must_say)) if kind else (),
            longest_parts=template.longest_parts(),
            in_force=template.id in catalogue.ids() and catalogue.newest(template.id) is template,
            shipped=edition is None,
            **told,
        )


class TemplateList(Wire):
    items: tuple[TemplateView, ...]


class DraftView(Wire):
    version: int
    """That it will have."""
    subject: str | None
    text: str
    written_by: str
    written_at: Instant
    flaws: tuple[dict[str, str], ...]


class TemplateHistory(Wire):
    """Every version of one text, the newest first, and the draft of the next."""

    id: str
    draft: DraftView | None
    versions: tuple[TemplateView, ...]


class ToldView(Wire):
    event: str
    about_visit: bool
    audience: str
    notice: Notice | None
    no_notice: NoNotice | None
    """Why nobody is told."""


class TextInForce(Wire):
    """Which text says a notice in one channel and language."""

    notice: Notice
    name: str
    purpose: Purpose
    channel: Channel
    lang: Lang
    id: str
    version: int | None


class Coverage(Wire):
    """Each event with each of its audiences, and each text that may be said. `holes` is empty, else nothing started."""

    events: tuple[ToldView, ...]
    texts: tuple[TextInForce, ...]
    holes: tuple[str, ...]


class PreviewTemplate(Command):
    """POST /v1/templates/{id}/preview: of the words given, else of a version, else of the one in force."""

    text: Text | None = None
    subject: Subject = ""
    version: Annotated[int, Field(ge=1)] | None = None
    values: dict[str, Value] = Field(default={}, max_length=50)
    """As stored: an instant is `2026-11-23T08:30:00Z`, a code its digits. A token left out is at its longest."""


class Preview(Wire):
    """What would be sent. `coding`, `units` and `parts` are those of an SMS."""

    subject: str | None
    text: str
    coding: str | None
    units: int | None
    parts: int | None
    longest_parts: int | None
    flaws: tuple[dict[str, str], ...]


def add_template_calls(router: APIRouter, door: Door, store: Store, book: TemplateBook) -> None:
    @router.get("/v1/templates")
    async def list_templates(
        name: str | None = None,
        notice: Notice | None = None,
        channel: Channel | None = None,
        lang: Lang | None = None,
        in_force: Annotated[bool, Query(alias="inForce")] = False,
    ) -> TemplateList:
        """Every text in every version, with the parts it takes at its longest; or those asked for."""
        await book.refresh(store)
        views = (TemplateView.of(template, book.catalogue, book.edition(template)) for template in book.catalogue)
        found = (
            view
            for view in views
            if name in (None, view.name)
            and notice in (None, view.notice)
            and channel in (None, view.channel)
            and lang in (None, view.lang)
            and (view.in_force or not in_force)
        )
        return TemplateList(items=tuple(found))

    @router.get("/v1/templates/coverage")
    async def coverage() -> Coverage:
        """Who is told what after which event, or why nobody is; and by which text, in each channel and language."""
        await book.refresh(store)
        return Coverage(events=tuple(_told_views()), texts=tuple(_texts(book.catalogue)), holes=holes(book.catalogue))

    @router.get("/v1/templates/{id}")
    async def read_template(id: TypedId, response: Response) -> TemplateHistory:
        """Every version of it, who published it and when, and the draft of the next."""
        await book.refresh(store)
        versions = [template for template in book.catalogue if template.id == id]
        if not versions:
            raise _unknown()
        stored = await store.get(TEMPLATE, id)
        response.headers.update(etag(stored.version if stored else 0))
        views = (TemplateView.of(template, book.catalogue, book.edition(template)) for template in versions)
        return TemplateHistory(
            id=id,
            draft=_draft_view(stored.state) if stored else None,
            versions=tuple(sorted(views, key=lambda view: view.version, reverse=True)),
        )

    @router.post("/v1/templates", status_code=201)
    async def write_template(
        body: WriteTemplate, key: IdempotencyKey, expected: IfMatch, response: Response, seen: Sure = None
    ) -> dict[str, Any]:
        """Draft the next version of a text, or publish it at once. What is published has no flaw: all are told."""
        id = template_id(body.name, body.channel, body.lang)
        return await submit(
            id, WriteWish(command=body, sure=seen is not None), body.officer_id, key, expected, response
        )

    @router.post("/v1/templates/{id}/publish")
    async def publish_template(
        id: TypedId,
        body: PublishTemplate,
        key: IdempotencyKey,
        expected: IfMatch,
        response: Response,
        seen: Sure = None,
    ) -> dict[str, Any]:
        """Publish the draft that you have read: new messages say it within seconds, those under way keep theirs."""
        wish = PublishWish(command=body, sure=seen is not None)
        return await submit(id, wish, body.officer_id, key, expected, response)

    @router.post("/v1/templates/{id}/retire")
    async def retire_template(
        id: TypedId, body: RetireTemplate, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> dict[str, Any]:
        """Retire the version in force: the one before it is used again, in the end the shipped one."""
        return await submit(id, body, body.officer_id, key, expected, response)

    @router.post("/v1/templates/{id}/preview")
    async def preview_template(id: TypedId, body: PreviewTemplate) -> Preview:
        """How it reads and what it costs; at its longest where no values are given. Nothing is stored."""
        await book.refresh(store)
        template = _previewed(id, body, book.catalogue)
        flaws = template.flaws()
        try:
            return _preview(template, body.values)
        except (TemplateError, KeyError):  # it cannot be read, or names what is no token
            return Preview(
                subject=template.subject or None,
                text=template.text,
                coding=None,
                units=None,
                parts=None,
                longest_parts=None,
                flaws=tuple(errors(flaws)),
            )

    async def submit(
        id: str, wish: Any, officer_id: str, key: str, expected: int | None, response: Response
    ) -> dict[str, Any]:
        done = await door.submit(TEMPLATE, id, wish, key=key, caller=officer_id, expected=expected)
        book.take([(done.version, done.state)])
        response.headers.update(etag(done.decided))
        return dict(done.answer or {})


def _previewed(id: str, body: PreviewTemplate, catalogue: Catalogue) -> Template:
    """Raises Problem NOT_FOUND."""
    if id not in catalogue.ids() or (body.version is not None and (id, body.version) not in catalogue):
        raise _unknown()
    template = catalogue.newest(id) if body.version is None else catalogue.version(id, body.version)
    if body.text is None:
        return template
    facts = (template.id, template.version, template.notice, template.purpose, body.text)
    return Template(*facts, template.channel, template.lang, body.subject)


def _preview(template: Template, given: Mapping[str, str]) -> Preview:
    """Raises TemplateError or KeyError for a text that cannot be written, Problem INVALID for a value."""
    wrong = [
        {"field": f"values.{name}", "code": "invalid", "detail": "not a token of this text, or not as it is stored"}
        for name, value in given.items()
        if name not in template.tokens() or not _is_writable(template.lang, name, value)
    ]
    if wrong:
        raise Problem("INVALID", 422, "some values cannot be written", errors=wrong)
    values = {**template.longest(), **given}
    text = template.render(values)
    cost = sms_cost(text) if template.channel is Channel.SMS else None
    return Preview(
        subject=template.render_subject(values) or None,
        text=text,
        coding=cost.coding if cost else None,
        units=cost.units if cost else None,
        parts=cost.parts if cost else None,
        longest_parts=template.longest_parts() if cost else None,
        flaws=tuple(errors(template.flaws())),
    )


def _is_writable(lang: Lang, name: str, value: str) -> bool:
    try:
        WRITTEN[lang][name].write(value)
    except (ValueError, OverflowError):  # a moment at the end of time has no hour in Tehran
        return False
    return True


def _draft_view(file: TemplateFile) -> DraftView | None:
    draft, template = file.draft, file.drafted()
    if draft is None or template is None:
        return None
    return DraftView(
        version=template.version,
        subject=draft.subject or None,
        text=draft.text,
        written_by=draft.written_by,
        written_at=draft.written_at,
        flaws=tuple(errors(template.flaws())),
    )


def _told_views() -> Iterable[ToldView]:
    for event, about_visit, audience, said in told():
        notice, no_notice = (said, None) if isinstance(said, Notice) else (None, said)
        yield ToldView(event=event, about_visit=about_visit, audience=audience, notice=notice, no_notice=no_notice)


def _texts(catalogue: Catalogue) -> Iterable[TextInForce]:
    for name, kind in KINDS.items():
        for channel in WRITTEN_FOR:
            for lang in Lang:
                id = template_id(name, channel, lang)
                version = catalogue.newest(id).version if id in catalogue.ids() else None
                yield TextInForce(
                    notice=kind.notice,
                    name=name,
                    purpose=kind.purpose,
                    channel=channel,
                    lang=lang,
                    id=id,
                    version=version,
                )


def _unknown() -> Problem:
    return Problem("NOT_FOUND", 404, "no such template, or not in this version")
