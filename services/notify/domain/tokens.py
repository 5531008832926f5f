"""What a text may say, in each language: how a value is written, how wide it may be, and what is said without one.

None of the tokens says anything of the applicant (I12).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.contracts.identifiers import grouped
from services.contracts.persian import display, fold_digits, persian_digits
from services.worktime.jalali import TEHRAN, jalali_sms


class Lang(StrEnum):
    FA = "fa"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Token:
    """One thing a template may say. `write` turns the stored value into text; an SMS cuts it to `width` UTF-16 units.

    `longest` is a value that fills the width, so that the parts of a template are counted at their worst. `otherwise`
    is said when a case does not have the thing; without it the token must have a value.
    """

    width: int
    longest: str
    write: Callable[[str], str] = display
    otherwise: str | None = None
    exact: bool = False
    """Never cut: half a reference is none."""


def _local(stored: str) -> datetime:
    """In Tehran. Raises ValueError for what is no instant."""
    instant = datetime.fromisoformat(stored)
    if instant.tzinfo is None:
        raise ValueError("an instant has a zone")
    return instant.astimezone(TEHRAN)


def _moment(stored: str) -> str:
    return jalali_sms(_local(stored))


def _moment_in_english(stored: str) -> str:
    """By the calendar that its reader keeps, in Tehran's time: `Mon 14 Dec, 12:00`."""
    local = _local(stored)
    return f"{_WEEKDAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}, {local:%H:%M}"


_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _hour(stored: str) -> str:
    return persian_digits(_hour_in_english(stored))


def _hour_in_english(stored: str) -> str:
    return f"{_local(stored):%H:%M}"


def _code(stored: str) -> str:
    return persian_digits(grouped(stored))


def _code_in_english(stored: str) -> str:
    """With plain spaces: a no-break space alone would make an English SMS cost as much as a Persian one."""
    return grouped(stored).replace("\u00a0", " ")


_WHY: Final[Mapping[str, str]] = {
    "OTHER_AGENCY": "تا پاسخ دستگاهی دیگر",
    "LEGAL": "به حکم قانون",
    "CLOSURE": "به سبب تعطیلی ناگهانی",
}
"""For what the work stands still; documents have a text of their own."""

_WHY_IN_ENGLISH: Final[Mapping[str, str]] = {
    "OTHER_AGENCY": "until another agency answers",
    "LEGAL": "as the law requires",
    "CLOSURE": "because of a sudden closure",
}


def _why(stored: str) -> str:
    return _WHY.get(stored, "برای مدتی")


def _why_in_english(stored: str) -> str:
    return _WHY_IN_ENGLISH.get(stored, "for some time")


def _phone(stored: str) -> str:
    """With no-break spaces: after Persian letters a hyphen would show the groups in reverse order."""
    return persian_digits(stored.replace("-", "\u00a0"))


def _room(stored: str) -> str:
    return f"اتاق {persian_digits(stored)}"


def _room_in_english(stored: str) -> str:
    return f"room {stored}"


def _objection(stored: str) -> str:
    """The way to object, named as such (I5): sheets say it with the word or without."""
    text = display(stored)
    return text if "اعتراض" in text else f"اعتراض: {text}"


def _objection_in_english(_: str) -> str:
    """Sheets say it in Persian only; the receipt, which everybody has, says it in full (I5)."""
    return _OBJECTION_IN_ENGLISH


_OBJECTION_IN_ENGLISH: Final = "You may object: your receipt says how and until when."

_LONGEST_MOMENT = "2027-05-19T09:00:00Z"  # چهارشنبه ۲۹ اردیبهشت: no date has a longer name

TOKENS: Final[Mapping[str, Token]] = MappingProxyType(
    {
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
        "meeting": Token(33, _LONGEST_MOMENT, _moment, otherwise="زمانی که میز خدمت می‌گوید"),
        "missed": Token(33, _LONGEST_MOMENT, _moment, otherwise="در زمان تعیین‌شده"),
        "unit": Token(34, "خ" * 34),
        "room": Token(10, "1234A", _room, otherwise="پذیرش", exact=True),
        "contact": Token(28, "ن" * 28, otherwise="مسئول کار شما"),
        "unitphone": Token(14, "0" * 14, _phone, otherwise="میز خدمت", exact=True),
        "service": Token(38, "خ" * 38),
        "responsible": Token(28, "ن" * 28),
        "phone": Token(14, "0" * 14, _phone, otherwise="میز خدمت", exact=True),
        "reference": Token(52, "R" * 52, str, exact=True),
        "objection": Token(108, "ا" * 99, _objection, otherwise="اعتراض در میز خدمت همین دستگاه ثبت می‌شود."),
    }
)
"""The closed list, as Persian texts say it."""

_IN_ENGLISH: Final[Mapping[str, Token]] = MappingProxyType(
    {
        "code": Token(17, "12345678901234", _code_in_english, exact=True),
        "other": Token(17, "12345678901234", _code_in_english, exact=True),
        "promised": Token(27, _LONGEST_MOMENT, _moment_in_english, otherwise="a day that you will be told"),
        "redated": Token(27, _LONGEST_MOMENT, _moment_in_english, otherwise="a day that you will be told"),
        "lapse": Token(19, _LONGEST_MOMENT, _moment_in_english, otherwise="the end of its time"),
        "ending": Token(19, _LONGEST_MOMENT, _moment_in_english, otherwise="the end of its time"),
        "documents": Token(19, _LONGEST_MOMENT, _moment_in_english, otherwise="the end of its time"),
        "why": Token(28, "OTHER_AGENCY", _why_in_english, otherwise="for some time", exact=True),
        "count": Token(4, "50", fold_digits, otherwise="some", exact=True),
        "collect": Token(19, _LONGEST_MOMENT, _moment_in_english, otherwise="the end of its time"),
        "visit": Token(20, _LONGEST_MOMENT, _moment_in_english, otherwise="when the desk says"),
        "closing": Token(5, _LONGEST_MOMENT, _hour_in_english, otherwise="noon"),
        "meeting": Token(20, _LONGEST_MOMENT, _moment_in_english, otherwise="when the desk says"),
        "missed": Token(20, _LONGEST_MOMENT, _moment_in_english, otherwise="as arranged"),
        "unit": Token(34, "خ" * 34),
        "room": Token(10, "1234A", _room_in_english, otherwise="reception", exact=True),
        "contact": Token(28, "ن" * 28, otherwise="whoever has your request"),
        "unitphone": Token(16, "0" * 14, fold_digits, otherwise="the service desk", exact=True),
        "service": Token(38, "خ" * 38),
        "responsible": Token(28, "ن" * 28),
        "phone": Token(16, "0" * 14, fold_digits, otherwise="the service desk", exact=True),
        "reference": Token(52, "R" * 52, str, exact=True),
        "objection": Token(53, "-", _objection_in_english, otherwise=_OBJECTION_IN_ENGLISH, exact=True),
    }
)
"""Names of services and of people stay Persian: an SMS that says one costs as a Persian text does."""

WRITTEN: Final[Mapping[Lang, Mapping[str, Token]]] = MappingProxyType({Lang.FA: TOKENS, Lang.EN: _IN_ENGLISH})
"""Every token in every language. In each it is the same value that is stored."""
