"""Jalali dates are right on every day, shown in Tehran's time, and read in any script (domain 6, 9)."""

from datetime import UTC, date, datetime, timedelta

import jdatetime
import pytest

from services.worktime import jalali_date, jalali_long, jalali_sms, jalali_text, parse_jalali
from services.worktime.jalali import FIRST_YEAR, LAST_YEAR, parse_day

NOON = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


def test_every_day_agrees_with_jdatetime_both_ways() -> None:
    day = parse_jalali(f"{FIRST_YEAR}/01/01")
    last = parse_jalali(f"{LAST_YEAR}/12/29")
    while day <= last:
        expected = jdatetime.date.fromgregorian(date=day).strftime("%Y/%m/%d")
        assert jalali_date(day) == expected
        assert parse_jalali(expected) == day
        day += timedelta(days=1)


def test_an_instant_is_shown_in_tehran() -> None:
    assert jalali_date(NOON) == "1405/09/02"
    assert jalali_text(NOON) == "1405/09/02 12:00"
    assert jalali_text(datetime(2026, 11, 23, 20, 30, tzinfo=UTC)) == "1405/09/03 00:00"
    assert jalali_text(datetime(2021, 6, 1, 3, 0, tzinfo=UTC)) == "1400/03/11 07:30"  # summer time, then still kept


def test_people_read_the_weekday_and_persian_digits() -> None:
    assert jalali_long(NOON) == "دوشنبه ۲ آذر ۱۴۰۵، ساعت ۱۲:۰۰"
    assert jalali_sms(NOON) == "دوشنبه ۲ آذر ساعت ۱۲:۰۰"
    assert jalali_long(datetime(2026, 3, 24, 4, 0, tzinfo=UTC)) == "سه\u200cشنبه ۴ فروردین ۱۴۰۵، ساعت ۰۷:۳۰"


def test_every_weekday_and_month_has_its_persian_name() -> None:
    year = [NOON + timedelta(days=number) for number in range(366)]
    assert {jalali_sms(day).split()[0] for day in year} == {
        "شنبه", "یکشنبه", "دوشنبه", "سه\u200cشنبه", "چهارشنبه", "پنجشنبه", "جمعه",
    }  # fmt: skip
    assert {jalali_sms(day).split()[2] for day in year} == {
        "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
    }  # fmt: skip


@pytest.mark.parametrize(
    "written",
    ["1405/09/02", "۱۴۰۵/۰۹/۰۲", "١٤٠٥/٠٩/٠٢", "1405/9/2", "۱۴۰۵-۹-۲", " 1405/09/02\n", "\u200f۱۴۰۵/۰۹/۰۲\u200e"],
)
def test_a_date_is_read_in_latin_persian_and_arabic_digits(written: str) -> None:
    assert parse_jalali(written) == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "not a Jalali date"),
        ("1405/09", "not a Jalali date"),
        ("05/09/02", "not a Jalali date"),
        ("1405/09/02x", "not a Jalali date"),
        ("१४०५/०९/०२", "not a Jalali date"),  # Devanagari: int() would read it
        ("2026/11/23", "not a Jalali year"),
        ("1405/13/01", "no such day"),
        ("1405/07/31", "no such day"),
        ("1405/12/30", "no such day"),  # not a leap year
        ("1405/00/10", "no such day"),
    ],
)
def test_what_is_no_date_is_refused_with_the_reason(written: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_jalali(written)


def test_the_leap_day_exists_in_a_leap_year() -> None:
    assert jalali_date(parse_jalali("1403/12/30")) == "1403/12/30"


def test_a_time_without_a_zone_is_not_guessed() -> None:
    naive = datetime(2026, 11, 23, 12, tzinfo=UTC).replace(tzinfo=None)
    for show in (jalali_date, jalali_text, jalali_long, jalali_sms):
        with pytest.raises(ValueError, match="needs a zone"):
            show(naive)


@pytest.mark.parametrize("written", ["1405/09/02", "۱۴۰۵/۰۹/۰۲", "1405-9-2", "2026-11-23"])
def test_a_day_is_read_as_people_write_it_and_as_programs_do(written: str) -> None:
    assert parse_day(written) == date(2026, 11, 23)


@pytest.mark.parametrize(
    "written", ["", "yesterday", "1405/13/01", "2026-02-30", "0001-01-01", "1900-01-01", "2199-01-01", "9999-12-31"]
)
def test_no_day_and_no_day_of_our_time_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_day(written)
