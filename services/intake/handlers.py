"""Everything that can happen to a request, in one table; what is reported past the agency, in another."""

from services.contracts import topics
from services.contracts.decision import TimerFired
from services.contracts.intake import (
    Announce,
    DecideOnSpot,
    Expire,
    FileObjection,
    HandOver,
    RedirectAgain,
    RemindToCollect,
    Reopen,
    ReturnFromKiosk,
    Withdraw,
)
from services.contracts.notify import NOTICE_VERBS, NoticeMoved
from services.contracts.routing import WORK_VERBS, WorkMoved
from services.intake import kiosk_records
from services.intake.domain import (
    again,
    announcing,
    answering,
    closing,
    collecting,
    deciding,
    due,
    evidence,
    filing,
    illegal_demand,
    noticed,
    progress,
    redirecting,
    returning,
    submitting,
    surveying,
    withdrawing,
)
from services.intake.domain.illegal_demand import IllegalDemand
from services.intake.domain.messages import (
    CaseProgressed,
    EvidenceBrought,
    Filed,
    KioskHonours,
    KioskSubmitted,
    KioskUnreadable,
    RedirectHonoured,
    RedirectRefused,
    SurveyGiven,
)
from services.intake.domain.request import Request
from services.runtime.entity import Addressed, Entity, Inbound, events

REQUEST = Entity(
    name="request",
    state=Request,
    decide={
        # filed
        Filed: filing.at_desk,
        KioskSubmitted: submitting.from_kiosk,
        KioskUnreadable: submitting.unreadable,
        # redirected: the filing asks the request, the request answers, and later tells how far it is
        KioskHonours: redirecting.honours,
        RedirectHonoured: submitting.honoured,
        RedirectRefused: submitting.refused,
        CaseProgressed: progress.case_progressed,
        # back from a kiosk
        ReturnFromKiosk: returning.taken_back,
        RedirectAgain: returning.sent_on,
        Expire: returning.expired,
        # worked on by the unit, told to the citizen
        DecideOnSpot: deciding.on_spot,
        WorkMoved: answering.work_moved,
        NoticeMoved: noticed.notice_moved,
        Announce: announcing.told_at_desk,
        HandOver: closing.hand_over,
        RemindToCollect: collecting.reminded_by_desk,
        Withdraw: withdrawing.withdraw,
        # what the citizen brings
        EvidenceBrought: evidence.brought,
        # worked on once more
        FileObjection: again.objected,
        Reopen: again.reopened,
        # over: its person says how it went
        SurveyGiven: surveying.given,
        # time
        TimerFired: due.fell_due,
    },
    timers=due.timers,
    held=submitting.held,
)


ILLEGAL_DEMAND = Entity(
    name="illegal-demand",
    state=IllegalDemand,
    decide={IllegalDemand: illegal_demand.reported},
)
"""Reached from a survey, past the agency."""


def _of_request(event: WorkMoved | NoticeMoved) -> str:
    return event.request_id


CONSUMES: tuple[Inbound, ...] = (
    Inbound(
        topics.KIOSK_SUBMISSION,
        lambda envelope, key, value: _to_request(kiosk_records.read(envelope, key, value)),
        outside=True,
        malformed=lambda key, id, value, error: _to_request(kiosk_records.unreadable(key, id, value, error)),
    ),
    events(
        topics.ROUTING_WORK,
        WorkMoved,
        REQUEST,
        _of_request,
        WORK_VERBS,
        skips_minor=True,
    ),
    events(
        topics.NOTIFY_STATUS,
        NoticeMoved,
        REQUEST,
        _of_request,
        NOTICE_VERBS,
        skips_minor=True,
    ),
)


def _to_request(body: KioskSubmitted | KioskUnreadable | None) -> Addressed | None:
    return Addressed(REQUEST, body.request_id, body) if body is not None else None
