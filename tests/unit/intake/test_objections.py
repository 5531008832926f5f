"""An objection to a refusal: who may object to what, until when, and what it begins (domain 3, I8)."""

from functools import partial
from typing import Any

import pytest

from services.contracts.decision import Decision, TimerFired
from services.contracts.intake_commands import FileObjection, PromiseVisit, Remind
from services.contracts.routing import ResultKind
from services.intake.domain import reminding
from services.intake.domain.again import objected, objection_until
from services.intake.domain.announcing import told_at_desk
from services.intake.domain.answering import work_moved
from services.intake.domain.case_parts import Attention
from services.intake.domain.closing import hand_over
from services.intake.domain.collecting import COLLECTION
from services.intake.domain.due import fell_due, timers
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
    with_authority,
    world,
)
from tests.unit.intake.rounds import (
    DAY,
    DAYS,
    GRANTED,
    HANDED,
    PARTIAL,
    REFUSED,
    WHY,
    a_permit,
    decided_again,
    objects,
    of_round,
    refusal,
    the_case,
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


def test_an_output_that_waits_for_its_person_may_be_objected_to_and_waits_beside_the_round_that_goes_on() -> None:
    request = a_permit(PARTIAL)
    assert the_case(request).state == "COLLECTION_DUE"
    case = case_of(objects(request))
    assert (case.collection, case.earlier[0].collection) == (None, the_case(request).collection)


@pytest.mark.parametrize("when", ["objected", "at work", "refused once more"])
def test_what_was_granted_is_handed_over_though_the_rest_is_objected_to(when: str) -> None:
    """Half a permit is theirs whatever becomes of the other half, which goes on undisturbed."""
    request = state_of(objects(a_permit(PARTIAL)))
    if when == "at work":
        request = state_of(work_moved(request, of_round(request, 2, "task.started"), world()))
    if when == "refused once more":
        ready = state_of(decided_again(request, REFUSED, MORNING + DAY))
        request = state_of(told_at_desk(ready, announcement(PERMITS_OFFICER), world(MORNING + DAY)))
    before = the_case(request)
    decision = hand_over(request, HANDED, world(MORNING + 2 * DAY))
    case = case_of(decision)
    handover = case.earlier[0].handover
    assert handover is not None
    assert (handover.collected_by, handover.at) == ("APPLICANT", MORNING + 2 * DAY)
    assert (case.state, case.handover, decision.events) == (before.state, None, ())
    assert case.history[-1].type == "request.delivered", "its person may read of it"
    others = {name: due for name, due in timers(request).items() if name != GRANTED_BEFORE}
    assert timers(state_of(decision)) == others
    assert refusal(lambda: hand_over(decision.state, HANDED, world(MORNING + 2 * DAY))).code == "ILLEGAL_MOVE"


def test_two_outputs_are_handed_over_each_for_itself() -> None:
    ready = state_of(decided_again(state_of(objects(a_permit(PARTIAL))), GRANTED, MORNING + DAY))
    waiting = state_of(told_at_desk(ready, announcement(PERMITS_OFFICER), world(MORNING + DAY)))
    closed = hand_over(waiting, HANDED, world(MORNING + DAY))
    assert move_of(closed).moves == ("request.delivered", "request.closed")
    assert case_of(closed).earlier[0].handover is None
    both = case_of(hand_over(closed.state, HANDED, world(MORNING + DAY)))
    assert both.earlier[0].handover is not None


REMINDER, DUE = MORNING + 23 * DAY, MORNING + 30 * DAY
"""Of what was announced on Monday 1405/09/02, as of any output."""


def calls(request: Request, now: Any) -> Decision[Request]:
    """The desk has told its person that it waits."""
    command = Remind.model_validate({"toldTo": "APPLICANT", "officerId": PERMITS_OFFICER})
    return reminding.by_desk(request, command, world(now))


def later(request: Request, now: Any) -> Decision[Request]:
    return fell_due(request, TimerFired(name=GRANTED_BEFORE, due=now), world(now))


def test_what_was_granted_is_called_for_by_the_desk_and_given_up_after_notice_and_grace() -> None:
    """No message reminds of it, since the case is about the rest by now; and it does not wait for ever."""
    request = state_of(objects(a_permit(PARTIAL)))
    assert timers(request)[GRANTED_BEFORE] == REMINDER
    to_call = state_of(later(request, REMINDER))
    assert the_case(to_call).attention == (Attention.REMIND_TO_COLLECT,)
    assert GRANTED_BEFORE not in timers(to_call), "the desk is to call: nothing happens by itself"
    told = state_of(calls(to_call, REMINDER + DAY))
    closes = timers(told)[GRANTED_BEFORE]
    assert (the_case(told).attention, closes) == ((), at("1405/10/08 10:00"))
    over = later(told, closes)
    collection = case_of(over).earlier[0].collection
    assert collection is not None
    assert collection.uncollected_at == closes
    assert (case_of(over).state, over.events) == (the_case(told).state, ())
    assert GRANTED_BEFORE not in timers(state_of(over))
    assert refusal(lambda: hand_over(over.state, HANDED, world(closes))).code == "ILLEGAL_MOVE"


def test_of_what_a_message_had_reminded_before_the_objection_the_desk_calls_at_the_deadline() -> None:
    """Its word would be about a round that is over."""
    reminded = state_of(fell_due(a_permit(PARTIAL), TimerFired(name=COLLECTION, due=REMINDER), world(REMINDER)))
    in_time = the_case(reminded).model_copy(update={"objection_days": 40})
    request = state_of(objects(reminded.model_copy(update={"case": in_time}), REMINDER + DAY))
    assert timers(request)[GRANTED_BEFORE] == DUE


def test_one_call_tells_of_two_outputs() -> None:
    ready = state_of(decided_again(state_of(objects(a_permit(PARTIAL))), GRANTED, MORNING + DAY))
    waiting = state_of(told_at_desk(ready, announcement(PERMITS_OFFICER), world(MORNING + DAY)))
    case = the_case(state_of(calls(waiting, MORNING + 2 * DAY)))
    (over,) = case.earlier
    assert case.collection is not None
    assert over.collection is not None
    assert case.collection.noticed_at == over.collection.noticed_at == MORNING + 2 * DAY


def test_nothing_is_handed_over_of_an_earlier_round_that_had_nothing_to_collect_or_was_given_up() -> None:
    request = state_of(objects(a_permit(REFUSED)))
    assert refusal(lambda: hand_over(request, HANDED, world())).code == "ILLEGAL_MOVE"
    (over,) = the_case(state_of(objects(a_permit(PARTIAL)))).earlier
    assert over.collection is not None
    given_up = over.model_copy(update={"collection": over.collection.model_copy(update={"uncollected_at": MORNING})})
    case = the_case(request).model_copy(update={"earlier": (given_up,)})
    shut = request.model_copy(update={"case": case})
    assert refusal(lambda: hand_over(shut, HANDED, world())).code == "ILLEGAL_MOVE"
