"""A message on paper: one page A5 in the language of its person, no scripts, nothing from outside (domain 8)."""

from collections.abc import Mapping
from typing import Any, Final

from services.contracts.identifiers import grouped
from services.contracts.persian import persian_digits
from services.notify.domain.message import Message
from services.notify.domain.templates import Channel, Template
from services.notify.domain.tokens import Lang
from services.runtime.pages import page
from services.worktime import jalali_long
from services.worktime.jalali import civil_day

_LABELS: Final[Mapping[Lang, Mapping[str, str]]] = {
    Lang.FA: {"title": "پیام میز خدمت", "made": "تاریخ:", "code": "کد رهگیری:", "number": "شمارهٔ پیام:"},
    Lang.EN: {"title": "Service desk notice", "made": "Date:", "code": "Tracking code:", "number": "Message:"},
}


def printout_page(message: Message, template: Template, tracking_code: str) -> str:
    """An HTML document. Raises TemplateError where the message has no value for a token of its text."""
    lang, tokens = template.lang, message.tokens
    code = grouped(tracking_code)
    code = persian_digits(code) if lang is Lang.FA else code
    made = jalali_long(message.created_at)
    title = template.render_subject(tokens) if template.channel is Channel.EMAIL else _LABELS[lang]["title"]
    shown: dict[str, Any] = {
        "lang": lang,
        "labels": _LABELS[lang],
        "title": title,
        "code": None if "code" in template.tokens_of_subject() else code,
        "made": made if lang is Lang.FA else f"{civil_day(message.created_at):%Y-%m-%d}",
        "text": template.render(tokens),
        "number": message.id,
    }
    return str(page(__file__, "printout.html").render(shown))
