"""What happens in routing: its entities, and what each message means to them."""

from services.contracts import topics
from services.contracts.decision import TimerFired
from services.contracts.intake import DEMAND_VERBS, REQUEST_VERBS, RequestMoved
from services.routing.domain import (
    commands,
    coordinating,
    due,
    giving,
    handling,
    placing,
    queue,
    re_dating,
    suspending,
    transferring,
    unit_slots,
    unit_visits,
)
from services.routing.domain.case import Case, timers
from services.routing.domain.messages import (
    AskAgain,
    CalendarChanged,
    EndNoted,
    EntrySigned,
    OfferTask,
    TakingNoted,
    TaskEnded,
    TaskPlaced,
    TaskTaken,
    TaskWaiting,
    UnitMoved,
)
from services.routing.domain.queue import Queue
from services.routing.domain.unit_slots import (
    FreeUnitSlot,
    TakeUnitSlot,
    UnitDay,
    UnitSlotGone,
    UnitSlotTaken,
)
from services.runtime.entity import Entity, Inbound, events

CASE = Entity(
    name="case",
    state=Case,
    decide={
        RequestMoved: placing.request_moved,
        TaskPlaced: placing.placed,
        TaskWaiting: placing.waiting,
        CalendarChanged: re_dating.calendar_changed,
        TimerFired: due.fell_due,
        AskAgain: placing.ask_again,
        commands.Start: handling.start,
        commands.Answer: handling.answer,
        commands.GiveBack: giving.given_back,
        commands.Reassign: giving.reassigned,
        commands.Ask: unit_visits.asked,
        coordinating.Answer: unit_visits.answered,
        coordinating.AnswerHeard: unit_visits.answer_heard,
        commands.Accept: unit_visits.accepted,
        commands.Propose: unit_visits.proposed,
        commands.Approve: unit_visits.approved,
        commands.Attend: unit_visits.attended,
        commands.Miss: unit_visits.missed,
        commands.Cancel: unit_visits.cancelled,
        UnitSlotTaken: unit_visits.slot_taken,
        UnitSlotGone: unit_visits.slot_gone,
        UnitMoved: unit_visits.unit_moved,
        commands.HandOn: transferring.handed_on,
        commands.Acknowledge: transferring.acknowledged,
        commands.Refuse: transferring.refused,
        commands.Suspend: suspending.suspended,
        commands.Resume: suspending.resumed,
        EndNoted: placing.end_noted,
        TakingNoted: placing.taking_noted,
    },
    timers=timers,
    asks_first=True,
    sparse=True,
)

QUEUE = Entity(
    name="queue",
    state=Queue,
    decide={
        OfferTask: queue.offered,
        TaskTaken: queue.taken,
        TaskEnded: queue.ended,
        EntrySigned: queue.signed,
    },
    many_source=True,
)

UNIT_DAY = Entity(
    name="unit-day",
    state=UnitDay,
    decide={TakeUnitSlot: unit_slots.taken, FreeUnitSlot: unit_slots.freed},
    many_source=True,
)

CONSUMES: tuple[Inbound, ...] = (
    events(
        topics.INTAKE_REQUEST,
        RequestMoved,
        CASE,
        lambda request: request.request_id,
        REQUEST_VERBS,
        passed_by=DEMAND_VERBS,
    ),
)
