"""Service sheets over HTTP: draft, attest, publish, verify (domain 10)."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response

from services.contracts.decision import Refused
from services.contracts.entry import Entry
from services.contracts.registry import Officer
from services.contracts.service_sheet import Sheet
from services.contracts.snapshot import Snapshot
from services.contracts.wire import TypedId, instant_text
from services.registry import store as look_up
from services.registry import surroundings
from services.registry.domain.draft import Draft, DraftEdition, SheetDraft
from services.registry.domain.maturity import VerifyMaturity, VerifyWish, computed
from services.registry.domain.recording import Around
from services.registry.domain.sheets import (
    GIVEN,
    Attest,
    AttestWish,
    Publish,
    PublishWish,
    SheetFile,
    Stage,
    WriteDraft,
    completed,
)
from services.registry.handlers import SHEET_FILE
from services.registry.reading import refuse_lost_fields
from services.registry.sheet_words import in_persian_too
from services.runtime.clock import Clock
from services.runtime.cursors import LARGEST, after, behind, decode_cursor, encode_cursor
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, IfMatch, Problem, etag
from services.runtime.lookups import Stored
from services.runtime.store import Store
from services.worktime import jalali_text
from services.worktime.jalali import civil_day

Sure = Annotated[str | None, Header(alias="If-Match")]
Limit = Annotated[int, Query(ge=1, le=500)]
By = Annotated[TypedId | None, Query(alias="officerId")]

COMPUTED = ("stage", "maturityComputed")
READ_ONLY = {Sheet.model_fields[name].alias or name for name in GIVEN}.union(COMPUTED)
"""What a reader gets with a sheet, and may send back: it says nothing about the draft."""


def add_sheet_calls(router: APIRouter, door: Door, store: Store, clock: Clock) -> None:
    @router.put("/services/{id}", operation_id="record_service")
    async def write_draft(
        id: TypedId,
        wish: SheetDraft,
        request: Request,
        response: Response,
        expected: IfMatch,
        seen: Sure = None,
        by: By = None,
    ) -> dict[str, Any]:
        """Write the draft of the next version. It may have gaps; nobody is served by it before it is published."""
        refuse_lost_fields(await request.json(), wish.to_wire(), READ_ONLY)
        if wish.id != id:
            raise Problem("ID_MISMATCH", 422, "the id of the body is not the id of the path")
        around = Snapshot() if by is None else Snapshot().with_entries(await decide(by, wish.org_id))
        draft = WriteDraft(content=wish, by=by, sure=seen is not None, around=Around(entries=around))
        done = await door.submit(SHEET_FILE, id, draft, expected=expected)
        response.status_code = 201 if done.version == 1 else 200
        response.headers.update(etag(done.decided))
        return dict(done.answer or {})

    @router.get("/services/{id}/draft")
    async def read_draft(id: TypedId, response: Response) -> dict[str, Any]:
        """The draft, its stage, and what it still lacks."""
        stored = await look_up.file(store, id)
        if stored is None or stored.state.draft is None:
            raise Problem("NOT_FOUND", 404, "no such service is being drafted")
        response.headers.update(etag(stored.version))
        return _draft_view(stored.state, stored.state.draft)

    @router.get("/services/{id}/draft/history")
    async def draft_history(id: TypedId, limit: Limit = 100, cursor: str | None = None) -> dict[str, Any]:
        """Every draft there was, the newest first: what was written or attested, by whom and when."""
        place = decode_cursor(cursor, before=int)
        found = await look_up.draft_history(store, id, place["before"] if place else LARGEST, limit)
        if not found and cursor is None:
            raise Problem("NOT_FOUND", 404, "no draft of such a service is known")
        more = encode_cursor({"before": found[-1].number}) if len(found) == limit else None
        return {"items": [_kept_view(edition) for edition in found], "next": more}

    @router.get("/service-drafts")
    async def list_drafts(
        org_id: Annotated[TypedId, Query(alias="orgId")],
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """The drafts of an agency, in the order of their services' ids."""
        found = await look_up.drafts(store, org_id, after(cursor), limit)
        items = [_draft_view(stored.state, stored.state.draft) for stored in found if stored.state.draft]
        return {"items": items, "next": behind(found, limit)}

    @router.post("/services/{id}/attest")
    async def attest(
        id: TypedId, body: Attest, key: IdempotencyKey, expected: IfMatch, response: Response, seen: Sure = None
    ) -> dict[str, Any]:
        """A named officer of the agency stands for what the draft says, until a day: for what they have read."""
        around = Snapshot().with_entries(await look_up.entries(store, [(Officer, body.officer_id)]))
        wish = AttestWish(command=body, around=Around(entries=around), sure=seen is not None)
        return await submit(id, wish, body.officer_id, key, expected, response)

    @router.post("/services/{id}/publish")
    async def publish(
        id: TypedId, body: Publish, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> dict[str, Any]:
        """Publish the attested draft. A sheet that cannot be served is refused, with all reasons at once."""
        stored = await _stored(id)
        around = await surroundings.of_publication(store, stored.state, body.officer_id, civil_day(clock.now()))
        wish = PublishWish(command=body, around=around)
        try:
            return await submit(id, wish, body.officer_id, key, expected, response)
        except Refused as refused:
            raise in_persian_too(refused) from None

    @router.post("/services/{id}/verify-maturity")
    async def verify(
        id: TypedId, body: VerifyMaturity, key: IdempotencyKey, expected: IfMatch, response: Response, seen: Sure = None
    ) -> dict[str, Any]:
        """An officer of the agency above has looked how electronic the service is, by the sheet that they name.

        While a draft of its next version is open, the ETag is that of the draft.
        """
        stored = await _stored(id)
        around = Snapshot().with_entries(await decide(body.officer_id, stored.state.org_id))
        wish = VerifyWish(command=body, around=Around(entries=around), sure=seen is not None)
        return await submit(id, wish, body.officer_id, key, expected, response)

    async def submit(
        id: str, wish: Any, officer_id: str, key: str, expected: int | None, response: Response
    ) -> dict[str, Any]:
        done = await door.submit(SHEET_FILE, id, wish, key=key, caller=officer_id, expected=expected)
        response.headers.update(etag(done.decided))
        return dict(done.answer or {})

    async def decide(officer_id: str, org_id: str) -> list[Entry]:
        """The officer, the agency, and those above it."""
        return [*await look_up.entries(store, [(Officer, officer_id)]), *await look_up.line(store, [org_id])]

    async def _stored(id: str) -> Stored[SheetFile]:
        stored = await look_up.file(store, id)
        if stored is None:
            raise Problem("NOT_FOUND", 404, "there is no such service")
        return stored


async def sheet_view(store: Store, sheet: Sheet, newest: int, today: date) -> dict[str, Any]:
    """What a reader gets with a published sheet, besides itself."""
    offerings = await look_up.offerings_of(store, [sheet.id])
    return {
        "stage": Stage.PUBLISHED if sheet.version == newest else Stage.SUPERSEDED,
        "maturityComputed": computed(sheet, offerings, today),
    }


def _kept_view(edition: DraftEdition) -> dict[str, Any]:
    draft = edition.draft
    return {
        "number": edition.number,
        "step": edition.step,
        "at": instant_text(edition.at),
        "atLocal": jalali_text(edition.at),
        "by": edition.by,
        "attestationExpires": draft.attestation_expires,
        "sheet": draft.content.to_wire(),
    }


def _draft_view(file: SheetFile, draft: Draft) -> dict[str, Any]:
    return {
        "id": file.id,
        "orgId": file.org_id,
        "version": file.next_version,
        "stage": file.stage,
        "lacks": completed(file, draft)[1],
        "draftedAt": instant_text(draft.drafted_at),
        "draftedBy": draft.drafted_by,
        "attestedBy": draft.attested_by,
        "attestedAt": instant_text(draft.attested_at) if draft.attested_at else None,
        "attestationExpires": draft.attestation_expires,
        "sheet": draft.content.to_wire(),
    }
