"""Calls with a wrong key, version, path, id or page, to any service: a problem document, and nothing changed."""

import base64
import json
from uuid import uuid4

import pytest

from tests.support.calls import OFFICER, Body, Caller, a_filing, a_submission, is_problem

pytestmark = pytest.mark.timeout(120)

# -- idempotency and versions ------------------------------------------------------------------------------------------


def test_a_key_used_for_another_body_is_refused_and_the_first_answer_stands(caller: Caller) -> None:
    key = uuid4().hex
    first = caller.call("/v1/requests", a_filing(), idempotency_key=key)
    is_problem(caller.call("/v1/requests", a_filing(note="x"), idempotency_key=key), 409, "IDEMPOTENCY_MISMATCH")
    again = caller.call("/v1/requests", a_filing(), idempotency_key=key)
    assert (again.status_code, again.json()) == (201, first.json())


def test_what_a_kiosk_office_sends_is_known_by_its_identity_and_not_by_its_key(caller: Caller) -> None:
    submission, key = a_submission(caller.services), uuid4().hex
    for body, code in ((submission, None), (submission | {"amount": 5}, "CONFLICT"), (submission, None)):
        answer = caller.call("/v1/kiosk/submissions", body, idempotency_key=key)
        assert (answer.status_code, answer.json()["code"]) == (202, code)


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
