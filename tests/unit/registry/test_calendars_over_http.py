"""Calendars that stand on each other, over HTTP: what is refused, and a change that is looked at first (domain 6)."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.unit.registry.over_http import Registry

BY = {"officerId": "wa-governorate-desk-01"}
SNOW: dict[str, Any] = {"exceptions": [{"date": "2026-12-02", "kind": "CLOSED", "source": "برف"}]} | BY


async def stands_on(registry: Registry, id: str, base: str | None) -> Any:
    """The answer to recording it so. It closes on no day by itself."""
    calendar = (await registry.get("calendars/wa-offices")).json()
    return await registry.put(
        f"calendars/{id}", calendar | {"id": id, "base": base, "exceptions": []}, **{"If-Match": "*"}
    )


async def test_holidays_that_are_imported_by_a_call_that_comes_again_are_told_as_they_were(registry: Registry) -> None:
    """Its answer may have been lost: what it proposed is not nothing because it is known by now."""
    body, key = {"year": 1410} | BY, {"Idempotency-Key": "holidays-1410"}
    first = await registry.post("calendars/wa-offices/holidays", body, **key)
    assert (first.status_code, first.json()["recorded"]) == (200, True), first.text
    again = await registry.post("calendars/wa-offices/holidays", body, **key)
    assert (again.status_code, again.json()) == (200, first.json())
    anew = await registry.post("calendars/wa-offices/holidays", body)
    assert (anew.json()["recorded"], anew.json()["proposed"]) == (False, [])
    other = await registry.post("calendars/wa-offices/holidays", body | {"year": 1411}, **key)
    assert other.json()["code"] == "IDEMPOTENCY_MISMATCH"


async def test_a_ring_of_calendars_is_refused_and_the_others_go_on(registry: Registry) -> None:
    for id, base in (("a1", None), ("a2", "a1"), ("a3", "a2")):
        assert (await stands_on(registry, id, base)).status_code == 201
    ring = await stands_on(registry, "a1", "a3")
    assert (ring.status_code, ring.json()["flaws"]) == (422, ["base: a3 stands on this one"])
    too_deep = await stands_on(registry, "a1", "west-azerbaijan")
    assert too_deep.json()["flaws"] == ["base: more than 3 calendars would stand on each other"]
    assert (await stands_on(registry, "a4", "a3")).status_code == 422
    snow = await registry.post("calendars/a1/exceptions", SNOW)
    assert snow.status_code == 200
    lowest = (await registry.get("calendars/a3")).json()
    assert [(day["date"], day["layer"]) for day in lowest["exceptions"]] == [("2026-12-02", 2)]


async def test_what_a_change_would_do_two_calendars_above_is_shown_as_it_will_be(registry: Registry) -> None:
    """The one between says that it is open on that day: so it is, also for whoever stands on that one."""
    for id, base in (("province", None), ("agency", "province"), ("unit", "agency")):
        assert (await stands_on(registry, id, base)).status_code == 201
    opened = {"date": "2026-12-02", "kind": "EXTRA", "intervals": [["08:00", "12:00"]], "source": "نوبت ویژه"}
    assert (await registry.post("calendars/agency/exceptions", {"exceptions": [opened]} | BY)).status_code == 200
    two = {"exceptions": [*SNOW["exceptions"], {"date": "2026-12-05", "kind": "CLOSED", "source": "برف"}]} | BY
    shown = (await registry.post("calendars/province/preview", two)).json()
    changes = {each["id"]: [change["will"]["date"] for change in each["changes"]] for each in shown["calendars"]}
    assert changes == {
        "province": ["2026-12-02", "2026-12-05"],
        "agency": ["2026-12-05"],
        "unit": ["2026-12-05"],
    }


async def test_what_stands_on_a_calendar_is_known_when_its_scope_is_narrowed(registry: Registry) -> None:
    for id, base in (("lower", None), ("upper", "lower")):
        assert (await stands_on(registry, id, base)).status_code == 201
    calendar = (await registry.get("calendars/lower")).json()
    narrow = calendar | {"scope": calendar["scope"] | {"orgId": "wa-tax"}}
    refused = await registry.put("calendars/lower", narrow, **{"If-Match": "*"})
    assert (refused.status_code, [flaw.partition(":")[0] for flaw in refused.json()["flaws"]]) == (422, ["scope"])


# -- what would be saved, looked at first -----------------------------------------------------------------------------


def days_of(shown: Any, id: str, county: str | None = None) -> list[tuple[str, str, str]]:
    (calendar,) = [each for each in shown["calendars"] if each["id"] == id]
    return [
        (change["will"]["date"], change["was"]["kind"], change["will"]["kind"])
        for change in calendar["changes"]
        if change["county"] == county
    ]


async def test_another_weekend_is_looked_at_before_it_is_saved(registry: Registry) -> None:
    """From 1405/10/03 on the offices work on Thursdays until noon."""
    calendar = (await registry.get("calendars/wa-offices")).json()
    last = calendar["weeks"][-1]
    longer = {"validFrom": "2026-12-24", "days": last["days"] | {"thursday": [["08:00", "12:00"]]}}
    changed = calendar | {"weeks": [*calendar["weeks"], longer]}
    answer = await registry.put("calendars/wa-offices/preview", changed)
    assert answer.status_code == 200, answer.text
    days = days_of(answer.json(), "wa-offices")
    thursdays = [date(2026, 12, 24) + timedelta(weeks=week) for week in range(53)]
    assert {day for day, _, _ in days} <= {day.isoformat() for day in thursdays}, "a year of them"
    assert (days[0], len(days) > 45) == (("2026-12-24", "CLOSED", "OPEN"), True)
    assert ("wa-offices", date(2026, 12, 24), ()) in registry.promises.asked
    (told,) = [each for each in answer.json()["calendars"] if each["id"] == "wa-offices"]
    assert told["changes"][0]["will"]["desk"] == [["08:00", "12:00"]]
    assert told["promises"]["total"] == len(registry.promises.asked)
    assert (await registry.get("calendars/wa-offices")).json() == calendar, "nothing was saved"


async def test_other_hours_and_another_base_are_looked_at_too(registry: Registry) -> None:
    for id, base in (("lower", None), ("other", None), ("upper", "lower"), ("top", "upper")):
        assert (await stands_on(registry, id, base)).status_code == 201
    assert (await registry.post("calendars/other/exceptions", SNOW)).status_code == 200
    upper = (await registry.get("calendars/upper")).json()
    shown = (await registry.put("calendars/upper/preview", upper | {"base": "other"})).json()
    assert days_of(shown, "upper") == days_of(shown, "top") == [("2026-12-02", "OPEN", "CLOSED")]
    earlier = [{**upper["weeks"][-1], "validFrom": "2026-12-05"}]
    earlier[0]["days"] = earlier[0]["days"] | {"saturday": [["07:00", "11:00"], ["15:00", "19:00"]]}
    shown = (await registry.put("calendars/upper/preview", upper | {"weeks": [*upper["weeks"], *earlier]})).json()
    assert days_of(shown, "upper")[0] == ("2026-12-05", "OPEN", "OPEN")
    assert days_of(shown, "top") == [], "it has weeks of its own"


async def test_a_confirmation_and_a_withdrawal_are_looked_at_first(registry: Registry) -> None:
    snow = SNOW | {"status": "PROVISIONAL"}
    assert (await registry.post("calendars/wa-offices/exceptions", snow)).status_code == 200
    day = {"date": "2026-12-02"} | BY
    confirmed = await registry.post("calendars/wa-offices/preview/confirm", day)
    assert days_of(confirmed.json(), "wa-offices") == [("2026-12-02", "OPEN", "CLOSED")]
    assert ("wa-offices", date(2026, 12, 2), ()) in registry.promises.asked
    withdrawn = await registry.post("calendars/wa-offices/preview/withdraw", day | {"reason": "نبارید"})
    assert days_of(withdrawn.json(), "wa-offices") == [("2026-12-02", "OPEN", "OPEN")]
    (change,) = withdrawn.json()["calendars"][0]["changes"]
    assert (change["was"]["provisional"], change["will"]["provisional"]) == (True, False)
    assert (await registry.get("calendars/wa-offices")).json()["version"] == 2, "nothing was saved"


CLOSED_ON_FRIDAY = {"date": "2026-12-04", "kind": "CLOSED", "source": "تعطیل رسمی"}
OPEN_ON_FRIDAY = {"date": "2026-12-04", "kind": "EXTRA", "intervals": [["08:00", "12:00"]], "source": "نوبت ویژه"}


@pytest.mark.parametrize("status", ["CONFIRMED", "PROVISIONAL"])
@pytest.mark.parametrize(("day", "touches"), [(CLOSED_ON_FRIDAY, False), (OPEN_ON_FRIDAY, True)])
async def test_promises_are_counted_that_other_hours_touch(
    registry: Registry, day: dict[str, Any], touches: bool, status: str
) -> None:
    """A Friday is shut already. What is announced counts as if it were confirmed."""
    shown = (await registry.post("calendars/wa-offices/preview", {"exceptions": [day], "status": status} | BY)).json()
    (calendar,) = shown["calendars"]
    assert [change["will"]["date"] for change in calendar["changes"]] == ["2026-12-04"]
    assert (calendar["promises"]["total"] > 0) is touches


def closed(day: str, *counties: str) -> dict[str, Any]:
    return {"date": day, "kind": "CLOSED", "source": "برف", "counties": counties}


EARLY, LATE = "2026-12-02", "2026-12-20"
ELSEWHERE = ("urmia",)
"""Where, beside Khoy, there are desks that work by the calendar."""


@pytest.mark.parametrize(
    ("before", "days", "asked"),
    [
        ((), [closed(EARLY, "khoy"), closed(LATE, "urmia")], {EARLY: ("khoy",), LATE: ("urmia",)}),
        ((), [closed(EARLY, "khoy", "urmia"), closed(LATE, "khoy")], {EARLY: ("khoy", "urmia")}),
        ((), [closed(EARLY, "khoy"), closed(LATE)], {EARLY: ("khoy",), LATE: ELSEWHERE}),
        ((), [closed(EARLY), closed(LATE, "khoy")], {EARLY: ()}),
        ([closed(EARLY, "khoy")], [closed(EARLY)], {EARLY: ELSEWHERE}),
        ([closed(EARLY, "khoy")], [closed(EARLY), closed(LATE)], {EARLY: ELSEWHERE, LATE: ("khoy",)}),
        ([closed(EARLY, "khoy")], [closed(EARLY, "khoy")], {}),
    ],
)
async def test_promises_are_counted_in_each_county_from_the_first_day_on_that_changes_there(
    registry: Registry, before: Any, days: list[dict[str, Any]], asked: dict[str, tuple[str, ...]]
) -> None:
    for day in before:
        assert (await registry.post("calendars/wa-offices/exceptions", {"exceptions": [day]} | BY)).status_code == 200
    shown = await registry.post("calendars/wa-offices/preview", {"exceptions": days} | BY)
    assert shown.status_code == 200, shown.text
    assert {day.isoformat(): counties for _, day, counties in registry.promises.asked} == asked
    (calendar,) = shown.json()["calendars"]
    assert calendar["promises"]["total"] == sum(range(len(asked) + 1)), "of all of them"


async def works_by(registry: Registry, desk: str, calendar: str) -> str:
    """The county of a desk that works by another calendar from now on."""
    entry = (await registry.get(f"desks/{desk}")).json()
    answer = await registry.put(f"desks/{desk}", entry | {"calendarId": calendar}, **{"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    county: str = entry["county"]
    return county


async def test_desks_that_worked_by_a_calendar_are_asked_for_what_they_had_promised_by_it(registry: Registry) -> None:
    """Its Clocks count by it still: what moves is told before, however long ago the desk was given another one."""
    assert (await stands_on(registry, "before", None)).status_code == 201
    shut = {"exceptions": [closed(EARLY, "khoy"), closed(LATE)]} | BY
    assert (await registry.post("calendars/before/preview", shut)).status_code == 200
    assert (registry.promises.former, [asked for _, _, asked in registry.promises.asked]) == ([], [("khoy",)])
    for calendar in ("before", "wa-offices", "before", "wa-utilities"):
        county = await works_by(registry, "wa-tax-desk", calendar)
    await works_by(registry, "wa-tax-desk", "before")
    await works_by(registry, "wa-water-desk", "before")
    registry.promises.asked.clear()
    assert (await registry.post("calendars/before/preview", shut)).status_code == 200
    assert registry.promises.former == []
    assert ("before", date.fromisoformat(LATE), (county,)) in registry.promises.asked
    for desk in ("wa-water-desk", "wa-tax-desk"):
        await works_by(registry, desk, "wa-utilities")
    registry.promises.asked.clear()
    assert (await registry.post("calendars/before/preview", shut)).status_code == 200
    assert registry.promises.former == ["wa-tax-desk", "wa-water-desk"]
    assert ("before", date.fromisoformat(LATE), (county,)) in registry.promises.asked, "in its county"
    registry.promises.former = []
    wish = (await registry.get("calendars/before")).json() | {"status": "RETIRED"}
    assert (await registry.put("calendars/before", wish, **{"If-Match": "*"})).status_code == 200
    assert registry.promises.former == ["wa-tax-desk", "wa-water-desk"], "who retires it asks them too"


async def test_a_day_for_another_reason_is_shown_and_touches_no_promise(registry: Registry) -> None:
    assert (await registry.post("calendars/wa-offices/exceptions", SNOW)).status_code == 200
    said = {"exceptions": [SNOW["exceptions"][0] | {"source": "برف سنگین"}]} | BY
    (calendar,) = (await registry.post("calendars/wa-offices/preview", said)).json()["calendars"]
    assert [change["will"]["source"] for change in calendar["changes"]] == ["برف سنگین"]
    assert calendar["promises"] == {"total": 0, "first": []}


async def test_a_day_of_a_county_that_is_none_of_its_counties_is_refused(registry: Registry) -> None:
    """`county` is the first of them for who reads no list; another would be lost without a word."""
    calendar = (await registry.get("calendars/wa-offices")).json()
    snow = SNOW["exceptions"][0] | {"status": "CONFIRMED", "county": "khoy"}

    async def recorded(*counties: str) -> Any:
        wish = calendar | {"exceptions": [*calendar["exceptions"], snow | {"counties": counties}]}
        return await registry.put(f"calendars/wa-offices?officerId={BY['officerId']}", wish, **{"If-Match": "*"})

    refused = await recorded("urmia", "mahabad")
    assert (refused.status_code, refused.json()["code"]) == (422, "INCOMPLETE")
    assert refused.json()["flaws"] == ["2026-12-02: county khoy is none of its counties"]
    assert (await recorded("khoy", "urmia", "mahabad")).status_code == 200


@pytest.mark.parametrize("number", ["0499370899", "09121234567", "۰۴۹۹۳۷۰۸۹۹", "00989121234567"])
async def test_I12_what_is_said_of_a_day_bears_nobodys_number(registry: Registry, number: str) -> None:
    """It stands in events, in plain reads, and in every version."""
    snow = SNOW["exceptions"][0]
    day = snow | {"source": f"فوت کارمند، شماره {number}", "counties": ["khoy", "urmia"]}
    calendar = (await registry.get("calendars/wa-offices")).json()
    whole = calendar | {"exceptions": [*calendar["exceptions"], day | {"status": "CONFIRMED", "county": "khoy"}]}
    for answer in (
        await registry.post("calendars/wa-offices/exceptions", {"exceptions": [snow, day]} | BY),
        await registry.post("calendars/wa-offices/preview", {"exceptions": [day]} | BY),
        await registry.put(f"calendars/wa-offices?officerId={BY['officerId']}", whole, **{"If-Match": "*"}),
        await registry.put("calendars/another", whole | {"id": "another"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "INCOMPLETE")
        flaw = "2026-12-02: source bears somebody's national id or mobile, and stands in events"
        assert answer.json()["flaws"] == [flaw]
        assert number not in answer.text
    assert number not in str(registry.office.publisher.sent)
    letter = {"exceptions": [snow | {"source": "بخشنامهٔ ۱۲۳۴/۵۶۷ مورخ 1405/09/11-1405/09/12"}]} | BY
    assert (await registry.post("calendars/wa-offices/exceptions", letter)).status_code == 200


async def test_a_calendar_by_which_something_is_promised_is_retired_no_more_when_it_is_looked_at(
    registry: Registry,
) -> None:
    assert (await stands_on(registry, "alone", None)).status_code == 201
    wish = (await registry.get("calendars/alone")).json() | {"status": "RETIRED"}

    async def both() -> list[tuple[int, str | None]]:
        asked = f"officerId={BY['officerId']}"
        looked_at = await registry.put(f"calendars/alone/preview?{asked}", wish)
        recorded = await registry.put(f"calendars/alone?{asked}", wish, **{"If-Match": "*"})
        return [(answer.status_code, answer.json().get("code")) for answer in (looked_at, recorded)]

    registry.promises.standing = 3
    assert await both() == [(409, "IN_USE")] * 2
    registry.promises.away = True
    assert await both() == [(503, "INTAKE_AWAY")] * 2
    registry.promises.standing, registry.promises.away = 0, False
    assert await both() == [(200, None)] * 2


async def test_what_would_not_be_saved_is_refused_when_it_is_looked_at(registry: Registry) -> None:
    """By the rule that would refuse it then."""
    calendar = (await registry.get("calendars/wa-offices")).json()
    *_, last = calendar["weeks"]
    refusals = [
        (await registry.put("calendars/wa-offices/preview", calendar | {"weeks": [last]}), 422, "IN_THE_PAST"),
        (await registry.put("calendars/wa-offices/preview?officerId=wa-tax-desk-01", calendar), 403, "NOT_AUTHORISED"),
        (await registry.put("calendars/wa-offices/preview", calendar | {"base": "wa-offices"}), 422, "INCOMPLETE"),
        (await registry.put("calendars/wa-offices/preview", calendar | {"id": "x"}), 422, "ID_MISMATCH"),
        (await registry.put("calendars/wa-offices/preview", calendar | {"hours": 8}), 422, "INVALID"),
        (await registry.put("calendars/x/preview", calendar | {"id": "x"}), 404, "NOT_FOUND"),
        (await registry.post("calendars/wa-offices/preview/confirm", {"date": "2026-12-02"} | BY), 404, "NO_SUCH_DAY"),
    ]
    assert [(a.status_code, a.json()["code"]) for a, _, _ in refusals] == [(s, code) for _, s, code in refusals]
