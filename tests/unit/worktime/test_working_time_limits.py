"""Where a count of working time has no end or no beginning, and in which zone it is counted (domain 6)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction

import pytest

from services.worktime import (
    BeyondHorizon,
    DayKind,
    Duration,
    Interval,
    NeverOpen,
    NotCovered,
    Unit,
    advance,
    elapsed,
    is_open,
    next_opening,
    promise,
)
from tests.unit.worktime.amounts import days, hours
from tests.unit.worktime.calendars import ALWAYS_OPEN, FRIDAY_OFF, MORNING, SHUT, Hours, a_calendar, at, exception, week


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
