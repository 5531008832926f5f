"""What a case keeps of the units that its desk has asked, and of the citizen's visits to them (domain 1.4, 3).

`coordinating` and `referring` are the rules; this is what they stand on. They are values of their own, so that neither
needs the whole case:

    AtHand          what the rules need to know of the case: read from it by its owner, never changed
    Coordinations   what the case keeps for them
    Moved           what a rule gives back: the Coordinations after it, the verbs to publish in order (none = nothing to
                    tell), the coordination or referral that it is about, and the messages to days of units

A slot that the case holds and does not need any more is given back with the move by which that came: `moved` looks at
all of them, so no rule has to think of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, TypeVar

from services.contracts.coordination import (
    STANDING,
    Coordination,
    CoordinationState,
    Referral,
    ReferralState,
    Slot,
    UnitContact,
)
from services.contracts.decision import Refused, Send
from services.contracts.wire import Id, Wire
from services.routing.domain.unit_slots import FreeUnitSlot, unit_day_id

E = TypeVar("E", bound="Coordination | Referral | Booking")

OPEN = (CoordinationState.ASKED, CoordinationState.PROPOSED)
"""While somebody has to answer."""
REMEMBERED = 20
"""Slots that others had or that were given back: what became of them, for calls that are repeated."""
MOST = 50
"""Coordinations of one case; more is no asking any more."""


@dataclass(frozen=True, slots=True)
class AtHand:
    """The case, as far as these rules need to know it.

    `at_work`: some task of it is live and its Clock runs. `state` names where the work is, in a refusal. `people`: who
    it is about, by reference (I8); `withdrew`: officers who have said of themselves that they have to do with them.
    `working`: the units that have its live tasks, of whichever agency.
    """

    request_id: str
    org_id: str
    desk_id: str
    service_id: str
    round: int
    state: str
    at_work: bool
    people: tuple[str, ...] = ()
    withdrew: tuple[str, ...] = ()
    working: tuple[str, ...] = ()


class BookingState(StrEnum):
    ASKED = "ASKED"
    """Of the day of the unit, which has not answered yet."""
    HELD = "HELD"
    TAKEN = "TAKEN"
    """By others; or it came too late, and went back at once."""
    FREED = "FREED"


class Booking(Wire):
    """A slot with which a unit answers: asked of its day, and held while it is needed."""

    id: Id
    coordination_id: Id
    unit_id: Id
    day: date
    slot: Slot
    answer: Literal["CONFIRMED", "PROPOSED"]
    by: Id
    contact: UnitContact
    state: BookingState


class Coordinations(Wire):
    """Everything of one case, the oldest first; nothing leaves it but bookings that came to nothing long ago."""

    asked: tuple[Coordination, ...] = ()
    referrals: tuple[Referral, ...] = ()
    bookings: tuple[Booking, ...] = ()

    def told(self, round: int) -> tuple[Coordination, ...]:
        """Those of a round, as others may know them (I12)."""
        return tuple(each.public() for each in self.asked if each.round == round)

    def sent(self, round: int) -> tuple[Referral, ...]:
        return tuple(each for each in self.referrals if each.round == round)

    def coordination(self, id: str) -> Coordination:
        """Raises Refused UNKNOWN_COORDINATION (404)."""
        found = next((each for each in self.asked if each.id == id), None)
        if found is None:
            raise Refused("UNKNOWN_COORDINATION", "there is no such coordination", status=404)
        return found

    def referral(self, id: str) -> Referral:
        """Raises Refused UNKNOWN_REFERRAL (404)."""
        found = next((each for each in self.referrals if each.id == id), None)
        if found is None:
            raise Refused("UNKNOWN_REFERRAL", "there is no such referral", status=404)
        return found

    def booking(self, id: str) -> Booking | None:
        return next((each for each in self.bookings if each.id == id), None)

    def referral_on(self, coordination_id: str) -> Referral | None:
        """There is one at most."""
        return next((each for each in self.referrals if each.coordination_id == coordination_id), None)

    def under_way(self, unit_id: str, now: datetime) -> Coordination | None:
        """What is open with a unit: a question, a slot in which the citizen may still be sent, or a referral."""
        return next((each for each in self.asked if each.unit_id == unit_id and self._is_open(each, now)), None)

    def missed(self, unit_id: str, round: int) -> tuple[Referral, ...]:
        """How often the citizen did not come to a unit, in one round of the case."""
        return tuple(
            each
            for each in self.referrals
            if each.unit_id == unit_id and each.round == round and each.state is ReferralState.MISSED
        )

    def with_coordination(self, changed: Coordination) -> "Coordinations":
        """It stands in the place of that with its id, else last."""
        return self.model_copy(update={"asked": _with(self.asked, changed)})

    def with_referral(self, changed: Referral) -> "Coordinations":
        return self.model_copy(update={"referrals": _with(self.referrals, changed)})

    def with_booking(self, changed: Booking) -> "Coordinations":
        return self.model_copy(update={"bookings": _with(self.bookings, changed)})

    def _is_open(self, each: Coordination, now: datetime) -> bool:
        if each.state in OPEN:
            return True
        referral = self.referral_on(each.id)
        if referral is not None:
            return referral.state in STANDING
        return each.state is CoordinationState.CONFIRMED and each.slot is not None and now < each.slot.since

    def needs(self, booking: Booking) -> bool:
        """Whether a slot is still to be used: offered to the desk, confirmed, or that of a referral that stands."""
        coordination = self.coordination(booking.coordination_id)
        referral = self.referral_on(coordination.id)
        if referral is not None:
            return referral.state in STANDING
        offered = coordination.state in (CoordinationState.PROPOSED, CoordinationState.CONFIRMED)
        return offered and coordination.slot is not None


@dataclass(frozen=True, slots=True)
class Moved:
    """What a rule of coordinations gives back."""

    coordinations: Coordinations
    moves: tuple[str, ...] = ()
    concerned: Coordination | Referral | None = None
    sends: tuple[Send, ...] = ()


def moved(after: Coordinations, now: datetime, *moves: str, concerned: Coordination | Referral | None = None) -> Moved:
    """The move, with every slot given back that is not needed after it; one that has begun is nobody's any more."""
    sends = []
    for booking in after.bookings:
        if booking.state is BookingState.HELD and not after.needs(booking):
            after = after.with_booking(booking.model_copy(update={"state": BookingState.FREED}))
            if now < booking.slot.since:
                sends.append(given_back(booking.id, booking.unit_id, booking.day))
    return Moved(_remembering(after), moves, concerned, tuple(sends))


def given_back(booking_id: str, unit_id: str, day: date) -> Send:
    return Send("unit-day", unit_day_id(unit_id, day), FreeUnitSlot(booking_id=booking_id))


def timers(known: Coordinations) -> Mapping[str, datetime]:
    """When what stands open ends by itself, by the id of the coordination or referral that it is about."""
    lapsing = {each.id: each.lapses_at for each in known.asked if each.state in OPEN and each.lapses_at is not None}
    return lapsing | {each.id: each.expires_at for each in known.referrals if each.state in STANDING}


def coordination_id(request_id: str, number: int) -> str:
    return f"{request_id}.c{number}"


def referral_id(request_id: str, number: int) -> str:
    return f"{request_id}.r{number}"


def _remembering(known: Coordinations) -> Coordinations:
    over = [each.id for each in known.bookings if each.state in (BookingState.TAKEN, BookingState.FREED)]
    forgotten = set(over[:-REMEMBERED])
    if not forgotten:
        return known
    return known.model_copy(update={"bookings": tuple(each for each in known.bookings if each.id not in forgotten)})


def _with(those: tuple[E, ...], changed: E) -> tuple[E, ...]:
    if all(each.id != changed.id for each in those):
        return (*those, changed)
    return tuple(changed if each.id == changed.id else each for each in those)
