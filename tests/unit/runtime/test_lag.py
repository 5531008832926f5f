"""How far a consumer is behind, in records and seconds: a gauge that stands still would hide a consumer that does."""

import pytest
from aiokafka import TopicPartition

from services.runtime.consumer import Consumer
from tests.support.consumers import a_consumer

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
    monkeypatch.setattr("services.runtime.consumer.time.time", lambda: moment[0])
    return moment


def reading(fetched: Fetched) -> Consumer:
    consumer = a_consumer()
    consumer._subscriber.consumer = fetched
    return consumer


async def test_a_consumer_that_stands_still_falls_behind_by_the_second(now: list[float]) -> None:
    fetched = Fetched()
    consumer = reading(fetched)
    assert await consumer.lag() == {"t": (0, 0.0)}
    fetched.ends[LEFT] = 13
    now[0] += 5
    assert await consumer.lag() == {"t": (3, 5.0)}
    now[0] += 60
    assert await consumer.lag() == {"t": (3, 65.0)}, "also when nobody asks it for anything"


async def test_one_partition_that_stands_still_is_not_hidden_by_another(now: list[float]) -> None:
    fetched = Fetched()
    consumer = reading(fetched)
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
    consumer = reading(Fetched())
    consumer._subscriber.consumer = None
    assert await consumer.lag() == {}


async def test_a_partition_that_was_taken_away_this_moment_hides_no_other(now: list[float]) -> None:
    class Rebalanced(Fetched):
        def highwater(self, partition: TopicPartition) -> int | None:
            assert partition != LEFT, "Partition is not assigned"
            return super().highwater(partition)

    fetched = Rebalanced()
    fetched.ends[RIGHT] = 7
    assert await reading(fetched).lag() == {"t": (2, 0.0)}
