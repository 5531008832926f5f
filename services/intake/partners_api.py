"""What intake goes by: whoever has changed a partner at the registry asks whether it has come."""

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

    return router
