"""From Kafka: one consumer by FastStream. Defaults that would lose records are set right here."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from services.runtime.connection import METADATA_MAX_AGE_MS, tell_broken_connections
from services.runtime.faults import Faults, KillPoint
from services.runtime.lenient import parse_leniently
from services.runtime.message import Record

Handle = Callable[[Sequence[Record]], Awaitable[None]]
PassesOver = Callable[[Any], bool]
"""Whether a record, as the client reads it, is of no interest to this service."""

tell_broken_connections()

LENIENT_SECONDS = 30
"""How long the slow parser stays after a record that needed it: they come in swarms."""
PASSED_OVER_SECONDS = 1.0
"""How long records that were passed over may stand uncommitted while no others come."""
COMMIT_SECONDS = 5.0
FINISH_SECONDS, STOP_SECONDS = 5.0, 7.0
"""When the service stops: how long a batch may take to its end, and with the leaving. Longer, and it comes again."""


class Lag(NamedTuple):
    """`records` not yet taken; the oldest of them is not older than `seconds`."""

    records: int
    seconds: float


class _Drain(ConsumerRebalanceListener):
    """Lets the batch under way finish and commit before its partitions go to another member."""

    def __init__(self, idle: asyncio.Event) -> None:
        self._idle = idle

    async def on_partitions_revoked(self, revoked: Any) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), 15)

    async def on_partitions_assigned(self, assigned: Any) -> None:
        return None


def passes_none_over(record: Any) -> bool:
    return False


class Consumer:
    """Hands batches of records to `handle`, one after the other; commits when it returns, rewinds when it raises.

    A batch has up to `parts` times `max_records`; it waits `gather_seconds` for more while it has not one part.

    Records that it `passes_over` are not handed over; they are committed with the next batch, or soon on their own.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        group: str | None,
        topics: Sequence[str],
        instance: str,
        handle: Handle,
        max_records: int,
        session_timeout_ms: int,
        faults: Faults,
        parts: int = 1,
        gather_seconds: float = 0,
        passes_over: PassesOver = passes_none_over,
    ) -> None:
        self.anew = partial(
            Consumer,
            bootstrap,
            group=group,
            topics=topics,
            instance=instance,
            handle=handle,
            max_records=max_records,
            session_timeout_ms=session_timeout_ms,
            faults=faults,
            parts=parts,
            gather_seconds=gather_seconds,
            passes_over=passes_over,
        )
        """Makes another one like it, to take its place."""
        self._asked_at = float("inf")
        self._idle = asyncio.Event()
        self._idle.set()
        self._faults, self._part, self._most = faults, max_records, max_records * parts
        self._gather_seconds = gather_seconds
        self._passes_over, self._passed_over_at = passes_over, 0.0
        self._worked = False
        self._caught_up: dict[TopicPartition, float] = {}
        """The moment up to which everything that was written is taken, in seconds since the epoch."""
        self._group, self._lenient_until = group, 0.0
        self._broker = KafkaBroker(
            bootstrap,
            client_id=instance,
            allow_auto_create_topics=False,
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
            acks="all",
            enable_idempotence=True,
            graceful_timeout=FINISH_SECONDS,
            logger=None,
            apply_types=False,
            consumer_only=True,
        )
        options: dict[str, Any] = {}
        if group is not None:
            options = {
                "group_id": group,
                "group_instance_id": f"{group}.{instance}",
                "session_timeout_ms": session_timeout_ms,
                "heartbeat_interval_ms": max(500, session_timeout_ms // 3),
                "listener": _Drain(self._idle),
                "ack_policy": AckPolicy.NACK_ON_ERROR,
            }
        else:
            options = {"ack_policy": AckPolicy.MANUAL}  # without a group there is nothing to commit
        self._subscriber = self._broker.subscriber(
            *topics,
            batch=True,
            auto_offset_reset="earliest",
            max_records=max_records * parts,
            batch_timeout_ms=200,
            no_reply=True,  # an outsider's reply_to header must not make us publish
            parser=self._parse,
            decoder=self._decode,
            **options,
        )
        self._subscriber.get_msg = self._ask  # its own sleeps a second time when idle

        async def on_batch(records: Any) -> None:
            await handle(records)
            self._faults.passing(KillPoint.BEFORE_COMMIT)

        self._subscriber(on_batch)

    async def _ask(self, consumer: Any) -> tuple[Any, ...]:
        self._asked_at = time.monotonic()
        return await self._take(consumer)

    async def _take(self, consumer: Any) -> tuple[Any, ...]:
        if self._worked:
            self._worked = False
            self._faults.passing(KillPoint.AFTER_COMMIT)
        self._idle.set()
        if self._lenient_until and time.monotonic() > self._lenient_until:
            self._lenient_until = 0.0
            parse_leniently(False)
        if self._passed_over_at and time.monotonic() > self._passed_over_at + PASSED_OVER_SECONDS:
            await self._commit_passed_over(consumer)
        try:
            records = await self._fetched(consumer, 200, self._most)
            if records and len(records) < self._part and self._gather_seconds:
                await asyncio.sleep(self._gather_seconds)
                records += await self._fetched(consumer, 0, self._most - len(records))
        except UnicodeDecodeError:  # the name of a header
            self._lenient_until = time.monotonic() + LENIENT_SECONDS
            parse_leniently(True)
            await self._rewind(consumer)
            return ()
        except KafkaError:
            await self._rewind(consumer)
            raise
        if records:
            self._idle.clear()
            self._worked = True
        else:
            await asyncio.sleep(0)  # many may be passed over without a pause
        return tuple(records)

    async def _commit_passed_over(self, consumer: Any) -> None:
        """Partitions stay meanwhile. With Kafka away it is tried again later: a commit alone would wait for ever."""
        self._idle.clear()
        try:
            await asyncio.wait_for(consumer.commit(), COMMIT_SECONDS)
            self._passed_over_at = 0.0
        except (TimeoutError, KafkaError):
            self._passed_over_at = time.monotonic()
        finally:
            self._idle.set()

    async def _fetched(self, consumer: Any, timeout_ms: int, most: int) -> list[Any]:
        """What has come, without the records to be passed over: they get no batch of their own, only a commit."""
        batches = await consumer.getmany(timeout_ms=timeout_ms, max_records=most)
        for partition, batch in batches.items():  # what comes after it in its partition is not older
            if batch:
                self._caught_up[partition] = batch[-1].timestamp / 1000
        wanted = [record for batch in batches.values() for record in batch if not self._passes_over(record)]
        if len(wanted) < sum(map(len, batches.values())) and not self._passed_over_at:
            self._passed_over_at = time.monotonic()
        return wanted

    async def _rewind(self, consumer: Any) -> None:
        """When one partition cannot be read, what the same fetch drained of the others is lost to us: take it again.

        Nothing more may be fetched, and committed, before this has worked. aiokafka's own `seek_to_committed` leaves
        out a partition of which nothing, or nothing but offset 0, was ever committed.
        """
        while True:
            try:
                for partition in consumer.assignment():
                    committed = None if self._group is None else await consumer.committed(partition)
                    if committed:
                        consumer.seek(partition, committed)
                    else:
                        await consumer.seek_to_beginning(partition)
                return
            except KafkaError:
                await asyncio.sleep(1)

    async def _parse(self, raw: Any) -> Any:
        """Ours: FastStream's own fails a whole batch on one header that is not UTF-8. Headers stay bytes here."""
        return KafkaAckableMessage(
            body=b"", raw_message=raw, headers={}, reply_to="", content_type=None, consumer=self._subscriber.consumer
        )

    async def _decode(self, message: Any) -> tuple[Record, ...]:
        return tuple(
            Record(r.topic, r.partition, r.offset, r.key, r.value, tuple(r.headers), r.timestamp)
            for r in message.raw_message
        )

    async def start(self) -> None:
        await self._broker.start()

    async def stop(self) -> None:
        """Stops fetching, lets the batch under way finish and commit, leaves."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._broker.stop(), STOP_SECONDS)

    @property
    def running(self) -> bool:
        return bool(self._subscriber.running and self._subscriber.consumer is not None)

    @property
    def still_for(self) -> float:
        """Seconds since it last asked for records: it does several times a second, except while a batch is at work."""
        return time.monotonic() - self._asked_at

    def assigned(self) -> int:
        consumer = self._subscriber.consumer
        return len(consumer.assignment()) if consumer is not None else 0

    async def lag(self) -> dict[str, Lag]:
        """How far behind it is, by topic, as far as the last fetch told."""
        lags: dict[str, Lag] = {}
        consumer, now = self._subscriber.consumer, time.time()
        for partition in consumer.assignment() if consumer is not None else ():
            assert isinstance(partition, TopicPartition)
            # AssertionError: the partition was taken away in this moment
            with contextlib.suppress(TimeoutError, KafkaError, AssertionError):
                high = consumer.highwater(partition)
                if high is None:
                    continue
                unread = max(0, high - await asyncio.wait_for(consumer.position(partition), 0.2))
                if not unread:
                    self._caught_up[partition] = now
                waits = now - self._caught_up.setdefault(partition, now)
                known = lags.get(partition.topic, Lag(0, 0.0))
                lags[partition.topic] = Lag(known.records + unread, max(known.seconds, waits))
        return lags
