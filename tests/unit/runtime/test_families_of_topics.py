"""What a service reads of a family of topics, of which there are as many as partners (ADR 0046)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.contracts.decision import World
from services.contracts.snapshot import Snapshot
from services.contracts.topics import INTAKE_REQUEST, OUTCOMES, outcome_topic
from services.runtime.clock import SystemClock
from services.runtime.entity import Inbound
from services.runtime.message import Record
from services.runtime.reading import Reading
from services.runtime.seal import Sealer

WANTED = outcome_topic("pishkhan-a").name


def reading() -> Reading:
    def world(now: datetime) -> World[Any]:
        return World(now=now, registry=Snapshot(), rules=None)

    family = Inbound(OUTCOMES, lambda *_: None, picks=True, wants=lambda topic: topic == WANTED)
    one = Inbound(INTAKE_REQUEST, lambda *_: None)
    return Reading([one, family], SystemClock(), world, Sealer(bytes(32)))


def record(topic: str) -> Record:
    return Record(topic, 0, 0, b"key", b"{}", (), int(datetime.now(UTC).timestamp() * 1000))


@pytest.mark.parametrize(
    ("topic", "passed_over"),
    [(WANTED, False), (outcome_topic("pishkhan-b").name, True), (INTAKE_REQUEST.name, False)],
)
def test_a_familys_topic_in_which_nobody_is_interested_is_passed_over(topic: str, passed_over: bool) -> None:
    known = reading()
    assert known.passes_over(record(topic)) is passed_over
    assert known.passes_over(record(topic)) is passed_over, "also when its name has been met before"


def test_a_topic_of_no_family_that_was_never_asked_for_is_a_fault() -> None:
    with pytest.raises(KeyError):
        reading().passes_over(record("sd.registry.unit.v1"))
