"""Bad bodies at the running services: each is a problem document with a code, never a 5xx, and costs no neighbour."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.contracts.envelope import MAX_VALUE_BYTES
from tests.support.calls import CARD, OFFICER, PERSON, Body, Caller, a_filing, a_submission, is_problem
from tests.support.running_services import Services

pytestmark = pytest.mark.timeout(120)


GOOD = json.dumps(a_filing()).encode()
SPOILED = [
    pytest.param(b"{", 400, "MALFORMED_JSON", id="not-json"),
    pytest.param(b"\xff\xfe", 400, "MALFORMED_JSON", id="bytes"),
    pytest.param(GOOD.decode().encode("utf-16"), 400, "MALFORMED_JSON", id="utf-16"),
    pytest.param(GOOD + GOOD, 400, "MALFORMED_JSON", id="two-at-once"),
    pytest.param(GOOD[:-1] + b', "area": NaN}', 400, "MALFORMED_JSON", id="nan"),
    pytest.param(GOOD[:-1] + b', "area": Infinity}', 400, "MALFORMED_JSON", id="infinity"),
    pytest.param(GOOD[:-1] + b', "amount": 1e30}', 400, "MALFORMED_JSON", id="past-64-bits"),
    pytest.param(GOOD[:-1] + b', "amount": ' + b"9" * 5000 + b"}", 400, "MALFORMED_JSON", id="many-digits"),
    pytest.param(GOOD[:-1] + b', "note": "\\ud800"}', 400, "MALFORMED_JSON", id="half-a-pair"),
    pytest.param(GOOD[:-1] + b', "\\udfff": 1}', 400, "MALFORMED_JSON", id="half-a-pair-in-a-name"),
    pytest.param(GOOD[:-1] + b', "note": "a\\u0000b"}', 400, "MALFORMED_JSON", id="nul"),
    pytest.param(b"[" * 100_000, 400, "TOO_DEEP", id="brackets"),
    pytest.param(GOOD[:-1] + b', "decide": ' + b'{"a":' * 40 + b"1" + b"}" * 41, 400, "TOO_DEEP", id="deep"),
    pytest.param(GOOD[:-1] + b', "deskId": "x"}', 400, "DUPLICATE_KEY", id="twice"),
    pytest.param(b" " * (MAX_VALUE_BYTES + 1), 413, "OVERSIZE", id="oversize"),
    pytest.param(b"null", 422, "", id="null"),
    pytest.param(b"[]", 422, "", id="list"),
    pytest.param(b'"text"', 422, "", id="text"),
    pytest.param(b"", 422, "", id="empty"),
]


@pytest.mark.parametrize(("content", "status", "code"), SPOILED)
def test_a_body_that_cannot_be_read(caller: Caller, content: bytes, status: int, code: str) -> None:
    is_problem(caller.call("/v1/requests", content), status, code or "INVALID")
    submission = caller.call("/v1/kiosk/submissions", content)
    is_problem(submission, status, code or "MALFORMED")
    is_problem(caller.call("/v1/track", content), status, code or "INVALID")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"serviceId": None}, "serviceId"),
        ({"serviceId": ["building-permit"]}, "serviceId"),
        ({"serviceId": "$where"}, "serviceId"),
        ({"serviceId": "a" * 101}, "serviceId"),
        ({"applicant": "0013542419"}, "applicant"),
        ({"applicant": PERSON | {"scheme": "SSN"}}, "applicant.scheme"),
        ({"applicant": PERSON | {"name": "ا" * 121}}, "applicant.name"),
        ({"amount": -1}, "amount"),
        ({"amount": 10**15 + 1}, "amount"),
        ({"amount": "9" * 30}, "amount"),
        ({"note": "ا" * 2001}, "note"),
        ({"note": {"$gt": ""}}, "note"),
        ({"evidence": [CARD] * 51}, "evidence"),
        ({"evidence": [CARD | {"sha256": "zz"}]}, "evidence.0.sha256"),
        ({"unheardOf": 1}, "unheardOf"),
        ({"$where": "1"}, "$where"),
        ({"applicant.value": "1"}, "applicant.value"),
        ({"decide": {"result": "GRANTED", "output": {"$set": {}}}}, "decide.output.type"),
        ({"representative": PERSON}, "representative.mandate"),
    ],
)
def test_a_wrong_field_is_named(caller: Caller, changes: Body, field: str) -> None:
    problem = is_problem(caller.call("/v1/requests", a_filing(**changes)), 422, "INVALID")
    assert field in [error["field"] for error in problem["errors"]]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"serviceId": "no-such-service"}, "UNKNOWN_SERVICE"),
        ({"deskId": "no-such-desk"}, "UNKNOWN_DESK"),
        ({"applicant": PERSON | {"value": "0013542418"}}, "INVALID_APPLICANT"),
        ({"applicant": PERSON | {"value": "1111111111"}}, "INVALID_APPLICANT"),
        ({"applicant": PERSON | {"name": "\u200f"}}, "INVALID_APPLICANT"),
        ({"applicant": PERSON | {"mobile": "12345"}}, "INVALID_APPLICANT"),
        ({"applicant": None}, "APPLICANT_NEEDED"),
        ({"priorityClass": "VETERAN"}, "LEGAL_BASIS_NEEDED"),
        ({"redirectRef": "R-unheard-of"}, "REDIRECT_UNKNOWN"),
    ],
)
def test_what_a_rule_of_filing_refuses(caller: Caller, changes: Body, code: str) -> None:
    answer = caller.call("/v1/requests", a_filing(**changes))
    problem: Body = answer.json()
    assert answer.status_code == 422, problem
    assert code in {problem["code"], *(error["code"] for error in problem["errors"])}
    assert "001354241" not in answer.text


@pytest.mark.parametrize("officer", ["wa-tax-desk-01", "nobody"])
def test_an_officer_files_at_their_own_desk_only(caller: Caller, officer: str) -> None:
    """I13: whoever is not of this desk is refused, and told so."""
    answer = caller.call("/v1/requests", a_filing(officerId=officer))
    assert answer.status_code in (403, 422)
    assert answer.json()["code"]


def test_codes_in_any_script_are_taken(caller: Caller) -> None:
    """Persian and Arabic digits in identifiers, Arabic letters in names: one written form (domain 9)."""
    typed = PERSON | {"value": "۰۰۱۳۵۴۲۴۱۹", "mobile": "٠٩١٢١٢٣٤٥٦٧", "name": "علي كريمي"}
    persian = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
    filed = caller.call("/v1/requests", a_filing(applicant=typed, officerId=OFFICER.translate(persian))).json()
    receipt = caller.get(f"/v1/requests/{filed['requestId']}/receipt").json()
    assert receipt["applicant"] == {"name": "علی کریمی", "last4": "2419"}
    code = filed["trackingCode"].translate(persian)
    found = caller.call("/v1/track", {"code": f"{code[:4]} {code[4:]}", "last4": "۲۴۱۹"})
    assert (found.status_code, found.json()["trackingCode"]) == (200, filed["trackingCode"])


# -- submissions over HTTP ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"revision": "1"}, "MALFORMED"),
        ({"amount": 10**16}, "MALFORMED"),
        ({"submittedAt": "2026-11-23T08:30:00"}, "MALFORMED"),
        ({"submittedAt": 1795400000}, "MALFORMED"),
        ({"externalRef": "a b"}, "MALFORMED"),
        ({"kioskId": "wa-nowhere-001"}, "UNKNOWN_KIOSK"),
    ],
)
def test_a_submission_that_is_no_submission(caller: Caller, changes: Body, code: str) -> None:
    is_problem(caller.call("/v1/kiosk/submissions", a_submission(caller.services, **changes)), 422, code)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"serviceId": "no-such-service"}, "UNKNOWN_SERVICE"),
        ({"kioskId": "wa-urmia-040"}, "KIOSK_NOT_LICENSED"),
        ({"kioskId": "wa-khoy-009"}, "KIOSK_NOT_LICENSED"),
        ({"applicant": PERSON | {"value": "0013542418"}}, "INVALID_APPLICANT"),
        ({"submittedAt": "2126-11-23T08:30:00Z"}, "STALE"),
        ({"submittedAt": "2025-11-23T08:30:00Z"}, "STALE"),
        ({"evidence": []}, "MISSING_EVIDENCE"),
    ],
)
def test_a_refused_submission_is_an_answer_with_its_code(caller: Caller, changes: Body, code: str) -> None:
    """The same meaning as on the topic: 202, and the outcome tells (contract: POST /v1/kiosk/submissions)."""
    submission = a_submission(caller.services, **changes)
    partner = "pishkhan-b" if submission["kioskId"].startswith("wa-khoy") else "pishkhan-a"
    key = f"Bearer {caller.api_key(partner)}"
    answer = caller.call("/v1/kiosk/submissions", submission, authorization=key)
    assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (202, "REJECTED", code)
    outcomes = caller.call(answer.json()["outcome"], method="GET", authorization=key).json()["items"]
    assert [(outcome["status"], outcome["code"]) for outcome in outcomes] == [("REJECTED", code)]


# -- and nothing is lost -----------------------------------------------------------------------------------------------


async def test_good_calls_among_bad_ones_are_all_served(caller: Caller, services: Services) -> None:
    """Commands that arrive together share a write: a bad one must not cost its neighbours theirs."""
    bad = [spoiled.values[0] for spoiled in SPOILED if len(str(spoiled.values[0])) < 10_000]
    bad += [json.dumps(a_filing(serviceId="no-such-service")).encode(), json.dumps(a_filing(amount="9" * 30)).encode()]
    async with httpx.AsyncClient(base_url=services.url("intake"), timeout=30) as http:

        async def post(content: Any) -> httpx.Response:
            headers = {"content-type": "application/json", "idempotency-key": uuid4().hex}
            return await http.post("/v1/requests", content=content, headers=headers)

        mixed = [content for spoiled in bad for content in (spoiled, GOOD)] * 2
        answers = await asyncio.gather(*(post(content) for content in mixed))
        good = [a for a, content in zip(answers, mixed, strict=True) if content is GOOD]
        assert [answer.status_code for answer in good] == [201] * len(good)
        assert len({answer.json()["requestId"] for answer in good}) == len(good)
        assert all(400 <= a.status_code < 500 for a, content in zip(answers, mixed, strict=True) if content is not GOOD)
        for answer in good:
            assert (await http.get(f"/v1/requests/{answer.json()['requestId']}")).json()["state"] == "PROMISED"
    assert services.metric("mizban_failures_total") == 0


def test_a_body_in_pieces_is_bounded_too(caller: Caller) -> None:
    """Without a Content-Length the size is only known while it comes."""

    def pieces() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 8192

    answer = caller.http.post(
        caller.services.url("intake") + "/v1/requests",
        content=pieces(),
        headers={"content-type": "application/json", "idempotency-key": uuid4().hex},
    )
    is_problem(answer, 413, "OVERSIZE")
