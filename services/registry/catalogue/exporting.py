"""The published catalogue as a file, in pieces: a page of services is read, written out and forgotten."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from datetime import date

from services.contracts.entry import Entry, Status
from services.contracts.registry import Desk, Officer, Organization, Unit
from services.contracts.service_sheet import Offering, Sheet
from services.contracts.working_calendar import WorkingCalendar
from services.registry import store as look_up
from services.registry.catalogue.cpsv.writing import Written
from services.registry.catalogue.formats import Format
from services.registry.catalogue.hours import hours_in_words
from services.registry.catalogue.listed import Authority, Catalogue, Service, Surroundings
from services.registry.catalogue.table.writing import CsvRows, Workbook
from services.runtime.store import Store

AT_ONCE = 50
"""Services between two turns of others: about 20 ms of work."""


async def exported(store: Store, format: Format, org_id: str | None, today: date) -> AsyncIterator[bytes]:
    """The file, in pieces. Raises CellTooLong, for a workbook, before the first piece."""
    pages = _pages(store, org_id, today)
    if format is Format.XLSX:
        async for piece in _workbook(pages):
            yield piece
        return
    if format is Format.CSV:
        rows = CsvRows()
        async for services, _ in pages:
            yield rows.add(services)
        yield rows.add(())
        return
    written, around = Written(), Surroundings()
    async for services, around in pages:
        yield written.add(services, around)
    yield written.end(around)


async def described(store: Store, sheet: Sheet, today: date) -> Catalogue:
    """One service with what must be known of others."""
    around = await _around(store, [sheet], await _agencies(store, today))
    offerings = await look_up.offerings_of(store, [sheet.id])
    return Catalogue((Service(sheet, tuple(offerings)),), around)


async def _workbook(pages: AsyncIterator[tuple[list[Service], Surroundings]]) -> AsyncIterator[bytes]:
    with tempfile.TemporaryFile() as file:
        book = await asyncio.to_thread(Workbook, file)
        async for services, _ in pages:
            await asyncio.to_thread(book.add, services)
        await asyncio.to_thread(book.close)
        file.seek(0)
        while piece := file.read(1 << 16):
            yield piece


async def _pages(store: Store, org_id: str | None, today: date) -> AsyncIterator[tuple[list[Service], Surroundings]]:
    """Services in the order of their ids, without those that are retired. At least one page, if an empty one."""
    agencies = await _agencies(store, today)
    wanted = {} if org_id is None else {"orgId": org_id}
    after, more = "", True
    while more:
        found = [e for e in await look_up.page(store, Sheet, wanted, after, AT_ONCE) if isinstance(e, Sheet)]
        more = len(found) == AT_ONCE
        after = found[-1].id if found else after
        sheets = [sheet for sheet in found if sheet.status is not Status.RETIRED]
        offerings: dict[str, list[Offering]] = {}
        for offering in await look_up.offerings_of(store, [sheet.id for sheet in sheets]):
            offerings.setdefault(offering.service_id, []).append(offering)
        services = [Service(sheet, tuple(offerings.get(sheet.id, ()))) for sheet in sheets]
        yield services, await _around(store, sheets, agencies)


async def _agencies(store: Store, today: date) -> Surroundings:
    """All agencies, with the hours of their permanent desks. There are hundreds, not thousands."""
    agencies = [agency async for agency in look_up.every(store, Organization, {})]
    desks = {
        e.id: e for e in await look_up.entries(store, [(Desk, a.desk_id) for a in agencies]) if isinstance(e, Desk)
    }
    wanted = [(WorkingCalendar, desk.calendar_id) for desk in desks.values()]
    words = {
        calendar.id: hours_in_words(calendar, today)
        for calendar in await look_up.entries(store, wanted)
        if isinstance(calendar, WorkingCalendar)
    }
    roots = [agency.id for agency in agencies if agency.parent is None]
    return Surroundings(
        authorities={a.id: Authority(a.id, a.name, a.province, a.name_en) for a in agencies},
        hours={
            agency.id: words[desk.calendar_id]
            for agency in agencies
            if (desk := desks.get(agency.desk_id)) is not None and words.get(desk.calendar_id)
        },
        publisher=roots[0] if roots else None,
    )


async def _around(store: Store, sheets: list[Sheet], agencies: Surroundings) -> Surroundings:
    wanted: list[tuple[type[Entry], str]] = [(Unit, sheet.unit_id) for sheet in sheets]
    wanted += [(Officer, sheet.responsible_officer_id) for sheet in sheets]
    parties: dict[str, str] = {}
    for entry in await look_up.entries(store, wanted):
        if isinstance(entry, Unit):
            parties[f"unit:{entry.id}"] = entry.name
        elif isinstance(entry, Officer):
            parties[f"officer:{entry.id}"] = entry.post
    return Surroundings(agencies.authorities, parties, agencies.hours, agencies.publisher)
