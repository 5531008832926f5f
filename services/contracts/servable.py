"""Whether a service can be had as its sheet says: all that stands in the way, at once (domain 10)."""

from collections.abc import Iterator

from services.contracts.entry import Status
from services.contracts.registry import Officer
from services.contracts.service_sheet import Channel, Extent, Offering, Presence, Sheet
from services.contracts.snapshot import Snapshot

ABLE_OFFICERS = 2
"""Two, so that a jump can have its second officer and an officer in conflict a substitute (I7, I8)."""


def hindrances(sheet: Sheet, registry: Snapshot) -> Iterator[str]:
    """What a sheet needs of the other entries and does not get. Dates ahead are not judged, only what is in force."""
    return hindrances_of(sheet.id, sheet.unit_id, sheet.presence, registry, information_only=sheet.information_only)


def hindrances_of(
    service_id: str, unit_id: str | None, presence: Presence | None, registry: Snapshot, *, information_only: bool
) -> Iterator[str]:
    """The same of what is known of a sheet that still has gaps."""
    offerings = registry.offerings(service_id)
    if not any(offering.information is not Extent.NONE for offering in offerings):
        yield "is offered through no channel"
    if not information_only and not any(offering.request is not Extent.NONE for offering in offerings):
        yield "can be requested through no channel"
    yield from _against_presence(presence, offerings)
    if unit_id is not None and len(_able(service_id, unit_id, registry)) < ABLE_OFFICERS:
        yield f"unit {unit_id} has fewer than {ABLE_OFFICERS} officers who may process it"


def _against_presence(presence: Presence | None, offerings: tuple[Offering, ...]) -> Iterator[str]:
    for offering in offerings:
        if presence is None:
            if offering.presence_reason is not None:
                yield f"offering {offering.id} makes people come, and the sheet names no law for it"
        elif offering.channel is Channel.AGENCY_DESK:
            if offering.presence_reason not in (None, presence.ground):
                yield f"offering {offering.id} makes people come for another reason than the law's"
        elif getattr(offering, presence.stage) is not Extent.NONE:
            yield f"wants presence for the {presence.stage}, but offering {offering.id} is not the desk's"


def _able(service_id: str, unit_id: str, registry: Snapshot) -> list[Officer]:
    return [
        officer
        for officer in registry.officers_of(unit_id)
        if officer.status is Status.ACTIVE
        and any(a.service_id == service_id and "PROCESS" in a.actions for a in officer.authorities)
    ]
