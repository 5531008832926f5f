"""Sealed with the service's own key, it leaves the store once it is sent; else only the line of its write goes."""

from typing import Any

import pytest

from services.runtime import acknowledged
from services.runtime.acknowledged import Acknowledgements, Owed
from services.runtime.document import Document

KEY = ("account", "a")
SEALED: dict[str, Any] = {"s": True}
LETTER: dict[str, Any] = {"h": []}


def stored(version: int, *entries: dict[str, Any]) -> Document:
    return Document("a", version=version, outbox=[{"n": n, **entry} for n, entry in enumerate(entries, 1)])


@pytest.mark.parametrize("secret", [SEALED, LETTER])
def test_I12_an_outbox_with_something_sealed_by_the_service_is_emptied(secret: dict[str, Any]) -> None:
    known = Acknowledgements()
    known.hold(KEY, 2, stored(1, secret, {}))
    known.hold(("account", "b"), 2, stored(1, {}, {}))
    owed = known.owed()
    assert owed == Owed({"account": {1: ["a"]}}, [])
    known.paid(owed)
    assert known.owed() == Owed({}, [])


def test_it_is_emptied_when_all_of_it_is_sent_and_not_before() -> None:
    known = Acknowledgements()
    known.hold(KEY, 1, stored(1, SEALED, {}))
    assert known.owed().outboxes == {}
    document = stored(1, SEALED, {})
    known.already(KEY, document)
    assert document.outbox == [{"n": 2}]
    known.hold(KEY, 2, stored(1, SEALED, {}))
    assert known.owed().outboxes == {"account": {1: ["a"]}}


def test_what_was_written_meanwhile_is_emptied_as_what_it_is_then() -> None:
    known = Acknowledgements()
    known.hold(KEY, 1, stored(1, SEALED))
    before = known.owed()
    known.already(KEY, stored(2, SEALED))
    known.paid(before)
    assert known.owed().outboxes == {"account": {2: ["a"]}}
    known.written(KEY)
    assert known.owed().outboxes == {}


def test_a_line_is_closed_once_and_its_write_remembered_as_sent() -> None:
    known = Acknowledgements()
    known.close(["w1", "w2"])
    before = known.owed()
    known.close(["w3"])
    assert before.stamps == ["w1", "w2"]
    known.paid(before)
    assert known.owed().stamps == ["w3"]
    assert [known.is_sent(stamp) for stamp in ("w1", "w2", "w3", "w4")] == [True, True, True, False]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acknowledged, "SENT_KEPT", 2)
    known = Acknowledgements()
    known.remember(["w1", "w2", "w3"])
    assert [known.is_sent(stamp) for stamp in ("w1", "w2", "w3")] == [False, True, True]


def test_I12_what_another_batch_has_written_meanwhile_is_emptied_too() -> None:
    """It was read before the first was acknowledged, and still held what is sealed."""
    known, first, second = Acknowledgements(), stored(1, SEALED), stored(2, SEALED, {})
    known.written(KEY)
    known.hold(KEY, 1, first)
    owed = known.owed()
    known.already(KEY, second)
    known.paid(owed)
    known.hold(KEY, 2, second)
    assert known.owed().outboxes == {"account": {2: ["a"]}}
