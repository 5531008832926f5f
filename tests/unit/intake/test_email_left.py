"""An e-mail address is kept as a mobile is: sealed, told to nobody but who writes there, checked when it is typed."""

import pytest

from services.contracts.intake_commands import FileRequest
from services.contracts.kiosk import Rejection
from services.contracts.routing import ResultKind
from services.intake.domain import noticed, redirecting
from services.intake.domain.case_parts import Role
from services.intake.domain.messages import Filed
from services.intake.handlers import REQUEST
from services.intake.views import contact
from tests.unit.intake.brought import a_permit
from tests.unit.intake.cases import (
    MORNING,
    a_redirected_request,
    an_agent,
    answered,
    arrives,
    asked,
    case_of,
    move_of,
    notice,
    outcome_of,
    person,
    state_of,
    submit,
    world,
)
from tests.unit.intake.edge import Intake, a_door, a_filing

ADDRESS = "z.karimi@example.ir"


def test_an_event_tells_that_there_is_one_and_not_which() -> None:
    """I12."""
    assert not move_of(submit()).mailable
    decision = submit(applicant=person(email=ADDRESS))
    assert move_of(decision).mailable
    assert not [event for event in decision.events if b"karimi" in event.to_json()]


async def test_it_is_stored_sealed() -> None:
    door = a_door()
    filing = FileRequest.model_validate(a_filing(applicant=person(email=ADDRESS)))
    await door.submit(REQUEST, "r-1", Filed(request_id="r-1", request=filing))
    assert "karimi" not in repr(door.store.collections["request"]["r-1"])
    assert door.state(REQUEST, "r-1").case.applicant.email == ADDRESS


async def test_who_writes_there_is_given_it(intake: Intake) -> None:
    id = (await intake.file(applicant=person(email=f" {ADDRESS} "))).json()["requestId"]
    (found,) = (await intake.http.post("/v1/contacts", json={"requestIds": [id]})).json()["items"]
    assert found["email"] == ADDRESS


def test_it_is_the_applicants_also_where_another_has_the_mobile() -> None:
    request = a_permit(applicant=person(mobile=None, email=ADDRESS), representative=an_agent())
    reached = contact(request, MORNING)
    assert reached is not None
    assert (reached.mobile, reached.email) == ("+989141112233", ADDRESS)


@pytest.mark.parametrize("typed", ["", "  ", None])
def test_a_field_left_empty_is_none(typed: str | None) -> None:
    decision = submit(applicant=person(email=typed))
    applicant = case_of(decision).applicant
    assert applicant is not None
    assert (applicant.email, move_of(decision).mailable) == (None, False)


async def test_what_is_no_address_is_refused_at_the_desk_and_can_be_put_right_by_an_office(intake: Intake) -> None:
    answer = await intake.file(applicant=person(email="z.karimi"))
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_APPLICANT")
    assert "z.karimi" not in answer.text
    outcome = outcome_of(submit(applicant=person(email="z.karimi")))
    assert (outcome.status, outcome.code) == ("REJECTED", Rejection.INVALID_APPLICANT)


def test_I9_what_becomes_of_an_e_mail_announces_nothing_and_makes_no_work_anew() -> None:
    """Nobody confirms one; that the SMS came to nothing has made it work for the desk already."""
    ready = state_of(answered(state_of(submit()), kind=ResultKind.GRANTED))
    for move in ("message.delivered", "message.failed"):
        word = notice(ready, move).model_copy(update={"channel": "EMAIL"})
        assert noticed.notice_moved(ready, word, world()).state is ready
    assert noticed.notice_moved(ready, notice(ready, "message.failed"), world()).state is not ready


@pytest.mark.parametrize("mobile", ["09141112233", None])
def test_I9_a_result_that_was_handed_over_on_paper_is_announced(mobile: str | None) -> None:
    """The desk's word of it counts as that of a gateway, also of whom no SMS can reach; that a paper was taken back
    makes no work, which there is already."""
    ready = state_of(answered(state_of(submit(applicant=person(mobile=mobile))), kind=ResultKind.GRANTED))
    word = notice(ready, "message.delivered").model_copy(update={"channel": "PRINT"})
    announced = case_of(noticed.notice_moved(ready, word, world())).announced
    assert announced is not None
    assert announced.by is Role.NOTICE
    for move, channel in (("message.expired", "PRINT"), ("message.delivered", "WEB"), ("message.sent", "PRINT")):
        word = notice(ready, move).model_copy(update={"channel": channel})
        assert noticed.notice_moved(ready, word, world()).state is ready


@pytest.mark.parametrize(("at_desk", "kept"), [(None, ADDRESS), ("z@example.ir", "z@example.ir")])
def test_an_address_that_was_left_at_the_kiosk_is_added_to_the_redirected_case(at_desk: str | None, kept: str) -> None:
    request = a_redirected_request(applicant=person(email=at_desk))
    filing = arrives(request, applicant=person(email=ADDRESS))
    applicant = case_of(redirecting.honours(request, asked(filing), world())).applicant
    assert applicant is not None
    assert applicant.email == kept
