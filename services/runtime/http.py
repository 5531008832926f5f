"""What every service's HTTP has in common: problem documents, limits, health, metrics (design 6)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.contracts.decision import NotYet, Refused
from services.contracts.envelope import MAX_VALUE_BYTES, Malformed
from services.contracts.identifiers import key_looks_personal
from services.contracts.strict_json import read_json
from services.runtime.driver import StoreAway
from services.runtime.lookups import Unreadable
from services.runtime.message import Broken, Held, Unavailable

PROBLEM = "application/problem+json"
TITLES = {
    400: "درخواست خوانا نیست — Bad request",
    401: "خود را نشناسانده‌اید — Not signed in",
    403: "اجازه ندارید — Not allowed",
    404: "یافت نشد — Not found",
    405: "این کار روی این نشانی ممکن نیست — Method not allowed",
    406: "به این قالب داده نمی‌شود — Not acceptable",
    408: "بیش از اندازه طول کشید — Took too long",
    409: "با وضع کنونی سازگار نیست — Conflict",
    412: "نسخه تغییر کرده است — The version has changed",
    413: "بیش از اندازه بزرگ است — Too large",
    415: "قالب پشتیبانی نمی‌شود — Unsupported media type",
    422: "دادهٔ نادرست — Invalid data",
    428: "نسخه‌ای که دیده‌اید گفته نشده است — The version is not named",
    429: "درخواست‌های بیش از حد — Too many requests",
    500: "خطای سامانه — Internal error",
    503: "موقتاً در دسترس نیست — Temporarily unavailable",
}


def _impersonal(key: str | None) -> str | None:
    """It is kept beside the entity, and stands in what we log (I12)."""
    if key is not None and key_looks_personal(key):
        raise PydanticCustomError("personal", "it holds digits that may be a personal number: take a random key")
    return key


IMPERSONAL = AfterValidator(_impersonal)


def _idempotency_key(shortest: int) -> Any:
    return Header(alias="Idempotency-Key", min_length=shortest, max_length=200, pattern=r"^[\x21-\x7e]+$")


IdempotencyKey = Annotated[str, _idempotency_key(shortest=1), IMPERSONAL]
"""Required of whoever changes something by POST, but kiosk offices and providers, whose contents tell repeats.

The same key with the same body is answered as before.
"""
UnguessableKey = Annotated[str, _idempotency_key(shortest=16), IMPERSONAL]
"""The same where what was said is a secret: who guesses the key of another learns whether they said the same."""


UNREAD = "mizban.unread"
"""In the scope of a request: its route has asked for the body as it comes, and bounds it (`multipart`, `file_body`)."""
FORM = b"multipart/form-data"
FILES = frozenset(
    {
        b"application/ld+json",
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        b"text/csv",
    }
)
"""Bodies that may be large."""


class Problem(Exception):
    """An error of the HTTP edge, shown as a problem document."""

    def __init__(
        self, code: str, status: int, detail: str = "", *, errors: Any = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.code, self.status, self.detail, self.errors, self.headers = code, status, detail, errors or [], headers


ANY_VERSION = "*"


def if_match(value: Annotated[str | None, Header(alias="If-Match")] = None) -> int | None:
    """The version a caller saw. Raises Problem BAD_IF_MATCH."""
    if value is None or value.strip() == ANY_VERSION:
        return None
    digits = value.strip().removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise Problem("BAD_IF_MATCH", 400, 'If-Match must be a version in quotes, for example "3"')
    return int(digits)


IfMatch = Annotated[int | None, Depends(if_match)]
"""The version that a caller saw; None: any."""


def etag(version: int) -> dict[str, str]:
    return {"ETag": f'"{version}"'}


def problem(
    status: int,
    code: str,
    detail: str = "",
    *,
    errors: Any = None,
    headers: Mapping[str, str] | None = None,
    **facts: Any,
) -> JSONResponse:
    """An RFC 9457 problem document: type, title, status, code, detail, errors[] and more facts."""
    content = {
        "type": f"urn:mizban:problem:{code.lower().replace('_', '-')}",
        "title": TITLES.get(status, TITLES[500]),
        "status": status,
        "code": code,
        "detail": detail,
        "errors": errors or [],
        **facts,
    }
    return JSONResponse(jsonable_encoder(content), status, media_type=PROBLEM, headers=dict(headers or {}))


def _field_errors(error: RequestValidationError) -> list[dict[str, str]]:
    """Where and what, never the value: it may be personal (I12)."""
    return [
        {
            "field": ".".join(str(part) for part in item["loc"] if part != "body"),
            "code": item["type"],
            "detail": item["msg"],
        }
        for item in error.errors()
    ]


async def _on_refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return problem(error.status, error.code, error.detail, **error.facts)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem(error.status, error.code, error.detail, errors=error.errors, headers=error.headers)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = _field_errors(error)
    if any(item["code"] == "json_invalid" for item in errors):
        return problem(400, "MALFORMED_JSON", "the body is not JSON")
    missing_key = any(item["field"] == "header.Idempotency-Key" and item["code"] == "missing" for item in errors)
    return problem(
        422, "IDEMPOTENCY_KEY_REQUIRED" if missing_key else "INVALID", "some fields are not right", errors=errors
    )


async def _on_unavailable(request: Request, error: Exception) -> Response:
    after = error.retry_after if isinstance(error, Unavailable) else 2
    return problem(503, "UNAVAILABLE", str(error), headers={"Retry-After": str(after)})


async def _on_held(request: Request, error: Exception) -> Response:
    detail = "a message of this entity failed on a fault of ours; nothing overtakes it"
    return problem(503, "HELD", detail, headers={"Retry-After": "60"})


async def _on_unreadable(request: Request, error: Exception) -> Response:
    return problem(500, "UNREADABLE", "what is stored here does not fit this version; nothing of it is lost")


async def _on_broken(request: Request, error: Exception) -> Response:
    return problem(500, "INTERNAL", "a fault of ours; nothing was changed")


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    codes = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 400: "BAD_REQUEST", 415: "UNSUPPORTED_MEDIA_TYPE"}
    return problem(error.status_code, codes.get(error.status_code, "ERROR"), headers=error.headers)


class NotBefore:
    """Answers 503 to every call until the service knows what it has to know; what all services have is answered."""

    def __init__(self, app: ASGIApp, started: Callable[[], bool]) -> None:
        self._app, self._started = app, started

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/v1/") and not self._started():
            early = problem(503, "UNAVAILABLE", "the service is starting", headers={"Retry-After": "2"})
            await early(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class BodyGuard:
    """Refuses a body over 256 KiB, one that is not JSON, and JSON that cannot be taken whole (`strict_json`).

    A form or a file is given to the route that asks for it, unread, and refused as soon as any other wants to read it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        if _kind(scope) in FILES | {FORM}:

            async def asked_for() -> Message:
                if UNREAD not in scope:
                    raise HTTPException(415)
                return await receive()

            await self._app(scope, asked_for, send)
            return
        body, more = bytearray(), True
        while more:
            part = await receive()
            if part["type"] == "http.disconnect":
                return
            body += part.get("body", b"")
            more = part.get("more_body", False)
            if len(body) > MAX_VALUE_BYTES:
                await problem(413, "OVERSIZE", f"the body is larger than {MAX_VALUE_BYTES} bytes")(scope, receive, send)
                return
        if body:
            if not _is_json(scope):
                await problem(415, "UNSUPPORTED_MEDIA_TYPE", "the body must be application/json")(scope, receive, send)
                return
            try:
                read_json(bytes(body))
            except Malformed as malformed:
                code = "MALFORMED_JSON" if malformed.code == "NOT_JSON" else malformed.code
                await problem(400, code, malformed.detail)(scope, receive, send)
                return
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, replay, send)


def _kind(scope: Scope) -> bytes:
    given: bytes = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    return given.split(b";")[0].strip().lower()


def _is_json(scope: Scope) -> bool:
    kind = _kind(scope)
    return kind == b"application/json" or (kind.startswith(b"application/") and kind.endswith(b"+json"))


def application(
    title: str,
    *,
    ready: Callable[[], Awaitable[tuple[bool, dict[str, Any]]]],
    metrics: Callable[[], bytes],
    asyncapi: Callable[[], dict[str, Any]],
    started: Callable[[], bool] = lambda: True,
) -> FastAPI:
    """A FastAPI application with what all have: /health/live, /health/ready, /metrics, /asyncapi, /openapi.json.

    `started`: whether it may answer the calls of its own.
    """
    app = FastAPI(
        title=f"Mizban {title}",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        # its own would put messages of exceptions, which may name people, into whatever log is configured (I12)
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.add_middleware(BodyGuard)
    app.add_middleware(NotBefore, started=started)
    for kind, handler in {
        Refused: _on_refused,
        Problem: _on_problem,
        RequestValidationError: _on_invalid,
        Unavailable: _on_unavailable,
        StoreAway: _on_unavailable,
        Held: _on_held,
        Unreadable: _on_unreadable,
        Broken: _on_broken,
        NotYet: _on_broken,
        HTTPException: _on_http,
        Exception: _on_broken,
    }.items():
        app.add_exception_handler(kind, handler)

    @app.get("/health/live", include_in_schema=False)
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/health/ready", include_in_schema=False)
    async def is_ready() -> Response:
        good, facts = await ready()
        return JSONResponse({"status": "ready" if good else "not-ready", **facts}, 200 if good else 503)

    @app.get("/metrics", include_in_schema=False)
    async def show_metrics() -> Response:
        return Response(metrics(), media_type="text/plain; version=0.0.4")

    @app.get("/asyncapi", include_in_schema=False)
    async def show_asyncapi() -> dict[str, Any]:
        return asyncapi()

    return app


def add_calls(app: FastAPI, calls: APIRouter) -> None:
    """A service's own calls, looked through before the common ones.

    FastAPI's `include_router` would keep them on a router of its own, which finds and prepares the route once more for
    every call: a tenth of what it takes to file a request.
    """
    app.router.routes[:0] = calls.routes
