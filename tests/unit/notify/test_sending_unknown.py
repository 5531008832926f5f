"""A message of which nobody knows whether it was taken is asked about and not sent again (domain 3, 12.11)."""

from datetime import timedelta

import pytest

from services.notify.domain.answers import Accepted, Declined, Denied, NoAnswer, NotCalled, accepted, denied, no_answer
from services.notify.domain.effects import AskProvider, HandOver
from services.notify.domain.message import EXPIRED, SENT, TEMP_FAILED, UNKNOWN
from services.notify.domain.sending import TurnGiven
from tests.unit.notify.cases import (
    MORNING,
    REGISTERED,
    RULES,
    hear,
    moves_of,
    only,
    state_of,
    told,
    when_due,
    world,
)
from tests.unit.notify.sendings import SENT_ONCE, fail


def test_12_11_a_message_is_never_sent_again_on_an_unknown_outcome_before_the_provider_was_asked() -> None:
    message = only(SENT_ONCE)
    lost = no_answer(state_of(SENT_ONCE), NoAnswer(message_id=message.id, turn=1, reason="TIMEOUT"), world())
    assert only(lost).state is UNKNOWN
    assert moves_of(lost) == ["message.unknown"]
    decision = lost
    for _ in range(20):  # the provider cannot be asked either: it stays so
        asked_at = only(decision).due
        decision = when_due(state_of(decision), only(decision))
        assert only(decision).state is UNKNOWN
        (question,) = decision.effects
        assert asked_at is not None
        assert question == AskProvider(message.id, 1, handed_over=asked_at - MORNING)
        if only(decision).due is None:
            break
    refused = denied(state_of(lost), Denied(message_id=message.id, turn=1), world())
    assert only(refused).state is TEMP_FAILED
    again = when_due(state_of(refused), only(refused))
    (call,) = again.effects
    text = (message.template_id, message.template_version)
    assert call == HandOver(message.id, 2, *text, message.tokens, applicant_ref=REGISTERED.applicant_ref)


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


@pytest.mark.parametrize("lost", [True, False], ids=["no answer", "no receipt"])
def test_what_went_out_late_is_asked_about_all_the_same(lost: bool) -> None:
    """72 hours count from its call: a gateway may have been away nearly as long."""
    waiting = state_of(told())
    (message,) = waiting.messages
    waiting = state_of(hear(waiting, NotCalled(message_id=message.id, turn=1, reason="CIRCUIT_OPEN", queue=True)))
    late = MORNING + timedelta(hours=71, minutes=59)
    state = state_of(hear(waiting, TurnGiven(message_id=message.id), late))
    turn = state.messages[0].turn
    taken = Accepted(message_id=message.id, turn=turn, provider_id="p", parts=1)
    answer = NoAnswer(message_id=message.id, turn=turn, reason="TIMEOUT") if lost else taken
    state = state_of(hear(state, answer, late + timedelta(seconds=40)))
    (question,) = when_due(state, state.messages[0]).effects
    assert isinstance(question, AskProvider)
