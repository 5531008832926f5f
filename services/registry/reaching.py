"""Who serves a service, as the store has it: officers of its unit, desks of its agencies, offices of its counties."""

from collections.abc import Iterable
from datetime import date

from services.contracts.entry import Entry
from services.contracts.reachable import is_kiosks, serves
from services.contracts.registry import Desk, Kiosk, Officer, Organization, Partner, Unit
from services.contracts.service_sheet import Offering, Sheet
from services.contracts.snapshot import Snapshot
from services.registry import store as look_up
from services.registry.domain.life import as_of
from services.runtime.store import Store

A_FEW = 20
"""Offices read at once: most often one of the first serves."""


async def behind_sheet(store: Store, sheet: Sheet, offerings: Iterable[Offering], today: date) -> Snapshot:
    """Its unit, that one's agency and officers, who is responsible, and all that `behind` finds."""
    named = await look_up.entries(store, [(Unit, sheet.unit_id), (Officer, sheet.responsible_officer_id)])
    agencies = [sheet.org_id, *(entry.org_id for entry in named if isinstance(entry, Unit))]
    named += await look_up.entries(store, [(Organization, agency) for agency in agencies])
    named += await staff(store, sheet.unit_id)
    return Snapshot().with_entries([*named, *await behind(store, agencies, offerings, today)])


async def behind(store: Store, agencies: Iterable[str], offerings: Iterable[Offering], day: date) -> list[Entry]:
    """The desks of the agencies; and for each offering of kiosks one office that serves on that day, if any does.

    All as they are now: what is planned until that day is still to be carried out.
    """
    found: list[Entry] = []
    for agency in dict.fromkeys(agencies):
        found += [desk async for desk in look_up.every(store, Desk, {"orgId": agency})]
    at_kiosks = [each for each in offerings if is_kiosks(each) and as_of(each, day).in_force(day)]
    if at_kiosks:
        partners = [partner async for partner in look_up.every(store, Partner, {})]
        found += partners
        then = Snapshot().with_entries(as_of(partner, day) for partner in partners)
        for offering in at_kiosks:
            found += await _office(store, offering, then, day)
    return found


async def staff(store: Store, unit_id: str) -> list[Entry]:
    """The officers of a unit, and those who have lent them an authority."""
    officers = [officer async for officer in look_up.every(store, Officer, {"unitId": unit_id})]
    lenders = [each.delegated_by for officer in officers for each in officer.authorities if each.delegated_by]
    return [*officers, *await look_up.entries(store, [(Officer, lender) for lender in lenders])]


async def _office(store: Store, offering: Offering, partners: Snapshot, day: date) -> list[Entry]:
    for wanted in [{"county": county} for county in offering.counties] or [{}]:
        async for office in look_up.every(store, Kiosk, wanted, A_FEW):
            if serves(as_of(office, day), offering, partners, day):
                return [office]
    return []
