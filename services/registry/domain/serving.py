"""Whether a sheet can be served: all that stands in the way of publishing it, or of its coming back (domain 10)."""

from collections.abc import Iterator
from datetime import date, timedelta

from services.contracts.counties import nothing_in
from services.contracts.decision import Refused
from services.contracts.entry import Entry, Status
from services.contracts.flaws import flaws
from services.contracts.references import references
from services.contracts.registry import Unit
from services.contracts.servable import contradictions, hindrances, understaffed, unreachable
from services.contracts.service_sheet import Offering, Sheet
from services.contracts.snapshot import Snapshot
from services.registry.domain import life
from services.registry.domain.draft import SheetDraft


def refused(reasons: list[str]) -> Refused:
    reasons = list(dict.fromkeys(reasons))
    return Refused("CANNOT_BE_SERVED", "the sheet cannot be served as it is", status=422, reasons=reasons)


def comes_back(known: Sheet, day: date) -> bool:
    """Whether it is out of force until that day; else a plan of that day is called off, and it only stays as it is."""
    return known.status_on(day - timedelta(days=1)) is not Status.ACTIVE


def can_come_back(known: Sheet, registry: Snapshot, nowhere: tuple[str, ...], day: date) -> None:
    """Of a published sheet that is not in force: it would be published as it is, on the day on which it comes back.

    Whoever attested it may have left. Raises Refused CANNOT_BE_SERVED (422, with all `reasons`).
    """
    then = Snapshot().with_entries(life.as_of(entry, day) for entry in registry.every())
    reasons = list(flaws(known))
    if known.attestation_expires < day:
        reasons.append(f"its attestation ended on {known.attestation_expires}")
    reasons += against(known, known, then, day, attested=False, retired=known.status is Status.RETIRED)
    reasons += map(nothing_in, nowhere)
    if reasons:
        raise refused(reasons)


def against(
    content: SheetDraft | Sheet, sheet: Sheet | None, registry: Snapshot, day: date, *, attested: bool, retired: bool
) -> Iterator[str]:
    """What is named and not in force, and what hinders serving; of a draft with gaps, what can be said of it.

    `sheet`: what the draft would be, if it has none. `attested`: whether whoever attested it is to be in service.
    `retired`: of a retired service no channel is asked for, since they come back after it. A channel contradicts it
    also when it opens on a day ahead.
    """
    named: list[tuple[str, type[Entry], str]] = [("unitId", Unit, content.unit_id)] if content.unit_id else []
    if sheet is not None:
        named = [(reference.field, reference.kind, id) for reference, id in references(sheet)]
    for field, kind, id in named:
        entry = registry.find(kind, id)
        if entry is None or entry.status is not Status.ACTIVE:
            if field != "attestedBy" or attested:
                yield f"{field} names {kind.KIND} {id}, which is not in force"
        elif sheet is not None and (gone := life.retired_under(life.while_it_waits(sheet, day), entry, day)):
            yield f"{field} names {kind.KIND} {id}, which is retired from {gone} on"
    left_out = {*unreachable(content, registry, day)} if retired else set[str]()
    yield from (reason for reason in hindrances(content, registry, day) if reason not in left_out)
    for offering in registry.every():
        if isinstance(offering, Offering) and offering.service_id == content.id and life.opens(offering, day):
            yield from contradictions(content, offering)
    yield from _without_agency(content, registry)
    unit = registry.unit(content.unit_id)
    agency = registry.organization(unit.org_id) if unit else None
    desk = registry.desk(agency.desk_id) if agency else None
    if unit is not None and (desk is None or registry.calendar(desk.calendar_id) is None):
        yield f"the agency of unit {unit.id} has no permanent desk with a calendar"


def unattended(sheet: Sheet, registry: Snapshot, day: date) -> Iterator[str]:
    """Who is to do the work of a published sheet and is not there: its unit or agency, officers, who is responsible."""
    unit, officer = registry.unit(sheet.unit_id), registry.officer(sheet.responsible_officer_id)
    if unit is None or unit.status is not Status.ACTIVE:
        yield f"unitId names unit {sheet.unit_id}, which is not in force"
    if officer is None or officer.status is not Status.ACTIVE:
        yield f"responsibleOfficerId names officer {sheet.responsible_officer_id}, which is not in force"
    yield from understaffed(sheet, registry, day)
    yield from _without_agency(sheet, registry)


def _without_agency(content: SheetDraft | Sheet, registry: Snapshot) -> Iterator[str]:
    unit = registry.unit(content.unit_id)
    agency = registry.organization(unit.org_id) if unit else None
    if unit is not None and agency is not None and agency.status is not Status.ACTIVE and agency.id != content.org_id:
        yield f"agency {agency.id} of unit {unit.id} is not in force"
