"""What the records of a family of topics mean, of which there are as many as partners (ADR 0046)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from services.contracts.decision import World
from services.contracts.snapshot import Snapshot
from services.contracts.topics import INTAKE_REQUEST, OUTCOMES, outcome_topic
from services.runtime.clock import SystemClock
from services.runtime.entity import Inbound, Received
from services.runtime.reading import Reading
from services.runtime.seal import Sealer


def reading(read: list[str]) -> Reading:
    def world(now: datetime) -> World[Any]:
        return World(now=now, registry=Snapshot(), rules=None)

    def examines(name: str) -> Any:
        def examine(records: Sequence[Received], world: World[Any]) -> Sequence[Any]:
            read.append(name)
            return []

        return examine

    family = Inbound(OUTCOMES, lambda *_: None, picks=True, examine=examines("family"))
    one = Inbound(INTAKE_REQUEST, lambda *_: None, examine=examines("one"))
    return Reading([one, family], SystemClock(), world, Sealer(bytes(32)))


@pytest.mark.parametrize(
    ("topic", "meant"),
    [(outcome_topic("pishkhan-a").name, "family"), (outcome_topic("a").name, "family"), (INTAKE_REQUEST.name, "one")],
)
def test_each_topic_of_a_family_means_the_same(topic: str, meant: str) -> None:
    read: list[str] = []
    known = reading(read)
    for _ in range(2):
        known._examined(topic, [])
    assert read == [meant, meant]


@pytest.mark.parametrize("topic", ["sd.registry.unit.v1", "sd.kiosk.outcome.a.b.v1", "sd.kiosk.outcome..v1"])
def test_a_topic_that_was_never_asked_for_is_a_fault(topic: str) -> None:
    with pytest.raises(KeyError):
        reading([])._examined(topic, [])
