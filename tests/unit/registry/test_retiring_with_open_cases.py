"""Nothing is retired on which open cases stand, today or when its planned day comes (domain 3)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.intake import RequestState
from services.contracts.service_sheet import Channel
from services.registry.retiring import retire_due
from services.runtime.message import Record
from tests.unit.registry.governorate import MONDAY, QUIET
from tests.unit.registry.over_http import Registry
from tests.unit.registry.test_troubled_cases import a_case, record

ANY = {"If-Match": "*"}
BY = {"officerId": "wa-governorate-desk-01", "reason": "ادغام دستگاه"}
OF_TAX = {
    "org_id": "wa-tax",
    "desk_id": "wa-tax-desk",
    "unit_id": "wa-tax-clearances",
    "service_id": "tax-clearance",
    "channel": Channel.WEB,
}
STANDING = ("offerings/tax-clearance-web", "services/tax-clearance", "units/wa-tax-clearances", "organizations/wa-tax")


def told(number: int, sequence: int, state: RequestState, *moves: str, **changes: Any) -> Record:
    event = a_case(number, *(moves or ("request.registered",)), state=state, **(OF_TAX | changes))
    return record(event, sequence)


def ahead(days: int) -> str:
    return (MONDAY + timedelta(days=days)).date().isoformat()


async def ended(registry: Registry) -> None:
    """A look at what is due, as it is taken twice a minute."""
    office = registry.office
    await retire_due(office.door, office.readable, registry.promises, office.clock.now(), QUIET)
    await registry.office.settle()


async def close(registry: Registry, number: int) -> None:
    await registry.office.records(told(number, 9, RequestState.CLOSED, "request.closed"))


@pytest.mark.parametrize("path", [*STANDING, "desks/wa-tax-desk"])
@pytest.mark.parametrize("when", [{}, {"since": ahead(10)}], ids=["today", "planned"])
async def test_what_open_cases_stand_on_is_not_retired(registry: Registry, path: str, when: dict[str, str]) -> None:
    waiting = (RequestState.INCOMPLETE, RequestState.PROMISED, RequestState.SUSPENDED, RequestState.COLLECTION_DUE)
    await registry.office.records(*(told(number, 1, state) for number, state in enumerate(waiting)))
    refused = await registry.post(f"{path}/retire", BY | when)
    assert (refused.status_code, refused.json()["code"]) == (409, "IN_USE")
    assert refused.json()["users"][0] == "4 open cases"
    assert "4 open cases" in refused.json()["detail"]
    assert (await registry.post(f"{path}/suspend", BY)).status_code == 200, "out of service it may be"


async def new(registry: Registry, path: str, like: str, **fields: Any) -> None:
    known = (await registry.get(f"{path.partition('/')[0]}/{like}")).json()
    wish = {key: value for key, value in known.items() if key != "version"}
    answer = await registry.put(path, wish | {"id": path.partition("/")[2]} | fields)
    assert answer.status_code == 201, answer.text


async def a_fair(registry: Registry) -> None:
    """Its desk ends on the same day as its calendar, with a case that is still open and promised by that."""
    await new(registry, "calendars/fair", "wa-offices", exceptions=[])
    assert (await registry.post("calendars/fair/retire", BY | {"since": ahead(10)})).status_code == 200
    ends = [{"status": "RETIRED", "since": ahead(10), "reason": "پایان نمایشگاه"}]
    await new(registry, "desks/wa-tax-fair", "wa-tax-desk", kind="OUTREACH_EVENT", calendarId="fair", planned=ends)
    await registry.office.records(told(1, 1, RequestState.PROMISED, desk_id="wa-tax-fair"))


async def test_a_calendar_waits_on_its_day_for_the_desk_and_the_promises_that_stand_on_it(registry: Registry) -> None:
    await a_fair(registry)

    async def looked() -> list[str]:
        await ended(registry)
        return [(await registry.get(path)).json()["status"] for path in ("desks/wa-tax-fair", "calendars/fair")]

    await registry.office.tick(days=10)
    assert await looked() == ["SUSPENDED", "SUSPENDED"]
    registry.promises.standing = 1
    await registry.office.records(told(1, 9, RequestState.CLOSED, "request.closed", desk_id="wa-tax-fair"))
    assert await looked() == ["RETIRED", "SUSPENDED"], "another desk has a case that was promised by it"
    registry.promises.away = True
    assert await looked() == ["RETIRED", "SUSPENDED"]
    registry.promises.standing, registry.promises.away = 0, False
    assert await looked() == ["RETIRED", "RETIRED"]


async def test_what_waits_comes_to_stand_on_nothing_that_is_retired(registry: Registry) -> None:
    """It stands on it until it is retired itself; with what it stood on already it may wait."""
    await a_fair(registry)
    await new(registry, "calendars/old", "wa-offices", exceptions=[])
    assert (await registry.post("calendars/old/retire", BY)).status_code == 200
    await registry.office.tick(days=10)
    await ended(registry)
    desk = (await registry.get("desks/wa-tax-fair")).json()
    assert desk["status"] == "SUSPENDED"
    moved = await registry.put("desks/wa-tax-fair", desk | {"calendarId": "old"}, **ANY)
    assert (moved.status_code, moved.json().get("code")) == (409, "NAMES_RETIRED")
    changed = await registry.put("desks/wa-tax-fair", desk | {"phone": "044-3222-1111"}, **ANY)
    assert changed.status_code == 200, changed.text


async def test_an_officer_who_does_not_wait_stays_until_the_service_that_names_them_is_retired(
    registry: Registry,
) -> None:
    """It is planned to end on that day, and may have open cases then."""
    other = "wa-tax-clearances-09"
    sheet = (await registry.get("services/tax-clearance")).json()
    responsible = sheet["responsibleOfficerId"]
    await new(registry, f"officers/{other}", responsible)
    for each in (await registry.get("desks", orgId="wa-tax")).json()["items"]:  # nothing else is to keep them
        shifts = [shift for shift in each["shifts"] if responsible not in shift.values()]
        head = other if each["headOfficerId"] == responsible else each["headOfficerId"]
        wish = each | {"shifts": shifts, "headOfficerId": head}
        assert (await registry.put(f"desks/{each['id']}", wish, **ANY)).status_code == 200
    offerings = (await registry.get("offerings", serviceId="tax-clearance")).json()["items"]
    for path in (*(f"offerings/{each['id']}" for each in offerings), "services/tax-clearance"):
        assert (await registry.post(f"{path}/retire", BY | {"since": ahead(10)})).status_code == 200
    leaves = await registry.post(f"officers/{responsible}/retire", BY | {"since": ahead(10)})
    assert (leaves.status_code, leaves.json().get("users")) == (409, ["service tax-clearance"])
    await registry.office.tick(days=10)
    await ended(registry)
    assert (await registry.post(f"officers/{responsible}/retire", BY)).status_code == 200


async def test_a_channel_that_waits_on_its_day_keeps_the_service_which_is_to_end_with_it(registry: Registry) -> None:
    offerings = [each["id"] for each in (await registry.get("offerings", serviceId="tax-clearance")).json()["items"]]
    for path in (*(f"offerings/{id}" for id in offerings), "services/tax-clearance"):
        assert (await registry.post(f"{path}/retire", BY | {"since": ahead(10)})).status_code == 200
    await registry.office.records(told(1, 1, RequestState.PROMISED))
    await registry.office.tick(days=10)
    await ended(registry)
    for path in ("offerings/tax-clearance-web", "services/tax-clearance"):
        assert (await registry.get(path)).json()["status"] == "SUSPENDED", path
    await close(registry, 1)
    await ended(registry)
    for path in ("offerings/tax-clearance-web", "services/tax-clearance"):
        assert (await registry.get(path)).json()["status"] == "RETIRED", path


async def test_all_that_stands_in_the_way_is_told_at_once(registry: Registry) -> None:
    await registry.office.records(told(1, 1, RequestState.PROMISED))
    refused = await registry.post("units/wa-tax-clearances/retire", BY)
    assert {"1 open cases", "service tax-clearance"} <= set(refused.json()["users"])


async def test_an_entry_written_retired_is_refused_as_by_command(registry: Registry) -> None:
    await registry.office.records(told(1, 1, RequestState.PROMISED))
    known = (await registry.get("offerings/tax-clearance-web")).json()
    plan = {"planned": [{"status": "RETIRED", "since": ahead(3), "reason": "پایان"}]}
    for change in ({"status": "RETIRED"}, plan):
        refused = await registry.put("offerings/tax-clearance-web", known | change, **{"If-Match": "*"})
        assert refused.json()["code"] == "IN_USE", change


async def test_cases_that_are_over_and_those_of_others_stand_in_nobodys_way(registry: Registry) -> None:
    over = (RequestState.GUIDED, RequestState.EXPIRED, RequestState.CLOSED, RequestState.WITHDRAWN)
    elsewhere = {"unit_id": "wa-water-connections", "service_id": "water-connection", "channel": Channel.KIOSK_URBAN}
    await registry.office.records(
        told(1, 1, RequestState.PROMISED),
        *(told(2 + number, 1, state) for number, state in enumerate(over)),
        told(8, 1, RequestState.PROMISED, **elsewhere),
        told(9, 1, RequestState.PROMISED, channel=Channel.AGENCY_DESK),
    )
    refused = await registry.post("offerings/tax-clearance-web/retire", BY)
    assert refused.json()["users"] == ["1 open cases"], "of this service, by this channel"
    await close(registry, 1)
    assert (await registry.post("offerings/tax-clearance-web/retire", BY)).status_code == 200


async def test_a_case_that_is_open_again_counts_again(registry: Registry) -> None:
    await registry.office.records(
        told(1, 1, RequestState.CLOSED, "request.closed"), told(1, 2, RequestState.IN_PROGRESS, "request.reopened")
    )
    refused = await registry.post("offerings/tax-clearance-web/retire", BY)
    assert refused.json()["users"] == ["1 open cases"]


# -- a retirement that was planned ------------------------------------------------------------------------------------


async def status(registry: Registry, path: str) -> tuple[str, int]:
    entry = (await registry.get(path)).json()
    return entry["status"], len(entry["planned"])


async def test_a_planned_retirement_waits_out_of_service_until_the_cases_are_over(registry: Registry) -> None:
    """Filed after it was planned: whoever ends it then would leave them with nobody."""
    path = "offerings/tax-clearance-web"
    assert (await registry.post(f"{path}/retire", BY | {"since": ahead(10)})).status_code == 200
    await registry.office.records(told(1, 1, RequestState.PROMISED))
    await ended(registry)
    assert await status(registry, path) == ("ACTIVE", 1), "not before its day"
    known = (await registry.get(path)).json()
    changed = await registry.put(path, known | {"url": "https://tax.example/new"}, **{"If-Match": "*"})
    assert changed.status_code == 200, "what else changes of it meanwhile is not the question"

    await registry.office.tick(days=10)
    await ended(registry)
    await ended(registry)
    assert await status(registry, path) == ("SUSPENDED", 1)
    known = (await registry.get(path)).json()
    again = await registry.put(path, known | {"url": "https://tax.example/"}, **{"If-Match": "*"})
    assert again.status_code == 200, again.text
    assert await status(registry, path) == ("SUSPENDED", 1), "nor does another change carry it out"

    await close(registry, 1)
    await ended(registry)
    assert await status(registry, path) == ("RETIRED", 0)
    history = (await registry.get(f"{path}/history")).json()["items"]
    assert [each["entry"]["status"] for each in history[:2]] == ["RETIRED", "SUSPENDED"]
    assert {history[0]["reason"], history[-3]["reason"]} == {BY["reason"]}


async def test_a_retirement_that_waits_is_called_off_by_resuming(registry: Registry) -> None:
    path = "offerings/tax-clearance-web"
    await registry.post(f"{path}/retire", BY | {"since": ahead(10)})
    await registry.office.records(told(1, 1, RequestState.PROMISED))
    await registry.office.tick(days=10)
    await ended(registry)
    later = await registry.post(f"{path}/resume", BY | {"since": ahead(12)})
    assert (later.status_code, await status(registry, path)) == (200, ("SUSPENDED", 2)), "it waits on until then"
    await registry.office.tick(days=2)
    assert await status(registry, path) == ("ACTIVE", 0)
    await close(registry, 1)
    await ended(registry)
    assert await status(registry, path) == ("ACTIVE", 0)


async def test_what_nothing_stands_on_is_retired_on_its_day(registry: Registry) -> None:
    agency = (await registry.get("organizations/wa-tax")).json()
    agency |= {"id": "wa-archive", "orgId": "wa-archive", "deskId": "wa-archive-desk", "headOfficerId": None}
    assert (await registry.put("organizations/wa-archive", agency)).status_code == 201
    unit = (await registry.get("units/wa-tax-clearances")).json() | {"id": "wa-tax-archive"}
    assert (await registry.put("units/wa-tax-archive", unit)).status_code == 201
    for path in ("organizations/wa-archive", "units/wa-tax-archive"):
        assert (await registry.post(f"{path}/retire", BY | {"since": ahead(10)})).status_code == 200
    await registry.office.tick(days=10)
    await ended(registry)
    for path in ("organizations/wa-archive", "units/wa-tax-archive"):
        assert await status(registry, path) == ("RETIRED", 0)


async def test_a_service_waits_too(registry: Registry) -> None:
    offered = (await registry.get("offerings", serviceId="tax-clearance")).json()["items"]
    for offering in offered:
        assert (await registry.post(f"offerings/{offering['id']}/retire", BY)).status_code == 200
    assert (await registry.post("services/tax-clearance/retire", BY | {"since": ahead(10)})).status_code == 200
    await registry.office.records(told(1, 1, RequestState.PROMISED))
    await registry.office.tick(days=10)
    await ended(registry)
    assert await status(registry, "services/tax-clearance") == ("SUSPENDED", 1)
    await close(registry, 1)
    await ended(registry)
    assert await status(registry, "services/tax-clearance") == ("RETIRED", 0)
