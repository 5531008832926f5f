"""A published calendar is read whole, or refused with every problem named (domain 6)."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.working_calendar import WorkingCalendar
from services.worktime import (
    BadCalendar,
    DayKind,
    ExceptionStatus,
    Interval,
    Presence,
    calendar_from_wire,
    day_kind,
    open_intervals,
    parse_jalali,
)

FULL_DAY = [["07:30", "12:30"], ["13:00", "14:30"]]
WIRE: dict[str, Any] = {
    "id": "tehran.land",
    "version": 3,
    "scope": {"province": "tehran", "orgId": "land", "unitId": None},
    "zone": "Asia/Tehran",
    "weeks": [
        {"validFrom": "2026-09-23", "days": {"saturday": FULL_DAY, "thursday": [["07:30", "11:30"]], "friday": []}},
        {"validFrom": "2026-03-21", "days": {"saturday": [["00:00", "24:00"]]}},
    ],
    "exceptions": [
        {"date": "2026-11-28", "kind": "CLOSED", "intervals": [], "status": "CONFIRMED", "source": "x", "county": None},
        {"date": "2026-11-28", "kind": "SHORT", "intervals": [["09:00", "12:00"]], "status": "FIXED", "source": "x",
         "county": "rey"},
        {"date": "2026-12-05", "kind": "REMOTE", "intervals": [], "status": "PROVISIONAL", "source": "x",
         "county": "shemiran"},
    ],
}  # fmt: skip
SATURDAY = parse_jalali("1405/09/07")  # 2026-11-28


def bent(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(WIRE) | changes


def problems_of(wire: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(BadCalendar) as refusal:
        calendar_from_wire(wire)
    assert isinstance(refusal.value, ValueError)
    for problem in refusal.value.problems:
        assert problem in str(refusal.value)
    return refusal.value.problems


def test_weeks_are_put_in_order_and_missing_weekdays_are_weekend() -> None:
    calendar = calendar_from_wire(WIRE)
    assert (calendar.id, calendar.version, calendar.zone) == ("tehran.land", 3, "Asia/Tehran")
    assert open_intervals(calendar, parse_jalali("1405/02/05")) == (Interval(0, 1440),)  # a Saturday of the first week
    assert open_intervals(calendar, parse_jalali("1405/08/30")) == (Interval(450, 750), Interval(780, 870))
    assert open_intervals(calendar, parse_jalali("1405/09/05")) == (Interval(450, 690),)
    assert open_intervals(calendar, parse_jalali("1405/09/02")) == ()  # Monday is not named


def test_in_a_county_its_own_exception_beats_the_general_one() -> None:
    assert day_kind(calendar_from_wire(WIRE), SATURDAY) is DayKind.CLOSED
    assert day_kind(calendar_from_wire(WIRE, county="rey"), SATURDAY) is DayKind.SHORT
    assert day_kind(calendar_from_wire(WIRE, county="shemiran"), SATURDAY) is DayKind.CLOSED
    assert [held.status for held in calendar_from_wire(WIRE, county="shemiran").exceptions] == [
        ExceptionStatus.CONFIRMED,
        ExceptionStatus.PROVISIONAL,
    ]
    assert len(calendar_from_wire(WIRE).exceptions) == 1


def test_a_closure_of_several_counties_holds_in_each_of_them_and_nowhere_else() -> None:
    """Domain 6: "tomorrow closed in three counties"; `county` is the first of the list."""
    snow = WIRE["exceptions"][0] | {"county": "khoy", "counties": ["khoy", "maku", "urmia"]}
    for county in ("khoy", "maku", "urmia"):
        assert day_kind(calendar_from_wire(bent(exceptions=[snow]), county), SATURDAY) is DayKind.CLOSED
    for elsewhere in (None, "rey"):
        assert day_kind(calendar_from_wire(bent(exceptions=[snow]), elsewhere), SATURDAY) is DayKind.OPEN


def test_what_the_registry_publishes_is_what_is_read() -> None:
    published = WorkingCalendar.model_validate(WIRE | {"orgId": "land"}).to_wire()
    assert calendar_from_wire(published) == calendar_from_wire(WIRE)
    assert calendar_from_wire(json.loads(json.dumps(published))) == calendar_from_wire(WIRE)


def test_a_calendar_named_by_calendar_id_is_read_too() -> None:
    named = bent(calendarId="tehran.land")
    del named["id"]
    assert calendar_from_wire(named) == calendar_from_wire(WIRE)


@pytest.mark.parametrize(
    ("days", "problem"),
    [
        ({"saterday": FULL_DAY}, "weeks[0].days: 'saterday' is not a weekday"),
        ({"sunday": [["08:00", "24:30"]]}, "weeks[0].days.sunday[0]: '24:30' is not a time of day (00:00 to 24:00)"),
        ({"sunday": [["8:00", "14:00"]]}, "weeks[0].days.sunday[0]: '8:00' is not a time of day (00:00 to 24:00)"),
        ({"sunday": [["۰۸:۰۰", "14:00"]]}, "weeks[0].days.sunday[0]: '۰۸:۰۰' is not a time of day (00:00 to 24:00)"),
        ({"sunday": [[480, "14:00"]]}, "weeks[0].days.sunday[0]: 480 is not a time of day (00:00 to 24:00)"),
        ({"sunday": [["08:00"]]}, "weeks[0].days.sunday[0]: ['08:00'] is not [from, to]"),
        ({"sunday": "08:00-14:00"}, "weeks[0].days.sunday: '08:00-14:00' is not a list of [from, to]"),
        ({"sunday": [["14:00", "08:00"]]}, "week from 2026-09-23, sunday: 14:00-08:00 ends before it starts"),
        ({"sunday": [["08:00", "08:00"]]}, "week from 2026-09-23, sunday: 08:00-08:00 ends before it starts"),
        ({"sunday": [["24:00", "24:00"]]}, "week from 2026-09-23, sunday: 24:00-24:00 leaves the day"),
        ({"sunday": [["08:00", "12:00"], ["11:59", "14:00"]]},
         "week from 2026-09-23, sunday: 11:59-14:00 overlaps 08:00-12:00"),
        ({"sunday": [["12:00", "14:00"], ["08:00", "11:00"]]},
         "week from 2026-09-23, sunday: 08:00-11:00 stands after 12:00-14:00"),
    ],
)  # fmt: skip
def test_a_bad_week_is_refused(days: dict[str, Any], problem: str) -> None:
    assert problems_of(bent(weeks=[{"validFrom": "2026-09-23", "days": days}])) == (problem,)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"kind": "SHORT"}, "2026-11-25: SHORT needs hours"),
        ({"kind": "EXTRA"}, "2026-11-25: EXTRA needs hours"),
        ({"intervals": [["08:00", "12:00"]]}, "2026-11-25: CLOSED has no hours"),
        ({"kind": "OPEN"}, "exceptions[0].kind: 'OPEN' is none of CLOSED, SHORT, REMOTE, EXTRA"),
        ({"kind": None}, "exceptions[0].kind: None is none of CLOSED, SHORT, REMOTE, EXTRA"),
        ({"status": "MAYBE"}, "exceptions[0].status: 'MAYBE' is none of FIXED, PROVISIONAL, CONFIRMED"),
        ({"date": "2026-02-30"}, "exceptions[0].date: '2026-02-30' is not a date (YYYY-MM-DD)"),
        ({"date": "1405/09/04"}, "exceptions[0].date: '1405/09/04' is not a date (YYYY-MM-DD)"),
        ({"source": ""}, "exceptions[0].source: '' is not a text"),
        ({"county": 7}, "exceptions[0].county: 7 is not a text"),
        ({"decided": "v3"}, "exceptions[0].decided: 'v3' is not an object"),
    ],
)
def test_a_bad_exception_is_refused(changes: dict[str, Any], problem: str) -> None:
    good = {"date": "2026-11-25", "kind": "CLOSED", "intervals": [], "status": "CONFIRMED", "source": "circular"}
    assert calendar_from_wire(bent(exceptions=[good])).exceptions
    assert problems_of(bent(exceptions=[good | changes])) == (problem,)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"id": ""}, "id: '' is not a text"),
        ({"version": "3"}, "version: '3' is not a whole number from 0"),
        ({"version": True}, "version: True is not a whole number from 0"),
        ({"zone": "Asia/Nowhere"}, "zone 'Asia/Nowhere' is unknown"),
        ({"zone": "../etc/passwd"}, "zone '../etc/passwd' is unknown"),
        ({"zone": ""}, "zone: '' is not a text"),
        ({"weeks": []}, "no week is given"),
        ({"weeks": [WIRE["weeks"][0], WIRE["weeks"][0]]}, "two weeks are valid from 2026-09-23"),
        ({"exceptions": [WIRE["exceptions"][0]] * 2}, "2026-11-28: two exceptions for one day"),
        ({"exceptions": [WIRE["exceptions"][1]] * 2}, "2026-11-28: two exceptions for one day for county rey"),
        ({"exceptions": "none"}, "exceptions: 'none' is not a list"),
        ({"exceptions": ["none"]}, "exceptions[0]: 'none' is not an object"),
    ],
)
def test_a_calendar_bad_as_a_whole_is_refused(changes: dict[str, Any], problem: str) -> None:
    assert problems_of(bent(**changes)) == (problem,)


def test_every_problem_is_named_at_once() -> None:
    wire = bent(version=-1, zone="Mars/Phobos")
    wire["weeks"][0]["days"] |= {"sunday": [["08:00", "25:00"]], "moonday": []}
    wire["weeks"][1]["days"]["saturday"] = [["10:00", "09:00"]]
    wire["exceptions"][1]["intervals"] = []
    assert len(problems_of(wire)) == 6


@pytest.mark.parametrize("nothing", [{}, {"weeks": None, "exceptions": None}, {"weeks": [{}], "exceptions": [{}]}])
def test_an_empty_object_is_refused_not_guessed(nothing: dict[str, Any]) -> None:
    assert problems_of(nothing)


def a_closure(status: str, layer: int = 0, county: str | None = None) -> dict[str, Any]:
    return {"date": "2026-11-28", "kind": "CLOSED", "status": status, "source": "x", "county": county, "layer": layer}


@pytest.mark.parametrize(
    "announced", [a_closure("PROVISIONAL"), a_closure("PROVISIONAL", 1, "rey"), a_closure("PROVISIONAL", 0, "rey")]
)
def test_what_is_provisional_opens_no_day_that_is_closed_for_certain(announced: dict[str, Any]) -> None:
    calendar = calendar_from_wire(bent(exceptions=[announced, a_closure("CONFIRMED", 1)]), "rey")
    assert day_kind(calendar, SATURDAY) is DayKind.CLOSED
    assert open_intervals(calendar, SATURDAY) == ()


def test_a_provisional_day_that_would_not_hold_if_it_were_confirmed_shuts_nothing() -> None:
    extra = a_closure("CONFIRMED") | {"kind": "EXTRA", "intervals": [["08:00", "12:00"]]}
    calendar = calendar_from_wire(bent(exceptions=[a_closure("PROVISIONAL", 1), extra]))
    assert open_intervals(calendar, SATURDAY, avoid_provisional=True) == (Interval(480, 720),)


_HOURS_OF = {"CLOSED": [], "SHORT": [["09:00", "12:00"]], "REMOTE": [["10:00", "11:00"]], "EXTRA": [["07:00", "20:00"]]}
exceptions_of_a_day = st.lists(
    st.builds(
        lambda kind, status, county, layer: (
            a_closure(status, layer, county) | {"kind": kind, "intervals": _HOURS_OF[kind]}
        ),
        st.sampled_from(list(_HOURS_OF)),
        st.sampled_from(["FIXED", "CONFIRMED", "PROVISIONAL"]),
        st.sampled_from([None, "rey", "shemiran"]),
        st.integers(0, 2),
    ),
    unique_by=lambda each: (each["county"], each["layer"]),
)


@given(exceptions_of_a_day, st.sampled_from([None, "rey", "shemiran", "elsewhere"]))
def test_of_several_for_a_day_the_nearest_certain_one_holds(days: list[dict[str, Any]], county: str | None) -> None:
    """By the definition: asked from the nearest scope outwards, the county before the general (domain 6)."""
    hours: tuple[Interval, ...] = (Interval(450, 750), Interval(780, 870))
    kind, avoided = "OPEN", False
    places = [(layer, here) for layer in (0, 1, 2) for here in dict.fromkeys((county, None))]
    for place in places:
        there = next((each for each in days if (each["layer"], each["county"]) == place), None)
        if there is not None and there["status"] == "PROVISIONAL":
            avoided = True
        elif there is not None:
            kind = there["kind"]
            spans = [[int(end[:2]) * 60 + int(end[3:]) for end in span] for span in there["intervals"]]
            hours = tuple(Interval(*span) for span in spans)
            break
    calendar = calendar_from_wire(bent(exceptions=days), county)
    assert day_kind(calendar, SATURDAY) == kind
    for presence in Presence:
        shut = kind == "REMOTE" and presence is Presence.DESK
        assert open_intervals(calendar, SATURDAY, presence) == (() if shut else hours)
        careful = open_intervals(calendar, SATURDAY, presence, avoid_provisional=True)
        assert careful == (() if shut or avoided else hours)
