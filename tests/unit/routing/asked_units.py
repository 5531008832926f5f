"""A desk that asks units, for tests: the rules of coordinations with the days of units, and nothing of the case around.

`Asking` folds one case by itself and delivers what it says to a day at once, and the answer too. `CASE` and `UNIT_DAY`
are the same behind a door.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.contracts.coordination import (
    AcceptProposal,
    AnswerCoordination,
    ApproveReferral,
    AskCoordination,
    AttendReferral,
    CancelReferral,
    Coordination,
    MissReferral,
    ProposeReferral,
    Referral,
    Slot,
)
from services.contracts.decision import Decision, Send, TimerFired, World
from services.contracts.entry import Entry
from services.contracts.registry import Conflict
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Id, Wire
from services.routing.domain import coordinating, referring
from services.routing.domain.coordinating import Answer, AnswerHeard
from services.routing.domain.coordinations import AtHand, Coordinations, Moved, timers
from services.routing.domain.rules import Rules
from services.routing.domain.unit_slots import (
    FreeUnitSlot,
    TakeUnitSlot,
    UnitDay,
    UnitSlotGone,
    UnitSlotTaken,
    freed,
    slots_of,
    taken,
)
from services.runtime.entity import Entity
from services.worktime import parse_jalali
from services.worktime.jalali import civil_day
from tests.support.memory_door import WORKING_MORNING
from tests.unit.routing.office import DESK, ORG, RULES, SERVICE, UNIT, officers, province

HEAD, CLERK, OTHER_CLERK = (f"{DESK}-0{number}" for number in (1, 2, 3))
REVENUE = "wa-municipality-urmia-revenue"
PERSON = f"A-{'0' * 31}1"
STRANGER = "wa-tax-desk-01"
LENGTH = RULES.unit_slot_length


def units(*extra: Entry, **changes: Any) -> Snapshot:
    """Two officers of the unit for permits may see citizens."""
    return province("ada", "bahar", extra=extra, **changes)


def partial_officer(id: str = "ada") -> Entry:
    """An officer who has declared the person whom the case is about."""
    (officer,) = officers(id)
    declared = Conflict.model_validate({"ref": PERSON, "relation": "SIBLING", "since": "2026-01-01"})
    return officer.model_copy(update={"conflicts": (declared,), "version": 2})


def slots(day: str = "1405/09/03", unit: str = UNIT, registry: Snapshot | None = None) -> tuple[Slot, ...]:
    return slots_of(registry or units(), unit, parse_jalali(day), LENGTH)


def at_hand(request_id: str = "r1", **changes: Any) -> AtHand:
    known: dict[str, Any] = {
        "request_id": request_id,
        "org_id": ORG,
        "desk_id": DESK,
        "service_id": SERVICE,
        "round": 1,
        "state": "STARTED",
        "at_work": True,
        "people": (PERSON,),
    }
    return AtHand(**(known | changes))


@dataclass
class Asking:
    """One case; several share their days and their clock."""

    request_id: str = "r1"
    registry: Snapshot = field(default_factory=units)
    days: dict[str, UnitDay] = field(default_factory=dict)
    now: datetime = WORKING_MORNING
    known: Coordinations = field(default_factory=Coordinations)
    about: Mapping[str, Any] = field(default_factory=dict)
    """What of the case is otherwise than usual."""
    told: list[str] = field(default_factory=list)
    bookings: int = 0

    @property
    def world(self) -> World[Rules]:
        return World(now=self.now, registry=self.registry, rules=RULES, patience_over=True)

    @property
    def case(self) -> AtHand:
        return at_hand(self.request_id, **self.about)

    def ask(self, purpose: str = "ORIGINAL", officer: str = CLERK, unit: str = UNIT) -> Coordination:
        body = {"requestId": self.request_id, "unit": unit, "question": {"purpose": purpose}, "officerId": officer}
        command = AskCoordination.model_validate(body)
        self.take(coordinating.asked(self.known, self.case, command, self.world))
        return self.known.asked[-1]

    def answer(self, answer: str = "CONFIRMED", slot: Slot | None = None, officer: str = "ada", **more: Any) -> None:
        """To the newest question. Raises Refused as the caller hears it."""
        self.bookings += 1
        wish = {"answer": answer, "officerId": officer, "slot": slot.to_wire() if slot else None} | more
        command = Answer(
            booking_id=f"{self.request_id}-b{self.bookings}",
            coordination_id=self.known.asked[-1].id,
            said=AnswerCoordination.model_validate(wish),
        )
        self.take(coordinating.answered(self.known, self.case, command, self.world))
        if answer != "DECLINED":
            coordinating.answer_heard(self.known, AnswerHeard(booking_id=command.booking_id))

    def accept(self, officer: str = CLERK, accept: bool = True) -> None:
        command = AcceptProposal(accept=accept, officer_id=officer)
        self.take(coordinating.accepted(self.known, self.case, self.known.asked[-1].id, command, self.world))

    def propose(self, ground: str = "ORIGINAL", officer: str = CLERK) -> Referral:
        body = {"coordinationId": self.known.asked[-1].id, "ground": ground, "officerId": officer}
        command = ProposeReferral.model_validate(body)
        self.take(referring.proposed(self.known, self.case, command, self.world))
        return self.known.referrals[-1]

    def approve(self, officer: str = HEAD) -> None:
        self._of_the_newest(referring.approved, ApproveReferral(officer_id=officer))

    def attend(self, officer: str = "ada") -> None:
        self._of_the_newest(referring.attended, AttendReferral(officer_id=officer))

    def miss(self, officer: str = "ada") -> None:
        self._of_the_newest(referring.missed, MissReferral(officer_id=officer))

    def cancel(self, officer: str = CLERK) -> None:
        self._of_the_newest(referring.cancelled, CancelReferral(officer_id=officer))

    def end_work(self, *, answered: bool) -> None:
        self.take(referring.work_ended(self.known, self.world, answered=answered))

    def confirmed(self, slot: Slot, **more: Any) -> Coordination:
        self.ask()
        self.answer("CONFIRMED", slot, **more)
        return self.known.asked[-1]

    def issued(self, slot: Slot) -> Referral:
        self.confirmed(slot)
        self.propose()
        self.approve()
        return self.known.referrals[-1]

    def wait_until(self, moment: datetime) -> None:
        """What is due on the way fires at its time."""
        while due := [(at, name) for name, at in timers(self.known).items() if at <= moment]:
            at, name = min(due)
            self.now = max(self.now, at)
            self.take(referring.fell_due(self.known, name, self.world))
            assert timers(self.known).get(name) != at, "a timer that has fired has done something"
        self.now = moment

    def wait(self, **by: float) -> None:
        self.wait_until(self.now + timedelta(**by))

    def take(self, moved: Moved) -> None:
        self.known = moved.coordinations
        self.told += moved.moves
        self.deliver(moved.sends)

    def deliver(self, sends: Sequence[Send]) -> None:
        for send in sends:
            match send.body:
                case TakeUnitSlot():
                    self._day(send.id, taken(self.days.get(send.id), send.body, self.world))
                case FreeUnitSlot():
                    self._day(send.id, freed(self.days.get(send.id), send.body, self.world))
                case UnitSlotTaken():
                    self.take(coordinating.slot_taken(self.known, send.body, self.world))
                case UnitSlotGone():
                    self.take(coordinating.slot_gone(self.known, send.body, self.world))

    def _day(self, id: str, decision: Decision[UnitDay]) -> None:
        if decision.state is not None:
            self.days[id] = decision.state
        self.deliver(decision.sends)

    def _of_the_newest(self, rule: Any, command: Any) -> None:
        self.take(rule(self.known, self.case, self.known.referrals[-1].id, command, self.world))

    def held(self, slot: Slot) -> int:
        """How many have a place in that slot."""
        day = self.days.get(f"{UNIT}@{civil_day(slot.since).isoformat()}")
        return day.beside(slot) if day else 0


class Coordinated(Wire):
    """A case that is nothing but its coordinations."""

    request_id: Id
    coordinations: Coordinations = Coordinations()


def _after(state: Coordinated, moved: Moved) -> Decision[Coordinated]:
    return Decision(state.model_copy(update={"coordinations": moved.coordinations}), sends=moved.sends)


def _asked(state: Coordinated | None, command: AskCoordination, world: World[Rules]) -> Decision[Coordinated]:
    state = state or Coordinated(request_id=command.request_id)
    return _after(state, coordinating.asked(state.coordinations, at_hand(state.request_id), command, world))


def _answered(state: Coordinated, command: Answer, world: World[Rules]) -> Decision[Coordinated]:
    return _after(state, coordinating.answered(state.coordinations, at_hand(state.request_id), command, world))


def _heard(state: Coordinated, command: AnswerHeard, world: World[Rules]) -> Decision[Coordinated]:
    coordinating.answer_heard(state.coordinations, command)
    return Decision(state)


def _taken(state: Coordinated, message: UnitSlotTaken, world: World[Rules]) -> Decision[Coordinated]:
    return _after(state, coordinating.slot_taken(state.coordinations, message, world))


def _gone(state: Coordinated, message: UnitSlotGone, world: World[Rules]) -> Decision[Coordinated]:
    return _after(state, coordinating.slot_gone(state.coordinations, message, world))


def _accepted(state: Coordinated, command: AcceptProposal, world: World[Rules]) -> Decision[Coordinated]:
    newest = state.coordinations.asked[-1].id
    return _after(state, coordinating.accepted(state.coordinations, at_hand(state.request_id), newest, command, world))


def _due(state: Coordinated, message: TimerFired, world: World[Rules]) -> Decision[Coordinated]:
    return _after(state, referring.fell_due(state.coordinations, message.name, world))


CASE = Entity(
    name="case",
    state=Coordinated,
    decide={
        AskCoordination: _asked,
        Answer: _answered,
        AnswerHeard: _heard,
        UnitSlotTaken: _taken,
        UnitSlotGone: _gone,
        AcceptProposal: _accepted,
        TimerFired: _due,
    },
    timers=lambda state: timers(state.coordinations),
)
UNIT_DAY = Entity(name="unit-day", state=UnitDay, decide={TakeUnitSlot: taken, FreeUnitSlot: freed}, many_source=True)
