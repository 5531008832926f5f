"""A message that its case has overtaken does not go out (domain 8, 12.10)."""

from services.contracts.intake import RequestState
from services.contracts.notify import NoticeMoved
from services.contracts.routing import ResultKind
from services.notify.domain.answers import Declined, declined
from services.notify.domain.correspondence import timers
from services.notify.domain.message import CREATED, SENDING, SUPPRESSED
from services.notify.domain.notices import Notice
from services.notify.domain.telling import request_moved
from tests.unit.notify.cases import a_move, at, decided, moves_of, only, state_of, told, when_due, world
from tests.unit.notify.sendings import SENT_ONCE, fail


def test_no_reminder_goes_out_after_the_matter_is_closed() -> None:
    """It waited for the morning; in the meantime the desk closed the case (domain 12.10)."""
    failed = fail(state_of(SENT_ONCE))
    decision = request_moved(state_of(failed), a_move("request.closed", state=RequestState.CLOSED), world())
    reminder, survey = state_of(decision).messages
    assert (reminder.state, reminder.reason()) == (SUPPRESSED, "REQUEST_CLOSED")
    assert (moves_of(decision)[0], decision.effects) == ("message.suppressed", ())
    assert set(timers(state_of(decision))) == {survey.id}


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
    assert state_of(decision).messages[0].state is SENDING
