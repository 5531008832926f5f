"""One day of the submission topic: spoiled records and good ones sent together, and all that is heard of them."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from confluent_kafka import KafkaError, Message, Producer

from services.contracts.topics import KIOSK_SUBMISSION, dead_letter_topic, outcome_topic
from services.ops.credentials import Credentials
from services.ops.kiosk_keys import office_key
from services.runtime import broker_records
from services.runtime.message import Record
from tests.support.running_services import Services
from tests.support.spoiled_records import Body, Case, Sent, good

PARTITIONS = 6
SECONDS = 60.0


@dataclass
class Day:
    """All cases sent in one go, each with a good neighbour, and all that was heard of them."""

    services: Services
    cases: Sequence[Case]
    sent: dict[str, Sent] = field(default_factory=dict)
    neighbours: dict[str, Sent] = field(default_factory=dict)
    outcomes: dict[str, list[Body]] = field(default_factory=dict)
    """By external reference, as the record's key has it."""
    letters: dict[tuple[int, int], list[dict[str, str]]] = field(default_factory=dict)
    """By the partition and offset of the original."""
    sealed: list[bytes] = field(default_factory=list)

    def send(self) -> None:
        producer = Producer(
            {
                "bootstrap.servers": self.services.stack.bootstrap,
                "linger.ms": 200,  # as few batches as can be: the bad ones travel with good ones
                "message.max.bytes": 1_000_000,
            }
        )
        now, run = self.services.now(), uuid4().hex[:6]
        for number, case in enumerate(self.cases):
            bad, neighbour = good(f"{run}-{number}-x", now), good(f"{run}-{number}-n", now)
            case.spoil(bad)
            self.sent[case.name], self.neighbours[case.name] = bad, neighbour
            for record in (bad, neighbour):
                self._produce(producer, record, number % PARTITIONS)
        assert producer.flush(30) == 0

    def _produce(self, producer: Producer, record: Sent, partition: int) -> None:
        def on_delivery(error: KafkaError | None, message: Message) -> None:
            assert error is None, error
            record.offset = (partition, message.offset() or 0)

        headers: list[tuple[str, str | bytes | None]] = list(record.headers)
        if headers and record.signed:
            headers.append(("ce_signature", self._sign(record.signer, record.value or b"").encode()))
        producer.produce(
            KIOSK_SUBMISSION.name,
            key=record.key,
            value=record.value,
            headers=headers,
            partition=partition,
            on_delivery=on_delivery,
        )

    def _sign(self, kiosk: str, value: bytes) -> str:
        return office_key(Credentials(self.services.stack.home), kiosk).sign(value)

    def listen(self) -> None:
        """Until every record had its answer, and a little longer: what comes too often would come then."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and not self._all_heard():
            time.sleep(1)
            self._hear()
        time.sleep(3)
        self._hear()

    def _hear(self) -> None:
        self.outcomes.clear()
        self.letters.clear()
        self.sealed.clear()
        names = [outcome_topic("pishkhan-a").name, outcome_topic("pishkhan-b").name]
        offsets = {record.offset for record in self.sent.values()}
        for record in broker_records.everything(self.services.stack.bootstrap, names):
            ref = (record.key or b"").decode().partition(":")[2]
            self.outcomes.setdefault(ref, []).append(json.loads(record.value or b""))
        for record in broker_records.everything(
            self.services.stack.bootstrap, [dead_letter_topic("mizban.intake").name]
        ):
            summary = _summary(record)
            place = (int(summary["dl_partition"]), int(summary["dl_offset"]))
            if summary["dl_topic"] == KIOSK_SUBMISSION.name and place in offsets:
                self.letters.setdefault(place, []).append(summary)
                self.sealed.append((record.value or b"") + (record.key or b""))

    def _all_heard(self) -> bool:
        answered = [r.ref in self.outcomes for r in self.neighbours.values()]
        answered += [self.sent[c.name].ref in self.outcomes for c in self.cases if c.rejected or not c.dead]
        return all(answered) and all(self.sent[c.name].offset in self.letters for c in self.cases if c.dead)

    def told(self, record: Sent) -> list[tuple[str, str | None]]:
        return [(outcome["status"], outcome["code"]) for outcome in self.outcomes.get(record.ref, [])]


def _summary(record: Record) -> dict[str, str]:
    return {name: (value or b"").decode() for name, value in record.headers}
