"""A date that moves with the calendar names the days that have moved it, by their decisions (domain 12.9)."""

from datetime import datetime
from typing import Any

import pytest

from services.contracts.working_calendar import CalendarRef, ChangedDay, DayKind, Week
from services.worktime import Calendar, changed_days, said_of
from services.worktime.published import calendar_of
from tests.unit.notify.cases import at
from tests.unit.routing.re_dated_days import calendar, day

FILED, DUE = at("1405/09/02 09:30"), at("1405/09/23 09:30")
LATER = at("1405/09/24 09:30")
SECOND, THIRD = (CalendarRef(id="municipality", version=version) for version in (2, 3))


def made(*days: Any, version: int = 1) -> Calendar:
    return calendar_of(calendar(*days, version=version), "urmia")


def closed(written: str, decided: CalendarRef | None = SECOND, **how: Any) -> Any:
    return day(written, decided=decided, **how)


def named(before: Calendar, after: Calendar, will: datetime = LATER) -> list[ChangedDay]:
    return list(changed_days(before, after, FILED, DUE, will))


def changed(written: str, decided: CalendarRef = SECOND, **how: Any) -> ChangedDay:
    return ChangedDay(date=at(f"{written} 12:00").date(), decided=decided, **how)


def test_what_is_closed_between_the_filing_and_the_due_time_is_named_with_its_decision() -> None:
    after = made(closed("1405/09/10"), closed("1405/09/11", THIRD), closed("1405/10/20", THIRD), version=3)
    assert named(made(), after) == [changed("1405/09/10"), changed("1405/09/11", THIRD)]
    assert said_of(after, at("1405/09/10 12:00").date()) == changed("1405/09/10")
    assert said_of(after, at("1405/09/12 12:00").date()) is None


def test_so_are_the_day_of_the_filing_and_that_on_which_it_ends() -> None:
    days = closed("1405/09/02"), closed("1405/09/23", kind=DayKind.SHORT, intervals=(("09:00", "11:00"),))
    after = made(*days, version=2)
    assert named(made(), after, at("1405/09/23 10:30")) == [changed("1405/09/02"), changed("1405/09/23")]


def test_what_was_known_before_is_not_named_again() -> None:
    before = made(closed("1405/09/10"), version=2)
    after = made(closed("1405/09/10", source="بخشنامه ۷۸"), closed("1405/09/11", THIRD), version=3)
    assert named(before, after) == [changed("1405/09/11", THIRD)]


def test_a_day_that_is_taken_back_is_named_by_the_decision_that_it_ends() -> None:
    assert named(made(closed("1405/09/10"), version=2), made(version=3)) == [changed("1405/09/10", taken_back=True)]


def test_a_day_of_which_promises_knew_that_it_might_be_closed_is_not_named_nor_one_that_may_be() -> None:
    short = closed("1405/09/12", kind=DayKind.SHORT, intervals=(("09:00", "11:00"),), layer=1)
    before = made(closed("1405/09/10", status="PROVISIONAL"), short, version=2)
    after = made(
        closed("1405/09/10", THIRD),
        *(closed(written, THIRD, status="PROVISIONAL") for written in ("1405/09/11", "1405/09/12")),
        short,
        closed("1405/09/15", THIRD),
    )
    assert named(before, after) == [changed("1405/09/15", THIRD)]


def test_a_day_without_the_desk_is_named_where_the_count_ends_and_nowhere_else() -> None:
    remote = [closed(written, kind=DayKind.REMOTE) for written in ("1405/09/10", "1405/09/23")]
    assert named(made(), made(*remote, version=2)) == [changed("1405/09/23")]


def test_where_the_decision_of_one_of_them_was_not_noted_none_is_named() -> None:
    """Else whoever was told of the others would not hear of it."""
    assert named(made(), made(closed("1405/09/10"), closed("1405/09/11", None), version=2)) == []
    shorter = closed("1405/09/10", None, kind=DayKind.SHORT, intervals=(("09:00", "11:00"),))
    assert named(made(closed("1405/09/10"), version=2), made(shorter, version=3)) == []


@pytest.mark.parametrize(("valid_from", "expected"), [("1405/09/15", []), ("1405/10/20", [changed("1405/09/10")])])
def test_where_the_week_is_another_too_none_is_named(valid_from: str, expected: list[ChangedDay]) -> None:
    """Whoever was told of the closed day has not heard of the week. One that begins when all is over moves nothing."""
    entry = calendar(closed("1405/09/10"), version=3)
    shorter = Week(valid_from=at(f"{valid_from} 12:00").date(), days={"saturday": (("08:00", "10:00"),)})
    after = calendar_of(entry.model_copy(update={"weeks": (*entry.weeks, shorter)}), "urmia")
    assert named(made(), after) == expected
