"""Those who carry messages, as servers on loopback: each accepts as the real one does, and misbehaves when told to."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from services.ops.sms_simulator import Broken

KEY, PASSWORD, TOKEN = "kavenegar-key-for-tests", "password-for-tests", "token-of-receipts-for-tests"
SECRET = "whsec_" + "bWl6YmFuLXdlYmhvb2stc2VjcmV0LWZvci10ZXN0cw=="
HANGS_SECONDS = 30.0


class Front:
    """An HTTP server with a will of its own before it: `behaviour` is the fate of every call.

    accept, reject (`rejection`), busy (`when_busy`), throttle, hang, accept-then-drop, garble.
    """

    def __init__(self, app: Any, rejection: Response, when_busy: int = 503) -> None:
        self.behaviour = "accept"
        self._app, self._rejection, self._when_busy = app, rejection, when_busy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = None
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        match self.behaviour:
            case "accept":
                await self._app(scope, receive, send)
            case "reject":
                answer = self._rejection
            case "busy":
                answer = Response("later", self._when_busy)
            case "throttle":
                answer = Response("slower", 429, headers={"Retry-After": "1"})
            case "hang":
                await asyncio.sleep(HANGS_SECONDS)
            case "garble":
                answer = Response("<html>", 200)
            case "accept-then-drop":
                await self._app(scope, receive, _nowhere)
                answer = Broken()
        if answer is not None:
            await answer(scope, receive, send)


async def _nowhere(message: Any) -> None:
    """The answer that nobody gets."""


class KavenegarServer:
    """A message is taken once under one local id; the same call again is answered with the first acceptance."""

    rejection = JSONResponse({"return": {"status": 411, "message": "گیرنده نامعتبر است"}, "entries": None}, 411)

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Any]] = {}
        self.app = Starlette(
            routes=[
                Route("/v1/{key}/sms/send.json", self._send, methods=["POST"]),
                Route("/v1/{key}/sms/statuslocalmessageid.json", self._status),
            ]
        )

    async def _send(self, request: Request) -> Response:
        form = await request.form()
        if request.path_params["key"] != KEY:
            return _told(403)
        if not str(form["localid"]).isdigit() or not form["receptor"] or not form["message"]:
            return _told(400)
        entry = {"messageid": 8792343 + len(self.entries), "status": 1, **form}
        return _told(200, self.entries.setdefault(str(form["localid"]), entry))

    async def _status(self, request: Request) -> Response:
        number = request.query_params["localid"]
        known = self.entries.get(number, {"messageid": 0, "status": 100})
        return _told(200, {"messageid": known["messageid"], "localid": number, "status": known["status"]})


def _told(code: int, *entries: Any) -> Response:
    return JSONResponse({"return": {"status": code, "message": ""}, "entries": list(entries) or None}, code)


class KannelServer:
    """A smsbox: `calls` are the requests it took, `addresses` where they went."""

    rejection = PlainTextResponse("Not routable. Do not try again.", 403)

    def __init__(self) -> None:
        self.calls: list[dict[str, str]] = []
        self.texts: list[str] = []
        self.addresses: list[str] = []
        self.app = Starlette(routes=[Route("/cgi-bin/sendsms", self._send, methods=["POST"])])

    async def _send(self, request: Request) -> Response:
        self.addresses.append(str(request.url))
        if request.headers["X-Kannel-Password"] != PASSWORD:
            return PlainTextResponse("Authorization failed for sendsms", 403)
        self.calls.append(dict(request.headers))
        self.texts.append((await request.body()).decode())
        return PlainTextResponse("0: Accepted for delivery", 202)

    def accepted(self, ref: str) -> int:
        refs = [parse_qs(urlsplit(call["x-kannel-dlr-url"]).query)["ref"][0] for call in self.calls]
        return refs.count(ref)


class WebhookReceiver:
    """A partner's endpoint: checks every signature as the standard's own library does, takes a message once."""

    rejection = Response(status_code=410)

    def __init__(self) -> None:
        self.taken: dict[str, Any] = {}
        self.app = Starlette(routes=[Route("/hook", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        said = Webhook(SECRET).verify(await request.body(), dict(request.headers))
        self.taken.setdefault(request.headers["webhook-id"], said)
        return Response("any words", 202)


class MailHandler:
    """A mail server's mind: `behaviour` as of `Front`, `refusal` what it says when it rejects."""

    def __init__(self) -> None:
        self.behaviour = "accept"
        self.mails: list[Envelope] = []
        self.refs: Counter[str] = Counter()

    async def handle_RCPT(self, server: Any, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.behaviour == "reject":
            return f"550 5.1.1 <{address}>: no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        match self.behaviour:
            case "busy":
                return "451 4.3.0 later"
            case "throttle":
                return "450 4.7.1 too many messages, slow down"
            case "garble":
                return "what?"
            case "hang":
                await asyncio.sleep(HANGS_SECONDS)
        self.mails.append(envelope)
        if self.behaviour == "accept-then-drop":
            assert server.transport
            server.transport.close()
        return "250 OK"


@asynccontextmanager
async def mail_server(handler: MailHandler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Its port. With `tls` it takes nothing without STARTTLS, and the password of the tests then."""

    def signs_in(_: Any, __: Any, ___: Any, mechanism: str, data: Any) -> Any:
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)

    def protocol() -> SMTP:
        return SMTP(
            handler,
            tls_context=tls,
            require_starttls=tls is not None,
            authenticator=signs_in if tls else None,
            hostname="mail.test",
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def nobody_there() -> int:
    """A port of loopback at which nothing listens."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port
