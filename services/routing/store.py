"""Every query of routing, and the indexes they need."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from services.contracts.coordination import CoordinationState
from services.contracts.registry import Officer
from services.contracts.routing import HeadWork, TaskState
from services.contracts.wire import instant_text
from services.routing.domain.case import Case, order_within
from services.routing.domain.unit_slots import UnitDay
from services.routing.domain.work import LIVE, Work
from services.routing.handlers import CASE, UNIT_DAY
from services.runtime.indexes import Index
from services.runtime.lookups import Stored
from services.runtime.store import Store

UNIT, STATE, WORK = "state.work.task.unitId", "state.work.task.state", "state.work"
UNIT_WORK: Final = Index([(UNIT, 1), (STATE, 1), ("state.order", 1)], "work-of-unit")
CALENDAR, ORG, VERSION = "state.calendar.id", "state.orgId", "state.calendar.version"
RUNNING: Final[Mapping[str, Any]] = {"state.clock.runningSince": {"$gt": ""}}
RUNNING_BY: Final = Index([(CALENDAR, 1), (ORG, 1), (VERSION, 1), ("_id", 1)], "running-by-calendar", partial=RUNNING)
FOR_HEAD: Final = "state.forHead"
BY_HEAD: Final = Index(
    [(f"{FOR_HEAD}.orgId", 1), (f"{FOR_HEAD}.kind", 1), ("state.order", 1)],
    "for-head",
    partial={f"{FOR_HEAD}.orgId": {"$gt": ""}},
)
COORDINATIONS: Final = "state.coordinations.asked"
ASKED_UNIT, ASKED_STATE = f"{COORDINATIONS}.unitId", f"{COORDINATIONS}.state"
EVER_ASKED: Final[Mapping[str, Any]] = {ASKED_UNIT: {"$gt": ""}}
BY_UNIT_ASKED: Final = Index(
    [(ASKED_UNIT, 1), (ASKED_STATE, 1), ("state.order", 1)], "by-unit-asked", partial=EVER_ASKED
)
DESK, ARRIVED = "state.deskId", "state.arrivedAt"
BY_DESK_ASKED: Final = Index(
    [(DESK, 1), (ASKED_STATE, 1), (ARRIVED, -1), ("_id", -1)], "by-desk-asked", partial=EVER_ASKED
)
BY_DESK_EVER_ASKED: Final = Index([(DESK, 1), (ARRIVED, -1), ("_id", -1)], "by-desk-ever-asked", partial=EVER_ASKED)
BY_SERVICE: Final = Index([("state.serviceId", 1), (ARRIVED, -1), ("_id", -1)], "by-service")
UNIT_DAY_IS: Final = "state.day"
BY_DAY: Final = Index([(UNIT_DAY_IS, 1), ("_id", 1)], "by-day")
INDEXES: Mapping[str, Sequence[Index]] = {
    CASE.name: [UNIT_WORK, RUNNING_BY, BY_HEAD, BY_UNIT_ASKED, BY_DESK_ASKED, BY_DESK_EVER_ASKED, BY_SERVICE],
    UNIT_DAY.name: [BY_DAY],
}

Place = tuple[str, str]
"""When the case of a list has arrived, and its id."""
NEWEST_FIRST: Final = [(ARRIVED, -1), ("_id", -1)]
MANY: Final = 200
"""More than an officer has tasks at once."""


async def work_of_unit(
    store: Store, unit_id: str, state: TaskState | None, after: str | None, limit: int
) -> list[Stored[Case]]:
    """A unit's cases in handling order, `after` a place in it. No state = all that is open."""
    return await store.find(CASE, unit_work(unit_id, state, after), sort=[("state.order", 1)], limit=limit)


async def work_for_head(
    store: Store, org_id: str, kind: HeadWork | None, after: str | None, limit: int
) -> list[Stored[Case]]:
    """The cases that are work for the head of an agency, in handling order."""
    return await store.find(CASE, for_head(org_id, kind, after), sort=[("state.order", 1)], limit=limit)


async def asked_of_unit(
    store: Store, unit_id: str, state: CoordinationState, after: str, limit: int
) -> list[Stored[Case]]:
    """The cases about which a unit was asked, with an answer in that state, in handling order."""
    return await store.find(CASE, unit_asked(unit_id, state, after), sort=[("state.order", 1)], limit=limit)


async def asked_by_desk(
    store: Store, desk_id: str, state: CoordinationState | None, before: Place | None, limit: int
) -> list[Stored[Case]]:
    """The cases of a desk about which it has asked units, the newest first."""
    return await store.find(CASE, desk_asked(desk_id, state, before), sort=NEWEST_FIRST, limit=limit)


async def arrived_since(
    store: Store, service_id: str, since: datetime, before: Place | None, limit: int
) -> list[Stored[Case]]:
    """The cases of a service that have arrived since a moment, the newest first."""
    return await store.find(CASE, of_service(service_id, since, before), sort=NEWEST_FIRST, limit=limit)


async def oldest_before(store: Store, case: Case, unit_id: str, officers: Collection[Officer]) -> Work | None:
    """The oldest startable task of the unit and priority class whose case arrived before this one (I7).

    `officers`: who works in the unit today. What is assigned to somebody who is away or has left, or has declared a
    conflict since, or withdrawn from the case for one, nobody can start.
    """
    at_work = {officer.id: officer for officer in officers}
    for limit in (1, MANY):
        found = await store.find(CASE, older(case, unit_id, at_work), sort=[("state.order", 1)], limit=limit)
        for stored in found:
            found_case = stored.state
            for work in found_case.work:
                task = work.task
                officer = at_work.get(task.assignee or "")
                if task.unit_id != unit_id or task.state is not TaskState.ASSIGNED or officer is None:
                    continue
                if not officer.in_conflict(*found_case.people) and officer.id not in found_case.withdrew():
                    return work
        if len(found) < limit:
            break
    return None


async def days_from(store: Store, day: date, after: Stored[UnitDay] | None, limit: int) -> list[Stored[UnitDay]]:
    """The days of units of which slots were taken, from that day on: the soonest first, whosever unit it is."""
    return await store.find(UNIT_DAY, unit_days(day, after), sort=SOONEST_FIRST, limit=limit)


SOONEST_FIRST: Final = [(UNIT_DAY_IS, 1), ("_id", 1)]


def unit_days(day: date, after: Stored[UnitDay] | None) -> dict[str, Any]:
    if after is None:
        return {UNIT_DAY_IS: {"$gte": day.isoformat()}}
    last = after.state.day.isoformat()
    return {
        UNIT_DAY_IS: {"$gte": last},
        "$or": [{UNIT_DAY_IS: {"$gt": last}}, {UNIT_DAY_IS: last, "_id": {"$gt": after.id}}],
    }


async def agencies_behind(store: Store, calendar_id: str, version: int) -> list[str]:
    """The agencies with a running Clock that is counted by an older version of the calendar."""
    agencies: list[str] = []
    while True:
        query = behind(calendar_id, version) | {ORG: {"$gt": agencies[-1] if agencies else ""}}
        found = await store.find(CASE, query, sort=[(ORG, 1)], limit=1)
        if not found:
            return agencies
        agencies.append(found[0].state.org_id)


async def count_behind(store: Store, calendar_id: str, version: int, org_id: str) -> int:
    """How many of an agency's running Clocks are counted by an older version; counted up to 100,000."""
    return await store.count(CASE, behind(calendar_id, version) | {ORG: org_id})


async def cases_behind(
    store: Store, calendar_id: str, version: int, org_id: str, after: Stored[Case] | None, limit: int
) -> list[Stored[Case]]:
    """At most `limit` of them, after one in their order: the oldest version first."""
    query = behind(calendar_id, version, after) | {ORG: org_id}
    return await store.find(CASE, query, sort=BEHIND_ORDER, limit=limit)


BEHIND_ORDER: Final = [(VERSION, 1), ("_id", 1)]


def behind(calendar_id: str, version: int, after: Stored[Case] | None = None) -> dict[str, Any]:
    """Running Clocks by an older version of the calendar."""
    wanted: dict[str, Any] = {**RUNNING, CALENDAR: calendar_id, VERSION: {"$lt": version}}
    if after is not None:
        counted_by = after.state.calendar.version
        wanted[VERSION] = {"$gte": counted_by, "$lt": version}
        wanted["$or"] = [{VERSION: {"$gt": counted_by}}, {VERSION: counted_by, "_id": {"$gt": after.id}}]
    return wanted


def unit_work(unit_id: str, state: TaskState | None, after: str | None) -> dict[str, Any]:
    """A case is listed once, whatever of its work is the unit's."""
    states = [state.value] if state else [live.value for live in LIVE]
    mine = {"$elemMatch": {"task.unitId": unit_id, "task.state": {"$in": states}}}
    return {WORK: mine, "state.order": {"$gt": after or ""}}


def for_head(org_id: str, kind: HeadWork | None, after: str | None) -> dict[str, Any]:
    kinds = [kind.value] if kind else [each.value for each in HeadWork]
    line = {"$elemMatch": {"orgId": org_id, "kind": {"$in": kinds}}}
    return {FOR_HEAD: line, f"{FOR_HEAD}.orgId": org_id, "state.order": {"$gt": after or ""}}


def unit_asked(unit_id: str, state: CoordinationState, after: str) -> dict[str, Any]:
    asked = {"$elemMatch": {"unitId": unit_id, "state": state.value}}
    return {COORDINATIONS: asked, ASKED_UNIT: unit_id, "state.order": {"$gt": after}}


def desk_asked(desk_id: str, state: CoordinationState | None, before: Place | None) -> dict[str, Any]:
    wanted: dict[str, Any] = {DESK: desk_id, **EVER_ASKED, **({ASKED_STATE: state.value} if state else {})}
    return wanted | (behind_place(before) if before else {})


def of_service(service_id: str, since: datetime, before: Place | None) -> dict[str, Any]:
    arrived: dict[str, Any] = {"$gte": instant_text(since)}
    wanted: dict[str, Any] = {"state.serviceId": service_id, ARRIVED: arrived}
    if before is None:
        return wanted
    further = behind_place(before)
    return wanted | further | {ARRIVED: arrived | further[ARRIVED]}


def behind_place(place: Place) -> dict[str, Any]:
    """What comes after a place among the newest first."""
    at, id = place
    return {ARRIVED: {"$lte": at}, "$or": [{ARRIVED: {"$lt": at}}, {ARRIVED: at, "_id": {"$lt": id}}]}


def older(case: Case, unit_id: str, officers: Collection[str]) -> dict[str, Any]:
    """Startable cases before the second in which this one arrived: of two in one second neither is older.

    What stands still cannot be started, and nobody passes it by.
    """
    waiting = {
        "task.unitId": unit_id,
        "task.state": TaskState.ASSIGNED.value,
        "task.assignee": {"$in": list(officers)},
    }
    return {
        WORK: {"$elemMatch": waiting},
        **RUNNING,
        "state.order": {"$gt": order_within(case.priority_class), "$lt": case.order.rpartition("|")[0]},
    }
