"""From the unit's answer to the end: told to the citizen, handed over, closed (I5, I9, domain 3)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision, Refused
from services.contracts.intake_commands import HandOver
from services.contracts.routing import ResultKind
from services.intake.domain import announcing, answering, closing, noticed
from services.intake.domain.case_parts import Attention
from services.intake.domain.outcomes import all_told
from services.intake.domain.request import Request
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_OFFICER,
    TAX_OFFICER,
    a_result,
    announcement,
    answered,
    case_of,
    file_at_desk,
    move_of,
    notice,
    outcome_of,
    person,
    state_of,
    submit,
    work,
    world,
)


def a_kiosk_case(**changes: Any) -> Request:
    return state_of(submit(**changes))


def a_permit_case() -> Request:
    """Its output is collected at the desk."""
    return state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))


def told(request: Request, officer: str = SOCIAL_OFFICER) -> Decision[Request]:
    return announcing.told_at_desk(request, announcement(officer), world())


def handed_over(request: Request, officer: str = PERMITS_OFFICER, seen: bool = True) -> Decision[Request]:
    command = HandOver.model_validate({"collectedBy": "APPLICANT", "identitySeen": seen, "officerId": officer})
    return closing.hand_over(request, command, world())


def test_the_unit_starts_and_the_case_is_in_progress() -> None:
    request = a_kiosk_case()
    decision = answering.work_moved(request, work(request, "task.started"), world())
    assert case_of(decision).state == "IN_PROGRESS"
    assert move_of(decision).moves == ("request.started",)


def test_an_assignment_is_no_news_to_the_case() -> None:
    request = a_kiosk_case()
    decision = answering.work_moved(request, work(request, "task.assigned", "clock.started"), world())
    assert (decision.state, decision.events) == (request, ())


def test_a_result_is_ready_and_the_office_hears_of_it() -> None:
    request = a_kiosk_case()
    started = state_of(answering.work_moved(request, work(request, "task.started"), world()))
    ready = answered(started)
    assert case_of(ready).state == "RESULT_READY"
    assert move_of(ready).moves == ("request.result-ready",)
    assert (outcome_of(ready).status, outcome_of(ready).state) == ("PROGRESS", "RESULT_READY")


def test_a_result_that_comes_without_a_start_makes_both_moves_in_one_event() -> None:
    assert move_of(answered(a_kiosk_case())).moves == ("request.started", "request.result-ready")


def test_a_delivered_message_announces_keeps_the_promise_and_closes() -> None:
    ready = state_of(answered(a_kiosk_case()))
    decision = announcing.notice_moved(ready, notice(ready, "message.delivered"), world())
    assert move_of(decision).moves == ("request.announced", "commitment.kept", "request.closed")
    assert case_of(decision).state == "CLOSED"
    assert outcome_of(decision).state == "CLOSED"
    assert [o.state for o in all_told(state_of(decision))] == ["PROMISED", "RESULT_READY", "CLOSED"]
    again = announcing.notice_moved(state_of(decision), notice(ready, "message.delivered"), world())
    assert again.events == ()


@pytest.mark.parametrize("move", ["message.created", "message.sent"])
def test_a_message_on_its_way_announces_nothing(move: str) -> None:
    ready = state_of(answered(a_kiosk_case()))
    decision = announcing.notice_moved(ready, notice(ready, move), world())
    assert (decision.state, decision.events) == (ready, ())


def test_another_notice_that_is_delivered_announces_nothing() -> None:
    ready = state_of(answered(a_kiosk_case()))
    for other in ("REGISTERED", "REDIRECT_LAPSED"):
        decision = noticed.notice_moved(ready, notice(ready, "message.delivered", name=other), world())
        assert decision.state is ready


@pytest.mark.parametrize("move", ["message.failed", "message.filtered", "message.expired", "message.unknown"])
def test_a_message_that_cannot_be_relied_on_becomes_work_for_the_desk(move: str) -> None:
    ready = state_of(answered(a_kiosk_case()))
    failed = announcing.notice_moved(ready, notice(ready, move), world())
    assert case_of(failed).state == "RESULT_READY"
    assert case_of(failed).attention == (Attention.TELL_CITIZEN,)
    assert case_of(told(state_of(failed))).attention == ()


def test_a_citizen_without_a_mobile_is_told_at_the_desk() -> None:
    ready = state_of(answered(a_kiosk_case(applicant=person(mobile=None))))
    assert ready.case is not None
    assert ready.case.attention == (Attention.TELL_CITIZEN,)
    assert move_of(told(ready)).moves == ("request.announced", "commitment.kept", "request.closed")


def test_a_collectable_output_waits_for_its_person_and_is_handed_over() -> None:
    ready = state_of(answered(a_permit_case()))
    announced = told(ready, PERMITS_OFFICER)
    assert move_of(announced).moves == ("request.announced", "commitment.kept", "request.collection-due")
    delivered = handed_over(state_of(announced))
    assert move_of(delivered).moves == ("request.delivered", "request.closed")
    assert case_of(delivered).state == "CLOSED"


def test_an_output_is_handed_only_to_an_identified_person_by_an_officer_of_the_desk() -> None:
    due = state_of(told(state_of(answered(a_permit_case())), PERMITS_OFFICER))
    for arguments, code in (({"seen": False}, "IDENTITY_NOT_SEEN"), ({"officer": TAX_OFFICER}, "NOT_AUTHORISED")):
        with pytest.raises(Refused) as refused:
            handed_over(due, **arguments)
        assert refused.value.code == code


def test_a_refusal_is_not_collected_and_tells_how_to_object() -> None:
    ready = answered(a_permit_case(), kind=ResultKind.REFUSED, ground="ضوابط شهرسازی، بند ۳")
    assert move_of(ready).objection
    assert move_of(ready).result is not None
    assert move_of(told(state_of(ready), PERMITS_OFFICER)).moves[-1] == "request.closed"


def test_a_unit_without_competence_leaves_the_case_in_progress_for_the_desk_to_see() -> None:
    decision = answered(a_kiosk_case(), kind=ResultKind.NO_COMPETENCE)
    assert case_of(decision).state == "IN_PROGRESS"
    assert case_of(decision).attention == (Attention.NO_COMPETENCE,)


def test_work_on_a_case_that_is_over_changes_nothing() -> None:
    closed = state_of(told(state_of(answered(a_kiosk_case()))))
    message = work(closed, "result.decided", result=a_result(ResultKind.REFUSED))
    assert answering.work_moved(closed, message, world()).state is closed


@pytest.mark.parametrize(
    ("act", "origin"), [(told, "PROMISED"), (lambda request: handed_over(request, SOCIAL_OFFICER), "PROMISED")]
)
def test_an_illegal_move_names_both_states(act: Any, origin: str) -> None:
    with pytest.raises(Refused) as refused:
        act(a_kiosk_case())
    assert refused.value.code == "ILLEGAL_MOVE"
    assert refused.value.facts["from"] == origin


def test_commands_about_a_request_that_is_not_there_are_refused() -> None:
    for request in (None, state_of(submit(evidence=[]))):  # a refused submission is not a case
        with pytest.raises(Refused) as refused:
            announcing.told_at_desk(request, announcement("x"), world())
        assert refused.value.status == 404


def test_the_history_tells_every_move_with_its_hour_and_the_role_of_who_made_it() -> None:
    request = a_kiosk_case()
    later = MORNING + timedelta(hours=1)
    ready = state_of(answered(request, later))
    closed = announcing.notice_moved(ready, notice(ready, "message.delivered", later), world(later))
    assert [(line.type, line.by.value) for line in case_of(closed).history] == [
        ("request.registered", "KIOSK"),
        ("commitment.added", "KIOSK"),
        ("request.started", "UNIT"),
        ("request.result-ready", "UNIT"),
        ("request.announced", "NOTICE"),
        ("commitment.kept", "NOTICE"),
        ("request.closed", "NOTICE"),
    ]
    assert case_of(closed).version == 3, "one published event per decision"
