"""When a case is over its person is asked how it went: once, some hours after the result, while it can be said."""

from datetime import timedelta

import pytest

from services.contracts.intake import RequestMoved, RequestState, SurveyAnswers
from services.contracts.routing import ResultKind
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.effects import HandOver
from services.notify.domain.message import CREATED, EXPIRED, SENDING, SUPPRESSED, Message
from services.notify.domain.notices import Notice, Purpose
from services.notify.domain.routes import citizen_notices
from services.notify.domain.telling import request_moved
from tests.unit.notify.cases import MORNING, RULES, a_move, at, decided, state_of, told, when_due, world

CLOSED = a_move("request.closed", state=RequestState.CLOSED)
ANNOUNCED = a_move("request.announced", "commitment.kept", "request.closed", state=RequestState.CLOSED)
ANSWERED = SurveyAnswers(on_time=True, treatment=5, sent_to_unit=False)


def survey_of(correspondence: Correspondence) -> Message:
    (survey,) = (message for message in correspondence.messages if message.notice is Notice.SURVEY)
    return survey


def test_it_is_asked_two_hours_after_the_end_and_not_at_the_heels_of_the_result() -> None:
    waiting = state_of(told(ANNOUNCED))
    survey = survey_of(waiting)
    assert survey.state is CREATED
    assert survey.due is not None
    assert timedelta(hours=2) <= survey.due - MORNING < timedelta(hours=2, minutes=5)
    decision = when_due(waiting, survey)
    assert survey_of(state_of(decision)).state is SENDING
    (call,) = decision.effects
    assert isinstance(call, HandOver)
    template = RULES.catalogue.version(call.template_id, call.template_version)
    assert template.purpose is Purpose.SURVEY
    assert "پروانه ساختمانی" in template.render(call.tokens)


def test_of_a_case_that_ends_in_the_evening_it_is_asked_in_the_morning() -> None:
    waiting = state_of(told(ANNOUNCED, at("1405/09/02 19:30")))
    due = survey_of(waiting).due
    assert due is not None
    assert at("1405/09/03 07:00") <= due < at("1405/09/03 07:05")
    assert survey_of(state_of(when_due(waiting, survey_of(waiting)))).state is SENDING


@pytest.mark.parametrize("hour", range(24))
def test_whenever_a_case_ends_there_is_an_hour_to_ask_before_the_survey_may_be_closed(hour: int) -> None:
    """It stays open for a day at the least (INTAKE_SURVEY_DAYS)."""
    now = at("1405/09/02 00:59") + timedelta(hours=hour)
    due = survey_of(state_of(told(ANNOUNCED, now))).due
    assert due is not None
    assert due < now + RULES.survey_within - timedelta(hours=1)
    assert RULES.survey_within < timedelta(days=1)


def test_what_could_not_be_asked_in_time_is_not_asked() -> None:
    waiting = state_of(told(ANNOUNCED))
    late = survey_of(waiting).model_copy(update={"due": MORNING + RULES.survey_within})
    decision = when_due(waiting.model_copy(update={"messages": (late,)}), late)
    assert (survey_of(state_of(decision)).state, survey_of(state_of(decision)).reason()) == (EXPIRED, "TOO_LATE")


@pytest.mark.parametrize(
    ("verb", "state"),
    [
        ("request.guided", RequestState.GUIDED),
        ("request.withdrawn", RequestState.WITHDRAWN),
        ("request.duplicate", RequestState.DUPLICATE),
        ("request.expired", RequestState.EXPIRED),
    ],
)
def test_who_got_no_answer_is_not_asked_how_it_went(verb: str, state: RequestState) -> None:
    assert Notice.SURVEY not in citizen_notices(a_move(verb, state=state))


@pytest.mark.parametrize("verb", ["request.done-on-spot", "commitment.broken"])
def test_no_citizen_gets_two_texts_for_one_event(verb: str) -> None:
    both = a_move(verb, "request.closed", state=RequestState.CLOSED, result=decided(ResultKind.GRANTED))
    (notice,) = citizen_notices(both)
    assert notice is not Notice.SURVEY


def test_who_has_said_it_is_not_asked() -> None:
    assert citizen_notices(CLOSED.model_copy(update={"survey": ANSWERED})) == ()
    answered = a_move("survey.answered", state=RequestState.CLOSED, survey=ANSWERED)
    decision = request_moved(state_of(told(CLOSED)), answered, world())
    assert (survey_of(state_of(decision)).state, survey_of(state_of(decision)).reason()) == (SUPPRESSED, "OVER")


def again(verb: str, state: RequestState) -> RequestMoved:
    return a_move(verb, state=state, round=2)


def test_it_is_asked_once_however_often_the_case_is_worked_on() -> None:
    asked = state_of(when_due(waiting := state_of(told(CLOSED)), survey_of(waiting)))
    worked_on = state_of(request_moved(asked, again("request.reopened", RequestState.REOPENED), world()))
    ended = state_of(request_moved(worked_on, again("request.closed", RequestState.CLOSED), world()))
    assert survey_of(ended).state is SENDING


def test_a_case_that_is_opened_again_before_it_was_asked_is_asked_at_its_end() -> None:
    waiting = state_of(told(CLOSED))
    worked_on = state_of(request_moved(waiting, again("request.reopened", RequestState.REOPENED), world()))
    assert survey_of(worked_on).state is SUPPRESSED
    ended = state_of(request_moved(worked_on, again("request.closed", RequestState.CLOSED), world()))
    assert [m.state for m in ended.messages if m.notice is Notice.SURVEY] == [SUPPRESSED, CREATED]


def test_who_left_no_mobile_is_not_asked() -> None:
    assert state_of(told(CLOSED.model_copy(update={"notifiable": False}))).messages == ()
