"""Who has booked which slot of one desk on one day (domain 12.15).

One slot given once is a rule across requests, so it has an entity of its own: all bookings of a desk's day are folded
through it one after the other. A request asks, this answers; the request alone says what was promised, and gives back
what it does not need. Every word may come twice: a booking is known by its id.
"""

from datetime import date

from services.contracts.decision import Decision, Send, World
from services.contracts.wire import Id, Instant, Wire
from services.intake.domain.rules import Rules
from services.intake.domain.slots import Slot, declared, slots_at


class BookSlot(Wire):
    """A request to the day: this slot, with this officer, or with whoever has the fewest."""

    booking_id: Id
    request_id: Id
    desk_id: Id
    day: date
    at: Instant
    officer_id: Id | None
    people: tuple[Id, ...] = ()
    """Whom it is for, by reference: an officer who has declared one of them does not serve them (I8)."""


class FreeSlot(Wire):
    """A request to the day: the slot is not needed any more."""

    booking_id: Id


class SlotBooked(Wire):
    """The day to the request: it is yours."""

    booking_id: Id
    desk_id: Id
    day: date
    at: Instant
    until: Instant
    officer_id: Id


class SlotTaken(Wire):
    """The day to the request: somebody else was first, or there is no such slot any more."""

    booking_id: Id


class Booking(Wire):
    id: Id
    request_id: Id
    at: Instant
    until: Instant
    officer_id: Id


class DeskSlots(Wire):
    """What is booked of one day; who for is told by the request alone (I12)."""

    desk_id: Id
    day: date
    booked: tuple[Booking, ...] = ()

    def is_free(self, slot: Slot, capacity: int, request_id: str | None = None) -> bool:
        """Whether the officer has room, whatever the length of slots was when the others were booked.

        What was booked with an officer whose place they take is theirs to serve. What the same request has booked is
        no obstacle to it: it gives that back.
        """
        serves = (slot.officer_id, *slot.stands_in_for)
        theirs = (one for one in self.booked if one.officer_id in serves and one.request_id != request_id)
        return sum(one.at < slot.until and slot.at < one.until for one in theirs) < capacity


def slots_id(desk_id: str, day: date) -> str:
    return f"{desk_id}@{day.isoformat()}"


def booked(state: DeskSlots | None, message: BookSlot, world: World[Rules]) -> Decision[DeskSlots]:
    """The first to ask has it; who asks again hears the same."""
    state = state or DeskSlots(desk_id=message.desk_id, day=message.day)
    known = next((one for one in state.booked if one.id == message.booking_id), None)
    if known is not None:
        return Decision(state, sends=(_told(state, known),))
    slot = _slot(state, message, world)
    if slot is None:
        taken = SlotTaken(booking_id=message.booking_id)
        return Decision(state, sends=(Send("request", message.request_id, taken),))
    booking = Booking(
        id=message.booking_id,
        request_id=message.request_id,
        at=slot.at,
        until=slot.until,
        officer_id=slot.officer_id,
    )
    state = state.model_copy(update={"booked": (*state.booked, booking)})
    return Decision(state, sends=(_told(state, booking),))


def freed(state: DeskSlots | None, message: FreeSlot, world: World[Rules]) -> Decision[DeskSlots]:
    if state is None or all(one.id != message.booking_id for one in state.booked):
        return Decision(state)
    left = tuple(one for one in state.booked if one.id != message.booking_id)
    return Decision(state.model_copy(update={"booked": left}))


def _slot(state: DeskSlots, message: BookSlot, world: World[Rules]) -> Slot | None:
    """Of the officers who are free then: the one that was asked for, else who has the fewest that day, then by name."""
    free = [
        slot
        for slot in slots_at(world.registry, message.desk_id, message.at, world.rules.slot_length)
        if message.officer_id in (None, slot.officer_id)
        and not declared(world.registry, slot.officer_id, message.people)
        and state.is_free(slot, world.rules.slot_capacity, message.request_id)
    ]

    def load(slot: Slot) -> tuple[int, str]:
        return sum(one.officer_id == slot.officer_id for one in state.booked), slot.officer_id

    return min(free, key=load, default=None)


def _told(state: DeskSlots, booking: Booking) -> Send:
    told = SlotBooked(
        booking_id=booking.id,
        desk_id=state.desk_id,
        day=state.day,
        at=booking.at,
        until=booking.until,
        officer_id=booking.officer_id,
    )
    return Send("request", booking.request_id, told)
