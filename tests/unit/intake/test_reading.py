"""Whose a request is, and what was written freely, is read on record alone; nothing else shows it (I12, domain 9)."""

from typing import Any

import httpx
import pytest

from tests.unit.intake.cases import TAX_OFFICER, an_agent, person
from tests.unit.intake.edge import Intake

DESK = "wa-water-desk"
HEAD, CLERK, UNIT_OFFICER = f"{DESK}-01", f"{DESK}-02", "wa-water-subscribers-01"
NOTE, GROUND, HANDWRITTEN, WHY = "یادداشت متصدی", "بند ۳ ماده ۷", "نامه به نام خودش", "نقشه درست بود"
LAW = "آیین‌نامهٔ عملیاتی شرکت‌های آب و فاضلاب، فصل پنجم"
PEOPLE = ("زهرا", "رضایی", "2419", "4567", "کریمی", "0899", "2233", "۱۴۰۴/۱۲۳")
WORDS = (NOTE, GROUND, HANDWRITTEN, WHY)


async def an_objection(intake: Intake) -> tuple[str, str, list[httpx.Response]]:
    """Refused on the spot, and what its applicant said against that. Its id, its code, and all that was answered."""
    decide = {"result": "REFUSED", "ground": GROUND, "output": {"type": "subscriber-change", "note": HANDWRITTEN}}
    desk = {"serviceId": "water-name-change", "deskId": DESK, "officerId": HEAD}
    filed = await intake.file(note=NOTE, representative=an_agent(), decide=decide, **desk)
    id, code = filed.json()["requestId"], filed.json()["trackingCode"]
    body = {"reason": WHY, "identitySeen": True, "officerId": HEAD}
    said = await intake.post(f"/v1/requests/{id}/object", body)
    assert said.status_code == 200, said.text
    return id, code, [filed, said, await intake.http.get(f"/v1/requests/{id}")]


async def read(intake: Intake, path: str, officer: str | None = None) -> httpx.Response:
    return await intake.http.get(path, params={"officerId": officer} if officer else {})


def recorded(intake: Intake) -> list[tuple[Any, ...]]:
    return [(row["what"], row["outcome"], row["officerId"], row["how"]) for row in intake.journal.rows]


async def test_a_request_and_the_answers_to_commands_tell_nothing_of_it_and_are_on_no_record(intake: Intake) -> None:
    *_, answers = await an_objection(intake)
    for answer in answers:
        assert not [each for each in (*PEOPLE, *WORDS) if each in answer.text], answer.text
    shown = answers[-1].json()
    assert (shown["represented"], shown["round"], shown["earlier"][0]["result"]["kind"]) == (True, 2, "REFUSED")
    assert shown["earlier"][0]["result"]["output"] == {"type": "subscriber-change"}
    assert intake.journal.rows == []


@pytest.mark.parametrize("officer", [HEAD, CLERK, UNIT_OFFICER])
async def test_what_was_written_is_read_by_officers_of_the_desk_and_of_the_unit(intake: Intake, officer: str) -> None:
    """Who decides about an objection must read it, and who tells a result what it rests on (I5)."""
    id, *_ = await an_objection(intake)
    answer = await read(intake, f"/v1/requests/{id}/words", officer)
    assert answer.json() == {
        "requestId": id,
        "note": NOTE,
        "legalBasis": None,
        "rounds": [
            {"round": 1, "ground": GROUND, "laws": [LAW], "outputNote": HANDWRITTEN, "objection": WHY},
            {"round": 2, "ground": None, "laws": [], "outputNote": None, "objection": None},
        ],
    }
    assert not [each for each in PEOPLE if each in answer.text]
    assert recorded(intake) == [("WORDS", "GIVEN", officer, None)]
    assert intake.journal.rows[0]["requestIds"] == [id]


async def test_who_speaks_for_the_applicant_is_read_with_them(intake: Intake) -> None:
    id, *_ = await an_objection(intake)
    answer = (await read(intake, f"/v1/requests/{id}/applicant", HEAD)).json()
    assert answer["applicant"] == person(mobile="+989121234567", email=None)
    speaks = answer["representative"]
    assert (speaks["value"], speaks["mandate"], speaks["mandateNumber"]) == (
        "0499370899",
        "POWER_OF_ATTORNEY",
        "۱۴۰۴/۱۲۳",
    )


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
async def test_a_receipt_that_is_issued_anew_is_an_act_of_an_officer(intake: Intake, accept: str) -> None:
    """It has every field of domain 8, and so names the applicant."""
    id, *_ = await an_objection(intake)
    path = f"/v1/requests/{id}/receipt"
    printed = await intake.http.get(path, params={"officerId": CLERK}, headers={"Accept": accept})
    assert "زهرا رضایی" in printed.text
    assert "2419" in printed.text or "۲۴۱۹" in printed.text
    assert recorded(intake) == [("RECEIPT", "GIVEN", CLERK, None)]


async def test_who_names_no_officer_is_on_record_as_nobody(intake: Intake) -> None:
    """Until sign-in exists (contract: the receipt)."""
    id, *_ = await an_objection(intake)
    assert (await read(intake, f"/v1/requests/{id}/receipt")).status_code == 200
    assert recorded(intake) == [("RECEIPT", "GIVEN", None, None)]
    assert intake.journal.rows[0]["requestIds"] == [id]


async def test_the_citizen_has_the_receipt_by_its_code_and_their_own_last_four(intake: Intake) -> None:
    id, code, _ = await an_objection(intake)
    own = await intake.http.post("/v1/track/receipt", json={"code": code, "last4": "2419"})
    assert own.json()["applicant"] == {"name": "زهرا رضایی", "last4": "2419"}
    assert own.json() == (await read(intake, f"/v1/requests/{id}/receipt", CLERK)).json()
    page = await intake.http.post(
        "/v1/track/receipt", json={"code": code, "last4": "2419"}, headers={"Accept": "text/html"}
    )
    assert page.headers["Content-Type"].startswith("text/html")
    wrong = await intake.http.post("/v1/track/receipt", json={"code": code, "last4": "0000"})
    missing = await intake.http.post("/v1/track", json={"code": "0" * 14, "last4": "0000"})
    assert (wrong.status_code, wrong.json()) == (404, missing.json())
    assert recorded(intake) == [
        ("RECEIPT", "GIVEN", None, "CODE"),
        ("RECEIPT", "GIVEN", CLERK, None),
        ("RECEIPT", "GIVEN", None, "CODE"),
    ]


@pytest.mark.parametrize("what", ["words", "receipt"])
async def test_officers_of_another_agency_read_nothing_and_their_asking_is_on_record(intake: Intake, what: str) -> None:
    id, *_ = await an_objection(intake)
    for officer in (TAX_OFFICER, "nobody"):
        refused = await read(intake, f"/v1/requests/{id}/{what}", officer)
        assert (refused.status_code, refused.json()["code"]) == (403, "NOT_AUTHORISED")
        assert not [each for each in (*PEOPLE, *WORDS) if each in refused.text]
    assert recorded(intake) == [
        (what.upper(), "REFUSED", TAX_OFFICER, None),
        (what.upper(), "REFUSED", None, None),
    ]
    assert (await read(intake, f"/v1/requests/nobody/{what}", CLERK)).status_code == 404


async def test_words_are_for_an_officer_who_says_who_they_are(intake: Intake) -> None:
    id, *_ = await an_objection(intake)
    assert (await read(intake, f"/v1/requests/{id}/words")).json()["code"] == "INVALID"


async def test_without_a_record_nothing_is_given(intake: Intake) -> None:
    id, code, _ = await an_objection(intake)
    intake.journal.away = True
    answers = [
        await read(intake, f"/v1/requests/{id}/words", CLERK),
        await read(intake, f"/v1/requests/{id}/receipt", CLERK),
        await read(intake, f"/v1/requests/{id}/receipt"),
        await intake.http.post("/v1/track/receipt", json={"code": code, "last4": "2419"}),
    ]
    for answer in answers:
        assert answer.status_code == 503
        assert not [each for each in (*PEOPLE, *WORDS) if each in answer.text]


async def test_the_record_names_who_speaks_for_the_applicant_too_since_they_were_read(intake: Intake) -> None:
    """Whoever asks who has read of that person finds it, as it is of the applicant."""
    id, *_ = await an_objection(intake)
    case = (await intake.state(id)).case
    await read(intake, f"/v1/requests/{id}/applicant", HEAD)
    assert set(intake.journal.rows[-1]["applicantRefs"]) == {case.applicant_ref, case.representative_ref}
