"""The record of accesses to what is personal: for the inspectorate, and for the head of an agency about its own."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.contracts.snapshot import Snapshot
from services.contracts.wire import TypedId
from services.intake.access import BY_PERSON, BY_REQUEST, Access, Accesses, in_service
from services.runtime.cursors import decode_cursor, encode_cursor
from services.runtime.http import Problem
from services.worktime import jalali_text


def access_routes(accesses: Accesses, *, unit: str, snapshot: Callable[[], Snapshot], log: Any) -> APIRouter:
    """`unit`: whose officers are the inspectorate."""
    router = APIRouter()

    @router.get("/access")
    async def read_accesses(
        officer_id: Annotated[TypedId, Query(alias="officerId")],
        request_id: Annotated[TypedId | None, Query(alias="requestId")] = None,
        applicant_ref: Annotated[TypedId | None, Query(alias="applicantRef")] = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, Any]:
        """Who has read of a request, or of a person, what is personal; the newest first."""
        scope = _scope(officer_id)
        if (request_id is None) == (applicant_ref is None):
            raise Problem("INVALID", 422, "one of requestId and applicantRef")
        query = {BY_REQUEST: request_id} if request_id else {BY_PERSON: applicant_ref}
        place = decode_cursor(cursor, id=str)
        found = await accesses.of({**query, **scope}, place["id"] if place else None, limit)
        log.info("accesses read", officer=officer_id, shown=len(found))
        return {
            "items": [_shown(row) for row in found],
            "next": encode_cursor({"id": found[-1]["_id"]}) if len(found) == limit else None,
        }

    def _scope(officer_id: str) -> dict[str, Any]:
        """What may be seen of it. Raises Problem NOT_AUTHORISED (403)."""
        registry = snapshot()
        officer = in_service(registry, officer_id)
        if officer is not None and officer.unit_id == unit:
            return {}
        agency = registry.organization(officer.org_id) if officer else None
        if officer is not None and agency is not None and agency.head_officer_id == officer.id:
            return {"orgIds": agency.id}
        log.warning("accesses refused", officer=officer.id if officer else None)
        detail = "بازرسان استانداری و رئیس دستگاه این‌ها را می‌خوانند — the inspectorate and the agency's head read these"
        raise Problem("NOT_AUTHORISED", 403, detail)

    return router


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    access = Access.model_validate(row)
    return {**access.to_wire(), "atLocal": jalali_text(access.at)}
