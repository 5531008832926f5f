"""Records for an operator's eyes: what topics hold now, how old one is, and single records sent again byte for byte.

Nothing here joins a group or commits: looking changes nothing for anybody. Every function takes the inside address
`host:port`, is synchronous and raises `AdministrationFailed`.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import methodcaller
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from services.runtime.broker_admin import CALL_SECONDS, AdministrationFailed, extents
from services.runtime.message import Record

Place = tuple[str, int]
"""Topic and partition."""
Watch = Callable[[int, int], None]
"""Told (read so far, to be read in all), both in offsets, after each batch."""

UNREADABLE_HEADERS = (("?", None),)
"""Stands for headers with a name that is not UTF-8, which anybody can write and no client here can read."""
_HEADERS_OF = methodcaller("headers")
"""Not `message.headers()`: on such a name the client leaves its error pending; an indirect call finds it at once."""
AT_ONCE = 1000
POLL_SECONDS = 0.1
_READING = {
    "group.id": "mizban.operators",  # the client insists on a name; nothing is ever committed under it
    "enable.auto.commit": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "earliest",
    "fetch.wait.max.ms": 50,
    "log_level": 2,
}


@dataclass(frozen=True, slots=True)
class ToSend:
    """A record to be written: to this very partition, since writers differ in how they choose one for a key."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


def everything(bootstrap: str, topics: Iterable[str], watch: Watch = lambda done, total: None) -> Iterator[Record]:
    """Every record that the topics hold at this moment, in order within a partition; later ones are left out."""
    wanted = {(e.topic, e.partition): (e.begin, e.end) for e in extents(bootstrap, topics) if e.end > e.begin}
    total = sum(end - begin for begin, end in wanted.values())
    position = {place: begin for place, (begin, _) in wanted.items()}
    with _reading(bootstrap, position) as consumer:
        while wanted:
            for message in _batch(consumer):
                place = _place(message)
                if place not in wanted:
                    continue
                end = wanted[place][1]
                if message.error() is None:
                    record = _record(message)
                    position[place] = record.offset + 1
                    if record.offset < end:
                        yield record
                if message.error() is not None or position[place] >= end:  # the end, also of a compacted partition
                    position[place] = end
                    del wanted[place]
            watch(total - sum(end - position[place] for place, (_, end) in wanted.items()), total)


def written_at(bootstrap: str, places: Mapping[Place, int]) -> dict[Place, int]:
    """When the record at each offset was written, or the next one that is left: milliseconds since the epoch.

    A place without such a record is left out.
    """
    waiting, found = set(places), {}
    with _reading(bootstrap, places, **{"fetch.message.max.bytes": 65_536, "queued.min.messages": 1}) as consumer:
        while waiting:
            for message in _batch(consumer):
                place = _place(message)
                if place in waiting:
                    waiting.discard(place)
                    consumer.pause([TopicPartition(*place)])
                    if message.error() is None:
                        found[place] = _record(message).timestamp
    return found


def send(bootstrap: str, records: Sequence[ToSend]) -> list[bool]:
    """Writes records in order; tells of each whether all replicas acknowledged it. Time of writing is now."""
    acknowledged = [False] * len(records)

    def remember(number: int) -> Callable[[KafkaError | None, Message], None]:
        def on_delivery(error: KafkaError | None, _: Message) -> None:
            acknowledged[number] = error is None

        return on_delivery

    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "enable.idempotence": True,
            "message.timeout.ms": CALL_SECONDS * 1000,
            "message.max.bytes": 10_000_000,  # the topic's own limit decides
            "log_level": 2,
        }
    )
    try:
        for number, record in enumerate(records):
            producer.produce(
                record.topic,
                value=record.value,
                key=record.key,
                partition=record.partition,
                headers=list(record.headers),
                on_delivery=remember(number),
            )
            producer.poll(0)
    except (KafkaException, BufferError) as error:
        producer.flush(CALL_SECONDS)
        if not any(acknowledged):
            raise AdministrationFailed(f"Kafka: {error}") from error
    producer.flush(CALL_SECONDS + 5)
    return acknowledged


@contextmanager
def _reading(bootstrap: str, places: Mapping[Place, int], **settings: Any) -> Iterator[Consumer]:
    consumer = Consumer({"bootstrap.servers": bootstrap, **_READING, **settings})
    try:
        if places:
            consumer.assign([TopicPartition(*place, offset) for place, offset in places.items()])
        yield consumer
    except KafkaException as error:
        raise AdministrationFailed(f"Kafka: {error}") from error
    finally:
        consumer.close()


def _batch(consumer: Consumer) -> list[Message]:
    """The next messages, each a record or the end of its partition; waits for at least one."""
    deadline = time.monotonic() + CALL_SECONDS
    while time.monotonic() < deadline:
        messages = consumer.consume(AT_ONCE, POLL_SECONDS)
        for message in messages:
            error = message.error()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:
                raise AdministrationFailed(f"Kafka: {error.str()}")
        if messages:
            return messages
    raise AdministrationFailed(f"Kafka: nothing came for {CALL_SECONDS} s")


def _place(message: Message) -> Place:
    topic, partition = message.topic(), message.partition()
    assert topic is not None, "of an assigned partition"
    assert partition is not None, "of an assigned partition"
    return topic, partition


def _record(message: Message) -> Record:
    topic, partition = _place(message)
    try:
        headers: Any = _HEADERS_OF(message) or ()
    except (SystemError, UnicodeDecodeError):
        headers = UNREADABLE_HEADERS
    key: Any = message.key()
    value: Any = message.value()
    offset = message.offset()
    assert offset is not None, "a record has its offset"
    return Record(topic, partition, offset, key, value, tuple(headers), message.timestamp()[1])
