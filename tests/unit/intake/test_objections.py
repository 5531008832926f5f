"""An objection to a refusal: who may object to what, until when, and what it begins (domain 3, I8)."""

from functools import partial
from typing import Any

import pytest

from services.contracts.intake_commands import FileObjection, PromiseVisit
from services.contracts.routing import ResultKind
from services.intake.domain.again import objected, objection_until
from services.intake.domain.announcing import told_at_desk
from services.intake.domain.case_parts import Attention
from services.intake.domain.due import timers
from services.intake.domain.expecting import next_visit
from services.intake.domain.granted_before import GRANTED_BEFORE
from services.intake.domain.reconsidering import RegistryMoved, looked_at
from services.intake.domain.request import Request
from services.worktime import jalali_text
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    TAX_DESK,
    TAX_OFFICER,
    announcement,
    answered,
    at,
    case_of,
    file_at_desk,
    move_of,
    out_of_service,
    state_of,
    the_case,
    with_authority,
    world,
)
from tests.unit.intake.rounds import (
    DAY,
    DAYS,
    GRANTED,
    PARTIAL,
    REFUSED,
    WHY,
    a_permit,
    decided_again,
    objects,
    refusal,
)


@pytest.mark.parametrize("kind", [REFUSED, PARTIAL])
def test_an_objection_adds_a_promise_with_the_full_budget_and_keeps_what_was(kind: ResultKind) -> None:
    request = a_permit(kind)
    decision = objects(request, MORNING + 2 * DAY)
    case = case_of(decision)
    assert move_of(decision).moves == ("request.objected", "commitment.added")
    assert (case.state, case.round, move_of(decision).round) == ("OBJECTED", 2, 2)
    first, second = case.commitments
    assert first == the_case(request).commitments[0]
    assert (second.id, second.state, second.budget) == (f"{request.id}.2", "OPEN", first.budget)
    assert jalali_text(second.promised_at) > jalali_text(first.promised_at)
    (over,) = case.earlier
    assert over.result == the_case(request).result
    assert over.announced == the_case(request).announced
    assert over.objection is not None
    assert (over.objection.reason, over.objection.officer_id) == (WHY, PERMITS_OFFICER)
    assert (case.result, case.announced, case.collection, case.attention) == (None, None, None, ())
    waiting = [GRANTED_BEFORE] if kind is PARTIAL else []
    assert sorted(timers(state_of(decision))) == [*waiting, f"promise:{second.id}"]


def test_a_visit_whose_person_was_warned_stays_in_the_work_list_of_the_desk() -> None:
    """It is still to be booked anew, whatever is objected to meanwhile."""
    wish = {"kind": "NEXT_VISIT", "at": at("1405/09/08 10:00").isoformat(), "officerId": PERMITS_OFFICER}
    asked_back = state_of(next_visit(a_permit(PARTIAL), PromiseVisit.model_validate(wish), world()))
    away = world("1405/09/03 10:00", out_of_service(PERMITS_DESK, "1405/09/07"))
    warned = state_of(looked_at(asked_back, RegistryMoved(), away))
    assert the_case(warned).attention == (Attention.VISIT_WARNED,)
    case = case_of(objects(warned, at("1405/09/04 10:00")))
    assert [visit.visit is not None and visit.visit.warned_at is not None for visit in case.open_visits()] == [True]
    assert case.attention == (Attention.VISIT_WARNED,)


def test_I12_the_words_of_an_objection_stand_in_no_event() -> None:
    decision = objects(a_permit())
    assert "احمدی" not in move_of(decision).to_json().decode()


def test_I8_the_author_of_the_refusal_may_not_decide_it_any_more() -> None:
    assert move_of(objects(a_permit())).barred == ("wa-officer-1",)


def test_I8_nor_may_an_officer_of_the_desk_who_refused_on_the_spot() -> None:
    request = refused_on_the_spot()
    assert move_of(objects(request, officerId=TAX_OFFICER)).barred == (TAX_OFFICER,)


def refused_on_the_spot() -> Request:
    authority = with_authority(TAX_OFFICER, "tax-clearance")
    now = world(MORNING, authority, on_the_spot("tax-clearance"))
    decide = {"result": "REFUSED", "ground": "مادهٔ ۱۸۶"}
    decision = file_at_desk("tax-clearance", TAX_DESK, TAX_OFFICER, now, decide=decide)
    assert case_of(decision).state == "CLOSED"
    return state_of(decision)


def on_the_spot(service: str) -> Any:
    sheet = sample_snapshot().sheet(service)
    assert sheet is not None
    return sheet.model_copy(update={"on_spot": True})


def test_on_the_spot_the_days_run_from_the_decision_and_the_first_promise_is_the_objections() -> None:
    request = refused_on_the_spot()
    case = the_case(request)
    assert objection_until(case) == at("1405/09/03 00:00") + case.objection_days * DAY
    decision = objects(request, officerId=TAX_OFFICER)
    assert [c.id for c in case_of(decision).commitments] == [f"{request.id}.1"]


def test_the_days_are_whole_and_the_last_one_ends_at_midnight_in_tehran() -> None:
    request = a_permit()
    assert the_case(request).objection_days == DAYS
    assert objection_until(the_case(request)) == at("1405/09/23 00:00")
    assert case_of(objects(request, at("1405/09/22 23:59"))).state == "OBJECTED"
    late = refusal(lambda: objects(request, at("1405/09/23 00:00")))
    assert (late.code, late.facts) == ("OBJECTION_TOO_LATE", {"until": "2026-12-13T20:30:00Z"})


def test_the_days_of_the_sheet_it_was_filed_under_count_whatever_a_later_one_says() -> None:
    request = a_permit()
    sheet = sample_snapshot().sheet("building-permit")
    assert sheet is not None
    stricter = sheet.model_copy(update={"objection": sheet.objection.model_copy(update={"days": 1})})
    command = FileObjection.model_validate({"reason": WHY, "identitySeen": True, "officerId": PERMITS_OFFICER})
    assert case_of(objected(request, command, world("1405/09/20 10:00", stricter))).state == "OBJECTED"


def test_only_a_refusal_is_objected_to_and_only_when_it_has_been_told() -> None:
    assert refusal(lambda: objects(a_permit(GRANTED))).code == "NOT_OBJECTABLE"
    filed = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    ready = state_of(answered(filed, kind=REFUSED, ground="بند ۳"))
    for request in (filed, ready):
        assert refusal(partial(objects, request)).code == "ILLEGAL_MOVE"


def test_one_objection_for_each_result_and_another_for_the_next_one() -> None:
    once = state_of(objects(a_permit()))
    assert refusal(lambda: objects(once)).code == "ILLEGAL_MOVE"
    again = state_of(decided_again(once, REFUSED, MORNING + DAY))
    told = state_of(told_at_desk(again, announcement(PERMITS_OFFICER), world(MORNING + DAY)))
    twice = objects(told, MORNING + 2 * DAY)
    assert (case_of(twice).round, move_of(twice).barred) == (3, ("wa-officer-1", "wa-officer-2"))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"identitySeen": False}, "IDENTITY_NOT_SEEN"),
        ({"officerId": TAX_OFFICER}, "NOT_AUTHORISED"),
        ({"reason": " \u200f \n"}, "REASON_NEEDED"),
    ],
)
def test_an_objection_has_a_person_an_officer_and_a_reason(fields: dict[str, Any], code: str) -> None:
    assert refusal(lambda: objects(a_permit(), **fields)).code == code
