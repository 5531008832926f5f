"""Calendars stand on each other, days are announced, confirmed and withdrawn, and the past stays (domain 6, 12.8)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.contracts.decision import Refused, TimerFired
from services.contracts.working_calendar import DayException, Week, WorkingCalendar
from services.registry.domain import calendars, preview
from services.registry.domain.calendar_file import CalendarFile
from services.registry.domain.calendars import AddExceptions, AddWish
from services.registry.holidays import proposed
from services.worktime import Presence, calendar_from_wire, open_intervals, parse_jalali
from tests.unit.registry.calendar_files import (
    AROUND,
    NOW,
    OFFICER,
    PROVINCE,
    TAX,
    TOMORROW,
    add,
    calendar_of,
    confirm,
    file_of,
    kinds,
    offices,
    own,
    recorded,
    the_province,
    withdraw,
    world,
    written,
)


def test_tomorrow_is_closed_in_three_counties_by_one_command() -> None:
    decided = add(offices(), {"date": "2026-11-24", "kind": "CLOSED", "counties": ["urmia", "khoy", "salmas"]})
    calendar = calendar_of(file_of(decided))
    assert kinds(calendar, TOMORROW, "urmia", "khoy", "salmas", "mahabad") == ["CLOSED"] * 3 + ["OPEN"]
    assert {day.status for day in own(calendar) if day.date == TOMORROW} == {"CONFIRMED"}
    edition: Any = decided.sends[0].body
    assert edition.recorded_by == OFFICER


def test_the_same_again_makes_no_version() -> None:
    day = {"date": "2026-11-24", "kind": "CLOSED"}
    file = file_of(add(offices(), day))
    assert add(file, day).events == ()


def test_a_provisional_day_changes_nothing_until_an_officer_confirms_it() -> None:
    """Domain 12.8: imported holidays are not trusted blindly."""
    announced = file_of(add(offices(), {"date": "2026-11-24", "kind": "CLOSED"}, status="PROVISIONAL"))
    ready = calendar_from_wire(calendar_of(announced).to_wire())
    assert open_intervals(ready, TOMORROW, Presence.DESK) != ()
    assert open_intervals(ready, TOMORROW, Presence.DESK, avoid_provisional=True) == ()
    confirmed = confirm(announced, "2026-11-24")
    assert kinds(calendar_of(file_of(confirmed)), TOMORROW, None) == ["CLOSED"]
    assert confirmed.events[0].moves == ("calendar.recorded", "calendar.exception-confirmed")
    with pytest.raises(Refused) as refusal:
        confirm(file_of(confirmed), "2026-11-24")
    assert (refusal.value.code, refusal.value.facts["from"]) == ("ILLEGAL_MOVE", "CONFIRMED")


def test_a_day_that_does_not_differ_after_all_is_withdrawn_and_is_as_its_week() -> None:
    file = file_of(add(offices(), {"date": "2026-11-24", "kind": "CLOSED", "counties": ["khoy"]}))
    with pytest.raises(Refused) as refusal:
        withdraw(file, "2026-11-24")
    assert refusal.value.code == "NO_SUCH_DAY", "that of the county is another"
    withdrawn = withdraw(file, "2026-11-24", "khoy")
    assert kinds(calendar_of(file_of(withdrawn)), TOMORROW, "khoy") == ["OPEN"]
    edition: Any = withdrawn.sends[0].body
    assert edition.reason == "برف نبارید"


def test_what_is_inherited_is_withdrawn_where_it_was_decided() -> None:
    with pytest.raises(Refused) as refusal:
        withdraw(offices(), "2026-12-23")
    assert refusal.value.code == "NO_SUCH_DAY"


def test_the_past_stays_as_promises_were_judged_by_it() -> None:
    with pytest.raises(Refused) as refusal:
        add(offices(), {"date": "2026-11-22", "kind": "CLOSED"})
    assert (refusal.value.code, refusal.value.status) == ("IN_THE_PAST", 422)
    file = file_of(add(offices(), {"date": "2026-11-24", "kind": "CLOSED"}))
    with pytest.raises(Refused) as refusal:
        withdraw(file, "2026-11-24", now=NOW + timedelta(days=2))
    assert refusal.value.code == "IN_THE_PAST"
    provisional = file_of(add(offices(), {"date": "2026-11-24", "kind": "CLOSED"}, status="PROVISIONAL"))
    with pytest.raises(Refused) as refusal:
        confirm(provisional, "2026-11-24", now=NOW + timedelta(days=2))
    assert refusal.value.code == "IN_THE_PAST"


@pytest.mark.parametrize(
    ("officer", "code"), [("wa-tax-desk-01", "NOT_AUTHORISED"), ("nobody", "UNKNOWN_OFFICER"), (OFFICER, None)]
)
def test_the_agency_and_the_one_above_decide_about_its_calendar(officer: str, code: str | None) -> None:
    file = file_of(recorded(written(TAX), calendar_of(the_province())))
    day = {"date": "2026-11-24", "kind": "CLOSED"}
    if code is None:
        assert add(file, day, officer=officer).events
        return
    with pytest.raises(Refused) as refusal:
        add(file, day, officer=officer)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "day",
    [
        {"kind": "SHORT"},
        {"kind": "EXTRA"},
        {"kind": "CLOSED", "intervals": [["08:00", "12:00"]]},
        {"kind": "SHORT", "intervals": [["12:00", "08:00"]]},
    ],
)
def test_a_day_that_contradicts_itself_is_refused(day: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refusal:
        add(offices(), {"date": "2026-11-24"} | day)
    assert (refusal.value.code, refusal.value.status) == ("INCOMPLETE", 422)


def test_nothing_is_decided_about_a_calendar_that_is_not_there() -> None:
    with pytest.raises(Refused) as refusal:
        add(None, {"date": "2026-11-24", "kind": "CLOSED"})
    assert (refusal.value.code, refusal.value.status) == ("NOT_FOUND", 404)


# -- what was refused at recording stays refused ----------------------------------------------------------------------


def test_a_calendar_that_never_opens_is_refused() -> None:
    """Nothing could be promised by it."""
    never = written(PROVINCE).to_wire()
    for week in never["weeks"]:
        week["days"] = {day: [] for day in week["days"]}
    with pytest.raises(Refused) as refusal:
        recorded(WorkingCalendar.model_validate(never))
    begins = never["weeks"][-1]["validFrom"]
    assert refusal.value.facts["flaws"] == [f"never opens from {begins} on"]


def test_a_calendar_that_never_opens_again_is_refused_and_one_that_opens_on_single_days_is_not() -> None:
    """What ends is retired: from that week on nothing could be promised by this one. A fair has its days alone."""
    with pytest.raises(Refused) as refusal:
        recorded(shut_from("2026-12-05"))
    assert refusal.value.facts["flaws"] == ["never opens from 2026-12-05 on"]
    recorded(a_fair())


def shut_from(day: str) -> WorkingCalendar:
    shut = Week.model_validate({"validFrom": day, "days": {}})
    return written(PROVINCE).model_copy(update={"weeks": (*written(PROVINCE).weeks, shut)})


def a_fair() -> WorkingCalendar:
    """Its week ends, and it has one day more."""
    fair = {"date": "2026-12-07", "kind": "EXTRA", "intervals": [["08:00", "12:00"]]}
    day = DayException.model_validate(fair | {"status": "CONFIRMED", "source": "نمایشگاه"})
    return shut_from("2026-12-05").model_copy(update={"exceptions": (day,)})


def stored(calendar: WorkingCalendar) -> CalendarFile:
    """As an earlier version has left it."""
    entry = calendar.model_copy(update={"version": 1})
    return CalendarFile(id=entry.id, published=entry)


def test_the_last_day_of_a_fair_is_closed_for_snow() -> None:
    closed = add(file_of(recorded(a_fair())), {"date": "2026-12-07", "kind": "CLOSED"})
    assert kinds(calendar_of(file_of(closed)), date(2026, 12, 7), None) == ["CLOSED"]


def test_a_calendar_that_was_recorded_with_a_flaw_is_still_closed_for_snow_tomorrow() -> None:
    """It is mended when somebody records it; a closure of tomorrow does not wait for that."""
    blank = written(PROVINCE).scope.model_copy(update={"province": " "})
    for known in (shut_from("2027-03-21"), written(PROVINCE).model_copy(update={"scope": blank})):
        closed = add(stored(known), {"date": "2026-11-24", "kind": "CLOSED"})
        assert kinds(calendar_of(file_of(closed)), TOMORROW, None) == ["CLOSED"]


def test_a_number_that_an_earlier_version_let_into_a_calendar_stands_in_the_way_of_no_other_day() -> None:
    """Days that are over stay as they are: it could not be taken out any more."""
    bereaved = {"date": "2026-11-21", "kind": "CLOSED", "status": "CONFIRMED", "source": "همراه 09121234567"}
    days = (DayException.model_validate(bereaved), *written(PROVINCE).exceptions)
    file = stored(written(PROVINCE).model_copy(update={"exceptions": days}))
    closed = add(file, {"date": "2026-11-24", "kind": "CLOSED"})
    assert kinds(calendar_of(file_of(closed)), TOMORROW, None) == ["CLOSED"]
    longer = Week.model_validate({"validFrom": "2027-03-21", "days": {"saturday": [["08:00", "12:00"]]}})
    weeks = (*calendar_of(file).weeks, longer)
    again = recorded(calendar_of(file).model_copy(update={"weeks": weeks}), file=file)
    assert calendar_of(file_of(again)).version == 2


def test_a_timer_that_an_earlier_version_has_set_for_a_retirement_leaves_that_planned() -> None:
    """It fires on the day, before it is looked at what stands on the calendar."""
    planned = [{"status": "RETIRED", "since": "2026-11-23", "reason": "پایان"}]
    file = stored(WorkingCalendar.model_validate(written(PROVINCE).to_wire() | {"planned": planned}))
    decision = calendars.day_came(
        file, TimerFired(name="status", due=datetime(2026, 11, 22, 20, 30, tzinfo=UTC)), world()
    )
    assert (decision.state, decision.events) == (file, ())


def test_a_calendar_that_begins_next_year_is_recorded() -> None:
    later = written(PROVINCE).to_wire()
    later["weeks"] = [later["weeks"][0] | {"validFrom": "2031-01-01"}]
    later["exceptions"] = []
    assert recorded(WorkingCalendar.model_validate(later)).events


def test_a_calendar_that_contradicts_itself_is_refused() -> None:
    bad = written(PROVINCE).to_wire()
    bad["weeks"][0]["days"]["saturday"] = [["14:30", "07:30"]]
    bad["weeks"][1]["days"]["someday"] = []
    with pytest.raises(Refused) as refusal:
        recorded(WorkingCalendar.model_validate(bad))
    assert len(refusal.value.facts["flaws"]) == 2


# -- holidays and previews --------------------------------------------------------------------------------------------


def test_the_public_holidays_of_a_year_are_proposed_provisionally_and_none_twice() -> None:
    bare = written(PROVINCE).model_copy(update={"exceptions": (), "version": 1})
    command = proposed(bare, 1406, TOMORROW, OFFICER)
    assert command is not None
    assert command.status == "PROVISIONAL"
    first, end = preview.year_of(1406)
    assert all(first <= day.date < end for day in command.exceptions)
    assert {parse_jalali("1406/01/01"), parse_jalali("1406/01/13")} <= {day.date for day in command.exceptions}
    assert proposed(calendars.added(bare, command), 1406, TOMORROW, OFFICER) is None


def test_the_holidays_of_the_running_year_are_those_that_are_not_over() -> None:
    bare = written(PROVINCE).model_copy(update={"exceptions": (), "version": 1})
    whole = proposed(bare, 1405, date(2026, 3, 21), OFFICER)
    assert whole is not None
    last = max(day.date for day in whole.exceptions)
    command = proposed(bare, 1405, last, OFFICER)
    assert command is not None
    assert [day.date for day in command.exceptions] == [last], "also the one that is today"
    assert proposed(bare, 1405, last + timedelta(days=1), OFFICER) is None
    ahead = proposed(bare, 1405, NOW.date(), OFFICER)
    assert ahead is not None
    wish = AddWish(command=ahead, around=AROUND)
    assert calendars.add_exceptions(CalendarFile(id=PROVINCE, published=bare), wish, world()).events


def test_a_year_is_shown_day_by_day() -> None:
    ready = calendar_from_wire(calendar_of(offices()).to_wire(), "khoy")
    first, end = preview.year_of(1405)
    days = list(preview.days(ready, first, end))
    assert len(days) == 365
    snow = next(day for day in days if day.date == date(2027, 1, 10))
    assert (snow.kind.value, snow.desk) == ("REMOTE", ())
    assert snow.staff != ()
    lunar = next(day for day in days if day.date == date(2026, 12, 23))
    assert (lunar.provisional, lunar.kind.value) == (True, "OPEN")


def days_changed(changes: Iterable[dict[str, Any]]) -> list[tuple[date, str, str]]:
    before = calendar_of(offices())
    body = AddExceptions.model_validate({"exceptions": list(changes), "officerId": OFFICER})
    after = calendars.added(before, body)
    is_now, would_be = (calendar_from_wire(entry.to_wire(), "khoy") for entry in (before, after))
    changes_seen = preview.changed(is_now, would_be, preview.touched(before, after, NOW.date()))
    return [(was.date, was.kind.value, will.kind.value) for was, will in changes_seen]


def test_a_change_is_shown_before_it_is_saved() -> None:
    closed = {"date": "2026-11-24", "kind": "CLOSED", "source": "x", "counties": ["khoy"]}
    assert days_changed([closed]) == [(TOMORROW, "OPEN", "CLOSED")]
    assert days_changed([closed | {"counties": ["urmia"]}]) == []
    assert days_changed([closed | {"date": "2026-11-27"}]) == [(date(2026, 11, 27), "CLOSED", "CLOSED")], "a Friday"
