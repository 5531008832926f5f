"""The applicant takes the request back: nothing is owed any more, and nothing comes due (domain 3, 12.10)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.commitment import CommitmentState
from services.contracts.decision import Decision, Refused, TimerFired
from services.contracts.intake import RequestState
from services.contracts.intake_commands import Withdraw
from services.contracts.routing import ResultKind
from services.intake.domain import redirecting
from services.intake.domain.case_parts import Attention, Role
from services.intake.domain.due import fell_due, timers
from services.intake.domain.messages import RedirectRefused
from services.intake.domain.outcomes import in_brief
from services.intake.domain.receipts import promises
from services.intake.domain.request import Request, moved
from services.intake.domain.withdrawing import withdraw
from services.intake.receipt import receipt
from services.intake.receipt_page import receipt_page
from services.intake.tracking_view import track_view
from services.intake.views import work_item
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    TAX_OFFICER,
    answered,
    arrives,
    asked,
    at,
    case_of,
    file_at_desk,
    move_of,
    outcome_of,
    person,
    state_of,
    submit,
    the_case,
    world,
)
from tests.unit.intake.edge import Intake


def a_permit_case(**changes: Any) -> Request:
    return state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, **changes))


def taken_back(
    request: Request, officer: str = PERMITS_OFFICER, now: Any = MORNING, **fields: Any
) -> Decision[Request]:
    body = {"reason": "NOT_NEEDED", "identitySeen": True, "officerId": officer} | fields
    return withdraw(request, Withdraw.model_validate(body), world(now))


def test_what_was_promised_is_released_and_nothing_comes_due() -> None:
    decision = taken_back(a_permit_case())
    case = case_of(decision)
    assert move_of(decision).moves == ("request.withdrawn", "commitment.released")
    assert (case.state, [c.state for c in case.commitments]) == ("WITHDRAWN", ["RELEASED"])
    assert (case.commitments[0].ended_at, case.next_due) == (MORNING, None)
    assert timers(state_of(decision)) == {}


def test_why_and_by_whom_stays_with_the_case_and_the_reason_is_of_a_closed_list() -> None:
    withdrawal = case_of(taken_back(a_permit_case())).withdrawal
    assert withdrawal is not None
    assert (withdrawal.reason, withdrawal.officer_id, withdrawal.at) == ("NOT_NEEDED", PERMITS_OFFICER, MORNING)
    with pytest.raises(ValueError, match="reason"):
        taken_back(a_permit_case(), reason="because I say so")


def test_a_result_that_nobody_wants_any_more_is_no_work_for_the_desk() -> None:
    ready = answered(a_permit_case(applicant=person(mobile=None)))
    assert case_of(ready).attention == (Attention.TELL_CITIZEN,)
    request = state_of(ready)
    case = case_of(taken_back(request))
    assert (case.state, case.attention) == ("WITHDRAWN", ())
    assert timers(state_of(taken_back(request))) == {}


def test_I6_a_promise_that_was_broken_stays_broken() -> None:
    late = taken_back(a_permit_case(), now="1406/09/02 10:00")
    assert move_of(late).moves == ("request.withdrawn", "commitment.broken")
    assert [c.state for c in case_of(late).commitments] == ["BROKEN"]


def test_what_has_ended_is_not_taken_back() -> None:
    back = state_of(taken_back(a_permit_case()))
    with pytest.raises(Refused) as refused:
        taken_back(back)
    assert (refused.value.code, refused.value.facts) == ("ILLEGAL_MOVE", {"from": "WITHDRAWN", "to": "WITHDRAWN"})


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"identitySeen": False}, "IDENTITY_NOT_SEEN"), ({"officerId": TAX_OFFICER}, "NOT_AUTHORISED")],
)
def test_nobody_takes_anothers_request_back(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        taken_back(a_permit_case(), **fields)
    assert refused.value.code == code


def test_the_units_answer_that_crosses_the_withdrawal_changes_nothing() -> None:
    request = a_permit_case()
    back = state_of(taken_back(request))
    crossed = answered(back, "1405/09/03 10:00", ResultKind.REFUSED, "بند ۳")
    assert (crossed.state, crossed.events) == (back, ())


@pytest.mark.parametrize("kiosk", [False, True])
def test_nobody_reads_of_a_date_on_which_nothing_will_come(kiosk: bool) -> None:
    """What is off holds no more: not for the citizen, the desk, the office, nor on paper."""
    filed = state_of(submit()) if kiosk else a_permit_case()
    decision = taken_back(filed, SOCIAL_OFFICER if kiosk else PERMITS_OFFICER)
    request, case = state_of(decision), case_of(decision)
    assert track_view(case, world().registry, MORNING, None)["promisedLocal"] is None
    assert work_item(request, MORNING)["promisedLocal"] is None
    assert receipt(request, world().registry, MORNING)["promised"] is None
    if kiosk:
        assert outcome_of(decision).promised_at is None


@pytest.mark.parametrize("state", ["WITHDRAWN", "EXPIRED", "DUPLICATE"])
@pytest.mark.parametrize("kiosk", [False, True])
def test_nor_of_one_that_had_been_broken_before(kiosk: bool, state: str) -> None:
    """It stays broken, and nothing is ahead; the receipt that said otherwise is an older edition."""
    filed = state_of(submit()) if kiosk else a_permit_case()
    (promise,) = the_case(filed).commitments
    hour = promise.promised_at + timedelta(minutes=16)
    late = state_of(fell_due(filed, TimerFired(name=f"promise:{promise.id}", due=hour), world(hour)))
    ended = the_case(late).model_copy(update={"state": RequestState(state), "attention": ()})
    request, case, _ = moved(late, ended, hour, Role.OFFICER, (f"request.{state.lower()}",))
    assert (case.commitments[0].state, track_view(case, world().registry, hour, None)["promisedLocal"]) == (
        "BROKEN",
        None,
    )
    assert work_item(request, hour)["promisedLocal"] is None
    told = receipt(request, world().registry, hour)
    assert (told["promised"], told["legalLatest"], told["promises"], told["edition"]) == (None, None, [], 2)
    assert "آخرین مهلت قانونی" not in receipt_page(request, world().registry, hour)
    assert in_brief(request.id, case).promised_at is None


def test_a_promise_of_an_earlier_round_is_not_read_as_that_of_the_round_that_was_taken_back() -> None:
    first = a_permit_case().case
    assert first is not None
    kept = first.commitments[0].model_copy(update={"state": CommitmentState.KEPT})
    off = first.commitments[0].model_copy(update={"id": "second", "state": CommitmentState.RELEASED})
    case = first.model_copy(update={"commitments": (kept, off)})
    assert (case.promise(), promises(case)) == (None, [])
    assert first.model_copy(update={"commitments": (kept,)}).promise() == kept, "kept or not, it was the one that held"


def test_the_office_that_opened_the_case_hears_of_it() -> None:
    decision = taken_back(state_of(submit()), SOCIAL_OFFICER)
    assert (outcome_of(decision).status, outcome_of(decision).state) == ("PROGRESS", "WITHDRAWN")


def test_a_redirected_request_is_taken_back_and_no_kiosk_honours_it_afterwards() -> None:
    request = state_of(file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER))
    decision = taken_back(request, SOCIAL_OFFICER)
    assert move_of(decision).moves == ("request.withdrawn",)
    assert timers(state_of(decision)) == {}
    arrival = asked(arrives(request))
    (answer,) = redirecting.honours(state_of(decision), arrival, world(at("1405/09/02 11:00"))).sends
    assert isinstance(answer.body, RedirectRefused)


async def test_taken_back_over_http_once_under_one_key(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    body = {"reason": "NOT_SAID", "identitySeen": True, "officerId": PERMITS_OFFICER}
    stale = await intake.post(f"/v1/requests/{id}/withdraw", body, **{"If-Match": '"0"'})
    assert stale.status_code == 412
    done = await intake.post(f"/v1/requests/{id}/withdraw", body, key="again")
    assert (done.status_code, done.json()["state"], done.json()["withdrawal"]["reason"]) == (
        200,
        "WITHDRAWN",
        "NOT_SAID",
    )
    again = await intake.post(f"/v1/requests/{id}/withdraw", body, key="again")
    assert (again.status_code, again.json()["version"]) == (200, done.json()["version"])
    assert (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"] == []
