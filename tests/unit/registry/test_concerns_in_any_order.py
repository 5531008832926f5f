"""A fault that is seen, remedied, gone and seen again, in any order: one open deficiency at a time (domain 1.6)."""

from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.contracts.decision import Decision, Refused, Send, TimerFired
from services.contracts.deficiency import DeficiencyState
from services.registry.domain.concern import Concern, Looked, looked, settled, sighted
from services.registry.domain.deficiency import IN_REMEDY, MOVES, OVERDUE, STEPS, VERIFIED, Deficiency, due_times
from services.registry.domain.deficiency import Step as Late
from services.registry.domain.remedying import Found, NotSeen, SeenAgain, Settled, decided, found, not_seen, overdue
from services.registry.domain.remedying import seen_again as counted
from services.registry.domain.sighting import Sighting
from tests.unit.registry.governorate import (
    ACKNOWLEDGE,
    CLERK,
    FIX,
    INSPECTOR,
    MONDAY,
    PLAN,
    REJECT,
    START,
    VERIFY,
    Step,
    a_sighting,
    wish,
    world,
)

NEXT = {
    DeficiencyState.REPORTED: ACKNOWLEDGE,
    DeficiencyState.ACKNOWLEDGED: PLAN,
    DeficiencyState.PLANNED: START,
    IN_REMEDY: FIX,
}


class OneFault(RuleBasedStateMachine):
    """A concern and its deficiencies against a small model: how many there are, and how far the last one is."""

    def __init__(self) -> None:
        super().__init__()
        self.now = MONDAY
        self.concern: Concern | None = None
        self.known: dict[str, Deficiency] = {}
        self.raised = 0
        self.state: DeficiencyState | None = None
        self.sights = 0
        self.gone_since: datetime | None = None
        self.last_gone: datetime | None = None
        self.settled_at: datetime | None = None
        self.escalated: set[tuple[str, Late | None, datetime | None]] = set()
        """Each term that was missed, and told."""

    def _deliver(self, sends: tuple[Send, ...]) -> None:
        for send in sends:
            body, id = send.body, send.id
            match body:
                case Found():
                    self._keep(id, found(self.known.get(id), body, world(self.now)))
                case Sighting():
                    told = sighted(self.concern, body, world(self.now))
                    self.concern = told.state
                    self._deliver(told.sends)
                case SeenAgain():
                    told_of = counted(self.known[id], body, world(self.now))
                    self._keep(id, told_of)
                    self._deliver(told_of.sends)
                case NotSeen():
                    self._keep(id, not_seen(self.known[id], body, world(self.now)))
                case Settled():
                    self.concern = settled(self.concern, body, world(self.now)).state

    def _keep(self, id: str, decided: Decision[Deficiency]) -> None:
        assert decided.state is not None
        self.known[id] = decided.state

    @property
    def newest(self) -> Deficiency:
        return list(self.known.values())[-1]

    @rule(days_ago=st.sampled_from([0, 0, 1, 15]))
    def it_is_seen(self, days_ago: int) -> None:
        seen_at = self.now - timedelta(days=days_ago)
        decision = sighted(self.concern, a_sighting(seen_at), world(self.now))
        self.concern = decision.state
        self._deliver(decision.sends)
        if self.settled_at is not None and seen_at < self.settled_at:
            return
        if self.state in (None, VERIFIED):
            self.raised, self.state, self.sights = self.raised + 1, DeficiencyState.REPORTED, 1
            self.last_gone = self.gone_since = None
            return
        self.sights += 1
        if self.last_gone is None or seen_at >= self.last_gone:
            self.gone_since = None

    @rule()
    def it_is_not_seen(self) -> None:
        decision = looked(self.concern, Looked(occasion="x", at=self.now), world(self.now))
        self.concern = decision.state
        self._deliver(decision.sends)
        if self.state not in (None, VERIFIED) and self.gone_since is None:
            self.last_gone = self.gone_since = self.now

    @precondition(lambda self: self.state is DeficiencyState.FIXED)
    @rule(times=st.integers(1, 3))
    def it_is_seen_while_the_word_of_the_verification_is_on_its_way(self, times: int) -> None:
        verified = decided(self.newest, wish(VERIFY), world(self.now))
        self._keep(self.newest.id, verified)
        on_their_way = list(verified.sends)
        for _ in range(times):
            self.now += timedelta(seconds=1)
            seen = sighted(self.concern, a_sighting(self.now), world(self.now))
            self.concern = seen.state
            on_their_way += seen.sends
        self._deliver(tuple(on_their_way))
        self.settled_at, self.state = self.now - timedelta(seconds=times), DeficiencyState.REPORTED
        self.raised, self.sights = self.raised + 1, times
        self.last_gone = self.gone_since = None

    @precondition(lambda self: self.known)
    @rule(step=st.sampled_from([ACKNOWLEDGE, PLAN, START, FIX, VERIFY, REJECT]))
    def somebody_acts(self, step: Step) -> None:
        asked = wish(step)
        known = self.newest
        in_time = asked.command is not PLAN or self.now < PLAN.due_at
        if asked.target not in MOVES.table.get(known.state, frozenset()) or not in_time:
            with pytest.raises(Refused):
                decided(known, asked, world(self.now))
            return
        late = self._escalates(known)
        decision = decided(known, asked, world(self.now))
        assert len(decision.events) == 1 + late
        self._keep(known.id, decision)
        self.state = asked.target
        self.settled_at = self.now if asked.target is VERIFIED else self.settled_at
        self._deliver(decision.sends)

    @precondition(lambda self: self.state in NEXT)
    @rule()
    def the_agency_goes_on(self) -> None:
        assert self.state
        self.somebody_acts(NEXT[self.state])

    @rule(days=st.integers(1, 8))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule()
    def timers_fire(self) -> None:
        for known in list(self.known.values()):
            due = due_times(known).get(OVERDUE)
            if due is not None and due <= self.now:
                self._escalates(known)
                decision = overdue(known, TimerFired(name=OVERDUE, due=due), world(self.now))
                assert len(decision.events) == 1
                self._keep(known.id, decision)

    def _escalates(self, known: Deficiency) -> bool:
        """Whether the step that is due now has not been told to be late."""
        term = (known.id, STEPS.get(known.state), known.due_at)
        if not known.overdue(self.now) or term in self.escalated:
            return False
        self.escalated.add(term)
        return True

    @invariant()
    def there_is_one_open_deficiency_at_most_and_it_counts_right(self) -> None:
        assert len(self.known) == self.raised
        still_open = [each for each in self.known.values() if each.state is not VERIFIED]
        assert len(still_open) <= 1
        if self.known:
            assert self.newest.state is self.state
            assert self.newest.occurrences == self.sights
            assert self.newest.gone_at == self.gone_since
            assert self.concern is not None
            assert (self.concern.deficiency_id == self.newest.id) is (self.state is not VERIFIED)
            if self.state is IN_REMEDY:
                assert self.newest.remedy.started_at is not None

    @invariant()
    def each_term_that_was_missed_is_escalated_once(self) -> None:
        assert sum(each.level for each in self.known.values()) == len(self.escalated)

    @invariant()
    def whatever_waits_for_its_agency_has_a_term(self) -> None:
        for each in self.known.values():
            waits = each.state not in (DeficiencyState.FIXED, VERIFIED)
            assert (each.due_at is not None) is waits


TestOneFault = OneFault.TestCase
TestOneFault.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


def test_the_officers_of_the_machine_are_those_who_may() -> None:
    assert {ACKNOWLEDGE.officer_id, PLAN.officer_id, START.officer_id, FIX.officer_id} == {CLERK}
    assert {VERIFY.officer_id, REJECT.officer_id} == {INSPECTOR}
