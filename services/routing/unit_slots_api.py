"""The slots of a unit over HTTP: which are free, and who comes on a day (contract: Routing; domain 3)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from services.contracts.coordination import ReferralState, Slot
from services.contracts.snapshot import Snapshot
from services.contracts.wire import TypedId, Wire
from services.routing.coordination_api import ReferralView, known
from services.routing.domain.rules import Rules
from services.routing.domain.unit_slots import free_slots, unit_day_id
from services.routing.handlers import CASE, UNIT_DAY
from services.runtime.clock import Clock
from services.runtime.days import asked_day
from services.runtime.http import Problem
from services.runtime.store import Store
from services.worktime import jalali_date, jalali_text
from services.worktime.jalali import civil_day

SHOWN_DAYS, MOST_DAYS = 7, 31
"""Of one call: where it names no end, and at the most."""
COMING = (ReferralState.PROPOSED, ReferralState.ISSUED, ReferralState.ATTENDED, ReferralState.MISSED)
"""What was called off, or has lapsed, brings nobody."""


class FreeSlot(Slot):
    """As an answer of the unit names it. `left`: how many citizens still find a place in it."""

    from_local: str
    left: int


class DayOfSlots(Wire):
    day: date
    day_local: str
    slots: tuple[FreeSlot, ...]


class FreeSlots(Wire):
    unit_id: str
    slot_minutes: int
    days: tuple[DayOfSlots, ...]


class Comers(Wire):
    """Who is sent to a unit on a day, by the hour."""

    unit_id: str
    day: date
    day_local: str
    items: tuple[ReferralView, ...]


def unit_slot_routes(store: Store, snapshot: Callable[[], Snapshot], clock: Clock, rules: Rules) -> APIRouter:
    router = APIRouter(prefix="/v1/units/{unit_id}")

    @router.get("/slots")
    async def read_slots(
        unit_id: TypedId,
        first: Annotated[str | None, Query(alias="from", max_length=20)] = None,
        last: Annotated[str | None, Query(alias="to", max_length=20)] = None,
        service_id: Annotated[TypedId | None, Query(alias="serviceId")] = None,
    ) -> FreeSlots:
        """The free slots of a unit, day by day: of a service, or of whatever the unit does.

        Both days count, written `1405/09/02` or `2026-11-23`: a week from today on if none is named, 31 at the most.
        """
        registry, now = of_unit(unit_id), clock.now()
        begins = max(asked_day(first, "from") if first else civil_day(now), civil_day(now))
        ends = asked_day(last, "to") if last else begins + timedelta(days=SHOWN_DAYS - 1)
        if not timedelta(0) <= ends - begins < timedelta(days=MOST_DAYS):
            detail = f"from one day, today or later, to the same or a later one: {MOST_DAYS} days at the most"
            wrong = {"field": "query.to", "code": "BAD_DAY", "detail": detail}
            raise Problem("BAD_DAY", 422, detail, errors=[wrong])
        days = [begins + timedelta(days=number) for number in range((ends - begins).days + 1)]
        found = await store.get_many(UNIT_DAY, [unit_day_id(unit_id, day) for day in days])
        taken = [stored.state for stored in found]
        free: dict[date, list[FreeSlot]] = {day: [] for day in days}
        for slot, left in free_slots(registry, unit_id, days, taken, now, rules, service_id):
            shown = FreeSlot(since=slot.since, until=slot.until, from_local=jalali_text(slot.since), left=left)
            free[civil_day(slot.since)].append(shown)
        return FreeSlots(
            unit_id=unit_id,
            slot_minutes=int(rules.unit_slot_length.total_seconds()) // 60,
            days=tuple(
                DayOfSlots(day=day, day_local=jalali_date(day), slots=tuple(slots)) for day, slots in free.items()
            ),
        )

    @router.get("/referrals")
    async def read_comers(unit_id: TypedId, day: Annotated[str | None, Query(max_length=20)] = None) -> Comers:
        """Who comes to a unit on a day (`1405/09/02` or `2026-11-23`; today if none is named), and for what.

        Nobody is named: what is personal the desk has (I12).
        """
        of_unit(unit_id)
        wanted = asked_day(day, "day") if day else civil_day(clock.now())
        stored = await store.get(UNIT_DAY, unit_day_id(unit_id, wanted))
        requests = list(dict.fromkeys(place.request_id for place in stored.state.taken)) if stored else []
        cases = await store.get_many(CASE, requests) if requests else []
        coming = [
            ReferralView.of(case.state, referral, case.version)
            for case in cases
            for referral in known(case.state).referrals
            if referral.unit_id == unit_id and civil_day(referral.slot.since) == wanted and referral.state in COMING
        ]
        coming.sort(key=lambda referral: (referral.slot.since, referral.id))
        return Comers(unit_id=unit_id, day=wanted, day_local=jalali_date(wanted), items=tuple(coming))

    def of_unit(unit_id: str) -> Snapshot:
        registry = snapshot()
        if registry.unit(unit_id) is None:
            raise Problem("UNKNOWN_UNIT", 404, "there is no such unit")
        return registry

    return router
