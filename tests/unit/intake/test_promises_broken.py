"""A promise is kept or broken by the hour of delivery, and what is broken stays so (I6, I9)."""

from datetime import timedelta

import pytest

from services.contracts.commitment import CommitmentState
from services.contracts.decision import Decision, TimerFired
from services.contracts.intake_commands import FileObjection, PromiseVisit, Withdraw
from services.contracts.routing import ResultKind
from services.intake.domain.again import objected
from services.intake.domain.announcing import notice_moved, told_at_desk
from services.intake.domain.case_parts import Attention
from services.intake.domain.due import fell_due, timers
from services.intake.domain.expecting import next_visit
from services.intake.domain.objection_window import OBJECTION
from services.intake.domain.promising import HEARD_WITHIN
from services.intake.domain.request import Request
from services.intake.domain.withdrawing import withdraw
from tests.unit.intake.cases import (
    PERMITS_DESK,
    PERMITS_OFFICER,
    RULES,
    SOCIAL_OFFICER,
    TAX_DESK,
    TAX_OFFICER,
    announcement,
    answered,
    case_of,
    file_at_desk,
    move_of,
    notice,
    person,
    state_of,
    submit,
    the_case,
    world,
)
from tests.unit.intake.promised import the_promise
from tests.unit.intake.waiting import gone, moved

A_LAG = timedelta(minutes=10)
"""How long the word of a delivery takes on a bad day."""


def a_registered_case() -> Request:
    """A kiosk case of Monday 1405/09/02 10:00, three working days."""
    return state_of(submit())


def due(request: Request) -> TimerFired:
    """The soonest timer."""
    name, moment = min(timers(request).items(), key=lambda timer: timer[1])
    return TimerFired(name=name, due=moment)


def test_a_promise_is_broken_when_no_word_may_come_any_more_of_what_was_in_time_and_the_desk_sees_it() -> None:
    request = a_registered_case()
    heard = the_promise(request).promised_at + HEARD_WITHIN
    assert due(request).due == heard + timedelta(seconds=1)
    assert fell_due(request, due(request), world(heard)).state is request, "to the second"
    broken = fell_due(request, due(request), world(heard + timedelta(seconds=1)))
    assert the_promise(state_of(broken)).state is CommitmentState.BROKEN
    assert move_of(broken).moves == ("commitment.broken",)
    assert case_of(broken).attention == (Attention.PROMISE_BROKEN,)
    assert timers(state_of(broken)) == {}


def test_a_promise_broken_on_saturday_is_not_mended_by_a_late_result() -> None:
    request = a_registered_case()
    late_by_a_day = the_promise(request).promised_at + timedelta(days=1)
    broken = state_of(fell_due(request, due(request), world(late_by_a_day)))
    ready = state_of(answered(broken, late_by_a_day))
    told = notice_moved(ready, notice(ready, "message.delivered", late_by_a_day), world(late_by_a_day))
    promise = the_promise(state_of(told))
    assert promise.state is CommitmentState.BROKEN
    assert promise.fulfilled_late_at == late_by_a_day
    assert move_of(told).moves == ("request.announced", "commitment.kept-late", "request.closed")


def test_a_result_announced_too_late_breaks_the_promise_even_before_its_timer() -> None:
    request = a_registered_case()
    late = the_promise(request).promised_at + timedelta(minutes=1)
    ready = state_of(answered(request, late))
    told = notice_moved(ready, notice(ready, "message.delivered", late), world(late))
    verbs = ("request.announced", "commitment.broken", "commitment.kept-late", "request.closed")
    assert move_of(told).moves == verbs
    assert the_promise(state_of(told)).state is CommitmentState.BROKEN


def test_what_counts_is_the_hour_of_delivery_not_the_hour_we_hear_of_it() -> None:
    request = a_registered_case()
    promised = the_promise(request).promised_at
    ready = state_of(answered(request, promised - timedelta(hours=1)))
    heard = notice_moved(ready, notice(ready, "message.delivered", promised), world(promised + timedelta(hours=2)))
    assert the_promise(state_of(heard)).state is CommitmentState.KEPT


def test_I9_a_delivery_stamped_by_a_clock_that_is_fast_counts_from_when_it_was_heard_of() -> None:
    """It is heard of before the promised moment, so it was in time, whatever the other machine's clock says."""
    ready = state_of(answered(a_registered_case()))
    promised = the_promise(ready).promised_at
    heard = promised - timedelta(seconds=1)
    told = notice_moved(ready, notice(ready, "message.delivered", promised + timedelta(seconds=2)), world(heard))
    kept = the_promise(state_of(told))
    assert (kept.state, kept.ended_at) == (CommitmentState.KEPT, heard)


def test_a_result_delivered_in_time_keeps_its_promise_though_the_timer_is_quicker_than_the_news() -> None:
    """Kafka lags across the promised moment: whatever fell due meanwhile, the message had reached the citizen (I9)."""
    request = a_registered_case()
    promised = the_promise(request).promised_at
    ready = state_of(answered(request, promised - timedelta(hours=1)))
    named = TimerFired(name=f"promise:{the_promise(request).id}", due=promised + timedelta(seconds=1))
    waiting = state_of(fell_due(ready, named, world(promised + timedelta(seconds=1))))
    heard = notice_moved(
        waiting, notice(ready, "message.delivered", promised - timedelta(minutes=1)), world(promised + A_LAG)
    )
    assert the_promise(state_of(heard)).state is CommitmentState.KEPT
    assert move_of(heard).moves == ("request.announced", "commitment.kept", "request.closed")


def test_what_no_word_has_come_of_some_minutes_after_the_promise_is_broken() -> None:
    """Also where a confirmation may still come: who waited in vain is told so."""
    request = a_registered_case()
    promised = the_promise(request).promised_at
    ready = state_of(answered(request, promised - timedelta(hours=1)))
    name = f"promise:{the_promise(request).id}"
    when = timers(ready)[name]
    assert when == promised + RULES.delivery_heard_within + timedelta(seconds=1)
    broken = fell_due(ready, TimerFired(name=name, due=when), world(when))
    assert move_of(broken).moves == ("commitment.broken",)


def test_where_no_message_is_on_its_way_the_promise_waits_for_the_word_of_the_unit_alone() -> None:
    """Nobody has decided yet; who left no mobile is told at the desk; a result that comes too late is late."""
    request = a_registered_case()
    promised = the_promise(request).promised_at
    silent = state_of(answered(state_of(submit(applicant=person(mobile=None))), promised - timedelta(hours=1)))
    late = state_of(answered(request, promised + timedelta(seconds=1)))
    for case in (request, silent, late):
        assert timers(case)[f"promise:{the_promise(case).id}"] == promised + HEARD_WITHIN + timedelta(seconds=1)


A_MINUTE = timedelta(minutes=1)


def told_late() -> Request:
    """The desk tells a refusal five minutes after the promised moment; its message may have been delivered before."""
    request = a_registered_case()
    promised = the_promise(request).promised_at
    ready = state_of(answered(request, promised - timedelta(hours=1), ResultKind.REFUSED, "بند ۳"))
    return state_of(told_at_desk(ready, announcement(), world(promised + 5 * A_MINUTE)))


def is_settled(request: Request) -> Decision[Request]:
    """Nothing in time has been heard of."""
    return fell_due(request, due(request), world(due(request).due))


def test_what_the_desk_tells_some_minutes_late_may_have_been_told_in_time() -> None:
    request = told_late()
    case, promise = the_case(request), the_promise(request)
    assert (case.state, case.attention, case.next_due) == ("CLOSED", (), None), "nothing is left for the desk to do"
    assert promise.state is CommitmentState.OPEN
    assert due(request).due == promise.promised_at + RULES.delivery_heard_within + timedelta(seconds=1)
    delivered = promise.promised_at - A_MINUTE
    heard = notice_moved(request, notice(request, "message.delivered", delivered), world(promise.promised_at + A_LAG))
    kept = the_promise(state_of(heard))
    assert (kept.state, kept.ended_at) == (CommitmentState.KEPT, delivered)
    assert move_of(heard).moves == ("commitment.kept",)
    assert case_of(heard).announced == case.announced, "how it was told stays on record"
    assert {*timers(state_of(heard))} == {OBJECTION}, "that of the promise is gone"


def test_what_the_desk_tells_late_is_late_when_nothing_in_time_may_come_any_more() -> None:
    request = told_late()
    promised = the_promise(request).promised_at
    too_late = notice(request, "message.delivered", promised + A_MINUTE)
    for settled, told_at in (
        (is_settled(request), promised + 5 * A_MINUTE),
        (notice_moved(request, too_late, world(promised + A_LAG)), promised + A_MINUTE),
    ):
        promise = the_promise(state_of(settled))
        assert (promise.state, promise.fulfilled_late_at) == (CommitmentState.BROKEN, told_at)
        assert move_of(settled).moves == ("commitment.broken", "commitment.kept-late")
        assert (case_of(settled).attention, {*timers(state_of(settled))}) == ((), {OBJECTION})
        afterwards = notice(request, "message.delivered", promised - A_MINUTE)
        assert notice_moved(state_of(settled), afterwards, world(promised + 2 * A_LAG)).events == ()


def test_what_no_message_may_have_told_in_time_is_late_at_once() -> None:
    """After these minutes, and where nobody has a mobile."""
    request = a_registered_case()
    promised = the_promise(request).promised_at
    silent = state_of(answered(state_of(submit(applicant=person(mobile=None))), promised - timedelta(hours=1)))
    ready = state_of(answered(request, promised - timedelta(hours=1)))
    for waits, at in ((silent, promised + 5 * A_MINUTE), (ready, promised + RULES.delivery_heard_within + A_MINUTE)):
        told = told_at_desk(waits, announcement(), world(at))
        assert move_of(told).moves == (
            "request.announced",
            "commitment.broken",
            "commitment.kept-late",
            "request.closed",
        )


def test_who_objects_in_these_minutes_has_been_told_late() -> None:
    """What comes then of the message is about a round that is over."""
    request = told_late()
    promised = the_promise(request).promised_at
    objection = {"reason": "نه", "identitySeen": True, "officerId": SOCIAL_OFFICER}
    again = objected(request, FileObjection.model_validate(objection), world(promised + A_LAG))
    late, new = case_of(again).commitments
    assert (late.state, late.fulfilled_late_at, new.state) == ("BROKEN", promised + 5 * A_MINUTE, "OPEN")
    assert move_of(again).moves[:3] == ("commitment.broken", "commitment.kept-late", "request.objected")


def test_who_takes_it_back_in_these_minutes_has_been_told_late() -> None:
    request = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    promised = the_promise(request).promised_at
    ready = state_of(answered(request, promised - timedelta(hours=1)))
    waits = state_of(told_at_desk(ready, announcement(PERMITS_OFFICER), world(promised + A_MINUTE)))
    assert (the_case(waits).state, the_promise(waits).state) == ("COLLECTION_DUE", "OPEN")
    word = {"reason": "NOT_SAID", "identitySeen": True, "officerId": PERMITS_OFFICER}
    back = withdraw(waits, Withdraw.model_validate(word), world(promised + A_LAG))
    assert move_of(back).moves == ("request.withdrawn", "commitment.broken", "commitment.kept-late")
    assert the_promise(state_of(back)).fulfilled_late_at == promised + A_MINUTE


@pytest.mark.parametrize("kind", list(ResultKind))
def test_a_result_alone_keeps_no_promise(kind: ResultKind) -> None:
    ready = state_of(answered(a_registered_case(), kind=kind, ground="مادهٔ ۵"))
    assert the_promise(ready).state is CommitmentState.OPEN


def test_an_answer_and_a_visit_that_are_broken_by_one_event_are_told_once() -> None:
    """The message comes late, and the case ends with it while its visit of that morning is off."""
    request = state_of(file_at_desk("tax-clearance", TAX_DESK, TAX_OFFICER))
    due = the_promise(request).promised_at
    comes = {"kind": "NEXT_VISIT", "at": (due - timedelta(hours=1)).isoformat(), "officerId": TAX_OFFICER}
    request = state_of(next_visit(request, PromiseVisit.model_validate(comes), world()))
    request = moved(request, "1405/09/03 12:00", gone(TAX_DESK))
    late, request = due + timedelta(minutes=20), state_of(answered(request, due - timedelta(hours=4)))
    told = notice_moved(request, notice(request, "message.delivered", late), world(late, gone(TAX_DESK)))
    assert [one.state for one in case_of(told).commitments] == ["BROKEN", "BROKEN"]
    moves = ("request.announced", "commitment.broken", "commitment.kept-late", "request.closed")
    assert move_of(told).moves == moves
