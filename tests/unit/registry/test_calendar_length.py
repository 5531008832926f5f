"""A calendar that grows is never in the way of those that stand on it: too much is refused before it is kept."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.contracts.envelope import MAX_VALUE_BYTES
from services.contracts.working_calendar import DayException, WorkingCalendar, gathered, spread
from services.registry.domain.calendar_base import LAYERS
from services.registry.domain.calendar_length import ABOVE, ON_ITS_OWN
from services.worktime import DayKind, calendar_from_wire, day_kind
from tests.unit.registry.calendar_files import (
    NOW,
    OFFICER,
    PROVINCE,
    TOMORROW,
    add,
    calendar_of,
    file_of,
    kinds,
    recorded,
    the_province,
    withdraw,
    written,
)
from tests.unit.registry.governorate import DESK, province
from tests.unit.registry.over_http import Registry

SNOW = "بستن به دلیل بارش سنگین برف و یخبندان"


def closed(first: date, days: int, counties: int = 20) -> list[dict[str, Any]]:
    names = [f"county-{number}" for number in range(counties)]
    return [
        {"date": str(first + timedelta(days=number)), "kind": "CLOSED", "source": SNOW, "counties": names}
        for number in range(days)
    ]


def test_a_day_of_many_counties_is_said_once_and_holds_in_each() -> None:
    file = file_of(add(the_province(), *closed(TOMORROW, 1)))
    (day,) = [each for each in calendar_of(file).exceptions if each.date == TOMORROW]
    assert (len(day.counties), day.county) == (20, "county-0"), "the first, for readers who know no list"
    assert kinds(calendar_of(file), TOMORROW, "county-0", "county-19", "khoy", None) == [
        "CLOSED",
        "CLOSED",
        "OPEN",
        "OPEN",
    ]


def test_of_a_day_of_many_counties_one_is_changed_and_the_others_stay() -> None:
    file = file_of(add(the_province(), *closed(TOMORROW, 1, counties=3)))
    short = {"date": str(TOMORROW), "kind": "SHORT", "intervals": [["08:00", "10:00"]], "counties": ["county-1"]}
    changed = calendar_of(file_of(add(file, short)))
    assert kinds(changed, TOMORROW, "county-0", "county-1", "county-2") == ["CLOSED", "SHORT", "CLOSED"]
    taken_back = calendar_of(file_of(withdraw(file, str(TOMORROW), "county-0")))
    assert kinds(taken_back, TOMORROW, "county-0", "county-1", "county-2") == ["OPEN", "CLOSED", "CLOSED"]


def test_what_was_kept_for_each_county_by_itself_says_the_same_and_is_gathered_with_the_next_change() -> None:
    whole = calendar_of(file_of(add(the_province(), *closed(TOMORROW, 2, counties=3))))
    before = whole.model_copy(update={"exceptions": spread(whole.exceptions)})
    assert gathered(before.exceptions) == whole.exceptions
    for county in (None, "county-1", "khoy"):
        one, other = (calendar_from_wire(each.to_wire(), county) for each in (whole, before))
        assert [day_kind(one, TOMORROW)] == [day_kind(other, TOMORROW)]
    file = the_province().model_copy(update={"published": before})
    again = recorded(whole, file=file)
    assert (again.events, file_of(again).published) == ((), whole)


def test_calendars_that_stand_on_each_other_fit_into_one_event() -> None:
    around_it = 2 * 1024
    """What is published with a calendar and is not its own."""
    assert ON_ITS_OWN + LAYERS * ABOVE + around_it <= MAX_VALUE_BYTES


async def test_no_calendar_grows_until_one_above_it_is_in_the_way(registry: Registry) -> None:
    """Each says as much as it may; then a closure of the province still reaches all of them."""
    base = (await registry.get(f"calendars/{PROVINCE}")).json()
    desk = province().desk(DESK)
    assert desk is not None
    counties = (f"county-{number}" for number in range(4))
    await registry.office.put(*(desk.model_copy(update={"id": f"desk-{each}", "county": each}) for each in counties))
    names = ["lowest", "middle", "highest"]
    for name, below in zip(names, [None, *names], strict=False):
        new = {key: value for key, value in base.items() if key != "version"}
        new |= {"id": name, "orgId": "wa-governorate", "base": below, "exceptions": []}
        assert (await registry.put(f"calendars/{name}?officerId={OFFICER}", new)).status_code == 201
    for name in names:
        first, days = date(2027, 1, 2), 320
        while days >= 20:  # until there is no room for twenty more
            body = {"exceptions": closed(first, days, counties=4), "officerId": OFFICER}
            answer = await registry.post(f"calendars/{name}/exceptions", body)
            if answer.status_code == 200:
                first += timedelta(days=days)
            else:
                days //= 2
        full = answer.json()
        assert (answer.status_code, full["code"]) == (422, "TOO_MANY_DAYS"), name
        assert str(ABOVE if name != "lowest" else ON_ITS_OWN) in full["detail"]
    withdrawn = {"date": "2027-01-02", "county": "county-3", "reason": "x", "officerId": OFFICER}
    for name in names:
        left = await registry.post(f"calendars/{name}/exceptions/withdraw", withdrawn)
        assert left.status_code == 200, "who takes away is not refused for the rest"
    tomorrow = {"exceptions": [{"date": str(TOMORROW), "kind": "CLOSED", "source": "x"}], "officerId": OFFICER}
    assert (await registry.post("calendars/lowest/exceptions", tomorrow)).status_code == 200
    highest = WorkingCalendar.model_validate((await registry.get("calendars/highest")).json())
    assert day_kind(calendar_from_wire(highest.to_wire()), TOMORROW) is DayKind.CLOSED


def test_a_calendar_that_was_longer_before_may_get_shorter_and_not_longer() -> None:
    rows = [
        DayException.model_validate(
            day | {"status": "CONFIRMED", "county": county, "counties": [], "source": f"{SNOW} {county}"}
        )
        for day in closed(TOMORROW, 60)
        for county in day["counties"]
    ]
    long = written(PROVINCE).model_copy(update={"exceptions": tuple(rows), "version": 1})
    assert len(long.to_json()) > ON_ITS_OWN
    file = the_province().model_copy(update={"published": long})
    assert withdraw(file, str(TOMORROW), "county-3").events
    with pytest.raises(Exception, match="TOO_MANY_DAYS"):
        add(file, {"date": str(NOW.date()), "kind": "CLOSED"})
