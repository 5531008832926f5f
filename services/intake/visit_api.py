"""Visits over HTTP: a ticket, its turn, its end; a desk's queue, and what became of a day's visits."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.contracts.envelope import derived_id
from services.contracts.snapshot import Snapshot
from services.contracts.visit import CallVisit, EndVisit, HoldVisit, OpenVisit, ServeVisit
from services.contracts.wire import TypedId
from services.intake.domain.case import Case
from services.intake.domain.visit import Visit
from services.intake.domain.visit_messages import CallOf, EndOf, HoldOf, OfVisit, OpenTicket, ServeOf
from services.intake.domain.visiting import unpromised
from services.intake.handlers import DESK_QUEUE, REQUEST
from services.intake.visit_store import desk_queue, queue_id, requests_of, visit_of, visits_of_day
from services.intake.visit_views import queue_view, record_view, visit_view
from services.runtime.clock import Clock
from services.runtime.cursors import decode_cursor, encode_cursor
from services.runtime.days import asked_day
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, Problem
from services.runtime.store import Store
from services.worktime.jalali import civil_day


def visit_routes(door: Door, store: Store, snapshot: Callable[[], Snapshot], clock: Clock) -> APIRouter:
    router = APIRouter()

    @router.post("/visits", status_code=201)
    async def open_visit(body: OpenVisit, key: IdempotencyKey, response: Response) -> dict[str, Any]:
        """A person comes to a desk and gets the next ticket of the day."""
        id = derived_id("visit", body.officer_id, key)
        known = await visit_of(store, id)
        day = known.day if known else civil_day(clock.now())
        cases = await cases_of(body.request_ids)
        ticket = OpenTicket(
            visit_id=id,
            asked=body,
            day=day,
            desk_of={id: case.desk_id for id, case in cases.items()},
            visits_of={id: case.visit_ids for id, case in cases.items()},
            people_of={id: tuple(ref for case in cases.values() for ref in case.people())},
            known=known,
        )
        queue = queue_id(known.desk_id if known else body.desk_id, day)
        done = await door.submit(DESK_QUEUE, queue, ticket, key=key, caller=body.officer_id)
        response.headers["Location"] = f"/v1/visits/{id}"
        return await shown(Visit.model_validate(done.answer))

    @router.get("/visits/{id}")
    async def read_visit(id: TypedId) -> dict[str, Any]:
        """The visit with its periods, and the requests it is about with what is promised to them."""
        return await shown(await the_visit(id))

    @router.post("/visits/{id}/call")
    async def call(id: TypedId, body: CallVisit, key: IdempotencyKey) -> dict[str, Any]:
        """The turn of this ticket, or of another with a reason; also once more, when nobody came."""
        visit = await the_visit(id)
        return await step(visit, CallOf(visit_id=id, asked=body, people_of=await people(visit, body, before=True)), key)

    @router.post("/visits/{id}/serve")
    async def serve(id: TypedId, body: ServeVisit, key: IdempotencyKey) -> dict[str, Any]:
        """The person is at the desk."""
        visit = await the_visit(id)
        return await step(visit, ServeOf(visit_id=id, asked=body, people_of=await people(visit, body)), key)

    @router.post("/visits/{id}/hold")
    async def hold(id: TypedId, body: HoldVisit, key: IdempotencyKey) -> dict[str, Any]:
        """The person fetches something and comes back without a new ticket."""
        visit = await the_visit(id)
        return await step(visit, HoldOf(visit_id=id, asked=body, people_of=await people(visit, body)), key)

    @router.post("/visits/{id}/end")
    async def end(id: TypedId, body: EndVisit, key: IdempotencyKey) -> dict[str, Any]:
        """Over. The answer lists the requests of the visit, each with its promise (I2)."""
        visit = await the_visit(id)
        found = await requests_of(store, visit)
        open_ = [r for r in found if r.state.case is not None and unpromised(r.state.case, clock.now())]
        command = EndOf(
            visit_id=id,
            asked=body,
            unpromised=tuple(stored.id for stored in open_),
            people_of=await people(visit, body),
        )
        return await step(visit, command, key)

    @router.get("/desks/{id}/queue")
    async def read_queue(id: TypedId) -> dict[str, Any]:
        """Today's visits that have not ended: who waits, in the order of their turn, and who is attended to."""
        a_desk(id)
        day = civil_day(clock.now())
        return queue_view(id, day, await desk_queue(store, id, day), clock.now())

    @router.get("/desks/{id}/visits")
    async def read_day(
        id: TypedId,
        day: Annotated[str | None, Query(max_length=20)] = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, Any]:
        """All visits of a day (`2026-11-23` or `1405/09/02`; today if none is named), by ticket, and how each ended."""
        a_desk(id)
        wanted = asked_day(day, "day") if day else civil_day(clock.now())
        place = decode_cursor(cursor, ticket=int)
        found = await visits_of_day(store, id, wanted, place["ticket"] if place else 0, limit)
        items = [record_view(stored.state) for stored in found]
        more = encode_cursor({"ticket": items[-1]["ticketNo"]}) if len(items) == limit else None
        return {"deskId": id, "day": wanted.isoformat(), "items": items, "next": more}

    async def step(visit: Visit, command: OfVisit, key: str) -> dict[str, Any]:
        queue, caller = queue_id(visit.desk_id, visit.day), command.asked.officer_id
        done = await door.submit(DESK_QUEUE, queue, command, key=f"{visit.id}/{key}", caller=caller)
        return await shown(Visit.model_validate(done.answer))

    async def shown(visit: Visit) -> dict[str, Any]:
        return visit_view(visit, [stored.state for stored in await requests_of(store, visit)])

    async def people(
        visit: Visit, by: CallVisit | ServeVisit | HoldVisit | EndVisit, *, before: bool = False
    ) -> dict[str, tuple[str, ...]]:
        """Whom the visit is about; and those of the day that wait `before` it. Looked up only for who has declared."""
        officer = snapshot().officer(by.officer_id)
        if officer is None or not officer.conflicts:
            return {}
        about = await requests_of(store, visit)
        found = {visit.id: tuple(ref for one in about if one.state.case for ref in one.state.case.people())}
        queue = await desk_queue(store, visit.desk_id, visit.day) if before else None
        waiting = [one for one in queue.waiting() if one.ticket_no < visit.ticket_no] if queue else []
        cases = await cases_of([id for one in waiting for id in one.returned_for])
        for one in waiting:
            found[one.id] = tuple(ref for id in one.returned_for if id in cases for ref in cases[id].people())
        return found

    async def the_visit(id: str) -> Visit:
        visit = await visit_of(store, id)
        if visit is None:
            raise Problem("NOT_FOUND", 404, "there is no such visit")
        return visit

    async def cases_of(request_ids: Sequence[str]) -> dict[str, Case]:
        found = await store.get_many(REQUEST, request_ids) if request_ids else []
        return {stored.id: stored.state.case for stored in found if stored.state.case is not None}

    def a_desk(id: str) -> None:
        if snapshot().desk(id) is None:
            raise Problem("NOT_FOUND", 404, "no such desk")

    return router
