"""What intake goes by: whoever has changed a partner or an office at the registry asks whether it has come."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter

from services.contracts.snapshot import Snapshot
from services.contracts.wire import TypedId
from services.runtime.http import Problem


def partner_routes(snapshot: Callable[[], Snapshot]) -> APIRouter:
    router = APIRouter()

    @router.get("/partners/{id}/version")
    async def partner_version(id: TypedId) -> dict[str, Any]:
        """The version of the partner's entry that this process judges by."""
        partner = snapshot().partner(id)
        if partner is None:
            raise Problem("NOT_FOUND", 404, "no such partner has come here")
        return {"id": id, "version": partner.version}

    @router.get("/kiosks/{id}/version")
    async def kiosk_version(id: TypedId) -> dict[str, Any]:
        """The version of the kiosk office's entry that this process judges by: its licence and keys."""
        office = snapshot().kiosk(id)
        if office is None:
            raise Problem("NOT_FOUND", 404, "no such kiosk office has come here")
        return {"id": id, "version": office.version}

    return router
