"""What is acknowledged leaves the store soon, however often it is met again meanwhile."""

import pytest

from services.runtime.acknowledged import LINGER_SECONDS, Acknowledgements, Sent
from services.runtime.document import Document

KEY = ("account", "a")


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    moment = [1000.0]
    monkeypatch.setattr("services.runtime.acknowledged.time.monotonic", lambda: moment[0])
    return moment


def stored(version: int = 1, *numbers: int) -> Document:
    return Document("a", version=version, outbox=[{"n": number} for number in numbers])


def test_an_outbox_ripens_though_the_scanner_meets_it_again_and_again(now: list[float]) -> None:
    known = Acknowledgements()
    known.hold(KEY, 1, stored(1, 1))
    for _ in range(4):
        now[0] += LINGER_SECONDS / 3
        document = stored(1, 1)
        known.already(KEY, document)
        assert document.outbox == []
    assert known.ripe() == {"account": {Sent(1, None): ["a"]}}


def test_a_later_version_lingers_anew_and_is_cleared_as_what_it_is(now: list[float]) -> None:
    known = Acknowledgements()
    known.hold(KEY, 1, stored(1, 1))
    now[0] += LINGER_SECONDS / 2
    known.already(KEY, stored(2, 1))
    now[0] += LINGER_SECONDS * 0.75
    assert known.ripe() == {}
    now[0] += LINGER_SECONDS
    assert known.ripe() == {"account": {Sent(2, None): ["a"]}}


def test_of_an_outbox_sent_in_part_the_head_is_left_out_and_nothing_is_cleared(now: list[float]) -> None:
    known = Acknowledgements()
    known.hold(KEY, 1, stored(1, 1, 2))
    now[0] += 10 * LINGER_SECONDS
    document = stored(1, 1, 2)
    known.already(KEY, document)
    assert document.outbox == [{"n": 2}]
    assert known.ripe(all=True) == {}
