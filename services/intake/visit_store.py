"""What intake looks up of visits and of the queues of desks, and the indexes for it."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from services.contracts.commitment import CommitmentKind, CommitmentState
from services.contracts.intake import RequestState
from services.contracts.registry import Desk
from services.contracts.wire import instant_text
from services.intake.domain.case_parts import Attention
from services.intake.domain.desk_queue import DeskQueue
from services.intake.domain.in_service import absence
from services.intake.domain.request import Request
from services.intake.domain.visit import Visit
from services.intake.domain.visit_record import VisitRecord
from services.intake.handlers import DESK_QUEUE, REQUEST, VISIT
from services.intake.work_list import ATTENTION, DUE, FILED, OPEN_PROMISE, SOME_ATTENTION, Part
from services.runtime.indexes import Index
from services.runtime.lookups import Stored
from services.runtime.store import Store
from services.worktime.jalali import civil_day, start_of_day

VISITS, OPEN_VISIT = "state.case.visitIds", "state.open.id"
DESK, DAY, TICKET = "state.visit.deskId", "state.visit.day", "state.visit.ticketNo"
IN_A_VISIT: dict[str, Any] = {f"{VISITS}.0": {"$exists": True}}
BY_VISIT = Index([(VISITS, 1)], name="by-visit", partial=IN_A_VISIT)
BY_OPEN_VISIT = Index([(OPEN_VISIT, 1)], name="by-open-visit", partial={OPEN_VISIT: {"$exists": True}})
BY_TICKET = Index([(DESK, 1), (DAY, 1), (TICKET, 1)], name="by-ticket")


CASE_DESK, DESK_NEEDED, STATE = "state.case.deskId", "state.case.deskNeededAt", "state.case.state"
NEEDS_DESK: dict[str, Any] = {DESK_NEEDED: {"$gt": ""}}
BY_DESK_NEEDED = Index([(CASE_DESK, 1), (DESK_NEEDED, 1), ("_id", 1)], name="by-desk-needed", partial=NEEDS_DESK)
COMMITMENTS, FINAL_DELIVERY = "state.case.commitments", CommitmentKind.FINAL_DELIVERY.value


def filed_in(visit_id: str) -> dict[str, Any]:
    return {VISITS: visit_id, **IN_A_VISIT}


def with_open_visit(visit_id: str) -> dict[str, Any]:
    return {OPEN_VISIT: visit_id}


def tickets_after(desk_id: str, day: date, ticket: int) -> dict[str, Any]:
    """A desk's visits of one day behind a ticket."""
    return {DESK: desk_id, DAY: day.isoformat(), TICKET: {"$gt": ticket}}


def to_look_at(desk: Desk, now: datetime) -> tuple[Part, ...]:
    """Cases that may be otherwise by what the registry says of their desk now: those whose person needs it, or may;
    those of which its head has been warned; those with an answer promised for when it is out of service.

    Where the work stands still no answer is due, and it is seen to when the work goes on.
    """
    at_desk: dict[str, Any] = {CASE_DESK: desk.id}
    at_risk = {**SOME_ATTENTION, ATTENTION: Attention.LEGAL_RISK.value}  # the first names the index
    parts = (
        Part("desk-needed", {**at_desk, **NEEDS_DESK}, DESK_NEEDED, lambda case: case.desk_needed_at),
        Part("at-risk", {**at_desk, **at_risk}, FILED, lambda case: case.filed_at),
    )
    away = absence(desk, civil_day(now))
    if away is None:
        return parts
    since, until = (instant_text(start_of_day(day)) if day else None for day in away)
    before = {"$lt": until} if until else {}
    promised = {"kind": FINAL_DELIVERY, "state": CommitmentState.OPEN.value, "promisedAt": {"$gte": since} | before}
    answers = {**OPEN_PROMISE, DUE: {"$gt": ""} | before, COMMITMENTS: {"$elemMatch": promised}}
    return (*parts, Part("answers", {**at_desk, **answers}, DUE, lambda case: case.next_due))


def sent_to_offices(desk: Desk, now: datetime) -> tuple[Part, ...]:
    """Cases that may be otherwise by what the registry says of kiosk offices now: those whose person may still go to
    one."""
    sent = {DESK_NEEDED: {"$gt": instant_text(now)}, STATE: RequestState.REDIRECTED.value}
    return (Part("redirected", {CASE_DESK: desk.id, **sent}, DESK_NEEDED, lambda case: case.desk_needed_at),)


async def count_all(store: Store, parts: Iterable[Part]) -> int:
    """How many cases there are in these parts; each counted up to 100,000."""
    return sum([await store.count(REQUEST, part.wanted) for part in parts])


def queue_id(desk_id: str, day: date) -> str:
    return f"{desk_id}@{day.isoformat()}"


async def desk_queue(store: Store, desk_id: str, day: date) -> DeskQueue | None:
    found = await store.get(DESK_QUEUE, queue_id(desk_id, day))
    return found.state if found else None


async def visit_of(store: Store, id: str) -> Visit | None:
    """The visit as it stands: while it is open, its desk's queue knows first."""
    queue = await store.one(DESK_QUEUE, with_open_visit(id))
    visit = queue.state.find(id) if queue else None
    if visit is not None:
        return visit
    record = await store.get(VISIT, id)
    return record.state.visit if record else None


async def requests_of(store: Store, visit: Visit, limit: int = 100) -> list[Stored[Request]]:
    """The requests that a visit is about: those its person came back for, then those filed in it."""
    returned = await store.get_many(REQUEST, visit.returned_for) if visit.returned_for else []
    filed = await store.find(REQUEST, filed_in(visit.id), limit=limit)
    known = {stored.id for stored in returned}
    return [*returned, *(stored for stored in filed if stored.id not in known)]


async def visits_of_day(store: Store, desk_id: str, day: date, after: int, limit: int) -> list[Stored[VisitRecord]]:
    """A desk's visits of one day in the order of their tickets, however they ended."""
    return await store.find(VISIT, tickets_after(desk_id, day, after), sort=[(TICKET, 1)], limit=limit)
