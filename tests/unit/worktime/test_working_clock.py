"""Only starting, stopping or a new rule moves what a Clock says is due (domain 6, 12.1 to 12.3)."""

import pytest

from services.worktime import Clock, ClockMisuse, DayKind, Duration, Unit, UnitMismatch, jalali_date
from tests.unit.worktime.calendars import FRIDAY_OFF, THURSDAY_HALF, a_calendar, at, exception

FIFTEEN_DAYS = Duration(15, Unit.WORKING_DAYS)
FORTY_HOURS = Duration(40, Unit.WORKING_HOURS)


def test_a_clock_that_is_only_looked_at_keeps_its_due_time() -> None:
    """Domain 12.1: reading changes nothing, at any moment."""
    clock = Clock(FIFTEEN_DAYS).start(at("1405/09/02 10:00"))
    due = clock.due(FRIDAY_OFF)
    for moment in ("1405/09/04 12:00", "1405/09/06 03:00", "1405/10/01 09:00"):
        clock.consumed_at(FRIDAY_OFF, at(moment))
        assert clock.due(FRIDAY_OFF) == due
    assert jalali_date(due.at) == "1405/09/19"


@pytest.mark.parametrize("budget", [FIFTEEN_DAYS, FORTY_HOURS])
def test_pausing_over_a_weekend_adds_no_working_time(budget: Duration) -> None:
    """Domain 12.2: the pause is measured with the calendar that measures the budget."""
    running = Clock(budget).start(at("1405/09/02 10:00"))
    thursday_closing, saturday_opening = at("1405/09/05 14:30"), at("1405/09/07 07:30")
    resumed = running.stop(FRIDAY_OFF, thursday_closing).start(saturday_opening)
    assert resumed.due(FRIDAY_OFF).at == running.due(FRIDAY_OFF).at


def test_a_pause_of_three_working_days_moves_the_due_date_by_three_working_days() -> None:
    running = Clock(FIFTEEN_DAYS).start(at("1405/09/02 10:00"))
    resumed = running.stop(FRIDAY_OFF, at("1405/09/04 10:00")).start(at("1405/09/08 10:00"))
    assert jalali_date(running.due(FRIDAY_OFF).at) == "1405/09/19"
    assert jalali_date(resumed.due(FRIDAY_OFF).at) == "1405/09/23"  # the 19th is a Thursday, the 20th a Friday


def test_pausing_every_night_wins_no_time() -> None:
    """A suspension from just before closing to just after opening costs its two minutes, not a day."""
    clock = Clock(FIFTEEN_DAYS)
    for day in ("02", "03", "04", "05"):
        clock = clock.start(at(f"1405/09/{day} 07:31")).stop(FRIDAY_OFF, at(f"1405/09/{day} 14:29"))
    assert 3.9 < clock.consumed / Duration(1, Unit.WORKING_DAYS).grains < 4


def test_a_change_of_rule_keeps_what_is_consumed() -> None:
    """Domain 12.3."""
    clock = Clock(FIFTEEN_DAYS).start(at("1405/09/02 10:00")).stop(FRIDAY_OFF, at("1405/09/09 10:00"))
    shorter = clock.with_budget(Duration(10, Unit.WORKING_DAYS))
    assert shorter.consumed == clock.consumed == Duration(6, Unit.WORKING_DAYS).grains
    assert shorter.start(at("1405/09/09 10:00")).due(FRIDAY_OFF).at == at("1405/09/14 10:00")
    running = clock.start(at("1405/09/09 10:00")).with_budget(Duration(10, Unit.WORKING_DAYS))
    assert running.due(FRIDAY_OFF).at == at("1405/09/14 10:00")


def test_a_closure_announced_later_moves_what_is_due_by_that_day() -> None:
    closed = a_calendar(exceptions=(exception("1405/09/10", DayKind.CLOSED),))
    clock = Clock(FIFTEEN_DAYS).start(at("1405/09/02 10:00"))
    assert jalali_date(clock.due(FRIDAY_OFF).at) == "1405/09/19"
    assert jalali_date(clock.due(closed).at) == "1405/09/21"


def test_an_exhausted_budget_is_due_where_the_clock_started_again() -> None:
    spent = (
        Clock(Duration(1, Unit.WORKING_HOURS)).start(at("1405/09/02 10:00")).stop(FRIDAY_OFF, at("1405/09/04 10:00"))
    )
    assert spent.consumed > spent.budget.grains
    assert spent.start(at("1405/09/07 09:00")).due(FRIDAY_OFF).at == at("1405/09/07 09:00")


def test_a_day_half_consumed_is_half_a_day_on_a_half_day_too() -> None:
    clock = (
        Clock(Duration(1, Unit.WORKING_DAYS)).start(at("1405/09/04 07:30")).stop(THURSDAY_HALF, at("1405/09/04 10:45"))
    )
    assert clock.consumed * 2 == clock.budget.grains
    assert clock.start(at("1405/09/05 07:30")).due(THURSDAY_HALF).at == at("1405/09/05 09:30")


def test_a_stop_stamped_before_its_start_consumes_nothing() -> None:
    clock = Clock(FORTY_HOURS).start(at("1405/09/02 10:00")).stop(FRIDAY_OFF, at("1405/09/02 09:00"))
    assert clock.consumed == 0


def test_a_clock_runs_or_stands_never_both() -> None:
    standing = Clock(FORTY_HOURS)
    running = standing.start(at("1405/09/02 10:00"))
    with pytest.raises(ClockMisuse, match="runs since"):
        running.start(at("1405/09/02 11:00"))
    with pytest.raises(ClockMisuse, match="stands already"):
        standing.stop(FRIDAY_OFF, at("1405/09/02 11:00"))
    with pytest.raises(ClockMisuse, match="no due time"):
        standing.due(FRIDAY_OFF)


def test_days_consumed_are_not_turned_into_hours() -> None:
    with pytest.raises(UnitMismatch, match="WORKING_DAYS cannot take a budget in WORKING_HOURS"):
        Clock(FIFTEEN_DAYS).with_budget(FORTY_HOURS)


@pytest.mark.parametrize("budget", [FIFTEEN_DAYS, FORTY_HOURS, Duration(20, Unit.CALENDAR_DAYS)])
def test_a_clock_is_extended_to_a_named_moment_and_keeps_what_it_consumed(budget: Duration) -> None:
    clock = Clock(budget).start(at("1405/09/02 10:00")).stop(FRIDAY_OFF, at("1405/09/09 10:00"))
    running = clock.start(at("1405/09/11 11:20"))
    longer = running.reaching(FRIDAY_OFF, at("1405/10/12 09:15"))
    assert longer.promised(FRIDAY_OFF).at == at("1405/10/12 09:15")
    assert (longer.budget, longer.consumed) == (budget, clock.consumed)
    again = longer.reaching(FRIDAY_OFF, at("1405/10/21 14:29"))
    assert again.promised(FRIDAY_OFF).at == at("1405/10/21 14:29")


def test_a_closure_after_an_extension_moves_what_was_extended() -> None:
    closed = a_calendar(exceptions=(exception("1405/09/10", DayKind.CLOSED),))
    longer = Clock(FIFTEEN_DAYS).start(at("1405/09/02 10:00")).reaching(FRIDAY_OFF, at("1405/09/23 10:00"))
    assert longer.promised(closed).at == at("1405/09/24 10:00")


def test_a_standing_clock_takes_the_working_time_between_two_dates() -> None:
    standing = Clock(FIFTEEN_DAYS).start(at("1405/09/02 10:00")).stop(FRIDAY_OFF, at("1405/09/09 10:00"))
    longer = standing.longer(FRIDAY_OFF, at("1405/09/19 10:00"), at("1405/09/22 10:00"))  # Thursday to Sunday
    assert longer.extended == Duration(2, Unit.WORKING_DAYS).grains
    sooner = longer.longer(FRIDAY_OFF, at("1405/09/22 10:00"), at("1405/09/21 10:00"))
    assert sooner.extended == Duration(1, Unit.WORKING_DAYS).grains, "less where the second is the earlier"
    with pytest.raises(ClockMisuse):
        standing.reaching(FRIDAY_OFF, at("1405/09/22 10:00"))
