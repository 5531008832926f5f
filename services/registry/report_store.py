"""What is looked up for reports: cases, the work on them, visits and illegal demands of an agency and a span, packs;
and the indexes."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from services.contracts.wire import instant_text
from services.registry.domain.packs import Pack
from services.registry.handlers import CASE, DEMAND, PACK, VISIT, WORK
from services.registry.visit_report import BY_ORG_DAY
from services.runtime.indexes import Index
from services.runtime.lookups import Stored
from services.runtime.store import Store

ORG, ID = ("state.orgId", 1), ("_id", 1)
LAST = [("state.lastAt", 1), ID]
SEVERAL = 20

WAITING = {"state.lateAt": {"$gt": ""}}
"""Packs of which something came late."""
BROKEN, TO_RAISE = {"state.brokenAt": {"$gt": ""}}, {"state.toRaise": {"$gt": ""}}
"""Few cases: of most nothing is to be raised."""

OPEN = {"state.standsOn": {"$gt": ""}}
"""Of a case that has ended nothing is said: it leaves the index."""

REPORT_INDEXES: Mapping[str, list[Index]] = {
    CASE.name: [
        Index([ORG, *LAST], name="by-org-last"),
        Index([("state.toRaise", 1)], name="to-raise", partial=TO_RAISE),
        Index([("state.standsOn", 1)], name="open-on", partial=OPEN),
        Index([("state.serviceId", 1), ("state.brokenAt", 1)], name="broken", partial=BROKEN),
    ],
    WORK.name: [Index([ORG, *LAST], name="by-org-last")],
    DEMAND.name: [Index([ORG, ("state.at", 1)], name="by-org-at")],
    VISIT.name: [BY_ORG_DAY],
    PACK.name: [
        Index([ORG, ("state.month", -1)], name="by-org-month"),
        Index([("state.lateAt", 1)], name="late", partial=WAITING),
    ],
}


def cases_since(org_id: str, begins: datetime, after: tuple[str, str] | None) -> dict[str, object]:
    """Cases of an agency, or the work on them, of which something has happened since then.

    `after`: behind a place in the order of `LAST`.
    """
    if after is None:
        return {"state.orgId": org_id, "state.lastAt": {"$gte": instant_text(begins)}}
    last, id = after
    behind = [{"state.lastAt": {"$gt": last}}, {"state.lastAt": last, "_id": {"$gt": id}}]
    return {"state.orgId": org_id, "state.lastAt": {"$gte": last}, "$or": behind}


def open_on(place: str) -> dict[str, object]:
    """Open cases that stand on an entry (`reported.place`)."""
    return {"state.standsOn": place}


def demands_in(org_id: str, begins: datetime, ends: datetime) -> dict[str, object]:
    return {"state.orgId": org_id, "state.at": {"$gte": instant_text(begins), "$lt": instant_text(ends)}}


def visits_on(org_id: str, day: date) -> dict[str, object]:
    return {"state.orgId": org_id, "state.day": day.isoformat()}


def packs_of(org_id: str, before: str) -> dict[str, object]:
    """Of an agency, those of months before one."""
    return {"state.orgId": org_id, "state.month": {"$lt": before}}


NEWEST_MONTH = [("state.month", -1)]


async def packs(store: Store, org_id: str, before: str, limit: int) -> list[Stored[Pack]]:
    """The newest month first."""
    return await store.find(PACK, packs_of(org_id, before), sort=NEWEST_MONTH, limit=limit)


def late_since(moment: datetime, but: Collection[str]) -> dict[str, object]:
    wanted: dict[str, object] = {"state.lateAt": {"$gt": "", "$lte": instant_text(moment)}}
    return {**wanted, "_id": {"$nin": sorted(but)}} if but else wanted


async def late_packs(store: Store, moment: datetime, but: Collection[str]) -> list[Stored[Pack]]:
    """Packs for which something has waited since that moment or longer, without those that are passed over."""
    return await store.find(PACK, late_since(moment, but), sort=[("state.lateAt", 1)], limit=SEVERAL)
