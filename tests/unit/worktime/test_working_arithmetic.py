"""Promises in working time: where a count ends, and why there (domain 6; failures 12.5 to 12.8)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction

import pytest

from services.worktime import (
    BeyondHorizon,
    DayKind,
    Duration,
    ExceptionStatus,
    Interval,
    MovedBy,
    NeverOpen,
    NotCovered,
    Presence,
    Unit,
    advance,
    elapsed,
    is_open,
    jalali_date,
    jalali_text,
    last_open_minute,
    next_opening,
    promise,
)
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


def days(value: int) -> Duration:
    return Duration(value, Unit.WORKING_DAYS)


def hours(value: int) -> Duration:
    return Duration(value, Unit.WORKING_HOURS)


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


def test_one_working_day_is_never_24_hours() -> None:
    """Domain 12.6."""
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
def test_filing_in_closed_time_counts_as_filed_at_the_next_opening(filed: str, counted_from: str, due: str) -> None:
    """Domain 12.5."""
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


# --- promises: the staff's time, the desk's door ---------------------------------------------------------------------


def test_a_remote_day_counts_as_work_but_no_promise_falls_on_it() -> None:
    calendar = a_calendar(exceptions=(exception("1405/09/03", DayKind.REMOTE),))
    filed = at("1405/09/02 10:00")
    assert advance(calendar, filed, days(2)).at == at("1405/09/04 10:00")
    assert advance(calendar, filed, days(1)).at == at("1405/09/03 10:00")
    assert advance(calendar, filed, days(1), Presence.DESK).at == at("1405/09/04 10:00")
    promised = promise(calendar, filed, days(1))
    assert (promised.at, promised.moved_by, promised.moved_from) == (
        at("1405/09/04 07:30"), MovedBy.REMOTE_DAY, at("1405/09/03 10:00"),
    )  # fmt: skip


def test_new_promises_pass_over_provisional_days_and_running_clocks_do_not() -> None:
    calendar = a_calendar(exceptions=(exception("1405/09/04", DayKind.CLOSED, status=ExceptionStatus.PROVISIONAL),))
    filed = at("1405/09/02 10:00")
    assert promise(calendar, filed, days(2)).at == at("1405/09/05 10:00")
    assert advance(calendar, filed, days(2)).at == at("1405/09/04 10:00")
    wednesday = promise(calendar, filed, Duration(2, Unit.CALENDAR_DAYS))
    assert (wednesday.at, wednesday.moved_by) == (at("1405/09/05 07:30"), MovedBy.PROVISIONAL_DAY)


def test_a_promise_is_the_whole_minute_that_is_shown() -> None:
    filed = at("1405/09/02 14:29:31") + timedelta(microseconds=250)
    promised = promise(FRIDAY_OFF, filed, days(15))
    assert promised.at == at("1405/09/19 14:29")
    assert promise(FRIDAY_OFF, at("1405/09/02 10:00"), hours(3)).at == at("1405/09/02 13:30")


def test_a_promise_past_the_legal_limit_is_pulled_to_the_last_open_minute_before_it() -> None:
    """I3."""
    calendar = a_calendar(exceptions=(exception("1405/09/07", DayKind.REMOTE),))
    assert last_open_minute(calendar, at("1405/09/04 10:00:30")) == at("1405/09/04 10:00")
    assert last_open_minute(calendar, at("1405/09/04 12:45")) == at("1405/09/04 12:29")
    assert last_open_minute(calendar, at("1405/09/07 10:00")) == at("1405/09/05 14:29")
    assert last_open_minute(calendar, at("1405/09/07 10:00"), Presence.STAFF) == at("1405/09/07 10:00")
    young = a_calendar(week(others=SHUT, thursday=SHUT, since=date(2025, 6, 1)))
    with pytest.raises(NotCovered, match="was not open before"):
        last_open_minute(young, at("1405/09/04 10:00"))


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


# --- the zone --------------------------------------------------------------------------------------------------------


def test_summer_time_of_before_2022_is_counted_as_it_was() -> None:
    """Iran moved its clocks at midnight: 1400/01/02 had 23 hours, 1400/06/30 had 25."""
    assert elapsed(ALWAYS_OPEN, at("1400/01/01 12:00"), at("1400/01/02 12:00"), Unit.WORKING_HOURS) == 23
    assert elapsed(ALWAYS_OPEN, at("1400/06/30 12:00"), at("1400/06/31 12:00"), Unit.WORKING_HOURS) == 25
    assert elapsed(ALWAYS_OPEN, at("1405/01/01 12:00"), at("1405/01/02 12:00"), Unit.WORKING_HOURS) == 24
    assert advance(FRIDAY_OFF, at("1400/01/01 10:00"), days(1)).at == at("1400/01/02 10:00")
    assert is_open(FRIDAY_OFF, datetime(2021, 6, 1, 3, 0, tzinfo=UTC))  # 07:30 at +04:30
    assert not is_open(FRIDAY_OFF, datetime(2026, 6, 1, 3, 0, tzinfo=UTC))  # 06:30 at +03:30


def test_an_hour_that_summer_time_skipped_is_not_counted_twice() -> None:
    """Between 00:00 and 01:00 of 1400/01/02 there was no time at all, so hours around it must not overlap."""
    around: Hours = (Interval(0, 30), Interval(45, 65), Interval(70, 120))
    calendar = a_calendar(week(around, around, others=around))
    assert elapsed(calendar, at("1400/01/03 23:00"), at("1400/01/04 23:00"), Unit.WORKING_HOURS) == Fraction(100, 60)
    assert elapsed(calendar, at("1400/01/01 23:00"), at("1400/01/02 23:00"), Unit.WORKING_HOURS) == 1


def test_an_instant_means_the_same_in_every_zone_and_needs_one() -> None:
    filed = at("1405/09/02 10:00")
    for zone in (UTC, timezone(timedelta(hours=-8)), timezone(timedelta(hours=9))):
        assert advance(FRIDAY_OFF, filed.astimezone(zone), days(15)) == advance(FRIDAY_OFF, filed, days(15))
    assert advance(FRIDAY_OFF, filed, days(15)).at.tzinfo is UTC
    naive = filed.replace(tzinfo=None)
    for question in (
        lambda: advance(FRIDAY_OFF, naive, days(1)),
        lambda: elapsed(FRIDAY_OFF, filed, naive, Unit.WORKING_DAYS),
        lambda: is_open(FRIDAY_OFF, naive),
    ):
        with pytest.raises(ValueError, match="needs a zone"):
            question()


# --- limits ----------------------------------------------------------------------------------------------------------

NO_OPENING = a_calendar(week(thursday=SHUT, others=SHUT))
SHUT_DOWN = a_calendar(week(), week(thursday=SHUT, others=SHUT, since=date(2026, 12, 1)))


@pytest.mark.parametrize(
    "question",
    [
        lambda: next_opening(NO_OPENING, at("1405/09/02 10:00")),
        lambda: promise(NO_OPENING, at("1405/09/02 10:00"), days(1)),
        lambda: advance(NO_OPENING, at("1405/09/02 10:00"), Duration(1, Unit.CALENDAR_DAYS)),
        lambda: advance(SHUT_DOWN, at("1405/09/02 10:00"), days(30)),
        lambda: advance(SHUT_DOWN, at("1405/09/02 10:00"), hours(500)),
    ],
)
def test_a_calendar_that_never_opens_again_says_so(question: Callable[[], object]) -> None:
    with pytest.raises(NeverOpen, match="no opening"):
        question()


def test_a_desk_that_opens_again_after_two_years_is_found() -> None:
    calendar = a_calendar(exceptions=(exception("1407/09/15", DayKind.EXTRA, MORNING),))
    shut = a_calendar(week(thursday=SHUT, others=SHUT), exceptions=calendar.exceptions)
    assert next_opening(shut, at("1405/09/02 10:00")) == at("1407/09/15 07:30")


@pytest.mark.parametrize(
    "question",
    [
        lambda: advance(FRIDAY_OFF, at("1405/09/02 10:00"), days(10**9)),
        lambda: advance(FRIDAY_OFF, at("1405/09/02 10:00"), Duration(10**9, Unit.CALENDAR_DAYS)),
        lambda: is_open(FRIDAY_OFF, datetime.max.replace(tzinfo=UTC)),
        lambda: advance(FRIDAY_OFF, datetime(9998, 12, 30, tzinfo=UTC), days(10)),
        lambda: elapsed(FRIDAY_OFF, at("1405/09/02 10:00"), datetime(9000, 1, 1, tzinfo=UTC), Unit.WORKING_DAYS),
        lambda: elapsed(FRIDAY_OFF, at("1405/09/02 10:00"), datetime.max.replace(tzinfo=UTC), Unit.CALENDAR_DAYS),
    ],
)
def test_an_answer_a_century_away_is_refused_at_once(question: Callable[[], object]) -> None:
    with pytest.raises(BeyondHorizon):
        question()


def test_time_before_the_calendar_is_not_taken_for_closed_time() -> None:
    calendar = a_calendar(week(since=date(2026, 3, 21)))
    with pytest.raises(NotCovered):
        elapsed(calendar, at("1404/12/01 10:00"), at("1405/09/02 10:00"), Unit.WORKING_DAYS)
    with pytest.raises(NotCovered):
        advance(calendar, datetime.min.replace(tzinfo=UTC), days(1))
    assert advance(calendar, datetime(2026, 3, 20, 20, 30, tzinfo=UTC), hours(1)).at == at("1405/01/01 08:30")


def test_a_duration_is_never_negative() -> None:
    with pytest.raises(ValueError, match="not negative"):
        days(-1)
