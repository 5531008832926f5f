"""Whether people can use a channel that stands open on paper: a desk stands behind it, or an office (domain 1.1, 5)."""

from collections.abc import Collection, Mapping
from datetime import date

from services.contracts.entry import Status
from services.contracts.registry import Kiosk, KioskClass
from services.contracts.service_sheet import Channel, Extent, Offering
from services.contracts.snapshot import Snapshot

OFFICES: Mapping[Channel, KioskClass] = {
    Channel.KIOSK_URBAN: KioskClass.URBAN,
    Channel.KIOSK_RURAL: KioskClass.RURAL,
}
"""The channels of kiosk offices."""


def reaches(offering: Offering, agencies: Collection[str], registry: Snapshot, day: date) -> bool:
    """Whether somebody is there to serve. `agencies`: that of the service, and that of the unit which does the work."""
    if offering.channel is Channel.AGENCY_DESK:
        return has_desk(agencies, registry)
    return not is_kiosks(offering) or has_office(offering, registry, day)


def has_desk(agencies: Collection[str], registry: Snapshot) -> bool:
    """Whether one of these agencies has a desk in force at which people can stand."""
    return any(
        desk.org_id in agencies and desk.status is Status.ACTIVE and desk.kind != "ELECTRONIC"
        for desk in registry.desks()
    )


def is_kiosks(offering: Offering) -> bool:
    """Whether it has a kiosk office do anything at all."""
    stages = (offering.information, offering.request, offering.production, offering.delivery)
    return offering.channel in OFFICES and any(stage is not Extent.NONE for stage in stages)


def has_office(offering: Offering, registry: Snapshot, day: date | None) -> bool:
    """Whether a kiosk office of its class and counties is in force on that day. None: whatever their days are."""
    return any(serves(office, offering, registry, day) for office in registry.kiosks())


def serves(office: Kiosk, offering: Offering, registry: Snapshot, day: date | None) -> bool:
    """Whether this office is one, and not for trial."""
    return (
        office.kiosk_class is OFFICES.get(offering.channel)
        and (not offering.counties or office.county in offering.counties)
        and not office.sandbox
        and licensed(office, registry, day)
    )


def licensed(office: Kiosk, registry: Snapshot, day: date | None) -> bool:
    """Whether the office has a licence in force on that day, and its partner a contract. None: whatever their days."""
    partner = registry.partner(office.partner)
    if partner is None:
        return False
    if day is None:
        return office.status is Status.ACTIVE and partner.status is Status.ACTIVE
    return office.in_force(day) and partner.in_force(day)
