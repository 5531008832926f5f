"""Directives over HTTP: issued by an agency above, acknowledged by those below (domain 3)."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.contracts.registry import Officer
from services.contracts.snapshot import Snapshot
from services.contracts.wire import TypedId, instant_text
from services.registry import store as look_up
from services.registry.domain.directives import (
    AcknowledgeDirective,
    AcknowledgeWish,
    Directive,
    IssueDirective,
    IssueWish,
    directive_id,
)
from services.registry.domain.officers import in_service
from services.registry.domain.recording import Around
from services.registry.duty_store import ID, around_agency, below, directives_of
from services.registry.handlers import DIRECTIVE
from services.runtime.clock import Clock
from services.runtime.cursors import after, behind
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, IfMatch, Problem, etag
from services.runtime.store import Store
from services.worktime import jalali_date, jalali_text


def add_directive_calls(router: APIRouter, door: Door, store: Store, clock: Clock) -> None:
    @router.post("/directives", status_code=201)
    async def issue(body: IssueDirective, key: IdempotencyKey, response: Response) -> dict[str, Any]:
        """To agencies below by name, or to all of them."""
        around = Snapshot().with_entries(await look_up.entries(store, [(Officer, body.officer_id)]))
        issuer = in_service(around, body.officer_id).org_id
        wish = IssueWish(command=body, below=await below(store, issuer), around=Around(entries=around))
        id = directive_id(issuer, body.number)
        done = await door.submit(DIRECTIVE, id, wish, key=key, caller=body.officer_id)
        response.headers.update({**etag(done.decided), "Location": f"/v1/directives/{id}"})
        return {**(done.answer or {}), "version": done.decided}

    @router.get("/directives")
    async def list_directives(
        issuer: TypedId | None = None,
        org_id: Annotated[TypedId | None, Query(alias="orgId")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """Those that an agency has issued, or that are for an agency (`orgId`)."""
        query = directives_of(issuer, org_id, after(cursor))
        found = await store.find(DIRECTIVE, query, sort=[ID], limit=limit)
        return {"items": [_view(stored.state, clock.now()) for stored in found], "next": behind(found, limit)}

    @router.get("/directives/{id}")
    async def read(id: TypedId, response: Response) -> dict[str, Any]:
        """A directive, who has acknowledged it, and who is overdue."""
        stored = await store.get(DIRECTIVE, id)
        if stored is None:
            raise Problem("NOT_FOUND", 404, "there is no such directive")
        response.headers.update(etag(stored.version))
        return _view(stored.state, clock.now())

    @router.post("/directives/{id}/acknowledge")
    async def acknowledge(
        id: TypedId, body: AcknowledgeDirective, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> dict[str, Any]:
        """An agency has taken note: by its head, if it names one."""
        around = Around(entries=await around_agency(store, body.org_id, [(Officer, body.officer_id)]))
        wish = AcknowledgeWish(command=body, around=around)
        done = await door.submit(DIRECTIVE, id, wish, key=key, caller=body.officer_id, expected=expected)
        response.headers.update(etag(done.decided))
        return {**(done.answer or {}), "version": done.decided}


def _view(directive: Directive, now: datetime) -> dict[str, Any]:
    heard = {each.org_id: each for each in directive.acknowledged}
    return {
        "directiveId": directive.id,
        "number": directive.number,
        "date": directive.date.isoformat(),
        "dateLocal": jalali_date(directive.date),
        "text": directive.text,
        "dueAt": instant_text(directive.due_at),
        "dueLocal": jalali_text(directive.due_at),
        "issuer": directive.issuer,
        "issuedBy": directive.issued_by,
        "issuedAt": instant_text(directive.issued_at),
        "orgs": [
            {
                "orgId": org_id,
                "acknowledgedAt": instant_text(heard[org_id].at) if org_id in heard else None,
                "acknowledgedLocal": jalali_text(heard[org_id].at) if org_id in heard else None,
                "acknowledgedBy": heard[org_id].officer_id if org_id in heard else None,
                "late": org_id in heard and heard[org_id].at >= directive.due_at,
                "overdue": org_id not in heard and directive.due_at <= now,
            }
            for org_id in directive.orgs
        ],
    }
