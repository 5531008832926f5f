"""A citizen follows a request by its code: the stage is shown, nobody's data is, and guessing does not help."""

import pytest

from services.contracts.identifiers import grouped
from services.contracts.persian import persian_digits
from tests.unit.intake.cases import HOURS_DESK, HOURS_OFFICER, person
from tests.unit.intake.edge import Intake


async def test_tracking_shows_the_stage_and_nothing_personal(intake: Intake) -> None:
    code = (await intake.file()).json()["trackingCode"]
    for last4 in ("2419", "4567", "۲۴۱۹"):
        response = await intake.http.post("/v1/track", json={"code": persian_digits(grouped(code)), "last4": last4})
        assert response.status_code == 200
    body = response.json()
    assert set(body) == {
        "trackingCode", "state", "stage", "stagesAhead", "promisedAt", "promisedLocal", "nextVisit", "unit",
        "responsible", "referrals", "documentsAwaited", "suspendedFor", "nextAction", "surveyUntil",
        "objectUntil", "history",
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


@pytest.mark.parametrize("last4", ["\u200e2419", "\u202a۲۴۱۹\u202c", "2419\u200f", " 2419 "])
async def test_four_digits_prove_with_the_invisible_marks_that_come_with_a_copied_number(
    intake: Intake, last4: str
) -> None:
    code = (await intake.file()).json()["trackingCode"]
    response = await intake.http.post("/v1/track", json={"code": code, "last4": last4})
    assert response.status_code == 200


@pytest.mark.parametrize("last4", ["", " ", "419", "۴۱۹", "12419", "0013542419", "\u200c"])
async def test_four_characters_prove_and_nothing_else_does(intake: Intake, last4: str) -> None:
    """Least of all nothing, of somebody who left no mobile."""
    code = (await intake.file(applicant=person(mobile=None))).json()["trackingCode"]
    response = await intake.http.post("/v1/track", json={"code": code, "last4": last4})
    assert response.status_code in (404, 422)


async def test_a_question_answered_without_a_person_is_nobodys_to_track(intake: Intake) -> None:
    asked = await intake.file(
        serviceId="opening-hours", deskId=HOURS_DESK, officerId=HOURS_OFFICER, informationOnly=True, applicant=None
    )
    assert asked.json()["state"] == "GUIDED"
    for last4 in ("", "0000"):
        response = await intake.http.post("/v1/track", json={"code": asked.json()["trackingCode"], "last4": last4})
        assert response.status_code == 404
