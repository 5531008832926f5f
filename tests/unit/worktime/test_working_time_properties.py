"""What holds for every calendar and every instant: inverse, additive, monotone, never inside closed time (domain 6)."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from services.worktime import (
    Calendar,
    Clock,
    DayException,
    DayKind,
    Duration,
    ExceptionStatus,
    Interval,
    MovedBy,
    Presence,
    Unit,
    WeekPattern,
    advance,
    elapsed,
    is_open,
    open_intervals,
    promise,
)
from services.worktime.jalali import TEHRAN

FIRST, LAST = datetime(2021, 1, 1, tzinfo=UTC), datetime(2027, 12, 31, tzinfo=UTC)  # summer time until September 2022

instants = st.integers(0, int((LAST - FIRST).total_seconds())).map(lambda second: FIRST + timedelta(seconds=second))
dates = st.dates(FIRST.date(), LAST.date())
working_units = st.sampled_from([Unit.WORKING_HOURS, Unit.WORKING_DAYS])
presences = st.sampled_from(Presence)


@st.composite
def day_hours(draw: st.DrawFn, at_least: int = 0) -> tuple[Interval, ...]:
    edges = sorted(draw(st.sets(st.integers(0, 1440), min_size=2 * at_least, max_size=6)))
    return tuple(Interval(start, end) for start, end in zip(edges[::2], edges[1::2], strict=False))


@st.composite
def weeks(draw: st.DrawFn, since: date) -> WeekPattern:
    # at least ten minutes a week: 400 hours are then worked well before the horizon of a century
    opens = draw(st.integers(0, 1430))
    saturday = (Interval(opens, draw(st.integers(opens + 10, 1440))),)
    _, *others = (draw(day_hours()) for _ in range(7))
    sunday, monday, tuesday, wednesday, thursday, friday = others
    return WeekPattern(since, (saturday, sunday, monday, tuesday, wednesday, thursday, friday))


@st.composite
def day_exceptions(draw: st.DrawFn, day: date) -> list[DayException]:
    """What is certain, what is announced, or both."""
    statuses = draw(st.sets(st.sampled_from(ExceptionStatus), min_size=1).filter(lambda drawn: len(drawn) <= 2))
    certain, announced = statuses - {ExceptionStatus.PROVISIONAL}, statuses & {ExceptionStatus.PROVISIONAL}
    found = []
    for layer, status in enumerate([*announced, *sorted(certain)[:1]]):
        kind = draw(st.sampled_from([DayKind.CLOSED, DayKind.SHORT, DayKind.REMOTE, DayKind.EXTRA]))
        hours = () if kind is DayKind.CLOSED else draw(day_hours(at_least=0 if kind is DayKind.REMOTE else 1))
        found.append(DayException(day, kind, status, "drawn", hours, layer=layer))
    return found


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    since = sorted({date(2020, 1, 1), *draw(st.lists(dates, max_size=2))})
    excepted = sorted(draw(st.sets(dates, max_size=8)))
    return Calendar(
        "drawn",
        1,
        tuple(draw(weeks(start)) for start in since),
        tuple(exception for day in excepted for exception in draw(day_exceptions(day))),
    )


def open_by_the_book(calendar: Calendar, instant: datetime, presence: Presence) -> bool:
    """The definition, read off the wall clock; nothing of the arithmetic."""
    local = instant.astimezone(TEHRAN)
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in open_intervals(calendar, local.date(), presence))


@given(calendars(), instants, presences)
def test_open_time_is_what_the_wall_clock_says(calendar: Calendar, instant: datetime, presence: Presence) -> None:
    local = instant.astimezone(TEHRAN)
    # The nights on which a wall-clock hour is missing or told twice have tests of their own.
    assume(local.hour not in (0, 23) or local.year > 2022)
    assert is_open(calendar, instant, presence) == open_by_the_book(calendar, instant, presence)


@given(calendars(), instants, st.integers(0, 400), presences)
def test_hours_advanced_are_hours_elapsed_to_the_second(
    calendar: Calendar, start: datetime, value: int, presence: Presence
) -> None:
    due = advance(calendar, start, Duration(value, Unit.WORKING_HOURS), presence)
    assert elapsed(calendar, start, due.at, Unit.WORKING_HOURS, presence) == value


@given(calendars(), instants, st.integers(0, 120), presences)
def test_working_days_advanced_are_whole_days_elapsed(
    calendar: Calendar, start: datetime, value: int, presence: Presence
) -> None:
    due = advance(calendar, start, Duration(value, Unit.WORKING_DAYS), presence)

    def passed(at: datetime) -> Fraction:
        return elapsed(calendar, start, at, Unit.WORKING_DAYS, presence)

    assert round(passed(due.at)) == value
    assert passed(due.at - timedelta(seconds=1)) <= value <= passed(due.at + timedelta(seconds=1))


@given(calendars(), instants, st.integers(0, 120))
def test_calendar_days_advanced_are_calendar_days_elapsed_unless_moved(
    calendar: Calendar, start: datetime, value: int
) -> None:
    due = advance(calendar, start, Duration(value, Unit.CALENDAR_DAYS))
    ended = due.moved_from or due.at
    assert ended <= due.at
    assert round(elapsed(calendar, start, ended, Unit.CALENDAR_DAYS)) == value
    assert abs(elapsed(calendar, start, ended, Unit.CALENDAR_DAYS) - value) < 0.0001


@given(calendars(), instants, st.integers(0, 200), st.sampled_from(Unit), presences, st.booleans())
def test_no_due_time_lies_in_closed_time(
    calendar: Calendar, start: datetime, value: int, unit: Unit, presence: Presence, avoid: bool
) -> None:
    due = advance(calendar, start, Duration(value, unit), presence, avoid_provisional=avoid)
    assert is_open(calendar, due.at, presence, avoid_provisional=avoid)
    assert (due.moved_by is None) == (due.moved_from is None)
    assert due.moved_from is None or not is_open(calendar, due.moved_from, presence, avoid_provisional=avoid)
    assert due.at >= start


@given(calendars(), instants, st.integers(0, 100), st.sampled_from(Unit))
def test_no_promise_finds_the_desk_shut(calendar: Calendar, start: datetime, value: int, unit: Unit) -> None:
    """I3."""
    promised = promise(calendar, start, Duration(value, unit))
    assert is_open(calendar, promised.at, Presence.DESK, avoid_provisional=True)
    assert is_open(calendar, promised.at, Presence.DESK)
    assert promised.at.second == 0
    assert promised.moved_by in {None, *MovedBy}


@given(calendars(), st.tuples(instants, instants, instants), st.sampled_from(Unit))
def test_elapsed_adds_up_and_never_runs_backwards(
    calendar: Calendar, three: tuple[datetime, datetime, datetime], unit: Unit
) -> None:
    a, b, c = sorted(three)
    assert elapsed(calendar, a, b, unit) + elapsed(calendar, b, c, unit) == elapsed(calendar, a, c, unit)
    assert 0 <= elapsed(calendar, a, b, unit) <= elapsed(calendar, a, c, unit)
    assert elapsed(calendar, b, a, unit) == -elapsed(calendar, a, b, unit)


@given(calendars(), instants, st.integers(0, 60), st.integers(0, 60))
def test_hours_advanced_in_two_steps_are_hours_advanced_in_one(
    calendar: Calendar, start: datetime, first: int, second: int
) -> None:
    halfway = advance(calendar, start, Duration(first, Unit.WORKING_HOURS)).at
    assert (
        advance(calendar, halfway, Duration(second, Unit.WORKING_HOURS)).at
        == advance(calendar, start, Duration(first + second, Unit.WORKING_HOURS)).at
    )


@given(calendars(), instants, st.integers(0, 60), st.integers(0, 60))
def test_days_advanced_in_two_steps_end_on_the_same_day_as_in_one(
    calendar: Calendar, start: datetime, first: int, second: int
) -> None:
    halfway = advance(calendar, start, Duration(first, Unit.WORKING_DAYS)).at
    two_steps = advance(calendar, halfway, Duration(second, Unit.WORKING_DAYS)).at
    one_step = advance(calendar, start, Duration(first + second, Unit.WORKING_DAYS)).at
    assert two_steps.astimezone(TEHRAN).date() == one_step.astimezone(TEHRAN).date()


@given(calendars(), st.tuples(instants, instants), st.integers(0, 60), st.integers(0, 60), st.sampled_from(Unit))
def test_who_files_earlier_or_needs_less_is_never_promised_later(
    calendar: Calendar, two: tuple[datetime, datetime], less: int, more: int, unit: Unit
) -> None:
    early, late = sorted(two)
    less, more = sorted((less, more))
    assert advance(calendar, early, Duration(less, unit)).at <= advance(calendar, late, Duration(less, unit)).at
    assert advance(calendar, early, Duration(less, unit)).at <= advance(calendar, early, Duration(more, unit)).at


@given(calendars(), st.lists(instants, min_size=2, max_size=8, unique=True), working_units)
def test_a_clock_consumes_what_passes_while_it_runs_and_nothing_else(
    calendar: Calendar, moments: list[datetime], unit: Unit
) -> None:
    clock = Clock(Duration(1000, unit))
    expected = 0
    ordered = sorted(moments)
    for started, stopped in zip(ordered[::2], ordered[1::2], strict=False):
        clock = clock.start(started).stop(calendar, stopped)
        expected += int(elapsed(calendar, started, stopped, unit) * (Duration(1, unit).grains))
    assert clock.consumed == expected


@given(calendars(), st.tuples(instants, instants), st.integers(0, 30))
def test_a_pause_of_no_length_leaves_the_due_hour_where_it_was(
    calendar: Calendar, two: tuple[datetime, datetime], value: int
) -> None:
    started, paused = sorted(two)
    clock = Clock(Duration(value, Unit.WORKING_HOURS)).start(started)
    due = clock.due(calendar).at
    resumed = clock.stop(calendar, paused).start(paused)
    if paused <= due:
        assert resumed.due(calendar).at == due
