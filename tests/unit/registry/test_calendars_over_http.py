"""Calendars that stand on each other, over HTTP: what is refused, and a change that is looked at first (domain 6)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.unit.registry.over_http import Registry, registry_of_the_province

BY = {"officerId": "wa-governorate-desk-01"}
SNOW = {"exceptions": [{"date": "2026-12-02", "kind": "CLOSED", "source": "برف"}]} | BY


@pytest.fixture
async def registry() -> AsyncIterator[Registry]:
    async with registry_of_the_province() as registry:
        yield registry


async def stands_on(registry: Registry, id: str, base: str | None) -> Any:
    """The answer to recording it so. It closes on no day by itself."""
    calendar = (await registry.get("calendars/wa-offices")).json()
    return await registry.put(
        f"calendars/{id}", calendar | {"id": id, "base": base, "exceptions": []}, **{"If-Match": "*"}
    )


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
