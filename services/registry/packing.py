"""Counts a month of an agency from what is stored, and prints it: what goes into a revision of its pack (domain 11)."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from services.contracts.decision import Refused
from services.contracts.registry import Desk, Unit
from services.contracts.wire import instant_text
from services.contracts.working_calendar import CalendarRef, WorkingCalendar
from services.registry import store as look_up
from services.registry.domain.inspections import Inspection
from services.registry.domain.month import span
from services.registry.domain.packs import Count, Pack, revision_id
from services.registry.domain.remediation import report_id
from services.registry.domain.reported import ReportedCase, channel_at
from services.registry.domain.work_reported import ReportedWork
from services.registry.duty_store import ID, of_org, open_within
from services.registry.editions import editions_of
from services.registry.handlers import CASE, DEFICIENCY, DEMAND, INSPECTION, PACK_REVISION, REPORT, VISIT, WORK
from services.registry.pack.case_figures import Counts
from services.registry.pack.cases import Cases
from services.registry.pack.content import Content, Month, Visits, content_of, hash_of
from services.registry.pack.duties import Deficiencies
from services.registry.pack.entries import Entries, Standing
from services.registry.pack.printing import Stamp, printed, told_everybody
from services.registry.pack.work import WorkCounts
from services.registry.past import entries_at
from services.registry.report_store import LAST, cases_since, demands_in, visits_on
from services.runtime.entity import Entity
from services.runtime.store import Store
from services.worktime import Calendar, WorktimeError
from services.worktime.jalali import civil_day
from services.worktime.published import calendar_of

PAGE = 200
"""Cases between two turns of others: about 10 ms of work."""
MANY = 100_000
LEFT_OPEN = timedelta(days=7)
"""A visit ends with its day, or soon after: later only where intake was down."""
KEPT_TRIES = 100
"""Fiftieths of a second."""
SECOND = timedelta(seconds=1)
"""Moments are whole seconds."""

Reported = TypeVar("Reported", ReportedCase, ReportedWork)


async def count(store: Store, pack: Pack, now: datetime, by: str | None) -> Count:
    """The month as it stands in the store, printed as the pack's next revision.

    Raises StoreAway, Refused as `counted`, OVERTAKEN.
    """
    content = await counted(store, pack.org_id, pack.month)
    number = len(pack.revisions) + 1
    stamp = Stamp(number=number, sha256=hash_of(content), at=now, by=by)
    before = [await _told_before(store, pack.id, each.number) for each in pack.revisions]
    prints = await asyncio.to_thread(printed, content, stamp, before)
    return Count(number=number, sha256=stamp.sha256, at=now, late=pack.late, prints=prints)


async def _told_before(store: Store, pack_id: str, number: int) -> Content:
    """What a former revision told everybody. It is written a moment after the pack says that there is one."""
    for _ in range(KEPT_TRIES):
        kept = await store.get(PACK_REVISION, revision_id(pack_id, number))
        if kept is not None:
            return told_everybody(kept.state)
        await asyncio.sleep(0.02)
    raise Refused("OVERTAKEN", "the revision before is not there yet; ask again")


async def counted(store: Store, org_id: str, month: str) -> Content:
    """The content of a pack. Raises StoreAway, Refused NOT_KNOWN_YET: whoever was not recorded yet had no desks."""
    begins, ends = span(month)
    cases = await _cases(store, org_id, begins, ends)
    work = await _work(store, org_id, begins, ends)
    officers = cases.officers.keys() | work.officers
    entries = Entries(org_id, await editions_of(store, org_id, ends, cases.services, officers))
    if not entries.knew_agency(ends):
        raise Refused("NOT_KNOWN_YET", "the registry did not know the agency yet when that month ended")
    standing = Standing(entries, org_id, month)
    report = await store.get(REPORT, report_id(org_id, month))
    return content_of(
        Month(
            org_id=org_id,
            month=month,
            standing=standing,
            cases=cases,
            work=work,
            units=await _names(store, work.units, ends - SECOND),
            deficiencies=await _deficiencies(store, org_id, begins, ends),
            inspections=tuple([each async for each in _inspections(store, org_id)]),
            report=report.state if report else None,
            visits=await _visits(store, org_id, begins, ends),
            demands=await store.count(DEMAND, demands_in(org_id, begins, ends), limit=MANY),
        )
    )


async def _cases(store: Store, org_id: str, begins: datetime, ends: datetime) -> Counts:
    calendars = Calendars(store, ends - SECOND)
    cases = Cases(begins, ends, calendars.of)
    async for page in _pages(store, CASE, org_id, begins):
        await calendars.learn(page)
        for case in page:
            if case.filed_at < ends:
                cases.add(case)
    return cases.counts


async def _work(store: Store, org_id: str, begins: datetime, ends: datetime) -> WorkCounts:
    counts = WorkCounts(begins, ends)
    async for page in _pages(store, WORK, org_id, begins):
        cases = await store.get_many(CASE, [work.request_id for work in page])
        channels = {each.id: channel_at(each.state, ends) for each in cases}
        for work in page:
            counts.add(work, channels.get(work.request_id))
    return counts


async def _names(store: Store, units: Collection[str], then: datetime) -> dict[str, str]:
    found = await entries_at(store, [(Unit, id) for id in sorted(units)], then)
    return {unit.id: unit.name for unit in found if isinstance(unit, Unit)}


async def _pages(
    store: Store, entity: Entity[Reported], org_id: str, begins: datetime
) -> AsyncIterator[list[Reported]]:
    """All cases, or the work on them, of which something has happened since then, each once.

    One that moves meanwhile goes to the end of the order, never back: it may come twice and is never missed.
    """
    seen: set[str] = set()
    after: tuple[str, str] | None = None
    while True:
        found = await store.find(entity, cases_since(org_id, begins, after), sort=LAST, limit=PAGE)
        yield [each.state for each in found if each.id not in seen]
        if len(found) < PAGE:
            return
        seen.update(each.id for each in found)
        after = (instant_text(found[-1].state.last_at), found[-1].id)


class Calendars:
    """The calendars that promises name, in the versions they name, each for the county of a desk as it was then.

    A case may have been filed at the desk of any agency. Each calendar and each desk is looked up once.
    """

    def __init__(self, store: Store, then: datetime) -> None:
        self._store, self._then = store, then
        self._known: dict[tuple[str, int], WorkingCalendar | None] = {}
        self._counties: dict[str, str | None] = {}

    async def learn(self, cases: Sequence[ReportedCase]) -> None:
        named = {(each.calendar.id, each.calendar.version) for case in cases for each in case.promises}
        for id, version in sorted(named - self._known.keys()):
            entry = await look_up.edition(self._store, WorkingCalendar, id, version)
            self._known[id, version] = entry if isinstance(entry, WorkingCalendar) else None
        new = sorted({case.desk_id for case in cases} - self._counties.keys())
        desks = await entries_at(self._store, [(Desk, id) for id in new], self._then)
        found = {desk.id: desk.county for desk in desks if isinstance(desk, Desk)}
        self._counties |= {id: found.get(id) for id in new}

    def of(self, ref: CalendarRef, desk_id: str) -> Calendar | None:
        entry = self._known.get((ref.id, ref.version))
        try:
            return calendar_of(entry, self._counties[desk_id]) if entry else None
        except WorktimeError:
            return None


async def _deficiencies(store: Store, org_id: str, begins: datetime, ends: datetime) -> Deficiencies:
    found = Deficiencies(begins, ends)
    after = ""
    while True:
        page = await store.find(DEFICIENCY, open_within(org_id, begins, ends, after), sort=[ID], limit=PAGE)
        for stored in page:
            found.add(stored.state)
        if len(page) < PAGE:
            return found
        after = page[-1].id


async def _inspections(store: Store, org_id: str) -> AsyncIterator[Inspection]:
    after = ""
    while True:
        page = await store.find(INSPECTION, of_org(org_id, None, after), sort=[ID], limit=PAGE)
        for stored in page:
            yield stored.state
        if len(page) < PAGE:
            return
        after = page[-1].id


async def _visits(store: Store, org_id: str, begins: datetime, ends: datetime) -> Visits:
    """A day at a time, from some days before on: of those the visits that the month before left open."""
    visits, day = Visits(begins, ends), civil_day(begins) - LEFT_OPEN
    while day < civil_day(ends):
        found = await store.find(VISIT, visits_on(org_id, day), limit=MANY)
        visits.add(stored.state for stored in found)
        day += timedelta(days=1)
    return visits
