"""Bad HTTP calls to the running services: each is a problem document with a code, never a 5xx, and changes nothing."""

import asyncio
import base64
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.contracts.envelope import MAX_VALUE_BYTES
from tests.integration.conftest import Services

pytestmark = pytest.mark.timeout(120)

Body = dict[str, Any]
PERMITS = {"deskId": "wa-municipality-urmia-desk", "officerId": "wa-municipality-urmia-desk-01"}
OFFICER = PERMITS["officerId"]
PERSON = {"scheme": "NID", "value": "0013542419", "name": "زهرا رضایی", "mobile": "09121234567", "county": "urmia"}
CARD = {"type": "identity-card", "sha256": "a" * 64, "originalSeen": True, "dataref": None}
FIELDS = {"type", "title", "status", "code", "detail", "errors"}


class Caller:
    """Somebody with an HTTP client and the address of every service."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.http = httpx.Client(timeout=30)

    def call(
        self, path: str, content: Any = None, *, method: str = "POST", service: str = "intake", **headers: str | None
    ) -> httpx.Response:
        """`content`: bytes as they are, anything else as JSON. A header given as None is left out."""
        usual = {"content-type": "application/json", "idempotency-key": uuid4().hex}
        given = usual | {name.replace("_", "-"): value for name, value in headers.items()}
        sent = content if isinstance(content, bytes) or content is None else json.dumps(content).encode()
        kept = {name: value for name, value in given.items() if value is not None}
        return self.http.request(method, self.services.url(service) + path, content=sent, headers=kept)

    def get(self, path: str, service: str = "intake", **query: str) -> httpx.Response:
        return self.http.get(self.services.url(service) + path, params=query or None)

    def filed(self) -> Body:
        """A request at the permits desk, PROMISED."""
        answer = self.call("/v1/requests", a_filing())
        assert answer.status_code == 201, answer.text
        filed: Body = answer.json()
        return filed


@pytest.fixture(scope="module")
def caller(services: Services) -> Iterator[Caller]:
    caller = Caller(services)
    yield caller
    caller.http.close()


def a_filing(**changes: Any) -> Body:
    return {"serviceId": "building-permit", "applicant": PERSON, "evidence": [CARD], **PERMITS} | changes


def a_submission(services: Services, **changes: Any) -> Body:
    return {
        "externalRef": f"call-{uuid4().hex[:12]}",
        "kioskId": "wa-urmia-017",
        "serviceId": "social-insurance-record",
        "applicant": PERSON,
        "evidence": [CARD],
        "revision": 1,
        "submittedAt": services.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
    } | changes


def is_problem(answer: httpx.Response, status: int, code: str) -> Body:
    """RFC 9457, with our code; never what was typed (I12)."""
    problem: Body = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(problem) >= FIELDS
    assert problem["status"] == status
    assert problem["type"].startswith("urn:mizban:problem:")
    assert "0013542419" not in answer.text
    assert "رضایی" not in answer.text
    return problem


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
        ({"representative": PERSON}, "representative"),
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
    answer = caller.call("/v1/kiosk/submissions", submission)
    assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (202, "REJECTED", code)
    outcomes = caller.get(answer.json()["outcome"]).json()["items"]
    assert [(outcome["status"], outcome["code"]) for outcome in outcomes] == [("REJECTED", code)]


# -- idempotency and versions ------------------------------------------------------------------------------------------


def test_a_key_used_for_another_body_is_refused_and_the_first_answer_stands(caller: Caller) -> None:
    key = uuid4().hex
    first = caller.call("/v1/requests", a_filing(), idempotency_key=key)
    is_problem(caller.call("/v1/requests", a_filing(note="x"), idempotency_key=key), 409, "IDEMPOTENCY_MISMATCH")
    again = caller.call("/v1/requests", a_filing(), idempotency_key=key)
    assert (again.status_code, again.json()) == (201, first.json())
    submission = a_submission(caller.services)
    key = uuid4().hex
    assert caller.call("/v1/kiosk/submissions", submission, idempotency_key=key).status_code == 202
    other = submission | {"amount": 5}
    is_problem(caller.call("/v1/kiosk/submissions", other, idempotency_key=key), 409, "IDEMPOTENCY_MISMATCH")


@pytest.mark.parametrize("path", ["/v1/requests", "/v1/requests/x/announce", "/v1/requests/x/decide"])
def test_without_an_idempotency_key_nothing_is_changed(caller: Caller, path: str) -> None:
    is_problem(caller.call(path, a_filing(), idempotency_key=None), 422, "IDEMPOTENCY_KEY_REQUIRED")


@pytest.mark.parametrize("key", ["", "a b", "a" * 201])
def test_a_key_is_printable_ascii_of_a_bounded_length(caller: Caller, key: str) -> None:
    is_problem(caller.call("/v1/requests", a_filing(), idempotency_key=key), 422, "INVALID")


def test_a_stale_version_changes_nothing(caller: Caller) -> None:
    filed = caller.filed()
    path, told = f"/v1/requests/{filed['requestId']}", {"toldTo": "APPLICANT", "identitySeen": True}
    announce = told | {"officerId": OFFICER}
    for version in ('"99"', 'W/"0"', '"999999999999999999"'):
        is_problem(caller.call(f"{path}/announce", announce, if_match=version), 412, "STALE_VERSION")
    for nonsense in ("abc", '"-1"', "9" * 5000):
        is_problem(caller.call(f"{path}/announce", announce, if_match=nonsense), 400, "BAD_IF_MATCH")
    assert caller.get(path).json()["state"] == "PROMISED"


@pytest.mark.parametrize(
    ("move", "body", "target"),
    [
        ("announce", {"toldTo": "APPLICANT", "identitySeen": True}, "ANNOUNCED"),
        ("handover", {"collectedBy": "APPLICANT", "identitySeen": True}, "DELIVERED"),
    ],
)
def test_an_illegal_move_names_both_states(caller: Caller, move: str, body: Body, target: str) -> None:
    filed = caller.filed()
    path = f"/v1/requests/{filed['requestId']}"
    problem = is_problem(caller.call(f"{path}/{move}", body | {"officerId": OFFICER}), 409, "ILLEGAL_MOVE")
    assert (problem["from"], problem["to"]) == ("PROMISED", target)
    assert caller.get(path).json()["state"] == "PROMISED"


# -- the edge ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"])
@pytest.mark.parametrize("path", ["/v1/requests", "/v1/kiosk/submissions", "/v1/track"])
def test_another_content_type_is_not_guessed_at(caller: Caller, path: str, kind: str | None) -> None:
    is_problem(caller.call(path, a_filing(), content_type=kind), 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("service", ["registry", "intake", "routing", "notify"])
def test_unknown_paths_and_wrong_methods(caller: Caller, service: str) -> None:
    for path in ("/", "/v1", "/v1/unheard-of", "/%00", "/%ff", "/v1/%2e%2e/%2e%2e/etc"):
        is_problem(caller.get(path, service), 404, "NOT_FOUND")
    for method in ("POST", "DELETE", "PATCH", "PUT"):
        is_problem(caller.call("/health/live", method=method, service=service), 405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("id", ["unheard-of", "a" * 100, "\u0660"])
def test_what_does_not_exist(caller: Caller, id: str) -> None:
    for path in (f"/v1/requests/{id}", f"/v1/requests/{id}/receipt", f"/v1/desks/{id}/work"):
        is_problem(caller.get(path), 404, "NOT_FOUND")
    is_problem(caller.get(f"/v1/units/{id}/tasks", "routing"), 404, "UNKNOWN_UNIT")
    is_problem(caller.get(f"/v1/desks/{id}", "registry"), 404, "NOT_FOUND")
    told = {"toldTo": "APPLICANT", "identitySeen": True, "officerId": OFFICER}
    assert caller.call(f"/v1/requests/{id}/announce", told).status_code in (404, 409)


@pytest.mark.parametrize("id", ["%00", "%ff", "a%20b", "$where", "a" * 101])
def test_an_id_that_is_none(caller: Caller, id: str) -> None:
    is_problem(caller.get(f"/v1/requests/{id}"), 422, "INVALID")
    is_problem(caller.get(f"/v1/desks/{id}", "registry"), 422, "INVALID")


def _cursor(position: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "====",
        "سلام",
        "\x00",
        _cursor([]),
        _cursor({"at": 1, "id": 2, "after": 3}),
        _cursor({"at": {"$gt": ""}, "id": "x", "after": {"$gt": ""}}),
        _cursor({"at": "\ud800", "id": "x", "after": "\ud800"}),
        _cursor({"at": 10**30, "id": "x", "after": 10**30}),
        base64.urlsafe_b64encode(b"[" * 290).decode(),
        base64.urlsafe_b64encode(b"\xff" * 10).decode(),
    ],
)
def test_a_cursor_that_is_not_ours(caller: Caller, cursor: str) -> None:
    is_problem(caller.get("/v1/kiosk/outcomes", kioskId="wa-urmia-017", after=cursor), 400, "BAD_CURSOR")
    unit = "wa-municipality-urmia-permits"
    is_problem(caller.get(f"/v1/units/{unit}/tasks", "routing", cursor=cursor), 400, "BAD_CURSOR")
    is_problem(caller.get("/v1/messages", "notify", cursor=cursor), 400, "BAD_CURSOR")
    is_problem(caller.get("/v1/desks", "registry", cursor=cursor), 400, "BAD_CURSOR")


@pytest.mark.parametrize("at", ["", "zzzz", "2026-11-23", "2026-11-31T06:30:00Z"])
def test_a_place_among_an_offices_news_that_is_no_moment(caller: Caller, at: str) -> None:
    forged = _cursor({"at": at, "id": "x"})
    is_problem(caller.get("/v1/kiosk/outcomes", kioskId="wa-urmia-017", after=forged), 400, "BAD_CURSOR")


@pytest.mark.parametrize("limit", ["0", "-1", "501", "9" * 30, "x", "1.5", ""])
def test_a_limit_out_of_bounds(caller: Caller, limit: str) -> None:
    is_problem(caller.get("/v1/kiosk/outcomes", kioskId="wa-urmia-017", limit=limit), 422, "INVALID")


# -- the other services ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 400, "MALFORMED_JSON"),
        (b'{"floor": 1e30}', 400, "MALFORMED_JSON"),
        (b'{"floor": "99999999999999999999"}', 422, "INVALID"),
        (b"[]", 422, "INVALID"),
        (b'{"id": "a", "id": "b"}', 400, "DUPLICATE_KEY"),
    ],
)
def test_a_bad_registry_entry(caller: Caller, content: bytes, status: int, code: str) -> None:
    answer = caller.call("/v1/desks/x", content, method="PUT", service="registry")
    problem = is_problem(answer, status, code)
    assert status != 422 or problem["errors"]
    is_problem(caller.get("/v1/desks/x", "registry"), 404, "NOT_FOUND")


def test_a_desk_far_above_the_clouds_is_a_slip_of_the_hand(caller: Caller) -> None:
    desk = caller.get("/v1/desks/wa-tax-desk", "registry").json()
    answer = caller.call("/v1/desks/wa-tax-desk", desk | {"floor": str(10**25)}, method="PUT", service="registry")
    problem = is_problem(answer, 422, "INVALID")
    assert [error["field"] for error in problem["errors"]] == ["floor"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/receipts/nobody", {"id": "1", "ref": "r", "status": "DELIVERED"}, 404, "UNKNOWN_PROVIDER"),
        ("/v1/receipts/sim", {"id": "1", "ref": "r", "status": "SHOUTED"}, 422, "UNKNOWN_STATUS"),
        ("/v1/receipts/sim", {"id": "1", "ref": "$r", "status": "DELIVERED"}, 422, "INVALID"),
        ("/v1/receipts/sim", {"id": "a" * 101, "ref": "r", "status": "DELIVERED"}, 422, "INVALID"),
        ("/v1/receipts/sim", {"id": 1, "ref": "r", "status": "DELIVERED"}, 422, "INVALID"),
    ],
)
def test_a_receipt_for_nothing(caller: Caller, path: str, body: Body, status: int, code: str) -> None:
    is_problem(caller.call(path, body, service="notify"), status, code)


def test_a_receipt_for_a_message_that_was_never_sent(caller: Caller) -> None:
    answer = caller.call("/v1/receipts/sim", {"id": "1", "ref": "unheard-of", "status": "DELIVERED"}, service="notify")
    assert answer.status_code == 404
    assert answer.json()["code"]


@pytest.mark.parametrize("move", ["start", "answer"])
def test_a_task_that_does_not_exist(caller: Caller, move: str) -> None:
    body = {"officerId": "wa-municipality-urmia-permits-01"} | ({"result": "GRANTED"} if move == "answer" else {})
    is_problem(caller.call(f"/v1/tasks/unheard-of/{move}", body, service="routing"), 404, "UNKNOWN_TASK")


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
