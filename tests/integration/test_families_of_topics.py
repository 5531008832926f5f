"""A consumer of a family of topics reads those that are there, and those that come while it runs."""

import asyncio
from collections.abc import Callable, Sequence
from uuid import uuid4

from confluent_kafka import Producer

from services.contracts.topics import OUTCOMES, outcome_topic
from services.runtime.broker_admin import bring_in_step
from services.runtime.consumer import Consumer
from services.runtime.faults import Faults
from services.runtime.message import Record
from tests.support.stack import Stack


async def test_topics_that_come_later_are_read_from_their_beginning(stack: Stack) -> None:
    first, later = (outcome_topic(f"test-{uuid4().hex[:8]}") for _ in range(2))
    read: list[Record] = []
    bring_in_step(stack.bootstrap, [first])

    async def take(records: Sequence[Record]) -> None:
        read.extend(record for record in records if record.topic in (first.name, later.name))

    consumer = Consumer(
        stack.bootstrap,
        group=f"mizban.test-{uuid4().hex[:8]}",
        topics=[OUTCOMES.name],
        instance="test",
        handle=take,
        max_records=100,
        session_timeout_ms=6000,
        faults=Faults(),
    )
    await consumer.start()
    try:
        await asyncio.to_thread(_write, stack, first.name)
        await _until(lambda: [record.topic for record in read] == [first.name])
        bring_in_step(stack.bootstrap, [later])
        await asyncio.to_thread(_write, stack, later.name)
        await _until(lambda: [record.topic for record in read] == [first.name, later.name])
        assert consumer.running
    finally:
        await consumer.stop()


def _write(stack: Stack, topic: str) -> None:
    producer = Producer({"bootstrap.servers": stack.bootstrap})
    producer.produce(topic, b"{}")
    assert producer.flush(10) == 0


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.1)
