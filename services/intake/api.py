"""Intake over HTTP: parse, submit to the door, show (contract: Intake)."""

from collections.abc import Callable
from datetime import timedelta
from math import ceil
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import HTMLResponse

from services.contracts.envelope import derived_id
from services.contracts.identifiers import InvalidIdentifier, normalise_tracking_code
from services.contracts.intake import (
    Announce,
    CheckReceipt,
    Contacts,
    DecideOnSpot,
    Expire,
    FileRequest,
    HandOver,
    RedirectAgain,
    ResolveContacts,
    ReturnFromKiosk,
    Track,
)
from services.contracts.persian import persian_digits
from services.contracts.snapshot import Snapshot
from services.contracts.wire import TypedId
from services.intake.attempts import Attempts
from services.intake.commitments_api import commitment_routes
from services.intake.domain.messages import Filed
from services.intake.domain.receipts import read_number
from services.intake.domain.request import Request as State
from services.intake.handlers import REQUEST
from services.intake.kiosk_api import kiosk_routes
from services.intake.receipt import checked, receipt
from services.intake.receipt_page import receipt_page
from services.intake.store import by_code, desk_work
from services.intake.views import contact, proves, request_view, track_view, work_item
from services.runtime.clock import Clock
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, Problem, etag, if_match
from services.runtime.lookups import Stored
from services.runtime.message import Submitted
from services.runtime.store import Store

IfMatch = Annotated[int | None, Depends(if_match)]

DUE_SOON = timedelta(days=2)
"""A desk's work list shows what is promised within this time."""


def routes(
    door: Door,
    store: Store,
    *,
    snapshot: Callable[[], Snapshot],
    clock: Clock,
    log: Any,
    wrong_codes: Attempts,
    addresses: Attempts,
    public_url: str = "",
) -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.post("/requests", status_code=201)
    async def file_request(body: FileRequest, key: IdempotencyKey, response: Response) -> dict[str, Any]:
        """A desk files for the person in front of it: promised, redirected, answered or done at once."""
        id = derived_id("request", body.officer_id, key)
        filed = Filed(request_id=id, request=body)
        done = await door.submit(REQUEST, id, filed, key=key, caller=body.officer_id)
        response.headers.update({**etag(done.version), "Location": f"/v1/requests/{id}"})
        return {**(done.answer or {}), "version": done.version}

    @router.get("/requests/{id}")
    async def read_request(id: TypedId, response: Response) -> dict[str, Any]:
        """The request with its commitments and history."""
        stored = await _stored(store, id)
        response.headers.update(etag(stored.version))
        return request_view(stored.state, stored.version)

    @router.get("/requests/{id}/receipt", response_model=None)
    async def read_receipt(
        id: TypedId, accept: Annotated[str, Header()] = "application/json"
    ) -> Response | dict[str, Any]:
        """The receipt as JSON, or as a page to print when text/html is asked for."""
        stored = await _stored(store, id)
        if "text/html" in accept.lower():
            headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
            return HTMLResponse(receipt_page(stored.state, snapshot(), clock.now(), public_url), headers=headers)
        return receipt(stored.state, snapshot(), clock.now(), public_url)

    @router.post("/requests/{id}/decide")
    async def decide(
        id: TypedId, body: DecideOnSpot, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> Any:
        """Done on the spot, later in the visit."""
        return await command(id, body, body.officer_id, key, expected, response)

    @router.post("/requests/{id}/return-from-kiosk")
    async def return_from_kiosk(
        id: TypedId, body: ReturnFromKiosk, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> Any:
        """The desk takes a redirected case back, and promises."""
        return await command(id, body, body.officer_id, key, expected, response)

    @router.post("/requests/{id}/redirect")
    async def redirect_again(
        id: TypedId, body: RedirectAgain, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> Any:
        """To another kiosk, when the first has failed or was not visited: once, with the head of the desk."""
        return await command(id, body, body.officer_id, key, expected, response)

    @router.post("/requests/{id}/expire")
    async def expire(id: TypedId, body: Expire, key: IdempotencyKey, expected: IfMatch, response: Response) -> Any:
        """The desk closes a case whose redirect has lapsed and whose grace is over."""
        return await command(id, body, body.officer_id, key, expected, response)

    @router.post("/requests/{id}/announce")
    async def announce(id: TypedId, body: Announce, key: IdempotencyKey, expected: IfMatch, response: Response) -> Any:
        """The desk told the citizen the result."""
        return await command(id, body, body.officer_id, key, expected, response)

    @router.post("/requests/{id}/handover")
    async def hand_over(id: TypedId, body: HandOver, key: IdempotencyKey, expected: IfMatch, response: Response) -> Any:
        """The output is in the hands of the applicant or their representative."""
        return await command(id, body, body.officer_id, key, expected, response)

    @router.get("/desks/{id}/work")
    async def read_desk_work(id: TypedId, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> dict[str, Any]:
        """Promises due or broken, lapsed redirects, results that no message could announce."""
        if snapshot().desk(id) is None:
            raise Problem("NOT_FOUND", 404, "no such desk")
        found = await desk_work(store, id, clock.now() + DUE_SOON, limit)
        return {"items": [work_item(stored.state) for stored in found]}

    @router.post("/track")
    async def track(body: Track, request: Request) -> dict[str, Any]:
        """How far a request is. A wrong `last4` is answered exactly like a code that does not exist."""
        now, address = clock.now(), request.client.host if request.client else ""
        _allow(addresses.wait(address, now), OF_THE_ADDRESS)
        addresses.count(address, now)
        try:
            code = normalise_tracking_code(body.code)
        except InvalidIdentifier:
            raise _no_such_code() from None
        _allow(wrong_codes.wait(code, now), OF_THE_CODE)
        stored = await by_code(store, code)
        case = stored.state.case if stored else None
        if case is None or not proves(case, body.last4):
            wrong_codes.count(code, now)
            raise _no_such_code()
        return track_view(case, snapshot())

    @router.post("/receipts/check")
    async def check_receipt(body: CheckReceipt, request: Request) -> dict[str, Any]:
        """Whether a print is ours, and the newest. A wrong hash is answered like a number that does not exist."""
        now, address = clock.now(), request.client.host if request.client else ""
        _allow(addresses.wait(address, now), OF_THE_ADDRESS)
        addresses.count(address, now)
        try:
            number, code = read_number(body.number)
        except InvalidIdentifier:
            return checked(None, body.number, body.hash)
        _allow(wrong_codes.wait(f"receipt {code}", now), OF_THE_NUMBER)
        stored = await by_code(store, code)
        answer = checked(stored.state.case if stored else None, number, body.hash)
        if not answer["genuine"]:
            wrong_codes.count(f"receipt {code}", now)
        return answer

    @router.post("/contacts")
    async def resolve_contacts(body: ResolveContacts) -> dict[str, Any]:
        """How to reach the applicants of these requests, for the service that sends messages; every call is logged."""
        found = await store.get_many(REQUEST, body.request_ids)
        items = tuple(item for item in (contact(stored.state) for stored in found) if item is not None)
        log.info("contacts resolved", purpose=body.purpose, asked=len(body.request_ids), found=len(items))
        return Contacts(items=items).to_wire()

    async def command(
        id: str,
        body: DecideOnSpot | ReturnFromKiosk | RedirectAgain | Expire | Announce | HandOver,
        officer_id: str,
        key: str,
        expected: int | None,
        response: Response,
    ) -> dict[str, Any]:
        done: Submitted = await door.submit(REQUEST, id, body, key=key, caller=officer_id, expected=expected)
        response.headers.update(etag(done.version))
        return request_view(done.state, done.version)

    router.include_router(kiosk_routes(door, store, clock))
    router.include_router(commitment_routes(store, snapshot))
    return router


async def _stored(store: Store, id: str) -> Stored[State]:
    stored = await store.get(REQUEST, id)
    if stored is None or stored.state.case is None:
        raise Problem("NOT_FOUND", 404, "there is no such request")
    return stored


OF_THE_CODE = ("چهار نویسهٔ پایانی برای این کد چند بار نادرست وارد شد", "too many wrong answers for this code")
OF_THE_NUMBER = ("چکیدهٔ این رسید چند بار نادرست وارد شد", "too many wrong hashes for this number")
OF_THE_ADDRESS = ("از این نشانی بیش از اندازه پرسیده شد", "too many look-ups from this address")
"""Why a look-up has to wait, in Persian and in English."""


def _allow(seconds: int, why: tuple[str, str]) -> None:
    """Raises Problem TOO_MANY_ATTEMPTS, which says when to try again."""
    if not seconds:
        return
    minutes = ceil(seconds / 60)
    persian = f"{why[0]}؛ تا {persian_digits(str(minutes))} دقیقهٔ دیگر پاسخی داده نمی‌شود، پس از آن دوباره امتحان کنید"
    english = f"{why[1]}; try again in {minutes} minute{'s' if minutes > 1 else ''}"
    raise Problem("TOO_MANY_ATTEMPTS", 429, f"{persian} — {english}", headers={"Retry-After": str(seconds)})


def _no_such_code() -> Problem:
    detail = "درخواستی با این کد و این چهار نویسه نیست — no request with this code and these characters"
    return Problem("NOT_FOUND", 404, detail)
