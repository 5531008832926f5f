"""What is planned to come back stands on what it names, though it is retired today (domain 3)."""

from typing import Any

import pytest

from tests.unit.registry.over_http import Registry
from tests.unit.registry.test_retiring import BY, ahead

ANY = {"If-Match": "*"}


async def a_desk_of_a_calendar(registry: Registry) -> dict[str, Any]:
    """The desk `wa-tax-fair` keeps the hours of the calendar `former`, which is returned."""
    known = (await registry.get("calendars/wa-offices")).json()
    former = {key: value for key, value in known.items() if key != "version"} | {"id": "former", "exceptions": []}
    assert (await registry.put("calendars/former", former)).status_code == 201
    desk = (await registry.get("desks/wa-tax-desk")).json()
    fair = {key: value for key, value in desk.items() if key != "version"}
    fair |= {"id": "wa-tax-fair", "kind": "OUTREACH_EVENT", "calendarId": "former", "shifts": []}
    assert (await registry.put("desks/wa-tax-fair", fair)).status_code == 201
    return former


async def done(registry: Registry, path: str, days: int | None = None) -> None:
    answer = await registry.post(path, BY if days is None else BY | {"since": ahead(days)})
    assert answer.status_code == 200, (path, answer.text)


async def test_a_calendar_is_not_retired_under_a_desk_that_comes_back_on_a_day_ahead(registry: Registry) -> None:
    await a_desk_of_a_calendar(registry)
    await done(registry, "desks/wa-tax-fair/retire")
    await done(registry, "desks/wa-tax-fair/resume", 10)
    refused = await registry.post("calendars/former/retire", BY)
    assert (refused.status_code, refused.json()["users"]) == (409, ["desk wa-tax-fair"])
    await registry.office.tick(days=11)
    states = [(await registry.get(path)).json()["status"] for path in ("desks/wa-tax-fair", "calendars/former")]
    assert states == ["ACTIVE", "ACTIVE"]


@pytest.mark.parametrize("said", [{"status": "RETIRED"}, {}], ids=["as it is", "without its status"])
async def test_nor_is_it_called_off_that_the_calendar_comes_back_before_the_desk(
    registry: Registry, said: dict[str, str]
) -> None:
    former = await a_desk_of_a_calendar(registry)
    for path in "desks/wa-tax-fair", "calendars/former":
        await done(registry, f"{path}/retire")
    await done(registry, "calendars/former/resume", 10)
    await done(registry, "desks/wa-tax-fair/resume", 12)
    again = await registry.post("calendars/former/retire", BY | {"since": ahead(20)})
    assert (again.status_code, again.json()["code"]) == (409, "IN_USE")
    plain = {key: value for key, value in former.items() if key != "status"}
    called_off = await registry.put("calendars/former", plain | said | {"planned": []}, **ANY)
    assert (called_off.status_code, called_off.json()["code"]) == (409, "IN_USE")


async def test_what_comes_back_to_nobody_may_be_called_off(registry: Registry) -> None:
    former = await a_desk_of_a_calendar(registry)
    for path in "desks/wa-tax-fair", "calendars/former":
        await done(registry, f"{path}/retire")
    await done(registry, "calendars/former/resume", 10)
    called_off = await registry.put("calendars/former", former | {"status": "RETIRED", "planned": []}, **ANY)
    assert (called_off.status_code, called_off.json()["recorded"]) == (200, True), called_off.text
