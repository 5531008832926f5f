"""An objection to a refusal: who may object to what, until when, and what it begins (domain 3, I8)."""

from functools import partial
from typing import Any

import pytest

from services.contracts.decision import TimerFired
from services.contracts.entry import Entry, Status
from services.contracts.intake_commands import FileObjection, PromiseVisit
from services.contracts.routing import ResultKind
from services.contracts.wire import instant_text
from services.contracts.working_calendar import WorkingCalendar
from services.intake.domain.again import objected
from services.intake.domain.announcing import told_at_desk
from services.intake.domain.case_parts import Attention
from services.intake.domain.due import timers
from services.intake.domain.expecting import next_visit
from services.intake.domain.granted_before import GRANTED_BEFORE
from services.intake.domain.objection_window import OBJECTION, objection_until
from services.intake.domain.reconsidering import RegistryMoved, looked_at
from services.intake.domain.request import Request
from services.intake.tracking_view import track_view
from services.intake.views import request_view
from services.worktime import jalali_text, parse_jalali
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
    happens,
    move_of,
    out_of_service,
    province,
    shut_on,
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
    assert OBJECTION in timers(request)


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
    assert objection_until(case, province(), MORNING) == at("1405/09/03 00:00") + case.objection_days * DAY
    decision = objects(request, officerId=TAX_OFFICER)
    assert [c.id for c in case_of(decision).commitments] == [f"{request.id}.1"]


def test_the_days_are_whole_and_the_last_one_ends_at_midnight_in_tehran() -> None:
    request = a_permit()
    assert the_case(request).objection_days == DAYS
    assert objection_until(the_case(request), province(), MORNING) == at("1405/09/23 00:00")
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


def objects_at(request: Request, moment: str, *registry: Entry) -> str:
    command = FileObjection.model_validate({"reason": WHY, "identitySeen": True, "officerId": PERMITS_OFFICER})
    return case_of(objected(request, command, world(moment, *registry))).state


def looked_at_last(request: Request, *registry: Entry) -> Request:
    """What happens when a last day is over."""
    due = timers(request)[OBJECTION]
    return state_of(happens(request, TimerFired(name=OBJECTION, due=due), world(due, *registry)))


def told_until(request: Request, moment: str, *registry: Entry) -> tuple[str, str]:
    """The last day as the citizen tracks it, and as the desk sees it."""
    now = at(moment)
    tracked = track_view(the_case(request), province(*registry), now, None)
    assert tracked["objectUntil"] == request_view(request, 1, province(*registry), now)["objectUntil"]
    return tracked["nextAction"], request_view(request, 1, province(*registry), now)["objectUntilLocal"]


def test_whose_last_day_to_object_is_one_on_which_the_desk_is_shut_may_come_when_it_opens() -> None:
    """The message tells them to object at the desk until the end of that day: nobody loses what they could not come
    for. The last of the twenty days is closed, and so is the day before."""
    request, shut = a_permit(), shut_on(PERMITS_DESK, "1405/09/21", "1405/09/22")
    action, day = told_until(request, "1405/09/20 10:00", shut)
    assert (day, "۱۴۰۵/۰۹/۲۳" in action) == ("1405/09/23", True)
    for known in (request, looked_at_last(request, shut)):
        assert objects_at(known, "1405/09/23 23:59", shut) == "OBJECTED"
        late = refusal(partial(objects_at, known, "1405/09/24 00:00", shut))
        assert (late.code, late.facts) == ("OBJECTION_TOO_LATE", {"until": instant_text(at("1405/09/24 00:00"))})


def test_whose_desk_was_out_of_service_until_after_the_last_day_may_object_when_it_is_back() -> None:
    request = a_permit()
    gone = out_of_service(PERMITS_DESK, "1405/09/03", "1405/09/25")
    assert objects_at(request, "1405/09/25 08:00", gone) == "OBJECTED"
    assert objects_at(looked_at_last(request, gone), "1405/09/25 08:00") == "OBJECTED", "nowhere on record any more"


def test_while_nobody_knows_when_the_desk_will_be_back_the_right_to_object_does_not_end() -> None:
    """It is looked at every day. The day on which it was found back is not the last: nobody knew of it."""
    request, gone = a_permit(), out_of_service(PERMITS_DESK, "1405/09/20")
    assert told_until(request, "1405/09/21 10:00", gone)[1] == "1405/09/22"
    for day in ("1405/09/23", "1405/09/24", "1405/09/25"):
        request = looked_at_last(request, gone)
        assert told_until(request, f"{day} 10:00", gone)[1] == day
    request = looked_at_last(request)
    assert told_until(request, "1405/09/26 10:00")[1] == "1405/09/26"
    request = looked_at_last(request)
    assert OBJECTION not in timers(request)
    assert objects_at(request, "1405/09/26 23:59") == "OBJECTED"
    assert refusal(partial(objects_at, request, "1405/09/27 08:00")).code == "OBJECTION_TOO_LATE"


def test_a_window_that_has_ended_stays_so_whatever_becomes_of_the_desk_later() -> None:
    request = looked_at_last(a_permit())
    assert OBJECTION not in timers(request)
    gone = out_of_service(PERMITS_DESK, "1405/09/22")
    assert refusal(partial(objects_at, request, "1405/09/25 08:00", gone)).code == "OBJECTION_TOO_LATE"


def test_a_day_that_may_be_closed_moves_no_last_day() -> None:
    """Domain 6: nothing happens for a PROVISIONAL day; confirmed, it counts."""
    shut = shut_on(PERMITS_DESK, "1405/09/22")
    assert isinstance(shut, WorkingCalendar)
    some = tuple(
        day.model_copy(update={"status": "PROVISIONAL"}) if day.date == parse_jalali("1405/09/22") else day
        for day in shut.exceptions
    )
    perhaps = shut.model_copy(update={"exceptions": some})
    assert told_until(a_permit(), "1405/09/20 10:00", perhaps)[1] == "1405/09/22"


def test_a_window_that_was_over_before_anybody_looked_at_it_opens_no_more_while_the_desk_is_away() -> None:
    """As refusals of earlier versions are stored."""
    gone = out_of_service(PERMITS_DESK, "1406/02/01")
    suspended = gone.model_copy(update={"status": Status.SUSPENDED, "planned": ()})
    for away in (gone, suspended):
        assert refusal(partial(objects_at, a_permit(), "1406/02/10 10:00", away)).code == "OBJECTION_TOO_LATE"


def test_a_desk_that_is_retired_keeps_no_window_open() -> None:
    desk = sample_snapshot().desk(PERMITS_DESK)
    assert desk is not None
    request = looked_at_last(a_permit(), desk.model_copy(update={"status": Status.RETIRED}))
    assert OBJECTION not in timers(request)
