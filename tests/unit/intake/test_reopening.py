"""A closed case is worked on once more, by the word of a desk and its head (domain 3)."""

from functools import partial
from typing import Any

import pytest

from services.intake.domain.announcing import told_at_desk
from services.intake.domain.answering import work_moved
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    TAX_OFFICER,
    announcement,
    case_of,
    file_at_desk,
    move_of,
    state_of,
    the_case,
    world,
)
from tests.unit.intake.rounds import (
    DAY,
    HEAD,
    OTHER,
    PARTIAL,
    REFUSED,
    a_permit,
    decided_again,
    objects,
    of_round,
    refusal,
    reopens,
)


def test_a_closed_case_is_reopened_with_the_word_of_the_desks_head_and_the_full_budget() -> None:
    request = a_permit()
    decision = reopens(request, MORNING + 400 * DAY)
    case = case_of(decision)
    assert move_of(decision).moves == ("request.reopened", "commitment.added")
    assert (case.state, case.round, move_of(decision).barred) == ("REOPENED", 2, ())
    reopening = case.earlier[0].reopening
    assert reopening is not None
    assert (reopening.reason, reopening.officer_id, reopening.approved_by) == ("OUR_ERROR", OTHER, HEAD)
    assert case.commitments[1].budget == case.commitments[0].budget


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"secondOfficerId": None}, "SECOND_OFFICER_NEEDED"),
        ({"officerId": HEAD, "secondOfficerId": HEAD}, "SECOND_OFFICER_NEEDED"),
        ({"officerId": HEAD, "secondOfficerId": OTHER}, "NOT_DESK_HEAD"),
        ({"secondOfficerId": "nobody"}, "UNKNOWN_OFFICER"),
        ({"officerId": TAX_OFFICER}, "NOT_AUTHORISED"),
    ],
)
def test_nobody_reopens_a_case_without_another_who_heads_the_desk(fields: dict[str, Any], code: str) -> None:
    assert refusal(lambda: reopens(a_permit(), **fields)).code == code


def test_only_what_is_closed_is_reopened_and_for_a_reason_of_the_list() -> None:
    filed = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    for request in (filed, a_permit(PARTIAL), state_of(reopens(a_permit()))):
        assert refusal(partial(reopens, request)).code == "ILLEGAL_MOVE"
    with pytest.raises(ValueError, match="reason"):
        reopens(a_permit(), reason="I know him")


def test_a_reopened_case_goes_its_way_once_more() -> None:
    request = state_of(reopens(a_permit()))
    started = state_of(work_moved(request, of_round(request, 2, "task.started"), world()))
    assert the_case(started).state == "IN_PROGRESS"
    ready = state_of(decided_again(started, REFUSED, MORNING + DAY))
    told = state_of(told_at_desk(ready, announcement(PERMITS_OFFICER), world(MORNING + DAY)))
    assert case_of(objects(told, MORNING + DAY)).round == 3
