"""An agency is closed: what it owed comes to an end, and nothing new is asked of it (domain 3)."""

from collections.abc import Awaitable, Callable

import pytest

from services.registry.noticing import Noticing
from tests.unit.registry.governorate import (
    AGENCY,
    CLERK,
    DESK,
    HEAD,
    INSPECTOR,
    QUIET,
    REPORT_OF_AN_INSPECTOR,
    RULES,
    TO_TWO_AGENCIES,
)
from tests.unit.registry.over_http import Registry
from tests.unit.registry.test_retiring import BY, ahead, of_the_tax_office, retired

ANOTHER_INSPECTOR = "wa-governorate-inspection-01"


async def closed(registry: Registry) -> None:
    """The tax office is retired to its last entry."""

    def paths(*kinds: str) -> list[str]:
        return [f"{entry.KIND}s/{entry.id}" for kind in kinds for entry in of_the_tax_office(kind)]

    desk_staff = [path for path in paths("officer") if "-desk-" in path]
    inside = [path for path in paths("officer") if path not in desk_staff]
    await retired(registry, *paths("offering"), *paths("service"), *inside, *paths("unit"))
    await retired(registry, f"organizations/{AGENCY}", *paths("desk"), *desk_staff)


async def suspended(registry: Registry) -> None:
    answer = await registry.post(f"organizations/{AGENCY}/suspend", BY)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("out_of_force", [closed, suspended])
async def test_a_directive_that_falls_due_raises_nothing_against_an_agency_that_is_not_in_force(
    registry: Registry, out_of_force: Callable[[Registry], Awaitable[None]]
) -> None:
    assert (await registry.post("directives", TO_TWO_AGENCIES)).status_code == 201
    await out_of_force(registry)
    await registry.office.tick(days=30)
    noticing = Noticing(registry.office.door, registry.office.readable, RULES, QUIET)
    for _ in range(2):
        await noticing.look(registry.office.clock.now())
        await registry.office.settle()
    raised = (await registry.get("deficiencies")).json()["items"]
    assert [each["orgId"] for each in raised] == ["wa-water"], "and it keeps the other waiting for nothing"


async def test_it_is_raised_when_a_suspended_agency_is_back_also_where_it_was_acknowledged_late(
    registry: Registry,
) -> None:
    office, noticing = registry.office, Noticing(registry.office.door, registry.office.readable, RULES, QUIET)
    paths = []
    for number in ("7", "8", "9"):
        made = await registry.post("directives", TO_TWO_AGENCIES | {"number": number})
        paths.append(f"directives/{made.json()['directiveId']}")
    in_time, late, never = paths
    known = {"orgId": AGENCY, "officerId": HEAD}
    assert (await registry.post(f"{in_time}/acknowledge", known)).json()["late"] is False
    await suspended(registry)
    await office.tick(days=30)
    await noticing.look(office.clock.now())
    assert (await registry.post(f"{late}/acknowledge", known)).json()["late"] is True
    assert (await registry.post(f"organizations/{AGENCY}/resume", BY)).status_code == 200
    for _ in range(2):
        await office.tick(minutes=1)
        await noticing.look(office.clock.now())
        await office.settle()
    raised = (await registry.get("deficiencies", orgId=AGENCY)).json()["items"]
    gone = {f"directives/{each['subject']['id']}": each["goneAt"] is not None for each in raised}
    assert gone == {late: True, never: False}


async def test_what_was_issued_while_an_agency_was_suspended_is_raised_when_it_is_back(registry: Registry) -> None:
    office, noticing = registry.office, Noticing(registry.office.door, registry.office.readable, RULES, QUIET)

    async def raised_in_a_while() -> list[str]:
        for _ in range(2):
            await office.tick(minutes=1)
            await noticing.look(office.clock.now())
            await office.settle()
        return [each["kind"] for each in (await registry.get("deficiencies", orgId=AGENCY)).json()["items"]]

    await suspended(registry)
    made = await registry.post("directives", TO_TWO_AGENCIES)
    assert (made.status_code, AGENCY in made.json()["orgs"]) == (201, True)
    await office.tick(days=30)
    assert await raised_in_a_while() == []
    assert (await registry.post(f"organizations/{AGENCY}/resume", BY)).status_code == 200
    assert await raised_in_a_while() == ["DIRECTIVE_UNACKNOWLEDGED"]


async def test_an_inspection_raises_nothing_against_an_agency_that_is_no_more(registry: Registry) -> None:
    """What people report of it is refused; what an inspector saw while it was there is on record all the same."""
    await closed(registry)
    assert (await registry.post("deficiencies", REPORT_OF_AN_INSPECTOR)).json()["code"] == "UNKNOWN_ORGANIZATION"
    seen = {"deskId": DESK, "at": "2026-11-23T06:00:00Z", "checklist": {"deskExists": False}, "officerId": INSPECTOR}
    made = await registry.post("inspections", seen)
    assert (made.status_code, made.json()["failed"]) == (201, ["DESK_MISSING"])
    assert (await registry.get("deficiencies", orgId=AGENCY)).json()["items"] == []


async def test_a_deficiency_of_an_agency_that_is_no_more_is_ended_by_officers_above(registry: Registry) -> None:
    """Its own have left, and it would be overdue for ever. Whoever looks is another than who remedied it."""
    id = (await registry.post("deficiencies", REPORT_OF_AN_INSPECTOR)).json()["deficiencyId"]

    async def step(verb: str, officer: str, **more: object) -> int:
        answer = await registry.post(f"deficiencies/{id}/{verb}", {"officerId": officer, **more})
        return answer.status_code

    plan = {"what": "میز برچیده شد", "responsibleId": INSPECTOR, "dueAt": f"{ahead(20)}T08:30:00Z"}
    fixed = {"evidence": {"text": "صورت‌جلسهٔ برچیدن"}}
    assert await step("acknowledge", INSPECTOR) == 403, "it still answers for itself"
    await closed(registry)
    assert [await step("acknowledge", officer) for officer in (HEAD, CLERK, "wa-water-desk-01")] == [422, 422, 403]
    assert await step("acknowledge", INSPECTOR) == 200
    assert await step("plan", INSPECTOR, **plan | {"responsibleId": "wa-water-desk-01"}) == 422
    assert await step("plan", INSPECTOR, **plan) == 200
    assert await step("start", INSPECTOR) == 200
    assert await step("fix", INSPECTOR, **fixed) == 200
    assert await step("verify", INSPECTOR) == 403
    assert await step("verify", ANOTHER_INSPECTOR) == 200


async def test_a_directive_is_acknowledged_above_for_an_agency_that_is_no_more(registry: Registry) -> None:
    made = await registry.post("directives", TO_TWO_AGENCIES)
    path = f"directives/{made.json()['directiveId']}"
    known = {"orgId": AGENCY, "officerId": INSPECTOR}
    assert (await registry.post(f"{path}/acknowledge", known)).status_code == 403
    await closed(registry)
    assert (await registry.post(f"{path}/acknowledge", known)).status_code == 200
    await registry.office.tick(days=30)
    overdue = {each["orgId"]: each["overdue"] for each in (await registry.get(path)).json()["orgs"]}
    assert overdue == {AGENCY: False, "wa-water": True}


async def test_the_last_report_of_an_agency_that_is_no_more_is_submitted_above_and_received_by_another(
    registry: Registry,
) -> None:
    """Its head has left; what was open in its last month is reported all the same."""
    id = (await registry.post("deficiencies", REPORT_OF_AN_INSPECTOR)).json()["deficiencyId"]
    await registry.office.tick(days=30)
    report = {"orgId": AGENCY, "period": "1405-09", "items": [id], "text": "گزارش ماه پایانی"}

    async def submitted(by: str) -> int:
        return (await registry.post("remediation-reports", report | {"officerId": by})).status_code

    assert await submitted(INSPECTOR) == 403, "it still answers for itself"
    await closed(registry)
    assert [await submitted(officer) for officer in (HEAD, "wa-water-desk-01", INSPECTOR)] == [422, 403, 201]
    (made,) = (await registry.get("remediation-reports", orgId=AGENCY)).json()["items"]
    assert made["submittedBy"] == INSPECTOR
    receive = f"remediation-reports/{made['reportId']}/receive"
    assert (await registry.post(receive, {"officerId": INSPECTOR})).status_code == 403
    received = await registry.post(receive, {"officerId": ANOTHER_INSPECTOR})
    assert (received.status_code, received.json()["receiptNo"]) == (200, "1405/1")
