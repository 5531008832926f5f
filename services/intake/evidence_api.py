"""Evidence over HTTP: a piece is brought to a case, its copy is read again (contract: Intake, evidence)."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.contracts.intake_commands import AddEvidence
from services.contracts.snapshot import Snapshot
from services.contracts.wire import TypedId, instant_text
from services.intake.access import Accesses, What
from services.intake.copies import Copies, piece_of
from services.intake.documents.verdict import TOLD, Fault, Unacceptable
from services.intake.domain.case import Case
from services.intake.domain.messages import EvidenceBrought
from services.intake.domain.request import Request as CaseRequest
from services.intake.domain.request import the_case
from services.intake.handlers import REQUEST
from services.intake.views import evidence_view, request_view
from services.runtime.clock import Clock
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, IfMatch, Problem, etag
from services.runtime.multipart import FILE, Forms
from services.runtime.store import Store

ReadBy = Annotated[TypedId, Query(alias="officerId")]

NOT_RUN = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""A citizen's document is saved by the officer's browser: never shown in our name, guessed at, or kept on the way."""


def _described() -> dict[str, Any]:
    """The form, for /openapi.json: FastAPI does not see what the route reads itself."""
    schema = AddEvidence.model_json_schema(by_alias=True)
    fields = schema["properties"] | {FILE: {"type": "string", "format": "binary"}}
    form = {"type": "object", "properties": fields, "required": schema["required"]}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}}}


def evidence_routes(
    door: Door,
    store: Store,
    accesses: Accesses,
    *,
    snapshot: Callable[[], Snapshot],
    clock: Clock,
    forms: Forms,
    copies: Copies,
    log: Any,
) -> APIRouter:
    router = APIRouter()

    @router.post("/requests/{id}/evidence", openapi_extra=_described())
    async def add_evidence(
        id: TypedId, request: Request, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> dict[str, Any]:
        """The original seen, or a copy in `file`, or both; judged, stored, and only then on record."""
        case = await _case(store, id)
        async with forms.received(request) as form:
            asked = form.read(AddEvidence)
            copy = None
            if form.file is not None:
                try:
                    copy = await copies.take(id, case, form.file, sent_by=(asked.officer_id, key))
                except Unacceptable as unacceptable:
                    log.info("a document was not taken", fault=unacceptable.fault, why=unacceptable.why)
                    raise _not_taken(unacceptable.fault) from None
            brought = EvidenceBrought(
                type=asked.type,
                original_seen=asked.original_seen,
                officer_id=asked.officer_id,
                copy_kept=copy.kept if copy else None,
            )
            bringing = door.submit(REQUEST, id, brought, key=key, caller=asked.officer_id, expected=expected)
            done = await copies.named(copy, bringing)
        response.headers.update(etag(done.version))
        shown = request_view(done.state, done.version, snapshot(), clock.now())
        return {**shown, "added": _added(done.state, done.answer or {})}

    @router.get("/requests/{id}/evidence")
    async def read_evidence(id: TypedId) -> dict[str, Any]:
        """What the sheet asks for, what was brought, what is still needed."""
        return evidence_view(await _case(store, id), snapshot())

    @router.get("/requests/{id}/evidence/{dataref}", response_model=None)
    async def read_copy(id: TypedId, dataref: TypedId, officer_id: ReadBy) -> Response:
        """The copy itself, for officers of the case's desk, unit or agency; every reading is on record."""
        stored = await store.get(REQUEST, id)
        request, case = the_case(stored.state if stored else None)
        there = piece_of(case, dataref) is not None
        await accesses.reading(What.COPY, snapshot(), request, case, officer_id, there=there)
        copy = await copies.open(id, case, dataref)
        if copy is None:
            raise Problem("NOT_FOUND", 404, "this request has no such copy")
        log.info("a copy was read", request=id, copy=dataref, officer=officer_id)
        headers = {"Content-Disposition": f'attachment; filename="{copy.file_name}"', "Content-Length": str(copy.size)}
        return StreamingResponse(copy.content, media_type=copy.content_type, headers={**NOT_RUN, **headers})

    return router


async def _case(store: Store, id: str) -> Case:
    stored = await store.get(REQUEST, id)
    _, case = the_case(stored.state if stored else None)
    return case


def _added(request: CaseRequest, answer: Mapping[str, Any]) -> dict[str, Any]:
    """The piece, also for who asks again. The door remembers no digest of it: who is erased leaves none behind."""
    _, case = the_case(request)
    known = {name: answer[name] for name in ("type", "originalSeen", "takenAt")}
    there = case.evidence[answer["number"] :][:1]
    piece = next((one for one in there if one.taken_at and instant_text(one.taken_at) == known["takenAt"]), None)
    return {**known, "dataref": piece.dataref if piece else None, "sha256": piece.sha256 if piece else None}


def _not_taken(fault: Fault) -> Problem:
    persian, english = TOLD[fault]
    detail = f"{persian} — {english}"
    wrong = [{"field": FILE, "code": fault.value, "detail": detail}]
    return Problem(fault.value, 413 if fault is Fault.TOO_LARGE else 422, detail, errors=wrong)
