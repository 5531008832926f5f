"""Whether a set of registry entries makes a province that can work: every reason against it, at once.

Pure. The registry refuses an entry with `flaws`; an import refuses a province with `problems_of`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.contracts.registry import (
    Channel,
    Desk,
    Entry,
    Extent,
    Kiosk,
    Offering,
    Officer,
    Organization,
    Partner,
    Sheet,
    Status,
    Unit,
    WorkingCalendar,
    WorkingTime,
)

E = TypeVar("E", bound=Entry)

_MOBILE = re.compile(r"(\+98|0098|0)9[0-9]{9}", re.ASCII)
_PROCESSORS_PER_UNIT = 2
"""Two, so that a jump can have its second officer and an officer in conflict a substitute (I7, I8)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason: the entry it is about (`service tax-clearance`) and what is wrong with it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def problems_of(entries: Iterable[Entry]) -> list[Problem]:
    """Every dangling reference, double id, incomplete sheet and unit without able officers, in the order given."""
    province = _Province(tuple(entries))
    return [
        *(Problem(f"{kind} {id}", f"stands {n} times") for (kind, id), n in province.ids.items() if n > 1),
        *(
            Problem(f"{entry.KIND} {entry.id}", what)
            for entry in province.entries
            for what in (*flaws(entry), *province.dangling(entry), *province.gaps(entry))
        ),
    ]


def flaws(entry: Entry) -> Iterator[str]:
    """What is wrong with an entry by itself, whatever else is recorded (domain 10: a sheet is complete)."""
    if isinstance(entry, Sheet):
        yield from _flaws_of_sheet(entry)
    if isinstance(entry, Officer) and entry.unit_id is None and entry.desk_id is None:
        yield "works at no desk and in no unit"
    phone = entry.contact.phone if isinstance(entry, Sheet) else getattr(entry, "phone", "")
    if _MOBILE.search(re.sub(r"[\s-]", "", phone)):
        yield "the phone is somebody's mobile; give the office's"
    for name in ("name", "name_en", "address", "post", "licence_no"):
        if not str(getattr(entry, name, "-")).strip():
            yield f"{name} is blank"


def _flaws_of_sheet(sheet: Sheet) -> Iterator[str]:
    for name in ("description", "information", "sector", "spatial"):
        if not getattr(sheet, name).strip():
            yield f"{name} is blank"
    if not sheet.legal_resources:
        yield "names no law"
    if not sheet.costs:
        yield "names no cost, not even a free one"
    if not sheet.requirements and not sheet.information_only:
        yield "asks for no evidence, not even an identity card"
    time = sheet.processing_time
    if _longer(time.maximum, time.legal):
        yield "the maximum duration is longer than the legal one"
    if _longer(time.average, time.maximum):
        yield "the average duration is longer than the maximum"
    for evidence, count in Counter(requirement.evidence_type for requirement in sheet.requirements).items():
        if count > 1:
            yield f"asks {count} times for {evidence}"


def _longer(one: WorkingTime, other: WorkingTime) -> bool:
    return one.unit == other.unit and one.value > other.value


class _Province:
    """The entries of one province, found by kind and id."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self.ids = Counter((entry.KIND, entry.id) for entry in entries)
        self._offerings: dict[str, list[Offering]] = {}
        self._officers: dict[str, list[Officer]] = {}
        for entry in entries:
            if entry.status is not Status.ACTIVE:
                continue
            if isinstance(entry, Offering):
                self._offerings.setdefault(entry.service_id, []).append(entry)
            elif isinstance(entry, Officer) and entry.unit_id:
                self._officers.setdefault(entry.unit_id, []).append(entry)

    def dangling(self, entry: Entry) -> Iterator[str]:
        """References to what is not there."""
        for field, kind, id in _references(entry):
            if (kind.KIND, id) not in self.ids:
                yield f"{field} names {kind.KIND} {id}, which is not recorded"

    def gaps(self, entry: Entry) -> Iterator[str]:
        """What an entry needs from the others and does not get."""
        if isinstance(entry, Sheet) and entry.status is Status.ACTIVE:
            offerings = self._offerings.get(entry.id, [])
            if not any(offering.information is not Extent.NONE for offering in offerings):
                yield "is offered through no channel"
            if not entry.information_only and not any(offering.request is not Extent.NONE for offering in offerings):
                yield "can be requested through no channel"
            if entry.presence and any(
                getattr(offering, entry.presence.stage) is not Extent.NONE
                for offering in offerings
                if offering.channel is not Channel.AGENCY_DESK
            ):
                yield f"wants presence for the {entry.presence.stage} but offers it elsewhere than at the desk"
            if len(self._able(entry)) < _PROCESSORS_PER_UNIT:
                yield f"unit {entry.unit_id} has fewer than {_PROCESSORS_PER_UNIT} officers who may process it"

    def _able(self, sheet: Sheet) -> list[Officer]:
        return [
            officer
            for officer in self._officers.get(sheet.unit_id, [])
            if any(a.service_id == sheet.id and "PROCESS" in a.actions for a in officer.authorities)
        ]


def _references(entry: Entry) -> Iterator[tuple[str, type[Entry], str]]:
    """(field, kind, id) of every entry that this one names."""

    def one(field: str, kind: type[Entry], id: str | None) -> Iterator[tuple[str, type[Entry], str]]:
        if id is not None:
            yield field, kind, id

    yield from one("orgId", Organization, entry.org_id)
    match entry:
        case Organization():
            yield from one("parent", Organization, entry.parent)
            yield from one("deskId", Desk, entry.desk_id)
        case Unit():
            yield from one("calendarId", WorkingCalendar, entry.calendar_id)
        case Desk():
            yield from one("calendarId", WorkingCalendar, entry.calendar_id)
            yield from one("headOfficerId", Officer, entry.head_officer_id)
        case Officer():
            yield from one("unitId", Unit, entry.unit_id)
            yield from one("deskId", Desk, entry.desk_id)
            yield from one("delegatedBy", Officer, entry.delegated_by)
            for authority in entry.authorities:
                yield from one("authorities", Sheet, authority.service_id)
        case Kiosk():
            yield from one("partner", Partner, entry.partner)
            yield from one("calendarId", WorkingCalendar, entry.calendar_id)
        case Offering():
            yield from one("serviceId", Sheet, entry.service_id)
        case Sheet():
            yield from one("unitId", Unit, entry.unit_id)
            yield from one("responsibleOfficerId", Officer, entry.responsible_officer_id)
            yield from one("attestedBy", Officer, entry.attested_by)
            for requirement in entry.requirements:
                yield from one("requirements", Organization, requirement.held_by)
        case WorkingCalendar():
            yield from one("scope", Organization, entry.scope.org_id)
            yield from one("scope", Unit, entry.scope.unit_id)
