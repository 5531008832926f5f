"""A request filed and read over HTTP as the contract shows it, and the published description."""

from datetime import date
from typing import Any

import pytest

from services.intake.domain.reconsidering import RegistryMoved
from services.intake.handlers import REQUEST
from services.registry.promises import IntakePromises
from tests.unit.intake.cases import PERMITS_DESK, SOCIAL_DESK, SOCIAL_OFFICER, person
from tests.unit.intake.edge import Intake, a_filing
from tests.unit.routing.re_dated_days import day as closed_on


async def test_a_filing_is_answered_as_the_contract_shows(intake: Intake) -> None:
    response = await intake.file()
    assert response.status_code == 201
    body = response.json()
    assert set(body) == {
        "requestId", "trackingCode", "state", "channel", "channelReason", "awaited", "redirect", "commitments",
        "duplicateOf", "receipt", "version",
    }  # fmt: skip
    assert response.headers["ETag"] == f'"{body["version"]}"'
    assert (body["state"], body["redirect"]) == ("PROMISED", None)


async def test_a_repeated_call_is_answered_as_before_and_another_body_is_refused(intake: Intake) -> None:
    first = await intake.file(key="k")
    again = await intake.file(key="k")
    assert (again.status_code, again.json()) == (201, first.json())
    other = await intake.file(key="k", note="دیگر")
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_MISMATCH")


async def test_a_redirected_citizen_is_shown_kiosks_and_a_reference(intake: Intake) -> None:
    response = await intake.file(serviceId="social-insurance-record", deskId=SOCIAL_DESK, officerId=SOCIAL_OFFICER)
    redirect = response.json()["redirect"]
    assert redirect["channel"] == "KIOSK_URBAN"
    assert redirect["kiosks"][0]["id"] == "wa-urmia-012"
    desk = await intake.file(
        serviceId="social-insurance-record", deskId=SOCIAL_DESK, officerId=SOCIAL_OFFICER, redirectRef=redirect["ref"]
    )
    assert (desk.status_code, desk.json()["code"]) == (409, "USE_RETURN_FROM_KIOSK")
    assert desk.json()["requestId"] == response.json()["requestId"]


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"unknown": 1}, 422, "INVALID", "unknown"),
        ({"amount": -1}, 422, "INVALID", "amount"),
        ({"serviceId": "no-such"}, 422, "UNKNOWN_SERVICE", "serviceId"),
        ({"deskId": "no-such"}, 422, "UNKNOWN_DESK", "deskId"),
        ({"officerId": "no-such"}, 422, "UNKNOWN_OFFICER", "officerId"),
        ({"officerId": "wa-tax-desk-01"}, 403, "NOT_AUTHORISED", None),
        ({"applicant": None}, 422, "APPLICANT_NEEDED", "applicant"),
        ({"applicant": person(value="0013542418")}, 422, "INVALID_APPLICANT", "applicant"),
    ],
)
async def test_a_wrong_filing_is_a_problem_document_that_names_the_field(
    intake: Intake, changes: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    response = await intake.file(**changes)
    body = response.json()
    assert (response.status_code, body["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in body["errors"]] == ([field] if field else [])
    assert "0013542418" not in response.text
    assert intake.memory.store.collections.get("request", {}) == {}


async def test_a_filing_without_a_key_is_refused(intake: Intake) -> None:
    response = await intake.http.post("/v1/requests", json=a_filing())
    assert (response.status_code, response.json()["code"]) == (422, "IDEMPOTENCY_KEY_REQUIRED")


async def test_a_request_is_shown_with_its_history_and_without_its_person(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    response = await intake.http.get(f"/v1/requests/{id}")
    body = response.json()
    assert [line["type"] for line in body["history"]] == ["request.registered", "commitment.added"]
    assert body["history"][0] == {
        "at": "2026-11-23T06:30:00Z",
        "atLocal": "1405/09/02 10:00",
        "type": "request.registered",
        "by": "OFFICER",
    }
    assert not [each for each in ("زهرا", "رضایی", "2419", "4567") if each in response.text]
    assert (await intake.http.get("/v1/requests/nobody")).status_code == 404


async def test_contacts_are_given_for_requests_that_have_an_applicant(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    response = await intake.http.post("/v1/contacts", json={"requestIds": [id, "nobody"]})
    contact = {"requestId": id, "name": "زهرا رضایی", "mobile": "+989121234567", "email": None}
    assert response.json() == {"items": [contact]}


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        found = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return found.union(*(references(value) for value in node.values()))
    return set().union(*(references(value) for value in node)) if isinstance(node, list) else set()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1405/13/01", "2026-02-30", "yesterday", ""])
async def test_a_day_that_never_was_is_named_and_breaks_nothing(intake: Intake, day: str) -> None:
    answer = await intake.http.get("/v1/commitments", params={"calendar": "wa-tax-hours", "crossing": day})
    assert (answer.status_code, answer.json()["code"]) == (422, "BAD_DAY")
    assert [error["field"] for error in answer.json()["errors"]] == ["query.crossing"]


@pytest.mark.parametrize("day", ["2026-11-23", "1405/09/02", "۱۴۰۵/۹/۲"])
async def test_promises_that_a_day_touches_are_asked_for_as_people_and_programs_write_it(
    intake: Intake, day: str
) -> None:
    filed = (await intake.file()).json()
    calendar = filed["commitments"][0]["calendar"]["id"]
    answer = await intake.http.get("/v1/commitments", params={"calendar": calendar, "crossing": day})
    assert [item["requestId"] for item in answer.json()["items"]] == [filed["requestId"]]


async def test_promises_by_a_calendar_are_found_of_desks_that_work_by_another_since(intake: Intake) -> None:
    """Their Clocks count by it still: whoever changes or retires it must know of them. There may be many desks."""
    filed = (await intake.file()).json()
    calendar = filed["commitments"][0]["calendar"]["id"]
    desk = next(desk for desk in intake.memory.registry.desks() if desk.calendar_id == calendar)
    elsewhere = [
        each.model_copy(update={"calendar_id": "another", "version": each.version + 1})
        for each in intake.memory.registry.desks()
        if each.calendar_id == desk.calendar_id
    ]
    intake.memory.registry = intake.memory.registry.with_entries(elsewhere)
    registry = IntakePromises(intake.http)
    former = [f"none-{number}" for number in range(120)]
    assert (await registry.crossing(calendar, date(2026, 11, 23), (), former)).total == 0
    assert await registry.standing_on(calendar, former) == 0
    former.insert(60, desk.id)
    found = await registry.crossing(calendar, date(2026, 11, 23), (desk.county,), former)
    assert (found.total, [item["requestId"] for item in found.first]) == (1, [filed["requestId"]])
    assert (await registry.crossing(calendar, date(2026, 11, 23), ("maku",), former)).total == 0
    assert await registry.standing_on(calendar, former) == 1
    assert await registry.standing_on("another", former) == 0


async def test_visits_are_found_by_the_calendar_that_their_desk_works_by_now(intake: Intake) -> None:
    """Its hours are when they can be served: a closure of those moves them, one of the hours before does not."""
    filed = (await intake.file(awaitDocuments=True, evidence=[])).json()
    (visit,) = filed["commitments"]
    assert visit["kind"] == "NEXT_VISIT"
    desk = intake.memory.registry.desk(PERMITS_DESK)
    assert desk is not None
    before = intake.memory.registry.calendar(desk.calendar_id)
    assert before is not None
    another = before.model_copy(update={"id": "another", "version": 1})
    moved = desk.model_copy(update={"calendar_id": "another", "version": desk.version + 1})
    intake.memory.registry = intake.memory.registry.with_entries([another, moved])
    registry = IntakePromises(intake.http)
    day = date(2026, 11, 23)
    assert (await registry.crossing(before.id, day, (), [desk.id])).total == 0
    found = await registry.crossing("another", day, (), [])
    assert [(item["requestId"], item["kind"]) for item in found.first] == [(filed["requestId"], "NEXT_VISIT")]
    closed = closed_on(visit["promisedLocal"].split(" ")[0])
    shut = another.model_copy(update={"version": 2, "exceptions": (*another.exceptions, closed)})
    intake.memory.registry = intake.memory.registry.with_entries([shut])
    await intake.memory.submit(REQUEST, filed["requestId"], RegistryMoved())
    (promise,) = (await intake.state(filed["requestId"])).case.commitments
    assert [move.kind for move in promise.moves] == ["RE_PROJECTED"]


async def test_every_part_the_description_refers_to_stands_in_it(intake: Intake) -> None:
    description = (await intake.http.get("/openapi.json")).json()
    parts = {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}
    assert references(description) <= parts
