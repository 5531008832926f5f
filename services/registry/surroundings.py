"""What a rule has to know of other entries: looked up before it decides, and given to it with what is asked."""

from datetime import date

from services.contracts.counties import counties_of
from services.contracts.entry import Entry, Status
from services.contracts.references import references
from services.contracts.registry import Desk, Kiosk, Officer, Organization, Partner, Unit
from services.contracts.routable import named_units
from services.contracts.routing_rule import RoutingRule
from services.contracts.service_sheet import Offering, Sheet
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import WorkingCalendar
from services.registry.domain.calendar_base import LAYERS
from services.registry.domain.calendar_holidays import ImportHolidays
from services.registry.domain.calendars import AddExceptions, ConfirmException, WithdrawException
from services.registry.domain.draft import SheetDraft
from services.registry.domain.life import ChangeLife, opens
from services.registry.domain.recording import Around
from services.registry.domain.sheets import SheetFile, completed
from services.registry.in_use import in_use
from services.registry.promises import Promises, answering
from services.registry.reaching import behind, staff
from services.registry.store import (
    drafting,
    entries,
    every,
    followers,
    holders,
    line,
    newest,
    nowhere,
    offerings_of,
)
from services.runtime.store import Store

CalendarCommand = AddExceptions | ConfirmException | WithdrawException | ImportHolidays


async def of_wish(
    store: Store, promises: Promises, kind: type[Entry], wish: Entry, by: str | None, today: date
) -> Around:
    """Of an entry that somebody records. Raises Problem INTAKE_AWAY (503)."""
    with answering():
        wanted = _lived(await newest(store, kind, wish.id), wish)
        named_by = await in_use(store, promises, wanted, today) if ends(wish) else ()
    around = await of_entry(store, wish)
    if isinstance(wish, Desk | Kiosk | Unit | WorkingCalendar):
        around = around.with_entries(await line(store, [wish.org_id]))
    if isinstance(wish, Kiosk):
        around = around.with_entries(await holders(store, [key.public_key for key in wish.keys]))
    if isinstance(wish, Organization):
        around = around.with_entries(await line(store, [wish.parent]))
    if by is not None:
        around = around.with_entries(await deciding(store, wish, by))
    drafts: dict[str, str] = {}
    if isinstance(wish, Offering | Officer) and by is not None:
        drafts = await drafting(store, [id for reference, id in references(wish) if reference.kind is Sheet])
        around = around.with_entries(await line(store, drafts.values()))
    if isinstance(wish, WorkingCalendar):
        around = around.with_entries(await _of_calendar(store, wish))
    newly: frozenset[str] = frozenset()
    if isinstance(wish, Offering | WorkingCalendar | RoutingRule) and by is not None:
        newly = counties_of(wish) - counties_of(await newest(store, kind, wish.id))
    return Around(users=named_by, entries=around, drafts=drafts, nowhere=await nowhere(store, newly))


async def of_days(store: Store, calendar: WorkingCalendar, command: CalendarCommand) -> Around:
    """Of a command on the days of a calendar."""
    decide = await deciding(store, calendar, command.officer_id)
    days = command.exceptions if isinstance(command, AddExceptions) else ()
    named = {county for day in days for county in day.counties}
    return Around(entries=Snapshot().with_entries(decide), nowhere=await nowhere(store, named))


def ends(wish: Entry) -> bool:
    """Whether it may be that it is retired by this, today or on a day ahead; with no status said, it stays retired."""
    said = wish.model_fields_set
    if "planned" in said and "status" not in said:
        return True
    return wish.status is Status.RETIRED or any(plan.status is Status.RETIRED for plan in wish.planned)


def _lived(known: Entry | None, wish: Entry) -> Entry:
    """What is there, with the status and plans that the wish says."""
    said = {name: getattr(wish, name) for name in {"status", "planned"} & wish.model_fields_set}
    return known.model_copy(update=said) if known is not None else wish


async def of_entry(store: Store, entry: Entry) -> Snapshot:
    """What the entry names; the other offices with its licence; the other rules of its service."""
    found = await entries(store, ((reference.kind, id) for reference, id in references(entry)))
    if isinstance(entry, Kiosk):
        found += [office async for office in every(store, Kiosk, {"licenceNo": entry.licence_no})]
    if isinstance(entry, RoutingRule):
        found += await _of_rule(store, entry, Snapshot().with_entries(found))
    return Snapshot().with_entries(found)


async def _of_rule(store: Store, rule: RoutingRule, named: Snapshot) -> list[Entry]:
    """The rules of its service, the unit of the sheet, and who works in the units that it names."""
    found: list[Entry] = [each async for each in every(store, RoutingRule, {"serviceId": rule.service_id})]
    sheet = named.sheet(rule.service_id)
    found += await entries(store, [(Unit, sheet.unit_id)]) if sheet else []
    for _, unit_id in named_units(rule):
        found += await staff(store, unit_id)
    return found


async def deciding(store: Store, entry: Entry | None, officer_id: str) -> list[Entry]:
    """Who decides about an entry: the officer, the agency that owns it with its desk, where somebody may stand in for
    its head, and those above; also an agency to be, and whose the partner of an office is.
    """
    officers = await entries(store, [(Officer, officer_id)])
    if entry is None:
        return officers
    partners = await entries(store, [(Partner, entry.partner)]) if isinstance(entry, Kiosk) else []
    above = entry.parent if isinstance(entry, Organization) else None
    agencies = await line(store, [entry.org_id, above, *(partner.org_id for partner in partners)])
    desks = [(Desk, agency.desk_id) for agency in agencies if agency.id == entry.org_id]
    return [*officers, *partners, *agencies, *await entries(store, desks)]


async def of_publication(store: Store, file: SheetFile, officer_id: str, today: date) -> Around:
    """Of a draft that is to be published, and the counties of its channels."""
    sheet = completed(file, file.draft)[0] if file.draft else None
    content = file.draft.content if file.draft else SheetDraft(id=file.id, org_id=file.org_id)
    around = await _of_sheet(store, content, sheet, today)
    return await _counties(store, around.with_entries(await entries(store, [(Officer, officer_id)])), today)


async def of_life(store: Store, known: Entry | None, status: Status, command: ChangeLife, today: date) -> Around:
    """Of an entry whose status somebody changes."""
    if isinstance(known, Sheet) and status is Status.ACTIVE:
        return await of_return(store, known, command.officer_id, command.since or today)
    around = await of_entry(store, known) if known is not None else Snapshot()
    return Around(entries=around.with_entries(await deciding(store, known, command.officer_id)))


async def of_return(store: Store, sheet: Sheet, officer_id: str, day: date) -> Around:
    """Of a published sheet that is to come back on a day: the same, and who decides about it."""
    around = await _of_sheet(store, sheet, sheet, day)
    return await _counties(store, around.with_entries(await deciding(store, sheet, officer_id)), day)


async def _counties(store: Store, around: Snapshot, day: date) -> Around:
    """Also in which counties of the channels that are open on that day, or later as planned, nothing stands."""
    open_ = [entry for entry in around.every() if isinstance(entry, Offering) and opens(entry, day)]
    return Around(entries=around, nowhere=await nowhere(store, frozenset[str]().union(*map(counties_of, open_))))


async def _of_sheet(store: Store, content: SheetDraft | Sheet, sheet: Sheet | None, day: date) -> Snapshot:
    """All that serving it has to know of others: what it names, its unit's officers, its offerings.

    And who stands behind them on that day.
    """
    wanted: list[tuple[type[Entry], str]] = [(Organization, content.org_id)]
    wanted += [(reference.kind, id) for reference, id in references(sheet)] if sheet else []
    wanted += [(Unit, content.unit_id)] if content.unit_id else []
    offerings = await offerings_of(store, [content.id])
    around = Snapshot().with_entries([*await entries(store, wanted), *offerings])
    unit = around.unit(content.unit_id)
    agencies = [content.org_id, *([unit.org_id] if unit else [])]
    around = around.with_entries(await behind(store, agencies, offerings, day))
    if unit is None:
        return around
    around = around.with_entries([*await staff(store, unit.id), *await line(store, [unit.org_id])])
    agency = around.organization(unit.org_id)
    around = around.with_entries(await entries(store, [(Desk, agency.desk_id)]) if agency else ())
    desk = around.desk(agency.desk_id) if agency else None
    return around.with_entries(await entries(store, [(WorkingCalendar, desk.calendar_id)]) if desk else ())


async def _of_calendar(store: Store, calendar: WorkingCalendar) -> list[Entry]:
    """What it would stand on, and what stands on it."""
    below: dict[str, Entry] = {}
    base = calendar.base
    while base is not None and base not in below and len(below) <= LAYERS:
        found = await newest(store, WorkingCalendar, base)
        if not isinstance(found, WorkingCalendar):
            break
        below[base], base = found, found.base
    return [*await followers(store, calendar.id), *below.values()]
