"""How often and when a message is tried; what stops it (domain 3, 8, 12.10, 12.11)."""

from datetime import timedelta

import pytest

from services.contracts.decision import Refused
from services.contracts.notify import MessageState
from services.notify.domain.answers import Accepted, NotCalled, accepted, not_called
from services.notify.domain.correspondence import timers
from services.notify.domain.effects import HandOver
from services.notify.domain.message import (
    CREATED,
    EXPIRED,
    FINAL,
    MOVES,
    PERM_FAILED,
    SENDING,
    TEMP_FAILED,
    shortest_way,
)
from services.notify.domain.sending import SendingResumed, resumed
from tests.unit.notify.cases import MORNING, REGISTERED, moves_of, only, state_of, told, when_due, world
from tests.unit.notify.sendings import SENT_ONCE, fail


def test_every_state_can_be_reached_and_every_open_state_has_an_exit() -> None:
    reached = {CREATED, *(onward for onwards in MOVES.table.values() for onward in onwards)}
    assert reached == set(MessageState) == set(MOVES.table)
    for state in MessageState:
        assert state in FINAL or any(_ends(onward) for onward in MOVES.table[state])


def _ends(state: MessageState) -> bool:
    return state in FINAL or bool(shortest_way(state, MessageState.DELIVERED))


def test_an_illegal_move_names_both_states() -> None:
    with pytest.raises(Refused) as refusal:
        shortest_way(MessageState.DELIVERED, SENDING)
    assert (refusal.value.code, refusal.value.facts) == ("ILLEGAL_MOVE", {"from": "DELIVERED", "to": "SENDING"})


def test_sending_is_written_before_the_call_is_made() -> None:
    assert only(SENT_ONCE).state is SENDING
    (call,) = SENT_ONCE.effects
    assert isinstance(call, HandOver)
    assert (call.message_id, call.turn) == (only(SENT_ONCE).id, 1)


def test_the_call_carries_nothing_of_the_applicant() -> None:
    (call,) = SENT_ONCE.effects
    assert isinstance(call, HandOver)
    assert set(call.tokens) == {"code", "promised", "service", "phone"}


def test_a_failed_message_is_tried_48_times_more_five_minutes_apart_then_it_has_failed_for_good() -> None:
    decision, calls = SENT_ONCE, 1
    while True:
        decision = fail(state_of(decision))
        message = only(decision)
        if message.state is PERM_FAILED:
            break
        assert message.due is not None
        assert timedelta(seconds=300) <= message.due - message.history[-1].at < timedelta(seconds=330)
        decision = when_due(state_of(decision), message, retries=48)
        # the night of Tehran comes in between: it only moves the call
        while only(decision).state is TEMP_FAILED:
            decision = when_due(state_of(decision), only(decision))
        calls += 1
    assert calls == 49
    assert message.reason() == "RETRIES_EXHAUSTED"
    assert moves_of(decision) == ["message.failed"]
    assert timers(state_of(decision)) == {}


def test_a_message_declined_for_good_is_not_tried_again() -> None:
    decision = fail(state_of(SENT_ONCE), again=False)
    assert (only(decision).state, only(decision).reason(), only(decision).due) == (PERM_FAILED, "HTTP_503", None)


def test_an_open_breaker_and_contacts_away_cost_no_retry_and_wait_longer_each_time() -> None:
    decision, waits = SENT_ONCE, []
    for _ in range(8):
        message = only(decision)
        now = message.history[-1].at
        answer = NotCalled(message_id=message.id, turn=message.turn, reason="CIRCUIT_OPEN")
        decision = not_called(state_of(decision), answer, world(now))
        message = only(decision)
        assert (message.state, message.attempts) == (TEMP_FAILED, 0)
        assert message.due is not None
        waits.append((message.due - now).total_seconds())
        decision = when_due(state_of(decision), message)
    assert waits[0] < 60
    assert all(waits[n] < waits[n + 1] for n in range(3))
    assert max(waits) <= 330


def test_a_gateway_that_asks_for_a_pause_gets_it() -> None:
    message = only(SENT_ONCE)
    answer = NotCalled(message_id=message.id, turn=1, reason="THROTTLED", pause_seconds=90)
    decision = not_called(state_of(SENT_ONCE), answer, world())
    due = only(decision).due
    assert due is not None
    assert due >= MORNING + timedelta(seconds=90)


def test_a_message_that_could_not_go_out_for_72_hours_expires_unsent() -> None:
    failed = fail(state_of(SENT_ONCE))
    stale = only(failed).model_copy(update={"created_at": MORNING - timedelta(hours=72)})
    decision = when_due(state_of(failed).model_copy(update={"messages": (stale,)}), stale)
    assert (only(decision).state, decision.effects) == (EXPIRED, ())


def test_with_sending_paused_messages_wait_without_a_timer_and_go_on_when_it_is_resumed() -> None:
    paused = told(REGISTERED, sending=False)
    assert (only(paused).state, paused.effects, timers(state_of(paused))) == (CREATED, (), {})
    assert moves_of(paused) == ["message.created"]
    still = resumed(state_of(paused), SendingResumed(), world(sending=False))
    assert still.state is paused.state
    again = resumed(state_of(paused), SendingResumed(), world())
    assert (only(again).state, len(again.effects)) == (SENDING, 1)
    assert resumed(state_of(again), SendingResumed(), world()).state is again.state


def test_a_timer_that_the_message_no_longer_has_changes_nothing() -> None:
    accepted_state = state_of(
        accepted(
            state_of(SENT_ONCE), Accepted(message_id=only(SENT_ONCE).id, turn=1, provider_id="p", parts=1), world()
        )
    )
    stale = only(SENT_ONCE)
    assert when_due(accepted_state, stale).state is accepted_state
