"""Who may change what of an entry: an officer of its agency or of one above, and not all of it (domain 1.2, I13).

What gives somebody a say is given by another. An import names no officer, and is not asked.
"""

from collections.abc import Mapping
from datetime import date

from services.contracts.decision import Refused
from services.contracts.entry import Entry, Status
from services.contracts.registry import Authority, Desk, Kiosk, Officer, Organization, Partner, Shift, Unit
from services.contracts.routing_rule import RoutingRule
from services.contracts.service_sheet import Offering
from services.contracts.snapshot import Snapshot
from services.registry.domain.officers import head_or_above, of_agency_above, of_agency_or_above


def by_officer(
    known: Entry | None, entry: Entry, by: str, registry: Snapshot, today: date, *, drafts: Mapping[str, str]
) -> None:
    """Raises Refused UNKNOWN_OFFICER (422), NOT_AUTHORISED (403), NAMES_UNKNOWN (422, with `names`)."""
    of_agency_or_above(registry, by, _owner(known, entry))
    if known is not None and (known.status, known.planned) != (entry.status, entry.planned):
        status_by_officer(known, by, registry, today)
    if isinstance(entry, Offering):
        of_agency_or_above(registry, by, _whose(entry.service_id, registry, drafts))
    elif isinstance(entry, Officer):
        _authorities(known, entry, by, registry, today, drafts)
    elif isinstance(entry, Organization):
        _rank(known, entry, by, registry, today)
    elif isinstance(entry, Desk | Unit):
        _say_at(known, entry, by, registry, today)
    elif isinstance(entry, Kiosk | Partner):
        licence_by_officer(entry, by, registry)
    elif isinstance(entry, RoutingRule):
        head_or_above(registry, by, entry.org_id, today, concerned=())


def life_by_officer(known: Entry, status: Status, since: date, by: str, registry: Snapshot, today: date) -> None:
    """A command on its status from that day on. To suspend what is licensed protects, and is its own agency's too, as
    far as nothing that is planned for that day goes with it; all else is whose the licence is. A rule, by which others
    decide alone or not, is the head's.

    Raises Refused UNKNOWN_OFFICER (422), NOT_AUTHORISED (403).
    """
    status_by_officer(known, by, registry, today)
    protects = status is Status.SUSPENDED and all(plan.since != since for plan in known.planned)
    if isinstance(known, Kiosk | Partner) and not protects:
        licence_by_officer(known, by, registry)
    if isinstance(known, RoutingRule):
        head_or_above(registry, by, known.org_id, today, concerned=())


def status_by_officer(known: Entry, by: str, registry: Snapshot, today: date) -> None:
    """Whether an agency is in force, and whoever heads it in service, is decided above it; its head may go on leave.

    Of the agency that nobody is above by its head; that a head who was away is back there, by another officer too.
    Raises Refused UNKNOWN_OFFICER (422), NOT_AUTHORISED (403).
    """
    of_agency_or_above(registry, by, known.org_id)
    agency = registry.organization(known.org_id)
    heads_it = _is_head(known, agency)
    if agency is None or not (isinstance(known, Organization) or (heads_it and by != known.id)):
        return
    if agency.parent is not None:
        of_agency_above(registry, by, known.org_id)
    else:
        away = (known.id,) if heads_it and known.status is not Status.ACTIVE else ()
        head_or_above(registry, by, known.org_id, today, concerned=away)


def _is_head(entry: Entry, agency: Organization | None) -> bool:
    return isinstance(entry, Officer) and agency is not None and agency.head_officer_id == entry.id


def _owner(known: Entry | None, entry: Entry) -> str:
    """The agency whose entry it is; a new agency is the business of the one above it."""
    if known is None and isinstance(entry, Organization):
        return entry.parent or entry.id
    return (known or entry).org_id


def _whose(service_id: str, registry: Snapshot, drafts: Mapping[str, str]) -> str:
    """The agency of a service, from its first draft on: else whoever came first would hold it when it is published."""
    sheet = registry.sheet(service_id)
    whose = sheet.org_id if sheet is not None else drafts.get(service_id)
    if whose is None:
        detail = f"there is no service {service_id}"
        raise Refused("NAMES_UNKNOWN", detail, status=422, names=[f"service {service_id}"])
    return whose


def _authorities(
    known: Entry | None, officer: Officer, by: str, registry: Snapshot, today: date, drafts: Mapping[str, str]
) -> None:
    """Given and taken by who heads the agency, or is above it, the head's from above, not by who stands in for them.

    Whoever delegates theirs lends it, and takes it back; to the head, who may have given it to them, nobody lends.
    """
    before = known.authorities if isinstance(known, Officer) else ()
    given = [authority for authority in officer.authorities if authority not in before]
    taken = [authority for authority in before if authority not in officer.authorities]
    to_the_head = bool(given) and _is_head(officer, registry.organization(officer.org_id))
    if to_the_head or any(not _lends(authority, by, officer) for authority in (*given, *taken)):
        head_or_above(registry, by, officer.org_id, today, concerned=(officer.id,))
    for authority in given:
        of_agency_or_above(registry, by, _whose(authority.service_id, registry, drafts))


def _lends(authority: Authority, by: str, officer: Officer) -> bool:
    return authority.delegated_by == by != officer.id


def _rank(known: Entry | None, agency: Organization, by: str, registry: Snapshot, today: date) -> None:
    """Who heads an agency, which is above it and in which province, is decided above it; of the top one by its head.

    Which of its desks is the permanent one is the head's to say: who stands in there for the head has the head's say.
    """
    if not isinstance(known, Organization):
        parent = registry.organization(agency.parent)
        if parent is not None and parent.parent is not None and parent.province != agency.province:
            of_agency_above(registry, by, parent.id)
        return
    if known.desk_id != agency.desk_id:
        head_or_above(registry, by, known.id, today, concerned=())
    if _place(known) == _place(agency):
        return
    if known.parent is not None:
        of_agency_above(registry, by, known.id)
    else:
        named = {agency.head_officer_id} - {known.head_officer_id}
        head_or_above(registry, by, known.id, today, concerned=named)


def _place(agency: Organization) -> tuple[str | None, ...]:
    return agency.head_officer_id, agency.parent, agency.province


def _say_at(known: Entry | None, place: Desk | Unit, by: str, registry: Snapshot, today: date) -> None:
    """Who heads a desk, or a unit, is decided by the head of the agency, or above; who stands in for somebody, by that
    one too."""
    before = known if isinstance(known, Desk | Unit) else None
    head, shifts = (before.head_officer_id, before.shifts) if before is not None else (None, ())
    given = (shift for shift in place.shifts if shift not in shifts)
    taken = (shift for shift in shifts if shift not in place.shifts and not _is_over(shift, today))
    stands_in = [shift for shift in (*given, *taken) if shift.substitute_for is not None]
    if head != place.head_officer_id or any(shift.substitute_for != by for shift in stands_in):
        head_or_above(registry, by, place.org_id, today, concerned=())


def _is_over(shift: Shift, today: date) -> bool:
    return shift.valid_to is not None and shift.valid_to < today


def licence_by_officer(entry: Kiosk | Partner, by: str, registry: Snapshot) -> None:
    """By the highest agency of the province, or from above; an office under a partner that is theirs too.

    Whoever gives a licence decides about it, its keys and its credentials. Raises Refused UNKNOWN_OFFICER (422),
    NOT_AUTHORISED (403).
    """
    officer = of_agency_or_above(registry, by, entry.org_id)
    if officer.org_id == entry.org_id:
        agency = registry.organization(entry.org_id)
        if agency is None or any(above.province == agency.province for above in registry.above(agency.id)):
            detail = "kiosk offices and partners are licensed by the highest agency of the province"
            raise Refused("NOT_AUTHORISED", detail, status=403)
    partner = registry.partner(entry.partner) if isinstance(entry, Kiosk) else None
    if partner is not None:
        of_agency_or_above(registry, by, partner.org_id)
