"""Dates as people here read and write them: the Jalali calendar, Tehran's local time."""

import re
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from persiantools import digits
from persiantools.jdatetime import JalaliDate

TEHRAN: Final = ZoneInfo("Asia/Tehran")

# Outside these a date is a typing error, most often a Gregorian year. Births of the oldest applicants are inside.
FIRST_YEAR, LAST_YEAR = 1300, 1500

_WRITTEN = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})", re.ASCII)
_PERSIAN_AND_ARABIC = "۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩"
# Direction marks come along when a date is copied from a Persian page; they are invisible and mean nothing here.
_FOLD = str.maketrans(
    _PERSIAN_AND_ARABIC, "01234567890123456789", "\u200e\u200f\u061c\u202a\u202b\u202c\u2066\u2067\u2069"
)


@lru_cache(maxsize=64)  # asked of every message, and those of a batch share their second
def civil_day(instant: datetime) -> date:
    """The day in Tehran: licences, offerings and authorities begin and end with it. ValueError without a zone."""
    return _local(instant).date()


def start_of_day(day: date) -> datetime:
    """The midnight in Tehran at which it begins, in UTC."""
    return datetime.combine(day, time(), TEHRAN).astimezone(UTC)


def jalali_date(moment: datetime | date) -> str:
    """`1405/09/02`: of an instant the Tehran date, of a date that date. ASCII digits."""
    day = _jalali(_local(moment).date() if isinstance(moment, datetime) else moment)
    return f"{day.year:04}/{day.month:02}/{day.day:02}"


def jalali_text(instant: datetime) -> str:
    """`1405/09/02 12:00`: what is stored beside an instant as shown. ASCII digits; raises ValueError without a zone."""
    return f"{jalali_date(instant)} {_local(instant):%H:%M}"


def jalali_long(instant: datetime) -> str:
    """`دوشنبه ۲ آذر ۱۴۰۵، ساعت ۱۲:۰۰`: for receipts and pages."""
    day = _jalali(_local(instant).date())
    return f"{_weekday_and_day(day)} {_persian(day.year)}، ساعت {_persian_time(instant)}"


def jalali_sms(instant: datetime) -> str:
    """`دوشنبه ۲ آذر ساعت ۱۲:۰۰`: for messages, where each letter costs; the weekday stands in for the year."""
    return f"{_weekday_and_day(_jalali(_local(instant).date()))} ساعت {_persian_time(instant)}"


def parse_jalali(text: str) -> date:
    """A written Jalali date (`1405/09/02`, `۱۴۰۵-۹-۲`; Latin, Persian or Arabic digits). Raises ValueError."""
    written = _WRITTEN.fullmatch(text.translate(_FOLD).strip())
    if written is None:
        raise ValueError(f"not a Jalali date: {text!r}")
    year, month, day = (int(part) for part in written.groups())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"not a Jalali year of our time: {text!r}")
    if not JalaliDate.check_date(year, month, day):
        raise ValueError(f"no such day in the Jalali calendar: {text!r}")
    return _jalali(year, month, day).to_gregorian()


def parse_day(text: str) -> date:
    """A date of our time, as people or programs write it: `1405/09/02`, or `2026-11-23` (ISO 8601). ValueError."""
    if text[:2] not in ("19", "20", "21"):
        return parse_jalali(text)
    day = date.fromisoformat(text)
    if not FIRST_YEAR < day.year - 621 < LAST_YEAR:
        raise ValueError(f"not a year of our time: {text!r}")
    return day


def _jalali(*day: date | int) -> JalaliDate:
    return JalaliDate(*day)


def _weekday_and_day(day: JalaliDate) -> str:
    return f"{day.strftime('%A', locale='fa')} {_persian(day.day)} {day.strftime('%B', locale='fa')}"


def _persian_time(instant: datetime) -> str:
    return digits.en_to_fa(f"{_local(instant):%H:%M}")


def _persian(number: int) -> str:
    return digits.en_to_fa(str(number))


def _local(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs a zone: {instant}")
    return instant.astimezone(TEHRAN)
