"""What is told of a redirect, and what a newer one takes back (domain 5, 8)."""

from services.contracts.intake import RequestState
from services.contracts.notify import MessageState
from services.notify.domain.answers import Denied, NoAnswer, Reported
from services.notify.domain.message import CREATED, SENDING, SUPPRESSED
from services.notify.domain.telling import request_moved
from tests.unit.notify.cases import REGISTERED, a_move, at, hear, only, state_of, told, when_due, world
from tests.unit.notify.moves_told import EVENING, text_of

REDIRECTED = RequestState.REDIRECTED


def test_the_second_redirect_takes_back_what_was_not_yet_told_of_the_first() -> None:
    """Else somebody goes to the office that was shut, with a reference that is used up."""
    night = told(a_move("request.redirected", state=REDIRECTED, redirect_ref="R-1"), EVENING)
    assert only(night).state is CREATED, "waits for the morning"
    again = a_move("request.redirect-failed", "request.redirected", state=REDIRECTED, redirect_ref="R2-1")
    decision = request_moved(state_of(night), again, world(EVENING))
    first, second = state_of(decision).messages
    assert (first.state, first.reason()) == (SUPPRESSED, "REPLACED")
    assert (second.state, second.tokens["reference"]) == (CREATED, "R2-1")


def test_a_lapse_says_until_when_the_case_stays_open_and_a_new_redirect_takes_that_back() -> None:
    lapse = a_move("request.redirect-lapsed", state=REDIRECTED, redirect_ends_at=at("1405/09/15 10:00"))
    assert "تا یکشنبه ۱۵ آذر ساعت ۱۰:۰۰ به میز خدمت یا پیشخوان بروید" in text_of(told(lapse))
    night = told(lapse, EVENING)
    again = request_moved(state_of(night), a_move("request.redirected", state=REDIRECTED), world(EVENING))
    assert [message.state for message in state_of(again).messages] == [SUPPRESSED, CREATED]


def test_what_became_of_the_warning_counts_for_the_case() -> None:
    """Without its delivery the desk does not close the case: intake must hear of it (ADR 0013)."""
    warned = told(a_move("request.redirect-lapsed", state=REDIRECTED))
    delivered = hear(
        state_of(warned), Reported(message_id=only(warned).id, provider_id="sms-1", status=MessageState.DELIVERED)
    )
    assert [event.minor() for event in (*warned.events, *delivered.events)] == [True, False]
    assert [event.minor() for event in told(REGISTERED).events] == [True]


def test_a_message_that_comes_back_from_the_gateway_after_a_newer_one_is_not_sent_again() -> None:
    first = told(a_move("request.redirected", state=REDIRECTED, redirect_ref="R-1"))
    asks = hear(state_of(first), NoAnswer(message_id=only(first).id, turn=1, reason="TIMEOUT"))
    again = request_moved(state_of(asks), a_move("request.redirected", state=REDIRECTED, redirect_ref="R2-1"), world())
    unsent = state_of(hear(state_of(again), Denied(message_id=only(first).id, turn=1)))
    late = when_due(unsent, unsent.messages[0])
    assert [message.state for message in state_of(late).messages] == [SUPPRESSED, SENDING]
