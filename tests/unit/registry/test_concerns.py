"""The same fault raises one deficiency until that is verified, and then another (domain 1.6)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.contracts.decision import Decision, Refused, Send, TimerFired
from services.contracts.deficiency import DeficiencyState, FinderRole, FoundBy
from services.registry.domain.concern import Concern, Gone, Looked, gone, looked, settled, sighted
from services.registry.domain.deficiency import IN_REMEDY, MOVES, OVERDUE, STEPS, VERIFIED, Deficiency, due_times
from services.registry.domain.deficiency import Step as Late
from services.registry.domain.remedying import Found, NotSeen, SeenAgain, Settled, decided, found, not_seen, overdue
from services.registry.domain.remedying import seen_again as counted
from services.registry.domain.sighting import REGISTRY, Sighting
from services.registry.handlers import CONCERN, DEFICIENCY
from tests.unit.registry.governorate import (
    ACKNOWLEDGE,
    CLERK,
    EXPIRED,
    FIX,
    INSPECTOR,
    MONDAY,
    PLAN,
    REJECT,
    START,
    VERIFY,
    Office,
    Step,
    a_sighting,
    at,
    wish,
    world,
)
from tests.unit.registry.governorate import (
    looked as seen_on,
)

LATER = at("1405/09/03 06:00")
BY_AN_INSPECTOR = FoundBy(role=FinderRole.INSPECTOR, id=INSPECTOR)


def the_open_one(office: Office) -> Deficiency:
    concern: Concern = office.state(CONCERN, EXPIRED)
    assert concern.deficiency_id
    known: Deficiency = office.state(DEFICIENCY, concern.deficiency_id)
    return known


async def test_the_same_fault_raises_one_deficiency_and_is_counted_in_it() -> None:
    office = Office()
    for day in ("1", "2", "3"):
        await office.submit(CONCERN, EXPIRED, seen_on(day), key=day, caller="registry")
    known = the_open_one(office)
    assert (known.occurrences, known.state) == (3, DeficiencyState.REPORTED)
    assert (known.found_by.role, known.found_by.id) == ("SYSTEM", "registry")
    assert office.told() == ["reported"], "further sights are no news"


async def test_a_sweep_that_is_begun_again_counts_once() -> None:
    office = Office()
    for minutes in (0, 5):
        command = seen_on("seen:2026-11-23", MONDAY + timedelta(minutes=minutes))
        await office.submit(CONCERN, EXPIRED, command, key="seen:2026-11-23", caller="registry")
    assert the_open_one(office).occurrences == 1


async def test_after_the_verification_the_same_fault_is_another_deficiency() -> None:
    office = Office()
    await office.submit(CONCERN, EXPIRED, seen_on("1"))
    first = the_open_one(office)
    await office.verify(first.id)
    assert office.state(CONCERN, EXPIRED).deficiency_id is None
    await office.submit(CONCERN, EXPIRED, seen_on("2"))
    second = the_open_one(office)
    assert second.id != first.id
    assert (second.occurrences, second.state) == (1, DeficiencyState.REPORTED)
    assert office.state(DEFICIENCY, first.id).state is VERIFIED


@pytest.mark.parametrize("again", [False, True])
async def test_what_was_seen_before_the_verification_and_is_told_afterwards_is_settled_by_it(again: bool) -> None:
    """An inspector enters in the evening what they saw in the morning; an agency above has looked at noon."""
    office = Office()
    await office.submit(CONCERN, EXPIRED, seen_on("1"))
    first = the_open_one(office)
    await office.verify(first.id)
    office.clock.advance(minutes=1)
    if again:
        await office.submit(CONCERN, EXPIRED, seen_on("2", office.clock.now()))
    before = office.state(CONCERN, EXPIRED)
    await office.submit(CONCERN, EXPIRED, seen_on("3", before.settled_at - timedelta(hours=1)))
    assert office.state(CONCERN, EXPIRED) == before
    assert len(office.store.collections[DEFICIENCY.name]) == 1 + again


def test_what_is_met_from_the_hour_of_the_verification_on_is_another_deficiency_whenever_the_word_of_it_comes() -> None:
    concern = sighted(None, a_sighting(), world()).state
    assert concern is not None
    verified_at = MONDAY + timedelta(minutes=1)
    heard = settled(concern, Settled(deficiency_id=concern.deficiency_id or "", at=verified_at), world(LATER)).state
    before = sighted(heard, a_sighting(verified_at - timedelta(seconds=1)), world(LATER)).state
    assert before is heard
    since = sighted(heard, a_sighting(verified_at), world(LATER)).state
    assert since is not None
    assert since.deficiency_id not in (None, concern.deficiency_id)


async def test_what_is_met_between_the_verification_and_the_word_of_it_is_not_lost() -> None:
    """Its concern counts it in what was verified that moment, and gets it back."""
    office = Office()
    await office.submit(CONCERN, EXPIRED, seen_on("1"))
    first = the_open_one(office)
    for command in (ACKNOWLEDGE, PLAN, START, FIX):
        await office.submit(DEFICIENCY, first.id, wish(command))
    async with office.serving():
        verified = office.door.submit(DEFICIENCY, first.id, wish(VERIFY))
        since = office.door.submit(CONCERN, EXPIRED, seen_on("2", found_by=BY_AN_INSPECTOR, inspection_id="i-2"))
        before = office.door.submit(CONCERN, EXPIRED, seen_on("3", MONDAY - timedelta(hours=1)))
        await asyncio.gather(verified, since, before)
    await office.settle()
    assert (office.state(DEFICIENCY, first.id).state, office.state(DEFICIENCY, first.id).occurrences) == (VERIFIED, 1)
    second = the_open_one(office)
    assert second.id != first.id
    assert (second.occurrences, second.found_by, second.inspection_ids) == (1, BY_AN_INSPECTOR, ("i-2",))


def test_what_an_earlier_version_has_told_and_not_sent_is_read_and_counts_as_it_did() -> None:
    told = SeenAgain.model_validate({"at": "2026-11-23T06:30:00Z", "occurrences": 2, "inspectionId": "i-1"})
    raised = sighted(None, a_sighting(), world())
    new: Any = raised.sends[0].body
    known = found(None, new, world()).state
    assert known is not None
    seen = counted(known, told, world(LATER)).state
    assert seen is not None
    assert (seen.occurrences, seen.inspection_ids) == (2, ("i-1",))
    over = known.model_copy(update={"state": VERIFIED})
    assert counted(over, told, world(LATER)) == Decision(over)
    heard = settled(raised.state, Settled.model_validate({"deficiencyId": known.id}), world(LATER)).state
    assert heard is not None
    assert (heard.deficiency_id, heard.settled_at) == (None, LATER)


async def test_what_is_gone_shows_it_and_stays_open_until_somebody_has_looked() -> None:
    office = Office()
    await office.submit(CONCERN, EXPIRED, seen_on("1"))
    await office.submit(CONCERN, EXPIRED, seen_on("2", LATER, there=False))
    known = the_open_one(office)
    assert (known.state, known.last_seen_at, known.gone_at) == (DeficiencyState.REPORTED, MONDAY, LATER)
    await office.submit(CONCERN, EXPIRED, seen_on("3", LATER))
    assert the_open_one(office).gone_at is None


@pytest.mark.parametrize("by", [BY_AN_INSPECTOR, REGISTRY])
async def test_what_was_seen_before_it_was_gone_and_is_told_afterwards_does_not_bring_it_back(by: FoundBy) -> None:
    """An inspector enters on the sixth day what they saw on the second; it was gone on the fifth."""
    second, fifth, eighth = (MONDAY + timedelta(days=days) for days in (1, 4, 7))
    office = Office()
    await office.submit(CONCERN, EXPIRED, seen_on("1"))
    await office.submit(CONCERN, EXPIRED, seen_on("2", fifth, there=False))
    await office.submit(CONCERN, EXPIRED, seen_on("3", second, found_by=by))
    known = the_open_one(office)
    assert (known.gone_at, known.last_seen_at, known.occurrences) == (fifth, second, 2)
    await office.submit(CONCERN, EXPIRED, seen_on("4", eighth))
    assert the_open_one(office).gone_at is None
    await office.submit(CONCERN, EXPIRED, seen_on("5", second, found_by=by))
    ninth = eighth + timedelta(days=1)
    await office.submit(CONCERN, EXPIRED, seen_on("6", ninth, there=False))
    assert the_open_one(office).gone_at == ninth, "the next look finds it gone again"


async def test_what_an_inspector_has_seen_since_it_was_gone_is_there_until_somebody_has_looked() -> None:
    office = Office()
    await office.submit(CONCERN, EXPIRED, seen_on("1"))
    await office.submit(CONCERN, EXPIRED, seen_on("2", LATER, there=False))
    await office.submit(CONCERN, EXPIRED, seen_on("3", LATER, found_by=BY_AN_INSPECTOR))
    await office.submit(CONCERN, EXPIRED, seen_on("4", LATER + timedelta(days=1), there=False))
    assert the_open_one(office).gone_at is None


def test_of_what_was_never_seen_nothing_is_told() -> None:
    assert gone(None, Gone(at=MONDAY), world()).sends == ()
    concern = sighted(None, a_sighting(), world()).state
    assert settled(concern, Settled(deficiency_id="another", at=MONDAY), world()).state is concern


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
