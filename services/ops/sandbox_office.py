"""The sandbox kiosk's program: one signed submission over the partner listener, and its outcome.

It knows what every partner's program knows (docs/partners.md): account, key, topics.
"""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer

from services.contracts.kiosk import SUBMITTED
from services.contracts.topics import KIOSK_SUBMISSION, outcome_topic
from services.ops.errors import StackError
from services.ops.kiosk_keys import OfficeKey

SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Account:
    """What the operator gave the partner."""

    bootstrap: str
    partner: str
    password: str

    def login(self) -> dict[str, str | int | float | bool]:
        return {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": self.partner,
            "sasl.password": self.password,
            "log_level": 2,
        }


def a_body(kiosk_id: str, now: datetime) -> dict[str, Any]:
    """Of nobody: the person is made up."""
    return {
        "externalRef": f"try-{uuid.uuid4().hex[:8].translate(LETTERS)}",
        "kioskId": kiosk_id,
        "serviceId": "social-insurance-record",
        "applicant": {"scheme": "NID", "value": "0013542419", "name": "آزمایش", "mobile": None, "county": "urmia"},
        "evidence": [{"type": "identity-card", "sha256": sha256(b"a scan").hexdigest(), "originalSeen": True}],
        "revision": 1,
        "submittedAt": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""Digits could look like somebody's number."""


class Office:
    """Sends, and hears what it is told."""

    def __init__(self, account: Account, consumer: Consumer, key: OfficeKey) -> None:
        self._producer = Producer({**account.login(), "enable.idempotence": True, "message.timeout.ms": 20_000})
        self._consumer, self._key = consumer, key

    def submit(self, body: dict[str, Any], *, signed_for: bytes | None = None) -> str:
        """Its `ce_id`. `signed_for`: sign these bytes instead, as a forger would. Raises StackError."""
        event_id, value = str(uuid.uuid4()), json.dumps(body, ensure_ascii=False).encode()
        errors: list[str | None] = []

        def acknowledged(error: KafkaError | None, _: Message) -> None:
            errors.append(error.str() if error else None)

        headers = {
            "ce_specversion": "1.0",
            "ce_id": event_id,
            "ce_source": f"/kiosk/{body['kioskId']}",
            "ce_type": SUBMITTED,
            "content-type": "application/json",
            "ce_signature": self._key.sign(signed_for or value),
        }
        self._producer.produce(
            KIOSK_SUBMISSION.name,
            value,
            f"{body['kioskId']}:{body['externalRef']}",
            headers=[(name, text.encode()) for name, text in headers.items()],
            on_delivery=acknowledged,
        )
        if self._producer.flush(30) or errors != [None]:
            raise StackError(f"Kafka did not take the submission: {errors[0] if errors else 'no answer'}")
        return event_id

    def answer_to(self, event_id: str) -> dict[str, Any]:
        """The outcome. Raises StackError when none comes."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            message = self._consumer.poll(0.5)
            if message is None:
                continue
            error = message.error()
            if error is not None:
                raise StackError(f"the outcome topic cannot be read: {error.str()}")
            outcome: dict[str, Any] = json.loads(message.value() or b"{}")
            if outcome.get("causeId") == event_id:
                return outcome
        raise StackError(f"no outcome within {SECONDS:.0f} s; is intake up?")


@contextmanager
def office(account: Account, key: OfficeKey) -> Iterator[Office]:
    """Raises StackError, also when the account is refused."""
    group = f"{account.partner}.try-{uuid.uuid4().hex[:8]}"
    consumer = Consumer({**account.login(), "group.id": group, "auto.offset.reset": "earliest"})
    consumer.subscribe([outcome_topic(account.partner).name])
    try:
        yield Office(account, consumer, key)
    except KafkaException as error:
        raise StackError(f"Kafka: {error.args[0].str()}") from error
    finally:
        consumer.close()
