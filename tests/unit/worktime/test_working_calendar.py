"""A calendar says when the staff and the desk are at work, under dated weeks and their exceptions (domain 6)."""

from dataclasses import FrozenInstanceError, fields, replace
from datetime import date

import pytest

from services.worktime import (
    BadCalendar,
    Calendar,
    DayException,
    DayKind,
    ExceptionStatus,
    Interval,
    NotCovered,
    Presence,
    Weekday,
    WeekPattern,
    day_kind,
    is_open,
    next_opening,
    open_intervals,
    parse_jalali,
)
from services.worktime.calendar import DayKind as DayKindOfCalendar
from tests.unit.worktime.calendars import (
    ALWAYS_OPEN,
    FRIDAY_OFF,
    FULL,
    MORNING,
    SHUT,
    THURSDAY_AND_FRIDAY_OFF,
    a_calendar,
    at,
    exception,
    week,
)

MONDAY = parse_jalali("1405/09/02")
FRIDAY = parse_jalali("1405/09/06")


def test_the_week_begins_on_saturday() -> None:
    assert [Weekday.of(date(2026, 11, 21 + number)) for number in range(7)] == list(Weekday) == list(range(7))
    assert Weekday.of(MONDAY) is Weekday.MONDAY
    assert Weekday.of(FRIDAY) is Weekday.FRIDAY


def test_intervals_are_half_open_and_lunch_is_closed() -> None:
    def open_at(time: str) -> bool:
        return is_open(FRIDAY_OFF, at(f"1405/09/02 {time}"))

    assert [open_at(time) for time in ("07:29:59", "07:30", "12:29:59", "12:30", "12:59:59", "13:00", "14:30")] == [
        False, True, True, False, False, True, False,
    ]  # fmt: skip


def test_12_7_a_desk_open_around_the_clock_has_no_gap_at_midnight() -> None:
    """Domain 12.7: a day that ends at 23:59 leaves a minute in which nothing counts."""
    for time in ("1405/09/02 23:59", "1405/09/02 23:59:59", "1405/09/03 00:00", "1405/09/03 00:00:01"):
        assert is_open(ALWAYS_OPEN, at(time))


def test_the_weekend_changes_on_the_date_a_new_week_is_valid_from() -> None:
    calendar = a_calendar(week(), week(thursday=SHUT, since=parse_jalali("1405/09/10")))
    assert is_open(calendar, at("1405/09/05 10:00"))  # the last Thursday of the old week
    assert not is_open(calendar, at("1405/09/12 10:00"))
    assert day_kind(calendar, parse_jalali("1405/09/12")) is DayKind.CLOSED


@pytest.mark.parametrize(
    ("kind", "hours", "staff", "desk"),
    [
        (DayKind.CLOSED, SHUT, SHUT, SHUT),
        (DayKind.SHORT, MORNING, MORNING, MORNING),
        (DayKind.REMOTE, SHUT, FULL, SHUT),
        (DayKind.REMOTE, MORNING, MORNING, SHUT),
        (DayKind.EXTRA, MORNING, MORNING, MORNING),
    ],
)
def test_each_kind_of_day_opens_for_staff_and_desk(
    kind: DayKind, hours: tuple[Interval, ...], staff: tuple[Interval, ...], desk: tuple[Interval, ...]
) -> None:
    day = "1405/09/06" if kind is DayKind.EXTRA else "1405/09/02"
    calendar = a_calendar(exceptions=(exception(day, kind, hours),))
    assert open_intervals(calendar, parse_jalali(day)) == staff
    assert open_intervals(calendar, parse_jalali(day), Presence.DESK) == desk
    assert day_kind(calendar, parse_jalali(day)) is kind


def test_weekdays_are_open_and_weekends_closed_without_an_exception() -> None:
    assert day_kind(FRIDAY_OFF, MONDAY) is DayKind.OPEN
    assert day_kind(FRIDAY_OFF, FRIDAY) is DayKind.CLOSED


@pytest.mark.parametrize("kind", [DayKind.CLOSED, DayKind.SHORT, DayKind.REMOTE])
def test_new_promises_avoid_a_provisional_day_and_nothing_else_changes(kind: DayKind) -> None:
    """Domain 6 and 12.8: an imported holiday is not trusted until an officer confirms it."""
    hours = MORNING if kind is DayKind.SHORT else SHUT
    calendar = a_calendar(exceptions=(exception("1405/09/02", kind, hours, ExceptionStatus.PROVISIONAL),))
    assert day_kind(calendar, MONDAY) is DayKind.OPEN
    for presence in Presence:
        assert open_intervals(calendar, MONDAY, presence) == FULL
        assert open_intervals(calendar, MONDAY, presence, avoid_provisional=True) == SHUT


def test_a_provisional_extra_day_opens_nothing_before_it_is_confirmed() -> None:
    calendar = a_calendar(exceptions=(exception("1405/09/06", DayKind.EXTRA, FULL, ExceptionStatus.PROVISIONAL),))
    assert open_intervals(calendar, FRIDAY) == SHUT
    assert open_intervals(calendar, FRIDAY, avoid_provisional=True) == SHUT


def test_the_next_opening_is_now_when_open_and_else_the_first_minute_of_work() -> None:
    assert next_opening(FRIDAY_OFF, at("1405/09/02 10:00")) == at("1405/09/02 10:00")
    assert next_opening(FRIDAY_OFF, at("1405/09/02 12:30")) == at("1405/09/02 13:00")
    assert next_opening(THURSDAY_AND_FRIDAY_OFF, at("1405/09/04 14:30")) == at("1405/09/07 07:30")


def test_nothing_is_answered_for_days_before_the_first_week() -> None:
    """Silence would read as closed and swallow working time."""
    calendar = a_calendar(week(since=parse_jalali("1405/01/01")))
    assert is_open(calendar, at("1405/01/01 10:00"))
    for question in (
        lambda: is_open(calendar, at("1404/12/28 10:00")),
        lambda: next_opening(calendar, at("1404/12/28 10:00")),
        lambda: day_kind(calendar, parse_jalali("1404/12/28")),
        lambda: open_intervals(calendar, parse_jalali("1404/12/28")),
    ):
        with pytest.raises(NotCovered, match="begins"):
            question()


def test_a_calendar_is_a_value_with_an_identity() -> None:
    calendar = a_calendar()
    assert calendar == a_calendar()
    assert hash(calendar) == hash(a_calendar()) == hash(a_calendar(week(thursday=SHUT)))
    assert calendar != a_calendar(week(thursday=SHUT))
    for part in fields(calendar):
        with pytest.raises(FrozenInstanceError):
            setattr(calendar, part.name, None)


def test_12_21_one_calendar_never_answers_with_the_hours_of_another() -> None:
    """Domain 12.21: same id and version, other hours, asked in turn."""
    for _ in range(2):
        assert is_open(FRIDAY_OFF, at("1405/09/05 10:00"))
        assert not is_open(THURSDAY_AND_FRIDAY_OFF, at("1405/09/05 10:00"))
    reopened = replace(FRIDAY_OFF, version=8, exceptions=(exception("1405/09/05", DayKind.CLOSED),))
    assert not is_open(reopened, at("1405/09/05 10:00"))


def test_a_contradictory_calendar_names_every_problem() -> None:
    day = date(2026, 11, 25)
    with pytest.raises(BadCalendar) as refusal:
        Calendar(
            "x",
            1,
            (
                WeekPattern(
                    date(2026, 3, 21),
                    (
                        (Interval(450, 750), Interval(700, 870)),
                        (Interval(600, 500),),
                        (Interval(0, 1470),),
                        SHUT,
                        SHUT,
                        SHUT,
                        SHUT,
                    ),
                ),
                WeekPattern(date(2025, 3, 21), (SHUT,) * 7),
            ),
            (
                DayException(day, DayKind.SHORT, ExceptionStatus.FIXED, "s"),
                DayException(day, DayKind.CLOSED, ExceptionStatus.FIXED, "s", FULL),
                DayException(day, DayKindOfCalendar.OPEN, ExceptionStatus.FIXED, "s", county="Rey"),
            ),
            "Asia/Nowhere",
        )
    assert set(refusal.value.problems) == {
        "zone 'Asia/Nowhere' is unknown",
        "the week from 2025-03-21 stands after the week from 2026-03-21",
        "week from 2026-03-21, saturday: 11:40-14:30 overlaps 07:30-12:30",
        "week from 2026-03-21, sunday: 10:00-08:20 ends before it starts",
        "week from 2026-03-21, monday: 00:00-24:30 leaves the day",
        "2026-11-25: SHORT needs hours",
        "2026-11-25: two exceptions for one day",
        "2026-11-25: CLOSED has no hours",
        "2026-11-25: OPEN is no exception; use EXTRA with hours",
    }
