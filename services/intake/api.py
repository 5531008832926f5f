"""Intake over HTTP: parse, submit to the door, show (contract: Intake)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.contracts.envelope import derived_id
from services.contracts.intake_commands import (
    Announce,
    CloseAsDuplicate,
    Contacts,
    DecideOnSpot,
    Expire,
    FileObjection,
    FileRequest,
    HandOver,
    RedirectAgain,
    Remind,
    Reopen,
    ResolveContacts,
    ReturnFromKiosk,
    Withdraw,
)
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Command, TypedId
from services.intake.access import NOTIFY, Accesses, Outcome, What
from services.intake.access_api import access_routes
from services.intake.attempts import Attempts
from services.intake.commitments_api import commitment_routes
from services.intake.confidence import Confidence
from services.intake.copies import Copies
from services.intake.documents.verdict import MAX_BYTES
from services.intake.domain.case_parts import Place
from services.intake.domain.duplicates import EndsAsDuplicate
from services.intake.domain.messages import Filed
from services.intake.domain.request import Request as State
from services.intake.domain.request import the_case
from services.intake.erasure_api import erasure_routes
from services.intake.erasures import Erasures
from services.intake.evidence_api import evidence_routes
from services.intake.handlers import REQUEST
from services.intake.inspectorate_api import inspectorate_routes
from services.intake.kiosk_api import kiosk_routes
from services.intake.kiosk_callers import KioskCallers
from services.intake.look_ups import LookUps
from services.intake.partners_api import partner_routes
from services.intake.reading_api import reading_routes
from services.intake.search_api import search_routes
from services.intake.searches import Searches
from services.intake.settings import Settings
from services.intake.slots_api import slot_routes
from services.intake.store import line_of, other_of
from services.intake.tracking_api import tracking_routes
from services.intake.views import contact, in_line, request_view, work_item
from services.intake.visit_api import visit_routes
from services.intake.visit_store import visit_of
from services.intake.work_list import desk_work
from services.runtime.clock import Clock
from services.runtime.command_calls import add_commands
from services.runtime.cursors import decode_cursor, encode_cursor
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, Problem, etag
from services.runtime.lookups import Stored
from services.runtime.message import Submitted
from services.runtime.multipart import Forms
from services.runtime.seal import Sealer
from services.runtime.store import Store

DUE_SOON = timedelta(days=2)
"""A desk's work list shows what is promised within this time."""

COMMANDS: dict[str, tuple[type[Command], str]] = {
    "decide": (DecideOnSpot, "Done on the spot, later in the visit."),
    "return-from-kiosk": (ReturnFromKiosk, "The desk takes a redirected case back, and promises, or decides at once."),
    "redirect": (
        RedirectAgain,
        "To another kiosk, when the first has failed or was not visited: once, with the head of the desk.",
    ),
    "expire": (Expire, "The desk closes a case whose redirect has lapsed and whose grace is over."),
    "announce": (Announce, "The desk told the citizen the result."),
    "handover": (HandOver, "The output is in the hands of the applicant or their representative."),
    "remind": (
        Remind,
        "The desk has told the citizen what no message could: what waits, what is about to end, or a new time.",
    ),
    "duplicate": (CloseAsDuplicate, "The same person has asked for the same in another request: this one ends."),
    "withdraw": (Withdraw, "The applicant takes the request back: promises are released, the unit stops."),
    "object": (FileObjection, "The applicant objects to a refusal: another officer decides, by a new promise."),
    "reopen": (Reopen, "A closed case is worked on again, by whoever did it before where possible."),
}
"""What officers of a desk do with a request: POST /v1/requests/{id}/<verb>. The rule of each: `handlers.py`."""


def routes(
    door: Door,
    store: Store,
    *,
    snapshot: Callable[[], Snapshot],
    clock: Clock,
    log: Any,
    settings: Settings,
    copies: Copies,
    accesses: Accesses,
    erasures: Erasures,
) -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.post("/requests", status_code=201)
    async def file_request(body: FileRequest, key: IdempotencyKey, response: Response) -> dict[str, Any]:
        """A desk files for the person in front of it: promised, redirected, answered or done at once."""
        id = derived_id("request", body.officer_id, key)
        visit = await visit_of(store, body.visit_id) if body.visit_id else None
        filed = Filed(request_id=id, request=body, visit=visit)
        done = await door.submit(REQUEST, id, filed, key=key, caller=body.officer_id)
        response.headers.update({**etag(done.version), "Location": f"/v1/requests/{id}"})
        return {**(done.answer or {}), "version": done.version}

    @router.get("/requests/{id}")
    async def read_request(id: TypedId, response: Response) -> dict[str, Any]:
        """The request with its commitments and history."""
        stored = await _stored(store, id)
        response.headers.update(etag(stored.version))
        _, case = the_case(stored.state)
        others = await line_of(store, case) if case.place is Place.FIRST else []
        shown = request_view(stored.state, stored.version, snapshot(), clock.now())
        return {**shown, "duplicates": [in_line(each.state) for each in others]}

    @router.get("/desks/{id}/work")
    async def read_desk_work(
        id: TypedId, cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> dict[str, Any]:
        """Results that no message could announce, redirects that lapsed or have no office left, promises broken, at
        risk, re-dated or due.

        The most pressing first.
        """
        if snapshot().desk(id) is None:
            raise Problem("NOT_FOUND", 404, "no such desk")
        now = clock.now()
        position = decode_cursor(cursor, part=str, at=str, id=str)
        found, place = await desk_work(store, id, now + DUE_SOON, position, limit)
        return {
            "items": [work_item(stored.state, now) for stored in found],
            "next": encode_cursor(place) if place else None,
        }

    @router.post("/contacts")
    async def resolve_contacts(body: ResolveContacts) -> dict[str, Any]:
        """How to reach the applicants of these requests, for the service that sends messages; it is on record."""
        found = await store.get_many(REQUEST, body.request_ids)
        items = tuple(item for item in (contact(stored.state, clock.now()) for stored in found) if item is not None)
        given = {item.request_id for item in items}
        read = [stored.state for stored in found if stored.id in given]
        outcome = Outcome.GIVEN if items else Outcome.NOTHING
        await accesses.note(What.CONTACTS, outcome, cases=read, service=NOTIFY, how=body.purpose)
        log.info("contacts resolved", purpose=body.purpose, asked=len(body.request_ids), found=len(items))
        return Contacts(items=items).to_wire()

    async def command(id: str, body: Any, key: str, expected: int | None, response: Response) -> dict[str, Any]:
        if isinstance(body, CloseAsDuplicate):
            body = EndsAsDuplicate(of=body.of, officer_id=body.officer_id, other=await other_of(store, id, body.of))
        done: Submitted = await door.submit(REQUEST, id, body, key=key, caller=body.officer_id, expected=expected)
        response.headers.update(etag(done.version))
        return request_view(done.state, done.version, snapshot(), clock.now())

    add_commands(router, "/requests", COMMANDS, command)
    router.include_router(commitment_routes(store, snapshot, command))
    rules = settings.rules()
    router.include_router(slot_routes(door, store, snapshot=snapshot, clock=clock, rules=rules))
    confidence = Confidence(Sealer(settings.seal_bytes()), rules.secret)
    look_ups = LookUps.by(settings, store, clock)
    router.include_router(tracking_routes(door, look_ups, confidence, rules=rules, snapshot=snapshot, clock=clock))
    router.include_router(
        inspectorate_routes(store, confidence, accesses, unit=settings.inspectorate_unit, snapshot=snapshot, log=log)
    )
    forms = Forms(file_bytes=MAX_BYTES, at_once=settings.uploads_at_once, seconds=settings.upload_seconds)
    router.include_router(
        evidence_routes(door, store, accesses, snapshot=snapshot, clock=clock, forms=forms, copies=copies, log=log)
    )
    searches = Searches(Attempts(settings.search_calls, settings.search_seconds), clock)
    router.include_router(search_routes(store, accesses, secret=rules.secret, snapshot=snapshot, searches=searches))
    router.include_router(
        reading_routes(store, accesses, look_ups, snapshot=snapshot, clock=clock, public_url=settings.public_url)
    )
    router.include_router(erasure_routes(erasures, searches, rules=rules, snapshot=snapshot, clock=clock))
    router.include_router(access_routes(accesses, unit=settings.inspectorate_unit, snapshot=snapshot, log=log))
    router.include_router(visit_routes(door, store, snapshot, clock))
    callers = KioskCallers.by(settings, snapshot, clock)
    router.include_router(kiosk_routes(door, store, clock, callers, snapshot))
    router.include_router(partner_routes(snapshot))
    return router


async def _stored(store: Store, id: str) -> Stored[State]:
    stored = await store.get(REQUEST, id)
    if stored is None or stored.state.case is None:
        raise Problem("NOT_FOUND", 404, "there is no such request")
    return stored
