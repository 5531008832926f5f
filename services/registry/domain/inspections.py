"""An inspection of a desk: what the inspector saw, beside what the registry knows by itself (domain 1.2, 1.6, 11)."""

from datetime import date
from typing import Any

from pydantic import Field

from services.contracts.decision import Decision, Refused, Send, World
from services.contracts.deficiency import FinderRole, FoundBy, Kind, Mode, Subject, SubjectType
from services.contracts.entry import MANY, Status
from services.contracts.registry import Desk
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Command, Flag, Id, Instant, Moment, TypedId, Wire
from services.registry.domain.concern import concern_id
from services.registry.domain.deficiency import Said
from services.registry.domain.findings import head_decides
from services.registry.domain.late import late
from services.registry.domain.officers import of_agency_above
from services.registry.domain.recording import Asked
from services.registry.domain.rules import Rules
from services.registry.domain.sighting import Sighting
from services.registry.domain.terms import terms
from services.worktime.jalali import civil_day

GROUND_FLOOR = 0


class Checklist(Command):
    """What the inspector saw. Of a desk that does not exist nothing else is said."""

    desk_exists: Flag
    ground_floor: Flag | None = None
    head_present: Flag | None = None
    head_has_authority: Flag | None = None
    hours_kept: Flag | None = None
    people_sent_to_units: int | None = Field(default=None, ge=0, le=MANY, strict=True)


class InspectDesk(Command):
    """POST /v1/inspections."""

    desk_id: TypedId
    at: Moment
    checklist: Checklist
    note: Said | None = None
    officer_id: TypedId


class InspectWish(Asked):
    inspection_id: Id
    command: InspectDesk
    then: Snapshot = Field(exclude=True)
    """The desk with its head, as the registry had them when it was inspected."""


class Known(Wire):
    """What the registry says of the desk at that moment."""

    desk_exists: bool
    ground_floor: bool
    head_has_authority: bool


class Inspection(Wire):
    """It never changes: another look is another inspection."""

    id: Id
    org_id: Id
    desk_id: Id
    officer_id: Id
    at: Instant
    recorded_at: Instant
    checklist: Checklist
    known: Known
    note: str | None
    contradictions: tuple[str, ...]
    """Items of the checklist of which the registry says otherwise."""
    failed: tuple[Kind, ...]
    """Each has a deficiency, open or verified since; none, when the agency was not in force any more."""


def inspect(known: Inspection | None, wish: InspectWish, world: World[Rules]) -> Decision[Inspection]:
    """Each item that is not as it should be is a deficiency, or one more sight of an open one; none, if the fault was
    verified as remedied after it had been seen here, or the agency is not in force.

    Refused (422): UNKNOWN_DESK, INCOMPLETE (with the items of the checklist that are missing), IN_THE_FUTURE,
    UNKNOWN_OFFICER; NOT_AUTHORISED (403).
    """
    command, registry = wish.command, wish.around.entries
    desk, desk_then = registry.desk(command.desk_id), wish.then.desk(command.desk_id)
    if desk is None or desk_then is None:
        raise Refused("UNKNOWN_DESK", "there is no such desk in the registry", status=422)
    of_agency_above(registry, command.officer_id, desk.org_id)
    if command.at > world.now:
        raise Refused("IN_THE_FUTURE", "an inspection is recorded when it has been made", status=422)
    checklist = command.checklist
    missing = _missing(checklist)
    if missing:
        raise Refused("INCOMPLETE", "the checklist is not complete", status=422, missing=missing)
    told = Inspection(
        id=wish.inspection_id,
        org_id=desk.org_id,
        desk_id=desk.id,
        officer_id=command.officer_id,
        at=command.at,
        recorded_at=world.now,
        checklist=checklist,
        known=(facts := _facts(desk_then, wish.then, civil_day(command.at))),
        note=command.note,
        contradictions=_contradictions(checklist, facts),
        failed=failed(_with_what_is_known(checklist, facts)),
    )
    sends = (*_sightings(told, desk, registry, world), *late(desk.org_id, told.at, world.now))
    return Decision(told, sends=sends, answer=_answer(told))


def failed(checklist: Checklist) -> tuple[Kind, ...]:
    """The deficiencies that a checklist amounts to."""
    if not checklist.desk_exists:
        return (Kind.DESK_MISSING,)
    wrong = {
        Kind.NOT_ON_GROUND_FLOOR: checklist.ground_floor is False,
        Kind.HEAD_ABSENT: checklist.head_present is False,
        Kind.HEAD_WITHOUT_AUTHORITY: checklist.head_has_authority is False,
        Kind.HOURS_NOT_KEPT: checklist.hours_kept is False,
        Kind.SENT_TO_UNITS: bool(checklist.people_sent_to_units),
    }
    return tuple(kind for kind, is_wrong in wrong.items() if is_wrong)


def subject_of(desk_id: str) -> Subject:
    return Subject(type=SubjectType.DESK, id=desk_id)


def _missing(checklist: Checklist) -> list[str]:
    """The head's authority and the floor are known to the registry, and may be left to it."""
    if not checklist.desk_exists:
        return []
    wanted = ("head_present", "hours_kept", "people_sent_to_units")
    return [_wire(name) for name in wanted if getattr(checklist, name) is None]


def _with_what_is_known(checklist: Checklist, facts: Known) -> Checklist:
    """What was left to the registry is as the registry has it."""
    left = {name: getattr(facts, name) for name in Known.model_fields if getattr(checklist, name) is None}
    return checklist.model_copy(update=left)


def _facts(desk: Desk, registry: Snapshot, day: date) -> Known:
    return Known(
        desk_exists=desk.status is Status.ACTIVE,
        ground_floor=desk.floor == GROUND_FLOOR,
        head_has_authority=head_decides(desk, registry, day),
    )


def _contradictions(checklist: Checklist, facts: Known) -> tuple[str, ...]:
    pairs = {name: (getattr(checklist, name), getattr(facts, name)) for name in Known.model_fields}
    return tuple(_wire(name) for name, (seen, known) in pairs.items() if seen is not None and seen != known)


def _sightings(told: Inspection, desk: Desk, registry: Snapshot, world: World[Rules]) -> tuple[Send, ...]:
    agency = registry.organization(desk.org_id)
    if agency is None or agency.status is not Status.ACTIVE:
        return ()
    allowed = terms(registry, desk.org_id, world.now, world.rules)
    return tuple(
        Send(
            "concern",
            concern_id(desk.org_id, kind, subject_of(desk.id)),
            Sighting(
                org_id=desk.org_id,
                kind=kind,
                subject=subject_of(desk.id),
                mode=Mode.IN_PERSON,
                found_by=FoundBy(role=FinderRole.INSPECTOR, id=told.officer_id),
                owner=agency.head_officer_id,
                terms=allowed,
                at=told.at,
                inspection_id=told.id,
                text=told.note,
            ),
        )
        for kind in told.failed
    )


def _answer(told: Inspection) -> dict[str, Any]:
    return {"inspectionId": told.id, "failed": list(told.failed), "contradictions": list(told.contradictions)}


def _wire(name: str) -> str:
    return Checklist.model_fields[name].alias or name
