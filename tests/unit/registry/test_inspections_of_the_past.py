"""An inspection that is entered later is compared with what the registry said when it was made (domain 1.6, 11)."""

from typing import Any

from tests.unit.registry.governorate import DESK, HEAD, INSPECTOR
from tests.unit.registry.over_http import Registry
from tests.unit.registry.test_retiring import BY

ANY = {"If-Match": "*"}
SEEN = {"deskExists": True, "headPresent": True, "hoursKept": True, "peopleSentToUnits": 0}
"""The floor and the head's authority are left to the registry."""
THEN = "2026-11-25T08:00:00Z"


async def inspected(registry: Registry, desk: str = DESK, at: str = THEN, **seen: Any) -> dict[str, Any]:
    body = {"deskId": desk, "at": at, "checklist": SEEN | seen, "officerId": INSPECTOR}
    made = await registry.post("inspections", body)
    assert made.status_code == 201, made.text
    answer = await registry.get(made.headers["location"].removeprefix("/v1/"))
    inspection: dict[str, Any] = answer.json()
    return inspection


async def on_floor(registry: Registry, floor: int) -> None:
    desk = (await registry.get(f"desks/{DESK}")).json()
    assert (await registry.put(f"desks/{DESK}", desk | {"floor": floor}, **ANY)).status_code == 200


async def test_a_desk_that_has_moved_since_was_on_its_floor_of_then(registry: Registry) -> None:
    await on_floor(registry, 3)
    await registry.office.tick(days=10)
    await on_floor(registry, 0)
    told = await inspected(registry)
    assert told["known"]["groundFloor"] is False
    assert [each["kind"] for each in told["failed"]] == ["NOT_ON_GROUND_FLOOR"]


async def test_a_head_who_has_left_since_had_their_authority_then(registry: Registry) -> None:
    head = (await registry.get(f"officers/{HEAD}")).json()
    assert (await registry.put(f"officers/{HEAD}", head | {"post": "رئیس"}, **ANY)).status_code == 200
    await registry.office.tick(days=10)
    assert (await registry.post(f"officers/{HEAD}/suspend", BY)).status_code == 200
    told = await inspected(registry, headHasAuthority=True)
    assert (told["known"]["headHasAuthority"], told["failed"], told["contradictions"]) == (True, [], [])
    now = await inspected(registry, at="2026-12-03T06:30:00Z")
    assert [each["kind"] for each in now["failed"]] == ["HEAD_WITHOUT_AUTHORITY"]


async def test_a_desk_that_was_recorded_after_its_inspection_is_as_it_was_recorded_first(registry: Registry) -> None:
    desk = (await registry.get(f"desks/{DESK}")).json()
    fair = {key: value for key, value in desk.items() if key != "version"}
    fair |= {"id": "wa-tax-fair", "kind": "OUTREACH_EVENT", "floor": 2}
    await registry.office.tick(days=10)
    for floor in 2, 0:
        assert (await registry.put("desks/wa-tax-fair", fair | {"floor": floor}, **ANY)).status_code in (200, 201)
    told = await inspected(registry, "wa-tax-fair")
    assert told["known"]["groundFloor"] is False
