"""Cases and the queues of their units, with the model beside them: what each message does, and what always holds.

Domain 3, 6, 7; I6, I8, I11. What must hold is told by `expected_work`, which knows nothing of the rules. What officers
do, and what time brings, are rules of the classes that follow.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any, cast

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.contracts.decision import Decision, Refused, Send, World
from services.contracts.routing import Clock
from services.contracts.wire import Command
from services.routing.domain.case import Case
from services.routing.domain.messages import EntrySigned, OfferTask, PlaceFreed, TaskPlaced, TaskWaiting
from services.routing.domain.queue import Queue
from services.routing.domain.rules import Rules
from services.routing.handlers import CASE, QUEUE
from tests.support.memory_door import WORKING_MORNING
from tests.unit.routing.agencies_at_work import (
    CAP,
    CASES,
    DESK_HEAD,
    UNITS,
    Agencies,
    everybody,
)
from tests.unit.routing.expected_hours import ROUNDED
from tests.unit.routing.expected_work import NOBODYS, SAYS, STATUS, TASK_MOVES, TRANSFER_MOVES, Expected
from tests.unit.routing.office import RULES
from tests.unit.worktime.slow_model import TEHRAN

NAMES = tuple(everybody())
which = st.sampled_from(CASES)
anybody = st.sampled_from((*NAMES, DESK_HEAD))
nth = st.integers(0, 5)


class BehindTheDesk(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = WORKING_MORNING
        self.agencies = Agencies()
        self.people, self.hours = self.agencies.people, self.agencies.hours
        self.cases: dict[str, Case] = {}
        self.queues: dict[str, Queue] = {}
        self.expected: dict[str, Expected] = {}
        self.ended: list[Expected] = []
        """Rounds that are over."""
        self.underway: list[Send] = []
        self.sent: list[Send] = []
        self.placements: dict[str, int] = {}
        """The queue's entry that counts, by the key of the giving."""

    @property
    def _world(self) -> World[Rules]:
        return World(now=self.now, registry=self.agencies.registry, rules=RULES, patience_over=True)

    @property
    def _today(self) -> date:
        return self.now.astimezone(TEHRAN).date()

    # --- deciding ----------------------------------------------------------------------------------------------------

    def _take(
        self,
        id: str,
        body: Any,
        *told: tuple[str, ...],
        dues: Collection[datetime] = (),
        perhaps: tuple[str, ...] | None = None,
    ) -> Decision[Case]:
        """What a case decides, of which it must tell exactly this.

        `dues`: when it may be due from now on, of which it tells if that is another moment; none: it is due as before.
        `perhaps`: one more that it may tell, where a rounding decides.
        """
        before, expected = self.cases.get(id), self.expected[id]
        decision = cast(Decision[Case], CASE.decide[type(body)](before, body, self._world))
        assert decision.state is not None
        case, wanted = decision.state, list(told)
        assert case.clock.due in (dues or (expected.due,)), "I6: nothing else moves a due time"
        if case.clock.due != expected.due:
            wanted[-1:] = [(*(wanted[-1] if wanted else ()), "clock.due-moved")]
        moves = [event.moves for event in decision.events]
        assert moves == wanted or (perhaps and moves == [*wanted, perhaps]), (id, body)
        for event in decision.events:
            expected.version += 1
            self._tells_truly(expected, event)
        expected.due = case.clock.due
        assert case.version == expected.version
        self._moves_are_legal(before, case)
        self._lines_stand(before, case)
        self.cases[id] = case
        self._send(case, decision.sends)
        return decision

    def _tells_truly(self, expected: Expected, event: Any) -> None:
        """An event stands alone: whoever counts jumps, returns and what was given by hand has no more than it."""
        assert (event.version, event.round, event.request_id) == (expected.version, expected.round, expected.id)
        assert event.occurred_at == self.now
        piece = expected.piece(event.task.id)
        assert piece is not None
        for move in event.moves:
            assert event.task.state.value == SAYS.get(move, event.task.state.value), move
        assert (_jump(event), _returned(event), _override(event)) == (piece.jump, piece.returned, piece.override)
        assert event.draw == piece.draw
        if "clock.due-moved" in event.moves:
            assert event.due_moved.from_at == expected.due
            assert event.due_moved.cause == ("SUSPENSION" if "clock.resumed" in event.moves else "CALENDAR")

    def _moves_are_legal(self, before: Case | None, case: Case) -> None:
        was = {work.task.id: work.task.state.value for work in before.tasks_ever()} if before else {}
        for work in case.tasks_ever():
            state = work.task.state.value
            assert state == was.get(work.task.id, "OFFERED") or state in TASK_MOVES[was.get(work.task.id, "OFFERED")]
        assert was.keys() <= {work.task.id for work in case.tasks_ever()}, "no task is forgotten"
        offers = {each.id: each.state.value for each in before.transfers} if before else {}
        for each in case.transfers:
            state = offers.get(each.id, "OFFERED")
            assert each.state == state or each.state in TRANSFER_MOVES.get(state, ())
        assert offers.keys() <= {each.id for each in case.transfers}, "no transfer is forgotten"

    def _lines_stand(self, before: Case | None, case: Case) -> None:
        """What is work for a head has been so since it came up."""
        known = {(line.kind, line.task_id): line.since for line in before.for_head} if before else {}
        for line in case.for_head:
            assert line.since == known.get((line.kind, line.task_id), self.now)

    def _send(self, case: Case | None, sends: Sequence[Send]) -> None:
        for send in sends:
            if case is not None and isinstance(send.body, OfferTask):
                self._is_offered_rightly(send.body)
        self.underway += sends
        self.sent += sends

    def _is_offered_rightly(self, offer: OfferTask) -> None:
        """I8: to nobody who decided what is objected to, nor had it before, nor has to do with the person."""
        expected = self.expected[offer.request_id]
        piece = expected.piece(offer.task_id)
        assert piece is not None
        assert piece.state == "OFFERED"
        assert (offer.unit_id, offer.service_id) == (piece.unit, expected.way.service)
        assert (offer.amount, set(offer.people), offer.doer) == (expected.amount, expected.people, piece.doer)
        assert set(offer.barred) == expected.barred | expected.withdrew | piece.had

    def _refused(self, id: str, body: Command, wrong: Sequence[str]) -> bool:
        """Whether it is refused, with one of these codes, and nothing has changed."""
        if not wrong:
            return False
        heard: tuple[str, int] | None = None
        try:  # not pytest.raises, which takes as long as all the rest: it is asked many thousand times
            CASE.decide[type(body)](self.cases.get(id), body, self._world)
        except Refused as refused:
            heard = refused.code, refused.status
        assert heard is not None, ("to be refused", wrong, body)
        assert heard[0] in wrong, (heard, wrong, body)
        assert heard[1] == STATUS[heard[0]], (heard, body)
        return True

    # --- case and queue ----------------------------------------------------------------------------------------------

    def _deliver(self, send: Send) -> None:
        body = send.body
        if send.entity == "queue":
            queue = self.queues.get(send.id)
            if isinstance(body, OfferTask):
                return self._queue_picks(queue, body)
            decision = cast(Decision[Queue], QUEUE.decide[type(body)](queue, body, self._world))
            return self._keep_queue(send.id, decision)
        if isinstance(body, TaskPlaced):
            return self._placed(send.id, body)
        if isinstance(body, TaskWaiting):
            return self._told_to_wait(send.id, body)
        self._take(send.id, body)
        return None

    def _keep_queue(self, unit: str, decision: Decision[Queue]) -> None:
        """Whoever waits for room is told as soon as an officer at the cap has some, and of whom."""
        if decision.state is not None:
            before = self.queues.get(unit, Queue(unit_id=unit)).loads
            freed = [id for id, load in before.items() if load >= CAP > decision.state.loads.get(id, 0)]
            assert decision.effects == tuple(PlaceFreed(unit_id=unit, officer_id=id) for id in freed)
            self.queues[unit] = decision.state
        self._send(None, decision.sends)

    def _queue_picks(self, queue: Queue | None, offer: OfferTask) -> None:
        """Domain 7: who may, is on shift, has declared nothing and is below the cap; the lowest load of them."""
        queue = queue or Queue(unit_id=offer.unit_id)
        decision = cast(Decision[Queue], QUEUE.decide[OfferTask](queue, offer, self._world))
        self._keep_queue(offer.unit_id, decision)
        if offer.task_id in queue.placing:
            assert decision.sends == ()
            return
        ((_, _, said),) = [(send.entity, send.id, send.body) for send in decision.sends]
        waits, eligible = self._who_may(queue, offer)
        if waits is not None:
            assert isinstance(said, TaskWaiting)
            assert said.waits_for == waits
            opens = self.hours.opens(self.now)
            assert said.until == (opens if waits == "OPENING" else self.now + RULES.ask_again)
            return
        assert isinstance(said, TaskPlaced)
        assert set(said.draw.candidates) == set(eligible)
        loads = {id: queue.loads.get(id, 0) for id in eligible}
        assert dict(zip(said.draw.candidates, said.draw.loads, strict=True)) == loads
        assert loads[said.assignee] == min(loads.values())

    def _who_may(self, queue: Queue, offer: OfferTask) -> tuple[str | None, list[str]]:
        if offer.unit_id in self.agencies.suspended:
            return "UNIT", []
        if not self.hours.open(self.now):
            return "OPENING", []
        able = [
            person
            for person in self.people.values()
            if person.unit == offer.unit_id and not person.left and person.able(offer.service_id, offer.amount)
            if self._today not in person.away and not person.declared & set(offer.people)
            if person.id not in offer.barred
        ]
        if offer.doer in {person.id for person in able}:
            return None, [str(offer.doer)]
        if not able:
            return "OFFICER", []
        able = [person for person in able if f"{self.now.astimezone(TEHRAN):%H:%M}" < person.until]
        if not able:
            return "SHIFT", []
        able = [person for person in able if queue.loads.get(person.id, 0) < CAP]
        return (None, [person.id for person in able]) if able else ("ROOM", [])

    def _placed(self, id: str, body: TaskPlaced) -> None:
        expected = self.expected[id]
        piece = expected.piece(body.task_id)
        if piece is None or piece.state != "OFFERED":
            decision = self._take(id, body)
            counts = self.placements.get(body.task_id) == body.entry
        else:
            piece.state, piece.officer, piece.waits, piece.ask_at = "ASSIGNED", body.assignee, None, None
            piece.givings, piece.draw = 1, body.draw
            self.placements[body.task_id] = body.entry
            self.hours.given(expected, piece, self.now)
            decision, counts = self._take(id, body, self._first("task.assigned", expected)), True
        signature = EntrySigned(task_id=body.task_id, entry=body.entry, counts=counts)
        assert [send.body for send in decision.sends] == [signature]

    def _told_to_wait(self, id: str, body: TaskWaiting) -> None:
        expected = self.expected[id]
        piece = expected.piece(body.task_id)
        if piece is None or piece.state != "OFFERED":
            self._take(id, body)
            return
        piece.ask_at = body.until
        if piece.waits == body.waits_for or (piece.waits is not None and body.waits_for == "OPENING"):
            self._take(id, body)
            return
        piece.waits = body.waits_for.value
        self._take(id, body, self._first("task.offered", expected))

    @staticmethod
    def _first(move: str, expected: Expected) -> tuple[str, ...]:
        """With the first word of a round it is told that its Clock runs."""
        first, expected.told_first = not expected.told_first, True
        return (move, "clock.started") if first else (move,)

    @precondition(lambda self: self.underway)
    @rule(places=st.lists(st.integers(0, 9), min_size=1, max_size=6))
    def words_arrive(self, places: list[int]) -> None:
        """In any order."""
        for place in places:
            if self.underway:
                self._deliver(self.underway.pop(min(place, len(self.underway) - 1)))

    @precondition(lambda self: self.sent)
    @rule(back=st.integers(1, 12))
    def a_word_comes_again(self, back: int) -> None:
        self._deliver(self.sent[-min(back, len(self.sent))])

    @precondition(lambda self: self.underway)
    @rule()
    def all_words_arrive(self) -> None:
        while self.underway:
            self._deliver(self.underway.pop(0))

    # --- what always holds -------------------------------------------------------------------------------------------

    @invariant()
    def each_case_is_as_the_model_says(self) -> None:
        for id, expected in self.expected.items():
            case = self.cases[id]
            told = [
                (w.task.id, w.task.step, w.task.unit_id, w.task.state.value, w.task.assignee, w.task.waits_for)
                for w in case.work
            ]
            assert told == [(p.id, p.step.id, p.unit, p.state, p.officer, p.waits) for p in expected.pieces]
            assert [
                (a.kind, a.ground, a.decided_by, a.second_officer, a.decided_at) if a else (None,) * 5
                for a in (work.answer for work in case.work)
            ] == [(p.answer, p.ground, p.decided_by, p.second, p.answered_at) for p in expected.pieces]
            self._is_decided_as_the_model_says(case, expected)
            assert [(each.id, each.state) for each in case.transfers] == [
                (each.id, each.state) for each in expected.transfers
            ]
            assert [rung.percent for rung in case.rungs] == list(expected.way.ladder[: expected.rungs])
            assert set(case.barred) == expected.barred
            assert set(case.people) == expected.people
            self._counts_as_the_model_says(case.clock, expected)
            assert case.calendar.version == expected.counted_by
        rounds = [(case.request_id, earlier.result) for case in self.cases.values() for earlier in case.earlier]
        before = [(id, result.kind if result else "") for id, result in rounds]
        assert sorted(before) == sorted((round.id, round.result) for round in self.ended)

    @staticmethod
    def _is_decided_as_the_model_says(case: Case, expected: Expected) -> None:
        result = case.result
        assert (result.kind if result else None) == expected.result
        if result is not None and result.kind != NOBODYS:
            told = result.decided_by, result.second_officer, set((result.ground or "").split("\n")) - {""}
            assert told == expected.settled()

    def _counts_as_the_model_says(self, clock: Clock, expected: Expected) -> None:
        """12.2, 12.3: over every pause what was used stays used; who has caused which pause is on record."""
        assert clock.running_since == expected.running
        assert clock.due == expected.due
        assert [(each.number, each.cause, each.by, each.from_at, each.to_at) for each in clock.suspensions] == [
            (pause.number, pause.cause, pause.by, pause.since, pause.ended) for pause in expected.stood
        ]
        stood = sum(self.hours.minutes(version, since, until) for since, until, version in expected.spans)
        assert clock.consumed_minutes == stood
        if expected.way.hours is not None:
            assert clock.consumed == stood * 60
        else:
            days = sum((self.hours.days(v, since, until) for since, until, v in expected.spans), Fraction(0))
            assert abs(Fraction(clock.consumed, 1_000_000) - days) < ROUNDED

    @invariant()
    def the_work_of_units_stands_in_the_order_in_which_it_is_handled(self) -> None:
        """I7: a priority class before none, and in each as it has arrived."""
        listed = sorted(self.cases, key=lambda id: self.cases[id].order)
        places = {id: (one.priority is None, one.priority or "", one.arrived, id) for id, one in self.expected.items()}
        assert listed == sorted(places, key=lambda id: places[id])

    @invariant()
    def every_step_that_the_result_waits_for_is_somebodys(self) -> None:
        """It has one live task; or it is in the work of a head, or offered to another agency."""
        for id, expected in self.expected.items():
            case = self.cases[id]
            lines = [(line.kind.value, line.unit_id, line.task_id) for line in case.for_head]
            assert sorted(lines) == sorted(expected.for_the_head())
            assert all(line.org_id == UNITS[line.unit_id] for line in case.for_head)
            live = Counter(piece.step.id for piece in expected.pieces if piece.live)
            assert all(count == 1 for count in live.values())
            if expected.over:
                assert not live
                continue
            known = {task for _, _, task in lines}
            for step in expected.way.steps:
                piece = expected.newest().get(step.id)
                if piece is not None and step.mandatory:
                    settled = piece.answer is not None and piece.answer != NOBODYS
                    assert live[step.id] or settled or piece.id in known

    @invariant()
    def at_rest_loads_are_the_work_that_officers_have(self) -> None:
        """I11: and nothing is open between a case and a queue; nobody waits without being asked again."""
        if self.underway:
            return
        have: dict[str, Counter[str]] = {unit: Counter() for unit in UNITS}
        for expected in self.expected.values():
            for piece in expected.pieces:
                if piece.state in ("ASSIGNED", "STARTED"):
                    have[piece.unit][str(piece.officer)] += 1
                assert piece.state != "OFFERED" or piece.ask_at is not None
        for unit, loads in have.items():
            queue = self.queues.get(unit, Queue(unit_id=unit))
            assert (queue.loads, queue.placing, queue.ending) == (loads, {}, {})

    def teardown(self) -> None:
        self.all_words_arrive()
        self.at_rest_loads_are_the_work_that_officers_have()


def _jump(told: Any) -> tuple[str, str, str] | None:
    return (told.jump.reason, told.jump.second_officer, told.jump.passed) if told.jump else None


def _returned(told: Any) -> tuple[str, str] | None:
    return (told.returned.by, told.returned.reason) if told.returned else None


def _override(told: Any) -> tuple[str | None, str, str, str, str] | None:
    by_hand = told.override
    if by_hand is None:
        return None
    return by_hand.from_officer, by_hand.to_officer, by_hand.reason, by_hand.by, by_hand.second_officer
