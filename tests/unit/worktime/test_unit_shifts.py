"""Who is at work in a unit at an hour, and when next: its open hours, its shifts, and who is away (domain 7)."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.registry import Officer, Unit
from services.worktime import Calendar, DayKind
from services.worktime.shifts import next_on_shift, on_shift
from tests.support.sample import sample_snapshot
from tests.unit.worktime.calendars import FRIDAY_OFF, MORNING, a_calendar, at, exception, week

UNIT, CLERK, COLLEAGUE = "wa-tax-clearances", "wa-tax-clearances-02", "wa-tax-clearances-03"
MONDAY = "1405/09/02"
"""2026-11-23; the week of these calendars is open from 07:30 to 12:30 and from 13:00 to 14:30, but on Fridays."""


def shift(officer: str = CLERK, **changes: Any) -> dict[str, Any]:
    return {"officerId": officer, "validFrom": "2026-11-01"} | changes


def unit(*shifts: dict[str, Any], **changes: Any) -> Unit:
    known = sample_snapshot().unit(UNIT)
    assert known is not None
    return Unit.model_validate(known.to_wire() | {"shifts": shifts} | changes)


def officer(**changes: Any) -> Officer:
    known = sample_snapshot().officer(CLERK)
    assert known is not None
    return Officer.model_validate(known.to_wire() | changes)


def away(first: str, last: str) -> dict[str, Any]:
    return {"absences": [{"first": first, "last": last}]}


def planned(*plans: tuple[str, str]) -> dict[str, Any]:
    return {"planned": [{"status": status, "since": since} for status, since in plans]}


@pytest.mark.parametrize(
    ("hour", "there"),
    [("07:29", False), ("07:30", True), ("12:29", True), ("12:30", False), ("13:00", True), ("14:30", False)],
)
def test_in_a_unit_without_shifts_whoever_works_there_does_so_in_its_open_hours(hour: str, there: bool) -> None:
    assert on_shift(unit(), officer(), at(f"{MONDAY} {hour}"), FRIDAY_OFF) is there


@pytest.mark.parametrize(
    ("shifts", "who"),
    [
        ((shift(COLLEAGUE),), {}),
        ((shift(days=["tuesday"]),), {}),
        ((shift(intervals=[["07:30", "10:00"]]),), {}),
        ((shift(validFrom="2026-11-24"),), {}),
        ((shift(validTo="2026-11-22"),), {}),
        ((shift(COLLEAGUE, substituteFor=CLERK),), {}),
        ((), away("2026-11-23", "2026-11-23")),
        ((), {"status": "SUSPENDED"}),
        ((), planned(("RETIRED", "2026-11-23"))),
        ((), {"unitId": "wa-tax-audits"}),
        ((), {"unitId": None, "deskId": "wa-tax-desk"}),
    ],
)
def test_nobody_works_in_anothers_shift_nor_while_away_or_out_of_service(
    shifts: tuple[dict[str, Any], ...], who: dict[str, Any]
) -> None:
    assert not on_shift(unit(*shifts), officer(**who), at(f"{MONDAY} 10:00"), FRIDAY_OFF)


def test_a_shift_opens_no_unit_that_is_shut_or_out_of_service() -> None:
    night = shift(intervals=[["00:00", "24:00"]])
    assert on_shift(unit(night), officer(), at(f"{MONDAY} 10:00"), FRIDAY_OFF)
    assert not on_shift(unit(night), officer(), at(f"{MONDAY} 22:00"), FRIDAY_OFF)
    assert not on_shift(unit(night, status="SUSPENDED"), officer(), at(f"{MONDAY} 10:00"), FRIDAY_OFF)
    closed = a_calendar(exceptions=(exception(MONDAY, DayKind.CLOSED),))
    assert not on_shift(unit(night), officer(), at(f"{MONDAY} 10:00"), closed)


def test_on_a_remote_day_the_staff_is_at_work() -> None:
    remote = a_calendar(exceptions=(exception(MONDAY, DayKind.REMOTE),))
    assert on_shift(unit(), officer(), at(f"{MONDAY} 10:00"), remote)


def test_a_day_of_which_the_calendar_says_nothing_is_no_day_of_work() -> None:
    later = a_calendar(week(since=at(f"{MONDAY} 10:00").date() + timedelta(days=1)))
    assert not on_shift(unit(), officer(), at(f"{MONDAY} 10:00"), later)
    assert next_on_shift(unit(), officer(), at(f"{MONDAY} 10:00"), later) == at("1405/09/03 07:30")


@pytest.mark.parametrize(
    ("place", "who", "since", "expected"),
    [
        (unit(), {}, f"{MONDAY} 10:00", f"{MONDAY} 10:00"),
        (unit(), {}, f"{MONDAY} 12:45", f"{MONDAY} 13:00"),
        (unit(), {}, "1405/09/05 15:00", "1405/09/07 07:30"),
        (unit(shift(intervals=[["09:15", "12:00"]])), {}, f"{MONDAY} 08:00", f"{MONDAY} 09:15"),
        (unit(shift(intervals=[["09:15", "12:00"]])), {}, f"{MONDAY} 12:00", "1405/09/03 09:15"),
        (unit(shift(days=["saturday"])), {}, f"{MONDAY} 08:00", "1405/09/07 07:30"),
        (unit(shift(COLLEAGUE), shift(validFrom="2027-03-01")), {}, f"{MONDAY} 08:00", "1405/12/10 07:30"),
        (unit(shift(COLLEAGUE, substituteFor=CLERK, intervals=[["08:00", "11:20"]])), {}, f"{MONDAY} 09:00",
         f"{MONDAY} 11:20"),
        (unit(), away("2026-11-22", "2026-11-25"), f"{MONDAY} 09:00", "1405/09/05 07:30"),
        (unit(), planned(("SUSPENDED", "2026-11-23"), ("ACTIVE", "2026-11-30")), f"{MONDAY} 09:00", "1405/09/09 07:30"),
        (unit(status="PLANNED", planned=[{"status": "ACTIVE", "since": "2026-12-01"}]), {}, f"{MONDAY} 09:00",
         "1405/09/10 07:30"),
    ],
)  # fmt: skip
def test_the_next_moment_on_shift(place: Unit, who: dict[str, Any], since: str, expected: str) -> None:
    assert next_on_shift(place, officer(**who), at(since), FRIDAY_OFF) == at(expected)


@pytest.mark.parametrize(
    ("shifts", "who"),
    [
        ((shift(COLLEAGUE),), {}),
        ((), {"status": "SUSPENDED"}),
        ((), away("2026-11-23", "2028-11-23")),
        ((), {"unitId": "wa-tax-audits"}),
    ],
)
def test_whom_nothing_brings_back_within_a_year_has_no_next_moment(
    shifts: tuple[dict[str, Any], ...], who: dict[str, Any]
) -> None:
    assert next_on_shift(unit(*shifts), officer(**who), at(f"{MONDAY} 09:00"), FRIDAY_OFF) is None


hours = st.sampled_from([["07:00", "08:10"], ["10:20", "13:30"], ["13:30", "24:00"]])
written_shifts = st.fixed_dictionaries(
    {
        "officerId": st.sampled_from([CLERK, COLLEAGUE]),
        "validFrom": st.sampled_from(["2026-11-01", "2026-11-24"]),
        "validTo": st.sampled_from([None, "2026-11-25"]),
        "days": st.lists(st.sampled_from(["monday", "wednesday"]), max_size=1),
        "intervals": st.lists(hours, max_size=1),
        "substituteFor": st.sampled_from([None, None, CLERK]),
    }
).filter(lambda each: each["officerId"] != each["substituteFor"])
calendars = st.sampled_from([FRIDAY_OFF, a_calendar(week(thursday=MORNING, others=MORNING))])


@given(
    written=st.lists(written_shifts, max_size=3),
    absent=st.sampled_from([{}, away("2026-11-24", "2026-11-24"), away("2026-11-23", "2026-11-26")]),
    minute=st.integers(0, 24 * 60),
    calendar=calendars,
)
def test_the_next_moment_is_the_first_at_which_the_officer_is_on_shift(
    written: list[dict[str, Any]], absent: dict[str, Any], minute: int, calendar: Calendar
) -> None:
    """Asked every five minutes of the three days that follow."""
    place, who, start = unit(*written), officer(**absent), at(f"{MONDAY} 00:00") + timedelta(minutes=minute)
    found = next_on_shift(place, who, start, calendar)
    if found is not None:
        assert on_shift(place, who, found, calendar)
    minutes = (start + timedelta(minutes=each) for each in range(0, 3 * 24 * 60, 5))
    first = next((moment for moment in minutes if on_shift(place, who, moment, calendar)), None)
    if first is not None:
        assert found is not None
        assert first - timedelta(minutes=5) < found <= first
