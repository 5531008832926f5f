"""Who may decide about an agency's entries. Until sign-in exists the command names its officer."""

from services.contracts.decision import Refused
from services.contracts.registry import Officer, Status
from services.contracts.snapshot import Snapshot


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


def of_agency_above(registry: Snapshot, officer_id: str, org_id: str) -> Officer:
    """An officer of the agency above that one. Raises Refused UNKNOWN_OFFICER (422), NOT_AUTHORISED (403)."""
    officer = in_service(registry, officer_id)
    agency = registry.organization(org_id)
    if agency is None or officer.org_id != agency.parent:
        raise Refused("NOT_AUTHORISED", "only an officer of the agency above may do this", status=403)
    return officer
