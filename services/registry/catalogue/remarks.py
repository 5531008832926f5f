"""What is wrong with a service of a file, in Persian and in English, at its field."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import ErrorDetails


@dataclass(frozen=True, slots=True)
class Remark:
    """One reason. `field`: its place in the sheet's JSON (`costs.0.amount`); empty = the service as a whole."""

    field: str
    fa: str
    en: str


def missing(field: str) -> Remark:
    return Remark(field, "گفته نشده است", "is not given")


def stands_twice(row: int | None, where: str) -> Remark:
    fa = where if row is None else f"ردیف {row}"
    return Remark("id", f"همین شناسه پیش‌تر در {fa} آمده است", f"the same id stands in {where} already")


def anothers_channel(number: int, owner: str) -> Remark:
    return Remark(f"offerings.{number}.id", f"کانال خدمت {owner} است", f"is a channel of {owner}")


def left_out(field: str, fa: str, en: str) -> Remark:
    return Remark(field, f"کنار گذاشته شد: {fa}", f"left out: {en}")


_BY_TYPE: Final[dict[str, tuple[str, str]]] = {
    "missing": ("گفته نشده است", "is not given"),
    "enum": ("یکی از {expected} نیست", "is none of {expected}"),
    "literal_error": ("یکی از {expected} نیست", "is none of {expected}"),
    "string_pattern_mismatch": (
        "شناسه نیست: حرف لاتین، رقم، نقطه، خط تیره یا زیرخط، حداکثر ۱۰۰",
        "is no id: Latin letters, digits, dots, hyphens, underscores; at most 100",
    ),
    "string_too_long": ("درازتر از {max_length} نویسه است", "is longer than {max_length} characters"),
    "string_too_short": ("خالی است", "is blank"),
    "string_type": ("متن نیست", "is no text"),
    "greater_than": ("باید بیشتر از {gt} باشد", "must be more than {gt}"),
    "greater_than_equal": ("باید دست‌کم {ge} باشد", "must be at least {ge}"),
    "less_than_equal": ("باید حداکثر {le} باشد", "must be at most {le}"),
    "int_parsing": ("عدد صحیح نیست", "is no whole number"),
    "int_type": ("عدد صحیح نیست", "is no whole number"),
    "int_from_float": ("عدد صحیح نیست", "is no whole number"),
    "bool_parsing": ("بله یا خیر نیست", "is neither yes nor no"),
    "bool_type": ("بله یا خیر نیست", "is neither yes nor no"),
    "date_from_datetime_parsing": ("تاریخ نیست", "is no date"),
    "date_parsing": ("تاریخ نیست", "is no date"),
    "too_short": ("دست‌کم {min_length} لازم است", "needs at least {min_length}"),
    "too_long": ("بیش از {max_length} است", "has more than {max_length}"),
}


def from_validation(errors: Iterable[ErrorDetails], under: str = "") -> Iterator[Remark]:
    """Pydantic's reasons; what a value was is not repeated."""
    for error in errors:
        field = ".".join([under] * bool(under) + [str(part) for part in error["loc"]])
        facts: dict[str, Any] = error.get("ctx", {})
        fa, en = _BY_TYPE.get(error["type"], ("درست نیست", error["msg"]))
        yield Remark(field, fa.format(**facts), en.format(**facts) if error["type"] in _BY_TYPE else en)


FLAWS: Final[tuple[tuple[str, str, str], ...]] = (
    (r"the phone is somebody's mobile.*", "contact.phone", "شمارهٔ همراه یک شخص است؛ شمارهٔ اداره را بنویسید"),
    (r"id: bears somebody's .*", "id", "شمارهٔ ملی یا همراه یک شخص است؛ نامی دیگر بگذارید"),
    (
        r"(?P<field>requirements\.[0-9]+\.evidenceType|output\.type): bears somebody's .*",
        "",
        "شمارهٔ ملی یا همراه یک شخص است؛ نامی دیگر بگذارید",
    ),
    (r"(?P<field>\w+) is blank", "", "خالی است"),
    (r"names no law", "legalResources", "هیچ مستند قانونی ندارد"),
    (r"names no cost.*", "costs", "هیچ هزینه‌ای ندارد؛ رایگان را هم با مبلغ صفر بنویسید"),
    (r"asks for no evidence.*", "requirements", "هیچ مدرکی نمی‌خواهد؛ دست‌کم کارت ملی"),
    (r"the maximum duration.*", "processingTime.maximum", "از مدت قانونی بیشتر است"),
    (r"the average duration.*", "processingTime.average", "از حداکثر مدت بیشتر است"),
    (r"(?P<field>processingTime\.byChannel\.[0-9]+\.maximum): through .*", "", "از مدت قانونی بیشتر است"),
    (
        r"(?P<field>processingTime\.byChannel\.[0-9]+\.average): through .*",
        "",
        "از حداکثر مدت همین کانال بیشتر است",
    ),
    (r"says [0-9]+ times how long .*", "processingTime.byChannel", "مدت یک کانال را بیش از یک بار می‌گوید"),
    (r"asks [0-9]+ times for .*", "requirements", "یک مدرک را بیش از یک بار می‌خواهد"),
    (r"the offering: ends on .*", "validTo", "پیش از آغازش پایان می‌یابد"),
    (r"presenceReason: only a desk .*", "presenceReason", "تنها میز خدمت می‌تواند مردم را به حضور وادارد"),
)


def from_flaws(flaws: Iterable[str]) -> Iterator[Remark]:
    """What `flaws` of the published language finds in a sheet, at its field and in Persian too."""
    for flaw in flaws:
        for pattern, field, fa in FLAWS:
            if match := re.fullmatch(pattern, flaw):
                yield Remark(field or _camel(match["field"]), fa, flaw)
                break
        else:
            yield Remark("", "شناسنامه کامل نیست", flaw)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
