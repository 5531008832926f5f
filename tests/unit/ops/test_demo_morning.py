"""The demo starts on a working morning whatever the hour, and never turns the stack's clock back within the sample."""

from datetime import date, datetime

import pytest

from services.ops.demo.morning import FIRST, first_morning, morning_for, sample_hours
from services.worktime import Calendar
from services.worktime.jalali import TEHRAN


@pytest.fixture(scope="module")
def hours() -> Calendar:
    return sample_hours()


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TEHRAN)


@pytest.mark.parametrize("now", ["2025-02-01T10:00", "2026-11-23T09:29", "2027-06-01T10:00", "2031-01-01T00:00"])
def test_outside_the_samples_time_it_is_its_first_morning(now: str, hours: Calendar) -> None:
    assert morning_for(_at(now), hours) == FIRST


@pytest.mark.parametrize("now", ["2026-11-23T09:30:07.250", "2026-11-24T09:30", "2026-11-24T11:59", "2026-12-21T10:40"])
def test_an_open_morning_stays_as_it_is(now: str, hours: Calendar) -> None:
    assert morning_for(_at(now), hours) == _at(now)


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        ("2026-11-23T12:00", "2026-11-24T09:30"),  # noon has passed
        ("2026-11-24T02:00", "2026-11-24T09:30"),  # at night: the same day
        ("2026-11-24T08:01", "2026-11-24T09:30"),  # six working hours would end the same day
        ("2026-11-24T12:40", "2026-11-25T09:30"),
        ("2026-11-25T18:00", "2026-11-28T09:30"),  # Wednesday evening: the offices open on Saturday
        ("2026-11-27T10:00", "2026-11-28T09:30"),  # Friday
        ("2026-12-21T11:20", "2026-12-22T09:30"),  # the offices shut at twelve: a task would be nobody's
    ],
)
def test_otherwise_it_is_the_next_morning(now: str, morning: str, hours: Calendar) -> None:
    assert morning_for(_at(now), hours) == _at(morning)


def test_a_public_holiday_is_no_working_morning(hours: Calendar) -> None:
    """They stand in the province's calendar, on which that of the offices stands (domain 6)."""
    assert first_morning(date(2027, 3, 21), hours) == _at("2027-03-27T09:30")
