"""Whatever comes in whatever order: no life of a request leaves the table of domain 3, and none gets stuck in it."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from services.contracts.commitment import Commitment, CommitmentKind
from services.contracts.decision import Decision, Refused
from services.contracts.intake import RequestMoved, RequestState
from services.contracts.routing import ResultKind
from services.contracts.service_sheet import Channel
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention, Awaited, Role
from services.intake.domain.due import timers
from services.intake.domain.granted_before import GRANTED_BEFORE
from services.intake.domain.objection_window import OBJECTABLE, OBJECTION
from services.intake.domain.request import Request
from services.intake.domain.states import AT_WORK, ENDED
from services.intake.handlers import REQUEST
from tests.support.order import led_by
from tests.unit.intake.happenings import FILINGS, HAPPENINGS, OF_UNITS, Chances

STEPS = 30


class Life(Chances):
    """One request, whatever happens to it; `seen` are the states it has been in."""

    was: Awaited | None = None

    def __init__(self, seed: int, seen: set[str]) -> None:
        super().__init__(seed)
        self.seen, self.asks_units = seen, bool(seed % 2)
        self.where, self.kinds_of_move = {("", "")}, set[str]()
        self.take(self.chance.choice(FILINGS)(self))

    def go_on(self) -> None:
        before = self.case
        message = self.chance.choice(self.happenings())(self)
        if message is None:
            return
        try:
            decision: Decision[Request] = REQUEST.decide[type(message)](self.request, message, self.world())
        except Refused:
            return
        self.take(decision)
        self.nothing_was_undone(before)

    def happenings(self) -> "Sequence[Callable[[Any], Any]]":
        return (*HAPPENINGS, *OF_UNITS) if self.asks_units else HAPPENINGS

    def take(self, decision: Decision[Request]) -> None:
        self.known = decision.state
        self.told = [verb for event in decision.events for verb in event.moves]
        for event in decision.events:
            if isinstance(event, RequestMoved):
                self.follow(event)
        self.nothing_is_stuck()

    def follow(self, event: RequestMoved) -> None:
        """The table is the one that the checks after a fault use: written from domain 3, apart from the services'."""
        for verb in event.moves:
            self.where = led_by((verb,), self.where)
            self.seen |= {state for state, _ in self.where}
        self.where = {at for at in self.where if at[0] == event.state}
        assert self.where, f"{event.moves} lead elsewhere than to {event.state}"
        assert event.state == self.case.state

    def nothing_was_undone(self, before: Case) -> None:
        """I6: a promise that has ended keeps its end and its hour, and what was decided stays decided.

        Of a round that is over only what becomes of its output is still noted: told of, handed over, or given up.
        """
        for was, is_ in zip(before.commitments, self.case.commitments, strict=False):
            assert is_.id == was.id
            assert was.state == "OPEN" or (is_.state, is_.ended_at) == (was.state, was.ended_at)
            self.dates_move_on_record_only(was, is_)
        assert len(self.case.earlier) >= len(before.earlier)
        for over, now in zip(before.earlier, self.case.earlier, strict=False):
            of_output = {"handover": now.handover, "collection": now.collection}
            assert now == (over.model_copy(update=of_output) if over.waits() else over)
            assert not (now.collection and now.collection.uncollected_at) or now.collection.noticed_at, (
                "over their head"
            )
        assert len(self.case.commitments) >= len(before.commitments)

    def dates_move_on_record_only(self, was: Commitment, is_: Commitment) -> None:
        """12.4: only EXTENDED and RE_PROJECTED change a date, with what it was before; and the citizen is told."""
        new = is_.moves[len(was.moves) :]
        assert is_.moves[: len(was.moves)] == was.moves
        assert len(new) == (is_.promised_at != was.promised_at)
        for move in new:
            assert (move.from_at, move.to_at, was.state) == (was.promised_at, is_.promised_at, "OPEN")
            assert {"EXTENDED": "commitment.extended", "RE_PROJECTED": "commitment.re-projected"}[
                move.kind
            ] in self.told
            assert is_.promised_at <= is_.legal_latest_at or is_.legal_risk, "I3"
            self.kinds_of_move.add(move.kind)
        assert sum(move.kind == "EXTENDED" for move in is_.moves) <= 2
        assert is_.legal_latest_at == was.legal_latest_at

    def nothing_is_stuck(self) -> None:
        case, waits = self.case, timers(self.request)
        if waits.pop(OBJECTION, None):
            assert case.announced is not None, "of a result that was told"
            assert case.result is not None
            assert case.result.kind in OBJECTABLE
        assert case.channel_reason or case.channel is not Channel.AGENCY_DESK, "I4"
        opened = [c for c in case.open_promises() if c.kind is CommitmentKind.FINAL_DELIVERY]
        told_late = case.announced is not None and case.heard_by is not None
        assert len(opened) <= (case.state not in ENDED or told_late)
        if case.state in ENDED:
            left = any(over.waits() for over in case.earlier)  # what was granted is theirs, whatever became of the rest
            word_may_come = {f"promise:{promise.id}" for promise in opened}
            assert waits.keys() == word_may_come | ({GRANTED_BEFORE} & waits.keys() if left else set())
            calls = {Attention.REMIND_TO_COLLECT} if left else set()
            assert set(case.attention) <= {Attention.NO_COMPETENCE} | calls
        elif case.state in AT_WORK:
            released = any(one.outcome == "NO_MORE" for one in case.with_units.referrals) if case.with_units else False
            assert opened or Attention.PROMISE_BROKEN in case.attention or released, "I2"
        elif case.state is not RequestState.SUSPENDED or (case.awaited and case.awaited.missing):
            assert waits or case.attention, f"{case.state} waits for nothing and nobody sees it"
        if case.state == "EXPIRED":
            assert self.was is None or self.was.noticed_at is not None, "expired over somebody's head"
        self.was = case.awaited
        if case.collected() is False:
            assert case.collection is not None
            assert case.collection.noticed_at is not None, "closed over somebody's head"
        if case.announced is not None and case.announced.by is Role.NOTICE:
            assert case.round in self.delivered, "I9"
        for round_ in (*case.earlier, case.over()):
            assert round_.result is None or round_.result.kind is not ResultKind.REFUSED or round_.result.laws, "I5"


@pytest.mark.parametrize("first", range(0, 600, 300))
def test_no_life_leaves_the_table_or_gets_stuck_and_together_they_see_all_of_it(first: int) -> None:
    seen: set[str] = set()
    uncollected = rounds = 0
    moves: set[str] = set()
    for seed in range(first, first + 300):
        life = Life(seed, seen)
        for _ in range(STEPS):
            life.go_on()
        uncollected += life.case.collected() is False
        rounds = max(rounds, life.case.round)
        moves |= life.kinds_of_move
    assert seen == set(RequestState) - {RequestState.RECEIVED}, "every other state is reached by the rules themselves"
    assert uncollected
    assert rounds > 2
    assert moves == {"EXTENDED", "RE_PROJECTED"}
