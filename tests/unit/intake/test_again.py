"""Objection and reopening: another round, with a promise of its own (domain 3; I5, I6, I8, I9, 12.18)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from services.contracts.decision import Decision, Refused, TimerFired
from services.contracts.intake import Commitment
from services.contracts.intake_commands import (
    DecideOnSpot,
    FileObjection,
    HandOver,
    Reopen,
    Withdraw,
)
from services.contracts.routing import CaseResult, ResultKind
from services.intake.domain import deciding
from services.intake.domain.again import objectable_until, objected, objection_until, reopened
from services.intake.domain.announcing import told_at_desk
from services.intake.domain.answering import work_moved
from services.intake.domain.case import Case
from services.intake.domain.closing import hand_over
from services.intake.domain.due import fell_due, timers
from services.intake.domain.noticed import notice_moved
from services.intake.domain.outcomes import all_told
from services.intake.domain.receipts import edition, fingerprint, promises, recognised
from services.intake.domain.request import Request
from services.intake.domain.withdrawing import withdraw
from services.intake.tracking_view import track_view
from services.intake.views import request_view
from services.worktime import jalali_text
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_OFFICER,
    TAX_DESK,
    TAX_OFFICER,
    announcement,
    answered,
    at,
    case_of,
    file_at_desk,
    move_of,
    notice,
    outcome_of,
    person,
    state_of,
    submit,
    with_authority,
    work,
    world,
)
from tests.unit.intake.edge import Intake

REFUSED, PARTIAL, GRANTED = ResultKind.REFUSED, ResultKind.PARTIAL, ResultKind.GRANTED
WHY = "نقشه با طرح تفصیلی می‌خواند؛ خواهش می‌کنم آقای احمدی دوباره ببیند."
DAY = timedelta(days=1)
HEAD, OTHER = PERMITS_OFFICER, "wa-municipality-urmia-desk-02"
HANDED = HandOver(collected_by="APPLICANT", identity_seen=True, officer_id=PERMITS_OFFICER)
DAYS = 20
"""To object, by the sheet of building permits."""


def the_case(request: Request) -> Case:
    assert request.case is not None
    return request.case


def a_permit(kind: ResultKind = REFUSED, now: datetime = MORNING, **changes: Any) -> Request:
    """Decided and told at the desk on Monday 1405/09/02 10:00."""
    filed = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, **changes))
    ready = state_of(answered(filed, now, kind, "ضوابط شهرسازی، بند ۳"))
    return state_of(told_at_desk(ready, announcement(PERMITS_OFFICER), world(now)))


def objects(request: Request, now: Any = MORNING, **fields: Any) -> Decision[Request]:
    body = {"reason": WHY, "identitySeen": True, "officerId": PERMITS_OFFICER} | fields
    return objected(request, FileObjection.model_validate(body), world(now))


def reopens(request: Request, now: Any = MORNING, **fields: Any) -> Decision[Request]:
    body = {"reason": "OUR_ERROR", "officerId": OTHER, "secondOfficerId": HEAD} | fields
    return reopened(request, Reopen.model_validate(body), world(now))


def of_round(request: Request, number: int, *moves: str, **more: Any) -> Any:
    return work(request, *moves, **more).model_copy(update={"round": number})


def decided_again(request: Request, kind: ResultKind, now: datetime, round: int = 2) -> Decision[Request]:
    decision = answered(request, now, kind, "ضوابط شهرسازی، بند ۴")
    assert decision.state is request, "the word of an earlier round counts no more"
    result = a_second_result(kind, now)
    return work_moved(request, of_round(request, round, "result.decided", result=result, now=now), world(now))


def a_second_result(kind: ResultKind, now: datetime) -> CaseResult:
    return CaseResult(kind=kind, ground="بند ۴", decided_by="wa-officer-2", decided_at=now)


def refusal(call: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value


# --- objecting -------------------------------------------------------------------------------------------------------


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
    assert list(timers(state_of(decision))) == [f"promise:{second.id}"]


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


def test_an_output_that_waits_for_its_person_may_be_objected_to_and_waits_no_longer() -> None:
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
    assert timers(state_of(decision)) == timers(request)
    assert refusal(lambda: hand_over(decision.state, HANDED, world(MORNING + 2 * DAY))).code == "ILLEGAL_MOVE"


def test_two_outputs_are_handed_over_each_for_itself() -> None:
    ready = state_of(decided_again(state_of(objects(a_permit(PARTIAL))), GRANTED, MORNING + DAY))
    waiting = state_of(told_at_desk(ready, announcement(PERMITS_OFFICER), world(MORNING + DAY)))
    closed = hand_over(waiting, HANDED, world(MORNING + DAY))
    assert move_of(closed).moves == ("request.delivered", "request.closed")
    assert case_of(closed).earlier[0].handover is None
    both = case_of(hand_over(closed.state, HANDED, world(MORNING + DAY)))
    assert both.earlier[0].handover is not None


def test_nothing_is_handed_over_of_an_earlier_round_that_had_nothing_to_collect_or_was_given_up() -> None:
    request = state_of(objects(a_permit(REFUSED)))
    assert refusal(lambda: hand_over(request, HANDED, world())).code == "ILLEGAL_MOVE"
    (over,) = the_case(state_of(objects(a_permit(PARTIAL)))).earlier
    assert over.collection is not None
    given_up = over.model_copy(update={"collection": over.collection.model_copy(update={"uncollected_at": MORNING})})
    case = the_case(request).model_copy(update={"earlier": (given_up,)})
    shut = request.model_copy(update={"case": case})
    assert refusal(lambda: hand_over(shut, HANDED, world())).code == "ILLEGAL_MOVE"


# --- the second round ------------------------------------------------------------------------------------------------


def test_the_unit_starts_again_and_the_case_is_in_progress_again() -> None:
    request = state_of(objects(a_permit()))
    assert work_moved(request, work(request, "task.started"), world()).state is request, "of the first round"
    decision = work_moved(request, of_round(request, 2, "task.started"), world())
    assert (case_of(decision).state, move_of(decision).moves) == ("IN_PROGRESS", ("request.started",))


def test_what_is_granted_after_a_refusal_is_collected_after_all() -> None:
    request = state_of(objects(a_permit()))
    ready = decided_again(request, GRANTED, MORNING + DAY)
    assert move_of(ready).moves == ("request.started", "request.result-ready")
    assert move_of(ready).collectable
    told = told_at_desk(state_of(ready), announcement(PERMITS_OFFICER), world(MORNING + DAY))
    assert case_of(told).state == "COLLECTION_DUE"
    assert [c.state for c in case_of(told).commitments] == ["KEPT", "KEPT"]


def test_I9_the_second_result_is_announced_by_its_own_message_and_not_by_the_first_ones() -> None:
    request = state_of(objects(a_permit()))
    ready = state_of(decided_again(request, REFUSED, MORNING + DAY))
    late = notice(ready, "message.delivered", MORNING + DAY)
    for word in (late, notice(ready, "message.failed", MORNING + DAY)):
        unmoved = notice_moved(ready, word, world(MORNING + DAY))
        assert (unmoved.state, unmoved.events) == (ready, ()), "the receipt of the first message came late"
    confirmed = notice_moved(ready, late.model_copy(update={"round": 2}), world(MORNING + DAY))
    assert move_of(confirmed).moves == ("request.announced", "commitment.kept", "request.closed")


def test_I5_the_second_refusal_too_has_a_ground_and_names_the_way_to_object() -> None:
    request = state_of(objects(a_permit()))
    assert move_of(objects(a_permit())).objection is None, "while it is decided anew there is nothing to object to"
    event = move_of(decided_again(request, REFUSED, MORNING + DAY))
    assert event.result is not None
    assert (event.result.ground, bool(event.objection)) == ("بند ۴", True)


def test_I6_a_promise_that_was_broken_stays_broken_and_the_new_one_is_another() -> None:
    filed = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    late = the_case(filed).commitments[0].promised_at + DAY
    ready = state_of(answered(filed, late, REFUSED, "بند ۳"))
    told = state_of(told_at_desk(ready, announcement(PERMITS_OFFICER), world(late)))
    first = the_case(told).commitments[0]
    assert (first.state, first.fulfilled_late_at) == ("BROKEN", late)
    again = state_of(objects(told, late))
    decided = state_of(decided_again(again, GRANTED, late + DAY))
    end = case_of(told_at_desk(decided, announcement(PERMITS_OFFICER), world(late + DAY)))
    assert end.commitments[0] == first
    assert end.commitments[1].state == "KEPT"


def test_I6_the_promise_of_the_objection_breaks_like_any_other() -> None:
    request = state_of(objects(a_permit()))
    ((name, due),) = timers(request).items()
    decision = fell_due(request, TimerFired(name=name, due=due), world(due))
    assert move_of(decision).moves == ("commitment.broken",)
    assert states(case_of(decision).commitments) == ["KEPT", "BROKEN"]


def test_an_objection_is_taken_back_like_any_request() -> None:
    body = {"reason": "NOT_SAID", "identitySeen": True, "officerId": PERMITS_OFFICER}
    decision = withdraw(state_of(objects(a_permit())), Withdraw.model_validate(body), world())
    assert states(case_of(decision).commitments) == ["KEPT", "RELEASED"]
    assert refusal(lambda: objects(state_of(decision))).code == "ILLEGAL_MOVE"


def test_what_was_refused_and_then_granted_is_not_objected_to() -> None:
    request = state_of(decided_again(state_of(objects(a_permit())), GRANTED, MORNING))
    told = state_of(told_at_desk(request, announcement(PERMITS_OFFICER), world()))
    assert refusal(lambda: objects(told)).code == "NOT_OBJECTABLE"


def test_a_desk_does_not_decide_on_the_spot_what_was_objected_to() -> None:
    command = DecideOnSpot.model_validate({"result": "GRANTED", "officerId": PERMITS_OFFICER})
    request = state_of(objects(a_permit()))
    assert refusal(lambda: deciding.on_spot(request, command, world())).code == "ILLEGAL_MOVE"


def test_the_office_that_opened_the_case_hears_of_each_round() -> None:
    ready = state_of(answered(state_of(submit()), kind=REFUSED, ground="بند ۳"))
    told = state_of(told_at_desk(ready, announcement(SOCIAL_OFFICER), world()))
    decision = objects(told, officerId=SOCIAL_OFFICER)
    assert (outcome_of(decision).status, outcome_of(decision).state) == ("PROGRESS", "OBJECTED")
    first, second = case_of(decision).commitments
    assert outcome_of(decision).promised_at == second.promised_at
    again = state_of(decided_again(state_of(decision), GRANTED, MORNING + DAY))
    end = state_of(told_at_desk(again, announcement(SOCIAL_OFFICER), world(MORNING + DAY)))
    told_all = all_told(end)
    assert [outcome.state for outcome in told_all] == [
        "PROMISED",
        "RESULT_READY",
        "CLOSED",
        "OBJECTED",
        "RESULT_READY",
        "CLOSED",
    ]
    assert told_all[0].promised_at == first.promised_at, "what it was accepted for stays what it was told"


def test_the_receipt_is_issued_anew_with_the_promise_that_holds_now() -> None:
    request = a_permit()
    again = objects(request, MORNING + DAY)
    assert (edition(the_case(request)), edition(case_of(again))) == (1, 2)
    assert promises(case_of(again)) == [case_of(again).commitments[1]]
    assert recognised(case_of(again), fingerprint(the_case(request))) == 1


# --- reopening -------------------------------------------------------------------------------------------------------


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


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_the_desk_sees_all_results_and_until_when_an_objection_may_be_filed() -> None:
    request = a_permit()
    view = request_view(request, 1)
    assert (view["objectUntil"], view["objectUntilLocal"]) == ("2026-12-13T20:30:00Z", "1405/09/22")
    view = request_view(state_of(objects(request)), 1)
    assert (view["objectUntil"], view["result"], view["round"]) == (None, None, 2)
    (over,) = view["earlier"]
    assert (over["result"]["kind"], over["objection"]["reason"]) == ("REFUSED", WHY)


def tracked(case: Case, now: datetime) -> dict[str, Any]:
    return track_view(case, world().registry, None, objectable_until(case, now))


def test_whoever_was_refused_reads_how_long_they_may_object_and_nothing_personal() -> None:
    request = a_permit()
    shown = tracked(the_case(request), MORNING)
    assert shown["nextAction"] == "اگر اعتراض دارید، تا پایان ۱۴۰۵/۰۹/۲۲ در میز خدمت ثبت کنید"
    over = tracked(the_case(request), at("1405/09/23 00:00"))
    assert over["nextAction"] == "کاری نمانده است"
    again = tracked(case_of(objects(request)), MORNING)
    assert (again["stage"], again["stagesAhead"]) == ("اعتراض شما ثبت شد", list(the_case(request).stages[1:]))
    assert "احمدی" not in str(again)


async def test_objected_and_reopened_over_http_once_under_one_key(intake: Intake) -> None:
    id = (await intake.file(applicant=person(mobile=None))).json()["requestId"]
    await intake.unit_answers(id)
    told = {"toldTo": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    await intake.post(f"/v1/requests/{id}/announce", told)
    body = {"reason": WHY, "identitySeen": True, "officerId": PERMITS_OFFICER}
    granted = await intake.post(f"/v1/requests/{id}/object", body)
    assert (granted.status_code, granted.json()["code"]) == (409, "NOT_OBJECTABLE")
    handed = {"collectedBy": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    await intake.post(f"/v1/requests/{id}/handover", handed)
    reopen = {"reason": "COURT_ORDER", "officerId": OTHER, "secondOfficerId": HEAD}
    done = await intake.post(f"/v1/requests/{id}/reopen", reopen, key="again")
    assert (done.status_code, done.json()["state"], done.json()["round"]) == (200, "REOPENED", 2)
    assert done.json()["earlier"][0]["handover"]["collectedBy"] == "APPLICANT"
    assert done.json()["handover"] is None
    repeated = await intake.post(f"/v1/requests/{id}/reopen", reopen, key="again")
    assert (repeated.status_code, repeated.json()["version"]) == (200, done.json()["version"])
    stale = await intake.post(f"/v1/requests/{id}/reopen", reopen, **{"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    unknown = await intake.post(f"/v1/requests/{id}/object", body | {"because": "x"})
    assert unknown.status_code == 422


def states(commitments: tuple[Commitment, ...]) -> list[str]:
    return [commitment.state for commitment in commitments]
