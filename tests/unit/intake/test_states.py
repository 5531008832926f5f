"""The life of a request is a table (domain 3)."""

import pytest

from services.contracts.decision import Refused
from services.contracts.intake import REQUEST_VERBS, RequestState
from services.intake.domain.states import AT_WORK, ENDED, MOVES, VERBS, WITH_UNITS, verb
from services.intake.tracking_view import HISTORY, STAGES


def test_every_state_is_reached_from_received() -> None:
    reached, ahead = set(), {RequestState.RECEIVED}
    while ahead:
        reached |= ahead
        ahead = {target for state in ahead for target in MOVES.table[state]} - reached
    assert reached == set(RequestState)


def test_every_open_state_has_an_exit_and_from_an_end_only_another_round_begins() -> None:
    assert all(MOVES.table[state] for state in set(RequestState) - ENDED)
    assert {state: MOVES.table[state] for state in ENDED if MOVES.table[state]} == {
        RequestState.CLOSED: {RequestState.OBJECTED, RequestState.REOPENED}
    }


def test_whatever_is_open_can_be_taken_back_and_can_come_to_its_end() -> None:
    at_any_time = {RequestState.WITHDRAWN, RequestState.DUPLICATE}
    for state in set(RequestState) - ENDED:
        assert at_any_time <= MOVES.table[state]
        reached, ahead = set[RequestState](), {state}
        while ahead:
            reached |= ahead
            ahead = {target for one in ahead for target in MOVES.table[one] - at_any_time} - reached
        assert reached & ENDED, f"{state} goes round for ever"


def test_an_illegal_move_names_both_states() -> None:
    with pytest.raises(Refused) as refused:
        MOVES.check(RequestState.GUIDED, RequestState.DELIVERED)
    assert refused.value.code == "ILLEGAL_MOVE"
    assert refused.value.facts == {"from": "GUIDED", "to": "DELIVERED"}


def test_every_state_but_promised_is_told_by_a_verb_of_the_contract() -> None:
    silent = {state for state in RequestState if state is not RequestState.RECEIVED and VERBS[state] is None}
    assert silent == {RequestState.PROMISED}
    assert {verb for verb in VERBS.values() if verb} <= set(REQUEST_VERBS)


def test_every_state_is_told_to_the_citizen_in_words() -> None:
    assert set(STAGES) == set(RequestState)


def test_every_line_of_the_history_is_told_to_the_citizen_in_words() -> None:
    assert set(HISTORY) == set(REQUEST_VERBS)
    assert not any(text.isascii() for text in HISTORY.values())


def test_whatever_is_waited_for_a_case_returns_to_the_state_that_it_left() -> None:
    """Domain 3: SUSPENDED, COORDINATING and REFERRED; the work goes on with units, and its Clock runs."""
    left = {RequestState.PROMISED, RequestState.IN_PROGRESS}
    for state in (*WITH_UNITS, RequestState.SUSPENDED):
        assert left <= MOVES.table[state]
        assert all(verb(state, target) != VERBS[target] for target in left), "they were told to be there"
    assert WITH_UNITS <= AT_WORK
    assert all(RequestState.COORDINATING in MOVES.table[state] for state in left)
    assert not any(RequestState.REFERRED in MOVES.table[state] for state in left), "I1: not uncoordinated"
