"""How often and when a message is tried; what stops it (domain 3, 8, 12.10, 12.11)."""

from datetime import timedelta

import pytest

from services.contracts.decision import Decision, Refused
from services.contracts.intake import RequestState
from services.contracts.notify import MessageState, NoticeMoved
from services.contracts.routing import ResultKind
from services.notify.domain.answers import (
    Accepted,
    Declined,
    Denied,
    NoAnswer,
    NotCalled,
    accepted,
    declined,
    denied,
    no_answer,
    not_called,
)
from services.notify.domain.correspondence import Correspondence, timers
from services.notify.domain.effects import AskProvider, HandOver
from services.notify.domain.message import (
    CREATED,
    EXPIRED,
    FINAL,
    MOVES,
    PERM_FAILED,
    SENDING,
    SENT,
    SUPPRESSED,
    TEMP_FAILED,
    UNKNOWN,
    shortest_way,
)
from services.notify.domain.notices import Notice
from services.notify.domain.sending import SendingResumed, resumed
from services.notify.domain.telling import request_moved
from tests.unit.notify.cases import (
    MORNING,
    REGISTERED,
    RULES,
    a_move,
    at,
    decided,
    hear,
    moves_of,
    only,
    state_of,
    told,
    when_due,
    world,
)

SENT_ONCE = told()


def fail(state: Correspondence, *, again: bool = True) -> Decision[Correspondence]:
    (message,) = state.messages
    answer = Declined(message_id=message.id, turn=message.turn, reason="HTTP_503", again=again)
    return declined(state, answer, world(message.history[-1].at))


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


def test_a_message_is_never_sent_again_on_an_unknown_outcome_before_the_provider_was_asked() -> None:
    message = only(SENT_ONCE)
    lost = no_answer(state_of(SENT_ONCE), NoAnswer(message_id=message.id, turn=1, reason="TIMEOUT"), world())
    assert only(lost).state is UNKNOWN
    assert moves_of(lost) == ["message.unknown"]
    decision = lost
    for _ in range(20):  # the provider cannot be asked either: it stays so
        decision = when_due(state_of(decision), only(decision))
        assert only(decision).state is UNKNOWN
        (question,) = decision.effects
        assert question == AskProvider(message.id, 1)
        if only(decision).due is None:
            break
    refused = denied(state_of(lost), Denied(message_id=message.id, turn=1), world())
    assert only(refused).state is TEMP_FAILED
    again = when_due(state_of(refused), only(refused))
    (call,) = again.effects
    assert call == HandOver(message.id, 2, message.template_id, message.template_version, message.tokens)


def test_a_caller_that_vanished_leaves_an_unknown_outcome_not_a_second_send() -> None:
    decision = when_due(state_of(SENT_ONCE), only(SENT_ONCE))
    assert (only(decision).state, only(decision).reason(), decision.effects) == (UNKNOWN, "NO_ANSWER", ())
    assert only(SENT_ONCE).due == MORNING + RULES.answer_within


def test_an_unknown_outcome_that_nobody_can_clear_up_is_never_sent_again_and_stops_asking() -> None:
    state = state_of(SENT_ONCE)
    message = only(SENT_ONCE)
    decision = no_answer(state, NoAnswer(message_id=message.id, turn=1, reason="TIMEOUT"), world())
    for _ in range(100):
        if only(decision).due is None:
            break
        decision = when_due(state_of(decision), only(decision))
    assert (only(decision).state, only(decision).due, decision.effects) == (UNKNOWN, None, ())


def test_a_late_answer_to_an_earlier_call_changes_nothing_but_an_acceptance_counts_whenever_it_comes() -> None:
    message = only(SENT_ONCE)
    second = when_due(state_of(fail(state_of(SENT_ONCE))), only(fail(state_of(SENT_ONCE))))
    state = state_of(second)
    assert only(second).turn == 2
    for late in (
        Declined(message_id=message.id, turn=1, reason="HTTP_503", again=True),
        NoAnswer(message_id=message.id, turn=1, reason="TIMEOUT"),
        NotCalled(message_id=message.id, turn=1, reason="BUSY"),
        Denied(message_id=message.id, turn=1),
    ):
        assert hear(state, late).state is state
    late_yes = Accepted(message_id=message.id, turn=1, provider_id="p-1", parts=2)
    assert only(accepted(state, late_yes, world())).state is SENT


def test_a_denial_of_a_message_that_was_accepted_changes_nothing() -> None:
    message = only(SENT_ONCE)
    sent = state_of(
        accepted(state_of(SENT_ONCE), Accepted(message_id=message.id, turn=1, provider_id="p", parts=1), world())
    )
    assert denied(sent, Denied(message_id=message.id, turn=1), world()).state is sent


def test_a_sent_message_without_receipt_is_asked_about_and_expires_after_72_hours() -> None:
    message = only(SENT_ONCE)
    decision = accepted(state_of(SENT_ONCE), Accepted(message_id=message.id, turn=1, provider_id="p", parts=2), world())
    assert moves_of(decision) == ["message.sent"]
    questions = 0
    while only(decision).state is SENT:
        decision = when_due(state_of(decision), only(decision))
        questions += len(decision.effects)
    assert (only(decision).state, only(decision).reason()) == (EXPIRED, "NO_RECEIPT")
    assert only(decision).history[-1].at >= MORNING + timedelta(hours=72)
    assert 5 < questions < 40


def test_no_reminder_goes_out_after_the_matter_is_closed() -> None:
    """It waited for the morning; in the meantime the desk closed the case (domain 12.10)."""
    failed = fail(state_of(SENT_ONCE))
    decision = request_moved(state_of(failed), a_move("request.closed", state=RequestState.CLOSED), world())
    assert (only(decision).state, only(decision).reason()) == (SUPPRESSED, "REQUEST_CLOSED")
    assert (moves_of(decision), decision.effects, timers(state_of(decision))) == (["message.suppressed"], (), {})


def test_12_10_no_apology_follows_a_request_that_was_taken_back_in_the_night() -> None:
    """rdv #3144: the reminder came after the cancellation. The withdrawal itself is told."""
    late = at("1405/09/23 23:30")
    broken = a_move("commitment.broken", state=RequestState.IN_PROGRESS)
    waiting = state_of(request_moved(state_of(SENT_ONCE), broken, world(late)))
    assert waiting.messages[-1].state is CREATED
    back = a_move("request.withdrawn", "commitment.released", state=RequestState.WITHDRAWN)
    decision = request_moved(waiting, back, world(late))
    _, apology, farewell = state_of(decision).messages
    assert (apology.state, apology.reason(), apology.due) == (SUPPRESSED, "REQUEST_WITHDRAWN", None)
    assert (farewell.notice, farewell.state) == (Notice.WITHDRAWN, CREATED), "it waits for the morning"


def test_a_result_that_was_told_at_the_desk_is_not_told_again_by_message() -> None:
    ready = told(a_move("request.result-ready", state=RequestState.RESULT_READY))
    failed = fail(state_of(ready))
    decision = request_moved(state_of(failed), a_move("request.announced", state=RequestState.ANNOUNCED), world())
    assert only(decision).state is SUPPRESSED


def test_each_round_has_a_notice_of_its_own_and_says_of_which_it_is() -> None:
    """An objection brings a second result: no second text for one event, but a first one for another."""
    ready = a_move("request.result-ready", state=RequestState.RESULT_READY, result=decided(ResultKind.REFUSED))
    first = state_of(told(ready))
    objected = a_move("request.objected", "commitment.added", state=RequestState.OBJECTED, round=2)
    between = state_of(request_moved(first, objected, world()))
    second = request_moved(between, ready.model_copy(update={"round": 2}), world())
    notices = [(message.notice, message.round) for message in state_of(second).messages]
    assert notices == [(Notice.RESULT_READY, 1), (Notice.OBJECTED, 2), (Notice.RESULT_READY, 2)]
    (event,) = [e for e in second.events if isinstance(e, NoticeMoved) and "message.created" in e.moves]
    assert (event.round, event.notice) == (2, "RESULT_READY")


def test_the_first_results_message_is_not_tried_again_when_the_second_is_ready() -> None:
    """Its state would fit: a result is ready. It tells of the wrong one."""
    ready = a_move("request.result-ready", state=RequestState.RESULT_READY, result=decided(ResultKind.REFUSED))
    objected = a_move("request.objected", state=RequestState.OBJECTED, round=2)
    state = state_of(request_moved(state_of(told(ready)), objected, world()))
    state = state_of(request_moved(state, ready.model_copy(update={"round": 2}), world()))
    first = state.messages[0]
    answer = Declined(message_id=first.id, turn=first.turn, reason="HTTP_503", again=True)
    failed = state_of(declined(state, answer, world()))
    again = when_due(failed, failed.messages[0])
    assert (state_of(again).messages[0].state, again.effects) == (SUPPRESSED, ())


def test_a_message_in_the_hands_of_the_provider_is_not_called_back_by_a_closed_case() -> None:
    decision = request_moved(state_of(SENT_ONCE), a_move("request.closed", state=RequestState.CLOSED), world())
    assert only(decision).state is SENDING


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
