"""Whether a service can be had as its sheet says: all that stands in the way, at once (domain 10)."""

from collections.abc import Iterator
from datetime import date
from typing import Protocol

from services.contracts.authority import held
from services.contracts.reachable import OFFICES, has_desk, has_office, is_kiosks
from services.contracts.registry import KioskClass, Officer, Unit
from services.contracts.service_sheet import Channel, Extent, Kioskable, Offering, Presence
from services.contracts.snapshot import Snapshot

ABLE_OFFICERS = 2
"""Two, so that a jump can have its second officer and an officer in conflict a substitute (I7, I8)."""


class Promised(Protocol):
    """A sheet, or a draft of one as far as it goes."""

    @property
    def id(self) -> str: ...

    @property
    def org_id(self) -> str: ...

    @property
    def information_only(self) -> bool | None: ...

    @property
    def unit_id(self) -> str | None: ...

    @property
    def responsible_officer_id(self) -> str | None: ...

    @property
    def presence(self) -> Presence | None: ...

    @property
    def kioskable(self) -> Kioskable | None: ...


def hindrances(sheet: Promised, registry: Snapshot, day: date | None) -> Iterator[str]:
    """What a sheet needs of the other entries and does not get on that day. None: whatever their days are."""
    yield from unreachable(sheet, registry, day)
    offerings = _open(sheet, registry, day)
    for offering in offerings:
        yield from contradictions(sheet, offering)
    unit = registry.unit(sheet.unit_id)
    agencies = agencies_of(sheet, registry)
    if not has_desk(agencies, registry):
        yield f"no desk of {' or '.join(agencies)} is in force"
    for offering in filter(is_kiosks, offerings):
        if not has_office(offering, registry, day):
            where = ", ".join(offering.counties) or "any county"
            yield f"offering {offering.id} is of {OFFICES[offering.channel]} kiosks, and none in {where} is in force"
    yield from understaffed(sheet, registry, day)
    officer = registry.officer(sheet.responsible_officer_id)
    if unit is not None and not _is_its_own(unit, sheet.org_id, registry):
        yield f"unitId names unit {unit.id}, which is of another agency"
    if officer is not None and officer.org_id not in (sheet.org_id, unit.org_id if unit else None):
        yield f"responsibleOfficerId names officer {officer.id}, who is of another agency"


def agencies_of(sheet: Promised, registry: Snapshot) -> tuple[str, ...]:
    """Whose desks serve it: the agency's that publishes it, and that one's whose unit does the work."""
    unit = registry.unit(sheet.unit_id)
    return tuple(dict.fromkeys([sheet.org_id, *([unit.org_id] if unit else [])]))


def unreachable(sheet: Promised, registry: Snapshot, day: date | None) -> Iterator[str]:
    """What it lacks of channels."""
    offerings = _open(sheet, registry, day)
    if not any(offering.information is not Extent.NONE for offering in offerings):
        yield "is offered through no channel"
    if not sheet.information_only and not any(offering.takes_requests for offering in offerings):
        yield "can be requested through no channel"


def understaffed(sheet: Promised, registry: Snapshot, day: date | None) -> Iterator[str]:
    """What its unit lacks of officers."""
    if sheet.unit_id is not None:
        yield from too_few(sheet.id, sheet.unit_id, registry, day)


def too_few(service_id: str, unit_id: str, registry: Snapshot, day: date | None) -> Iterator[str]:
    """Whether a unit has too few officers for a service, on that day."""
    if len(_able(service_id, unit_id, registry, day)) < ABLE_OFFICERS:
        yield f"unit {unit_id} has fewer than {ABLE_OFFICERS} officers who may process it"


def _open(sheet: Promised, registry: Snapshot, day: date | None) -> tuple[Offering, ...]:
    return tuple(offering for offering in registry.offerings(sheet.id) if day is None or offering.in_force(day))


def _is_its_own(unit: Unit, org_id: str, registry: Snapshot) -> bool:
    """Of the agency or of one below it: nobody gives work to a stranger's people, nor keeps their unit from ending."""
    return unit.org_id == org_id or any(agency.id == org_id for agency in registry.above(unit.org_id))


def contradictions(sheet: Promised, offering: Offering) -> Iterator[str]:
    """What a channel offers against the word of its sheet: of the law that wants people to come, and of kiosks."""
    presence = sheet.presence
    if presence is None:
        if offering.presence_reason is not None:
            yield f"offering {offering.id} makes people come, and the sheet names no law for it"
    elif offering.channel is Channel.AGENCY_DESK:
        if offering.presence_reason not in (None, presence.ground):
            yield f"offering {offering.id} makes people come for another reason than the law's"
    elif getattr(offering, presence.stage) is not Extent.NONE:
        yield f"wants presence for the {presence.stage}, but offering {offering.id} is not the desk's"
    if sheet.kioskable is not None and is_kiosks(offering):
        kind = OFFICES[offering.channel]
        if (sheet.kioskable.urban if kind is KioskClass.URBAN else sheet.kioskable.rural) == "NO":
            yield f"offering {offering.id} is of {kind} kiosks, and kioskable.{kind.lower()} says NO"


def _able(service_id: str, unit_id: str, registry: Snapshot, day: date | None) -> list[Officer]:
    def may(officer: Officer) -> bool:
        if day is not None:
            return any(True for _ in held(registry, officer, service_id, "PROCESS", day))
        return any(a.service_id == service_id and "PROCESS" in a.actions for a in officer.authorities)

    return [officer for officer in registry.officers_of(unit_id) if may(officer)]
