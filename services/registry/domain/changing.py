"""Who may change what of an entry: an officer of its agency or of one above, and not all of it (domain 1.2, I13).

What gives somebody a say is given by another. An import names no officer, and is not asked.
"""

from datetime import date

from services.contracts.decision import Refused
from services.contracts.entry import Entry
from services.contracts.registry import Authority, Officer, Organization
from services.contracts.service_sheet import Offering
from services.contracts.snapshot import Snapshot
from services.registry.domain.officers import head_or_above, of_agency_or_above


def by_officer(
    known: Entry | None, entry: Entry, by: str, registry: Snapshot, today: date, *, drafted_by: str | None = None
) -> None:
    """Raises Refused UNKNOWN_OFFICER (422), NOT_AUTHORISED (403), NAMES_UNKNOWN (422, with `names`)."""
    of_agency_or_above(registry, by, _owner(known, entry))
    if isinstance(entry, Offering):
        _of_its_service(entry, by, registry, drafted_by)
    elif isinstance(entry, Officer):
        _authorities(known, entry, by, registry, today)


def _owner(known: Entry | None, entry: Entry) -> str:
    """The agency whose entry it is; a new agency is the business of the one above it."""
    if known is None and isinstance(entry, Organization):
        return entry.parent or entry.id
    return (known or entry).org_id


def _of_its_service(offering: Offering, by: str, registry: Snapshot, drafted_by: str | None) -> None:
    """Nobody opens a channel of another agency's service: it says how electronic that is, and where people go."""
    sheet = registry.sheet(offering.service_id)
    whose = sheet.org_id if sheet is not None else drafted_by
    if whose is None:
        detail = f"there is no service {offering.service_id}"
        raise Refused("NAMES_UNKNOWN", detail, status=422, names=[f"service {offering.service_id}"])
    of_agency_or_above(registry, by, whose)


def _authorities(known: Entry | None, officer: Officer, by: str, registry: Snapshot, today: date) -> None:
    """Given and taken by who heads the agency, or is above it; whoever delegates theirs lends it, and takes it back."""
    before = known.authorities if isinstance(known, Officer) else ()
    given = [authority for authority in officer.authorities if authority not in before]
    taken = [authority for authority in before if authority not in officer.authorities]
    if any(not _lends(authority, by, officer) for authority in (*given, *taken)):
        head_or_above(registry, by, officer.org_id, today, concerned=(officer.id,))
    for authority in given:
        sheet = registry.sheet(authority.service_id)
        if sheet is not None:
            of_agency_or_above(registry, by, sheet.org_id)


def _lends(authority: Authority, by: str, officer: Officer) -> bool:
    return authority.delegated_by == by != officer.id
