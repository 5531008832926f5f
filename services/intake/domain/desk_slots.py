"""Who has booked which slot of one desk on one day (domain 12.15).

One slot given once is a rule across requests, so it has an entity of its own: all bookings of a desk's day are folded
through it one after the other. A request asks, this answers; the request alone says what was promised, and gives back
what it does not need. Every word may come twice: a booking is known by its id.
"""

from datetime import date

from services.contracts.decision import Decision, Send, World
from services.contracts.registry import Desk
from services.contracts.wire import Id, Instant, Wire
from services.intake.domain.rules import Rules
from services.intake.domain.slots import Slot, declared, instead_of, may_serve, slots_at


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


class MoveSlot(Wire):
    """A request to the day: the officer is gone; who stands in for them and has room?"""

    booking_id: Id
    request_id: Id
    people: tuple[Id, ...] = ()
    """As when it was booked."""


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


class SlotMoved(Wire):
    """The day to the request: who serves it now."""

    booking_id: Id
    officer_id: Id | None
    """None: nobody who is there has room."""


class RoomCame(Wire):
    """The day to the request: whoever may serve it has room now, perhaps; it asks if it still needs to."""

    booking_id: Id


class Booking(Wire):
    id: Id
    request_id: Id
    at: Instant
    until: Instant
    officer_id: Id
    booked_with: Id | None = None
    """Whose booking it was, where somebody else has taken it over."""
    waits: bool = False
    """Its officer is gone, and when it was asked last nobody had room."""


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

    def load(self, officer_id: str) -> int:
        return sum(one.officer_id == officer_id for one in self.booked)


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
    """Whoever waited for that room hears of it."""
    gone = next((one for one in state.booked if one.id == message.booking_id), None) if state else None
    if state is None or gone is None:
        return Decision(state)
    state = state.model_copy(update={"booked": tuple(one for one in state.booked if one is not gone)})
    return Decision(state, sends=_room_came(state, gone, world))


def moved(state: DeskSlots | None, message: MoveSlot, world: World[Rules]) -> Decision[DeskSlots]:
    """The booking goes to whoever serves then and has room: its officer after all, the one it was first booked with,
    else who of those that stand in for them has the fewest that day."""
    known = next((one for one in state.booked if one.id == message.booking_id), None) if state else None
    desk = world.registry.desk(state.desk_id) if state else None
    if state is None or known is None or desk is None:
        none = SlotMoved(booking_id=message.booking_id, officer_id=None)
        return Decision(state, sends=(Send("request", message.request_id, none),))
    to = _instead(state, known, desk, message, world)
    over = known.model_copy(update={"waits": to is None})
    if to is not None and to != known.officer_id:
        first = known.booked_with or known.officer_id
        over = over.model_copy(update={"officer_id": to, "booked_with": first if first != to else None})
    if over != known:
        state = state.model_copy(update={"booked": tuple(over if one is known else one for one in state.booked)})
    told = SlotMoved(booking_id=known.id, officer_id=to)
    return Decision(state, sends=(Send("request", message.request_id, told),))


def _room_came(state: DeskSlots, gone: Booking, world: World[Rules]) -> tuple[Send, ...]:
    """To those who wait in that hour for the officer who has room now; whom they are, none knows here (I8, I12)."""
    desk = world.registry.desk(state.desk_id)
    if desk is None or not may_serve(world.registry, desk, gone.officer_id, gone.at, gone.until, ()):
        return ()
    return tuple(
        Send("request", one.request_id, RoomCame(booking_id=one.id))
        for one in state.booked
        if one.waits and one.at < gone.until and gone.at < one.until and gone.officer_id in _may_have(one, desk)
    )


def _may_have(known: Booking, desk: Desk) -> dict[str, None]:
    """Whose it is or was first, then who stands in for one of them."""
    of_old = dict.fromkeys((known.officer_id, known.booked_with or known.officer_id))
    standing_in = (instead_of(desk, officer_id, known.at, known.until) for officer_id in of_old)
    return of_old | dict.fromkeys(id for officers in standing_in for id in officers)


def _instead(state: DeskSlots, known: Booking, desk: Desk, message: MoveSlot, world: World[Rules]) -> str | None:
    of_old = dict.fromkeys((known.officer_id, known.booked_with or known.officer_id))
    others = _may_have(known, desk).keys() - of_old.keys()
    for officer_id in (*of_old, *sorted(others, key=lambda id: (state.load(id), id))):
        theirs = (one for one in state.booked if one is not known and one.officer_id == officer_id)
        has_room = sum(one.at < known.until and known.at < one.until for one in theirs) < world.rules.slot_capacity
        if has_room and may_serve(world.registry, desk, officer_id, known.at, known.until, message.people):
            return officer_id
    return None


def _slot(state: DeskSlots, message: BookSlot, world: World[Rules]) -> Slot | None:
    """Of the officers who are free then: the one that was asked for, else who has the fewest that day, then by name."""
    free = [
        slot
        for slot in slots_at(world.registry, message.desk_id, message.at, world.rules.slot_length)
        if message.officer_id in (None, slot.officer_id)
        and not declared(world.registry, slot.officer_id, message.people)
        and state.is_free(slot, world.rules.slot_capacity, message.request_id)
    ]
    return min(free, key=lambda slot: (state.load(slot.officer_id), slot.officer_id), default=None)


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
