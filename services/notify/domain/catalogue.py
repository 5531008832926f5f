"""Every text this service may send. The code comes first, then the date with its weekday (domain 8).

A changed text is a new entry with the next version; the old one stays until no message made with it is under way.
"""

from collections.abc import Callable, Mapping
from typing import Final

from services.contracts.intake import CommitmentState, RequestMoved
from services.contracts.routing import ResultKind
from services.contracts.wire import instant_text
from services.notify.domain.notices import Notice, Purpose
from services.notify.domain.templates import Catalogue, Template

TEMPLATES: Final = (
    Template(
        "registered",
        1,
        Notice.REGISTERED,
        Purpose.SERVICE,
        "کد رهگیری {code}\nپاسخ: {promised}\n{service}\nپیگیری: {phone}",
    ),
    Template(
        "redirected",
        1,
        Notice.REDIRECTED,
        Purpose.SERVICE,
        "کد {code}\nتا {lapse} به پیشخوان، با شناسه:\n{reference}",
    ),
    Template(
        "redirect-lapsed",
        1,
        Notice.REDIRECT_LAPSED,
        Purpose.SERVICE,
        "کد {code}\nتا {ending} به میز خدمت یا پیشخوان بروید؛ پس از آن درخواست پایان می‌یابد.",
    ),
    Template(
        "delay-apology",
        1,
        Notice.DELAY_APOLOGY,
        Purpose.SERVICE,
        "کد {code}\nپاسخ {promised} آماده نشد؛ پوزش می‌خواهیم.\n{responsible} {phone}",
    ),
    Template(
        "result-granted",
        1,
        Notice.RESULT_READY,
        Purpose.SERVICE,
        "کد رهگیری {code}\nبا درخواست «{service}» موافقت شد.\nنیازی به مراجعه نیست.",
    ),
    Template(
        "result-collect",
        1,
        Notice.RESULT_READY,
        Purpose.SERVICE,
        "کد رهگیری {code}\n«{service}» آماده است.\nبا کارت شناسایی به میز خدمت بیایید. {phone}",
    ),
    Template(
        "result-refused",
        1,
        Notice.RESULT_READY,
        Purpose.LEGAL,
        "کد رهگیری {code}\nبا «{service}» موافقت نشد.\n{objection}",
    ),
    Template(
        "result-partial",
        1,
        Notice.RESULT_READY,
        Purpose.LEGAL,
        "کد رهگیری {code}\nبا بخشی از «{service}» موافقت شد.\n{objection}",
    ),
    Template(
        "done-on-spot",
        1,
        Notice.DONE_ON_SPOT,
        Purpose.SERVICE,
        "کد رهگیری {code}\n«{service}» در میز خدمت انجام شد.",
    ),
    Template(
        "refused-on-spot",
        1,
        Notice.DONE_ON_SPOT,
        Purpose.LEGAL,
        "کد {code}\nبا «{service}» در میز موافقت نشد.\n{objection}",
    ),
    Template(
        "partial-on-spot",
        1,
        Notice.DONE_ON_SPOT,
        Purpose.LEGAL,
        "کد {code}\nبا بخشی از «{service}» در میز موافقت شد.\n{objection}",
    ),
    Template(
        "collection-reminder",
        1,
        Notice.COLLECTION_REMINDER,
        Purpose.SERVICE,
        "کد {code}\nتا {collect} از میز خدمت بگیرید:\n{service}\n{phone}",
    ),
    Template(
        "objected",
        1,
        Notice.OBJECTED,
        Purpose.SERVICE,
        "کد {code}\nپاسخ اعتراض: {promised}\n{service}\nبررسی با کارشناسی دیگر.",
    ),
    Template(
        "reopened",
        1,
        Notice.REOPENED,
        Purpose.SERVICE,
        "کد {code}\nپاسخ: {promised}\nبررسی دوباره: {service}\n{phone}",
    ),
    Template(
        "withdrawn",
        1,
        Notice.WITHDRAWN,
        Purpose.SERVICE,
        "کد {code}\n«{service}» به خواست شما پس گرفته شد.\nاگر نخواسته‌اید خبر دهید: {phone}",
    ),
    Template(
        "duplicate",
        1,
        Notice.DUPLICATE,
        Purpose.SERVICE,
        "کد {code}\nاین درخواست با درخواست دیگر شما یکی شد.\nپیگیری با کد {other}\n{service}",
    ),
)

_ONE_TEXT: Final = {
    Notice.REGISTERED: "registered",
    Notice.REDIRECTED: "redirected",
    Notice.REDIRECT_LAPSED: "redirect-lapsed",
    Notice.DELAY_APOLOGY: "delay-apology",
    Notice.COLLECTION_REMINDER: "collection-reminder",
    Notice.OBJECTED: "objected",
    Notice.REOPENED: "reopened",
    Notice.WITHDRAWN: "withdrawn",
    Notice.DUPLICATE: "duplicate",
}
_BY_RESULT: Final = {
    (Notice.RESULT_READY, ResultKind.GRANTED): "result-granted",
    (Notice.RESULT_READY, ResultKind.REFUSED): "result-refused",
    (Notice.RESULT_READY, ResultKind.PARTIAL): "result-partial",
    (Notice.DONE_ON_SPOT, ResultKind.GRANTED): "done-on-spot",
    (Notice.DONE_ON_SPOT, ResultKind.REFUSED): "refused-on-spot",
    (Notice.DONE_ON_SPOT, ResultKind.PARTIAL): "partial-on-spot",
}


def catalogue() -> Catalogue:
    """All templates, checked. Raises TemplateError: a faulty text stops the start, not a citizen's message."""
    return Catalogue(TEMPLATES)


def template_for(notice: Notice, event: RequestMoved) -> str:
    """Which text says this of this case. A refusal has a text of its own, with the way to object (I5)."""
    if notice in _ONE_TEXT:
        return _ONE_TEXT[notice]
    kind = event.result.kind if event.result else ResultKind.GRANTED
    if notice is Notice.RESULT_READY and kind is ResultKind.GRANTED and event.collectable:
        return "result-collect"
    return _BY_RESULT[notice, kind]


def tokens_of(event: RequestMoved, template: Template) -> dict[str, str]:
    """What the text says of this case, as plain values: they become words when the message is sent."""
    facts: dict[str, str] = {}
    for name in template.tokens():
        value = _FACTS[name](event)
        if value:
            facts[name] = value
    return facts


def _promised(event: RequestMoved) -> str | None:
    for promise in reversed(event.commitments):
        if promise.state in (CommitmentState.OPEN, CommitmentState.BROKEN):
            return instant_text(promise.promised_at)
    return None


_FACTS: Final[Mapping[str, Callable[[RequestMoved], str | None]]] = {
    "code": lambda event: event.tracking_code,
    "other": lambda event: event.duplicate_code,
    "promised": _promised,
    "lapse": lambda event: instant_text(event.redirect_lapses_at) if event.redirect_lapses_at else None,
    "ending": lambda event: instant_text(event.redirect_ends_at) if event.redirect_ends_at else None,
    "collect": lambda event: instant_text(event.collect_by) if event.collect_by else None,
    "service": lambda event: event.service_name,
    "responsible": lambda event: event.responsible.name,
    "phone": lambda event: event.responsible.phone,
    "reference": lambda event: event.redirect_ref,
    "objection": lambda event: event.objection,
}
