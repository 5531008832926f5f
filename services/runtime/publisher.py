"""To Kafka: one idempotent producer, given whole batches of each partition."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any
from zlib import crc32

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.runtime.connection import METADATA_MAX_AGE_MS, tell_broken_connections
from services.runtime.message import Outgoing

Runs = Sequence[Sequence[Outgoing]]
"""Per entity the records to send: (topic, key, value, headers), oldest first."""

tell_broken_connections()

FAREWELL_SECONDS = 3.0
BATCH_BYTES = 512 * 1024
"""A batch that has reached this size is closed; a topic takes batches of 1 MiB, the dead letters' more."""
LETTER_BATCH_BYTES = 4 * 1024 * 1024


class BrokerAway(Exception):
    """Kafka does not take records now; what was not acknowledged is still in the outboxes."""


class RecordTooLarge(Exception):
    """A record does not even fit a batch of its own."""


class Publisher:
    """An idempotent producer (acks of all replicas). After a time-out or a fatal error it is thrown away and made anew.

    What an abandoned producer may still deliver late is a repeat of what the outbox sends again: receivers know it by
    its sequence.
    """

    ACK_SECONDS = 10.0
    RETRY_SECONDS = 2.0

    def __init__(self, bootstrap: str, client_id: str) -> None:
        self._bootstrap, self._client_id = bootstrap, client_id
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._retry_at = 0.0
        self._farewells: set[asyncio.Task[None]] = set()

    async def publish(self, runs: Runs) -> list[int]:
        """Sends runs of (topic, key, value, headers), each in order; gives how many of each, head first, arrived.

        Raises BrokerAway when nothing could be handed over at all, RecordTooLarge for what the entries' own bounds let
        nobody write.
        """
        producer = await self._ready()
        acknowledgements: list[list[asyncio.Future[Any] | None]] = [[None] * len(run) for run in runs]
        try:
            async with asyncio.timeout(self.ACK_SECONDS):
                for (topic, partition), places in (await self._placed(producer, runs)).items():
                    await self._send(producer, topic, partition, places, runs, acknowledgements)
                pending = {future for row in acknowledgements for future in row if future is not None}
                if pending:
                    await asyncio.wait(pending)
        except (TimeoutError, KafkaError):
            self._abandon()
        heads = []
        for row in acknowledgements:
            head = next((n for n, future in enumerate(row) if not _succeeded(future)), len(row))
            if head < len(row):
                self._abandon()
            heads.append(head)
        return heads

    async def _placed(self, producer: AIOKafkaProducer, runs: Runs) -> dict[tuple[str, int], list[tuple[int, int]]]:
        """Which records go to which partition, each as (run, number in the run), in the order of the runs.

        By CRC-32 of the key, as librdkafka does by itself: a replayed dead letter goes where its key went before.
        """
        placed: dict[tuple[str, int], list[tuple[int, int]]] = {}
        partitions: dict[str, list[int]] = {}
        for row, run in enumerate(runs):
            for column, (topic, key, _, _) in enumerate(run):
                if topic not in partitions:
                    partitions[topic] = sorted(await producer.partitions_for(topic))
                chosen = partitions[topic][crc32(key.encode()) % len(partitions[topic])]
                placed.setdefault((topic, chosen), []).append((row, column))
        return placed

    @staticmethod
    async def _send(
        producer: AIOKafkaProducer,
        topic: str,
        partition: int,
        places: Sequence[tuple[int, int]],
        runs: Runs,
        acknowledgements: list[list["asyncio.Future[Any] | None"]],
    ) -> None:
        """Whole batches of one partition: an acknowledgement a batch costs far less than one a record."""
        left = list(reversed(places))
        while left:
            batch = producer.create_batch()
            taken: list[tuple[int, int]] = []
            while left and batch.size() < BATCH_BYTES:
                row, column = left[-1]
                _, key, value, headers = runs[row][column]
                if batch.append(key=key.encode(), value=value, timestamp=None, headers=headers) is None:
                    break
                taken.append(left.pop())
            if not taken:
                raise RecordTooLarge(topic)
            future = await producer.send_batch(batch, topic, partition=partition)
            future.add_done_callback(_look_at)
            for row, column in taken:
                acknowledgements[row][column] = future

    async def _ready(self) -> AIOKafkaProducer:
        if self._producer is not None:
            return self._producer
        async with self._starting:
            if self._producer is None:
                if time.monotonic() < self._retry_at:
                    raise BrokerAway("not yet tried again")
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    client_id=self._client_id,
                    enable_idempotence=True,
                    linger_ms=2,
                    max_batch_size=LETTER_BATCH_BYTES,
                    metadata_max_age_ms=METADATA_MAX_AGE_MS,
                    request_timeout_ms=8000,
                )
                try:
                    async with asyncio.timeout(self.ACK_SECONDS):
                        await producer.start()
                except (TimeoutError, KafkaError, OSError) as error:
                    self._retry_at = time.monotonic() + self.RETRY_SECONDS
                    self._say_farewell(producer)
                    raise BrokerAway(type(error).__name__) from error
                self._producer = producer
            return self._producer

    def _abandon(self) -> None:
        if self._producer is not None:
            self._say_farewell(self._producer)
            self._producer = None
            self._retry_at = time.monotonic() + self.RETRY_SECONDS

    def _say_farewell(self, producer: AIOKafkaProducer) -> None:
        async def stop() -> None:
            try:
                await asyncio.wait_for(producer.stop(), FAREWELL_SECONDS)
            except (TimeoutError, KafkaError, OSError):
                # with Kafka away it would retry for ever, and hold what it could not send: end its tasks by hand
                with contextlib.suppress(TimeoutError, KafkaError, OSError, asyncio.CancelledError):
                    await asyncio.wait_for(producer._sender.close(), FAREWELL_SECONDS)
                producer._message_accumulator.fail_all(KafkaError("given up; the outbox sends it again"))
                with contextlib.suppress(TimeoutError, KafkaError, OSError):
                    await asyncio.wait_for(producer.client.close(), FAREWELL_SECONDS)

        task = asyncio.create_task(stop())
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)

    async def stop(self) -> None:
        if self._producer is not None:
            self._say_farewell(self._producer)
            self._producer = None
        if self._farewells:
            await asyncio.wait(self._farewells, timeout=4)


def _look_at(future: "asyncio.Future[Any]") -> None:
    """A failure that comes after we stopped waiting is nobody's surprise."""
    if not future.cancelled():
        future.exception()


def _succeeded(future: "asyncio.Future[Any] | None") -> bool:
    return future is not None and future.done() and not future.cancelled() and future.exception() is None
