"""What citizens ask by their code: how far a case is, and whether a receipt is genuine (contract: POST /v1/track)."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request

from services.contracts.intake import CheckReceipt, Track
from services.contracts.snapshot import Snapshot
from services.intake.look_ups import LookUps
from services.intake.views import track_view


def tracking_routes(look_ups: LookUps, snapshot: Callable[[], Snapshot]) -> APIRouter:
    router = APIRouter()

    @router.post("/track")
    async def track(body: Track, call: Request) -> dict[str, Any]:
        """How far a request is. A wrong `last4` is answered exactly like a code that does not exist."""
        _, case = await look_ups.proven(body, call)
        return track_view(case, snapshot())

    @router.post("/receipts/check")
    async def check_receipt(body: CheckReceipt, call: Request) -> dict[str, Any]:
        """Whether a print is ours, and the newest. A wrong hash is answered like a number that does not exist."""
        return await look_ups.receipt(body, call)

    return router
