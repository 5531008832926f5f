"""The life of a visit is a table, and each end has the states it may come from (domain 3)."""

import pytest

from services.contracts.decision import Refused
from services.contracts.visit import VISIT_VERBS, VisitEnd, VisitState
from services.intake.domain.visit import ENDED, ENDS, MOVES, VERBS, WAITING, ended_with, moved_to
from tests.unit.intake.cases import MORNING
from tests.unit.intake.desk_day import a_visit


def test_every_state_is_reached_from_the_ticket_and_only_the_end_has_no_exit() -> None:
    reached, ahead = set(), {WAITING}
    while ahead:
        reached |= ahead
        ahead = {target for state in ahead for target in MOVES.table[state]} - reached
    assert reached == set(VisitState)
    assert {state for state in VisitState if not MOVES.table[state]} == {ENDED}


@pytest.mark.parametrize("origin", VisitState)
@pytest.mark.parametrize("target", VisitState)
def test_the_table_decides_every_move_and_a_refusal_names_both_states(origin: VisitState, target: VisitState) -> None:
    if target in MOVES.table[origin]:
        assert moved_to(a_visit(origin), target, MORNING, "officer-1").state is target
        return
    with pytest.raises(Refused) as refusal:
        moved_to(a_visit(origin), target, MORNING, "officer-1")
    assert refusal.value.code == "ILLEGAL_MOVE"
    assert refusal.value.facts == {"from": origin, "to": target}


@pytest.mark.parametrize("origin", [state for state in VisitState if state is not ENDED])
@pytest.mark.parametrize("reason", VisitEnd)
def test_a_visit_ends_only_as_its_state_allows(origin: VisitState, reason: VisitEnd) -> None:
    allowed = {
        "WAITING": {"LEFT", "DESK_CLOSED"},
        "CALLED": {"NO_SHOW", "DESK_CLOSED"},
        "SERVING": {"SERVED", "GUIDED", "DESK_CLOSED"},
        "ON_HOLD": {"LEFT", "DESK_CLOSED"},
    }
    if reason in allowed[origin]:
        assert ended_with(a_visit(origin), reason, MORNING).reason is reason
        return
    with pytest.raises(Refused) as refusal:
        ended_with(a_visit(origin), reason, MORNING)
    assert refusal.value.facts == {"from": origin, "to": "ENDED", "reason": reason}


def test_every_reason_is_to_be_had_and_every_state_is_told_by_a_verb_of_the_contract() -> None:
    assert set(ENDS) == set(VisitEnd)
    assert all(ENDS.values())
    assert [VERBS[state] for state in VisitState] == list(VISIT_VERBS)


def test_periods_follow_on_each_other_without_a_gap_and_stop_at_the_end() -> None:
    visit = a_visit(WAITING)
    for state in ("CALLED", "CALLED", "SERVING", "ON_HOLD", "SERVING"):
        visit = moved_to(visit, VisitState(state), MORNING, "officer-1")
    over = ended_with(visit, VisitEnd.SERVED, MORNING)
    assert [period.state for period in over.periods] == ["WAITING", "CALLED", "CALLED", "SERVING", "ON_HOLD", "SERVING"]
    assert all(period.until == MORNING for period in over.periods)
    assert (over.calls, over.version) == (2, 7)
