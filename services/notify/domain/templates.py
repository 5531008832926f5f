"""Message templates: which tokens there are, what is checked before one is used, how it becomes text (domain 8)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from string import Formatter
from types import MappingProxyType
from typing import Final

from services.contracts.identifiers import grouped
from services.contracts.persian import display, persian_digits, sms_parts, sms_units
from services.notify.domain.notices import Notice, Purpose
from services.worktime.jalali import TEHRAN, jalali_sms

PARTS_ALLOWED: Final[Mapping[Purpose, int]] = {Purpose.SERVICE: 2, Purpose.LEGAL: 3}


class TemplateError(ValueError):
    """A template that must not be used; the message names it and what is wrong."""


@dataclass(frozen=True, slots=True)
class Token:
    """One thing a template may say. `write` turns the stored value into text; it is cut to `width` UTF-16 units.

    `longest` is a value that fills the width, so that the parts of a template are counted at their worst. `otherwise`
    is said when a case does not have the thing; without it the token must have a value.
    """

    width: int
    longest: str
    write: Callable[[str], str] = display
    otherwise: str | None = None
    exact: bool = False
    """Never cut: half a reference is none."""


def _moment(stored: str) -> str:
    return jalali_sms(datetime.fromisoformat(stored))


def _hour(stored: str) -> str:
    return persian_digits(f"{datetime.fromisoformat(stored).astimezone(TEHRAN):%H:%M}")


def _code(stored: str) -> str:
    return persian_digits(grouped(stored))


_WHY: Final[Mapping[str, str]] = {
    "OTHER_AGENCY": "تا پاسخ دستگاهی دیگر",
    "LEGAL": "به حکم قانون",
    "CLOSURE": "به سبب تعطیلی ناگهانی",
}
"""For what the work stands still; documents have a text of their own."""


def _why(stored: str) -> str:
    return _WHY.get(stored, "برای مدتی")


def _phone(stored: str) -> str:
    """With no-break spaces: after Persian letters a hyphen would show the groups in reverse order."""
    return persian_digits(stored.replace("-", "\u00a0"))


def _objection(stored: str) -> str:
    """The way to object, named as such (I5): sheets say it with the word or without."""
    text = display(stored)
    return text if "اعتراض" in text else f"اعتراض: {text}"


_LONGEST_MOMENT = "2027-05-19T09:00:00Z"  # چهارشنبه ۲۹ اردیبهشت: no date has a longer name

TOKENS: Final[Mapping[str, Token]] = {
    "code": Token(17, "12345678901234", _code, exact=True),
    "other": Token(17, "12345678901234", _code, exact=True),
    "promised": Token(33, _LONGEST_MOMENT, _moment, otherwise="زمانی که اعلام می‌شود"),
    "redated": Token(33, _LONGEST_MOMENT, _moment, otherwise="زمانی که اعلام می‌شود"),
    "lapse": Token(33, _LONGEST_MOMENT, _moment, otherwise="پایان مهلت"),
    "ending": Token(33, _LONGEST_MOMENT, _moment, otherwise="پایان مهلت"),
    "documents": Token(33, _LONGEST_MOMENT, _moment, otherwise="پایان مهلت"),
    "why": Token(22, "CLOSURE", _why, otherwise="برای مدتی", exact=True),
    "count": Token(3, "50", persian_digits, otherwise="چند", exact=True),
    "collect": Token(33, _LONGEST_MOMENT, _moment, otherwise="پایان مهلت"),
    "visit": Token(33, _LONGEST_MOMENT, _moment, otherwise="زمانی که میز خدمت می‌گوید"),
    "closing": Token(5, _LONGEST_MOMENT, _hour, otherwise="ظهر"),
    "service": Token(38, "خ" * 38),
    "responsible": Token(28, "ن" * 28),
    "phone": Token(14, "0" * 14, _phone, otherwise="میز خدمت", exact=True),
    "reference": Token(52, "R" * 52, str, exact=True),
    "objection": Token(108, "ا" * 99, _objection, otherwise="اعتراض در میز خدمت همین دستگاه ثبت می‌شود."),
}
"""The closed list. None of them says anything of the applicant (I12)."""

_DATES: Final = frozenset({"promised", "redated", "visit"})
"""What a citizen looks for first, after the code."""
_MORE: Final = "…"
_SLACK: Final = 2
"""Units that may be lost where parts meet: a character of two units is not split."""


@dataclass(frozen=True, slots=True)
class Template:
    """One version of one message text. New words are a new version; messages keep the one they were made with."""

    id: str
    version: int
    notice: Notice
    purpose: Purpose
    text: str
    channel: str = "SMS"
    lang: str = "fa"

    def tokens(self) -> tuple[str, ...]:
        """The names it uses, in their order. Raises TemplateError when the braces do not match."""
        try:
            return _names(self.text)
        except ValueError as error:
            raise TemplateError(f"{self.id}@{self.version}: {error}") from None

    def render(self, values: Mapping[str, str]) -> str:
        """The text for these stored values. Raises TemplateError when a token has no value."""
        return self.text.format_map({name: self._written(name, values.get(name)) for name in self.tokens()})

    def _written(self, name: str, value: str | None) -> str:
        token = TOKENS[name]
        if value:
            return token.write(value) if token.exact else _cut(token.write(value), token.width)
        if token.otherwise is None:
            raise TemplateError(f"{self.id}@{self.version}: no value for {name}")
        return token.otherwise

    def longest_parts(self) -> int:
        """SMS parts with every token at its longest: what a message may cost before its text exists."""
        return _longest_parts(self)

    def check(self) -> None:
        """Raises TemplateError: an unknown token, the code not first, the date not next, too many parts."""
        tokens = self.tokens()
        unknown = [name for name in tokens if name not in TOKENS]
        if unknown:
            raise TemplateError(f"{self.id}@{self.version}: unknown token {', '.join(map(repr, unknown))}")
        if tokens[:1] != ("code",) or (_DATES.intersection(tokens) and tokens[1] not in _DATES):
            raise TemplateError(f"{self.id}@{self.version}: the code comes first, then the date")
        parts, allowed = self.longest_parts(), PARTS_ALLOWED[self.purpose]
        if parts > allowed:
            raise TemplateError(f"{self.id}@{self.version}: {parts} parts, {allowed} allowed for {self.purpose}")


class Catalogue:
    """Every template that may be used, checked. Old versions stay, for messages made with them."""

    def __init__(self, templates: Iterable[Template]) -> None:
        known: dict[tuple[str, int], Template] = {}
        newest: dict[str, Template] = {}
        for template in templates:
            template.check()
            if (template.id, template.version) in known:
                raise TemplateError(f"{template.id}@{template.version} stands twice")
            known[template.id, template.version] = template
            if template.id not in newest or newest[template.id].version < template.version:
                newest[template.id] = template
        self._known, self._newest = MappingProxyType(known), MappingProxyType(newest)

    def __iter__(self) -> Iterator[Template]:
        return iter(self._known.values())

    def newest(self, id: str) -> Template:
        """The version that new messages use. Raises TemplateError."""
        if id not in self._newest:
            raise TemplateError(f"no template {id}")
        return self._newest[id]

    def version(self, id: str, version: int) -> Template:
        """The version a message was made with. Raises TemplateError."""
        if (id, version) not in self._known:
            raise TemplateError(f"no template {id}@{version}")
        return self._known[id, version]


@cache
def _longest_parts(template: Template) -> int:
    longest = template.render({name: TOKENS[name].longest for name in template.tokens()})
    return sms_parts(longest + "." * _SLACK)


@cache
def _names(text: str) -> tuple[str, ...]:
    return tuple(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def _cut(text: str, width: int) -> str:
    """At most `width` UTF-16 units; what was cut shows."""
    if sms_units(text) <= width:
        return text
    while sms_units(text) + sms_units(_MORE) > width:
        text = text[:-1]
    return text.rstrip() + _MORE
