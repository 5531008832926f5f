"""Kafka records become messages with an address, or dead letters with a reason code (design 5)."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.contracts.decision import World
from services.contracts.envelope import (
    MAX_HEADER_BYTES,
    MAX_VALUE_BYTES,
    Envelope,
    Malformed,
    derived_id,
    opaque,
    read_envelope,
    read_headers,
)
from services.contracts.topics import pattern_of
from services.runtime.clock import Clock
from services.runtime.entity import Addressed, Inbound, Received
from services.runtime.letters import first_receipt
from services.runtime.message import DeadLetter, Message, Record, Source
from services.runtime.seal import Sealer

TRACEPARENT = re.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
"""W3C trace context; anything else is not handed on."""

FEW = 5
"""So few records are examined at once: to go to another thread would take longer."""


class _ByTopic(dict[str, Inbound]):
    """By the name of a topic what its records mean; of a family the names are learned as they come."""

    def __init__(self, inbound: Sequence[Inbound]) -> None:
        super().__init__({item.topic.name: item for item in inbound})
        self._families = [(re.compile(pattern_of(item.topic.name)), item) for item in inbound]

    def __missing__(self, name: str) -> Inbound:
        for pattern, item in self._families:
            if pattern.fullmatch(name):
                self[name] = item
                return item
        raise KeyError(name)


class Reading:
    """What the records of each topic mean to one service."""

    def __init__(
        self, inbound: Sequence[Inbound], clock: Clock, world: Callable[[datetime], World[Any]], sealer: Sealer
    ) -> None:
        self._inbound = _ByTopic(inbound)
        self._clock, self._world, self._sealer = clock, world, sealer

    async def findings(self, records: Sequence[Record]) -> Sequence[Any]:
        """What is found out about each record of a batch before it is read; None where nothing need be."""
        found: list[Any] = [None] * len(records)
        places: dict[str, list[int]] = {}
        for place, record in enumerate(records):
            if self._inbound[record.topic].examine is not None:
                places.setdefault(record.topic, []).append(place)
        for topic, here in places.items():
            some = [records[place] for place in here]
            few = len(some) <= FEW
            each = self._examined(topic, some) if few else await asyncio.to_thread(self._examined, topic, some)
            for place, finding in zip(here, each, strict=True):
                found[place] = finding
        return found

    def _examined(self, topic: str, records: Sequence[Record]) -> Sequence[Any]:
        examine = self._inbound[topic].examine
        if examine is None:
            return [None] * len(records)
        received = [Received(r.key or b"", r.value or b"", r.headers, self._received(r)) for r in records]
        return examine(received, self._world(self._clock.now()))

    def read(
        self, record: Record, finding: Any, now: datetime, messages: list[Message], dead: list[DeadLetter]
    ) -> None:
        """Adds the message that the record is, or the dead letter that it becomes and what its sender is told."""
        if self.passes_over(record):
            return
        inbound = self._inbound[record.topic]
        try:
            envelope, addressed = self._addressed(inbound, record, finding)
        except Malformed as malformed:
            dead.append(DeadLetter(record, malformed.code, 1, malformed.detail))
            answer = (
                inbound.malformed(key_text(record), id_text(record), record.value or b"", malformed, finding)
                if inbound.malformed
                else None
            )
            if answer is not None:
                id = derived_id(record.topic, str(record.partition), str(record.offset))
                messages.append(Message(answer.entity, answer.id, answer.body, Source.OUTSIDE, id, now))
            return
        if addressed is not None:
            outside = inbound.outside
            messages.append(
                Message(
                    entity=addressed.entity,
                    id=addressed.id,
                    body=addressed.body,
                    source=Source.OUTSIDE if outside else Source.EVENT,
                    message_id=opaque(envelope.id) if outside else envelope.id,
                    received=now,
                    stream="" if outside else envelope.stream,
                    sequence=0 if outside else envelope.sequence,
                    after=_after(inbound, envelope),
                    correlation=opaque(envelope.correlation) if outside else envelope.correlation,
                    traceparent=envelope.traceparent if TRACEPARENT.fullmatch(envelope.traceparent) else "",
                    record=record,
                )
            )

    def passes_over(self, record: Record) -> bool:
        """Whether it is a minor event of a topic of which this service takes no minor ones (docs/door.md).

        The consumer asks it of what it fetches; `read` asks again for whoever has no consumer.
        """
        inbound = self._inbound[record.topic]
        return inbound.skips_minor and any(name == "ce_minor" for name, _ in reversed(record.headers))

    def _addressed(self, inbound: Inbound, record: Record, finding: Any) -> tuple[Envelope, Addressed | None]:
        if record.value is None:
            raise Malformed("NO_VALUE", "the record has no value")
        if len(record.value) > MAX_VALUE_BYTES:
            raise Malformed("OVERSIZE", f"the value is larger than {MAX_VALUE_BYTES} bytes")
        try:
            key = (record.key or b"").decode()
        except UnicodeDecodeError:
            raise Malformed("KEY_NOT_UTF8", "the key is not UTF-8") from None
        envelope = read_envelope(read_headers(record.headers), self._received(record) if inbound.outside else None)
        if not inbound.outside and not envelope.sequence:
            raise Malformed("BAD_SEQUENCE", "ce_sequence is missing")
        return envelope, inbound.read(envelope, key, record.value, finding)

    def _received(self, record: Record) -> datetime:
        """When Kafka took the record first, to the second, by the service's clock: that may be set, Kafka's is not."""
        at = first_receipt(record, self._sealer)
        age = time.time() - at / 1000 if at > 0 else 0.0
        return (self._clock.now() - timedelta(seconds=max(0.0, age))).replace(microsecond=0)

    def again(self, record: Record) -> Addressed | None:
        """A parked record, read once more: a newer version may understand it better. Raises Malformed."""
        (finding,) = self._examined(record.topic, [record])
        return self._addressed(self._inbound[record.topic], record, finding)[1]


def _after(inbound: Inbound, envelope: Envelope) -> int:
    """The number of the event that must have come before; 0 where most are left out."""
    if inbound.picks:
        return 0
    return envelope.after if inbound.skips_minor else envelope.sequence - 1


def id_text(record: Record) -> str:
    """The record's `ce_id`; empty when there is not one that can be read."""
    ids = [value for name, value in record.headers if name == "ce_id" and value and len(value) <= MAX_HEADER_BYTES]
    try:
        return ids[0].decode() if len(ids) == 1 else ""
    except UnicodeDecodeError:
        return ""


def key_text(record: Record) -> str:
    """The record's key as text; what is not UTF-8 is replaced."""
    return (record.key or b"").decode(errors="replace")
