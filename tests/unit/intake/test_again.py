"""Objection and reopening: another round, with a promise of its own (domain 3; I5, I6, I8, I9, 12.18)."""

from datetime import datetime
from typing import Any

from services.contracts.commitment import Commitment
from services.contracts.decision import TimerFired
from services.contracts.intake_commands import (
    DecideOnSpot,
    Withdraw,
)
from services.intake.domain import deciding
from services.intake.domain.announcing import told_at_desk
from services.intake.domain.answering import work_moved
from services.intake.domain.case import Case
from services.intake.domain.due import fell_due, timers
from services.intake.domain.noticed import notice_moved
from services.intake.domain.outcomes import all_told
from services.intake.domain.receipts import edition, fingerprint, promises, recognised
from services.intake.domain.withdrawing import withdraw
from services.intake.tracking_view import track_view
from services.intake.views import request_view
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_OFFICER,
    announcement,
    answered,
    at,
    case_of,
    file_at_desk,
    move_of,
    notice,
    outcome_of,
    person,
    province,
    state_of,
    submit,
    the_case,
    work,
    world,
)
from tests.unit.intake.edge import Intake
from tests.unit.intake.rounds import (
    DAY,
    GRANTED,
    HEAD,
    OTHER,
    REFUSED,
    WHY,
    a_permit,
    decided_again,
    objects,
    of_round,
    refusal,
)

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
    assert (event.result.laws, event.result.ground, bool(event.objection)) == ((1,), None, True)


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


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_the_desk_sees_all_results_and_until_when_an_objection_may_be_filed() -> None:
    request = a_permit()
    view = request_view(request, 1, province(), MORNING)
    assert (view["objectUntil"], view["objectUntilLocal"]) == ("2026-12-13T20:30:00Z", "1405/09/22")
    view = request_view(state_of(objects(request)), 1, province(), MORNING)
    assert (view["objectUntil"], view["result"], view["round"]) == (None, None, 2)
    (over,) = view["earlier"]
    assert (over["result"]["kind"], over["objection"]["officerId"]) == ("REFUSED", PERMITS_OFFICER)
    assert WHY not in repr(view), "their words are read apart, on record"


def tracked(case: Case, now: datetime) -> dict[str, Any]:
    return track_view(case, world().registry, now, None)


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
