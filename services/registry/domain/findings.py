"""What the registry sees wrong in its own entries of an agency, on a day (domain 1.6). Pure; `sweeping.py` looks."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from services.contracts.deficiency import Kind, Mode, Subject, SubjectType
from services.contracts.entry import Status
from services.contracts.reachable import has_office, is_kiosks, reaches
from services.contracts.registry import Desk, Organization, Shift
from services.contracts.servable import agencies_of
from services.contracts.service_sheet import ELECTRONIC, Channel, Extent, Offering, Sheet
from services.contracts.snapshot import Snapshot
from services.registry.domain.officers import may_decide
from services.registry.domain.serving import unattended
from services.registry.domain.terms import permanent_desk
from services.worktime.shifts import in_time

SEEN_BY_SWEEP = frozenset(
    {
        Kind.DESK_MISSING,
        Kind.HEAD_WITHOUT_AUTHORITY,
        Kind.OFFERING_MISSING,
        Kind.SHEET_EXPIRED,
        Kind.CANNOT_BE_SERVED,
    }
)
"""What a sweep looks for, and may find gone."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of one agency."""

    kind: Kind
    subject: Subject
    mode: Mode


def of_organization(agency: Organization, registry: Snapshot) -> Iterator[Finding]:
    """`registry` knows the desk that the agency names, if there is one."""
    if permanent_desk(registry, agency) is None:
        yield Finding(Kind.DESK_MISSING, Subject(type=SubjectType.DESK, id=agency.desk_id), Mode.IN_PERSON)


def of_desk(desk: Desk, registry: Snapshot, today: date) -> Iterator[Finding]:
    """`registry` knows who heads the desk, whose authority they have, the services that it is for, and their units."""
    if desk.status is Status.ACTIVE and not head_decides(desk, registry, today):
        mode = Mode.ELECTRONIC if desk.kind == "ELECTRONIC" else Mode.IN_PERSON
        yield Finding(Kind.HEAD_WITHOUT_AUTHORITY, Subject(type=SubjectType.DESK, id=desk.id), mode)


def head_decides(desk: Desk, registry: Snapshot, today: date) -> bool:
    """Whether somebody who heads the desk then is in service and may decide what it serves (domain 1.2).

    The weekdays of who stands in are not asked: they tell on which days the desk is open, too.
    """
    shifts = tuple(shift for shift in desk.shifts if in_time(shift, today))
    heads = map(registry.officer, heading(desk, shifts))
    return any(
        head is not None and head.status is Status.ACTIVE and may_decide(registry, head, desk.org_id, today)
        for head in heads
    )


def heading(desk: Desk, shifts: Iterable[Shift] | None = None) -> tuple[str, ...]:
    """The desk's head, and whoever has one of these shifts, or any, in the head's place (as intake asks, domain 3)."""
    head = desk.head_officer_id
    shifts = desk.shifts if shifts is None else shifts
    return head, *(shift.officer_id for shift in shifts if shift.substitute_for == head)


def of_sheet(sheet: Sheet, offerings: Iterable[Offering], registry: Snapshot, today: date) -> Iterator[Finding]:
    """Of a published service, with all its offerings. `registry` knows who does its work, and who is behind them.

    Of a service that is to be had in no way no single channel is told. A desk that is shut is told of its agency.
    """
    if sheet.status is not Status.ACTIVE:
        return
    open_ = [offering for offering in offerings if offering.in_force(today)]
    subject = Subject(type=SubjectType.SERVICE, id=sheet.id)
    agencies = agencies_of(sheet, registry)
    reached = [offering for offering in open_ if reaches(offering, agencies, registry, today)]
    if not any(serves(sheet, offering) for offering in reached):
        yield Finding(Kind.OFFERING_MISSING, subject, mode_of(open_) if open_ else Mode.ELECTRONIC)
    else:
        for kiosks in _without_office(open_, registry, today):
            yield Finding(Kind.OFFERING_MISSING, kiosks, Mode.ELECTRONIC)
    if any(unattended(sheet, registry, today)):
        yield Finding(Kind.CANNOT_BE_SERVED, subject, mode_of(open_))
    if sheet.attestation_expires < today:
        yield Finding(Kind.SHEET_EXPIRED, subject, mode_of(open_))


def serves(sheet: Sheet, offering: Offering) -> bool:
    """Whether the service is to be had through it: it takes requests, or informs where there is nothing to request."""
    return offering.information is not Extent.NONE if sheet.information_only else offering.takes_requests


def passed_over_of_desk(desk: Desk) -> Iterator[tuple[Kind, Subject]]:
    """Faults for which nobody looks at it while it is suspended: they are not gone, nobody knows.

    That it is missing is looked for all the same, at its agency.
    """
    if desk.status is Status.SUSPENDED:
        yield Kind.HEAD_WITHOUT_AUTHORITY, Subject(type=SubjectType.DESK, id=desk.id)


def passed_over_of_sheet(
    sheet: Sheet, offerings: Iterable[Offering], registry: Snapshot, today: date
) -> Iterator[tuple[Kind, Subject]]:
    """Faults for which nobody looks while it or a channel is suspended, and those of channels that go without saying.

    They are not gone.
    """
    suspended = sheet.status is Status.SUSPENDED
    if suspended:
        for kind in (Kind.OFFERING_MISSING, Kind.CANNOT_BE_SERVED, Kind.SHEET_EXPIRED):
            yield kind, Subject(type=SubjectType.SERVICE, id=sheet.id)
    for offering in offerings:
        if suspended or offering.status is Status.SUSPENDED:
            yield Kind.OFFERING_MISSING, Subject(type=SubjectType.OFFERING, id=offering.id)
    if sheet.status is Status.ACTIVE:
        for kiosks in _without_office(offerings, registry, today):
            yield Kind.OFFERING_MISSING, kiosks


def meant(offerings: Iterable[Offering], channel: Channel, counties: Collection[str]) -> Offering | None:
    """The offering that failed in these counties: in force before others, of them alone before one that is everywhere.

    Without a county one that is everywhere, else the first by its id.
    """

    def place(offering: Offering) -> tuple[bool, bool, bool, bool, str]:
        there = not {*counties}.isdisjoint(offering.counties)
        elsewhere = bool(counties and offering.counties) and not there
        return elsewhere, offering.status is not Status.ACTIVE, not there, bool(offering.counties), offering.id

    return min((each for each in offerings if each.channel is channel), key=place, default=None)


def mode_of(offerings: Iterable[Offering]) -> Mode:
    """Of a fault of the whole service: electronic where it is to be had so."""
    return Mode.ELECTRONIC if any(each.channel in ELECTRONIC for each in offerings) else Mode.IN_PERSON


def _without_office(offerings: Iterable[Offering], registry: Snapshot, today: date) -> Iterator[Subject]:
    """The channels of kiosks that stand open on paper alone."""
    for offering in offerings:
        if offering.in_force(today) and is_kiosks(offering) and not has_office(offering, registry, today):
            yield Subject(type=SubjectType.OFFERING, id=offering.id)
