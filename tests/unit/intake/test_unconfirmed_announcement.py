"""An announcement that nobody confirms becomes work for the desk, before the citizen waits in vain (I9, domain 8)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision, TimerFired
from services.contracts.entry import Entry
from services.contracts.routing import ResultKind
from services.contracts.working_calendar import WorkingCalendar
from services.intake.domain.announcing import CONFIRMATION, TELLING, confirm_by, notice_moved, told_at_desk
from services.intake.domain.case_parts import Attention
from services.intake.domain.due import fell_due, timers
from services.intake.domain.request import Request
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    SOCIAL_DESK,
    announcement,
    answered,
    at,
    case_of,
    notice,
    person,
    state_of,
    submit,
    world,
)


def a_case(**changes: Any) -> Request:
    """A kiosk case of Monday 1405/09/02 10:00, promised in three working days."""
    return state_of(submit(**changes))


def promised(request: Request) -> datetime:
    assert request.case is not None
    return request.case.commitments[0].promised_at


def confirmed_by(request: Request) -> datetime | None:
    return timers(request).get(CONFIRMATION)


def time_is_up(request: Request, now: datetime | str) -> Decision[Request]:
    moment = at(now) if isinstance(now, str) else now
    return fell_due(request, TimerFired(name=CONFIRMATION, due=moment), world(moment))


def attention(request: Request) -> tuple[Attention, ...]:
    assert request.case is not None
    return request.case.attention


def test_a_message_has_one_working_hour_to_be_confirmed() -> None:
    ready = state_of(answered(a_case(), "1405/09/02 10:00"))
    assert confirmed_by(ready) == at("1405/09/02 11:00")
    early = time_is_up(ready, "1405/09/02 10:59")
    assert (early.state, early.events) == (ready, ())
    late = time_is_up(ready, "1405/09/02 11:00")
    assert case_of(late).state == "RESULT_READY"
    assert attention(state_of(late)) == (Attention.TELL_CITIZEN,)
    assert late.events == (), "the desk sees it; there is nobody to tell"
    assert confirmed_by(state_of(late)) is None
    again = time_is_up(state_of(late), "1405/09/02 12:00")
    assert again.state == late.state


def test_the_hour_is_the_desks_not_the_clocks() -> None:
    """A result of the evening is no work of the night."""
    due = confirmed_by(state_of(answered(a_case(), "1405/09/02 22:00")))
    assert due is not None
    assert at("1405/09/03 07:00") < due < at("1405/09/03 10:00")


@pytest.mark.parametrize(("hours_before", "minutes_given"), [(3.5, 30), (3, 0), (2, 0), (0, 0)])
def test_three_hours_before_the_promise_the_desk_knows_at_once_at_the_latest(
    hours_before: float, minutes_given: int
) -> None:
    request = a_case()
    now = promised(request) - timedelta(hours=hours_before)
    ready = state_of(answered(request, now))
    if minutes_given:
        assert confirmed_by(ready) == now + timedelta(minutes=minutes_given)
        assert attention(ready) == ()
    else:
        assert confirmed_by(ready) is None
        assert attention(ready) == (Attention.TELL_CITIZEN,)


def test_a_promise_that_is_broken_already_hurries_nobody() -> None:
    request = a_case()
    late = promised(request) + timedelta(minutes=1)
    for ready in (state_of(answered(request, late)), state_of(answered(broken(request, late), late))):
        due = confirmed_by(ready)
        assert due is not None
        assert due >= late + timedelta(hours=1)


def broken(request: Request, now: datetime) -> Request:
    ((name, due),) = timers(request).items()
    return state_of(fell_due(request, TimerFired(name=name, due=due), world(now)))


def test_what_was_announced_waits_for_no_confirmation() -> None:
    ready = state_of(answered(a_case(), "1405/09/02 10:00"))
    announced = state_of(notice_moved(ready, notice(ready, "message.delivered"), world()))
    assert confirmed_by(announced) is None
    assert time_is_up(announced, "1405/09/02 11:00").state is announced


@pytest.mark.parametrize("told", ["by the message, late", "at the desk"])
def test_the_desk_need_not_tell_what_has_been_told(told: str) -> None:
    ready = state_of(answered(a_case(), "1405/09/02 10:00"))
    waiting = state_of(time_is_up(ready, "1405/09/02 11:00"))
    if told == "at the desk":
        done = told_at_desk(waiting, announcement(), world("1405/09/02 11:30"))
    else:
        done = notice_moved(waiting, notice(waiting, "message.delivered"), world("1405/09/02 11:30"))
    assert (case_of(done).state, case_of(done).attention) == ("CLOSED", ())


def test_whoever_gets_no_message_is_the_desks_from_the_first_moment() -> None:
    ready = state_of(answered(a_case(applicant=person(mobile=None)), "1405/09/02 10:00"))
    assert attention(ready) == (Attention.TELL_CITIZEN,)
    assert confirmed_by(ready) is None


def test_a_message_that_failed_within_the_hour_is_work_once() -> None:
    ready = state_of(answered(a_case(), "1405/09/02 10:00"))
    failed = state_of(notice_moved(ready, notice(ready, "message.failed"), world("1405/09/02 10:05")))
    assert confirmed_by(failed) is None
    assert attention(state_of(time_is_up(failed, "1405/09/02 11:00"))) == (Attention.TELL_CITIZEN,)


def test_a_result_heard_twice_gives_no_second_hour() -> None:
    ready = state_of(answered(a_case(), "1405/09/02 10:00"))
    assert state_of(answered(ready, "1405/09/02 10:30")) is ready


def test_before_its_result_a_case_waits_for_no_confirmation() -> None:
    decision = answered(a_case(), "1405/09/02 10:00", kind=ResultKind.NO_COMPETENCE)
    assert confirmed_by(state_of(decision)) is None


def test_without_a_calendar_an_hour_is_an_hour() -> None:
    """The registry is somebody else's: what it lacks must not keep a result from being told."""
    for change in (without_desk(), without_calendar(), with_calendar_of_the_future()):
        request = a_case()
        ready = state_of(answered(request, "1405/09/02 22:00", registry=(change,)))
        assert confirmed_by(ready) == at("1405/09/02 23:00")


def test_the_rule_says_how_many_hours_with_a_calendar_and_without() -> None:
    for change in ((), (without_desk(),)):
        now = world("1405/09/02 10:00", *change)
        rules = replace(now.rules, confirmed_within_hours=2)
        assert confirm_by(case_of(submit()), replace(now, rules=rules)) == at("1405/09/02 12:00")


def without_desk() -> Entry:
    unknown = sample_snapshot().desk(SOCIAL_DESK)
    assert unknown is not None
    return unknown.model_copy(update={"calendar_id": "nowhere"})


def without_calendar() -> Entry:
    """Its days contradict themselves."""
    entry = the_calendar()
    week = entry.weeks[0].model_copy(update={"days": {"monday": (("14:00", "08:00"),)}})
    return entry.model_copy(update={"weeks": (week,)})


def with_calendar_of_the_future() -> Entry:
    entry = the_calendar()
    week = entry.weeks[0].model_copy(update={"valid_from": at("1410/01/01 10:00").date()})
    return entry.model_copy(update={"weeks": (week,), "exceptions": ()})


def the_calendar() -> WorkingCalendar:
    desk = sample_snapshot().desk(SOCIAL_DESK)
    assert desk is not None
    entry = sample_snapshot().calendar(desk.calendar_id)
    assert entry is not None
    return entry


def test_a_state_stored_before_this_rule_still_reads_and_waits_as_it_did() -> None:
    ready = state_of(answered(a_case(), "1405/09/02 10:00")).to_wire()
    del ready["case"]["confirmBy"]
    assert timers(Request.model_validate(ready)).keys() == timers(a_case()).keys()


# --- the desk's own deadline -----------------------------------------------------------------------------------------


def told_by(request: Request) -> datetime | None:
    return timers(request).get(TELLING)


def nobody_told(request: Request, now: datetime | str) -> Decision[Request]:
    moment = at(now) if isinstance(now, str) else now
    return fell_due(request, TimerFired(name=TELLING, due=moment), world(moment))


def test_the_desk_has_one_working_day_to_tell_what_no_message_could() -> None:
    """From Wednesday to Saturday, at the same share of its day: Thursday and Friday are nobody's (domain 6)."""
    late = state_of(answered(a_case(applicant=person(mobile=None)), "1405/09/11 11:00"))
    assert told_by(late) == at("1405/09/14 11:00") + timedelta(seconds=1)


def test_the_desk_never_has_longer_than_the_promise_leaves() -> None:
    request = a_case(applicant=person(mobile=None))
    now = promised(request) - timedelta(hours=2)
    assert told_by(state_of(answered(request, now))) == promised(request) + timedelta(seconds=1)


def test_a_result_that_the_desk_does_not_tell_in_time_is_seen_by_its_head_once() -> None:
    ready = state_of(answered(a_case(applicant=person(mobile=None)), "1405/09/02 10:00"))
    due = told_by(ready)
    assert due is not None
    assert case_of(nobody_told(ready, due - timedelta(seconds=1))).attention == (Attention.TELL_CITIZEN,)
    late = nobody_told(ready, due)
    assert case_of(late).attention == (Attention.TELL_CITIZEN, Attention.TELL_OVERDUE)
    assert (case_of(late).state, late.events) == ("RESULT_READY", ())
    assert told_by(state_of(late)) is None
    told = told_at_desk(state_of(late), announcement(), world(due))
    assert (case_of(told).state, case_of(told).attention) == ("CLOSED", ())
    assert nobody_told(state_of(told), due).state == told.state


def test_hearing_twice_that_a_message_failed_gives_the_desk_no_second_day() -> None:
    ready = state_of(answered(a_case(), "1405/09/02 10:00"))
    failed = state_of(notice_moved(ready, notice(ready, "message.unknown"), world("1405/09/02 10:05")))
    again = notice_moved(failed, notice(failed, "message.failed"), world("1405/09/02 15:00"))
    assert told_by(failed) is not None
    assert told_by(state_of(again)) == told_by(failed)
