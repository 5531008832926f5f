"""An appointment: a slot that the case asks of a day of its desk, and holds while it is promised (domain 12.15).

The case asks, and the day (`desk_slots`) answers: so the same command has one home, and of two cases that want one slot
the first in the day's own order has it. What a case holds and does not need any more it gives back by itself, however
its promise has ended.
"""

from datetime import datetime

from services.contracts.commitment import ExpectedVisit
from services.contracts.decision import Decision, Refused, Send, TimerFired, World
from services.contracts.intake_commands import PromiseVisit
from services.contracts.wire import Command, Id
from services.intake.domain.authority import wrong_field
from services.intake.domain.case import Case
from services.intake.domain.case_parts import AskedSlot
from services.intake.domain.desk_slots import BookSlot, FreeSlot, SlotBooked, SlotTaken, slots_id
from services.intake.domain.expecting import APPOINTMENT, ELSEWHERE, given, may_promise
from services.intake.domain.promising import BROKEN, KEPT, RELEASED
from services.intake.domain.request import Request, the_case, with_case
from services.intake.domain.rules import Rules
from services.intake.domain.slots import declared, may_serve, slots_at, stands
from services.intake.domain.standing import desk_calendar
from services.worktime.jalali import civil_day

REMEMBERED = 20
"""Slots that were taken by others or given back: what became of them, for calls that are repeated."""


UNDER_WAY = 503
"""The HTTP status while the day has not answered: only after a crash, or with the store away."""


class AskAppointment(Command):
    """A desk's wish, with the id that the booking will have."""

    booking_id: Id
    asked: PromiseVisit


class AppointmentAnswered(Command):
    """What the day has said to a booking."""

    booking_id: Id


def asked(request: Request | None, command: AskAppointment, world: World[Rules]) -> Decision[Request]:
    """The case asks the day. One booking at a time.

    Raises Refused as `expecting.next_visit` does, and BOOKING_UNDER_WAY.
    """
    request, case = the_case(request)
    wish = command.asked
    desk, _ = may_promise(case, wish, world)
    if any(slot.state == "ASKED" for slot in case.slots):
        raise Refused("BOOKING_UNDER_WAY", "another booking of this request is being answered")
    day = civil_day(wish.at)
    those = list(slots_at(world.registry, desk.id, wish.at, world.rules.slot_length))
    if not those:
        raise wrong_field("at", "NOT_A_SLOT", "no slot of this desk begins then")
    if wish.with_officer_id is not None and all(slot.officer_id != wish.with_officer_id for slot in those):
        raise wrong_field("withOfficerId", "NOT_A_SLOT", "this officer does not serve at this desk then")
    people = case.people()
    if wish.with_officer_id is not None and declared(world.registry, wish.with_officer_id, people):
        raise Refused("CONFLICT_OF_INTEREST", "this officer has declared to have to do with who this is about")
    slot = AskedSlot(id=command.booking_id, desk_id=desk.id, day=day, at=wish.at)
    book = BookSlot(
        booking_id=slot.id,
        request_id=request.id,
        desk_id=desk.id,
        day=day,
        at=wish.at,
        officer_id=wish.with_officer_id,
        people=people,
    )
    case = case.model_copy(update={"slots": (*_remembered(case), slot)})
    return Decision(with_case(request, case, world.now), sends=(Send("desk-slots", slots_id(desk.id, day), book),))


def answered(request: Request | None, command: AppointmentAnswered, world: World[Rules]) -> Decision[Request]:
    """Asked after the day has had its turn. Raises Refused SLOT_TAKEN; BOOKING_UNDER_WAY (503) while it has not."""
    request, case = the_case(request)
    slot = _slot(case, command.booking_id)
    if slot is None or slot.state == "TAKEN":
        raise Refused("SLOT_TAKEN", "this slot is not free any more")
    if slot.state == "ASKED":
        raise Refused("BOOKING_UNDER_WAY", "the answer of the desk's day is on its way: ask again", status=UNDER_WAY)
    return Decision(request)


def booked(request: Request | None, message: SlotBooked, world: World[Rules]) -> Decision[Request]:
    """The slot is ours: promised. What the case has not asked for, or cannot use any more, goes back at once."""
    if request is None or request.case is None:
        return Decision(request)
    case = request.case
    slot = _slot(case, message.booking_id)
    if slot is not None and slot.state == "HELD":
        return Decision(request)
    desk = world.registry.desk(message.desk_id)
    calendar = desk_calendar(world.registry, desk) if desk else None
    back = Send("desk-slots", slots_id(message.desk_id, message.day), FreeSlot(booking_id=message.booking_id))
    if slot is None or slot.state != "ASKED":
        return Decision(request, sends=(back,))
    if case.state in ELSEWHERE or message.at <= world.now or calendar is None or not _still_there(case, message, world):
        case = case.with_slot(slot.model_copy(update={"state": "TAKEN"}))
        return Decision(with_case(request, case, world.now), sends=(back,))
    visit = ExpectedVisit(until=message.until, officer_id=message.officer_id)
    decision = given(request, case, APPOINTMENT, message.at, visit, calendar, world)
    told, case = the_case(decision.state)
    promised = next(p for p in case.open_visits() if p.kind is APPOINTMENT)
    held = slot.model_copy(update={"state": "HELD", "commitment_id": promised.id})
    return Decision(with_case(told, case.with_slot(held), world.now), events=decision.events)


def _still_there(case: Case, message: SlotBooked, world: World[Rules]) -> bool:
    """Whether desk and officer serve then: of what changed while the day answered the watch has told nobody.

    Whoever stands in by now may have somebody else.
    """
    desk = world.registry.desk(message.desk_id)
    return (
        desk is not None
        and stands(world.registry, desk.id, message.at, message.until)
        and may_serve(world.registry, desk, message.officer_id, message.at, message.until, case.people())
    )


def taken(request: Request | None, message: SlotTaken, world: World[Rules]) -> Decision[Request]:
    """Somebody else was first."""
    slot = _slot(request.case, message.booking_id) if request and request.case else None
    if request is None or request.case is None or slot is None or slot.state != "ASKED":
        return Decision(request)
    case = request.case.with_slot(slot.model_copy(update={"state": "TAKEN"}))
    return Decision(with_case(request, case, world.now))


def due_times(case: Case) -> dict[str, datetime]:
    """At once for each slot that nobody needs any more: it is given back. One that is kept is over when it ends."""
    waiting = {}
    for slot in case.slots:
        spare_from = _spare_from(case, slot)
        if spare_from is not None:
            waiting[f"slot:{slot.id}"] = spare_from
    return waiting


def fell_due(request: Request | None, message: TimerFired, world: World[Rules]) -> Decision[Request]:
    """Given back to the day, unless that is over anyway."""
    request, case = the_case(request)
    sends = []
    for slot in case.slots:
        spare_from = _spare_from(case, slot)
        if spare_from is not None and spare_from <= world.now:
            case = case.with_slot(slot.model_copy(update={"state": "FREED"}))
            if slot.at > world.now:
                sends.append(Send("desk-slots", slots_id(slot.desk_id, slot.day), FreeSlot(booking_id=slot.id)))
    return Decision(with_case(request, case, world.now), sends=tuple(sends))


def _spare_from(case: Case, slot: AskedSlot) -> datetime | None:
    """From when on a slot is not needed: its promise has ended, or has another slot now. None while it is.

    Who came has the slot until its end, however early they were: they wait for it, or are served in it.
    """
    if slot.state != "HELD":
        return None
    newest = case.held_slot(slot.commitment_id)
    promise = next((one for one in case.commitments if one.id == slot.commitment_id), None)
    if newest is not slot or promise is None or promise.visit is None or promise.state in (RELEASED, BROKEN):
        return case.filed_at
    return promise.visit.until if promise.state is KEPT else None


def _slot(case: Case, id: str) -> AskedSlot | None:
    return next((slot for slot in case.slots if slot.id == id), None)


def _remembered(case: Case) -> tuple[AskedSlot, ...]:
    done = [slot.id for slot in case.slots if slot.state in ("TAKEN", "FREED")]
    forgotten = set(done[:-REMEMBERED])
    return tuple(slot for slot in case.slots if slot.id not in forgotten)
