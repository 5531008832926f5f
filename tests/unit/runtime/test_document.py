"""When a document next wants attention: its timers, those that failed a while later, and what is parked (design 1)."""

from datetime import UTC, datetime, timedelta

from services.contracts.wire import instant_text
from services.runtime.document import Document

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def after(**by: float) -> str:
    return instant_text(NOON + timedelta(**by))


def test_the_earliest_timer_counts() -> None:
    assert Document("a").due() is None
    assert Document("a", timers={"late": after(hours=2), "early": after(hours=1)}).due() == NOON + timedelta(hours=1)


def test_a_timer_that_failed_waits_for_its_next_try() -> None:
    document = Document("a", timers={"failed": after(hours=1)}, delayed={"failed": [1, after(hours=3)]})
    assert document.due() == NOON + timedelta(hours=3)


def test_what_is_parked_and_in_the_way_holds_up_the_timers() -> None:
    parked = {"why": "FAILED", "retryAt": after(hours=2), "st": "/a", "q": 1}
    document = Document("a", timers={"early": after(hours=1)}, parked=[parked])
    assert document.blocked()
    assert document.due() == NOON + timedelta(hours=2)
    document.parked = [{"why": "GAP", "retryAt": after(hours=2), "st": "/a", "q": 1}]
    assert not document.blocked()
    assert document.due() == NOON + timedelta(hours=1)


def test_an_event_that_another_of_its_stream_comes_before_is_not_woken_for() -> None:
    early = {"why": "GAP", "retryAt": after(hours=2), "st": "/a", "q": 2}
    late = {"why": "GAP", "retryAt": after(hours=1), "st": "/a", "q": 4}
    assert Document("a", parked=[early, late]).due() == NOON + timedelta(hours=2)
    assert Document("a", parked=[early, late | {"st": "/b"}]).due() == NOON + timedelta(hours=1)
