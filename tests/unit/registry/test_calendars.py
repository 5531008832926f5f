"""Calendars stand on each other, days are announced, confirmed and withdrawn, and the past stays (domain 6, 12.8)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision, Refused, World
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import DayException, WorkingCalendar
from services.registry.domain import calendars, preview
from services.registry.domain.calendars import (
    AddExceptions,
    AddWish,
    Below,
    CalendarFile,
    ConfirmException,
    ConfirmWish,
    Follow,
    Unfollow,
    WithdrawException,
    WithdrawWish,
)
from services.registry.domain.recording import Around, Wish
from services.registry.holidays import proposed
from services.worktime import Presence, calendar_from_wire, day_kind, open_intervals, parse_jalali
from tests.support.sample import published, sample_entries, sample_snapshot

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""Monday 1405/09/02."""
TOMORROW = date(2026, 11, 24)
OFFICER = "wa-governorate-desk-01"
PROVINCE, OFFICES, TAX = "west-azerbaijan", "wa-offices", "wa-social-security"
State = Decision[CalendarFile]


def world(now: datetime = NOW) -> World[None]:
    return World(now=now, registry=Snapshot(), rules=None)


def written(id: str) -> WorkingCalendar:
    return next(e for e in sample_entries() if isinstance(e, WorkingCalendar) and e.id == id)


def recorded(
    entry: WorkingCalendar,
    base: WorkingCalendar | None = None,
    file: CalendarFile | None = None,
    others: Iterable[WorkingCalendar] = (),
) -> State:
    around = Around(entries=Snapshot().with_entries([*([base] if base else []), *others]))
    return calendars.record(file, Wish(entry=entry, sure=True, around=around), world())


def file_of(decision: State) -> CalendarFile:
    assert decision.state is not None
    return decision.state


def calendar_of(file: CalendarFile) -> WorkingCalendar:
    assert file.published is not None
    return file.published


def the_province() -> CalendarFile:
    return file_of(recorded(written(PROVINCE)))


def offices(province: CalendarFile | None = None) -> CalendarFile:
    return file_of(recorded(written(OFFICES), calendar_of(province or the_province())))


AROUND = Around(entries=sample_snapshot())


def add(file: CalendarFile | None, *days: dict[str, Any], officer: str = OFFICER, **more: Any) -> State:
    body = {"exceptions": [{"source": "بخشنامهٔ استانداری"} | day for day in days], "officerId": officer} | more
    return calendars.add_exceptions(file, AddWish(command=AddExceptions.model_validate(body), around=AROUND), world())


def confirm(file: CalendarFile, day: str, county: str | None = None, now: datetime = NOW) -> State:
    command = ConfirmException.model_validate({"date": day, "county": county, "officerId": OFFICER})
    return calendars.confirm_exception(file, ConfirmWish(command=command, around=AROUND), world(now))


def withdraw(file: CalendarFile, day: str, county: str | None = None, now: datetime = NOW) -> State:
    body = {"date": day, "county": county, "officerId": OFFICER, "reason": "برف نبارید"}
    wish = WithdrawWish(command=WithdrawException.model_validate(body), around=AROUND)
    return calendars.withdraw_exception(file, wish, world(now))


def kinds(calendar: WorkingCalendar, day: date, *counties: str | None) -> list[str]:
    return [day_kind(calendar_from_wire(calendar.to_wire(), county), day).value for county in counties]


def own(calendar: WorkingCalendar) -> list[DayException]:
    return [day for day in calendar.exceptions if day.layer == 0]


# -- standing on another ----------------------------------------------------------------------------------------------


def test_a_calendar_is_published_with_the_days_of_the_one_it_stands_on() -> None:
    calendar = calendar_of(offices())
    assert calendar == published(written(OFFICES)).model_copy(update={"version": 1, "moves": calendar.moves})
    assert kinds(calendar, date(2026, 6, 24), None) == ["CLOSED"], "Tasua is a day of the province"


def test_a_new_follower_tells_the_calendar_below_and_hears_nothing_new() -> None:
    province = the_province()
    decided = recorded(written(OFFICES), calendar_of(province))
    (follow,) = [send.body for send in decided.sends if isinstance(send.body, Follow)]
    told = calendars.follow(province, follow, world())
    assert file_of(told).followers == (OFFICES,)
    (send,) = told.sends
    assert isinstance(send.body, Below)
    heard = calendars.below_changed(file_of(decided), send.body, world())
    assert heard.events == ()


def test_a_change_below_is_a_new_version_above_and_what_comes_late_is_dropped() -> None:
    """Domain 12.14: a projection never goes backwards."""
    province = file_of(calendars.follow(the_province(), Follow(base=PROVINCE, follower=OFFICES), world()))
    above = offices(province)
    first = add(province, {"date": "2026-11-24", "kind": "CLOSED", "counties": ["urmia", "khoy", "salmas"]})
    second = add(file_of(first), {"date": "2026-11-25", "kind": "CLOSED"})
    (one,), (two,) = (
        [send.body for send in decided.sends if isinstance(send.body, Below)] for decided in (first, second)
    )
    changed = calendars.below_changed(above, two, world())
    assert [event.key() for event in changed.events] == ["wa-governorate:wa-offices@2"]
    calendar = calendar_of(file_of(changed))
    assert kinds(calendar, TOMORROW, "urmia", "khoy", "mahabad", None) == ["CLOSED", "CLOSED", "OPEN", "OPEN"]
    assert kinds(calendar, date(2026, 11, 25), "mahabad") == ["CLOSED"]
    assert calendars.below_changed(file_of(changed), one, world()).state == file_of(changed)


def test_per_day_the_nearest_scope_wins_and_within_a_scope_the_county() -> None:
    province = file_of(add(the_province(), {"date": "2026-11-24", "kind": "CLOSED", "counties": ["urmia"]}))
    above = offices(province)
    assert kinds(calendar_of(above), TOMORROW, "urmia", "khoy") == ["CLOSED", "OPEN"]
    stays_open = {"date": "2026-11-24", "kind": "EXTRA", "intervals": [["08:00", "12:00"]]}
    own_day = file_of(add(above, stays_open))
    assert kinds(calendar_of(own_day), TOMORROW, "urmia", "khoy") == ["EXTRA", "EXTRA"]


def test_three_scopes_stand_on_each_other_and_no_more() -> None:
    province = calendar_of(file_of(add(the_province(), {"date": "2026-11-24", "kind": "CLOSED"})))
    agency = calendar_of(file_of(recorded(written(OFFICES).model_copy(update={"exceptions": ()}), province)))
    unit = written(OFFICES).model_copy(update={"id": "a-unit", "base": OFFICES, "exceptions": ()})
    lowest = calendar_of(file_of(recorded(unit, agency)))
    assert {day.layer for day in lowest.exceptions} == {2}
    assert kinds(lowest, TOMORROW, None) == ["CLOSED"]
    deeper = unit.model_copy(update={"id": "deeper", "base": "a-unit"})
    refused_as_too_deep(deeper, lowest, agency, province)
    bare = province.model_copy(update={"exceptions": ()})
    refused_as_too_deep(bare.model_copy(update={"base": "new"}), written_as("new"), agency, lowest)
    assert recorded(deeper.model_copy(update={"base": OFFICES}), agency, others=[province, lowest]).events


def written_as(id: str, base: str | None = None) -> WorkingCalendar:
    return written(OFFICES).model_copy(update={"id": id, "base": base, "exceptions": (), "version": 1})


def refused_as_too_deep(calendar: WorkingCalendar, base: WorkingCalendar, *others: WorkingCalendar) -> None:
    """What the one at the bottom closes would not hold in the one on top."""
    with pytest.raises(Refused) as refusal:
        recorded(calendar, base, others=others)
    assert refusal.value.facts["flaws"] == ["base: more than 3 calendars would stand on each other"]


@pytest.mark.parametrize("bases", [("a",), ("b", "a"), ("b", "c", "a")], ids=["itself", "each other", "in a ring"])
def test_no_calendar_stands_on_itself_through_others(bases: tuple[str, ...]) -> None:
    chain = [written_as(id, base) for id, base in zip(("a", *bases[:-1]), bases, strict=True)]
    with pytest.raises(Refused) as refusal:
        recorded(chain[0], chain[1] if chain[1:] else chain[0], others=chain[2:])
    assert refusal.value.facts["flaws"] == [f"base: {bases[0]} stands on this one"]


@pytest.mark.parametrize(
    "base",
    [
        {"scope": {"province": "tehran"}},
        {"scope": {"province": "west-azerbaijan", "orgId": "wa-tax"}},
        {"scope": {"province": "west-azerbaijan", "unitId": "wa-tax-clearances"}},
    ],
)
def test_a_calendar_stands_on_one_of_a_wider_scope_alone(base: dict[str, Any]) -> None:
    other = WorkingCalendar.model_validate(written(PROVINCE).to_wire() | {"version": 1} | base)
    with pytest.raises(Refused) as refusal:
        recorded(written(OFFICES).model_copy(update={"base": other.id}), other)
    assert refusal.value.code == "INCOMPLETE"


def test_who_stands_elsewhere_from_now_on_leaves_the_one_before() -> None:
    province = the_province()
    moved = recorded(written(OFFICES).model_copy(update={"base": None}), file=offices(province))
    assert [send.body for send in moved.sends if isinstance(send.body, Unfollow)] == [
        Unfollow(base=PROVINCE, follower=OFFICES)
    ]
    assert kinds(calendar_of(file_of(moved)), date(2026, 6, 24), None) == ["OPEN"]
    followed = file_of(calendars.follow(province, Follow(base=PROVINCE, follower=OFFICES), world()))
    left = calendars.unfollow(followed, Unfollow(base=PROVINCE, follower=OFFICES), world())
    assert file_of(left).followers == ()
    stale = Below(base=PROVINCE, version=9, exceptions=())
    assert calendars.below_changed(file_of(moved), stale, world()).events == ()


def test_a_calendar_may_be_named_before_it_is_recorded() -> None:
    named = file_of(calendars.follow(None, Follow(base=PROVINCE, follower=OFFICES), world()))
    first = file_of(recorded(written(OFFICES)))
    decided = recorded(written(PROVINCE), file=named)
    (below,) = [send.body for send in decided.sends if isinstance(send.body, Below)]
    told = file_of(calendars.below_changed(first, below, world()))
    assert kinds(calendar_of(told), date(2026, 6, 24), None) == ["CLOSED"]


def test_writing_back_what_was_read_changes_nothing() -> None:
    above = offices()
    province = calendar_of(the_province())
    assert recorded(calendar_of(above), province, above).events == ()
    assert recorded(written(OFFICES), province, above).events == ()


# -- days that differ -------------------------------------------------------------------------------------------------


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
    assert refusal.value.facts["flaws"] == ["never opens"]


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
    first, end = TOMORROW, TOMORROW + timedelta(days=30)
    is_now, would_be = (calendar_from_wire(entry.to_wire(), "khoy") for entry in (before, after))
    changes_seen = preview.changed(is_now, would_be, first, end)
    return [(was.date, was.kind.value, will.kind.value) for was, will in changes_seen]


def test_a_change_is_shown_before_it_is_saved() -> None:
    closed = {"date": "2026-11-24", "kind": "CLOSED", "source": "x", "counties": ["khoy"]}
    assert days_changed([closed]) == [(TOMORROW, "OPEN", "CLOSED")]
    assert days_changed([closed | {"counties": ["urmia"]}]) == []
    assert days_changed([closed | {"date": "2026-11-27"}]) == [(date(2026, 11, 27), "CLOSED", "CLOSED")], "a Friday"
