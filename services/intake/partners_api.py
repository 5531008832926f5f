"""What intake goes by: whoever has changed a partner or an office at the registry asks whether it has come."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter

from services.contracts.entry import Entry
from services.contracts.snapshot import Snapshot
from services.contracts.wire import TypedId
from services.runtime.http import Problem


def partner_routes(snapshot: Callable[[], Snapshot]) -> APIRouter:
    router = APIRouter()

    @router.get("/partners/{id}/version")
    async def partner_version(id: TypedId) -> dict[str, Any]:
        """The version of the partner's entry that this process judges by."""
        return _version(id, snapshot().partner(id))

    @router.get("/kiosks/{id}/version")
    async def kiosk_version(id: TypedId) -> dict[str, Any]:
        """The version of the kiosk office's entry that this process judges by: its licence and keys."""
        return _version(id, snapshot().kiosk(id))

    return router


def _version(id: str, entry: Entry | None) -> dict[str, Any]:
    if entry is None:
        raise Problem("NOT_FOUND", 404, "no such entry has come here")
    return {"id": id, "version": entry.version}
