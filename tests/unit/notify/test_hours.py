"""Nobody gets an ordinary SMS before 07:00 or after 21:00 of Tehran, whatever the server's zone (domain 8, 12.10)."""

from datetime import timedelta

import pytest

from services.contracts.intake import RequestState
from services.notify.domain.hours import allowed_from, spread
from services.notify.domain.message import CREATED, SENDING
from services.notify.domain.notices import Notice
from tests.unit.notify.cases import REGISTERED, a_move, at, only, state_of, told, when_due


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


def test_an_apology_for_a_missed_promise_may_go_out_late_in_the_evening() -> None:
    evening = told(a_move("commitment.broken", state=RequestState.IN_PROGRESS), at("1405/09/02 22:00"))
    assert only(evening).state is SENDING


def test_what_waited_for_the_morning_does_not_go_out_in_one_second() -> None:
    delays = {spread(f"r{n}.1", timedelta(minutes=5)) for n in range(500)}
    assert len(delays) > 150
    assert max(delays) < timedelta(minutes=5)
