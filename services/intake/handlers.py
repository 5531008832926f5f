"""Everything that can happen to a request, in one table; to visits, a desk's queue and slots; and past the agency."""

from collections.abc import Mapping

from pydantic import BaseModel

from services.contracts import topics
from services.contracts.decision import TimerFired
from services.contracts.intake_commands import (
    Announce,
    DecideOnSpot,
    Expire,
    FileObjection,
    HandOver,
    PromiseVisit,
    RedirectAgain,
    Remind,
    Reopen,
    ReturnFromKiosk,
    Withdraw,
)
from services.contracts.notify import NOTICE_VERBS, NoticeMoved
from services.contracts.routing import WORK_VERBS, WorkMoved
from services.intake import kiosk_records, proofs
from services.intake.domain import (
    again,
    announcing,
    answering,
    appointing,
    bringing,
    closing,
    deciding,
    desk_queue,
    desk_slots,
    due,
    duplicates,
    erasing,
    expecting,
    extending,
    filing,
    further,
    illegal_demand,
    noticed,
    progress,
    reconsidering,
    redirecting,
    reminding,
    returning,
    submitting,
    surveying,
    unproven,
    visit_record,
    visiting,
    withdrawing,
)
from services.intake.domain.appointing import AppointmentAnswered, AskAppointment
from services.intake.domain.desk_queue import DeskQueue
from services.intake.domain.desk_slots import (
    BookSlot,
    DeskSlots,
    FreeSlot,
    MoveSlot,
    RoomCame,
    SlotBooked,
    SlotMoved,
    SlotTaken,
)
from services.intake.domain.duplicates import EndsAsDuplicate, TakePlace, leaving_its_place
from services.intake.domain.erasing import EraseCase
from services.intake.domain.extending import ExtensionOf
from services.intake.domain.grace import looking_in
from services.intake.domain.illegal_demand import IllegalDemand
from services.intake.domain.impartial import impartial, impartial_at_desk
from services.intake.domain.messages import (
    CaseProgressed,
    EvidenceBrought,
    Filed,
    HeardBefore,
    KioskHonours,
    KioskSaid,
    KioskSubmitted,
    KioskUnreadable,
    RedirectHonoured,
    RedirectRefused,
    SaidOfCase,
    SaidTaken,
    SurveyGiven,
    WasHeard,
)
from services.intake.domain.reconsidering import RegistryMoved, looking_again
from services.intake.domain.request import Request, Rule
from services.intake.domain.visit_messages import (
    CallOf,
    EndOf,
    HoldOf,
    OpenTicket,
    RequestFiled,
    ServeOf,
    VisitEnded,
    VisitOpened,
    VisitStepped,
)
from services.intake.domain.visit_record import VisitRecord
from services.intake.personal import PERSONAL
from services.runtime.entity import Addressed, Entity, Inbound, events

REQUEST_RULES: Mapping[type[BaseModel], Rule] = {
    # filed
    Filed: filing.at_desk,
    KioskSubmitted: submitting.from_kiosk,
    KioskUnreadable: submitting.unreadable,
    # under a former key of the office: its filing is asked whether it was answered already
    HeardBefore: unproven.heard_before,
    WasHeard: unproven.was_heard,
    # what a kiosk office says later of its case
    KioskSaid: further.said,
    SaidOfCase: further.of_case,
    SaidTaken: further.answered,
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
    Remind: reminding.by_desk,
    Withdraw: withdrawing.withdraw,
    # the promise moves
    ExtensionOf: extending.extended,
    # what the citizen brings
    EvidenceBrought: bringing.brought,
    # worked on once more
    FileObjection: again.objected,
    Reopen: again.reopened,
    EraseCase: erasing.erased,
    # over: its person says how it went
    SurveyGiven: surveying.given,
    VisitOpened: visiting.opened,
    VisitEnded: visiting.ended,
    # asked to come again, on a day or in a slot that the desk's day has given
    PromiseVisit: expecting.next_visit,
    AskAppointment: appointing.asked,
    AppointmentAnswered: appointing.answered,
    SlotBooked: appointing.booked,
    SlotTaken: appointing.taken,
    RegistryMoved: reconsidering.looked_at,
    SlotMoved: reconsidering.day_answered,
    RoomCame: reconsidering.room_came,
    # the same person, the same service
    EndsAsDuplicate: duplicates.ended_as_duplicate,
    TakePlace: duplicates.took_place,
    # time
    TimerFired: due.fell_due,
}

REQUEST = Entity(
    name="request",
    state=Request,
    decide={
        message: looking_in(leaving_its_place(looking_again(impartial(message, rule))))
        for message, rule in REQUEST_RULES.items()
    },
    timers=due.timers,
    sealed=PERSONAL,
    sparse=True,
    held=submitting.held,
)

DESK_QUEUE = Entity(
    name="desk-queue",
    state=DeskQueue,
    decide={
        OpenTicket: impartial_at_desk(desk_queue.opened),
        CallOf: impartial_at_desk(desk_queue.called),
        ServeOf: impartial_at_desk(desk_queue.served),
        HoldOf: impartial_at_desk(desk_queue.held),
        EndOf: impartial_at_desk(desk_queue.ended),
        RegistryMoved: desk_queue.hours_moved,
        TimerFired: desk_queue.fell_due,
    },
    timers=desk_queue.timers,
)
"""One desk on one day."""

DESK_SLOTS = Entity(
    name="desk-slots",
    state=DeskSlots,
    decide={BookSlot: desk_slots.booked, FreeSlot: desk_slots.freed, MoveSlot: desk_slots.moved},
    many_source=True,  # every case is another sender; a booking is known by its id
)
"""Who has booked what, of one desk on one day."""

VISIT = Entity(
    name="visit",
    state=VisitRecord,
    decide={
        VisitStepped: visit_record.stepped,
        RequestFiled: visit_record.request_filed,
    },
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
        lambda envelope, key, value, proof: _to_request(kiosk_records.read(envelope, key, value, proof)),
        outside=True,
        malformed=lambda key, id, value, error, proof: _to_request(
            kiosk_records.unreadable(key, id, value, error, proof)
        ),
        examine=proofs.proofs,
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


def _to_request(body: KioskSubmitted | KioskSaid | KioskUnreadable | None) -> Addressed | None:
    return Addressed(REQUEST, body.request_id, body) if body is not None else None
