"""The case is over and its person says how it went, once; what is asked against the law goes past the agency."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision, Refused
from services.contracts.intake import IllegalDemandReported, RequestState, SurveyAnswers
from services.contracts.intake_commands import HandOver
from services.contracts.wire import digest
from services.intake.domain import announcing, closing, illegal_demand, surveying
from services.intake.domain.case import Case
from services.intake.domain.illegal_demand import IllegalDemand
from services.intake.domain.messages import SurveyGiven
from services.intake.domain.request import Request
from services.intake.domain.states import ENDED, VERBS
from services.intake.tracking_view import HISTORY, STAGES, track_view
from services.intake.views import request_view
from tests.unit.intake.cases import (
    HOURS_DESK,
    HOURS_OFFICER,
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    RULES,
    announcement,
    answered,
    at,
    case_of,
    file_at_desk,
    move_of,
    person,
    province,
    state_of,
    world,
)

ANSWERS = SurveyAnswers(on_time=True, treatment=4, sent_to_unit=False)
DAY = timedelta(days=1)


def said(**changes: Any) -> SurveyGiven:
    return SurveyGiven.model_validate({"answers": ANSWERS, "content": "all that was said"} | changes)


def a_closed_case() -> Request:
    """A permit that was granted, announced at the desk and handed over, on the morning it was filed."""
    filed = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    told = announcing.told_at_desk(state_of(answered(filed)), announcement(PERMITS_OFFICER), world())
    handed = HandOver(collected_by="APPLICANT", identity_seen=True, officer_id=PERMITS_OFFICER)
    return state_of(closing.hand_over(state_of(told), handed, world()))


def sent(decision: Decision[Request]) -> IllegalDemand:
    (send,) = decision.sends
    assert isinstance(send.body, IllegalDemand)
    assert (send.entity, send.id) == ("illegal-demand", send.body.id)
    return send.body


def test_what_was_answered_is_told_in_values_that_can_be_counted() -> None:
    decision = surveying.given(a_closed_case(), said(comment="sealed words"), world(MORNING + DAY))
    event = move_of(decision)
    assert (event.moves, event.state, event.survey) == (("survey.answered",), RequestState.CLOSED, ANSWERS)
    assert b"sealed words" not in event.to_json()
    assert case_of(decision).state is RequestState.CLOSED
    assert decision.sends == ()
    assert decision.answer == {
        "trackingCode": event.tracking_code,
        "answeredAt": "2026-11-24T06:30:00Z",
        "answeredLocal": "1405/09/03 10:00",
    }


def test_an_illegal_demand_leaves_no_trace_in_the_request_or_what_it_tells() -> None:
    with_it = surveying.given(a_closed_case(), said(illegal_demand="sealed words"), world())
    without = surveying.given(a_closed_case(), said(), world())
    assert with_it.state == without.state
    assert with_it.events == without.events
    assert with_it.answer == without.answer


def test_the_demand_is_an_entity_of_its_own_and_is_told_without_its_words() -> None:
    request = a_closed_case()
    demand = sent(surveying.given(request, said(illegal_demand="sealed words"), world()))
    assert (demand.request_id, demand.org_id, demand.text) == (request.id, "wa-municipality-urmia", "sealed words")
    decision = illegal_demand.reported(None, demand, world())
    assert decision.state == demand
    (event,) = decision.events
    assert isinstance(event, IllegalDemandReported)
    assert event.type() == "ir.servicedesk.intake.illegal-demand.reported.v1"
    assert set(event.to_wire()) == {"moves", "demandId", "requestId", "orgId", "occurredAt"}
    assert illegal_demand.reported(demand, demand, world()) == Decision(demand), "told once"


def test_nothing_of_who_reports_stands_in_the_report() -> None:
    demand = sent(surveying.given(a_closed_case(), said(illegal_demand="sealed words"), world()))
    kept = demand.to_json().decode()
    for personal in (person()["name"], person()["value"], person()["mobile"][1:]):
        assert personal not in kept


def test_a_second_opinion_is_refused_whatever_it_says() -> None:
    """The same one too: else who has the code could find out by trying what was said."""
    given = state_of(surveying.given(a_closed_case(), said(), world()))
    for again in (said(), said(content="something else"), said(illegal_demand="sealed words")):
        with pytest.raises(Refused) as refused:
            surveying.given(given, again, world())
        assert (refused.value.code, refused.value.status) == ("SURVEY_GIVEN", 409)


def test_only_a_case_that_is_over_is_asked_about() -> None:
    filed = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    ready = state_of(answered(filed))
    collectable = state_of(announcing.told_at_desk(ready, announcement(PERMITS_OFFICER), world()))
    for early in (filed, ready, collectable):
        with pytest.raises(Refused) as refused:
            surveying.given(early, said(), world())
        assert (refused.value.code, refused.value.status) == ("NOT_OVER", 409)
    assert move_of(surveying.given(a_closed_case(), said(), world()))


def test_a_case_done_on_the_spot_is_over_at_once() -> None:
    done = file_at_desk("opening-hours", HOURS_DESK, HOURS_OFFICER, informationOnly=True)
    assert case_of(done).state is RequestState.GUIDED
    assert move_of(surveying.given(state_of(done), said(), world())).survey == ANSWERS
    grant = {"result": "GRANTED", "output": {"type": "toll-clearance"}}
    done = file_at_desk("renovation-toll-clearance", PERMITS_DESK, PERMITS_OFFICER, decide=grant)
    assert case_of(done).state is RequestState.CLOSED
    assert move_of(surveying.given(state_of(done), said(), world())).survey == ANSWERS


def test_it_is_taken_for_thirty_days_after_the_end_to_the_second() -> None:
    request = a_closed_case()
    last = at("1405/10/02 10:00")
    assert last == MORNING + 30 * DAY
    assert surveying.given(request, said(), world(last - timedelta(seconds=1))).events
    with pytest.raises(Refused) as refused:
        surveying.given(request, said(), world(last))
    assert (refused.value.code, refused.value.status) == ("SURVEY_TOO_LATE", 409)


def test_every_end_says_when_it_came() -> None:
    """Else its days could not be counted."""
    assert all(VERBS[state] for state in ENDED)


def test_tracking_tells_that_an_opinion_may_be_given_and_until_when() -> None:
    request = a_closed_case()
    open_now = _tracked(request, MORNING + DAY)
    assert open_now["surveyUntil"] == "2026-12-23T06:30:00Z"
    assert open_now["nextAction"] == "کاری نمانده است؛ می‌توانید نظر خود را دربارهٔ رسیدگی بگویید"
    given = state_of(surveying.given(request, said(), world()))
    for over in (_tracked(request, MORNING + 30 * DAY), _tracked(given, MORNING + DAY)):
        assert (over["surveyUntil"], over["nextAction"]) == (None, STAGES[RequestState.CLOSED][1])
    assert over["history"][-1]["text"] == HISTORY["survey.answered"]
    early = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    assert _tracked(early, MORNING)["surveyUntil"] is None


def _tracked(request: Request, now: Any) -> dict[str, Any]:
    case = request.case
    assert isinstance(case, Case)
    return track_view(case, province(), now, surveying.open_until(case, RULES, now))


def test_the_agency_sees_that_an_opinion_was_given_and_nothing_of_it() -> None:
    request = a_closed_case()
    views = [
        request_view(state_of(surveying.given(request, message, world())), 1, province(), MORNING)
        for message in (said(), said(comment="words", illegal_demand="words"))
    ]
    assert views[0] == views[1]
    assert "survey" not in views[0]
    assert views[0]["history"][-1] | {"at": "", "atLocal": ""} == {
        "at": "",
        "atLocal": "",
        "type": "survey.answered",
        "by": "APPLICANT",
    }


def test_the_words_are_no_part_of_what_a_repeat_is_known_by() -> None:
    """They are sealed anew each time; `content` stands for them."""
    assert digest(said(comment="sealed once")) == digest(said(comment="sealed twice", illegal_demand="sealed"))
    assert digest(said()) != digest(said(content="other words"))
