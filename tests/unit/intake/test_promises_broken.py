"""A promise is kept or broken by the hour of delivery, and what is broken stays so (I6, I9)."""

from datetime import timedelta

import pytest

from services.contracts.commitment import CommitmentState
from services.contracts.decision import TimerFired
from services.contracts.routing import ResultKind
from services.intake.domain.announcing import notice_moved
from services.intake.domain.case_parts import Attention
from services.intake.domain.due import fell_due, timers
from services.intake.domain.request import Request
from tests.unit.intake.cases import RULES, answered, case_of, move_of, notice, person, state_of, submit, world
from tests.unit.intake.promised import the_promise

A_LAG = timedelta(minutes=10)
"""How long the word of a delivery takes on a bad day."""


def a_registered_case() -> Request:
    """A kiosk case of Monday 1405/09/02 10:00, three working days."""
    return state_of(submit())


def due(request: Request) -> TimerFired:
    ((name, moment),) = timers(request).items()
    return TimerFired(name=name, due=moment)


def test_a_promise_is_broken_the_second_after_its_hour_and_the_desk_sees_it() -> None:
    request = a_registered_case()
    promised = the_promise(request).promised_at
    assert due(request).due == promised + timedelta(seconds=1)
    assert fell_due(request, due(request), world(promised)).state is request, "in time to the second"
    broken = fell_due(request, due(request), world(promised + timedelta(seconds=1)))
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


def test_where_no_message_is_on_its_way_the_promise_waits_for_no_news() -> None:
    """Nobody has decided yet; who left no mobile is told at the desk; a result that comes too late is late."""
    request = a_registered_case()
    promised = the_promise(request).promised_at
    silent = state_of(answered(state_of(submit(applicant=person(mobile=None))), promised - timedelta(hours=1)))
    late = state_of(answered(request, promised + timedelta(seconds=1)))
    for case in (request, silent, late):
        assert timers(case)[f"promise:{the_promise(case).id}"] == promised + timedelta(seconds=1)


@pytest.mark.parametrize("kind", list(ResultKind))
def test_a_result_alone_keeps_no_promise(kind: ResultKind) -> None:
    ready = state_of(answered(a_registered_case(), kind=kind, ground="مادهٔ ۵"))
    assert the_promise(ready).state is CommitmentState.OPEN
