"""Officers find the requests of a person at their own agency; whom they read of is on record before they read it."""

from typing import Any

import pytest

from services.intake.search_api import PERSONS
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import PERMITS_OFFICER, TAX_OFFICER, an_agent, person
from tests.unit.intake.edge import Intake

INSPECTOR = "wa-governorate-inspection-01"
"""Who serves at no desk."""


async def search(intake: Intake, officer: str = PERMITS_OFFICER, **by: Any) -> Any:
    return await intake.http.post("/v1/requests/search", json=by | {"officerId": officer})


async def found(intake: Intake, **by: Any) -> list[str]:
    answer = await search(intake, **by)
    assert answer.status_code == 200, answer.text
    return [item["requestId"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    "by",
    [
        {"nationalId": "0013542419"},
        {"nationalId": "۰۰۱۳۵۴۲۴۱۹"},
        {"nationalId": "13542419"},
        {"mobile": "09121234567"},
        {"mobile": "+98 912 123 4567"},
        {"text": "رضایی"},
        {"text": "رضايي زهرا"},
    ],
)
async def test_a_person_is_found_by_number_mobile_and_name_however_typed(intake: Intake, by: dict[str, str]) -> None:
    id = (await intake.file()).json()["requestId"]
    await intake.file(applicant=person(value="0499370899", name="علی کریمی", mobile="09350000001"))
    assert await found(intake, **by) == [id]


@pytest.mark.parametrize("by", [{"mobile": "09141112233"}, {"text": "کریمی"}])
async def test_a_request_is_found_by_whoever_speaks_for_the_applicant(intake: Intake, by: dict[str, str]) -> None:
    id = (await intake.file(representative=an_agent())).json()["requestId"]
    assert await found(intake, **by) == [id]


async def test_what_is_shown_is_masked(intake: Intake) -> None:
    filed = (await intake.file(note="یادداشت محرمانه")).json()
    answer = await search(intake, text=filed["trackingCode"])
    (item,) = answer.json()["items"]
    assert set(item) == {
        "requestId", "trackingCode", "state", "serviceId", "serviceName", "deskId", "applicant", "promisedAt",
        "promisedLocal", "filedAt", "filedLocal",
    }  # fmt: skip
    assert item["applicant"] == {"name": "زهرا رضایی", "last4": "2419"}
    for secret in ("0013542419", "9121234567", "یادداشت"):
        assert secret not in answer.text


@pytest.mark.parametrize(("scheme", "value"), [("LEGAL_ID", "10380284790"), ("PASSPORT", "P1234567")])
async def test_legal_persons_and_foreigners_are_found_by_their_scheme(intake: Intake, scheme: str, value: str) -> None:
    id = (await intake.file(applicant=person(scheme=scheme, value=value))).json()["requestId"]
    assert await found(intake, nationalId=value, scheme=scheme) == [id]
    assert await found(intake, nationalId="0013542419") == []


@pytest.mark.parametrize("by", [{"nationalId": "0013542419"}, {"mobile": "09121234567"}, {"text": "رضایی"}])
async def test_another_agencys_officers_find_nothing(intake: Intake, by: dict[str, str]) -> None:
    """The tenant filter stands in the query: another agency's case reads like a missing one."""
    code = (await intake.file()).json()["trackingCode"]
    assert await found(intake, officer=TAX_OFFICER, **by) == []
    assert await found(intake, officer=TAX_OFFICER, text=code) == []
    assert await found(intake, **by) != []


async def test_pages_pass_nothing_by_and_begin_with_the_newest(intake: Intake) -> None:
    filed = []
    for _ in range(7):
        filed.append((await intake.file()).json()["requestId"])
        intake.memory.clock.advance(seconds=1)
    seen: list[str] = []
    cursor = None
    while True:
        page = (await search(intake, nationalId="0013542419", limit=3, cursor=cursor)).json()
        seen += [item["requestId"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == filed[::-1]


@pytest.mark.parametrize(
    ("by", "code", "field"),
    [
        ({"nationalId": "0013542418"}, "INVALID_APPLICANT", "nationalId"),
        ({"mobile": "021123"}, "INVALID_APPLICANT", "mobile"),
        ({"text": " ‌ "}, "NOTHING_TO_SEARCH", "text"),
        ({"text": "a", "mobile": "09121234567"}, "INVALID", None),
        ({}, "INVALID", None),
        ({"nationalId": "0013542419", "limit": 101}, "INVALID", "limit"),
        ({"nationalId": "0013542419", "cursor": "x"}, "BAD_CURSOR", None),
    ],
)
async def test_a_wrong_search_names_the_field_and_repeats_nothing(
    intake: Intake, by: dict[str, Any], code: str, field: str | None
) -> None:
    answer = await search(intake, **by)
    body = answer.json()
    assert (answer.status_code // 100, body["code"]) == (4, code)
    assert field is None or [error["field"] for error in body["errors"]] == [field]
    assert "0013542418" not in answer.text


async def test_it_says_when_the_answer_is_promised_for_and_not_the_visit_before_it(intake: Intake) -> None:
    filed = (await intake.file()).json()
    visit = {"kind": "NEXT_VISIT", "at": "2026-11-29T06:30:00Z", "officerId": PERMITS_OFFICER}
    answer = await intake.post(f"/v1/requests/{filed['requestId']}/commitments", visit)
    assert answer.status_code == 201, answer.text
    (item,) = (await search(intake, nationalId="0013542419")).json()["items"]
    (final,) = filed["commitments"]
    assert (item["promisedAt"], item["promisedLocal"]) == (final["promisedAt"], final["promisedLocal"])


async def test_a_name_that_very_many_bear_is_asked_for_more(intake: Intake) -> None:
    org = "wa-municipality-urmia"
    intake.memory.store.keys.found_by |= {f"A-{n}": {f"{org}|name|محمد"} for n in range(PERSONS + 1)}
    answer = await search(intake, text="محمد")
    assert (answer.status_code, answer.json()["code"]) == (422, "TOO_BROAD")
    assert await found(intake, text="محمد ناشناس") == []


async def test_only_officers_of_a_desk_search_and_not_without_end() -> None:
    intake = Intake(search_calls=2)
    for officer in ("no-such", INSPECTOR):
        answer = await search(intake, officer, text="رضایی")
        assert (answer.status_code, answer.json()["code"]) == (403, "NOT_AUTHORISED")
    answers = [await search(intake, text="رضایی") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert (await search(intake, TAX_OFFICER, text="رضایی")).status_code == 200
    intake.memory.clock.advance(minutes=1)
    assert (await search(intake, text="رضایی")).status_code == 200


# -- on record -------------------------------------------------------------------------------------------------------


async def test_each_reading_is_on_record_with_who_what_and_whom_and_without_what_was_typed(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    await search(intake, mobile="09121234567")
    await search(intake, text="ناشناس")
    await intake.http.get(f"/v1/requests/{id}/applicant", params={"officerId": PERMITS_OFFICER})
    await intake.http.post("/v1/contacts", json={"requestIds": [id, "nobody"]})
    rows = intake.journal.rows
    assert [(row["what"], row["outcome"], row["officerId"], row["service"], row["how"]) for row in rows] == [
        ("SEARCH", "GIVEN", PERMITS_OFFICER, None, "MOBILE"),
        ("SEARCH", "NOTHING", PERMITS_OFFICER, None, "NAME"),
        ("APPLICANT", "GIVEN", PERMITS_OFFICER, None, None),
        ("CONTACTS", "GIVEN", None, "notify", "SERVICE"),
    ]
    assert [row["requestIds"] for row in rows] == [[id], [], [id], [id]]
    assert len({row["applicantRefs"][0] for row in rows if row["applicantRefs"]}) == 1
    for secret in ("0013542419", "9121234567", "زهرا", "ناشناس"):
        assert secret not in repr(rows)


async def test_the_applicant_in_full_is_for_a_desk_of_the_cases_agency(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    path = f"/v1/requests/{id}/applicant"
    answer = await intake.http.get(path, params={"officerId": PERMITS_OFFICER})
    assert answer.json()["applicant"] == person(mobile="+989121234567", email=None)
    other = await intake.http.get(path, params={"officerId": TAX_OFFICER})
    missing = await intake.http.get("/v1/requests/nobody/applicant", params={"officerId": TAX_OFFICER})
    assert (other.status_code, other.json()) == (404, missing.json())
    assert [row["outcome"] for row in intake.journal.rows] == ["GIVEN", "REFUSED"]


@pytest.mark.parametrize("call", ["search", "applicant", "contacts"])
async def test_without_a_record_nothing_is_given(intake: Intake, call: str) -> None:
    id = (await intake.file()).json()["requestId"]
    intake.journal.away = True
    if call == "search":
        answer = await search(intake, mobile="09121234567")
    elif call == "applicant":
        answer = await intake.http.get(f"/v1/requests/{id}/applicant", params={"officerId": PERMITS_OFFICER})
    else:
        answer = await intake.http.post("/v1/contacts", json={"requestIds": [id]})
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert "9121234567" not in answer.text
    assert "زهرا" not in answer.text


async def accesses(intake: Intake, officer: str, **of: str) -> Any:
    return await intake.http.get("/v1/access", params=of | {"officerId": officer})


async def test_the_record_is_read_by_the_inspectorate_and_by_the_agencys_head_about_its_own(intake: Intake) -> None:
    filed = (await intake.file()).json()
    id = filed["requestId"]
    for _ in range(3):
        await search(intake, text=filed["trackingCode"])
    for head, agency in ((PERMITS_OFFICER, "wa-municipality-urmia"), (TAX_OFFICER, "wa-tax")):
        organization = sample_snapshot().organization(agency)
        assert organization is not None
        named = organization.model_copy(update={"head_officer_id": head, "version": 2})
        intake.memory.registry = intake.memory.registry.with_entries([named])
    for reader in (INSPECTOR, PERMITS_OFFICER):
        assert len((await accesses(intake, reader, requestId=id)).json()["items"]) == 3
    assert (await accesses(intake, TAX_OFFICER, requestId=id)).json()["items"] == []
    for nobody in ("wa-municipality-urmia-desk-02", "no-such"):
        assert (await accesses(intake, nobody, requestId=id)).status_code == 403
    ref = intake.journal.rows[0]["applicantRefs"][0]
    first = (await accesses(intake, INSPECTOR, applicantRef=ref, limit="2")).json()
    rest = (await accesses(intake, INSPECTOR, applicantRef=ref, limit="2", cursor=first["next"])).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    assert first["items"][0]["atLocal"] == "1405/09/02 10:00"
    for wrong in ({}, {"requestId": id, "applicantRef": ref}):
        assert (await accesses(intake, INSPECTOR, **wrong)).status_code == 422
