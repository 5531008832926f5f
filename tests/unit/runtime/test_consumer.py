"""What the consumer does with the client's own answers: what is taken again, what is committed when."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.runtime.consumer import Consumer
from tests.support.consumers import a_consumer

LEFT, RIGHT, NEW = TopicPartition("t", 0), TopicPartition("t", 1), TopicPartition("t", 2)


@dataclass
class Record:
    topic: str = "t"
    partition: int = 0
    timestamp: int = 0
    minor: bool = False


@dataclass
class Client:
    """aiokafka's consumer, as far as ours asks it."""

    commits: Mapping[TopicPartition, int | None] = field(default_factory=dict)
    batches: list[Mapping[TopicPartition, list[Record]] | Exception] = field(default_factory=list)
    away: int = 0
    """So many questions fail before one is answered."""
    hangs: bool = False
    seeks: dict[TopicPartition, int | str] = field(default_factory=dict)
    committed_times: int = 0
    asked: list[int] = field(default_factory=list)

    def assignment(self) -> set[TopicPartition]:
        return set(self.commits)

    async def committed(self, partition: TopicPartition) -> int | None:
        if self.away:
            self.away -= 1
            raise KafkaError("away")
        return self.commits[partition]

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.seeks[partition] = offset

    async def seek_to_beginning(self, *partitions: TopicPartition) -> None:
        self.seeks |= dict.fromkeys(partitions or self.commits, "beginning")

    async def getmany(self, timeout_ms: int, max_records: int) -> Mapping[TopicPartition, list[Record]]:
        self.asked.append(max_records)
        answer = self.batches.pop(0) if self.batches else {}
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def commit(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        self.committed_times += 1


def skipping(group: str | None = "mizban.test") -> Consumer:
    return a_consumer(group, lambda record: record.minor)


async def test_a_fetch_that_fails_is_taken_again_also_where_nothing_was_ever_committed() -> None:
    client = Client({LEFT: 7, RIGHT: 0, NEW: None}, [UnicodeDecodeError("utf-8", b"\xff", 0, 1, "a header's name")])
    assert await skipping()._ask(client) == ()
    assert client.seeks == {LEFT: 7, RIGHT: "beginning", NEW: "beginning"}


async def test_nothing_more_is_fetched_before_the_rewind_has_worked(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("asyncio.sleep", wait)
    client = Client({LEFT: 7}, [KafkaError("away")], away=3)
    with pytest.raises(KafkaError):
        await skipping()._ask(client)
    assert client.seeks == {LEFT: 7}
    assert waits == [1, 1, 1]


async def test_without_a_group_all_is_read_anew() -> None:
    client = Client({LEFT: None, RIGHT: None}, [KafkaError("away")])
    with pytest.raises(KafkaError):
        await skipping(group=None)._ask(client)
    assert client.seeks == {LEFT: "beginning", RIGHT: "beginning"}


async def test_records_that_are_passed_over_are_committed_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.runtime.consumer.PASSED_OVER_SECONDS", 0.05)
    minor, other = Record(minor=True), Record()
    client = Client({LEFT: 0}, [{LEFT: [minor, other, minor]}, {LEFT: [minor]}])
    consumer = skipping()
    assert await consumer._ask(client) == (other,)
    assert await consumer._ask(client) == ()
    assert client.committed_times == 0
    await asyncio.sleep(0.1)
    await consumer._ask(client)
    await asyncio.sleep(0.1)
    await consumer._ask(client)
    assert client.committed_times == 1


async def test_a_commit_that_hangs_holds_up_nobody_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.runtime.consumer.PASSED_OVER_SECONDS", 0.05)
    monkeypatch.setattr("services.runtime.consumer.COMMIT_SECONDS", 0.05)
    client = Client({LEFT: 0}, [{LEFT: [Record(minor=True)]}], hangs=True)
    consumer = skipping()
    await consumer._ask(client)
    await asyncio.sleep(0.1)
    async with asyncio.timeout(5):
        await consumer._ask(client)
    assert consumer.still_for < 1
    client.hangs = False
    await asyncio.sleep(0.1)
    await consumer._ask(client)
    assert client.committed_times == 1


@pytest.mark.parametrize(("came", "asked"), [(9, [40, 31]), (10, [40]), (40, [40])])
async def test_a_batch_waits_for_more_only_while_it_has_not_one_part(came: int, asked: list[int]) -> None:
    client = Client({LEFT: 7}, [{LEFT: [Record()] * came}])
    await skipping()._ask(client)
    assert client.asked == asked
