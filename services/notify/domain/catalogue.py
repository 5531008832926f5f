"""Every text this service may send. The code comes first, then the date with its weekday (domain 8).

A changed text is a new entry with the next version; the old one stays until no message made with it is under way.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from services.contracts.intake import Commitment, CommitmentKind, CommitmentState, Move, RequestMoved, holding
from services.contracts.routing import DueCause, ResultKind
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
        "extended",
        1,
        Notice.EXTENDED,
        Purpose.SERVICE,
        "کد {code}\nپاسخ: {redated}\nزمان تمدید شد؛ پوزش می‌خواهیم.\n{service}",
    ),
    Template(
        "re-dated",
        1,
        Notice.RE_DATED,
        Purpose.SERVICE,
        "کد {code}\nزمان تازه: {redated}\nبه سبب تغییر روزهای کاری؛ دیگر درخواست‌های شما در صفحهٔ پیگیری.",
    ),
    Template(
        "re-dated",
        2,
        Notice.RE_DATED,
        Purpose.SERVICE,
        "کد {code}\nزمان تازهٔ پاسخ: {redated}\nبه سبب تغییر روزهای کاری؛ دیگر زمان‌های شما در صفحهٔ پیگیری.",
    ),
    Template(
        "goes-on",
        1,
        Notice.RE_DATED,
        Purpose.SERVICE,
        "کد {code}\nپاسخ: {redated}\nرسیدگی به «{service}» از سر گرفته شد.",
    ),
    Template(
        "documents-missing",
        1,
        Notice.INCOMPLETE,
        Purpose.LEGAL,
        "کد {code}\nتا {documents} به میز خدمت بیاورید:\n{count} مدرک برای «{service}»؛ فهرست در صفحهٔ پیگیری",
    ),
    Template(
        "suspended-for-documents",
        1,
        Notice.SUSPENDED,
        Purpose.LEGAL,
        "کد {code}\nتا {documents} به میز خدمت بیاورید:\n{count} مدرک برای «{service}»؛ فهرست در صفحهٔ پیگیری. "
        "رسیدگی تا آن زمان می‌ایستد.",
    ),
    Template(
        "suspended",
        1,
        Notice.SUSPENDED,
        Purpose.SERVICE,
        "کد {code}\n«{service}» {why} ایستاد؛ زمان تازه را خبر می‌دهیم.",
    ),
    Template(
        "resumed",
        1,
        Notice.RESUMED,
        Purpose.SERVICE,
        "کد {code}\nپاسخ: {promised}\nرسیدگی به «{service}» از سر گرفته شد.",
    ),
    Template(
        "documents-reminder",
        1,
        Notice.DOCUMENTS_REMINDER,
        Purpose.LEGAL,
        "کد {code}\nتا {documents} {count} مدرک بیاورید؛ فهرست در صفحهٔ پیگیری. پس از مهلت، درخواست پایان می‌یابد.",
    ),
    Template(
        "delay-apology",
        1,
        Notice.DELAY_APOLOGY,
        Purpose.SERVICE,
        "کد {code}\nپاسخ {promised} آماده نشد؛ پوزش می‌خواهیم.\n{responsible} {phone}",
    ),
    Template(
        "next-visit",
        1,
        Notice.VISIT,
        Purpose.SERVICE,
        "کد {code}\nمراجعه به میز خدمت: {visit}\n{service}\n{phone}",
    ),
    Template(
        "appointment",
        1,
        Notice.VISIT,
        Purpose.SERVICE,
        "کد {code}\nنوبت میز خدمت: {visit}\n{service}\n{phone}",
    ),
    Template(
        "visit-moved",
        1,
        Notice.VISIT_MOVED,
        Purpose.SERVICE,
        "کد {code}\nزمان تازهٔ مراجعه: {visit}\nپوزش می‌خواهیم.\n{service}",
    ),
    Template(
        "visit-off",
        1,
        Notice.VISIT_OFF,
        Purpose.SERVICE,
        "کد {code}\nمراجعهٔ {visit} ممکن نیست؛ پوزش می‌خواهیم.\nبرای زمان تازه: {phone}",
    ),
    Template(
        "visit-moved-by-closure",
        1,
        Notice.VISIT_MOVED,
        Purpose.SERVICE,
        "کد {code}\nزمان تازهٔ مراجعه: {visit}\nبه سبب تغییر روزهای کاری؛ دیگر زمان‌های شما در صفحهٔ پیگیری.",
    ),
    Template(
        "visit-off-by-closure",
        1,
        Notice.VISIT_OFF,
        Purpose.SERVICE,
        "کد {code}\nمراجعهٔ {visit} ممکن نیست. زمان تازه: {phone}\nدیگر زمان‌های شما در صفحهٔ پیگیری.",
    ),
    Template(
        "visit-reinstated",
        1,
        Notice.VISIT_REINSTATED,
        Purpose.SERVICE,
        "کد {code}\nمراجعهٔ {visit} برقرار است؛ پیام پیشین را نادیده بگیرید.\n{phone}",
    ),
    Template(
        "documents-postponed",
        1,
        Notice.DOCUMENTS_POSTPONED,
        Purpose.SERVICE,
        "کد {code}\nمهلت تازهٔ آوردن مدرک: {documents}\nبه سبب تغییر روزهای کاری؛ دیگر زمان‌ها در صفحهٔ پیگیری.",
    ),
    Template(
        "visit-apology",
        1,
        Notice.VISIT_APOLOGY,
        Purpose.SERVICE,
        "کد {code}\nمیز خدمت {visit} باز نبود؛ پوزش می‌خواهیم.\nبرای زمان تازه: {phone}",
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
        "result-partial-collect",
        1,
        Notice.RESULT_READY,
        Purpose.LEGAL,
        "کد {code}\nپذیرش بخشی از «{service}»؛ از میز بگیرید.\n{objection}",
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
    Notice.EXTENDED: "extended",
    Notice.VISIT_MOVED: "visit-moved",
    Notice.VISIT_OFF: "visit-off",
    Notice.VISIT_REINSTATED: "visit-reinstated",
    Notice.DOCUMENTS_POSTPONED: "documents-postponed",
    Notice.VISIT_APOLOGY: "visit-apology",
    Notice.INCOMPLETE: "documents-missing",
    Notice.RESUMED: "resumed",
    Notice.DOCUMENTS_REMINDER: "documents-reminder",
    Notice.DELAY_APOLOGY: "delay-apology",
    Notice.COLLECTION_REMINDER: "collection-reminder",
    Notice.OBJECTED: "objected",
    Notice.REOPENED: "reopened",
    Notice.WITHDRAWN: "withdrawn",
    Notice.DUPLICATE: "duplicate",
}
_OF_A_CLOSURE: Final = {
    Notice.VISIT_MOVED: "visit-moved-by-closure",
    Notice.VISIT_OFF: "visit-off-by-closure",
}
"""Where the one message of a citizen says that more of theirs may have moved."""

_BY_RESULT: Final = {
    (Notice.RESULT_READY, ResultKind.GRANTED): "result-granted",
    (Notice.RESULT_READY, ResultKind.REFUSED): "result-refused",
    (Notice.RESULT_READY, ResultKind.PARTIAL): "result-partial",
    (Notice.DONE_ON_SPOT, ResultKind.GRANTED): "done-on-spot",
    (Notice.DONE_ON_SPOT, ResultKind.REFUSED): "refused-on-spot",
    (Notice.DONE_ON_SPOT, ResultKind.PARTIAL): "partial-on-spot",
}

_COLLECTED: Final = {
    ResultKind.GRANTED: "result-collect",
    ResultKind.PARTIAL: "result-partial-collect",
}
"""Where the result leaves something to fetch."""


def catalogue() -> Catalogue:
    """All templates, checked. Raises TemplateError: a faulty text stops the start, not a citizen's message."""
    return Catalogue(TEMPLATES)


def template_for(notice: Notice, event: RequestMoved, *, of_a_closure: bool = False) -> str:
    """Which text says this of this case. A refusal has a text of its own, with the way to object (I5)."""
    if of_a_closure and notice in _OF_A_CLOSURE:
        return _OF_A_CLOSURE[notice]
    if notice in _ONE_TEXT:
        return _ONE_TEXT[notice]
    if notice is Notice.VISIT:
        visit = _visit(event, notice)
        return "appointment" if visit and visit.kind is CommitmentKind.APPOINTMENT else "next-visit"
    if notice is Notice.SUSPENDED:
        return "suspended-for-documents" if event.awaited else "suspended"
    if notice is Notice.RE_DATED:
        move = _newest_move(event)
        return "goes-on" if move and move.cause is DueCause.SUSPENSION else "re-dated"
    kind = event.result.kind if event.result else ResultKind.GRANTED
    if notice is Notice.RESULT_READY and event.collectable and kind in _COLLECTED:
        return _COLLECTED[kind]
    return _BY_RESULT[notice, kind]


def tokens_of(event: RequestMoved, template: Template) -> dict[str, str]:
    """What the text says of this case, as plain values: they become words when the message is sent."""
    facts: dict[str, str] = {}
    for name in template.tokens():
        value = _expected(event, template.notice) if name == "visit" else _FACTS[name](event)
        if value:
            facts[name] = value
    return facts


def _promised(event: RequestMoved) -> str | None:
    promise = holding(event.commitments)
    return instant_text(promise.promised_at) if promise else None


def _newest_move(event: RequestMoved) -> Move | None:
    """How the promise of an answer moved that this event tells of."""
    moves = (promise.moves[-1] for promise in event.commitments if promise.moves and promise.visit is None)
    return max(moves, key=lambda move: move.at, default=None)


def _visit(event: RequestMoved, notice: Notice) -> Commitment | None:
    """The visit that this notice tells of: the one that was touched so in the event, else the newest that is promised.

    One event may move a next visit and take an appointment.
    """
    visits = [promise for promise in event.commitments if promise.visit]
    touched_at = _TOUCHED.get(notice)
    touched = [promise for promise in visits if touched_at and touched_at(promise) == event.occurred_at]
    open_ = [promise for promise in visits if promise.state is CommitmentState.OPEN]
    return next(reversed(touched or open_), None)


_TOUCHED: Final[Mapping[Notice, Callable[[Commitment], datetime | None]]] = {
    Notice.VISIT_MOVED: lambda promise: promise.moves[-1].at if promise.moves else None,
    Notice.VISIT_OFF: lambda promise: promise.visit.warned_at if promise.visit else None,
    Notice.VISIT_REINSTATED: lambda promise: promise.visit.reinstated_at if promise.visit else None,
    Notice.VISIT_APOLOGY: lambda promise: promise.ended_at if promise.state is CommitmentState.BROKEN else None,
}
"""When a visit was moved, is off, stands again or was broken."""


def _expected(event: RequestMoved, notice: Notice) -> str | None:
    visit = _visit(event, notice)
    return instant_text(visit.promised_at) if visit else None


def _redated(event: RequestMoved) -> str | None:
    move = _newest_move(event)
    return instant_text(move.to_at) if move else None


_FACTS: Final[Mapping[str, Callable[[RequestMoved], str | None]]] = {
    "code": lambda event: event.tracking_code,
    "other": lambda event: event.duplicate_code,
    "promised": _promised,
    "redated": _redated,
    "lapse": lambda event: instant_text(event.redirect_lapses_at) if event.redirect_lapses_at else None,
    "ending": lambda event: instant_text(event.redirect_ends_at) if event.redirect_ends_at else None,
    "documents": lambda event: instant_text(event.awaited.until) if event.awaited else None,
    "why": lambda event: event.suspension.cause if event.suspension else None,
    "count": lambda event: str(len(event.awaited.missing)) if event.awaited else None,
    "collect": lambda event: instant_text(event.collect_by) if event.collect_by else None,
    "service": lambda event: event.service_name,
    "responsible": lambda event: event.responsible.name,
    "phone": lambda event: event.responsible.phone,
    "reference": lambda event: event.redirect_ref,
    "objection": lambda event: event.objection,
}
