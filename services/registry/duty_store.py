"""What is looked up of deficiencies, directives, inspections and reports, and the indexes for it."""

from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from services.contracts.deficiency import DeficiencyState
from services.contracts.entry import Entry, Status
from services.contracts.registry import Desk, Officer, Organization, Unit
from services.contracts.service_sheet import Offering, Sheet
from services.contracts.snapshot import Snapshot
from services.contracts.wire import instant_text
from services.contracts.working_calendar import WorkingCalendar
from services.registry import store as look_up
from services.registry.domain.concern import Concern
from services.registry.domain.deficiency import Deficiency
from services.registry.domain.directives import Directive
from services.registry.domain.findings import heading
from services.registry.domain.reported import ReportedCase
from services.registry.handlers import CASE, CONCERN, DEFICIENCY, DIRECTIVE, INSPECTION, REPORT
from services.registry.past import entries_at
from services.runtime.indexes import Index
from services.runtime.lookups import Stored
from services.runtime.store import Store

ORG, STATE, DUE, ID = ("state.orgId", 1), ("state.state", 1), ("state.dueAt", 1), ("_id", 1)
PAGE = 200

DUTY_INDEXES: dict[str, list[Index]] = {
    DEFICIENCY.name: [
        Index([ORG, ID], name="by-org"),
        Index([STATE, ID], name="by-state"),
        Index([ORG, STATE, ID], name="by-org-state"),
        Index([DUE, ID], name="by-due"),
        Index([ORG, DUE, ID], name="by-org-due"),
        Index([("state.inspectionIds", 1), ID], name="by-inspection"),
    ],
    CONCERN.name: [Index([ORG, ("state.seen", 1), ID], name="by-org-seen")],
    DIRECTIVE.name: [
        Index([("state.issuer", 1), ID], name="by-issuer"),
        Index([("state.orgs", 1), ID], name="by-org"),
        Index([("state.toRaise", 1)], name="to-raise"),
    ],
    INSPECTION.name: [
        Index([ORG, ID], name="by-org"),
        Index([("state.deskId", 1), ID], name="by-desk"),
    ],
    REPORT.name: [Index([ORG, ID], name="by-org")],
}


@dataclass(frozen=True)
class Wanted:
    """Which deficiencies a list shows. `overdue_at`: whose next step was due by then, the longest overdue first."""

    org_id: str | None = None
    state: DeficiencyState | None = None
    inspection_id: str | None = None
    overdue_at: datetime | None = None


Place = tuple[str, str]
"""Where a list goes on: due time (empty unless overdue ones are listed) and id of the last one shown."""


def listing(wanted: Wanted, after: Place | None) -> tuple[dict[str, object], list[tuple[str, int]]]:
    """The query and its order."""
    query: dict[str, object] = {}
    if wanted.org_id is not None:
        query["state.orgId"] = wanted.org_id
    if wanted.state is not None:
        query["state.state"] = wanted.state.value
    if wanted.inspection_id is not None:
        query["state.inspectionIds"] = wanted.inspection_id
    if wanted.overdue_at is None:
        return {**query, "_id": {"$gt": after[1] if after else ""}}, [ID]
    query["state.dueAt"] = {"$gt": "", "$lte": instant_text(wanted.overdue_at)}
    if after is not None:
        due, id = after
        behind = [{"state.dueAt": {"$gt": due}}, {"state.dueAt": due, "_id": {"$gt": id}}]
        query = {"$and": [query, {"$or": behind}]}
    return query, [DUE, ID]


async def deficiencies(store: Store, wanted: Wanted, after: Place | None, limit: int) -> list[Stored[Deficiency]]:
    query, order = listing(wanted, after)
    return await store.find(DEFICIENCY, query, sort=order, limit=limit)


def open_within(org_id: str, begins: datetime, ends: datetime, after: str) -> dict[str, object]:
    """An agency's deficiencies that were open at some moment of a span."""
    return {
        "state.orgId": org_id,
        "state.reportedAt": {"$lt": instant_text(ends)},
        "$or": [{"state.verifiedAt": None}, {"state.verifiedAt": {"$gte": instant_text(begins)}}],
        "_id": {"$gt": after},
    }


async def open_in(store: Store, org_id: str, begins: datetime, ends: datetime) -> tuple[str, ...]:
    """The ids of all of them, however many there are."""
    found: list[str] = []
    while True:
        query = open_within(org_id, begins, ends, found[-1] if found else "")
        page = await store.find(DEFICIENCY, query, sort=[ID], limit=PAGE)
        found += [stored.id for stored in page]
        if len(page) < PAGE:
            return tuple(found)


def seen_concerns(org_id: str, after: str) -> dict[str, object]:
    return {"state.orgId": org_id, "state.seen": True, "_id": {"$gt": after}}


async def concerns_of(store: Store, org_id: str) -> AsyncIterator[Concern]:
    """The faults of an agency that were there when they were last looked for."""
    after = ""
    while True:
        page = await store.find(CONCERN, seen_concerns(org_id, after), sort=[ID], limit=PAGE)
        for stored in page:
            yield stored.state
        if len(page) < PAGE:
            return
        after = page[-1].id


WAITING: dict[str, object] = {"state.toRaise": {"$gt": ""}}
"""Directives and cases of which something waits to be raised: asked every second, and answered by its own index."""


def waiting(but: Collection[str]) -> dict[str, object]:
    return {**WAITING, "_id": {"$nin": sorted(but)}} if but else WAITING


async def fallen_due(store: Store, but: Collection[str]) -> list[Stored[Directive]]:
    """Directives with agencies that were silent too long and have no deficiency for it yet."""
    return await store.find(DIRECTIVE, waiting(but), limit=PAGE)


async def troubled_cases(store: Store, but: Collection[str]) -> list[Stored[ReportedCase]]:
    """Cases of which some concern has not heard yet."""
    return await store.find(CASE, waiting(but), limit=PAGE)


def broken_since(service_id: str, since: datetime) -> dict[str, object]:
    return {"state.serviceId": service_id, "state.brokenAt": {"$gte": instant_text(since)}}


async def count_broken(store: Store, service_id: str, since: datetime, enough: int) -> int:
    """How many cases of a service had a promise broken since then, as far as that is not enough."""
    return await store.count(CASE, broken_since(service_id, since), limit=enough)


def directives_of(issuer: str | None, org_id: str | None, after: str) -> dict[str, object]:
    query: dict[str, object] = {"_id": {"$gt": after}}
    if issuer is not None:
        query["state.issuer"] = issuer
    if org_id is not None:
        query["state.orgs"] = org_id
    return query


def of_org(org_id: str | None, desk_id: str | None, after: str) -> dict[str, object]:
    """Inspections or reports of an agency, or inspections of a desk."""
    query: dict[str, object] = {"_id": {"$gt": after}}
    if org_id is not None:
        query["state.orgId"] = org_id
    if desk_id is not None:
        query["state.deskId"] = desk_id
    return query


async def below(store: Store, org_id: str) -> tuple[str, ...]:
    """The agencies under one, at any depth, that are there: one that is suspended is, and comes back (domain 3).

    In the order of their ids, level by level.
    """
    found: dict[str, bool] = {}
    parents = [org_id]
    while parents:
        children: dict[str, bool] = {}
        for parent in parents:
            async for agency in look_up.every(store, Organization, {"parent": parent}):
                if agency.id not in found and agency.id != org_id:
                    children[agency.id] = agency.status in (Status.ACTIVE, Status.SUSPENDED)
        found |= children
        parents = list(children)
    return tuple(id for id, is_there in found.items() if is_there)


async def around_agency(store: Store, org_id: str | None, others: Iterable[tuple[type[Entry], str]] = ()) -> Snapshot:
    """An agency, those above it, the calendars of their desks, and whatever else is named."""
    around = Snapshot().with_entries(await look_up.entries(store, others))
    agencies = await look_up.line(store, [org_id])
    around = around.with_entries(
        [*agencies, *await look_up.entries(store, [(Desk, agency.desk_id) for agency in agencies])]
    )
    desks = [desk for agency in agencies if (desk := around.desk(agency.desk_id)) is not None]
    return around.with_entries(await look_up.entries(store, [(WorkingCalendar, desk.calendar_id) for desk in desks]))


async def desk_at(store: Store, id: str, moment: datetime) -> Snapshot:
    """A desk as it was then, and `with_heads`."""
    desks = [entry for entry in await entries_at(store, [(Desk, id)], moment) if isinstance(entry, Desk)]
    return await with_heads(store, Snapshot().with_entries(desks), desks, moment)


async def with_heads(store: Store, around: Snapshot, desks: Iterable[Desk], moment: datetime | None = None) -> Snapshot:
    """Also who heads these desks, those whose authority they have, the services that it is for, and the units that do
    their work: now, or then."""

    async def found(wanted: Iterable[tuple[type[Entry], str]]) -> list[Entry]:
        return await (look_up.entries(store, wanted) if moment is None else entries_at(store, wanted, moment))

    heads = await found([(Officer, id) for desk in desks for id in heading(desk)])
    held = [authority for head in heads if isinstance(head, Officer) for authority in head.authorities]
    sources: list[tuple[type[Entry], str]] = [(Officer, each.delegated_by) for each in held if each.delegated_by]
    services = await found([(Sheet, each.service_id) for each in held])
    units = await found([(Unit, sheet.unit_id) for sheet in services if isinstance(sheet, Sheet)])
    return around.with_entries([*heads, *await found(sources), *services, *units])


async def every_offering_of(store: Store, sheet: Sheet) -> list[Offering]:
    """All of them, also the retired: what went wrong with one is told of it still."""
    return [offering async for offering in look_up.every(store, Offering, {"serviceId": sheet.id})]
