"""The edge that all services share: every error is a problem document, every body is bounded and sound (design 6)."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.decision import NotYet, Refused
from services.contracts.envelope import MAX_VALUE_BYTES
from services.contracts.wire import Command
from services.runtime.driver import StoreAway
from services.runtime.http import TITLES, IdempotencyKey, Problem, application, etag, if_match
from services.runtime.lookups import Unreadable
from services.runtime.message import Broken, Held, Unavailable


class Wish(Command):
    count: int
    name: str = ""


RAISED: dict[str, tuple[Exception, int, str]] = {
    "refused": (Refused("NO_SUCH_THING", "because"), 409, "NO_SUCH_THING"),
    "refused-field": (Refused("WRONG", "so", status=422), 422, "WRONG"),
    "problem": (Problem("TOO_OLD", 404, "gone", errors=[{"field": "x"}]), 404, "TOO_OLD"),
    "unavailable": (Unavailable("shutting down", retry_after=7), 503, "UNAVAILABLE"),
    "store-away": (StoreAway("AutoReconnect"), 503, "UNAVAILABLE"),
    "held": (Held("r1"), 503, "HELD"),
    "unreadable": (Unreadable("request"), 500, "UNREADABLE"),
    "broken": (Broken("KeyError"), 500, "INTERNAL"),
    "not-yet": (NotYet("UNKNOWN_DESK"), 500, "INTERNAL"),
    "anything": (KeyError("0013542419"), 500, "INTERNAL"),
}


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async def ready() -> tuple[bool, dict[str, Any]]:
        return False, {"reason": "starting"}

    app = application("desk", ready=ready, metrics=lambda: b"m 1\n", asyncapi=lambda: {"asyncapi": "3.0.0"})

    @app.get("/raise/{name}")
    async def fail(name: str) -> None:
        raise RAISED[name][0]

    @app.post("/wishes")
    async def wish(body: Wish, key: IdempotencyKey) -> dict[str, Any]:
        return {"count": body.count, "key": key}

    @app.post("/versions")
    async def version(expected: Annotated[int | None, Depends(if_match)]) -> dict[str, Any]:
        return {"expected": expected}

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
        yield client


def is_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(problem) >= {"type", "title", "status", "code", "detail", "errors"}
    assert problem["type"] == f"urn:mizban:problem:{code.lower().replace('_', '-')}"
    assert (problem["status"], problem["title"]) == (status, TITLES[status])
    return problem


async def wish(http: httpx.AsyncClient, content: Any = b'{"count": 1}', **headers: str) -> httpx.Response:
    given = {"content-type": "application/json", "idempotency-key": "k"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return await http.post("/wishes", content=content, headers=given)


# -- problem documents ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RAISED)
async def test_every_error_is_a_problem_document(http: httpx.AsyncClient, name: str) -> None:
    _, status, code = RAISED[name]
    problem = is_problem(await http.get(f"/raise/{name}"), status, code)
    assert "0013542419" not in json.dumps(problem), "an error of ours may be about anybody"


async def test_what_a_rule_says_about_an_illegal_move_stands_in_the_document(http: httpx.AsyncClient) -> None:
    facts: dict[str, Any] = {"from": "PROMISED", "to": "CLOSED"}
    RAISED["move"] = (Refused("ILLEGAL_MOVE", "no", **facts), 409, "ILLEGAL_MOVE")
    problem = is_problem(await http.get("/raise/move"), 409, "ILLEGAL_MOVE")
    assert (problem["from"], problem["to"]) == ("PROMISED", "CLOSED")


@pytest.mark.parametrize(("name", "seconds"), [("unavailable", "7"), ("store-away", "2"), ("held", "60")])
async def test_what_passes_says_when_to_try_again(http: httpx.AsyncClient, name: str, seconds: str) -> None:
    assert (await http.get(f"/raise/{name}")).headers["retry-after"] == seconds


async def test_unknown_paths_and_methods(http: httpx.AsyncClient) -> None:
    is_problem(await http.get("/nowhere"), 404, "NOT_FOUND")
    wrong = await http.get("/wishes")
    is_problem(wrong, 405, "METHOD_NOT_ALLOWED")
    assert wrong.headers["allow"] == "POST"


async def test_a_wrong_field_is_named_and_its_value_is_not(http: httpx.AsyncClient) -> None:
    problem = is_problem(await wish(http, b'{"count": "0013542419x", "wish": 1}'), 422, "INVALID")
    assert {error["field"] for error in problem["errors"]} == {"count", "wish"}
    assert all(set(error) == {"field", "code", "detail"} for error in problem["errors"])
    assert "0013542419" not in json.dumps(problem)


# -- bodies --------------------------------------------------------------------------------------------------------


async def test_a_sound_body_passes_unchanged(http: httpx.AsyncClient) -> None:
    content = '{"count": 3, "name": "میز"}'.encode()
    assert (await wish(http, content)).json() == {"count": 3, "key": "k"}
    assert (await wish(http, content, content_type="application/json; charset=utf-8")).status_code == 200
    assert (await wish(http, content, content_type="application/merge-patch+json")).status_code in (200, 422)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 400, "MALFORMED_JSON"),
        (b"\xff", 400, "MALFORMED_JSON"),
        (b'{"count": NaN}', 400, "MALFORMED_JSON"),
        (b'{"count": 1, "count": 1}', 400, "DUPLICATE_KEY"),
        (b"[" * 5000 + b"]" * 5000, 400, "TOO_DEEP"),
        (b" " * (MAX_VALUE_BYTES + 1), 413, "OVERSIZE"),
        (b"", 422, "INVALID"),
        (b"3", 422, "INVALID"),
    ],
)
async def test_an_unsound_body_is_refused(http: httpx.AsyncClient, content: bytes, status: int, code: str) -> None:
    is_problem(await wish(http, content), status, code)


async def test_a_body_is_bounded_exactly(http: httpx.AsyncClient) -> None:
    body = b'{"count": 1}'
    assert (await wish(http, body + b" " * (MAX_VALUE_BYTES - len(body)))).status_code == 200
    is_problem(await wish(http, body + b" " * (MAX_VALUE_BYTES - len(body) + 1)), 413, "OVERSIZE")


async def test_a_body_that_comes_in_pieces_is_read_whole_and_bounded_too(http: httpx.AsyncClient) -> None:
    async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    assert (await wish(http, pieces(b'{"cou', b'nt": ', b"4}", b""))).json()["count"] == 4
    is_problem(await wish(http, pieces(b'{"count": 1, "cou', b'nt": 2}')), 400, "DUPLICATE_KEY")
    is_problem(await wish(http, pieces(*[b" " * 10_000] * 40)), 413, "OVERSIZE")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
async def test_another_content_type_is_refused(http: httpx.AsyncClient, kind: str) -> None:
    is_problem(await wish(http, content_type=kind), 415, "UNSUPPORTED_MEDIA_TYPE")


@given(
    st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text(max_size=9), max_size=4)
)
def test_no_body_is_a_fault_of_ours(body: dict[str, Any]) -> None:
    """Whatever stands in the object: accepted, or refused with a code."""

    async def ask() -> httpx.Response:
        app = application("desk", ready=_never, metrics=bytes, asyncapi=dict)
        app.post("/wishes")(_take)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
            return await wish(client, json.dumps(body).encode())

    answer = asyncio.run(ask())
    assert answer.status_code in (200, 400, 422)
    assert answer.status_code == 200 or answer.json()["code"]


async def _never() -> tuple[bool, dict[str, Any]]:
    return False, {}


async def _take(body: Wish, key: IdempotencyKey) -> dict[str, Any]:
    return body.to_wire()


# -- keys, versions, cursors ---------------------------------------------------------------------------------------


async def test_a_missing_idempotency_key_has_a_code_of_its_own(http: httpx.AsyncClient) -> None:
    answer = await http.post("/wishes", json={"count": 1})
    is_problem(answer, 422, "IDEMPOTENCY_KEY_REQUIRED")


@pytest.mark.parametrize("key", ["a b", "a" * 201, "", "\u00e9"])
async def test_an_idempotency_key_is_printable_ascii(http: httpx.AsyncClient, key: str) -> None:
    headers = {b"idempotency-key": key.encode("latin-1"), b"content-type": b"application/json"}
    is_problem(await http.post("/wishes", content=b'{"count": 1}', headers=headers), 422, "INVALID")


@pytest.mark.parametrize(("given", "version"), [('"3"', 3), ('W/"12"', 12), ("7", 7), ("*", None)])
async def test_the_version_a_caller_saw(http: httpx.AsyncClient, given: str, version: int | None) -> None:
    answer = await http.post("/versions", headers={"if-match": given})
    assert answer.json() == {"expected": version}
    if version is not None:
        assert if_match(etag(version)["ETag"]) == version


@pytest.mark.parametrize("given", ["x", '"-1"', '"1", "2"', '""', "1.0", "\u00b2", "9" * 5000])
async def test_what_is_no_version(http: httpx.AsyncClient, given: str) -> None:
    is_problem(await http.post("/versions", headers={b"if-match": given.encode("latin-1")}), 400, "BAD_IF_MATCH")


# -- the common surface --------------------------------------------------------------------------------------------


async def test_the_common_surface_answers_without_the_service(http: httpx.AsyncClient) -> None:
    assert (await http.get("/health/live")).json() == {"status": "live"}
    ready = await http.get("/health/ready")
    assert (ready.status_code, ready.json()) == (503, {"status": "not-ready", "reason": "starting"})
    metrics = await http.get("/metrics")
    assert (metrics.text, metrics.headers["content-type"].split(";")[0]) == ("m 1\n", "text/plain")
    assert (await http.get("/asyncapi")).json() == {"asyncapi": "3.0.0"}
    assert "/wishes" in (await http.get("/openapi.json")).json()["paths"]


def test_titles_are_persian_first() -> None:
    assert all(0x0600 <= ord(title[0]) <= 0x06FF for title in TITLES.values())


async def test_before_its_memory_is_there_a_service_answers_no_call() -> None:
    """What a call decides by what is not read yet would hold: a task once began past older ones without a jump (I7)."""
    started = False
    app = application("desk", ready=_never, metrics=bytes, asyncapi=dict, started=lambda: started)

    @app.get("/v1/lines")
    async def lines() -> dict[str, str]:
        return {"older": "none"}

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        early = await client.get("/v1/lines")
        is_problem(early, 503, "UNAVAILABLE")
        assert early.headers["retry-after"] == "2"
        assert (await client.get("/health/live")).status_code == 200
        started = True
        assert (await client.get("/v1/lines")).status_code == 200
