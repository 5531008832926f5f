"""Inspections of desks over HTTP (domain 1.2, 11)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.contracts.envelope import derived_id
from services.contracts.registry import Desk, Officer
from services.contracts.wire import TypedId, instant_text
from services.registry import store as look_up
from services.registry import words
from services.registry.domain.inspections import InspectDesk, Inspection, InspectWish
from services.registry.domain.recording import Around
from services.registry.duty_store import ID, Wanted, around_agency, deficiencies, desk_at, of_org
from services.registry.handlers import INSPECTION
from services.runtime.cursors import after, behind
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, Problem, etag
from services.runtime.store import Store
from services.worktime import jalali_text

ITEMS = 20
"""More deficiencies than a checklist has items."""


def add_inspection_calls(router: APIRouter, door: Door, store: Store) -> None:
    @router.post("/inspections", status_code=201)
    async def inspect(body: InspectDesk, key: IdempotencyKey, response: Response) -> dict[str, Any]:
        """What an inspector of the agency above saw; each item that is wrong is a deficiency of the desk's agency."""
        id = derived_id("inspection", body.officer_id, key)
        desk = await look_up.newest(store, Desk, body.desk_id)
        around = await around_agency(
            store, desk.org_id if desk else None, [(Officer, body.officer_id), (Desk, body.desk_id)]
        )
        then = await desk_at(store, body.desk_id, body.at)
        wish = InspectWish(inspection_id=id, command=body, around=Around(entries=around), then=then)
        done = await door.submit(INSPECTION, id, wish, key=key, caller=body.officer_id)
        response.headers.update({**etag(done.decided), "Location": f"/v1/inspections/{id}"})
        return {**(done.answer or {}), "deficiencies": f"/v1/deficiencies?inspectionId={id}", "version": done.decided}

    @router.get("/inspections")
    async def list_inspections(
        org_id: Annotated[TypedId | None, Query(alias="orgId")] = None,
        desk_id: Annotated[TypedId | None, Query(alias="deskId")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """Inspections of an agency's desks, or of one desk."""
        query = of_org(org_id, desk_id, after(cursor))
        found = await store.find(INSPECTION, query, sort=[ID], limit=limit)
        return {"items": [_view(stored.state) for stored in found], "next": behind(found, limit)}

    @router.get("/inspections/{id}")
    async def read(id: TypedId, response: Response) -> dict[str, Any]:
        """An inspection with the deficiencies that it has raised or met again."""
        stored = await store.get(INSPECTION, id)
        if stored is None:
            raise Problem("NOT_FOUND", 404, "there is no such inspection")
        response.headers.update(etag(stored.version))
        raised = await deficiencies(store, Wanted(inspection_id=id), None, ITEMS)
        return _view(stored.state) | {
            "deficiencies": [
                {"deficiencyId": each.id, "kind": each.state.kind, "state": each.state.state} for each in raised
            ]
        }


def _view(inspection: Inspection) -> dict[str, Any]:
    return {
        "inspectionId": inspection.id,
        "orgId": inspection.org_id,
        "deskId": inspection.desk_id,
        "officerId": inspection.officer_id,
        "at": instant_text(inspection.at),
        "atLocal": jalali_text(inspection.at),
        "recordedAt": instant_text(inspection.recorded_at),
        "checklist": inspection.checklist.to_wire(),
        "known": inspection.known.to_wire(),
        "contradictions": list(inspection.contradictions),
        "failed": [{"kind": kind, "kindLocal": words.KINDS[kind]} for kind in inspection.failed],
        "note": inspection.note,
    }
