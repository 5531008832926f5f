"""Who may decide about an agency's entries. Until sign-in exists the command names its officer."""

from datetime import date

from services.contracts.authority import held
from services.contracts.decision import Refused
from services.contracts.entry import Status
from services.contracts.registry import Action, Officer
from services.contracts.snapshot import Snapshot

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
    """An officer of that agency, or of the one above it. Raises Refused UNKNOWN_OFFICER (422), NOT_AUTHORISED (403)."""
    officer, agency = in_service(registry, officer_id), registry.organization(org_id)
    if officer.org_id != org_id and (agency is None or officer.org_id != agency.parent):
        raise Refused("NOT_AUTHORISED", "the officer is of another agency", status=403)
    return officer


def of_agency_above(registry: Snapshot, officer_id: str, org_id: str) -> Officer:
    """An officer of the agency above that one. Raises Refused UNKNOWN_OFFICER (422), NOT_AUTHORISED (403)."""
    officer = in_service(registry, officer_id)
    agency = registry.organization(org_id)
    if agency is None or officer.org_id != agency.parent:
        raise Refused("NOT_AUTHORISED", "only an officer of the agency above may do this", status=403)
    return officer


def head_of(registry: Snapshot, officer_id: str, org_id: str) -> Officer:
    """The head of that agency. Raises Refused UNKNOWN_OFFICER, NO_HEAD (422), NOT_AUTHORISED (403)."""
    officer = in_service(registry, officer_id)
    agency = registry.organization(org_id)
    if agency is None or agency.head_officer_id is None:
        raise Refused("NO_HEAD", "the registry names no head of this agency", status=422)
    if officer.id != agency.head_officer_id:
        raise Refused("NOT_AUTHORISED", "only the head of the agency may do this", status=403)
    return officer


def speaks_for(registry: Snapshot, officer_id: str, org_id: str) -> Officer:
    """The head of the agency; where none is named, any officer of it. Raises as `head_of` and `of_agency`."""
    agency = registry.organization(org_id)
    if agency is not None and agency.head_officer_id is not None:
        return head_of(registry, officer_id, org_id)
    return of_agency(registry, officer_id, org_id)


def may_decide(registry: Snapshot, officer: Officer, day: date) -> bool:
    """Whether the officer may decide or approve any service on that day (domain 1.2)."""
    return any(
        True
        for service_id in {authority.service_id for authority in officer.authorities}
        for action in DECIDING
        for _ in held(registry, officer, service_id, action, day)
    )
