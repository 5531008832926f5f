"""A message on its way to an entity, and the record it came from."""

from asyncio import Future
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import BaseModel

from services.runtime.entity import Entity


class Source(StrEnum):
    """Where a message comes from decides how a repeated one is recognised (docs/door.md)."""

    EVENT = "event"
    """One of our topics: by its place in the sequence of its entity."""
    OUTSIDE = "outside"
    """A program that is not ours: the entity's own rule knows."""
    COMMAND = "command"
    """HTTP: by the caller's Idempotency-Key."""
    TIMER = "timer"
    """The entity's own timer: the state no longer asks for it."""
    LOCAL = "local"
    """Another entity of this service, by its outbox: by sequence, or by the rule of a many-source entity."""


class Record(NamedTuple):
    """A Kafka record as it came, kept so that a dead letter can be sent again just as it was."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    timestamp: int = 0
    """Milliseconds since the epoch."""


def pack_record(record: Record) -> dict[str, Any]:
    """A record as JSON; bytes as base64 text."""

    def plain(value: bytes | None) -> str | None:
        return None if value is None else b64encode(value).decode()

    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": plain(record.key),
        "value": plain(record.value),
        "headers": [[name, plain(value)] for name, value in record.headers],
        "timestamp": record.timestamp,
    }


def unpack_record(packed: Mapping[str, Any]) -> Record:
    """The record as it came, byte for byte."""

    def raw(value: str | None) -> bytes | None:
        return None if value is None else b64decode(value)

    return Record(
        topic=packed["topic"],
        partition=packed["partition"],
        offset=packed["offset"],
        key=raw(packed["key"]),
        value=raw(packed["value"]),
        headers=tuple((name, raw(value)) for name, value in packed["headers"]),
        timestamp=packed["timestamp"],
    )


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record given up, with the reason, and where in it the fault is, if that is known."""

    record: Record
    code: str
    attempts: int
    detail: str = ""


Outgoing = tuple[str, str, bytes, list[tuple[str, bytes]]]
"""A record to be sent: topic, key, value, headers."""


@dataclass(slots=True)
class Message:
    """One message. `stream` and `sequence` order it among its sender's; 0 = unordered.

    It may follow on any that is not older than `after`.
    """

    entity: Entity[Any]
    id: str
    body: BaseModel
    source: Source
    message_id: str
    """Of a local message, that of what led to it."""
    received: datetime
    stream: str = ""
    sequence: int = 0
    after: int = 0
    correlation: str = ""
    traceparent: str = ""
    record: Record | None = None
    command_key: str = ""
    """`caller|Idempotency-Key`; empty when the command cannot be repeated by the caller."""
    digest: str = ""
    expected: int | None = None
    """The version the caller saw (If-Match)."""
    reply: "Future[Submitted] | None" = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a command: the entity as it is now, and the answer. `replayed` = it was decided earlier.

    `decided`: the version that it led to. Of a repeat too, whose caller has not seen what came after it.
    """

    id: str
    state: Any
    version: int
    answer: Mapping[str, Any] | None
    replayed: bool
    decided: int


@dataclass(frozen=True, slots=True)
class Performed:
    """An effect to be carried out, once, by the process whose write has won."""

    entity: str
    id: str
    effect: Any


class Unavailable(Exception):
    """The store is away, or too much waits to be published. `retry_after` in seconds."""

    def __init__(self, detail: str, retry_after: int = 2) -> None:
        super().__init__(detail)
        self.detail, self.retry_after = detail, retry_after


class Held(Exception):
    """The entity has messages that failed on a fault of ours; nothing overtakes them."""


class Broken(Exception):
    """A rule raised something it should not: a fault of ours, told to the caller as 500."""
