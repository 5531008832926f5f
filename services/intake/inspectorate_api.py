"""What goes past the agencies, read by the inspectorate alone (domain 3: IllegalDemand)."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.contracts.entry import Status
from services.contracts.registry import Officer
from services.contracts.snapshot import Snapshot
from services.contracts.wire import TypedId
from services.intake.access import Accesses, Outcome, What
from services.intake.confidence import Confidence
from services.intake.domain.illegal_demand import IllegalDemand
from services.intake.places import place, place_cursor
from services.intake.store import illegal_demands
from services.intake.views import demand_view
from services.runtime.http import Problem
from services.runtime.seal import BrokenSeal
from services.runtime.store import Store


def inspectorate_routes(
    store: Store,
    confidence: Confidence,
    accesses: Accesses,
    *,
    unit: str,
    snapshot: Callable[[], Snapshot],
    log: Any,
) -> APIRouter:
    """`unit`: whose officers are the inspectorate."""
    router = APIRouter()

    @router.get("/illegal-demands")
    async def read_illegal_demands(
        officer_id: Annotated[TypedId, Query(alias="officerId")],
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, Any]:
        """What citizens say was asked of them against the law, the newest first; every reading is on record."""
        officer = _inspector(officer_id)
        found = [stored.state for stored in await illegal_demands(store, place(cursor), limit)]
        outcome = Outcome.GIVEN if found else Outcome.NOTHING
        ids = dict.fromkeys(demand.request_id for demand in found)
        await accesses.note(What.ILLEGAL_DEMAND, outcome, officer=officer, request_ids=ids)
        log.info("illegal demands read", officer=officer.id, shown=len(found))
        return {
            "items": [demand_view(demand, _words(demand), snapshot()) for demand in found],
            "next": place_cursor(found[-1].reported_at, found[-1].id) if len(found) == limit else None,
        }

    def _inspector(officer_id: str) -> Officer:
        """Raises Problem NOT_AUTHORISED (403)."""
        officer = snapshot().officer(officer_id)
        if officer is None or officer.status is not Status.ACTIVE or officer.unit_id != unit:
            # who is known by name; what anybody typed stays out of the log (I12)
            log.warning("illegal demands refused", officer=officer.id if officer else None)
            raise Problem("NOT_AUTHORISED", 403, "بازرسان استانداری این‌ها را می‌خوانند — inspectors alone read these")
        return officer

    def _words(demand: IllegalDemand) -> str | None:
        try:
            return confidence.words(demand)
        except BrokenSeal:
            log.error("the report of an illegal demand cannot be opened", id=demand.id)
            return None

    return router
