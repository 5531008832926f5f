"""A deficiency goes from its report to the verification by the agency above, or back (domain 1.6, 3)."""

from datetime import datetime, timedelta

import pytest

from services.contracts.decision import Decision, Refused, Send, TimerFired
from services.contracts.deficiency import DEFICIENCY_VERBS, DeficiencyMoved, DeficiencyState, Kind
from services.registry import words
from services.registry.domain.deficiency import (
    ESCALATED,
    FITS,
    IN_REMEDY,
    MOVES,
    OVERDUE,
    REJECTED,
    REPORTED,
    STEPS,
    VERBS,
    VERIFIED,
    Deficiency,
    Step,
    due_times,
)
from services.registry.domain.remedying import Found, Settled, decided, found, overdue
from tests.unit.registry.deficient import STEPS_TO_FIXED, after
from tests.unit.registry.governorate import (
    ACKNOWLEDGE,
    FIX,
    ID,
    MONDAY,
    PLAN,
    REJECT,
    START,
    VERIFY,
    at,
    event_of,
    reported,
    state_of,
    wish,
    world,
)


def fired(known: Deficiency, now: datetime) -> Decision[Deficiency]:
    return overdue(known, TimerFired(name=OVERDUE, due=now), world(now))


# -- the table --------------------------------------------------------------------------------------------------------


def test_every_state_is_reachable_and_every_open_one_has_an_exit() -> None:
    reached, left = {REPORTED}, [REPORTED]
    while left:
        for target in MOVES.table.get(left.pop(), frozenset()) - reached:
            reached.add(target)
            left.append(target)
    assert reached == set(DeficiencyState)
    assert [state for state in DeficiencyState if not MOVES.table.get(state)] == [VERIFIED]


def test_every_state_has_its_verb_and_every_verb_and_state_its_persian_words() -> None:
    assert {*VERBS.values(), ESCALATED} == set(DEFICIENCY_VERBS) == set(words.HISTORY)
    assert set(VERBS) == set(DeficiencyState) == set(words.STATES)
    assert set(words.KINDS) == set(Kind) == set(FITS)
    assert set(words.STEPS) == set(Step) == set(STEPS.values())


COMMANDS = {
    DeficiencyState.ACKNOWLEDGED: ACKNOWLEDGE,
    DeficiencyState.PLANNED: PLAN,
    IN_REMEDY: START,
    DeficiencyState.FIXED: FIX,
    VERIFIED: VERIFY,
    REJECTED: REJECT,
}


@pytest.mark.parametrize("origin", DeficiencyState)
@pytest.mark.parametrize("target", COMMANDS)
def test_only_the_moves_of_the_table_are_made_and_a_refusal_names_both_states(
    origin: DeficiencyState, target: DeficiencyState
) -> None:
    known = after(*STEPS_TO_FIXED).model_copy(update={"state": origin, "due_at": PLAN.due_at})
    if target in MOVES.table.get(origin, frozenset()):
        assert after(COMMANDS[target], known=known).state is target
        return
    with pytest.raises(Refused) as refusal:
        after(COMMANDS[target], known=known)
    assert refusal.value.code == "ILLEGAL_MOVE"
    assert refusal.value.facts == {"from": origin, "to": target}


# -- overdue ----------------------------------------------------------------------------------------------------------


def test_each_step_that_is_late_is_escalated_once() -> None:
    known = state_of(reported())
    first = fired(known, known.terms.acknowledge_by)
    known = state_of(first)
    event = event_of(first)
    assert (event.moves, event.level, event.state) == (("deficiency.escalated",), 1, REPORTED)
    assert due_times(known) == {}, "once"
    assert fired(known, at("1405/09/20 10:00")).state is known
    known = after(ACKNOWLEDGE, now=at("1405/09/10 10:00"), known=known)
    known = state_of(fired(known, due_times(known)[OVERDUE]))
    known = after(PLAN, now=at("1405/09/17 10:00"), known=known)
    known = state_of(fired(known, PLAN.due_at))
    assert [each.step for each in known.escalations] == [Step.ACKNOWLEDGE, Step.PLAN, Step.REMEDY]
    begun = after(START, now=at("1405/10/02 10:00"), known=known)
    assert due_times(begun) == {}, "the same term: it is late already"
    rejected = after(FIX, REJECT, now=at("1405/10/03 10:00"), known=begun)
    again = state_of(fired(rejected, due_times(rejected)[OVERDUE]))
    assert (again.level, again.escalations[-1].step) == (4, Step.REMEDY), "another term"


def test_a_step_that_is_taken_late_is_escalated_first_though_no_timer_has_fired() -> None:
    known = state_of(reported())
    for level, asked in enumerate((wish(ACKNOWLEDGE), wish(PLAN), wish(START)), start=1):
        assert known.due_at
        was, late = known.state, known.due_at + timedelta(seconds=30)
        step = decided(known, asked, world(late))
        known = state_of(step)
        events = [event for event in step.events if isinstance(event, DeficiencyMoved)]
        assert [event.moves for event in events] == [(ESCALATED,), (VERBS[known.state],)]
        assert [(event.state, event.level) for event in events] == [(was, level), (known.state, level)]
        assert [line.verb for line in known.history[-2:]] == [ESCALATED, VERBS[known.state]]
        assert known.escalations[-1].at == late
    assert due_times(known) == {}
    fixed = decided(known, wish(FIX), world(PLAN.due_at + timedelta(days=1)))
    assert state_of(fixed).level == 3, "once for each term: the remedy was late when it was begun"
    assert len(fixed.events) == 1


def test_a_step_on_its_very_hour_is_late_and_one_that_is_refused_escalates_nothing() -> None:
    known = state_of(reported())
    due = known.terms.acknowledge_by
    assert after(ACKNOWLEDGE, now=due - timedelta(seconds=1), known=known).level == 0
    assert after(ACKNOWLEDGE, now=due, known=known).level == 1
    assert state_of(fired(state_of(fired(known, due)), due)).level == 1
    assert after(ACKNOWLEDGE, now=due, known=state_of(fired(known, due))).level == 1
    with pytest.raises(Refused, match="ILLEGAL_MOVE"):
        after(PLAN, now=due, known=known)


def test_what_was_done_in_time_is_not_escalated() -> None:
    known = after(ACKNOWLEDGE)
    assert due_times(known) == {OVERDUE: known.terms.plan_by}
    assert fired(known, known.terms.acknowledge_by).state is known
    for settled in (after(*STEPS_TO_FIXED), after(*STEPS_TO_FIXED, VERIFY)):
        assert due_times(settled) == {}
        assert not settled.overdue(at("1406/01/15 10:00"))


def test_who_raised_it_learns_that_it_is_verified() -> None:
    known = after(*STEPS_TO_FIXED).model_copy(update={"concern_id": "c-1"})
    assert decided(known, wish(REJECT), world()).sends == ()
    word = Send("concern", "c-1", Settled(deficiency_id=ID, at=MONDAY))
    assert decided(known, wish(VERIFY), world()).sends == (word,)


def test_what_does_not_exist_is_not_found() -> None:
    with pytest.raises(Refused) as refusal:
        decided(None, wish(ACKNOWLEDGE), world())
    assert refusal.value.status == 404


def test_a_deficiency_is_found_once() -> None:
    known = after(ACKNOWLEDGE)
    message = Found(
        deficiency_id=ID,
        org_id=known.org_id,
        kind=known.kind,
        subject=known.subject,
        mode=known.mode,
        found_by=known.found_by,
        owner=None,
        terms=known.terms,
        seen_at=MONDAY,
    )
    assert found(known, message, world()) == Decision(known)
