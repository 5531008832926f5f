"""Who may decide about an agency's entries. Until sign-in exists the command names its officer."""

from collections.abc import Collection
from datetime import date

from services.contracts.authority import held
from services.contracts.decision import Refused
from services.contracts.entry import Status
from services.contracts.registry import Action, Officer, Organization
from services.contracts.servable import agencies_of
from services.contracts.snapshot import Snapshot
from services.worktime.shifts import falls_on

DECIDING: tuple[Action, ...] = ("DECIDE", "APPROVE")


def in_service(registry: Snapshot, officer_id: str) -> Officer:
    """Raises Refused UNKNOWN_OFFICER (422)."""
    officer = registry.officer(officer_id)
    if officer is None or officer.status is not Status.ACTIVE:
        raise Refused("UNKNOWN_OFFICER", "no such officer is in service", status=422)
    return officer


def of_agency(registry: Snapshot, officer_id: str, org_id: str) -> Officer:
    """An officer of that agency. Raises Refused UNKNOWN_OFFICER (422), NOT_AUTHORISED (403)."""
    officer = in_service(registry, officer_id)
    if officer.org_id != org_id:
        raise Refused("NOT_AUTHORISED", "the officer is of another agency", status=403)
    return officer


def of_agency_or_above(registry: Snapshot, officer_id: str, org_id: str) -> Officer:
    """An officer of that agency, or of any above it. Raises Refused UNKNOWN_OFFICER (422), NOT_AUTHORISED (403)."""
    officer = in_service(registry, officer_id)
    if officer.org_id != org_id and not is_above(registry, officer, org_id):
        raise Refused("NOT_AUTHORISED", "the officer is of another agency", status=403)
    return officer


def of_agency_above(registry: Snapshot, officer_id: str, org_id: str) -> Officer:
    """An officer of an agency above that one. Raises Refused UNKNOWN_OFFICER (422), NOT_AUTHORISED (403)."""
    officer = in_service(registry, officer_id)
    if not is_above(registry, officer, org_id):
        raise Refused("NOT_AUTHORISED", "only an officer of an agency above may do this", status=403)
    return officer


def may_act_for(registry: Snapshot, officer: Officer, org_id: str) -> bool:
    """An officer of that agency; when it is retired also of one above: its own leave, and what it owes has an end."""
    return officer.org_id == org_id or _succeeds(registry, officer, org_id)


def acts_for(registry: Snapshot, officer_id: str, org_id: str) -> Officer:
    """Who may act for that agency. Raises Refused UNKNOWN_OFFICER (422), NOT_AUTHORISED (403)."""
    officer = in_service(registry, officer_id)
    if not may_act_for(registry, officer, org_id):
        raise Refused("NOT_AUTHORISED", "the officer is of another agency", status=403)
    return officer


def second_look(registry: Snapshot, officer_id: str, org_id: str, concerned: Collection[str | None]) -> Officer:
    """An officer of an agency above, or of the one that has none above; never one of those `concerned`.

    Raises Refused UNKNOWN_OFFICER (422), NOT_AUTHORISED (403).
    """
    agency = registry.organization(org_id)
    is_top = agency is not None and agency.parent is None
    officer = (of_agency if is_top else of_agency_above)(registry, officer_id, org_id)
    if officer.id in concerned:
        detail = "whoever looks had no part in the remedy: another officer does this"
        raise Refused("NOT_AUTHORISED", detail, status=403)
    return officer


def is_above(registry: Snapshot, officer: Officer, org_id: str) -> bool:
    """Whether the officer is of an agency above that one, however high."""
    return any(agency.id == officer.org_id for agency in registry.above(org_id))


def heads(registry: Snapshot, officer: Officer, agency: Organization, day: date) -> bool:
    """The head of the agency, or an officer of it with a shift in the head's place at its permanent desk that day."""
    if agency.head_officer_id is None or officer.org_id != agency.id:
        return False
    desk = registry.desk(agency.desk_id)
    stands_in = desk is not None and any(
        shift.officer_id == officer.id and shift.substitute_for == agency.head_officer_id and falls_on(shift, day)
        for shift in desk.shifts
    )
    return officer.id == agency.head_officer_id or stands_in


def head_of(registry: Snapshot, officer_id: str, org_id: str, day: date) -> Officer:
    """Who heads that agency on that day. Raises Refused UNKNOWN_OFFICER, NO_HEAD (422), NOT_AUTHORISED (403)."""
    officer = in_service(registry, officer_id)
    agency = registry.organization(org_id)
    if agency is None or agency.head_officer_id is None:
        raise Refused("NO_HEAD", "the registry names no head of this agency", status=422)
    if not heads(registry, officer, agency, day):
        detail = "only the head of the agency may do this, or who has a shift in the head's place today"
        raise Refused("NOT_AUTHORISED", detail, status=403)
    return officer


def head_or_above(
    registry: Snapshot, officer_id: str, org_id: str, day: date, *, concerned: Collection[str | None]
) -> Officer:
    """Who heads the agency that day, or an officer of one above it, and is not among those `concerned`.

    Nobody stands in for a head who is concerned. Where nobody is above, and its head is concerned or not named, any
    other officer of it. Raises Refused UNKNOWN_OFFICER (422), NOT_AUTHORISED (403).
    """
    officer = in_service(registry, officer_id)
    agency = registry.organization(org_id)
    if agency is not None and officer.id not in concerned:
        without_head = agency.head_officer_id in (None, *concerned)
        of_its_own = (
            agency.parent is None and officer.org_id == org_id
            if without_head
            else heads(registry, officer, agency, day)
        )
        if of_its_own or is_above(registry, officer, org_id):
            return officer
    detail = "only another may do this, who heads the agency or is of one above it"
    raise Refused("NOT_AUTHORISED", detail, status=403)


def speaks_for(registry: Snapshot, officer_id: str, org_id: str, day: date) -> Officer:
    """Who answers for the agency that day; where no head is named, who may act for it. Raises as these two do."""
    agency = registry.organization(org_id)
    if agency is not None and agency.head_officer_id is not None:
        return answers_for(registry, officer_id, org_id, day)
    return acts_for(registry, officer_id, org_id)


def answers_for(registry: Snapshot, officer_id: str, org_id: str, day: date) -> Officer:
    """Who heads the agency that day; for one that is retired also an officer of one above. Raises as `head_of`."""
    officer = in_service(registry, officer_id)
    return officer if _succeeds(registry, officer, org_id) else head_of(registry, officer_id, org_id, day)


def _succeeds(registry: Snapshot, officer: Officer, org_id: str) -> bool:
    agency = registry.organization(org_id)
    return agency is not None and agency.status is Status.RETIRED and is_above(registry, officer, org_id)


def may_decide(registry: Snapshot, officer: Officer, org_id: str, day: date) -> bool:
    """Whether the officer may decide or approve a service in force that desks of that agency serve, on that day: one
    that it publishes, or the work of which a unit of it does (domain 1.2)."""
    services = {authority.service_id: registry.sheet(authority.service_id) for authority in officer.authorities}
    return any(
        True
        for service_id, sheet in services.items()
        if sheet is not None and sheet.status is Status.ACTIVE and org_id in agencies_of(sheet, registry)
        for action in DECIDING
        for _ in held(registry, officer, service_id, action, day)
    )
