"""Who may report which deficiency: inspectors, the agency's own staff, kiosk offices (domain 1.6)."""

from dataclasses import replace

from services.contracts.decision import Decision, Refused, Send, World
from services.contracts.deficiency import FinderRole, FoundBy, Kind, Mode, Subject, SubjectType
from services.contracts.entry import Entry, Status
from services.contracts.reachable import licensed
from services.contracts.registry import Organization
from services.contracts.service_sheet import Offering
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Command, Id, TypedId
from services.registry.domain.concern import concern_id
from services.registry.domain.deficiency import FITS, Deficiency, Evidence, Said
from services.registry.domain.officers import of_agency, of_agency_above
from services.registry.domain.recording import Asked
from services.registry.domain.remedying import Found, found
from services.registry.domain.rules import Rules
from services.registry.domain.terms import terms
from services.worktime.jalali import civil_day


class SubjectNamed(Command):
    type: SubjectType
    id: TypedId


class Reporter(Command):
    """An officer, or a kiosk office."""

    role: FinderRole
    officer_id: TypedId | None = None
    kiosk_id: TypedId | None = None


class ReportDeficiency(Command):
    """POST /v1/deficiencies."""

    org_id: TypedId
    subject: SubjectNamed
    mode: Mode
    kind: Kind
    text: Said
    evidence: Evidence | None = None
    reporter: Reporter


class ReportWish(Asked):
    deficiency_id: Id
    command: ReportDeficiency


def report(known: Deficiency | None, wish: ReportWish, world: World[Rules]) -> Decision[Deficiency]:
    """REPORTED by people. Its concern hears of it, so that the same fault is counted in it when it is seen again.

    Refused (422): UNKNOWN_ORGANIZATION, UNKNOWN_SUBJECT, KIND_DOES_NOT_FIT, UNKNOWN_OFFICER, UNKNOWN_REPORTER;
    NOT_AUTHORISED (403).
    """
    command, registry = wish.command, wish.around.entries
    agency = registry.organization(command.org_id)
    if agency is None or agency.status is not Status.ACTIVE:
        raise _wrong("orgId", "UNKNOWN_ORGANIZATION", "there is no such agency")
    _fits(command, agency, registry)
    subject = Subject(type=command.subject.type, id=command.subject.id)
    concern = concern_id(agency.id, command.kind, subject)
    message = Found(
        deficiency_id=wish.deficiency_id,
        org_id=agency.id,
        kind=command.kind,
        subject=subject,
        mode=command.mode,
        found_by=_finder(command, registry, world),
        owner=agency.head_officer_id,
        terms=terms(registry, agency.id, world.now, world.rules),
        seen_at=world.now,
        text=command.text,
        evidence=command.evidence,
        concern_id=concern,
    )
    sends = (Send("concern", concern, message),) if known is None else ()
    return replace(found(known, message, world), sends=sends)


def _fits(command: ReportDeficiency, agency: Organization, registry: Snapshot) -> None:
    subject = command.subject
    if subject.type not in FITS[command.kind]:
        allowed = ", ".join(sorted(FITS[command.kind]))
        raise _wrong("kind", "KIND_DOES_NOT_FIT", f"{command.kind} is said of {allowed}")
    if command.kind is Kind.DESK_MISSING and subject.id == agency.desk_id:
        known = True  # that it is not there is what is said
    else:
        entry: Entry | None
        match subject.type:
            case SubjectType.DESK:
                entry = registry.desk(subject.id)
            case SubjectType.SERVICE:
                entry = registry.sheet(subject.id)
            case SubjectType.OFFERING:
                entry = registry.find(Offering, subject.id)
            case SubjectType.DIRECTIVE:  # the registry sees by itself who has not acknowledged one
                entry = None
        known = entry is not None and entry.org_id == agency.id
    if not known:
        raise _wrong("subject.id", "UNKNOWN_SUBJECT", "the agency has no such desk, service or offering")


def _finder(command: ReportDeficiency, registry: Snapshot, world: World[Rules]) -> FoundBy:
    reporter = command.reporter
    match reporter.role, reporter.officer_id, reporter.kiosk_id:
        case FinderRole.INSPECTOR, str(officer_id), None:
            of_agency_above(registry, officer_id, command.org_id)
        case FinderRole.STAFF, str(officer_id), None:
            of_agency(registry, officer_id, command.org_id)
        case FinderRole.KIOSK, None, str(kiosk_id):
            kiosk = registry.kiosk(kiosk_id)
            if kiosk is None or kiosk.sandbox or not licensed(kiosk, registry, civil_day(world.now)):
                detail = "no kiosk office that is licensed, of a partner under contract, has this id"
                raise Refused("NOT_AUTHORISED", detail, status=403)
        case _:
            detail = "INSPECTOR and STAFF name their officerId, a KIOSK its kioskId; SYSTEM is the registry itself"
            raise _wrong("reporter", "UNKNOWN_REPORTER", detail)
    return FoundBy(role=reporter.role, id=reporter.officer_id or reporter.kiosk_id or "")


def _wrong(field: str, code: str, detail: str) -> Refused:
    return Refused(code, detail, status=422, errors=[{"field": field, "code": code, "detail": detail}])
