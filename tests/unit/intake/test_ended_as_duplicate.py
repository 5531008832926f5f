"""An officer ends a request in favour of another of the same person for the same service (contract: duplicate)."""

import asyncio
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.intake import RequestState
from services.intake.domain import duplicates
from services.intake.domain.case_parts import Place
from services.intake.domain.duplicates import EndsAsDuplicate, Other
from services.intake.domain.states import ENDED
from services.intake.handlers import REQUEST
from tests.unit.intake.cases import (
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_OFFICER,
    TAX_OFFICER,
    case_of,
    file_at_desk,
    move_of,
    outcome_of,
    state_of,
    submit,
    world,
)
from tests.unit.intake.edge import Intake
from tests.unit.intake.errands import ANOTHER, ends, filed, told, withdrawn


async def test_an_officer_ends_one_in_favour_of_the_other(intake: Intake) -> None:
    first, second = await filed(intake), await filed(intake)
    id = second["requestId"]
    done = (await ends(intake, id, first["requestId"])).json()
    assert (done["state"], done["duplicateOf"], done["duplicateCode"]) == (
        "DUPLICATE",
        first["requestId"],
        first["trackingCode"],
    )
    assert [promise["state"] for promise in done["commitments"]] == ["RELEASED"]
    await intake.memory.settle()
    event = told(intake, id)[-1]
    assert event["moves"] == ["request.duplicate", "commitment.released"]
    assert (event["duplicateOf"], event["duplicateCode"]) == (first["requestId"], first["trackingCode"])
    tracked = await intake.http.post("/v1/track", json={"code": second["trackingCode"], "last4": "2419"})
    assert (tracked.json()["state"], tracked.json()["stage"]) == ("DUPLICATE", "با درخواست دیگر شما یکی شد")
    again = await ends(intake, id, first["requestId"])
    assert (again.status_code, again.json()["code"]) == (409, "ILLEGAL_MOVE")


async def test_the_first_may_be_the_one_that_ends_and_the_other_takes_its_place(intake: Intake) -> None:
    first, second = await filed(intake), await filed(intake)
    assert (await ends(intake, first["requestId"], second["requestId"])).status_code == 200
    await intake.memory.settle()
    assert (await intake.state(second["requestId"])).case.place is Place.FIRST
    lost = await ends(intake, second["requestId"], first["requestId"])
    assert (lost.status_code, lost.json()["code"]) == (409, "OTHER_ENDED"), "one of the two goes on"


async def test_of_two_officers_who_end_each_others_request_one_is_told_that_it_has_crossed(intake: Intake) -> None:
    """Each has read the other's while it was open."""
    first, second = await filed(intake), await filed(intake)
    cases = {filing["requestId"]: (await intake.state(filing["requestId"])).case for filing in (first, second)}
    a, b = cases

    async def end(id: str, of: str) -> None:
        command = EndsAsDuplicate(of=of, officer_id=PERMITS_OFFICER, other=Other.of(of, cases[of], turns=0))
        await intake.memory.submit(REQUEST, id, command)

    ended = await asyncio.gather(end(a, b), end(b, a), return_exceptions=True)
    (refused,) = [answer for answer in ended if answer is not None]
    assert isinstance(refused, Refused)
    assert refused.code == "CROSSED"
    states = [(await intake.state(id)).case.state for id in (a, b)]
    assert sorted(states) == ["DUPLICATE", "PROMISED"]


async def test_a_decided_one_will_do_and_a_repeat_is_answered_as_before(intake: Intake) -> None:
    first, second = await filed(intake), await filed(intake)
    await intake.unit_answers(first["requestId"])
    body = {"of": first["requestId"], "officerId": PERMITS_OFFICER}
    for _ in range(2):
        done = await intake.post(f"/v1/requests/{second['requestId']}/duplicate", body, key="same")
        assert (done.status_code, done.json()["state"]) == (200, "DUPLICATE")
        await withdrawn_if_open(intake, first["requestId"])


async def test_what_was_decided_is_told_and_fetched_before_a_request_may_end_as_a_duplicate(intake: Intake) -> None:
    """Linked, not lost: else nobody could hand over what was granted."""
    first, second = await filed(intake), await filed(intake)
    await intake.unit_answers(second["requestId"])
    answer = await ends(intake, second["requestId"], first["requestId"])
    assert (answer.status_code, answer.json()["code"]) == (409, "ALREADY_DECIDED")


async def withdrawn_if_open(intake: Intake, id: str) -> None:
    if (await intake.state(id)).case.state not in ENDED:
        await withdrawn(intake, id)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"of": "itself"}, 422, "SAME_REQUEST"),
        ({"of": "nowhere"}, 422, "UNKNOWN_REQUEST"),
        ({"of": "of-another-person"}, 422, "ANOTHER_MATTER"),
        ({"of": "withdrawn"}, 409, "OTHER_ENDED"),
        ({"officerId": TAX_OFFICER}, 403, "NOT_AUTHORISED"),
        ({"of": None}, 422, "UNPROCESSABLE"),
    ],
)
async def test_what_is_no_duplicate(intake: Intake, changes: dict[str, Any], status: int, code: str) -> None:
    gone = (await filed(intake))["requestId"]
    await withdrawn(intake, gone)
    first, second = await filed(intake), await filed(intake)
    other = await filed(intake, applicant=ANOTHER)
    known = {"itself": second["requestId"], "of-another-person": other["requestId"], "withdrawn": gone}
    if "of" in changes:
        changes = {"of": known.get(changes["of"], changes["of"])}
    refused = await ends(intake, second["requestId"], first["requestId"], **changes)
    assert refused.status_code == status
    if code != "UNPROCESSABLE":
        assert refused.json()["code"] == code
    assert (await intake.state(second["requestId"])).case.state == "PROMISED"


def test_the_office_that_filed_it_hears_of_its_end() -> None:
    request = state_of(submit())
    assert request.case is not None
    other = Other.of("other", request.case, turns=0).model_copy(update={"tracking_code": "0" * 14})
    command = EndsAsDuplicate(of="other", officer_id=SOCIAL_OFFICER, other=other)
    decision = duplicates.ended_as_duplicate(request, command, world())
    outcome = outcome_of(decision)
    assert (outcome.status, outcome.state, outcome.duplicate_of) == ("PROGRESS", "DUPLICATE", "other")
    assert move_of(decision).duplicate_code == "0" * 14


def test_I6_a_promise_that_was_broken_stays_broken() -> None:
    request = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    assert request.case is not None
    other = Other.of("other", request.case, turns=0).model_copy(update={"state": RequestState.CLOSED})
    command = EndsAsDuplicate(of="other", officer_id=PERMITS_OFFICER, other=other)
    case = case_of(duplicates.ended_as_duplicate(request, command, world("1406/09/02 10:00")))
    assert [promise.state for promise in case.commitments] == ["BROKEN"]
