"""How far a consumer is behind, in records and seconds: a gauge that stands still would hide a consumer that does."""

from typing import Any

import pytest
from aiokafka import TopicPartition

from services.runtime.broker import Consumer
from services.runtime.faults import Faults

LEFT, RIGHT = TopicPartition("t", 0), TopicPartition("t", 1)


class Fetched:
    """What aiokafka would tell: of each partition where it ends and where we are."""

    def __init__(self) -> None:
        self.ends, self.read = {LEFT: 10, RIGHT: 5}, {LEFT: 10, RIGHT: 5}

    def assignment(self) -> set[TopicPartition]:
        return set(self.ends)

    def highwater(self, partition: TopicPartition) -> int | None:
        return self.ends[partition]

    async def position(self, partition: TopicPartition) -> int:
        return self.read[partition]


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    moment = [1000.0]
    monkeypatch.setattr("services.runtime.broker.time.time", lambda: moment[0])
    return moment


def a_consumer(fetched: Fetched) -> Consumer:
    async def ignore(records: Any) -> None:
        return None

    consumer = Consumer(
        "127.0.0.1:1",
        group=None,
        topics=["t"],
        instance="test",
        handle=ignore,
        max_records=10,
        session_timeout_ms=6000,
        faults=Faults(),
    )
    consumer._subscriber.consumer = fetched
    return consumer


async def test_a_consumer_that_stands_still_falls_behind_by_the_second(now: list[float]) -> None:
    fetched = Fetched()
    consumer = a_consumer(fetched)
    assert await consumer.lag() == {"t": (0, 0.0)}
    fetched.ends[LEFT] = 13
    now[0] += 5
    assert await consumer.lag() == {"t": (3, 5.0)}
    now[0] += 60
    assert await consumer.lag() == {"t": (3, 65.0)}, "also when nobody asks it for anything"


async def test_one_partition_that_stands_still_is_not_hidden_by_another(now: list[float]) -> None:
    fetched = Fetched()
    consumer = a_consumer(fetched)
    await consumer.lag()
    fetched.ends |= {LEFT: 20, RIGHT: 7}
    now[0] += 30
    consumer._caught_up[LEFT] = now[0] - 1  # what was taken last had been written a second ago
    assert await consumer.lag() == {"t": (12, 30.0)}
    fetched.read[RIGHT] = 7
    assert await consumer.lag() == {"t": (10, 1.0)}
    fetched.read[LEFT] = 20
    assert await consumer.lag() == {"t": (0, 0.0)}


async def test_before_it_has_joined_nothing_is_known(now: list[float]) -> None:
    consumer = a_consumer(Fetched())
    consumer._subscriber.consumer = None
    assert await consumer.lag() == {}
