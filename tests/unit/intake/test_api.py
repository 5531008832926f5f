"""Intake over HTTP as the contract shows it, without servers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest

from services.contracts.identifiers import grouped
from services.contracts.persian import persian_digits
from services.intake.api import routes
from services.intake.attempts import Attempts
from services.intake.handlers import CONSUMES, REQUEST
from services.intake.kiosk_records import request_of
from services.runtime.http import application, encode_cursor
from services.runtime.store import Store
from services.runtime.telemetry import logger
from tests.support.memory_door import MemoryDoor, SetClock
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    IDENTITY_CARD,
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    RULES,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    answered,
    person,
    work,
)
from tests.unit.intake.reading import ReadingStore


class Intake:
    """The service without servers: its door in memory, its API called in the process."""

    def __init__(self) -> None:
        self.memory = MemoryDoor(
            "intake", [REQUEST], rules=RULES, registry=sample_snapshot(), inbound=CONSUMES, clock=SetClock(MORNING)
        )
        app = application("intake", ready=self._ready, metrics=lambda: b"", asyncapi=dict)
        app.include_router(
            routes(
                self.memory.door,
                cast(Store, ReadingStore(self.memory.store)),
                snapshot=lambda: self.memory.registry,
                clock=self.memory.clock,
                log=logger("intake", "ERROR"),
                wrong_codes=Attempts(5, 600),
                addresses=Attempts(30, 600),
            )
        )
        self.app = app
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake")
        self._keys = 0

    async def _ready(self) -> tuple[bool, dict[str, Any]]:
        return True, {}

    async def post(self, path: str, body: Any, key: str | None = None, **headers: str) -> httpx.Response:
        self._keys += 1
        return await self.http.post(path, json=body, headers={"Idempotency-Key": key or f"key-{self._keys}"} | headers)

    async def file(self, key: str | None = None, **changes: Any) -> httpx.Response:
        return await self.post("/v1/requests", a_filing(**changes), key)

    async def state(self, id: str) -> Any:
        return self.memory.state(REQUEST, id)

    async def unit_answers(self, id: str) -> None:
        request = self.memory.state(REQUEST, id)
        decided = answered(request).events[0]
        await self.memory.submit(REQUEST, id, work(request, "result.decided", result=cast(Any, decided).result))


@pytest.fixture
async def intake() -> AsyncIterator[Intake]:
    service = Intake()
    serving = asyncio.create_task(service.memory.door.serve_commands())
    yield service
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    await service.http.aclose()


def a_filing(**changes: Any) -> dict[str, Any]:
    return {
        "serviceId": "building-permit",
        "deskId": PERMITS_DESK,
        "applicant": person(),
        "representative": None,
        "evidence": [IDENTITY_CARD],
        "informationOnly": False,
        "electronicallyAble": True,
        "willing": True,
        "assistanceReason": None,
        "priorityClass": None,
        "legalBasis": None,
        "amount": None,
        "area": None,
        "visitId": None,
        "redirectRef": None,
        "note": None,
        "notOnSpotReason": None,
        "decide": None,
        "officerId": PERMITS_OFFICER,
    } | changes


def a_submission(**changes: Any) -> dict[str, Any]:
    return {
        "externalRef": "017-1",
        "kioskId": "wa-urmia-017",
        "serviceId": "social-insurance-record",
        "applicant": person(),
        "evidence": [IDENTITY_CARD],
        "amount": None,
        "area": None,
        "revision": 1,
        "redirectRef": None,
        "submittedAt": "2026-11-23T06:20:00Z",
    } | changes


async def test_a_filing_is_answered_as_the_contract_shows(intake: Intake) -> None:
    response = await intake.file()
    assert response.status_code == 201
    body = response.json()
    assert set(body) == {
        "requestId", "trackingCode", "state", "channel", "channelReason", "redirect", "commitments", "receipt",
        "version",
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


async def test_a_request_is_shown_with_its_history_and_its_person_masked(intake: Intake) -> None:
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
    assert body["applicant"] == {"name": "زهرا رضایی", "last4": "2419"}
    assert "0013542419" not in response.text
    assert "9121234567" not in response.text
    assert (await intake.http.get("/v1/requests/nobody")).status_code == 404


# --- Receipt ----------------------------------------------------------------------------------------------------------


async def test_the_receipt_has_every_field_of_the_order(intake: Intake) -> None:
    filed = (await intake.file()).json()
    receipt = (await intake.http.get(filed["receipt"])).json()
    assert {
        "number", "trackingCode", "agency", "desk", "atLocal", "service", "applicant", "documents", "documentsNeeded",
        "stagesAhead", "cost", "promised", "legalLatest", "responsible", "objection", "noUnitVisit", "alternatives",
        "hash",
    } <= set(receipt)  # fmt: skip
    assert receipt["kiosk"] is None
    assert receipt["documents"] == [{"type": "identity-card", "name": "کارت ملی", "original": True, "count": 1}]
    assert len(receipt["documentsNeeded"]) == 2
    assert receipt["responsible"]["name"]
    assert receipt["responsible"]["phone"]
    assert receipt["promised"]["local"] == filed["commitments"][0]["promisedLocal"]
    again = (await intake.http.get(filed["receipt"])).json()
    assert again["hash"] == receipt["hash"]


async def test_the_printed_receipt_is_persian_right_to_left_and_safe(intake: Intake) -> None:
    filed = (await intake.file(applicant=person(name="<script>alert(1)</script>"))).json()
    response = await intake.http.get(filed["receipt"], headers={"Accept": "text/html"})
    page = response.text
    assert response.headers["content-type"].startswith("text/html")
    assert '<html lang="fa" dir="rtl">' in page
    assert grouped(filed["trackingCode"]) in page
    assert "<svg" in page
    assert "لازم نیست به هیچ واحدی مراجعه کنید" in page
    assert "<script>" not in page
    assert persian_digits("1405") in page


async def test_a_redirected_citizens_receipt_names_the_kiosks_and_the_last_day(intake: Intake) -> None:
    filed = (
        await intake.file(serviceId="social-insurance-record", deskId=SOCIAL_DESK, officerId=SOCIAL_OFFICER)
    ).json()
    receipt = (await intake.http.get(filed["receipt"])).json()
    assert receipt["promised"] is None
    assert receipt["redirect"]["lapsesLocal"].startswith("1405/09/")
    page = (await intake.http.get(filed["receipt"], headers={"Accept": "text/html"})).text
    assert receipt["redirect"]["kiosks"][0]["name"] in page


async def test_a_receipt_of_a_kiosk_office_names_the_office_and_no_other_way(intake: Intake) -> None:
    await intake.http.post("/v1/kiosk/submissions", json=a_submission())
    path = f"/v1/requests/{request_of('wa-urmia-017', '017-1')}/receipt"
    receipt = (await intake.http.get(path)).json()
    office = intake.memory.registry.kiosk("wa-urmia-017")
    assert office is not None
    assert receipt["kiosk"] == {
        "id": "wa-urmia-017",
        "name": office.name,
        "address": office.address,
        "phone": office.phone,
    }
    assert receipt["alternatives"] == []
    page = (await intake.http.get(path, headers={"Accept": "text/html"})).text
    assert office.name in page
    assert office.address in page
    assert "بی‌مراجعه به میز" not in page


async def test_a_redirect_that_a_kiosk_office_honoured_is_not_shown_again(intake: Intake) -> None:
    filed = (
        await intake.file(serviceId="social-insurance-record", deskId=SOCIAL_DESK, officerId=SOCIAL_OFFICER)
    ).json()
    assert (await intake.http.get(filed["receipt"])).json()["kiosk"] is None
    await intake.http.post("/v1/kiosk/submissions", json=a_submission(redirectRef=filed["redirect"]["ref"]))
    receipt = (await intake.http.get(filed["receipt"])).json()
    assert receipt["kiosk"]["id"] == "wa-urmia-017"
    assert (receipt["redirect"], receipt["alternatives"]) == (None, [])
    assert receipt["promised"] is not None
    page = (await intake.http.get(filed["receipt"], headers={"Accept": "text/html"})).text
    assert filed["redirect"]["ref"] not in page


# --- Tracking ---------------------------------------------------------------------------------------------------------


async def test_tracking_shows_the_stage_and_nothing_personal(intake: Intake) -> None:
    code = (await intake.file()).json()["trackingCode"]
    for last4 in ("2419", "4567", "۲۴۱۹"):
        response = await intake.http.post("/v1/track", json={"code": persian_digits(grouped(code)), "last4": last4})
        assert response.status_code == 200
    body = response.json()
    assert set(body) == {
        "trackingCode", "state", "stage", "stagesAhead", "promisedAt", "promisedLocal", "unit", "responsible",
        "nextAction", "history",
    }  # fmt: skip
    assert body["history"] == [
        {
            "at": "2026-11-23T06:30:00Z",
            "atLocal": "1405/09/02 10:00",
            "type": "request.registered",
            "text": "درخواست شما ثبت شد",
        },
        {
            "at": "2026-11-23T06:30:00Z",
            "atLocal": "1405/09/02 10:00",
            "type": "commitment.added",
            "text": "زمان پاسخ تعیین شد",
        },
    ]
    for personal in ("رضایی", "0013542419", "9121234567"):
        assert personal not in response.text


async def test_wrong_last4_answers_exactly_like_a_missing_code(intake: Intake) -> None:
    code = (await intake.file()).json()["trackingCode"]
    wrong = await intake.http.post("/v1/track", json={"code": code, "last4": "0000"})
    missing = await intake.http.post("/v1/track", json={"code": "00000000000000", "last4": "2419"})
    mistyped = await intake.http.post(
        "/v1/track", json={"code": code[:-1] + str((int(code[-1]) + 1) % 10), "last4": "2419"}
    )
    assert wrong.status_code == missing.status_code == mistyped.status_code == 404
    assert wrong.json() == missing.json() == mistyped.json()


async def test_a_code_cannot_be_guessed_by_trying(intake: Intake) -> None:
    code = (await intake.file()).json()["trackingCode"]
    for number in range(5):
        await intake.http.post("/v1/track", json={"code": code, "last4": f"000{number}"})
    response = await intake.http.post("/v1/track", json={"code": code, "last4": "2419"})
    assert (response.status_code, response.json()["code"]) == (429, "TOO_MANY_ATTEMPTS")
    assert response.headers["Retry-After"] == "600"
    assert response.json()["detail"] == (
        "چهار نویسهٔ پایانی برای این کد چند بار نادرست وارد شد؛ تا ۱۰ دقیقهٔ دیگر پاسخی داده نمی‌شود، "
        "پس از آن دوباره امتحان کنید — too many wrong answers for this code; try again in 10 minutes"
    )
    intake.memory.clock.advance(seconds=541)
    response = await intake.http.post("/v1/track", json={"code": code, "last4": "2419"})
    assert response.headers["Retry-After"] == "59"
    assert "تا ۱ دقیقهٔ دیگر" in response.json()["detail"]
    assert response.json()["detail"].endswith("try again in 1 minute")
    intake.memory.clock.advance(seconds=59)
    assert (await intake.http.post("/v1/track", json={"code": code, "last4": "2419"})).status_code == 200


async def test_one_address_cannot_try_many_codes(intake: Intake) -> None:
    answers = [await intake.http.post("/v1/track", json={"code": "0", "last4": "2419"}) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [404] * 30 + [429]
    assert answers[-1].headers["Retry-After"] == "600"
    assert "تا ۱۰ دقیقهٔ دیگر" in answers[-1].json()["detail"]
    assert answers[-1].json()["detail"].endswith("from this address; try again in 10 minutes")


# --- From the result to the end ---------------------------------------------------------------------------------------


async def test_announced_at_the_desk_and_handed_over(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    early = await intake.post(
        f"/v1/requests/{id}/announce", {"toldTo": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    )
    assert (early.status_code, early.json()["code"]) == (409, "ILLEGAL_MOVE")
    assert (early.json()["from"], early.json()["to"]) == ("PROMISED", "ANNOUNCED")
    await intake.unit_answers(id)
    told = await intake.post(
        f"/v1/requests/{id}/announce", {"toldTo": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    )
    assert (told.status_code, told.json()["state"]) == (200, "COLLECTION_DUE")
    assert told.json()["commitments"][0]["state"] == "KEPT"
    body = {"collectedBy": "REPRESENTATIVE", "identitySeen": True, "officerId": PERMITS_OFFICER}
    stale = await intake.post(f"/v1/requests/{id}/handover", body, **{"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    done = await intake.post(f"/v1/requests/{id}/handover", body, **{"If-Match": told.headers["ETag"]})
    assert done.json()["state"] == "CLOSED"


async def test_what_needs_the_desk_stands_in_its_work_list(intake: Intake) -> None:
    id = (await intake.file(applicant=person(mobile=None))).json()["requestId"]
    assert (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"] == []
    await intake.unit_answers(id)
    (item,) = (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"]
    assert (item["requestId"], item["attention"]) == (id, ["TELL_CITIZEN"])
    assert (await intake.http.get("/v1/desks/nowhere/work")).status_code == 404


async def test_a_result_whose_message_nobody_confirms_comes_into_the_work_list_by_itself(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    await intake.unit_answers(id)
    assert (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"] == []
    await intake.memory.tick(hours=1)
    (item,) = (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"]
    assert (item["requestId"], item["state"], item["attention"]) == (id, "RESULT_READY", ["TELL_CITIZEN"])
    body = {"toldTo": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await intake.post(f"/v1/requests/{id}/announce", body)).json()["attention"] == []
    assert (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"] == []


async def test_a_promise_due_soon_stands_in_the_work_list(intake: Intake) -> None:
    filed = (await intake.file()).json()
    intake.memory.clock.advance(days=22)
    items = (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"]
    assert [item["trackingCode"] for item in items] == [filed["trackingCode"]]


async def test_contacts_are_given_for_requests_that_have_an_applicant(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    response = await intake.http.post("/v1/contacts", json={"requestIds": [id, "nobody"]})
    assert response.json() == {"items": [{"requestId": id, "name": "زهرا رضایی", "mobile": "+989121234567"}]}


# --- Kiosk offices over HTTP ------------------------------------------------------------------------------------------


async def test_a_submission_over_http_is_taken_and_its_outcome_linked(intake: Intake) -> None:
    response = await intake.http.post("/v1/kiosk/submissions", json=a_submission())
    assert response.status_code == 202
    (outcome,) = (await intake.http.get(response.json()["outcome"])).json()["items"]
    assert (outcome["status"], outcome["requestId"]) == ("ACCEPTED", request_of("wa-urmia-017", "017-1"))
    again = await intake.http.post("/v1/kiosk/submissions", json=a_submission())
    assert again.status_code == 202
    assert len((await intake.http.get(response.json()["outcome"])).json()["items"]) == 1


async def test_a_refused_submission_over_http_has_an_outcome_too(intake: Intake) -> None:
    response = await intake.http.post("/v1/kiosk/submissions", json=a_submission(evidence=[]))
    assert (response.status_code, response.json()["code"]) == (202, "MISSING_EVIDENCE")
    (outcome,) = (await intake.http.get(response.json()["outcome"])).json()["items"]
    assert (outcome["code"], outcome["fixable"], outcome["needed"]) == ("MISSING_EVIDENCE", True, ["کارت ملی"])


async def test_an_unknown_office_and_an_unreadable_body_are_refused_over_http(intake: Intake) -> None:
    unknown = await intake.http.post("/v1/kiosk/submissions", json=a_submission(kioskId="wa-nowhere-001"))
    assert (unknown.status_code, unknown.json()["code"]) == (422, "UNKNOWN_KIOSK")
    unreadable = await intake.http.post("/v1/kiosk/submissions", json=a_submission(revision="1"))
    assert (unreadable.status_code, unreadable.json()["code"]) == (422, "MALFORMED")
    assert unreadable.json()["errors"][0]["fixable"] is True


async def test_an_office_reads_its_outcomes_page_by_page_and_misses_none(intake: Intake) -> None:
    for number in range(5):
        await intake.http.post("/v1/kiosk/submissions", json=a_submission(externalRef=f"r-{number}"))
        if number % 2:
            intake.memory.clock.advance(seconds=1)
    other = a_submission(kioskId="wa-urmia-012", externalRef="other")
    await intake.http.post("/v1/kiosk/submissions", json=other)
    intake.memory.clock.advance(seconds=10)
    seen: list[str] = []
    after: str | None = None
    for _ in range(4):
        parameters = {"kioskId": "wa-urmia-017", "limit": "2"} | ({"after": after} if after else {})
        page = (await intake.http.get("/v1/kiosk/outcomes", params=parameters)).json()
        seen += [item["externalRef"] for item in page["items"]]
        after = page["next"]
    assert sorted(seen) == [f"r-{number}" for number in range(5)]
    await intake.unit_answers(request_of("wa-urmia-017", "r-0"))
    intake.memory.clock.advance(seconds=10)
    page = (await intake.http.get("/v1/kiosk/outcomes", params={"kioskId": "wa-urmia-017", "after": after})).json()
    assert [item["status"] for item in page["items"]] == ["ACCEPTED", "PROGRESS"]


@pytest.mark.parametrize(
    "position",
    [
        {},
        {"at": "zzzz", "id": "x"},
        {"at": "", "id": "x"},
        {"at": "2026-11-23", "id": "x"},
        {"at": "2026-11-23T06:30:00", "id": "x"},
        {"at": "2026-11-31T06:30:00Z", "id": "x"},
        {"at": "2026-11-23T06:30:00Z", "id": ""},
        {"at": "2026-11-23T06:30:00Z", "id": "$x"},
        {"at": "2026-11-23T06:30:00Z"},
        {"after": "2026-11-23T06:30:00Z"},
    ],
)
async def test_a_cursor_that_is_not_ours_is_refused_and_not_read_as_the_end(
    intake: Intake, position: dict[str, str]
) -> None:
    await intake.http.post("/v1/kiosk/submissions", json=a_submission())
    intake.memory.clock.advance(seconds=10)
    forged = {"kioskId": "wa-urmia-017", "after": encode_cursor(position)}
    response = await intake.http.get("/v1/kiosk/outcomes", params=forged)
    assert (response.status_code, response.json()["code"]) == (400, "BAD_CURSOR")


# --- The published description ----------------------------------------------------------------------------------------


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        found = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return found.union(*(references(value) for value in node.values()))
    return set().union(*(references(value) for value in node)) if isinstance(node, list) else set()


async def test_every_part_the_description_refers_to_stands_in_it(intake: Intake) -> None:
    description = (await intake.http.get("/openapi.json")).json()
    parts = {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}
    assert references(description) <= parts
