"""Whose word a submission over HTTP is: an API key's, and a signature's where there is one (contract)."""

import json
from datetime import timedelta

import pytest

from services.contracts.entry import Status
from services.intake.domain.proving import request_of
from services.worktime import parse_jalali
from tests.support.signing import signature
from tests.unit.intake.cases import MORNING
from tests.unit.intake.edge import Intake, a_submission
from tests.unit.intake.signed_words import OFFICE, STRANGER


async def test_over_http_the_api_key_shows_whose_word_it_is_and_a_signature_is_verified_if_there(
    intake: Intake,
) -> None:
    body = json.dumps(a_submission()).encode()
    usual = {"content-type": "application/json"}
    bad = await intake.http.post(
        "/v1/kiosk/submissions", content=body, headers=usual | {"ce-signature": signature(OFFICE, b"else").decode()}
    )
    assert (bad.status_code, bad.json()["code"], bad.json()["status"]) == (202, "BAD_SIGNATURE", "REJECTED")
    good = await intake.http.post(
        "/v1/kiosk/submissions", content=body, headers=usual | {"ce-signature": signature(OFFICE, body).decode()}
    )
    assert (good.status_code, good.json()["status"]) == (202, "ACCEPTED")
    listed = (await intake.http.get(good.json()["outcome"])).json()["items"]
    assert {item["code"] for item in listed} == {None, "BAD_SIGNATURE"}


@pytest.mark.parametrize(
    "authorization",
    ["", "the-api-key-of-pishkhan-a", "Basic abc", "Bearer ", "Bearer nobody's", "Bearer the-api-key-of-pishkhan-A"],
)
async def test_over_http_nobody_calls_without_a_key_that_is_known(intake: Intake, authorization: str) -> None:
    headers = {"Authorization": authorization}
    submitted = await intake.http.post("/v1/kiosk/submissions", json=a_submission(), headers=headers)
    asked = await intake.http.get("/v1/kiosk/outcomes", params={"kioskId": OFFICE}, headers=headers)
    for answer in (submitted, asked):
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_over_http_a_partner_speaks_and_hears_for_its_own_kiosks_alone(intake: Intake) -> None:
    submitted = await intake.http.post("/v1/kiosk/submissions", json=a_submission(kioskId=STRANGER))
    asked = await intake.http.get("/v1/kiosk/outcomes", params={"kioskId": STRANGER})
    one = await intake.http.get("/v1/kiosk/outcomes", params={"kioskId": STRANGER, "externalRef": "1"})
    for answer in (submitted, asked, one):
        assert (answer.status_code, answer.json()["code"]) == (403, "SOURCE_MISMATCH")
    assert await intake.state(request_of(STRANGER, "017-1")) is None


async def test_over_http_a_partner_that_calls_too_often_is_told_when_to_come_again(intake: Intake) -> None:
    codes = [(await intake.http.get("/v1/kiosk/outcomes", params={"kioskId": OFFICE})).status_code for _ in range(101)]
    assert codes == [200] * 100 + [429]


async def test_over_http_a_suspended_partner_and_a_former_key_are_refused_at_once(intake: Intake) -> None:
    partner = intake.memory.registry.partner("pishkhan-a")
    assert partner is not None
    (key,) = partner.api_keys
    former = key.model_copy(update={"valid_to": MORNING + timedelta(hours=1)})
    for changes, later, status, code in (
        ({"api_keys": (former,)}, 0, 200, None),
        ({"api_keys": (former,)}, 3601, 401, "UNAUTHENTICATED"),
        ({"api_keys": (key,), "status": Status.SUSPENDED}, 0, 403, "KIOSK_NOT_LICENSED"),
        ({"api_keys": (key,), "valid_to": parse_jalali("1405/09/01")}, 0, 403, "KIOSK_NOT_LICENSED"),
    ):
        known = intake.memory.registry.partner("pishkhan-a")
        assert known is not None
        changed = partner.model_copy(update=changes | {"version": known.version + 1})
        intake.memory.registry = intake.memory.registry.with_entries([changed])
        intake.memory.clock.advance(seconds=later)
        answer = await intake.http.get("/v1/kiosk/outcomes", params={"kioskId": OFFICE})
        assert (answer.status_code, answer.json().get("code")) == (status, code)


async def test_intake_tells_by_which_version_of_a_partner_it_judges(intake: Intake) -> None:
    partner = intake.memory.registry.partner("pishkhan-a")
    assert partner is not None
    newer = partner.model_copy(update={"version": partner.version + 1})
    for entry in (partner, newer):
        intake.memory.registry = intake.memory.registry.with_entries([entry])
        told = await intake.http.get("/v1/partners/pishkhan-a/version")
        assert told.json() == {"id": "pishkhan-a", "version": entry.version}
    assert (await intake.http.get("/v1/partners/nobody/version")).status_code == 404


async def test_intake_tells_by_which_version_of_an_office_it_judges(intake: Intake) -> None:
    office = intake.memory.registry.kiosk(OFFICE)
    assert office is not None
    newer = office.model_copy(update={"version": office.version + 1})
    for entry in (office, newer):
        intake.memory.registry = intake.memory.registry.with_entries([entry])
        told = await intake.http.get(f"/v1/kiosks/{OFFICE}/version")
        assert told.json() == {"id": OFFICE, "version": entry.version}
    assert (await intake.http.get("/v1/kiosks/nobody/version")).status_code == 404
