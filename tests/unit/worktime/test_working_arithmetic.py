"""Promises in working time: where a count ends, and why there (domain 6; failures 12.5 to 12.8)."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from services.worktime import DayKind, Duration, MovedBy, Unit, advance, elapsed, jalali_date, jalali_text
from tests.unit.worktime.amounts import days, hours
from tests.unit.worktime.calendars import (
    ALWAYS_OPEN,
    FRIDAY_OFF,
    FULL,
    MORNING,
    SHUT,
    THURSDAY_AND_FRIDAY_OFF,
    THURSDAY_HALF,
    Hours,
    a_calendar,
    at,
    exception,
    week,
)


def test_fifteen_working_days_after_the_second_of_azar() -> None:
    """The oracle of domain 6."""
    filed = at("1405/09/02 10:00")
    assert jalali_text(advance(FRIDAY_OFF, filed, days(15)).at) == "1405/09/19 10:00"
    assert jalali_text(advance(THURSDAY_AND_FRIDAY_OFF, filed, days(15)).at) == "1405/09/23 10:00"


@pytest.mark.parametrize(
    "time", ["07:30", "07:30:01", "09:17:23", "12:29:59", "12:30", "12:45", "13:00", "14:29", "14:29:59"]
)
def test_the_date_promised_does_not_depend_on_the_hour_of_filing(time: str) -> None:
    due = advance(THURSDAY_HALF, at(f"1405/09/02 {time}"), days(15))
    assert jalali_date(due.at) == "1405/09/19"
    assert due.moved_by is None


def test_12_6_one_working_day_is_never_24_hours() -> None:
    wednesday = at("1405/09/04 10:00")
    assert advance(THURSDAY_AND_FRIDAY_OFF, wednesday, days(1)).at == at("1405/09/07 10:00")
    assert advance(FRIDAY_OFF, at("1405/09/02 07:30"), hours(24)).at == at("1405/09/05 12:00")  # 6.5 hours a day


def test_a_working_day_keeps_the_share_of_the_day_not_the_hour() -> None:
    """Filed with half of a full day behind (195 of 390 minutes): due with half of the short day behind (120 of 240)."""
    due = advance(THURSDAY_HALF, at("1405/09/02 10:45"), days(3))
    assert jalali_text(due.at) == "1405/09/05 09:30"


@pytest.mark.parametrize(
    ("filed", "counted_from", "due"),
    [
        ("1405/09/02 23:00", "1405/09/03 07:30", "1405/09/04 07:30"),
        ("1405/09/03 05:00", "1405/09/03 07:30", "1405/09/04 07:30"),
        ("1405/09/06 10:00", "1405/09/07 07:30", "1405/09/08 07:30"),  # on a Friday
        ("1405/09/10 10:00", "1405/09/11 07:30", "1405/09/12 07:30"),  # on a holiday
        ("1405/09/02 12:40", "1405/09/02 13:00", "1405/09/03 13:00"),  # during the break
        ("1405/09/02 14:29", "1405/09/02 14:29", "1405/09/03 14:29"),  # one minute before closing
        ("1405/09/02 14:30", "1405/09/03 07:30", "1405/09/04 07:30"),  # at closing
    ],
)
def test_12_5_filing_in_closed_time_counts_as_filed_at_the_next_opening(
    filed: str, counted_from: str, due: str
) -> None:
    calendar = a_calendar(exceptions=(exception("1405/09/10", DayKind.CLOSED),))
    answer = advance(calendar, at(filed), days(1))
    assert (jalali_text(answer.counted_from), jalali_text(answer.at)) == (counted_from, due)


def test_one_hour_filed_a_minute_before_closing_ends_the_next_morning() -> None:
    due = advance(FRIDAY_OFF, at("1405/09/05 14:29"), hours(1))
    assert due.at == at("1405/09/07 08:29")
    assert due.moved_by is None


@pytest.mark.parametrize(
    ("kind", "own_hours", "moved_by"),
    [
        (DayKind.CLOSED, SHUT, MovedBy.CLOSED_DAY),
        (DayKind.SHORT, MORNING, MovedBy.SHORT_DAY),
        (DayKind.EXTRA, MORNING, MovedBy.OUTSIDE_HOURS),
    ],
)
def test_a_due_time_in_closed_time_moves_to_the_next_opening_and_names_the_rule(
    kind: DayKind, own_hours: Hours, moved_by: MovedBy
) -> None:
    calendar = a_calendar(exceptions=(exception("1405/09/09", kind, own_hours),))
    due = advance(calendar, at("1405/09/02 13:30"), Duration(7, Unit.CALENDAR_DAYS))
    assert due.at == at("1405/09/10 07:30")
    assert (due.moved_by, due.moved_from) == (moved_by, at("1405/09/09 13:30"))


def test_calendar_days_count_weekends_and_move_off_them() -> None:
    due = advance(FRIDAY_OFF, at("1405/09/02 10:00"), Duration(4, Unit.CALENDAR_DAYS))
    assert (due.at, due.moved_by) == (at("1405/09/07 07:30"), MovedBy.WEEKEND)
    night = advance(FRIDAY_OFF, at("1405/09/02 23:00"), Duration(1, Unit.CALENDAR_DAYS))
    assert (night.at, night.moved_by) == (at("1405/09/04 07:30"), MovedBy.OUTSIDE_HOURS)
    assert advance(FRIDAY_OFF, at("1405/09/02 10:00"), Duration(1, Unit.CALENDAR_DAYS)).moved_by is None


def test_hours_that_run_out_at_a_closing_are_due_at_the_opening() -> None:
    due = advance(FRIDAY_OFF, at("1405/09/05 13:30"), hours(1))
    assert (due.at, due.moved_by, due.moved_from) == (
        at("1405/09/07 07:30"), MovedBy.OUTSIDE_HOURS, at("1405/09/05 14:30"),
    )  # fmt: skip


def test_a_shift_that_follows_another_without_a_gap_moves_nothing() -> None:
    due = advance(ALWAYS_OPEN, at("1405/09/02 23:00"), hours(1))
    assert (due.at, due.moved_by) == (at("1405/09/03 00:00"), None)
    calendar = a_calendar(week(thursday=SHUT, others=NO_GAP))
    assert advance(calendar, at("1405/09/02 11:30"), hours(1)).moved_by is None


NO_GAP: Hours = (FULL[0], FULL[1]._replace(start=FULL[0].end))


def test_nothing_to_wait_for_is_due_now_or_at_the_next_opening() -> None:
    for unit in Unit:
        assert advance(FRIDAY_OFF, at("1405/09/02 10:00"), Duration(0, unit)).moved_by is None
        friday = advance(FRIDAY_OFF, at("1405/09/06 10:00"), Duration(0, unit))
        assert (friday.at, friday.moved_by) == (at("1405/09/07 07:30"), MovedBy.WEEKEND)


def test_a_due_time_crosses_the_years_end_to_a_year_not_yet_computed() -> None:
    new_year_week = tuple(exception(f"1406/01/0{day}", DayKind.CLOSED) for day in range(1, 5))
    calendar = a_calendar(exceptions=new_year_week)
    assert jalali_date(advance(calendar, at("1405/12/29 10:00"), days(1)).at) == "1406/01/05"
    assert advance(FRIDAY_OFF, datetime(2026, 12, 31, 9, tzinfo=UTC), hours(100)).at.year == 2027


# --- elapsed ---------------------------------------------------------------------------------------------------------


def test_elapsed_counts_open_time_only() -> None:
    thursday, saturday = at("1405/09/05 14:00"), at("1405/09/07 08:00")
    assert elapsed(FRIDAY_OFF, thursday, saturday, Unit.WORKING_HOURS) == 1
    assert elapsed(FRIDAY_OFF, saturday, thursday, Unit.WORKING_HOURS) == -1
    assert elapsed(FRIDAY_OFF, at("1405/09/05 14:30"), at("1405/09/07 07:30"), Unit.WORKING_HOURS) == 0
    assert elapsed(FRIDAY_OFF, at("1405/09/02 07:30"), at("1405/09/02 10:45"), Unit.WORKING_DAYS) == Fraction(1, 2)
    assert elapsed(FRIDAY_OFF, at("1405/09/02 10:00"), at("1405/09/19 10:00"), Unit.WORKING_DAYS) == 15
    assert elapsed(FRIDAY_OFF, at("1405/09/02 10:00"), at("1405/09/19 10:00"), Unit.CALENDAR_DAYS) == 17


def test_elapsed_spans_years() -> None:
    calendar = a_calendar(week(friday=FULL))  # open every day
    span = elapsed(
        calendar, datetime(2021, 1, 1, 6, tzinfo=UTC), datetime(2026, 1, 1, 6, tzinfo=UTC), Unit.WORKING_DAYS
    )
    assert span == pytest.approx(5 * 365 + 1, abs=0.2)  # summer time still shifted 06:00 UTC in 2021
