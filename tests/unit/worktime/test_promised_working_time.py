"""What is promised falls into the desk's open time, before the law's limit (domain 6; I3)."""

from datetime import date, timedelta

import pytest

from services.worktime import (
    DayKind,
    Duration,
    ExceptionStatus,
    MovedBy,
    NotCovered,
    Presence,
    Unit,
    advance,
    last_open_minute,
    promise,
)
from tests.unit.worktime.amounts import days, hours
from tests.unit.worktime.calendars import FRIDAY_OFF, SHUT, a_calendar, at, exception, week


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
