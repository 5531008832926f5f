"""What the registry does: entries are recorded, sheets drafted, attested and published; every version is kept.

What is found wrong with an agency's desks: deficiencies, from the report to the verification. For its reports it keeps
what intake tells of visits.
"""

from typing import Any

from pydantic import BaseModel

from services.contracts import topics
from services.contracts.decision import TimerFired
from services.contracts.intake import DEMAND_VERBS, REQUEST_VERBS, RequestMoved
from services.contracts.registry import ENTRIES, Entry, Kiosk, Officer, Partner, Sheet, WorkingCalendar
from services.contracts.visit import VISIT_VERBS, VisitMoved
from services.registry.domain import (
    access,
    calendars,
    concern,
    conflicts,
    deficiency,
    directives,
    importing,
    inspections,
    life,
    maturity,
    onboarding,
    receipts,
    recording,
    remediation,
    remedying,
    reporting,
    sheets,
    sweep,
    troubled,
    visits,
)
from services.registry.domain.access import AccessApplied, AccessFailed, AccessWanted, PartnerAccess
from services.registry.domain.calendars import Below, CalendarFile, Follow, Unfollow
from services.registry.domain.importing import PAGE, CatalogueImport, Ended, Heard, ReportPage, StartImport
from services.registry.domain.maturity import VerifyWish
from services.registry.domain.recording import EDITION, StatusWish, Wish, edition_name
from services.registry.domain.sheets import AttestWish, PublishWish, SheetFile, WriteDraft
from services.runtime.entity import Decide, Entity, Inbound, events

SHEET_FILE: Entity[SheetFile] = Entity(
    name=Sheet.KIND,
    state=SheetFile,
    decide={
        WriteDraft: sheets.write_draft,
        AttestWish: sheets.attest,
        PublishWish: sheets.publish,
        VerifyWish: maturity.verify,
        StatusWish: sheets.change_status,
        TimerFired: sheets.day_came,
    },
    timers=lambda file: life.due_times(file.published) if file.published else {},
)

CALENDAR_FILE: Entity[CalendarFile] = Entity(
    name=WorkingCalendar.KIND,
    state=CalendarFile,
    decide={
        Wish: calendars.record,
        calendars.AddWish: calendars.add_exceptions,
        calendars.ConfirmWish: calendars.confirm_exception,
        calendars.WithdrawWish: calendars.withdraw_exception,
        StatusWish: calendars.change_status,
        # between a calendar and those that stand on it
        Follow: calendars.follow,
        Unfollow: calendars.unfollow,
        Below: calendars.below_changed,
        TimerFired: calendars.day_came,
    },
    timers=calendars.due_times,
)

MORE: dict[type[Entry], dict[type[BaseModel], Decide]] = {
    Partner: {onboarding.CredentialsWish: onboarding.credentials},
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

EDITIONS: dict[type[Entry], Entity[Any]] = {
    kind: Entity(name=edition_name(kind), state=edition, decide={edition: recording.keep})
    for kind, edition in EDITION.items()
}
"""Every version of every entry: what running cases hold on to, and who changed what when."""

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
        concern.Sighting: concern.sighted,
        concern.Gone: concern.gone,
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

TROUBLED: Entity[troubled.TroubledCase] = Entity(
    name="troubled-case",
    state=troubled.TroubledCase,
    decide={RequestMoved: troubled.told, troubled.CaseRaised: troubled.raised},
)

DUTIES: tuple[Entity[Any], ...] = (DEFICIENCY, CONCERN, SWEPT, DIRECTIVE, INSPECTION, REPORT, RECEIPTS, TROUBLED)

CONSUMES: tuple[Inbound, ...] = (
    events(topics.INTAKE_VISIT, VisitMoved, VISIT, lambda visit: visit.visit_id, VISIT_VERBS),
    events(
        topics.INTAKE_REQUEST,
        RequestMoved,
        TROUBLED,
        lambda event: event.request_id,
        REQUEST_VERBS,
        passed_by=DEMAND_VERBS,
        picked=troubled.is_troubled,
    ),
)
"""The registry is the source of what it publishes. Of visits it hears for its reports, of cases what went wrong."""
