"""How a value of a pack is read in Persian: what stands for yes and no, for units, for the rows of closed lists."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from services.contracts.persian import persian_digits
from services.registry.pack.figures import Measure, Why
from services.worktime import jalali_text

YES, NO, NOTHING = "بله", "خیر", "—"
MONTHS = ("فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند")

UNITS: Mapping[Measure, str] = MappingProxyType(
    {
        Measure.FLAG: "",
        Measure.ENTRIES: "",
        Measure.PEOPLE: "",
        Measure.PERCENT: "درصد",
        Measure.SCORE: "",
        Measure.MINUTES: "دقیقهٔ کاری",
        Measure.DAYS: "روز",
        Measure.SPAN: "",
        Measure.TEXT: "",
        Measure.MOMENT: "",
        Measure.MONTH: "",
    }
)

WHY: Mapping[str, str] = MappingProxyType(
    {
        Why.NO_DESK: "میز خدمت دائمی دایر نیست",
        Why.NOT_INSPECTED: "در این ماه بازرسی نشده است",
        Why.NOTHING_TO_COUNT: "موردی برای شمردن نبود",
        Why.NOT_REPORTED: "دستگاه گزارش نداده است",
        Why.NOT_RECEIVED: "هنوز دریافت نشده است",
        Why.SMALL: "برای محرمانگی نشان داده نمی‌شود",
    }
)

_CHANNELS: Mapping[str, str] = MappingProxyType(
    {
        "WEB": "درگاه اینترنتی",
        "MOBILE": "برنامهٔ تلفن همراه",
        "PHONE": "تلفن",
        "KIOSK_URBAN": "دفتر پیشخوان شهری",
        "KIOSK_RURAL": "دفتر پیشخوان روستایی",
        "AGENCY_DESK": "میز خدمت",
        "POST": "پست",
    }
)

ROWS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "maturity": {
            "NONE": "هیچ",
            "INFORMATION": "اطلاع‌رسانی",
            "INTERACTIVE": "تعاملی",
            "TRANSACTIONAL": "تراکنشی",
            "INTEGRATED": "یکپارچه",
        },
        "channels": _CHANNELS,
        "channelAnswers": {**_CHANNELS, "NOT_KNOWN": "نامعلوم"},
        "jumpReasons": {
            "MISSING_DOCUMENT": "کسری مدارک",
            "OTHER_AGENCY": "کار دستگاه دیگر",
            "LEGAL_PRIORITY": "اولویت قانونی",
        },
        "overrideReasons": {
            "ABSENCE": "نبودن کارشناس",
            "OVERLOAD": "پرکاری کارشناس",
            "CONFLICT_OF_INTEREST": "تعارض منافع",
            "NEEDS_OTHER_SKILL": "نیاز به مهارت دیگر",
            "LEFT": "رفتن کارشناس",
        },
        "returnReasons": {
            "NO_AUTHORITY": "نداشتن اختیار",
            "CONFLICT_OF_INTEREST": "تعارض منافع",
            "ABSENCE": "نبودن کارشناس",
            "NEEDS_OTHER_SKILL": "نیاز به مهارت دیگر",
        },
        "referralOutcomes": {
            "SEEN": "حاضر شد",
            "MAY_REBOOK": "نیامد؛ وقت دیگری دارد",
            "NO_MORE": "بار دیگر نیامد",
            "NOT_APPROVED": "به‌هنگام تأیید نشد",
            "BY_DESK": "لغو از سوی میز",
            "BY_UNIT": "لغو از سوی واحد",
            "UNIT_SHUT": "واحد بسته بود",
            "WORK_ENDED": "کار پایان یافت",
        },
        "reasons": {
            "INFO": "تنها اطلاع‌رسانی",
            "PRESENCE": "حضور به حکم قانون",
            "KIOSK_FAILED": "ناکامی پیشخوان",
            "E_FIRST": "اولویت الکترونیکی",
            "ASSISTED": "با کمک متصدی",
            "KIOSK": "پیشخوان",
            "E_PARTIAL": "بخشی الکترونیکی",
            "DESK_ONLY": "تنها در میز",
            "BY_KIOSK": "ثبت خود پیشخوان",
        },
        "notOnSpot": {
            "NEEDS_UNIT": "کار واحد است",
            "MISSING_DOCUMENT": "کسری مدارک",
            "NO_AUTHORITY": "نداشتن اختیار",
            "SYSTEM_DOWN": "قطعی سامانه",
            "NEEDS_OTHER_AGENCY": "نیاز به دستگاه دیگر",
            "OTHER": "دلیل دیگر",
            "NOT_SAID": "گفته نشده",
        },
        "promises": {"NEXT_VISIT": "مراجعهٔ بعدی", "FINAL_DELIVERY": "پاسخ نهایی", "APPOINTMENT": "قرار"},
        "visits": {
            "SERVED": "خدمت گرفته",
            "GUIDED": "راهنمایی شده",
            "NO_SHOW": "نیامده",
            "LEFT": "انصراف از نوبت",
            "DESK_CLOSED": "پایان ساعت میز",
            "OPEN": "باز در پایان ماه",
        },
    }
)

VALUES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "kind": {"PERMANENT": "دائمی", "ELECTRONIC": "الکترونیکی", "OUTREACH_EVENT": "سیار"},
        "unit": {"WORKING_HOURS": "ساعت کاری", "WORKING_DAYS": "روز کاری", "CALENDAR_DAYS": "روز تقویمی"},
        "computed": ROWS["maturity"],
        "reason": {**ROWS["jumpReasons"], **ROWS["overrideReasons"], **ROWS["returnReasons"]},
    }
)
"""Of columns whose values are words of a closed list."""


def unit_of(measure: Measure, row: Mapping[str, Any]) -> str:
    """What a value is counted in; `row`: of a table, that of the value, which may name its unit itself."""
    return VALUES["unit"].get(row.get("unit") or "", "") if measure is Measure.SPAN else UNITS[measure]


def row_name(table: str, id: str) -> str:
    return month_name(id) if table == "coverage" else ROWS.get(table, {}).get(id, id)


def row_to_read(table: str, id: str) -> str:
    """As a page shows it: an id stays as it is written everywhere else."""
    name = row_name(table, id)
    return name if name == id and not id.isdigit() else persian_digits(name)


def month_name(month: str) -> str:
    """`آبان 1405`."""
    year, _, number = month.partition("-")
    return f"{MONTHS[int(number) - 1]} {year}"


def in_words(value: Any, measure: Measure, column: str = "") -> str:
    """As a table holds it, with ASCII digits."""
    if value is None:
        return ""
    if measure is Measure.FLAG:
        return YES if value else NO
    if measure is Measure.MOMENT:
        return jalali_text(datetime.fromisoformat(value))
    if measure is Measure.TEXT:
        return VALUES.get(column, {}).get(value, str(value))
    return f"{value}"


def to_read(value: Any, measure: Measure, column: str = "") -> str:
    """As a page shows it: Persian digits, but in ids and names; `—` for what is missing."""
    if value is None:
        return NOTHING
    if measure is Measure.MINUTES:
        if not value:
            return "کمتر از یک دقیقه"
        hours, minutes = divmod(value, 60)
        words = [f"{hours} ساعت"] if hours else []
        words += [f"{minutes} دقیقه"] if minutes else []
        return persian_digits(" و ".join(words))
    if measure is Measure.MONTH:
        return persian_digits(month_name(value))
    if measure is Measure.PERCENT:
        return persian_digits(f"{value:g}٪".replace(".", "٫"))
    text = in_words(value, measure, column)
    if measure is Measure.TEXT:
        return text
    if isinstance(value, float):
        text = f"{value:g}".replace(".", "٫")
    return persian_digits(text)
