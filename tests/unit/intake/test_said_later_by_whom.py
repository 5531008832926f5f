"""Who says something later of a case: the office whose it is, with a licence, over Kafka or HTTP (contract; I12)."""

from typing import Any

import pytest

from services.contracts.kiosk import Rejection, TakenBack
from services.intake.domain import further
from services.intake.domain.messages import SaidOfCase, SaidTaken
from services.intake.domain.proving import OWN, request_of
from services.intake.handlers import REQUEST
from services.intake.kiosk_records import said_later
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    MORNING,
    a_redirected_request,
    arrives,
    asked,
    at,
    case_of,
    outcome_of,
    outcomes_of,
    redirect_of,
    state_of,
    submit,
    world,
)
from tests.unit.intake.edge import Intake, a_door, a_submission
from tests.unit.intake.later_words import LATER, PAPER, said, supplement
from tests.unit.intake.outsiders_records import a_record, told


def test_an_office_that_completed_a_redirect_asks_the_request_and_is_told_once() -> None:
    redirected = a_redirected_request()
    filing = arrives(redirected)
    honoured = REQUEST.decide[type(asked(filing))](redirected, asked(filing), world())
    (back,) = honoured.sends
    accepted = REQUEST.decide[type(back.body)](state_of(filing), back.body, world())
    asks = said(state_of(accepted), supplement())
    (question,) = asks.sends
    assert (question.id, outcomes_of(asks)) == (redirected.id, [])
    assert asks.answer is not None
    assert asks.answer["status"] == "WAITING"
    assert isinstance(question.body, SaidOfCase)
    decided = further.of_case(state_of(honoured), question.body, world())
    assert [piece.type for piece in case_of(decided).evidence][-1] == "employment-proof"
    (reply,) = decided.sends
    assert isinstance(reply.body, SaidTaken)
    heard = further.answered(state_of(asks), reply.body, world())
    assert (outcome_of(heard).status, outcome_of(heard).request_id) == ("ACCEPTED", redirected.id)
    assert further.answered(state_of(heard), reply.body, world()).events == ()
    assert said(state_of(heard), supplement()).events == (), "sent again, known again"
    assert redirect_of(redirected).ref


def test_of_a_case_that_another_filing_opened_nothing_is_taken() -> None:
    own = state_of(submit())
    question = SaidOfCase(filing_id="somebody-else", digest="d", kiosk_id="wa-urmia-012", said=supplement())
    decided = further.of_case(own, question, world())
    (reply,) = decided.sends
    assert isinstance(reply.body, SaidTaken)
    assert (reply.id, reply.body.code, decided.state) == ("somebody-else", Rejection.UNKNOWN_CASE, own)


def test_an_office_without_a_licence_says_nothing_more_of_its_cases() -> None:
    kiosk = sample_snapshot().kiosk("wa-urmia-017")
    assert kiosk is not None
    ended = world("1405/09/05 10:00", kiosk.model_copy(update={"valid_to": MORNING.date()}))
    taken = TakenBack.model_validate(LATER | {"reason": "NOT_NEEDED"})
    refused = said(state_of(submit()), taken, ended)
    assert outcome_of(refused).code is Rejection.KIOSK_NOT_LICENSED


def test_what_it_said_on_the_last_day_of_its_licence_is_taken_though_it_is_read_after_it() -> None:
    kiosk = sample_snapshot().kiosk("wa-urmia-017")
    assert kiosk is not None
    over = world("1405/09/05 10:00", kiosk.model_copy(update={"valid_to": MORNING.date()}))
    taken = TakenBack.model_validate(LATER | {"reason": "NOT_NEEDED"})
    message = said_later(taken, "/kiosk/wa-urmia-017", OWN, "event-9", "KAFKA", at("1405/09/02 23:59"))
    done = further.said(state_of(submit()), message, over)
    assert done.answer == {"status": "ACCEPTED", "code": None}


async def test_over_http_the_same_words_are_taken_with_the_partners_key(intake: Intake) -> None:
    assert (await intake.http.post("/v1/kiosk/submissions", json=a_submission())).status_code == 202
    later = LATER | {"externalRef": "017-1"}
    added = await intake.http.post("/v1/kiosk/submissions/supplement", json=later | {"evidence": [PAPER]})
    assert (added.status_code, added.json()["status"], added.json()["code"]) == (202, "ACCEPTED", None)
    back = await intake.http.post("/v1/kiosk/submissions/withdraw", json=later | {"reason": "NOT_NEEDED"})
    assert (back.status_code, back.json()["status"]) == (202, "ACCEPTED")
    late = await intake.http.post(
        "/v1/kiosk/submissions/delivery", json=later | {"collectedBy": "APPLICANT", "identitySeen": True}
    )
    assert (late.json()["code"], late.json()["detail"]) == ("NOT_POSSIBLE", "ILLEGAL_MOVE")
    nobody = await intake.http.post(
        "/v1/kiosk/submissions/withdraw", json=later | {"reason": "NOT_NEEDED", "revision": "1"}
    )
    assert (nobody.status_code, nobody.json()["code"]) == (422, "MALFORMED")
    told = (await intake.http.get(added.json()["outcome"])).json()["items"]
    assert [item["status"] for item in told] == ["ACCEPTED", "ACCEPTED", "ACCEPTED", "REJECTED", "PROGRESS"]
    state = intake.memory.state(REQUEST, request_of("wa-urmia-017", "017-1"))
    assert state.case.state == "WITHDRAWN"


@pytest.mark.parametrize(
    ("word", "body"), [("supplement", {"evidence": [PAPER]}), ("withdraw", {"reason": "NOT_NEEDED"})]
)
async def test_over_http_what_came_before_its_submission_is_judged_when_the_same_call_comes_again(
    intake: Intake, word: str, body: Any
) -> None:
    """Its Idempotency-Key too: an answer that may change is kept for no key."""
    call = (f"/v1/kiosk/submissions/{word}", LATER | {"externalRef": "017-1"} | body, "one-and-the-same")
    early = await intake.post(*call)
    assert (early.json()["code"], early.json()["fixable"]) == ("UNKNOWN_CASE", True)
    assert (await intake.post("/v1/kiosk/submissions", a_submission(), "other")).json()["status"] == "ACCEPTED"
    same = [await intake.post(*call) for _ in range(2)]
    assert [answer.json()["status"] for answer in same] == ["ACCEPTED", "ACCEPTED"]
    await intake.memory.settle()
    assert len(intake.memory.publisher.events("sd.intake.request.")) == 2, "registered, and then that one word"


async def test_over_http_a_content_is_listed_with_the_answer_that_it_has_in_the_end(intake: Intake) -> None:
    """UNKNOWN_CASE is news, and listed, until the same content is judged."""
    word = LATER | {"externalRef": "017-1", "evidence": [PAPER]}
    early = (await intake.post("/v1/kiosk/submissions/supplement", word)).json()
    listed = (await intake.http.get(early["outcome"])).json()["items"]
    assert [item["code"] for item in listed] == ["UNKNOWN_CASE"]
    await intake.post("/v1/kiosk/submissions", a_submission())
    await intake.post("/v1/kiosk/submissions/supplement", word)
    listed = (await intake.http.get(early["outcome"])).json()["items"]
    assert [(item["status"], item["code"]) for item in listed] == [("ACCEPTED", None), ("ACCEPTED", None)]
    await intake.memory.settle()
    assert len(intake.memory.publisher.events("sd.kiosk.outcome.")) == 3, "on the topic each stands as it was told"


@pytest.mark.parametrize("id", ["0013542419", "09121234567"])
async def test_I12_an_outcome_repeats_no_number_that_an_office_took_for_its_ce_id(id: str) -> None:
    door = a_door()
    broken = a_record(value=b"{}", offset=2, headers={"ce_id": id.encode()})
    await door.records(a_record(headers={"ce_id": id.encode()}), broken)
    causes = [outcome["causeId"] for outcome in told(door)]
    assert len(causes) == 2
    assert all(cause.startswith("personal-") for cause in causes)
    assert id not in repr(door.publisher.sent)


@pytest.mark.parametrize("key", ["0013542419", "new-09121234567"])
async def test_I12_an_idempotency_key_is_nobodys_number(intake: Intake, key: str) -> None:
    """It is kept beside the case, and told to the office as what led to its outcome."""
    headers = {"Idempotency-Key": key}
    by_office = await intake.http.post("/v1/kiosk/submissions", json=a_submission(), headers=headers)
    at_desk = await intake.file(key=key)
    for refused in (by_office, at_desk):
        assert (refused.status_code, refused.json()["code"]) == (422, "INVALID")
        assert key not in refused.text
    assert intake.memory.publisher.sent == []
