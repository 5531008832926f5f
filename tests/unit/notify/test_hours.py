"""Nobody gets an ordinary SMS before 07:00 or after 21:00 of Tehran, whatever the server's zone (domain 8, 12.10)."""

from datetime import timedelta

import pytest

from services.contracts.intake import RequestState
from services.contracts.routing import ResultKind
from services.notify.domain.hours import allowed_from, spread
from services.notify.domain.message import CREATED, SENDING, SUPPRESSED
from services.notify.domain.notices import Notice
from services.notify.domain.telling import request_moved
from tests.unit.notify.cases import REGISTERED, a_move, at, decided, only, state_of, told, when_due, world


@pytest.mark.parametrize(
    ("notice", "now", "allowed"),
    [
        (Notice.REGISTERED, "1405/09/02 06:59", "1405/09/02 07:00"),
        (Notice.REGISTERED, "1405/09/02 07:00", "1405/09/02 07:00"),
        (Notice.REGISTERED, "1405/09/02 20:59", "1405/09/02 20:59"),
        (Notice.REGISTERED, "1405/09/02 21:00", "1405/09/03 07:00"),
        (Notice.REGISTERED, "1405/12/29 23:59", "1406/01/01 07:00"),
        (Notice.RESULT_READY, "1405/09/02 05:59", "1405/09/02 06:00"),
        (Notice.RESULT_READY, "1405/09/02 22:59", "1405/09/02 22:59"),
        (Notice.DELAY_APOLOGY, "1405/09/02 23:00", "1405/09/03 06:00"),
    ],
)
def test_when_a_notice_may_go_out(notice: Notice, now: str, allowed: str) -> None:
    assert allowed_from(notice, at(now)) == at(allowed)


def test_a_request_filed_at_night_is_told_in_the_morning_at_no_cost_of_a_retry() -> None:
    night = told(REGISTERED, at("1405/09/02 23:30"))
    waiting = only(night)
    assert (waiting.state, night.effects) == (CREATED, ())
    assert waiting.due is not None
    assert at("1405/09/03 07:00") <= waiting.due < at("1405/09/03 07:05")
    morning = when_due(state_of(night), waiting)
    assert (only(morning).state, only(morning).attempts) == (SENDING, 0)


def test_12_19_who_was_to_be_told_in_the_morning_is_told_though_the_work_has_begun() -> None:
    """FixMyStreet #1334: never sent, because the state changed first."""
    night = at("1405/09/02 23:30")
    started = a_move("request.started", state=RequestState.IN_PROGRESS)
    moved_on = state_of(request_moved(state_of(told(REGISTERED, night)), started, world(night)))
    (message,) = moved_on.messages
    assert (message.notice, message.state) == (Notice.REGISTERED, CREATED)
    assert only(when_due(moved_on, message)).state is SENDING


@pytest.mark.parametrize(
    ("verb", "state", "notice"),
    [
        ("request.result-ready", RequestState.RESULT_READY, Notice.RESULT_READY),
        ("request.suspended", RequestState.SUSPENDED, Notice.SUSPENDED),
        ("request.withdrawn", RequestState.WITHDRAWN, Notice.WITHDRAWN),
        ("request.duplicate", RequestState.DUPLICATE, Notice.DUPLICATE),
    ],
)
def test_12_19_what_has_overtaken_a_notice_in_the_night_is_told_in_its_place(
    verb: str, state: RequestState, notice: Notice
) -> None:
    """The state that silences a notice has one of its own."""
    night = at("1405/09/02 23:30")
    overtaking = a_move(verb, state=state, result=decided(ResultKind.GRANTED))
    both = state_of(request_moved(state_of(told(REGISTERED, night)), overtaking, world(night)))
    registered, other = both.messages
    assert (registered.state, other.notice, other.state) == (SUPPRESSED, notice, CREATED)
    assert state_of(when_due(both, other)).messages[1].state is SENDING


def test_an_apology_for_a_missed_promise_may_go_out_late_in_the_evening() -> None:
    evening = told(a_move("commitment.broken", state=RequestState.IN_PROGRESS), at("1405/09/02 22:00"))
    assert only(evening).state is SENDING


def test_what_waited_for_the_morning_does_not_go_out_in_one_second() -> None:
    delays = {spread(f"r{n}.1", timedelta(minutes=5)) for n in range(500)}
    assert len(delays) > 150
    assert max(delays) < timedelta(minutes=5)
