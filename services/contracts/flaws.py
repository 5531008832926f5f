"""What is wrong with a registry entry by itself, whatever else is recorded (domain 3, 10)."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Protocol

from services.contracts.entry import Entry
from services.contracts.identifiers import bears_number, names_mobile
from services.contracts.registry import RESERVED, Desk, Kiosk, Officer, Organization, Partner, Shift, Unit
from services.contracts.routing_rule import RoutingRule, RuleRow, RuleStep, takes_all_of
from services.contracts.service_sheet import (
    Channel,
    DurationUnit,
    Offering,
    Output,
    ProcessingTime,
    Requirement,
    Sheet,
    WorkingTime,
)
from services.contracts.signature import weak
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import Hours, WorkingCalendar

NUMBERED = "id: bears somebody's national id or mobile, and stands in keys and logs"
NUMBERED_TEXT = "bears somebody's national id or mobile, and stands in events"
RING = "parent: the agencies above lead back to this one"
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00", re.ASCII)


def flaws(entry: Entry) -> Iterator[str]:
    """Every flaw, in the order of the fields. A calendar's hours are looked at by `worktime`."""
    phone = entry.contact.phone if isinstance(entry, Sheet) else getattr(entry, "phone", "")
    if bears_number(entry.id):
        yield NUMBERED
    if names_mobile(phone):
        yield "the phone is somebody's mobile; give the office's"
    for name in ("name", "name_en", "address", "post", "licence_no"):
        if not str(getattr(entry, name, "-")).strip():
            yield f"{name} is blank"
    match entry:
        case Sheet():
            yield from _of_sheet(entry)
        case Officer():
            yield from _of_officer(entry)
        case Desk() | Unit():
            yield from _of_shifts(entry.shifts)
        case Kiosk():
            yield from _of_kiosk(entry)
        case Partner():
            yield from _of_partner(entry)
        case Offering():
            yield from _of_offering(entry)
        case RoutingRule():
            yield from _of_rule(entry)


class Typed(Protocol):
    """A sheet, or a draft of one as far as it goes."""

    @property
    def requirements(self) -> tuple[Requirement, ...] | None: ...

    @property
    def output(self) -> Output | None: ...


def numbered_types(sheet: Typed) -> Iterator[str]:
    """Kinds of papers and of the output that go by somebody's number: every event about them would tell it (I12)."""
    for number, requirement in enumerate(sheet.requirements or ()):
        if bears_number(requirement.evidence_type):
            yield f"requirements.{number}.evidenceType: {NUMBERED_TEXT}"
    if sheet.output is not None and bears_number(sheet.output.type):
        yield f"output.type: {NUMBERED_TEXT}"


def is_ring(agency: Organization, registry: Snapshot) -> bool:
    """Whether the agencies above lead back to this one: it would verify itself."""
    return agency.id == agency.parent or any(above.id == agency.id for above in registry.above(agency.parent))


def elsewhere(entry: Desk | Officer | Organization | Unit, registry: Snapshot) -> Iterator[str]:
    """Whoever works in a unit, or at a desk, is of its agency: else they would have its work and its papers.

    So is the desk of an agency, and whoever heads it, the desk or the unit, has a shift there, or is stood in for.
    """
    places: tuple[tuple[str, Entry | None], ...]
    match entry:
        case Officer():
            whose = entry.org_id
            places = (("unitId", registry.unit(entry.unit_id)), ("deskId", registry.desk(entry.desk_id)))
        case Desk() | Unit():
            whose = entry.org_id
            people = [("headOfficerId", entry.head_officer_id)]
            for shift in entry.shifts:
                people += [("shifts.officerId", shift.officer_id), ("shifts.substituteFor", shift.substitute_for)]
            places = tuple((field, registry.officer(id)) for field, id in dict.fromkeys(people))
        case Organization():
            whose = entry.id
            head = registry.officer(entry.head_officer_id)
            places = (("deskId", registry.desk(entry.desk_id)), ("headOfficerId", head))
    for field, named in places:
        if named is not None and named.org_id != whose:
            yield f"{field}: {named.id} is of another agency"


def borrowed(entry: Desk | Kiosk | Unit | WorkingCalendar, registry: Snapshot) -> Iterator[str]:
    """Whose hours an entry keeps that are neither its agency's nor those of one above: a stranger would change them.

    Nothing while the agencies above are not all recorded.
    """
    field, id = ("base", entry.base) if isinstance(entry, WorkingCalendar) else ("calendarId", entry.calendar_id)
    agency, calendar = registry.organization(entry.org_id), registry.calendar(id)
    if agency is None or calendar is None:
        return
    line = (agency, *registry.above(agency.id))
    if line[-1].parent is None and calendar.org_id not in {each.id for each in line}:
        yield f"{field}: {calendar.id} is of another agency"


def _of_sheet(sheet: Sheet) -> Iterator[str]:
    for name in ("description", "information", "sector", "spatial"):
        if not getattr(sheet, name).strip():
            yield f"{name} is blank"
    if not sheet.legal_resources:
        yield "names no law"
    if not sheet.costs:
        yield "names no cost, not even a free one"
    if not sheet.requirements and not sheet.information_only:
        yield "asks for no evidence, not even an identity card"
    yield from numbered_types(sheet)
    yield from _of_times(sheet.processing_time)
    for type, times in _repeated(requirement.evidence_type for requirement in sheet.requirements):
        yield f"asks {times} times for {type}"


def _of_times(time: ProcessingTime) -> Iterator[str]:
    """A channel through which the service is not offered may have a time: it binds nobody, as a cost does not."""
    if _longer(time.maximum, time.legal):
        yield "the maximum duration is longer than the legal one"
    if _longer(time.average, time.maximum):
        yield "the average duration is longer than the maximum"
    for number, own in enumerate(time.by_channel):
        if _longer(own.maximum, time.legal):
            yield f"processingTime.byChannel.{number}.maximum: through {own.channel} it is longer than the legal one"
        if _longer(own.average, own.maximum):
            yield f"processingTime.byChannel.{number}.average: through {own.channel} it is longer than the maximum"
    for channel, times in _repeated(own.channel for own in time.by_channel):
        yield f"says {times} times how long it takes through {channel}"


def _of_officer(officer: Officer) -> Iterator[str]:
    if officer.unit_id is None and officer.desk_id is None:
        yield "works at no desk and in no unit"
    for authority in officer.authorities:
        what = f"authority for {authority.service_id}"
        if not authority.actions:
            yield f"{what}: allows nothing"
        yield from _of_span(what, authority.valid_from, authority.valid_to)
    for absence in officer.absences:
        yield from _of_span("absence", absence.first, absence.last)


def _of_shifts(shifts: Iterable[Shift]) -> Iterator[str]:
    for shift in shifts:
        what = f"shift of {shift.officer_id} from {shift.valid_from}"
        yield from _of_span(what, shift.valid_from, shift.valid_to)
        yield from _of_hours(what, shift.intervals)
        if shift.substitute_for == shift.officer_id:
            yield f"{what}: nobody is their own substitute"


def _of_kiosk(kiosk: Kiosk) -> Iterator[str]:
    for key in kiosk.keys:
        yield from _of_span(f"key {key.kid}", key.valid_from, key.valid_to)
        if key.revoked_at is None and weak(key.public_key):
            yield f"key {key.kid}: not an Ed25519 public key that one holder alone can sign with"
    for closure in kiosk.closures:
        yield from _of_span("closure", closure.first, closure.last)
    if any(bears_number(key.kid) for key in kiosk.keys if key.revoked_at is None):
        yield "keys: a kid bears somebody's national id or mobile"
    if any(bears_number(operator.id) for operator in kiosk.operators):
        yield "operators: an id bears somebody's national id or mobile"
    for kid, times in _repeated(key.kid for key in kiosk.keys):
        yield f"names the key {kid} {times} times"
    for operator_id, times in _repeated(operator.id for operator in kiosk.operators):
        yield f"names the operator {operator_id} {times} times"


def _of_partner(partner: Partner) -> Iterator[str]:
    if partner.id in RESERVED:
        yield f"id: {partner.id} is a name of the service's own"
    if names_mobile(partner.contact):
        yield "contact: names somebody's mobile; give the office's"


def _of_offering(offering: Offering) -> Iterator[str]:
    yield from _of_span("the offering", offering.valid_from, offering.valid_to)
    if offering.presence_reason is not None and offering.channel is not Channel.AGENCY_DESK:
        yield "presenceReason: only a desk makes people come"


def _of_rule(rule: RoutingRule) -> Iterator[str]:
    for number, row in enumerate(rule.rows):
        yield from (f"rows.{number}.{flaw}" for flaw in _of_row(row))
        first = next((place for place, earlier in enumerate(rule.rows[:number]) if takes_all_of(earlier, row)), None)
        if first is not None:
            yield f"rows.{number}: is never reached, since rows.{first} takes all of it"
    if any(later <= earlier for earlier, later in pairwise(rule.rungs)):
        yield "rungs: they ascend, each once"


def _of_row(row: RuleRow) -> Iterator[str]:
    for name, first, end in (("Area", row.min_area, row.max_area), ("Amount", row.min_amount, row.max_amount)):
        if end is not None and (first or 0) >= end:
            yield f"max{name}: nothing lies from {first or 0} on and below {end}"
    for number, step in enumerate(row.steps):
        if bears_number(step.id):
            yield f"steps.{number}.id: {NUMBERED_TEXT}"
    for id, times in _repeated(step.id for step in row.steps):
        yield f"steps: {id} stands {times} times"
    if not any(step.mandatory for step in row.steps):
        yield "steps: none is mandatory, and the result would wait for nobody"
    yield from _of_order(row.steps)
    yield from _that_never_open(row.steps)


def _of_order(steps: tuple[RuleStep, ...]) -> Iterator[str]:
    ids = {step.id for step in steps}
    for number, step in enumerate(steps):
        yield from (f"steps.{number}.after: there is no step {id}" for id in step.after if id not in ids)
    waiting = {step.id: ids.intersection(step.after) for step in steps}
    while ready := [id for id, others in waiting.items() if waiting.keys().isdisjoint(others)]:
        for id in ready:
            del waiting[id]
    if waiting:
        yield f"steps: {', '.join(waiting)} wait for each other"


def _that_never_open(steps: tuple[RuleStep, ...]) -> Iterator[str]:
    """The result is there, and the rest called off, when the last mandatory step is answered."""
    after = {step.id: step.after for step in steps}
    mandatory = {step.id for step in steps if step.mandatory}
    for number, step in enumerate(steps):
        waits_for = set(step.after)
        while more := {id for each in waits_for for id in after.get(each, ())} - waits_for:
            waits_for |= more
        if not step.mandatory and mandatory and mandatory <= waits_for:
            yield f"steps.{number}: never opens, since the result waits for none but those that it waits for"


def _of_span(what: str, first: date, last: date | None) -> Iterator[str]:
    if last is not None and last < first:
        yield f"{what}: ends on {last}, before it begins on {first}"


def _of_hours(what: str, hours: Hours) -> Iterator[str]:
    for pair in hours:
        if not all(_TIME.fullmatch(end) for end in pair) or pair[0] >= pair[1]:
            yield f"{what}: {'-'.join(pair)} is no span of a day"
    for earlier, later in pairwise(hours):
        if later[0] < earlier[1]:
            yield f"{what}: {'-'.join(later)} stands before the end of {'-'.join(earlier)}"


def _repeated(ids: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Those that stand more than once, and how often."""
    return ((id, times) for id, times in Counter(ids).items() if times > 1)


_HOURS, _DAYS, _CALENDAR_DAYS = DurationUnit

_AT_LEAST = {
    (_DAYS, _CALENDAR_DAYS): Fraction(1),
    (_HOURS, _CALENDAR_DAYS): Fraction(1, 24),
    (_HOURS, _DAYS): Fraction(1, 24),
    (_DAYS, _HOURS): Fraction(1),
    # a week has a working day, and a working hour
    (_CALENDAR_DAYS, _DAYS): Fraction(1, 7),
    (_CALENDAR_DAYS, _HOURS): Fraction(1, 7),
    **{(unit, unit): Fraction(1) for unit in DurationUnit},
}
"""How many of the second unit one of the first is by any calendar: what is longer by this is so wherever it counts."""


def _longer(one: WorkingTime, other: WorkingTime) -> bool:
    return one.value * _AT_LEAST[one.unit, other.unit] > other.value
