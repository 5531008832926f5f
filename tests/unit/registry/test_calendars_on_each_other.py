"""Calendars that stand on each other: an agency's on its province's, a unit's on its agency's (domain 6, ADR 0019)."""

from datetime import date
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.working_calendar import CalendarScope, DayException, WorkingCalendar
from services.registry.domain import calendar_file
from services.registry.domain.calendar_file import Below, CalendarFile, Follow, Unfollow
from tests.support.sample import published
from tests.unit.registry.calendar_files import (
    NOW,
    OFFICES,
    PROVINCE,
    TOMORROW,
    add,
    calendar_of,
    file_of,
    kinds,
    offices,
    recorded,
    the_province,
    world,
    written,
)


def test_a_calendar_is_published_with_the_days_of_the_one_it_stands_on() -> None:
    calendar = calendar_of(offices())
    given = {"version": 1, "moves": calendar.moves, "recorded_at": world().now}
    assert calendar == published(written(OFFICES)).model_copy(update=given)
    assert kinds(calendar, date(2026, 6, 24), None) == ["CLOSED"], "Tasua is a day of the province"


def test_a_new_follower_tells_the_calendar_below_and_hears_nothing_new() -> None:
    province = the_province()
    decided = recorded(written(OFFICES), calendar_of(province))
    (follow,) = [send.body for send in decided.sends if isinstance(send.body, Follow)]
    told = calendar_file.follow(province, follow, world())
    assert file_of(told).followers == (OFFICES,)
    (send,) = told.sends
    assert isinstance(send.body, Below)
    heard = calendar_file.below_changed(file_of(decided), send.body, world())
    assert heard.events == ()


def test_a_change_below_is_a_new_version_above_and_what_comes_late_is_dropped() -> None:
    """Domain 12.14: a projection never goes backwards."""
    province = file_of(calendar_file.follow(the_province(), Follow(base=PROVINCE, follower=OFFICES), world()))
    above = offices(province)
    first = add(province, {"date": "2026-11-24", "kind": "CLOSED", "counties": ["urmia", "khoy", "salmas"]})
    second = add(file_of(first), {"date": "2026-11-25", "kind": "CLOSED"})
    (one,), (two,) = (
        [send.body for send in decided.sends if isinstance(send.body, Below)] for decided in (first, second)
    )
    changed = calendar_file.below_changed(above, two, world())
    assert [event.key() for event in changed.events] == ["wa-governorate:wa-offices@2"]
    calendar = calendar_of(file_of(changed))
    assert kinds(calendar, TOMORROW, "urmia", "khoy", "mahabad", None) == ["CLOSED", "CLOSED", "OPEN", "OPEN"]
    assert kinds(calendar, date(2026, 11, 25), "mahabad") == ["CLOSED"]
    assert calendar_file.below_changed(file_of(changed), one, world()).state == file_of(changed)


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
    assert kinds(calendar_of(file_of(moved)), date(2026, 6, 24), None) == ["CLOSED"], "it is over, and stays (I6)"
    assert not [day for day in calendar_of(file_of(moved)).exceptions if day.layer and day.date >= NOW.date()]
    followed = file_of(calendar_file.follow(province, Follow(base=PROVINCE, follower=OFFICES), world()))
    left = calendar_file.unfollow(followed, Unfollow(base=PROVINCE, follower=OFFICES), world())
    assert file_of(left).followers == ()
    stale = Below(base=PROVINCE, version=9, exceptions=())
    assert calendar_file.below_changed(file_of(moved), stale, world()).events == ()


def test_the_scope_is_not_narrowed_under_those_that_stand_on_it() -> None:
    province, above = the_province(), calendar_of(offices())
    narrow = written(PROVINCE).model_copy(update={"scope": CalendarScope(province="west-azerbaijan", org_id="wa-tax")})
    with pytest.raises(Refused) as refusal:
        recorded(narrow, file=province, others=[above])
    assert refusal.value.facts["flaws"] == [
        f"scope: {OFFICES} stands on this one, and would be of another scope, or a wider one"
    ]
    assert recorded(narrow, file=province).events, "nobody stands on it"


def test_a_calendar_may_be_named_before_it_is_recorded() -> None:
    named = file_of(calendar_file.follow(None, Follow(base=PROVINCE, follower=OFFICES), world()))
    first = file_of(recorded(written(OFFICES)))
    decided = recorded(written(PROVINCE), file=named)
    (below,) = [send.body for send in decided.sends if isinstance(send.body, Below)]
    told = file_of(calendar_file.below_changed(first, below, world()))
    assert kinds(calendar_of(told), date(2026, 6, 24), None) == ["CLOSED"]


def test_writing_back_what_was_read_changes_nothing() -> None:
    above = offices()
    province = calendar_of(the_province())
    assert recorded(calendar_of(above), province, above).events == ()
    assert recorded(written(OFFICES), province, above).events == ()


def test_who_stands_elsewhere_keeps_the_days_that_are_over() -> None:
    """I6: promises were judged by them, and Clocks count by them still."""
    over, ahead = "2026-11-01", "2026-12-02"
    first = with_days(written_as("first"), over, ahead)
    second = with_days(written_as("second"), "2026-11-02", "2026-12-03")
    above = file_of(recorded(written_as("above", "first"), first))
    moved = file_of(recorded(written_as("above", "second"), second, above))
    assert inherited(moved) == [over, "2026-12-03"]
    news = with_days(second, "2026-12-04").model_copy(update={"version": 2})
    told = Below(base="second", version=2, exceptions=news.exceptions)
    later = file_of(calendar_file.below_changed(moved, told, world()))
    assert inherited(later) == [over, "2026-12-03", "2026-12-04"]
    unbound = file_of(recorded(written_as("above"), file=later))
    assert inherited(unbound) == [over]
    assert inherited(file_of(recorded(written_as("above", "first"), first, unbound))) == [over, ahead]


def with_days(calendar: WorkingCalendar, *days: str) -> WorkingCalendar:
    new = [{"date": day, "kind": "CLOSED", "status": "CONFIRMED", "source": "x"} for day in days]
    exceptions = (*calendar.exceptions, *(DayException.model_validate(day) for day in new))
    return calendar.model_copy(update={"exceptions": exceptions})


def inherited(file: CalendarFile) -> list[str]:
    return [str(day.date) for day in calendar_of(file).exceptions if day.layer]


def test_the_zone_of_a_calendar_is_fixed() -> None:
    with pytest.raises(Refused, match="ZONE_FIXED"):
        recorded(written(PROVINCE).model_copy(update={"zone": "Asia/Dubai"}), file=the_province())
