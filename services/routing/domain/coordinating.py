"""The desk asks a unit whether it must see the citizen, and the unit answers (domain 1.4, 3; I1, I8, 12.15).

    asked                    -> ASKED
    answered: DECLINED       -> DECLINED
    answered with a slot     the day of the unit is asked (`unit_slots`), and nothing else changes:
        slot_taken           -> CONFIRMED, or PROPOSED, as the officer of the unit has said
        slot_gone            it stays ASKED; the caller hears SLOT_TAKEN
    accepted                 PROPOSED -> CONFIRMED, or DECLINED
    lapsed                   ASKED -> LAPSED; PROPOSED -> DECLINED: whose turn it was has let the time pass

What a unit proposes it holds: the desk never accepts what is gone. The day of the unit arbitrates as that of a desk
does for intake (ADR 0029): only its answer makes an answer of the unit, and whoever called finds it by a second command
(`AnswerHeard`). The work goes on meanwhile, and the Clock runs.

Of the case the rules need `AtHand`. Every rule raises Refused as `taking_part` does.
"""

from datetime import datetime
from typing import Any

from services.contracts.coordination import (
    COORDINATION_MOVES,
    AcceptProposal,
    AnswerCoordination,
    AskCoordination,
    Coordination,
    CoordinationState,
    NotConfirmed,
    Slot,
    UnitContact,
)
from services.contracts.decision import Refused, Send, World
from services.contracts.entry import Status
from services.contracts.registry import Unit
from services.contracts.wire import Command, Id
from services.routing.domain.coordinations import (
    MOST,
    OPEN,
    AtHand,
    Booking,
    BookingState,
    Coordinations,
    Moved,
    coordination_id,
    given_back,
    moved,
)
from services.routing.domain.rules import Rules
from services.routing.domain.taking_part import of_the_desk, of_the_unit
from services.routing.domain.unit_slots import (
    TakeUnitSlot,
    UnitSlotGone,
    UnitSlotTaken,
    is_shut,
    is_slot,
    unit_calendar,
    unit_day_id,
)
from services.worktime import WorktimeError, advance
from services.worktime.jalali import civil_day

ASKED, CONFIRMED = CoordinationState.ASKED, CoordinationState.CONFIRMED
DECLINED, PROPOSED, LAPSED = CoordinationState.DECLINED, CoordinationState.PROPOSED, CoordinationState.LAPSED

UNDER_WAY = 503
"""The HTTP status while the day has not answered: only after a crash, or with the store away."""


class Answer(Command):
    """A unit's answer, with the id that the booking of its slot will have."""

    booking_id: Id
    coordination_id: Id
    said: AnswerCoordination


class AnswerHeard(Command):
    """What the day has said to the slot of an answer."""

    booking_id: Id


def asked(known: Coordinations, at_hand: AtHand, command: AskCoordination, world: World[Rules]) -> Moved:
    """One question at a time to a unit; after a slot was missed, as long as there is a rebooking left.

    Raises Refused ILLEGAL_MOVE, UNKNOWN_UNIT (422), COORDINATION_UNDER_WAY, NO_REBOOKING_LEFT, TOO_MANY, UNIT_SHUT.
    """
    officer = of_the_desk(at_hand, command.officer_id, world)
    being_worked_on(at_hand, "COORDINATING")
    unit = _unit(at_hand, command.unit, world)
    if known.under_way(unit.id, world.now) is not None:
        raise Refused("COORDINATION_UNDER_WAY", "this unit is asked already, or expects the citizen")
    rebooking_left(known, at_hand, unit.id, world)
    if len(known.asked) >= MOST:
        raise Refused("TOO_MANY", f"units have been asked {MOST} times about this request")
    lapses_at = _answered_by(unit, world)
    if lapses_at is None:
        raise Refused("UNIT_SHUT", "nothing says when this unit is open")
    coordination = Coordination(
        id=coordination_id(at_hand.request_id, len(known.asked) + 1),
        round=at_hand.round,
        unit_id=unit.id,
        question=command.asked(),
        state=ASKED,
        asked_by=officer.id,
        asked_at=world.now,
        lapses_at=lapses_at,
    )
    return moved(known.with_coordination(coordination), world.now, "coordination.asked", concerned=coordination)


def answered(known: Coordinations, at_hand: AtHand, command: Answer, world: World[Rules]) -> Moved:
    """The unit declines; or it names a slot, and its day is asked whether that is free.

    Raises Refused UNKNOWN_COORDINATION, ILLEGAL_MOVE, ANSWER_UNDER_WAY; and 422: SLOT_NEEDED, SLOT_NOT_MEANT,
    REASON_NOT_MEANT, NOT_A_SLOT, SLOT_TOO_FAR.
    """
    said, coordination = command.said, known.coordination(command.coordination_id)
    officer = of_the_unit(at_hand, coordination.unit_id, said.officer_id, world)
    _in_state(coordination, ASKED, said.answer)
    if any(each.coordination_id == coordination.id and each.state is BookingState.ASKED for each in known.bookings):
        raise Refused("ANSWER_UNDER_WAY", "another answer to this question is being settled")
    if said.answer == "DECLINED":
        if said.slot is not None:
            raise wrong_field("slot", "SLOT_NOT_MEANT", "who declines names no slot")
        reason = said.reason or NotConfirmed.NOT_NEEDED
        return _settled(
            known, coordination, DECLINED, world, answered_by=officer.id, answered_at=world.now, reason=reason
        )
    slot = _slot(coordination, said, world)
    booking = Booking(
        id=command.booking_id,
        coordination_id=coordination.id,
        unit_id=coordination.unit_id,
        day=civil_day(slot.since),
        slot=slot,
        answer=said.answer,
        by=officer.id,
        contact=UnitContact(name=officer.name, phone=officer.phone, room=said.room),
        state=BookingState.ASKED,
    )
    take = TakeUnitSlot(
        booking_id=booking.id,
        request_id=at_hand.request_id,
        unit_id=booking.unit_id,
        day=booking.day,
        slot=slot,
        service_id=at_hand.service_id,
        people=at_hand.people,
    )
    asks = Send("unit-day", unit_day_id(booking.unit_id, booking.day), take)
    return Moved(known.with_booking(booking), concerned=coordination, sends=(asks,))


def slot_taken(known: Coordinations, message: UnitSlotTaken, world: World[Rules]) -> Moved:
    """The slot is ours: the unit has answered. What nobody has asked for, or can use any more, goes back at once."""
    booking = known.booking(message.booking_id)
    if booking is not None and booking.state is BookingState.HELD:
        return Moved(known)
    back = given_back(message.booking_id, message.unit_id, message.day)
    if booking is None or booking.state is not BookingState.ASKED:
        return Moved(known, sends=(back,))
    coordination, slot = known.coordination(booking.coordination_id), message.slot
    there = is_slot(world.registry, booking.unit_id, slot, world.rules.unit_slot_length)
    if coordination.state is not ASKED or slot.since <= world.now or not there:
        return Moved(known.with_booking(booking.model_copy(update={"state": BookingState.TAKEN})), sends=(back,))
    held = known.with_booking(booking.model_copy(update={"state": BookingState.HELD}))
    lapses_at = None
    if booking.answer == "PROPOSED":
        unit = world.registry.unit(booking.unit_id)
        lapses_at = min((unit and _answered_by(unit, world)) or slot.since, slot.since)
    return _settled(
        held,
        coordination,
        CoordinationState(booking.answer),
        world,
        slot=slot,
        contact=booking.contact,
        answered_by=booking.by,
        answered_at=world.now,
        lapses_at=lapses_at,
    )


def slot_gone(known: Coordinations, message: UnitSlotGone, world: World[Rules]) -> Moved:
    """Others were first: the question stands as it was."""
    booking = known.booking(message.booking_id)
    if booking is None or booking.state is not BookingState.ASKED:
        return Moved(known)
    return moved(known.with_booking(booking.model_copy(update={"state": BookingState.TAKEN})), world.now)


def answer_heard(known: Coordinations, command: AnswerHeard) -> Coordination:
    """The coordination, once the day has said yes. Raises Refused SLOT_TAKEN; ANSWER_UNDER_WAY (503) before it has."""
    booking = known.booking(command.booking_id)
    if booking is None or booking.state is BookingState.TAKEN:
        raise Refused("SLOT_TAKEN", "this slot is not free any more")
    if booking.state is BookingState.ASKED:
        raise Refused("ANSWER_UNDER_WAY", "the answer of the unit's day is on its way: ask again", status=UNDER_WAY)
    return known.coordination(booking.coordination_id)


def accepted(
    known: Coordinations, at_hand: AtHand, coordination_id: str, command: AcceptProposal, world: World[Rules]
) -> Moved:
    """The desk takes what the unit has proposed, or does not. Raises Refused UNKNOWN_COORDINATION, ILLEGAL_MOVE,
    SLOT_HAS_BEGUN, UNIT_SHUT."""
    coordination = known.coordination(coordination_id)
    officer = of_the_desk(at_hand, command.officer_id, world)
    _in_state(coordination, PROPOSED, "CONFIRMED" if command.accept else "DECLINED")
    if not command.accept:
        reason = NotConfirmed.NOT_ACCEPTED
        return _settled(known, coordination, DECLINED, world, heard_by=officer.id, reason=reason)
    if coordination.slot is None or coordination.slot.since <= world.now:
        raise Refused("SLOT_HAS_BEGUN", "the slot has begun: ask the unit again")
    not_shut(coordination.unit_id, coordination.slot, world)
    return _settled(known, coordination, CONFIRMED, world, heard_by=officer.id)


def lapsed(known: Coordinations, coordination: Coordination, world: World[Rules]) -> Moved:
    """Nobody has answered in time, the unit or the desk."""
    if coordination.state not in OPEN or coordination.lapses_at is None or world.now < coordination.lapses_at:
        return Moved(known)
    return closed(known, coordination, NotConfirmed.NOT_ANSWERED, world)


def closed(known: Coordinations, coordination: Coordination, reason: NotConfirmed, world: World[Rules]) -> Moved:
    """What stands open comes to nothing."""
    state = LAPSED if coordination.state is ASKED else DECLINED
    return _settled(known, coordination, state, world, reason=reason)


def being_worked_on(at_hand: AtHand, target: str) -> None:
    """Raises Refused ILLEGAL_MOVE: nobody is sent anywhere for what stands still or is over."""
    if not at_hand.at_work:
        detail = f"{at_hand.state} does not move to {target}"
        facts: dict[str, Any] = {"from": at_hand.state, "to": target}
        raise Refused("ILLEGAL_MOVE", detail, **facts)


def not_shut(unit_id: str, slot: Slot, world: World[Rules]) -> None:
    """Raises Refused UNIT_SHUT: its days have changed since it has named the slot."""
    if is_shut(world.registry, unit_id, slot):
        raise Refused("UNIT_SHUT", "the unit will be shut in this slot: ask it again")


def rebooking_left(known: Coordinations, at_hand: AtHand, unit_id: str, world: World[Rules]) -> None:
    """Raises Refused NO_REBOOKING_LEFT: a slot that was missed is given anew so often as the rule says (domain 3)."""
    if len(known.missed(unit_id, at_hand.round)) > world.rules.rebookings:
        raise Refused("NO_REBOOKING_LEFT", "the citizen has not come to this unit, and had another slot already")


def wrong_field(field: str, code: str, detail: str) -> Refused:
    """A command that names something wrong: 422 with the field."""
    return Refused(code, detail, status=422, errors=[{"field": field, "code": code, "detail": detail}])


def _settled(
    known: Coordinations, coordination: Coordination, state: CoordinationState, world: World[Rules], **changes: object
) -> Moved:
    COORDINATION_MOVES.check(coordination.state, state)
    after = coordination.model_copy(update={"lapses_at": None, **changes, "state": state})
    return moved(known.with_coordination(after), world.now, f"coordination.{state.value.lower()}", concerned=after)


def _in_state(coordination: Coordination, wanted: CoordinationState, target: str) -> None:
    """Whose turn it is: the unit answers what is ASKED, the desk what is PROPOSED."""
    if coordination.state is not wanted:
        detail = f"{coordination.state} does not move to {target} so"
        facts: dict[str, Any] = {"from": coordination.state.value, "to": target}
        raise Refused("ILLEGAL_MOVE", detail, **facts)


def _unit(at_hand: AtHand, unit_id: str, world: World[Rules]) -> Unit:
    """Of the desk's agency, or of one to which the work was handed on: the desk stays the owner (domain 1.2)."""
    unit = world.registry.unit(unit_id)
    working = (world.registry.unit(id) for id in at_hand.working)
    agencies = {at_hand.org_id, *(each.org_id for each in working if each is not None)}
    if unit is None or unit.status is not Status.ACTIVE or unit.org_id not in agencies:
        raise wrong_field("unit", "UNKNOWN_UNIT", "no agency that works on this has such a unit in force")
    return unit


def _slot(coordination: Coordination, said: AnswerCoordination, world: World[Rules]) -> Slot:
    if said.reason is not None:
        raise wrong_field("reason", "REASON_NOT_MEANT", "only who declines gives a reason")
    if said.slot is None:
        raise wrong_field("slot", "SLOT_NEEDED", "who confirms or proposes names a slot")
    slot = Slot(since=said.slot.since, until=said.slot.until)
    if slot.since > world.now + world.rules.unit_slots_within:
        raise wrong_field("slot", "SLOT_TOO_FAR", f"a slot lies within {world.rules.unit_slots_within.days} days")
    length = world.rules.unit_slot_length
    if slot.since <= world.now or not is_slot(world.registry, coordination.unit_id, slot, length):
        raise wrong_field("slot", "NOT_A_SLOT", "the unit has no such slot ahead")
    return slot


def _answered_by(unit: Unit, world: World[Rules]) -> datetime | None:
    """Until when an answer is awaited, in the unit's hours; None where they are not known."""
    calendar = unit_calendar(world.registry, unit)
    try:
        return advance(calendar, world.now, world.rules.coordination_answered_within).at if calendar else None
    except WorktimeError:
        return None
