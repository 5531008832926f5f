"""The lattice is monotone: receipts come twice, late, out of order, and never move a message back (domain 12.11)."""

from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.decision import Decision, Refused
from services.contracts.notify import MessageState
from services.notify.domain.answers import (
    RANK,
    Accepted,
    Declined,
    Denied,
    NoAnswer,
    NotCalled,
    Reported,
)
from services.notify.domain.correspondence import request_of
from services.notify.domain.message import DELIVERED, EXPIRED, FILTERED, FINAL, MOVES, PERM_FAILED, SENDING, SENT
from tests.unit.notify.cases import REGISTERED, REQUEST, at, hear, moves_of, only, state_of, told, when_due

ID = f"{REQUEST}.1"
ANSWER = Accepted(message_id=ID, turn=1, provider_id="p-1", parts=2)
Word = Accepted | Declined | NotCalled | NoAnswer | Denied | Reported


def receipt(status: MessageState, provider_id: str = "p-1") -> Reported:
    return Reported(message_id=ID, provider_id=provider_id, status=status)


def refusal(turn: int, again: bool) -> Declined:
    return Declined(message_id=ID, turn=turn, reason="HTTP_503", again=again)


def test_a_receipt_that_overtakes_the_answer_to_the_call_proves_both() -> None:
    decision = hear(state_of(told()), receipt(DELIVERED))
    assert only(decision).state is DELIVERED
    assert moves_of(decision) == ["message.sent", "message.delivered"]
    late = hear(state_of(decision), ANSWER)
    assert late.state is decision.state


@pytest.mark.parametrize("copies", [1, 2])
def test_12_11_in_every_order_and_however_often_the_end_is_delivered(copies: int) -> None:
    words: list[Word] = [ANSWER, receipt(SENT), receipt(DELIVERED)] * copies
    for order in set(permutations(range(len(words)))) if copies == 1 else list(permutations(range(len(words))))[::7]:
        state = state_of(told())
        for index in order:
            before = only(Decision(state)).state
            decision = hear(state, words[index])
            state = state_of(decision)
            assert RANK[only(decision).state] >= RANK[before]
        assert only(Decision(state)).state is DELIVERED


@given(
    st.lists(
        st.one_of(
            st.builds(
                receipt,
                st.sampled_from([SENT, DELIVERED, PERM_FAILED, FILTERED, EXPIRED]),
                st.sampled_from(["p-1", "p-2"]),
            ),
            st.just(ANSWER),
            st.integers(1, 3).map(lambda turn: Denied(message_id=ID, turn=turn)),
            st.integers(1, 3).map(lambda turn: NoAnswer(message_id=ID, turn=turn, reason="TIMEOUT")),
            st.integers(1, 3).map(lambda turn: NotCalled(message_id=ID, turn=turn, reason="BUSY")),
            st.tuples(st.integers(1, 3), st.booleans()).map(lambda drawn: refusal(*drawn)),
            st.just("due"),
        ),
        max_size=12,
    )
)
def test_whatever_a_provider_says_every_recorded_move_is_legal_and_an_end_is_final(words: list[Word | str]) -> None:
    state = state_of(told())
    for word in words:
        before = only(Decision(state))
        if isinstance(word, str):
            decision = when_due(state, before) if before.due else Decision(state)
        else:
            decision = hear(state, word)
        state = state_of(decision)
        after = only(decision)
        if before.state in FINAL:
            assert decision.state is not None
            assert after == before
        if after.state in FINAL:
            assert after.due is None
    states = [moved.state for moved in only(Decision(state)).history]
    for origin, target in pairwise(states):
        MOVES.check(origin, target)


def test_a_repeated_receipt_changes_nothing_and_tells_nobody() -> None:
    once = hear(state_of(told()), receipt(DELIVERED))
    twice = hear(state_of(once), receipt(DELIVERED))
    assert (twice.state is once.state, twice.events) == (True, ())


def test_a_failure_after_delivery_changes_nothing() -> None:
    delivered = state_of(hear(state_of(told()), receipt(DELIVERED)))
    assert hear(delivered, receipt(PERM_FAILED)).state is delivered


def test_the_failure_of_an_earlier_acceptance_says_nothing_of_the_present_one() -> None:
    sent = state_of(hear(state_of(told()), ANSWER))
    assert hear(sent, receipt(PERM_FAILED, "p-0")).state is sent
    assert only(hear(sent, receipt(PERM_FAILED, "p-1"))).state is PERM_FAILED
    assert only(hear(sent, receipt(DELIVERED, "p-0"))).state is DELIVERED


def test_a_receipt_for_a_message_that_was_never_handed_over_is_refused() -> None:
    waiting = state_of(told(REGISTERED, at("1405/09/02 23:30")))
    for state in (None, waiting):
        with pytest.raises(Refused) as refusal:
            hear(state, receipt(DELIVERED))
        assert (refusal.value.code, refusal.value.status) == ("UNKNOWN_MESSAGE", 404)


def test_a_message_id_leads_to_its_request_and_nothing_else_is_one() -> None:
    assert request_of("a.b.12") == "a.b"
    for wrong in ("", "a", "a.", ".1", "a.x", "a.۱"):
        with pytest.raises(Refused):
            request_of(wrong)


def test_a_late_failure_of_an_earlier_turn_does_not_end_the_one_under_way() -> None:
    """What that turn has sent would be followed by a second text (domain 12.11)."""
    state = state_of(told())
    (message,) = state.messages
    state = state_of(hear(state, NoAnswer(message_id=message.id, turn=1, reason="TIMEOUT")))
    state = state_of(hear(state, Denied(message_id=message.id, turn=1)))
    again = state_of(when_due(state, state.messages[0]))
    assert (again.messages[0].state, again.messages[0].turn) == (SENDING, 2)
    assert hear(again, receipt(PERM_FAILED, "p-of-turn-1")).state is again
    assert only(hear(again, receipt(DELIVERED, "p-of-turn-1"))).state is DELIVERED


def test_a_receipt_that_overtook_the_answer_leaves_the_parts_to_it() -> None:
    delivered = state_of(hear(state_of(told()), receipt(DELIVERED)))
    estimated = delivered.messages[0].parts
    exact = hear(delivered, ANSWER.model_copy(update={"parts": estimated - 1}))
    assert (only(exact).state, only(exact).parts, exact.events) == (DELIVERED, estimated - 1, ())
