"""Cases and the queues of their units, with the model beside them: what each message does, and what always holds.

Domain 3, 6, 7; I6, I8, I11. What must hold is told by `expected_work`, which knows nothing of the rules. What officers
do, and what time brings, are rules of the classes that follow.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.contracts.decision import Decision, Refused, Send, World
from services.contracts.wire import Command
from services.routing.domain.case import Case
from services.routing.domain.messages import EntrySigned, OfferTask, TaskPlaced, TaskWaiting
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
from tests.unit.routing.expected_work import NOBODYS, TASK_MOVES, TRANSFER_MOVES, Expected
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
        self.dues: dict[str, datetime] = {}

    @property
    def _world(self) -> World[Rules]:
        return World(now=self.now, registry=self.agencies.registry, rules=RULES, patience_over=True)

    @property
    def _today(self) -> date:
        return self.now.astimezone(TEHRAN).date()

    # --- deciding ----------------------------------------------------------------------------------------------------

    def _take(self, id: str, body: Any, *told: tuple[str, ...]) -> Decision[Case]:
        """What a case decides, of which it must tell exactly this."""
        before = self.cases.get(id)
        decision = cast(Decision[Case], CASE.decide[type(body)](before, body, self._world))
        assert [event.moves for event in decision.events] == list(told), (id, body)
        if decision.state is None:
            assert before is None
            return decision
        case = decision.state
        expected = self.expected[id]
        for event in decision.events:
            expected.version += 1
            wire = cast(Any, event)
            assert (wire.version, wire.round, wire.request_id) == (expected.version, expected.round, id)
            assert wire.occurred_at == self.now
        assert case.version == expected.version
        self._moves_are_legal(before, case)
        self._due_stands(id, case, decision)
        self._lines_stand(before, case)
        self.cases[id] = case
        self._send(case, decision.sends)
        return decision

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

    def _due_stands(self, id: str, case: Case, decision: Decision[Case]) -> None:
        """I6: nothing moves a due time but a move of the Clock that is told; no pause makes it earlier."""
        known, moves = self.dues.get(id), {move for event in decision.events for move in cast(Any, event).moves}
        if known is not None and known != case.clock.due:
            assert "clock.due-moved" in moves
            if "clock.resumed" in moves:
                assert case.clock.due > known
        self.dues[id] = case.clock.due

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
        assert (offer.amount, offer.people, offer.doer) == (expected.amount, (expected.person,), piece.doer)
        assert set(offer.barred) == expected.barred | piece.had

    def _refused(self, id: str, body: Command, wrong: Sequence[str]) -> bool:
        """Whether it is refused, with one of these codes, and nothing has changed."""
        if not wrong:
            return False
        with pytest.raises(Refused) as refused:
            CASE.decide[type(body)](self.cases.get(id), body, self._world)
        assert refused.value.code in wrong, (refused.value.code, wrong, body)
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
        if decision.state is not None:
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
            piece.givings = 1
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
            assert [work.answer.kind if work.answer else None for work in case.work] == [
                piece.answer for piece in expected.pieces
            ]
            assert (case.result.kind if case.result else None) == expected.result
            assert [(each.id, each.state) for each in case.transfers] == [
                (each.id, each.state) for each in expected.transfers
            ]
            assert [rung.percent for rung in case.rungs] == list(expected.way.ladder[: expected.rungs])
            assert set(case.barred) == expected.barred
            clock, pause = case.clock, case.clock.suspended()
            assert clock.running_since == expected.running
            assert (pause.number if pause else None) == (expected.pause.number if expected.pause else None)
            if expected.way.hours is not None and expected.running is None:
                assert clock.consumed == self.hours.worked(expected, self.now) * 60
                assert clock.consumed_minutes == self.hours.worked(expected, self.now)

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
