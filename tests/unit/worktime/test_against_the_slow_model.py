"""Promises, budgets and pauses are what a slow model of its own counts, minute by minute, from what is published."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.worktime import Clock, Duration, Presence, Unit, advance, calendar_from_wire, elapsed, promise
from tests.unit.worktime.slow_model import SlowCalendar

WEEK = ("saturday", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday")
FULL = [["07:30", "12:30"], ["13:00", "14:30"]]
HOURS: Sequence[list[list[str]]] = (
    [],
    FULL,
    [["07:30", "14:15"]],
    [["08:00", "11:59"]],
    [["00:00", "24:00"]],
    [["22:00", "24:00"]],
    [["00:00", "02:00"], ["02:00", "03:00"], ["23:59", "24:00"]],
)
NOWRUZ = date(2026, 3, 21)
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
COUNTIES = ("urmia", "khoy", "maku")

moments = st.integers(0, 60 * 24 * 60).map(lambda minute: FIRST + timedelta(minutes=minute))
days = st.integers(0, 70).map(lambda number: (FIRST + timedelta(days=number)).date().isoformat())
weeks = st.fixed_dictionaries({day: st.sampled_from(HOURS) for day in WEEK[1:]} | {"saturday": st.just(FULL)})


@st.composite
def exceptions(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["CLOSED", "CLOSED", "SHORT", "REMOTE", "EXTRA"]))
    hours = st.sampled_from(HOURS if kind == "REMOTE" else HOURS[1:])
    where = draw(st.sampled_from([(None, []), ("urmia", []), ("urmia", list(COUNTIES)), ("khoy", ["khoy", "maku"])]))
    return {
        "date": draw(days),
        "kind": kind,
        "intervals": [] if kind == "CLOSED" else draw(hours),
        "status": draw(st.sampled_from(["FIXED", "CONFIRMED", "PROVISIONAL"])),
        "source": "بخشنامه",
        "county": where[0],
        "counties": where[1],
        "layer": draw(st.integers(0, 2)),
    }


def places(exception: dict[str, Any]) -> set[tuple[str, int, str | None]]:
    counties = exception["counties"] or [exception["county"]]
    return {(exception["date"], exception["layer"], county) for county in counties}


@st.composite
def published(draw: st.DrawFn) -> dict[str, Any]:
    """With weeks that change, the two weeks of Nowruz, and closures of the province, an agency and of counties."""
    kept: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 13))):
        day = (NOWRUZ + timedelta(days=number)).isoformat()
        kept.append(
            {"date": day, "kind": "CLOSED", "intervals": [], "status": "FIXED", "source": "نوروز", "county": None,
             "counties": [], "layer": 2}
        )  # fmt: skip
    for each in draw(st.lists(exceptions(), max_size=12)):
        if not any(places(each) & places(other) for other in kept):
            kept.append(each)
    since = sorted({"2025-01-01", *draw(st.lists(days, max_size=2))})
    return {
        "id": "drawn",
        "version": 1,
        "weeks": [{"validFrom": start, "days": draw(weeks)} for start in since],
        "exceptions": draw(st.permutations(kept)),
    }


where = st.sampled_from([None, *COUNTIES, "elsewhere"])


@given(published(), where, moments, st.integers(0, 60), st.sampled_from(Presence), st.booleans())
def test_hours_end_where_the_minutes_end_that_are_counted_one_by_one(
    wire: dict[str, Any], county: str | None, start: datetime, value: int, presence: Presence, avoid: bool
) -> None:
    slow = SlowCalendar(wire, county, desk=presence is Presence.DESK, avoid=avoid)
    hours = Duration(value, Unit.WORKING_HOURS)
    due = advance(calendar_from_wire(wire, county), start, hours, presence, avoid_provisional=avoid)
    assert due.at == slow.hours_after(start, value)


@given(published(), where, moments, st.integers(0, 30), st.sampled_from(Presence), st.booleans())
def test_days_end_where_the_days_end_that_are_counted_one_by_one(
    wire: dict[str, Any], county: str | None, start: datetime, value: int, presence: Presence, avoid: bool
) -> None:
    slow = SlowCalendar(wire, county, desk=presence is Presence.DESK, avoid=avoid)
    calendar = calendar_from_wire(wire, county)
    due = advance(calendar, start, Duration(value, Unit.WORKING_DAYS), presence, avoid_provisional=avoid)
    expected = slow.days_after(start, value)
    assert expected - timedelta(seconds=1) <= due.at <= expected  # a day has a million parts
    civil = advance(calendar, start, Duration(value, Unit.CALENDAR_DAYS), presence, avoid_provisional=avoid)
    assert civil.at == slow.calendar_days_after(start, value)


@given(published(), where, moments, st.integers(0, 20), st.sampled_from(Unit))
def test_a_promise_is_the_first_minute_of_the_desk_when_the_work_of_the_staff_is_done(
    wire: dict[str, Any], county: str | None, start: datetime, value: int, unit: Unit
) -> None:
    staff = SlowCalendar(wire, county, desk=False, avoid=True)
    counted = {
        Unit.WORKING_HOURS: staff.hours_after,
        Unit.WORKING_DAYS: staff.days_after,
        Unit.CALENDAR_DAYS: staff.calendar_days_after,
    }[unit](start, value)
    desk = SlowCalendar(wire, county, desk=True, avoid=True)
    promised = promise(calendar_from_wire(wire, county), start, Duration(value, unit)).at
    possible = {next(desk.from_minute(at.replace(second=0))) for at in (counted, counted - timedelta(seconds=1))}
    assert promised in (possible if unit is Unit.WORKING_DAYS else {next(desk.from_minute(counted))})


@given(published(), where, st.lists(moments, min_size=2, max_size=7, unique=True), st.integers(1, 60))
def test_a_clock_that_is_suspended_consumes_what_is_open_while_it_runs_and_is_due_after_the_rest(
    wire: dict[str, Any], county: str | None, moments: list[datetime], value: int
) -> None:
    calendar, slow = calendar_from_wire(wire, county), SlowCalendar(wire, county, desk=False, avoid=False)
    hours, in_days = Clock(Duration(value, Unit.WORKING_HOURS)), Clock(Duration(value, Unit.WORKING_DAYS))
    minutes, shares, runs = 0, Fraction(0), 0
    ordered = sorted(moments)
    for started, stopped in zip(ordered[::2], ordered[1::2], strict=False):
        hours = hours.start(started).stop(calendar, stopped)
        in_days = in_days.start(started).stop(calendar, stopped)
        minutes += slow.minutes_between(started, stopped)
        shares += slow.days_between(started, stopped)
        runs += 1
    assert hours.consumed == minutes * 60
    assert abs(in_days.consumed - shares * Duration(1, Unit.WORKING_DAYS).grains) <= runs
    left = max(0, value * 60 - minutes)
    resumed = slow.from_minute(ordered[-1])
    for _ in range(left):
        next(resumed)
    assert hours.start(ordered[-1]).due(calendar).at == next(resumed)


@given(published(), where, st.tuples(moments, moments), st.booleans())
def test_what_has_passed_is_what_is_counted(
    wire: dict[str, Any], county: str | None, two: tuple[datetime, datetime], avoid: bool
) -> None:
    start, end = sorted(two)
    slow = SlowCalendar(wire, county, desk=False, avoid=avoid)
    calendar = calendar_from_wire(wire, county)
    passed = elapsed(calendar, start, end, Unit.WORKING_HOURS, avoid_provisional=avoid)
    assert passed == Fraction(slow.minutes_between(start, end), 60)
    in_days = elapsed(calendar, start, end, Unit.WORKING_DAYS, avoid_provisional=avoid)
    assert abs(in_days - slow.days_between(start, end)) < Fraction(1, 100_000)
