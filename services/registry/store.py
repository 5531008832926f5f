"""What the registry looks up, and the indexes for it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from services.contracts.counties import STANDING
from services.contracts.entry import Entry, Status
from services.contracts.references import REFERENCES
from services.contracts.registry import ENTRIES, Desk, Kiosk, Officer, Organization, Unit
from services.contracts.routing_rule import RoutingRule
from services.contracts.service_sheet import Offering, Sheet
from services.contracts.snapshot import LEVELS
from services.contracts.working_calendar import WorkingCalendar
from services.registry.domain.calendar_file import CalendarFile
from services.registry.domain.draft import DraftEdition
from services.registry.domain.life import CARRYING, outlives
from services.registry.domain.recording import Edition, edition_id
from services.registry.domain.sheets import SheetFile
from services.registry.handlers import CALENDAR_FILE, EDITIONS, FILES, SHEET_DRAFT, SHEET_FILE
from services.runtime.indexes import Index
from services.runtime.lookups import Stored
from services.runtime.store import Store

E = TypeVar("E", bound=Entry)

FILTERS: dict[type[Entry], tuple[str, ...]] = {
    Unit: ("county",),
    Officer: ("unitId", "deskId"),
    Kiosk: ("county", "partner"),
    Sheet: ("unitId",),
    Offering: ("serviceId",),
    RoutingRule: ("serviceId",),
}
"""By which fields a kind can be listed, besides the organization."""

NAMED_BY: dict[type[Entry], tuple[tuple[type[Entry], str], ...]] = {
    kind: tuple((each.user, each.field) for each in REFERENCES if each.holds and each.kind is kind) for kind in ENTRIES
}
"""Who must not be in force any more when an entry is retired: kind and field. What nobody names is retired freely."""

IN_FILES: tuple[type[Entry], ...] = (Sheet, WorkingCalendar)
"""Kinds whose newest version is a part of what is stored."""

KEPT_TRIES = 100
"""Fiftieths of a second."""
PAGE = 200
MANY = 1_000
"""Read at once; whoever wants all reads on."""
USERS = 20
"""Told of one kind and field; the first is reason enough."""
STAGE = "state.draft"
PLANNED = "planned.status"


def filters_of(kind: type[Entry]) -> tuple[str, ...]:
    return ("orgId", *FILTERS.get(kind, ()))


def path(kind: type[Entry], field: str) -> str:
    """Where a field of the newest version is stored."""
    return f"state.published.{field}" if kind in IN_FILES else f"state.{field}"


ALSO: dict[type[Entry], tuple[str, ...]] = {Kiosk: ("licenceNo", "keys.publicKey"), Desk: ("county",)}
"""What is looked up by, and not listed by."""


def _indexed(kind: type[Entry]) -> tuple[str, ...]:
    named = (field for users in NAMED_BY.values() for user, field in users if user is kind)
    return tuple(dict.fromkeys((*filters_of(kind), *named, *ALSO.get(kind, ()))))


HISTORY = Index([("state.entryId", 1), ("state.version", -1)], name="by-entry")
CALENDAR, DESK = "state.entry.calendarId", "state.entryId"
BY_CALENDAR = Index([(CALENDAR, 1), (DESK, 1)], name="by-calendar")
BY_DRAFT = Index([("state.orgId", 1), ("_id", 1)], name="drafts", partial={STAGE: {"$type": "object"}})

INDEXES: dict[str, list[Index]] = {
    **{
        FILES[kind].name: [Index([(path(kind, field), 1), ("_id", 1)], name=f"by-{field}") for field in _indexed(kind)]
        for kind in ENTRIES
    },
    **{edition.name: [HISTORY] for edition in EDITIONS.values()},
}
INDEXES[EDITIONS[Desk].name].append(BY_CALENDAR)
INDEXES[SHEET_FILE.name].append(BY_DRAFT)
for _kind in CARRYING:
    _planned = path(_kind, PLANNED)
    INDEXES[FILES[_kind].name].append(
        Index([(_planned, 1), ("_id", 1)], name="to-be-retired", partial={_planned: Status.RETIRED.value})
    )
INDEXES[SHEET_DRAFT.name] = [Index([("state.serviceId", 1), ("state.number", -1)], name="by-service")]


def listing(kind: type[Entry], wanted: Mapping[str, str], after: str) -> dict[str, object]:
    """The query for the entries that have all of these fields, behind a place in the order of ids."""
    here: dict[str, object] = {path(kind, field): value for field, value in wanted.items()}
    if kind in IN_FILES and not wanted:
        here["state.published"] = {"$ne": None}
    return {**here, "_id": {"$gt": after}}


def to_be_retired(kind: type[Entry], after: str) -> dict[str, object]:
    """The query for what is planned to be retired, on whatever day."""
    return {path(kind, PLANNED): Status.RETIRED.value, "_id": {"$gt": after}}


def standing_in(kind: type[Entry], county: str) -> dict[str, object]:
    """The query for what is in force, or will be, and names a county."""
    stays, returns = {path(kind, "status"): {"$ne": Status.RETIRED.value}}, {path(kind, PLANNED): Status.ACTIVE.value}
    return {path(kind, "county"): county, "$or": [stays, returns]}


def drafts_of(org_id: str, after: str) -> dict[str, object]:
    return {"state.orgId": org_id, STAGE: {"$type": "object"}, "_id": {"$gt": after}}


def history_of(id: str, before: int) -> dict[str, object]:
    return {"state.entryId": id, "state.version": {"$lt": before}}


def worked_by(calendar_id: str, after: str, but: Iterable[str]) -> dict[str, object]:
    """The query for versions of desks that work by a calendar, behind a desk in the order of ids, of all but some."""
    return {CALENDAR: calendar_id, DESK: {"$gt": after, "$nin": sorted(but)}}


async def formerly_by(store: Store, calendar_id: str) -> list[Desk]:
    """The desks that worked by a calendar and work by another now: what they had promised stands on it (domain 6)."""
    now = [desk.id async for desk in every(store, Desk, {"calendarId": calendar_id})]
    former: list[str] = []
    while True:
        query = worked_by(calendar_id, former[-1] if former else "", now)
        found = await store.find(EDITIONS[Desk], query, sort=[(DESK, 1)], limit=1)
        if not found:
            break
        former.append(found[0].state.entry_id)
    return [desk for desk in await entries(store, [(Desk, id) for id in former]) if isinstance(desk, Desk)]


async def page(store: Store, kind: type[Entry], wanted: Mapping[str, str], after: str, limit: int) -> list[Entry]:
    """At most `limit` entries in the order of their ids."""
    found = await store.find(FILES[kind], listing(kind, wanted, after), sort=[("_id", 1)], limit=limit)
    return [entry for entry in (newest_of(stored) for stored in found) if entry is not None]


async def every(store: Store, kind: type[E], wanted: Mapping[str, str], at_once: int = 0) -> AsyncIterator[E]:
    """All entries of a kind that have these fields, page by page in the order of their ids (domain 12.24)."""
    after, at_once = "", at_once or PAGE
    while True:
        found = await page(store, kind, wanted, after, at_once)
        for entry in found:
            if isinstance(entry, kind):
                yield entry
        if len(found) < at_once:
            return
        after = found[-1].id


def having_keys(public_keys: Sequence[str]) -> dict[str, object]:
    """The query for the offices that have, or had, any of these keys."""
    return {path(Kiosk, "keys.publicKey"): {"$in": list(public_keys)}}


async def holders(store: Store, public_keys: Sequence[str]) -> list[Entry]:
    if not public_keys:
        return []
    found = await store.find(FILES[Kiosk], having_keys(public_keys), limit=MANY)
    return [stored.state for stored in found]


BY_SERVICE = [(path(Offering, "serviceId"), 1), ("_id", 1)]


def offered_for(service_ids: Iterable[str], after: Offering | None) -> dict[str, object]:
    """The query for the channels of some services that are not retired, behind a place in the order `BY_SERVICE`."""
    service = path(Offering, "serviceId")
    wanted: dict[str, object] = {path(Offering, "status"): {"$ne": Status.RETIRED.value}}
    if after is None:
        return {**wanted, service: {"$in": sorted(service_ids)}}
    behind = [{service: {"$gt": after.service_id}}, {"_id": {"$gt": after.id}}]
    return {**wanted, service: {"$in": sorted(id for id in service_ids if id >= after.service_id)}, "$or": behind}


async def offerings_of(store: Store, service_ids: Sequence[str]) -> list[Offering]:
    """Those that are not retired, all of them: service by service, in the order of their ids."""
    found: list[Offering] = []
    while service_ids:
        query = offered_for(service_ids, found[-1] if found else None)
        read = await store.find(FILES[Offering], query, sort=BY_SERVICE, limit=MANY)
        found += [stored.state for stored in read]
        if len(read) < MANY:
            break
    return found


async def newest(store: Store, kind: type[Entry], id: str) -> Entry | None:
    """The newest version; of a service the published one."""
    stored = await store.get(FILES[kind], id)
    return newest_of(stored) if stored else None


def newest_of(stored: Stored[Any]) -> Entry | None:
    """Of a service or a calendar what is published, if anything is."""
    state = stored.state
    entry: Entry | None = state.published if isinstance(state, SheetFile | CalendarFile) else state
    return entry


async def edition(store: Store, kind: type[Entry], id: str, version: int) -> Entry | None:
    """One version of an entry."""
    kept = await _kept(store, kind, id, version)
    return kept.entry if kept else None


async def _kept(store: Store, kind: type[Entry], id: str, version: int) -> Edition | None:
    """A version that was recorded. It is written with the entry's own batch, a moment after who recorded it is told."""
    for _ in range(KEPT_TRIES):
        found = await store.get(EDITIONS[kind], edition_id(id, version))
        entry = await newest(store, kind, id) if found is None else None
        if found is not None or entry is None or entry.version < version:
            return found.state if found else None
        await asyncio.sleep(0.02)
    return None


async def history(store: Store, kind: type[Entry], id: str, before: int, limit: int) -> list[Edition]:
    """The versions of an entry below one, the newest first."""
    entry = await newest(store, kind, id)
    if entry is not None and entry.version < before:
        await _kept(store, kind, id, entry.version)
    found = await store.find(EDITIONS[kind], history_of(id, before), sort=[("state.version", -1)], limit=limit)
    return [stored.state for stored in found]


async def file(store: Store, id: str) -> Stored[SheetFile] | None:
    """A service with its draft, if it is being drafted."""
    return await store.get(SHEET_FILE, id)


async def drafting(store: Store, service_ids: Iterable[str]) -> dict[str, str]:
    """Which agency drafts each of these services, whether it was published or not."""
    ids = list(dict.fromkeys(service_ids))
    found = await store.get_many(SHEET_FILE, ids) if ids else []
    return {stored.id: stored.state.org_id for stored in found}


async def drafts(store: Store, org_id: str, after: str, limit: int) -> list[Stored[SheetFile]]:
    return await store.find(SHEET_FILE, drafts_of(org_id, after), sort=[("_id", 1)], limit=limit)


def drafts_before(service_id: str, before: int) -> dict[str, object]:
    return {"state.serviceId": service_id, "state.number": {"$lt": before}}


async def draft_history(store: Store, service_id: str, before: int, limit: int) -> list[DraftEdition]:
    """The drafts of a service below a number, the newest first."""
    found = await store.find(SHEET_DRAFT, drafts_before(service_id, before), sort=[("state.number", -1)], limit=limit)
    return [stored.state for stored in found]


async def followers(store: Store, id: str) -> tuple[WorkingCalendar, ...]:
    """The calendars that stand on one, directly or through another."""
    found: dict[str, WorkingCalendar] = {}
    names = [id]
    while names:
        stored = await store.get_many(CALENDAR_FILE, names)
        names = [name for each in stored for name in each.state.followers if name not in found and name != id]
        those = await entries(store, [(WorkingCalendar, name) for name in names])
        found |= {entry.id: entry for entry in those if isinstance(entry, WorkingCalendar)}
    return tuple(found.values())


async def behind(store: Store, id: str) -> bool:
    """Whether a calendar that stands on this one has not heard yet what holds by it now."""
    level, met = await store.get_many(CALENDAR_FILE, [id]), {id}
    while level:
        below = {stored.id: stored.state.published for stored in level}
        names = [
            name for name in dict.fromkeys(n for stored in level for n in stored.state.followers) if name not in met
        ]
        level, met = await store.get_many(CALENDAR_FILE, names) if names else [], met.union(names)
        for file in (stored.state for stored in level):
            base = below.get(file.published.base or "") if file.published is not None else None
            if base is not None and file.base_version < base.version:
                return True
    return False


async def users(store: Store, entry: Entry, today: date) -> tuple[str, ...]:
    """What would stand on the entry when it is retired, as `<kind> <id>`; at most twenty of each kind and field."""
    found: dict[str, None] = {}
    for user, field in NAMED_BY[type(entry)]:
        names: list[str] = []
        async for each in every(store, user, {field: entry.id}):
            if outlives(each, entry, today):
                names.append(f"{user.KIND} {each.id}")
            if len(names) == USERS:
                break
        found |= dict.fromkeys(names)
    found.pop(f"{entry.KIND} {entry.id}", None)
    return tuple(found)


async def nowhere(store: Store, counties: Iterable[str]) -> tuple[str, ...]:
    """Those of the counties in which nothing that is recorded stands."""

    async def stands(county: str) -> bool:
        for kind in STANDING:
            if await store.count(FILES[kind], standing_in(kind, county), limit=1):
                return True
        return False

    return tuple([county for county in sorted(counties) if not await stands(county)])


async def entries(store: Store, wanted: Iterable[tuple[type[Entry], str]]) -> list[Entry]:
    """These entries, in their newest versions, as far as there are any."""
    ids: dict[type[Entry], dict[str, None]] = {}
    for kind, id in wanted:
        ids.setdefault(kind, {})[id] = None
    found: list[Entry] = []
    for kind, some in ids.items():
        stored = await store.get_many(FILES[kind], list(some))
        found += [entry for entry in map(newest_of, stored) if entry is not None]
    return found


async def line(store: Store, names: Iterable[str | None]) -> list[Organization]:
    """These agencies and those above them, a level at a time."""
    found: dict[str, Organization] = {}
    wanted = {name for name in names if name}
    for _ in range(LEVELS + 1):
        if not wanted:
            break
        level = await entries(store, [(Organization, name) for name in sorted(wanted)])
        agencies = [entry for entry in level if isinstance(entry, Organization)]
        found |= {agency.id: agency for agency in agencies}
        wanted = {agency.parent for agency in agencies if agency.parent} - found.keys()
    return list(found.values())
