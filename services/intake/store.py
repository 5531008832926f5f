"""What intake looks up, and the indexes for it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.contracts.commitment import CommitmentKind, CommitmentState
from services.contracts.wire import instant_text
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Place
from services.intake.domain.duplicates import PLACE, TURN, Other, PlaceLeft
from services.intake.domain.illegal_demand import IllegalDemand
from services.intake.domain.request import Request
from services.intake.handlers import DESK_QUEUE, DESK_SLOTS, ILLEGAL_DEMAND, REQUEST, VISIT
from services.intake.visit_store import BY_DESK_NEEDED, BY_OPEN_VISIT, BY_TICKET, BY_VISIT
from services.intake.work_list import BY_ATTENTION, BY_DUE, BY_TELLING, DESK, DUE, FILED, OPEN_PROMISE
from services.runtime.indexes import Index
from services.runtime.lookups import Stored
from services.runtime.store import Store

CODE = "state.case.trackingCode"
REF, SERVICE = "state.case.applicantRef", "state.case.serviceId"
PLACED, NUMBER = "state.case.place", "state.case.merged.number"
KIOSK, TOLD = "state.filing.kioskId", "state.filing.toldAt"
PARTNER, PARTNER_BEFORE = "state.filing.partner", "state.filing.before.partner"
REPORTED = "state.reportedAt"
AGENCY = "state.case.orgId"

BY_CODE = Index([(CODE, 1)], name="by-tracking-code", unique=True, partial={CODE: {"$exists": True}})
BY_KIOSK = Index([(KIOSK, 1), (TOLD, 1), ("_id", 1)], name="by-kiosk-told", partial={KIOSK: {"$exists": True}})
AT_FIRST, BEHIND = {PLACED: Place.FIRST.value}, {PLACED: Place.FURTHER.value}
BY_PLACE = Index([(REF, 1), (SERVICE, 1)], name=PLACE, unique=True, partial=AT_FIRST)
"""The only one that each new case costs: it decides who is the first, and makes a look-up before that needless."""
BY_LINE = Index([(REF, 1), (SERVICE, 1), (FILED, 1)], name="by-line", partial=BEHIND)
ENDED_SO: dict[str, Any] = {REF: {"$gt": ""}, NUMBER: {"$gt": 0}}
BY_TURN = Index([(REF, 1), (SERVICE, 1), (NUMBER, 1)], name=TURN, unique=True, partial=ENDED_SO)
"""Not of those whose person was erased."""

BY_PERSON = Index([(REF, 1), (FILED, -1), ("_id", -1)], name="by-person")
PERSONS_ORDER = [(FILED, -1), ("_id", -1)]

BY_REPORTED = Index([(REPORTED, -1), ("_id", -1)], name="by-reported")

INDEXES: dict[str, list[Index]] = {
    REQUEST.name: [
        BY_CODE,
        BY_TELLING,
        BY_ATTENTION,
        BY_DUE,
        BY_KIOSK,
        BY_VISIT,
        BY_DESK_NEEDED,
        BY_PLACE,
        BY_LINE,
        BY_TURN,
        BY_PERSON,
    ],
    DESK_QUEUE.name: [BY_OPEN_VISIT],
    DESK_SLOTS.name: [],
    VISIT.name: [BY_TICKET],
    ILLEGAL_DEMAND.name: [BY_REPORTED],
}


def of_code(code: str) -> dict[str, Any]:
    return {CODE: code}


LINE = 500
"""So many linked requests are read at once."""

PROMISED_ORDER = [(DESK, 1), (DUE, 1), ("_id", 1)]


def promised_by(
    desk_ids: Sequence[str], calendar_id: str, crossing: datetime, position: Mapping[str, Any] | None, *, visits: bool
) -> dict[str, Any]:
    """Cases with an open promise that goes by that calendar, for a moment or later, after a place in their order.

    An answer goes by the calendar that it names. `visits`: also all visits, whatever they name: these desks work by it.
    At each desk first those whose work stands still: of their answer nothing is due.
    """
    answers = {"kind": CommitmentKind.FINAL_DELIVERY.value, "calendar.id": calendar_id}
    promise = {
        "state": CommitmentState.OPEN.value,
        "promisedAt": {"$gte": instant_text(crossing)},
        **({"$or": [answers, {"kind": {"$ne": CommitmentKind.FINAL_DELIVERY.value}}]} if visits else answers),
    }
    wanted: dict[str, Any] = {
        DESK: {"$in": list(desk_ids)},
        **OPEN_PROMISE,
        "state.case.commitments": {"$elemMatch": promise},
    }
    if position:
        desk, due, id = position["desk"], position["due"], position["id"]
        wanted["$or"] = [
            {DESK: {"$gt": desk}},
            {DESK: desk, DUE: {"$gt": due}},
            {DESK: desk, DUE: due or None, "_id": {"$gt": id}},
        ]
    return wanted


def told_after(
    kiosk_id: str, position: Mapping[str, Any] | None, before: datetime, partner: str | None = None
) -> dict[str, Any]:
    """Filings of a kiosk office, or those of them that were told to a partner, with news after a place in the order."""
    wanted: dict[str, Any] = {KIOSK: kiosk_id, TOLD: {"$lt": instant_text(before)}}
    if partner is not None:
        wanted |= _told_to(partner)
    if position:
        at, id = position["at"], position["id"]
        wanted["$and"] = [{TOLD: {"$gte": at}}, {"$or": [{TOLD: {"$gt": at}}, {"_id": {"$gt": id}}]}]
    return wanted


def _told_to(partner: str) -> dict[str, Any]:
    return {"$or": [{PARTNER: partner}, {PARTNER_BEFORE: partner}]}


def by_persons(refs: Sequence[str], org_id: str, position: Mapping[str, Any] | None) -> dict[str, Any]:
    """Cases of these people with one agency that are older than one place in their list, which begins with the newest.

    An empty `org_id`: with any agency.
    """
    wanted: dict[str, Any] = {REF: {"$in": list(refs)}, **({AGENCY: org_id} if org_id else {})}
    if position:
        at, id = position["at"], position["id"]
        wanted[FILED] = {"$lte": at}
        wanted["$nor"] = [{FILED: at, "_id": {"$gte": id}}]  # an $or would be looked up part by part, and sorted after
    return wanted


def reported_before(position: Mapping[str, Any] | None) -> dict[str, Any]:
    """Reports of illegal demands that are older than one place in their list, which begins with the newest."""
    if position is None:
        return {REPORTED: {"$gt": ""}}
    at, id = position["at"], position["id"]
    return {"$and": [{REPORTED: {"$gt": "", "$lte": at}}, {"$or": [{REPORTED: {"$lt": at}}, {"_id": {"$lt": id}}]}]}


def behind(people: Collection[str], service_id: str | None = None) -> dict[str, Any]:
    """Open requests of these people that are linked to an earlier one, for that service or any."""
    return {REF: {"$in": list(people)}, **BEHIND, **({SERVICE: service_id} if service_id else {})}


IN_LINE = [(REF, 1), (SERVICE, 1), (FILED, 1)]


async def line_of(store: Store, case: Case, limit: int = 20) -> list[Stored[Request]]:
    """The other open requests of the person for this service, behind the first one, by the hour of filing."""
    if case.applicant_ref is None:
        return []
    return await store.find(REQUEST, behind([case.applicant_ref], case.service_id), sort=IN_LINE, limit=limit)


async def next_in_line(store: Store, left: Sequence[PlaceLeft]) -> list[str]:
    """The oldest open request behind each place, where there is one: one find for all of them, of few documents."""
    places = {(place.applicant_ref, place.service_id) for place in left}
    found = await store.find(REQUEST, behind({ref for ref, _ in places}), sort=IN_LINE, limit=LINE)
    if len(found) >= LINE:  # of somebody with hundreds: for each place its own
        found = [
            stored
            for ref, service in sorted(places)
            for stored in await store.find(REQUEST, behind([ref], service), sort=IN_LINE, limit=1)
        ]
    oldest: dict[tuple[str | None, str], str] = {}
    for stored in found:
        if (case := stored.state.case) is not None and (case.applicant_ref, case.service_id) in places:
            oldest.setdefault((case.applicant_ref, case.service_id), stored.id)
    return list(oldest.values())


LAST_TURN = [(NUMBER, -1)]


def ended_so(ref: str, service_id: str) -> dict[str, Any]:
    """Requests of a person for a service that ended as duplicates."""
    return {**ENDED_SO, REF: ref, SERVICE: service_id}


async def other_of(store: Store, id: str, of: str) -> Other | None:
    """What a request must know of the one in whose favour it is to end; None where there is none.

    How many have ended is read before it: whichever ends after that takes the turn that this one would have.
    """
    ending, turns = await _case_of(store, id), 0
    if ending is not None and ending.applicant_ref is not None:
        ended = ended_so(ending.applicant_ref, ending.service_id)
        for last in await store.find(REQUEST, ended, sort=LAST_TURN, limit=1):
            merged = last.state.case.merged if last.state.case else None
            turns = (merged.number if merged else None) or 0
    other = await _case_of(store, of)
    return Other.of(of, other, turns) if other is not None else None


async def _case_of(store: Store, id: str) -> Case | None:
    stored = await store.get(REQUEST, id)
    return stored.state.case if stored else None


async def by_code(store: Store, code: str) -> Stored[Request] | None:
    return await store.one(REQUEST, of_code(code))


async def promises_crossing(
    store: Store,
    desk_ids: Sequence[str],
    calendar_id: str,
    crossing: datetime,
    position: Mapping[str, Any] | None,
    limit: int,
    *,
    visits: bool = True,
) -> tuple[int, list[Stored[Request]]]:
    """How many cases there are in all, up to the bound of counting, and a page of them: by desk, the soonest first."""
    total = await store.count(REQUEST, promised_by(desk_ids, calendar_id, crossing, None, visits=visits))
    query = promised_by(desk_ids, calendar_id, crossing, position, visits=visits)
    return total, await store.find(REQUEST, query, sort=PROMISED_ORDER, limit=limit)


async def outcomes_after(
    store: Store,
    kiosk_id: str,
    position: Mapping[str, Any] | None,
    before: datetime,
    limit: int,
    partner: str | None = None,
) -> list[Stored[Request]]:
    """At most `limit` filings in the order of their news; `partner`: those of them that were told to it."""
    query = told_after(kiosk_id, position, before, partner)
    return await store.find(REQUEST, query, sort=[(TOLD, 1), ("_id", 1)], limit=limit)


async def had_by(store: Store, kiosk_id: str, partner: str | None) -> bool:
    """Whether a kiosk office was with that partner when something was told to it."""
    return partner is not None and bool(await store.count(REQUEST, {KIOSK: kiosk_id} | _told_to(partner), limit=1))


async def of_persons(
    store: Store, refs: Sequence[str], org_id: str, position: Mapping[str, Any] | None, limit: int
) -> list[Request]:
    """At most `limit` of their cases, the newest first."""
    found = await store.find(REQUEST, by_persons(refs, org_id, position), sort=PERSONS_ORDER, limit=limit)
    return [stored.state for stored in found]


async def all_of_person(store: Store, ref: str) -> tuple[int, list[Request]]:
    """How many cases somebody has, and those that can be read."""
    everywhere = by_persons([ref], "", None)
    count = await store.count(REQUEST, everywhere)
    return count, await of_persons(store, [ref], "", None, count) if count else []


async def illegal_demands(store: Store, position: Mapping[str, Any] | None, limit: int) -> list[Stored[IllegalDemand]]:
    """At most `limit` reports, the newest first."""
    query = reported_before(position)
    return await store.find(ILLEGAL_DEMAND, query, sort=[(REPORTED, -1), ("_id", -1)], limit=limit)
