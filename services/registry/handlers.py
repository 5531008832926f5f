"""What the registry does: entries are recorded, sheets drafted, attested and published; every version is kept.

What is found wrong with an agency's desks: deficiencies, from the report to the verification. For its reports it keeps
what intake tells of cases and visits, and routing of the work on them, and it freezes the pack of a month.
"""

from typing import Any

from pydantic import BaseModel

from services.contracts import topics
from services.contracts.decision import TimerFired
from services.contracts.entry import Entry
from services.contracts.envelope import Envelope
from services.contracts.intake import DEMAND_REPORTED, DEMAND_VERBS, REQUEST_VERBS, IllegalDemandReported, RequestMoved
from services.contracts.registry import ENTRIES, Desk, Kiosk, Officer, Organization, Partner, Unit
from services.contracts.routing import WORK_VERBS, WorkMoved
from services.contracts.service_sheet import Offering, Sheet
from services.contracts.visit import VISIT_VERBS, VisitMoved
from services.contracts.working_calendar import WorkingCalendar
from services.registry.domain import (
    access,
    calendar_file,
    calendar_holidays,
    calendars,
    claims,
    concern,
    conflicts,
    deficiency,
    directives,
    ending,
    importing,
    inspections,
    life,
    maturity,
    onboarding,
    packs,
    receipts,
    recording,
    remediation,
    remedying,
    reported,
    reporting,
    sheets,
    sighting,
    sweep,
    visits,
    work_reported,
)
from services.registry.domain.access import AccessApplied, AccessFailed, AccessWanted, PartnerAccess
from services.registry.domain.calendar_file import Below, CalendarFile, Follow, Unfollow
from services.registry.domain.draft import DRAFT_EDITION, DraftEdition
from services.registry.domain.importing import PAGE, CatalogueImport, Ended, Heard, ReportPage, StartImport
from services.registry.domain.late import PACK as PACK_NAME
from services.registry.domain.late import CameLate
from services.registry.domain.maturity import VerifyWish
from services.registry.domain.recording import EDITION, StatusWish, Wish, edition_name
from services.registry.domain.sheets import AttestWish, PublishWish, SheetFile, WriteDraft
from services.runtime.entity import Addressed, Decide, Entity, Inbound, events

SHEET_FILE: Entity[SheetFile] = Entity(
    name=Sheet.KIND,
    state=SheetFile,
    decide={
        WriteDraft: sheets.write_draft,
        AttestWish: sheets.attest,
        PublishWish: sheets.publish,
        VerifyWish: maturity.verify,
        StatusWish: sheets.change_status,
        ending.EndWish: sheets.end,
        TimerFired: sheets.day_came,
    },
    timers=lambda file: life.due_times(file.published) if file.published else {},
    reread=True,
)

CALENDAR_FILE: Entity[CalendarFile] = Entity(
    name=WorkingCalendar.KIND,
    state=CalendarFile,
    decide={
        Wish: calendars.record,
        calendars.AddWish: calendars.add_exceptions,
        calendar_holidays.HolidaysWish: calendar_holidays.import_holidays,
        calendars.ConfirmWish: calendars.confirm_exception,
        calendars.WithdrawWish: calendars.withdraw_exception,
        StatusWish: calendars.change_status,
        ending.EndWish: calendars.end,
        # between a calendar and those that stand on it
        Follow: calendar_file.follow,
        Unfollow: calendar_file.unfollow,
        Below: calendar_file.below_changed,
        TimerFired: calendars.day_came,
    },
    timers=calendars.due_times,
    reread=True,
)

ENDING: dict[type[BaseModel], Decide] = {ending.EndWish: ending.end}

MORE: dict[type[Entry], dict[type[BaseModel], Decide]] = {
    Organization: ENDING,
    Unit: ENDING,
    Desk: ENDING,
    Offering: ENDING,
    Partner: {
        onboarding.CredentialsWish: onboarding.credentials,
        onboarding.RevokeApiKeysWish: onboarding.revoke_api_keys,
    },
    Kiosk: {
        onboarding.RegisterKeyWish: onboarding.register_key,
        onboarding.RevokeKeyWish: onboarding.revoke_key,
    },
    Officer: {conflicts.DeclareWish: conflicts.declare, conflicts.EndWish: conflicts.end},
}
"""What can happen to entries of one kind alone."""

RECORDED: dict[type[Entry], Entity[Any]] = {
    kind: Entity(
        name=kind.KIND,
        state=kind,
        decide={
            Wish: recording.record,
            StatusWish: recording.change_status,
            TimerFired: recording.day_came,
            **MORE.get(kind, {}),
        },
        timers=life.due_times,
        reread=True,
    )
    for kind in ENTRIES
    if kind not in (Sheet, WorkingCalendar)
}
"""The newest version of each entry. A service and a calendar have a file instead, which holds more."""

FILES: dict[type[Entry], Entity[Any]] = {**RECORDED, Sheet: SHEET_FILE, WorkingCalendar: CALENDAR_FILE}
"""Where the newest version of each kind is found."""

PARTNER_ACCESS: Entity[PartnerAccess] = Entity(
    name=access.NAME,
    state=PartnerAccess,
    decide={
        AccessWanted: access.decided,
        AccessApplied: access.applied,
        AccessFailed: access.failed,
        TimerFired: access.again,
    },
    timers=access.due_times,
)
"""Whether the broker agrees with what is decided of a partner."""

CLAIM: Entity[claims.Claim] = Entity(
    name="claim",
    state=claims.Claim,
    decide={claims.ClaimWish: claims.claim, claims.Release: claims.release},
)
"""Which entry is about to have what one alone may have."""

EDITIONS: dict[type[Entry], Entity[Any]] = {
    kind: Entity(name=edition_name(kind), state=edition, decide={edition: recording.keep})
    for kind, edition in EDITION.items()
}
"""Every version of every entry: what running cases hold on to, and who changed what when."""

SHEET_DRAFT: Entity[DraftEdition] = Entity(
    name=DRAFT_EDITION, state=DraftEdition, decide={DraftEdition: sheets.keep_draft}
)
"""Every version of every draft."""

CATALOGUE_IMPORT: Entity[CatalogueImport] = Entity(
    name="catalogue-import",
    state=CatalogueImport,
    decide={
        StartImport: importing.start,
        Heard: importing.hear,
        Ended: importing.end,
        TimerFired: importing.fall_silent,
    },
    timers=importing.due_times,
)
"""An import of a catalogue, while it goes on and after."""

IMPORT_PAGE: Entity[ReportPage] = Entity(name=PAGE, state=ReportPage, decide={ReportPage: importing.keep_page})
"""What there is to say about the services of a file, a hundred to a page: the whole would not fit into one document."""

VISIT = Entity(name="visit", state=VisitMoved, decide={VisitMoved: visits.told})

DEFICIENCY: Entity[deficiency.Deficiency] = Entity(
    name="deficiency",
    state=deficiency.Deficiency,
    decide={
        reporting.ReportWish: reporting.report,
        remedying.RemedyWish: remedying.decided,
        # from its concern
        remedying.Found: remedying.found,
        remedying.SeenAgain: remedying.seen_again,
        remedying.NotSeen: remedying.not_seen,
        TimerFired: remedying.overdue,
    },
    timers=deficiency.due_times,
)

CONCERN: Entity[concern.Concern] = Entity(
    name="concern",
    state=concern.Concern,
    decide={
        concern.Looked: concern.looked,
        sighting.Sighting: concern.sighted,
        concern.Gone: concern.gone,
        # from a deficiency, which gives back a sighting, too
        remedying.Found: concern.reported,
        remedying.Settled: concern.settled,
    },
)

SWEPT: Entity[sweep.Swept] = Entity(name="swept", state=sweep.Swept, decide={sweep.AgencySwept: sweep.swept})

DIRECTIVE: Entity[directives.Directive] = Entity(
    name="directive",
    state=directives.Directive,
    decide={
        directives.IssueWish: directives.issue,
        directives.AcknowledgeWish: directives.acknowledge,
        directives.Raised: directives.raised,
        TimerFired: directives.fell_due,
    },
    timers=directives.due_times,
)

INSPECTION: Entity[inspections.Inspection] = Entity(
    name="inspection",
    state=inspections.Inspection,
    decide={inspections.InspectWish: inspections.inspect},
)

REPORT: Entity[remediation.RemediationReport] = Entity(
    name="remediation-report",
    state=remediation.RemediationReport,
    decide={
        remediation.SubmitWish: remediation.submit,
        remediation.ReceiveWish: remediation.receive,
        remediation.Numbered: remediation.numbered,
    },
)

RECEIPTS: Entity[receipts.Register] = Entity(
    name="receipt-register",
    state=receipts.Register,
    decide={remediation.NumberWanted: receipts.enter},
    many_source=True,  # every report is another sender; an entry that is there is not made again
)

CASE: Entity[reported.ReportedCase] = Entity(
    name="reported-case",
    state=reported.ReportedCase,
    decide={RequestMoved: reported.told, reported.CaseRaised: reported.raised},
    many_source=True,  # it knows an event by the version of its request, in whatever order they come
    sparse=True,
)

WORK: Entity[work_reported.ReportedWork] = Entity(
    name="reported-work",
    state=work_reported.ReportedWork,
    decide={WorkMoved: work_reported.told},
    many_source=True,  # it knows an event by the version of its case, in whatever order they come
    sparse=True,
)

DEMAND: Entity[reported.ReportedDemand] = Entity(
    name="reported-demand",
    state=reported.ReportedDemand,
    decide={IllegalDemandReported: reported.demanded},
)

PACK: Entity[packs.Pack] = Entity(
    name=PACK_NAME,
    state=packs.Pack,
    decide={
        packs.BeginPack: packs.begin,
        packs.FreezeWish: packs.freeze,
        packs.Recounted: packs.recount,
        CameLate: packs.came_late,
    },
    many_source=True,  # every case, visit and report is another sender; one heard twice is counted once more
)

PACK_REVISION: Entity[packs.PackRevision] = Entity(
    name=packs.REVISION, state=packs.PackRevision, decide={packs.PackRevision: packs.kept}
)

DUTIES: tuple[Entity[Any], ...] = (DEFICIENCY, CONCERN, SWEPT, DIRECTIVE, INSPECTION, REPORT, RECEIPTS)
REPORTS: tuple[Entity[Any], ...] = (CASE, WORK, DEMAND, VISIT, PACK, PACK_REVISION)

_OF_CASES = events(
    topics.INTAKE_REQUEST,
    RequestMoved,
    CASE,
    lambda event: event.request_id,
    REQUEST_VERBS,
    picked=reported.is_reported,
)
_OF_DEMANDS = events(topics.INTAKE_REQUEST, IllegalDemandReported, DEMAND, lambda event: event.demand_id, DEMAND_VERBS)


def _told_of_requests(envelope: Envelope, key: str, value: bytes, finding: object) -> Addressed | None:
    """Cases, and that something illegal was reported, stand on one topic."""
    inbound = _OF_DEMANDS if envelope.type == DEMAND_REPORTED else _OF_CASES
    return inbound.read(envelope, key, value, finding)


CONSUMES: tuple[Inbound, ...] = (
    events(topics.INTAKE_VISIT, VisitMoved, VISIT, lambda visit: visit.visit_id, VISIT_VERBS),
    Inbound(topics.INTAKE_REQUEST, _told_of_requests, picks=True),
    events(
        topics.ROUTING_WORK,
        WorkMoved,
        WORK,
        lambda event: event.request_id,
        WORK_VERBS,
        picked=work_reported.is_reported,
    ),
)
"""The registry is the source of what it publishes. Of visits, cases, the work on them and illegal demands it hears for
its reports."""
