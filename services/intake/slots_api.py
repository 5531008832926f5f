"""Visits that are promised, over HTTP: the free slots of a desk, and who is to come when (contract: Intake)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.contracts.commitment import CommitmentKind
from services.contracts.decision import Refused
from services.contracts.envelope import derived_id
from services.contracts.intake_commands import PromiseVisit
from services.contracts.snapshot import Snapshot
from services.contracts.wire import TypedId, instant_text
from services.intake.domain.appointing import UNDER_WAY, AppointmentAnswered, AskAppointment
from services.intake.domain.desk_slots import DeskSlots, slots_id
from services.intake.domain.rules import Rules
from services.intake.domain.slots import Slot, slots_of
from services.intake.handlers import DESK_SLOTS, REQUEST
from services.intake.views import request_view
from services.runtime.clock import Clock
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, IfMatch, Problem, etag
from services.runtime.message import Submitted, Unavailable
from services.runtime.store import Store
from services.worktime import jalali_date, jalali_text
from services.worktime.jalali import civil_day, parse_day

MOST_DAYS = 31
"""Of one call."""


def slot_routes(door: Door, store: Store, *, snapshot: Callable[[], Snapshot], clock: Clock, rules: Rules) -> APIRouter:
    router = APIRouter()

    @router.post("/requests/{id}/commitments", status_code=201)
    async def promise_visit(
        id: TypedId, body: PromiseVisit, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> dict[str, Any]:
        """The person is to come again: on a day from an hour on, or in a slot that nobody else has (409 SLOT_TAKEN)."""
        caller = body.officer_id
        if body.kind is CommitmentKind.NEXT_VISIT:
            done = await door.submit(REQUEST, id, body, key=key, caller=caller, expected=expected)
        else:
            ask = AskAppointment(booking_id=derived_id("appointment", id, caller, key), asked=body)
            await door.submit(REQUEST, id, ask, key=key, caller=caller, expected=expected)
            # The door has carried the question to the desk's day, and the answer back, before it takes this one.
            done = await answered(id, ask.booking_id)
        response.headers.update(etag(done.version))
        return request_view(done.state, done.version, snapshot(), clock.now())

    async def answered(id: str, booking_id: str) -> Submitted:
        try:
            return await door.submit(REQUEST, id, AppointmentAnswered(booking_id=booking_id))
        except Refused as refusal:
            if refusal.status == UNDER_WAY:  # the store went away in between; the scanner brings the answer
                raise Unavailable(refusal.detail) from None
            raise

    @router.get("/desks/{id}/slots")
    async def read_slots(
        id: TypedId,
        since: Annotated[str | None, Query(alias="from", max_length=20)] = None,
        days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 7,
        officer: TypedId | None = None,
    ) -> dict[str, Any]:
        """The free slots of a desk from a day on (`1405/09/02` or `2026-11-23`; today if none is named), by day."""
        registry, now = snapshot(), clock.now()
        if registry.desk(id) is None:
            raise Problem("NOT_FOUND", 404, "no such desk")
        first = max(_day(since) if since else civil_day(now), civil_day(now))
        wanted = [first + timedelta(days=number) for number in range(days)]
        last = now + rules.visit_within
        found = await store.get_many(DESK_SLOTS, [slots_id(id, day) for day in wanted])
        booked = {stored.id: stored.state for stored in found}
        shown = []
        for day in wanted:
            offered = slots_of(registry, id, day, rules.slot_length) if day <= civil_day(last) else ()
            taken = booked.get(slots_id(id, day)) or DeskSlots(desk_id=id, day=day)
            free = [
                slot
                for slot in offered
                if now < slot.at <= last
                and officer in (None, slot.officer_id)
                and taken.is_free(slot, rules.slot_capacity)
            ]
            shown.append({"day": day.isoformat(), "dayLocal": jalali_date(day), "slots": _by_time(free)})
        return {"deskId": id, "slotMinutes": int(rules.slot_length.total_seconds()) // 60, "days": shown}

    return router


def _by_time(free: list[Slot]) -> list[dict[str, Any]]:
    """Each time once, with the officers who are free then."""
    officers: dict[tuple[Any, Any], list[str]] = {}
    for slot in free:
        officers.setdefault((slot.at, slot.until), []).append(slot.officer_id)
    return [
        {"at": instant_text(at), "atLocal": jalali_text(at), "until": instant_text(until), "officers": ids}
        for (at, until), ids in officers.items()
    ]


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except ValueError:
        raise Problem("BAD_DAY", 422, "a day is written 1405/09/02 or 2026-11-23") from None
