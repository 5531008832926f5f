"""Cases that share a unit ask, are answered, sent, called off and missed in any order (domain 3; I1, 12.15).

Their words to the unit's days, and the answers, come late or twice. What must hold is told by a small model that knows
nothing of the rules: a case has one coordination that matters, and one referral, the newest of each.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.contracts.coordination import (
    AcceptProposal,
    AnswerCoordination,
    ApproveReferral,
    AskCoordination,
    AttendReferral,
    CancelReferral,
    CoordinationState,
    Ground,
    MissReferral,
    ProposeReferral,
    ReferralOutcome,
    ReferralState,
    Slot,
)
from services.contracts.decision import Refused, Send, World
from services.contracts.wire import Id
from services.routing.domain import coordinating, referring
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
from services.worktime.jalali import civil_day
from tests.support.any_order import WALKED
from tests.support.memory_door import WORKING_MORNING
from tests.unit.routing.asked_units import CLERK, HEAD, LENGTH, at_hand, units
from tests.unit.routing.office import RULES, UNIT

REGISTRY = units()
OFFICERS = 2
CASES = ("r1", "r2", "r3")
HALF_AN_HOUR = timedelta(minutes=30)
ENDS_OF_ISSUED = {("ATTENDED",), ("MISSED",), ("CANCELLED",), ()}
which = st.sampled_from(CASES)


@dataclass
class Expected:
    """What is to be true of one case, by the words of the domain."""

    coordination: str | None = None
    slot: Slot | None = None
    booking: str | None = None
    """That of the slot, while it is needed."""
    referral: str | None = None
    """On the coordination above."""
    pending: dict[str, tuple[str, Slot, int]] = field(default_factory=dict)
    """Answers that wait for a day: what was said, with which slot, to which question."""
    questions: int = 0
    misses: int = 0
    round: int = 1

    def open(self, now: Any) -> bool:
        if self.coordination in ("ASKED", "PROPOSED"):
            return True
        if self.coordination != "CONFIRMED":
            return False
        if self.referral is not None:
            return self.referral in ("PROPOSED", "ISSUED")
        return self.slot is not None and now < self.slot.since

    def let_go(self) -> None:
        self.booking = None


class SharedUnit(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = WORKING_MORNING
        self.known = {id: Coordinations() for id in CASES}
        self.expected = {id: Expected() for id in CASES}
        self.days: dict[str, UnitDay] = {}
        self.places: dict[str, Slot] = {}
        """What the days hold, by the model: booking and slot."""
        self.on_their_way: deque[Send] = deque()
        self.sent: list[Send] = []
        self.lives: dict[Id, list[str]] = {}
        """The states of each referral, in order."""
        self.bookings = 0

    # --- words on their way ------------------------------------------------------------------------------------------

    def _take(self, id: str, moved: Moved) -> None:
        self.known[id] = moved.coordinations
        self._send(moved.sends)
        for referral in moved.coordinations.referrals:
            life = self.lives.setdefault(referral.id, [])
            if life[-1:] != [referral.state]:
                life.append(referral.state)

    def _send(self, sends: tuple[Send, ...]) -> None:
        self.on_their_way += sends
        self.sent += sends

    def _deliver(self, send: Send) -> None:
        """With what the model makes of it."""
        body = send.body
        match body:
            case TakeUnitSlot():
                decision = taken(self.days.get(send.id), body, self._world)
                beside = sum(slot == body.slot for slot in self.places.values())
                if body.booking_id in self.places or (body.slot.since > self.now and beside < OFFICERS):
                    self.places[body.booking_id] = body.slot
                    assert isinstance(decision.sends[0].body, UnitSlotTaken)
                else:
                    assert isinstance(decision.sends[0].body, UnitSlotGone)
                self._keep_day(send.id, decision.state, decision.sends)
            case FreeUnitSlot():
                self.places.pop(body.booking_id, None)
                self._keep_day(send.id, freed(self.days.get(send.id), body, self._world).state, ())
            case UnitSlotTaken():
                self._heard_yes(send.id, body)
            case UnitSlotGone():
                self.expected[send.id].pending.pop(body.booking_id, None)
                self._take(send.id, coordinating.slot_gone(self.known[send.id], body, self._world))

    def _heard_yes(self, id: str, body: UnitSlotTaken) -> None:
        expected = self.expected[id]
        asked = expected.pending.pop(body.booking_id, None)
        moved = coordinating.slot_taken(self.known[id], body, self._world)
        if asked and asked[2] == expected.questions and expected.coordination == "ASKED" and asked[1].since > self.now:
            expected.coordination, expected.slot, expected.booking = asked[0], asked[1], body.booking_id
            assert moved.moves == (f"coordination.{asked[0].lower()}",)
        else:
            was_ours = self.known[id].booking(body.booking_id)
            still_held = was_ours is not None and was_ours.state == "HELD"
            assert [type(send.body) for send in moved.sends] == ([] if still_held else [FreeUnitSlot])
            assert moved.moves == ()
        self._take(id, moved)

    def _keep_day(self, id: str, state: UnitDay | None, sends: tuple[Send, ...]) -> None:
        if state is not None:
            self.days[id] = state
        self._send(sends)

    @rule(times=st.integers(1, 4))
    def words_arrive(self, times: int) -> None:
        for _ in range(min(times, len(self.on_their_way))):
            self._deliver(self.on_their_way.popleft())

    @precondition(lambda self: self.sent)
    @rule(back=st.integers(1, 12))
    def a_word_comes_again(self, back: int) -> None:
        self._deliver(self.sent[-min(back, len(self.sent))])

    # --- what people do ----------------------------------------------------------------------------------------------

    @property
    def _world(self) -> World[Rules]:
        return World(now=self.now, registry=REGISTRY, rules=RULES, patience_over=True)

    def _case(self, id: str) -> AtHand:
        return at_hand(id, round=self.expected[id].round)

    def _try(self, id: str, code: str, decided: Any, *arguments: Any) -> bool:
        """Whether it was done; it is refused with this code, or not at all where that is empty."""
        if code:
            with pytest.raises(Refused, match=f"^{code}"):
                decided(*arguments)
            return False
        self._take(id, decided(*arguments))
        return True

    @rule(id=which)
    def the_desk_asks(self, id: str) -> None:
        expected = self.expected[id]
        code = "COORDINATION_UNDER_WAY" if expected.open(self.now) else ""
        code = code or ("NO_REBOOKING_LEFT" if expected.misses > 1 else "")
        body = {"requestId": id, "unit": UNIT, "question": {"purpose": "WHETHER_NEEDED"}, "officerId": CLERK}
        command = AskCoordination.model_validate(body)
        if self._try(id, code, coordinating.asked, self.known[id], self._case(id), command, self._world):
            expected.coordination, expected.slot, expected.booking, expected.referral = "ASKED", None, None, None
            expected.questions += 1

    @rule(id=which, answer=st.sampled_from(["CONFIRMED", "CONFIRMED", "PROPOSED", "DECLINED"]), nth=st.integers(0, 2))
    def the_unit_answers(self, id: str, answer: str, nth: int) -> None:
        expected, slots = self.expected[id], self._slots_ahead()
        if not expected.questions or len(slots) <= nth:
            return
        self.bookings += 1
        booking, slot = f"b{self.bookings}", None if answer == "DECLINED" else slots[nth]
        wish = {"answer": answer, "slot": slot.to_wire() if slot else None, "officerId": "ada"}
        said = AnswerCoordination.model_validate(wish)
        question = f"{id}.c{expected.questions}"
        command = coordinating.Answer(booking_id=booking, coordination_id=question, said=said)
        code = "" if expected.coordination == "ASKED" else "ILLEGAL_MOVE"
        if not code and any(asked[2] == expected.questions for asked in expected.pending.values()):
            code = "ANSWER_UNDER_WAY"
        if self._try(id, code, coordinating.answered, self.known[id], self._case(id), command, self._world):
            if slot is None:
                expected.coordination = "DECLINED"
            else:
                expected.pending[booking] = (answer, slot, expected.questions)

    def _slots_ahead(self) -> list[Slot]:
        """The next few, so that cases want the same."""
        today = civil_day(self.now)
        days = (today + timedelta(days=number) for number in range(4))
        return [slot for day in days for slot in slots_of(REGISTRY, UNIT, day, LENGTH) if slot.since > self.now][:3]

    @rule(id=which, accept=st.sampled_from([True, True, False]))
    def the_desk_hears_a_proposal(self, id: str, accept: bool) -> None:
        expected = self.expected[id]
        if not expected.questions:
            return
        code = "" if expected.coordination == "PROPOSED" else "ILLEGAL_MOVE"
        if not code and accept and expected.slot and expected.slot.since <= self.now:
            code = "SLOT_HAS_BEGUN"
        command, question = AcceptProposal(accept=accept, officer_id=CLERK), f"{id}.c{expected.questions}"
        if self._try(id, code, coordinating.accepted, self.known[id], self._case(id), question, command, self._world):
            expected.coordination = "CONFIRMED" if accept else "DECLINED"
            if not accept:
                expected.let_go()

    @rule(id=which)
    def the_desk_proposes_a_referral(self, id: str) -> None:
        expected = self.expected[id]
        if not expected.questions:
            return
        code = "" if expected.coordination == "CONFIRMED" and expected.slot else "NOT_CONFIRMED"
        code = code or ("COORDINATION_USED" if expected.referral else "")
        code = code or ("SLOT_HAS_BEGUN" if expected.slot and expected.slot.since <= self.now else "")
        command = ProposeReferral(
            coordination_id=f"{id}.c{expected.questions}", ground=Ground.ORIGINAL, officer_id=CLERK
        )
        if self._try(id, code, referring.proposed, self.known[id], self._case(id), command, self._world):
            expected.referral = "PROPOSED"

    def _act(self, id: str, decided: Any, command: Any, code: str, leads_to: str) -> None:
        referral, expected = self.known[id].referrals[-1].id, self.expected[id]
        if self._try(id, code, decided, self.known[id], self._case(id), referral, command, self._world):
            expected.referral = leads_to
            if leads_to != "ISSUED":
                expected.let_go()
            expected.misses += leads_to == "MISSED"

    @rule(id=which)
    def the_head_approves(self, id: str) -> None:
        expected = self.expected[id]
        if expected.referral is None or expected.slot is None:
            return
        code = "" if expected.referral == "PROPOSED" else "ILLEGAL_MOVE"
        code = code or ("SLOT_HAS_BEGUN" if expected.slot.since <= self.now else "")
        self._act(id, referring.approved, ApproveReferral(officer_id=HEAD), code, "ISSUED")

    @rule(id=which)
    def the_citizen_comes(self, id: str) -> None:
        expected = self.expected[id]
        if expected.referral is None or expected.slot is None:
            return
        code = "" if expected.referral == "ISSUED" else "ILLEGAL_MOVE"
        code = code or ("TOO_EARLY" if civil_day(self.now) < civil_day(expected.slot.since) else "")
        self._act(id, referring.attended, AttendReferral(officer_id="ada"), code, "ATTENDED")

    @rule(id=which)
    def the_unit_says_that_nobody_came(self, id: str) -> None:
        expected = self.expected[id]
        if expected.referral is None or expected.slot is None:
            return
        code = "" if expected.referral == "ISSUED" else "ILLEGAL_MOVE"
        code = code or ("TOO_EARLY" if self.now < expected.slot.until else "")
        self._act(id, referring.missed, MissReferral(officer_id="bahar"), code, "MISSED")

    @rule(id=which, officer=st.sampled_from([CLERK, "ada"]))
    def it_is_called_off(self, id: str, officer: str) -> None:
        expected = self.expected[id]
        if expected.referral is None or expected.slot is None:
            return
        code = "" if expected.referral in ("PROPOSED", "ISSUED") else "ILLEGAL_MOVE"
        limit = expected.slot.until if officer == "ada" else expected.slot.since
        code = code or ("SLOT_HAS_BEGUN" if limit <= self.now else "")
        self._act(id, referring.cancelled, CancelReferral(officer_id=officer), code, "CANCELLED")

    @rule(id=which, answered=st.booleans())
    def the_work_ends_and_begins_anew(self, id: str, answered: bool) -> None:
        expected = self.expected[id]
        self._take(id, referring.work_ended(self.known[id], self._world, answered=answered))
        if expected.coordination in ("ASKED", "PROPOSED"):
            expected.coordination = "LAPSED" if expected.coordination == "ASKED" else "DECLINED"
        elif expected.coordination == "CONFIRMED" and expected.referral is None:
            expected.slot = None
        if expected.referral == "ISSUED" and answered and expected.slot and expected.slot.since <= self.now:
            expected.referral = "ATTENDED"
        elif expected.referral in ("PROPOSED", "ISSUED"):
            expected.referral = "CANCELLED"
        expected.let_go()
        expected.misses, expected.round = 0, expected.round + 1

    @rule(id=which, steps=st.integers(1, 6), answer=st.sampled_from(["CONFIRMED", "PROPOSED"]), prompt=st.booleans())
    def the_matter_goes_on(self, id: str, steps: int, answer: str, prompt: bool) -> None:
        """What usually comes next, so that some cases get far; `prompt`: words arrive at once."""
        for _ in range(steps):
            self._go_on(id, answer)
            while prompt and self.on_their_way:
                self.words_arrive(1)

    def _go_on(self, id: str, answer: str) -> None:
        expected = self.expected[id]
        if not expected.open(self.now):
            self.the_desk_asks(id)
        elif expected.coordination == "ASKED":
            self.the_unit_answers(id, answer, 2)
        elif expected.coordination == "PROPOSED":
            self.the_desk_hears_a_proposal(id, accept=True)
        elif expected.referral is None:
            self.the_desk_proposes_a_referral(id)
        elif expected.referral == "PROPOSED":
            self.the_head_approves(id)
        elif expected.slot is not None:
            self.now = max(self.now, expected.slot.until + HALF_AN_HOUR)
            self.timers_fire(id)

    # --- time --------------------------------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([10, 30, 60, 60, 300, 1440]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(id=which)
    def timers_fire(self, id: str) -> None:
        expected = self.expected[id]
        for name, due in timers(self.known[id]).items():
            if due > self.now:
                continue
            if name == f"{id}.c{expected.questions}":
                assert expected.coordination in ("ASKED", "PROPOSED")
                expected.coordination = "LAPSED" if expected.coordination == "ASKED" else "DECLINED"
            else:
                assert expected.slot is not None
                approved = expected.referral == "ISSUED"
                assert due == (expected.slot.until + HALF_AN_HOUR if approved else expected.slot.since)
                expected.referral = "MISSED" if approved else "LAPSED"
                expected.misses += approved
            expected.let_go()
            self._take(id, referring.fell_due(self.known[id], name, self._world))
            assert timers(self.known[id]).get(name) is None

    # --- what always holds -------------------------------------------------------------------------------------------

    @invariant()
    def each_case_is_as_the_model_says(self) -> None:
        for id, expected in self.expected.items():
            known = self.known[id]
            assert len(known.asked) == expected.questions
            if known.asked:
                newest = known.asked[-1]
                assert (newest.state, newest.slot) == (expected.coordination, expected.slot)
                referral = known.referral_on(newest.id)
                assert (referral.state if referral else None) == expected.referral
            else:
                assert expected.coordination is None

    @invariant()
    def I1_every_referral_stands_on_a_confirmed_coordination_for_its_unit_and_slot(self) -> None:
        for known in self.known.values():
            for referral in known.referrals:
                behind = known.coordination(referral.coordination_id)
                assert behind.state is CoordinationState.CONFIRMED
                assert (behind.unit_id, behind.slot) == (referral.unit_id, referral.slot)

    @invariant()
    def what_is_issued_has_its_place_and_no_slot_holds_more_than_it_has(self) -> None:
        booked = [place for day in self.days.values() for place in day.taken]
        assert {place.id: place.slot for place in booked} == self.places
        for place in booked:
            assert sum(place.slot == other.slot for other in booked) <= OFFICERS
        for id, expected in self.expected.items():
            if expected.booking is not None:
                assert self.places.get(expected.booking) == expected.slot, f"{id} holds what its day does not know"

    @invariant()
    def a_referral_that_was_issued_ends_once(self) -> None:
        for life in self.lives.values():
            assert life[0] == "PROPOSED"
            if "ISSUED" in life:
                assert life[1] == "ISSUED"
                assert tuple(life[2:]) in ENDS_OF_ISSUED
            else:
                assert life[1:] in ([], ["LAPSED"], ["CANCELLED"])

    @invariant()
    def in_one_round_a_missed_slot_is_given_anew_once(self) -> None:
        for known in self.known.values():
            for round in {referral.round for referral in known.referrals}:
                missed = [
                    each for each in known.referrals if each.round == round and each.state is ReferralState.MISSED
                ]
                outcomes = [each.outcome for each in missed]
                assert outcomes in (
                    [],
                    [ReferralOutcome.MAY_REBOOK],
                    [ReferralOutcome.MAY_REBOOK, ReferralOutcome.NO_MORE],
                )
                if len(missed) == 2:
                    last = [each for each in known.referrals if each.round == round][-1]
                    assert last is missed[-1], "nobody was sent after the second"

    def teardown(self) -> None:
        """When all words have arrived the days hold what is needed, and nothing else of what is ahead."""
        while self.on_their_way:
            self._deliver(self.on_their_way.popleft())
        self.what_is_issued_has_its_place_and_no_slot_holds_more_than_it_has()
        needed = {each.booking for each in self.expected.values() if each.booking is not None}
        ahead = {booking for booking, slot in self.places.items() if slot.since > self.now}
        assert ahead <= needed
        assert not any(each.pending for each in self.expected.values()), "every answer was settled"


TestSharedUnit = SharedUnit.TestCase
TestSharedUnit.settings = WALKED
