"""The kiosk offices of one partner, as their own program would be: it imports nothing of Mizban and knows the partner
contract and the partner's account alone. Run it alone: `python -I kiosk_office.py < parameters`.

stdin, first line: {"kafka": {"partners"}, "partners": {"<partner>": {"username", "password", "outcomeTopic"}},
"kiosks": {"<kiosk>": {"kid", "privateKey"}}, "run", "perSecond", "now"}.
Each further line is a citizen at the counter, and how the office's program treats what is submitted for them:
{"kioskId", "externalRef", "serviceId", "applicant", "evidence": [types], "revision", "redirectRef", "expected":
ACCEPTED or a code, "spoiled", "repeated", "correction": another such object, sent after a fixable rejection}. When
stdin ends and everything sent is answered, the program ends: 0 if all is answered as expected, else 1.

stdout, JSON lines: {"is": "acknowledged", ...} when Kafka has taken a submission, {"is": "outcome", ...} for each
outcome of this run, {"is": "done", "unanswered": [...]}.
"""

import base64
import hashlib
import json
import queue
import sys
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import Consumer, Message, Producer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TOPIC = "sd.kiosk.submission.v1"
TYPE = "ir.servicedesk.kiosk.submission.submitted.v1"
PATIENCE = 30.0
"""Seconds without any news after which what is unanswered stays so."""
Json = dict[str, Any]


class Office:
    """Sends and listens; every acknowledgement and every outcome of this run goes to the ledger."""

    def __init__(self, parameters: Json) -> None:
        ((partner, account),) = parameters["partners"].items()
        login = {
            "bootstrap.servers": parameters["kafka"]["partners"],
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": account["username"],
            "sasl.password": account["password"],
        }
        self._producer = Producer({**login, "enable.idempotence": True, "linger.ms": 2, "log_level": 3})
        self._consumer = Consumer({**login, "group.id": f"{partner}.desk", "auto.offset.reset": "earliest"})
        self._consumer.subscribe([account["outcomeTopic"]])
        self._run, self._keys, self._every = parameters["run"], parameters["kiosks"], 1 / parameters["perSecond"]
        self._ahead = datetime.fromisoformat(parameters["now"]) - datetime.now(UTC)
        self._open: dict[str, Json] = {}
        self._heard: set[bytes] = set()
        self.unexpected = 0

    def work(self, coming: "queue.SimpleQueue[Json | None]") -> None:
        """Serves whoever comes, at an even pace, until nobody comes any more and all is answered."""
        next_at, last_news, shut = time.monotonic(), time.monotonic(), False
        while not shut or self._open:
            now = time.monotonic()
            if not shut and now >= next_at and not coming.empty():
                visitor = coming.get()
                next_at, last_news = now + self._every, now
                if visitor is None:
                    shut = True
                else:
                    self._submit(visitor)
            self._producer.poll(0)
            message = self._consumer.poll(0.02)
            if message is not None and message.error() is None:
                last_news = now
                self._hear(message)
            if shut and now - last_news > PATIENCE:
                break

    def close(self) -> None:
        self._producer.flush(10)
        self._consumer.close()
        tell(
            "done",
            unanswered=[{"externalRef": v["externalRef"], "expected": v["expected"]} for v in self._open.values()],
        )
        self.unexpected += len(self._open)

    def _submit(self, visitor: Json) -> None:
        value = self._value(visitor)
        self._open[self._send(visitor, value)] = visitor
        if visitor["repeated"]:
            self._send(visitor, value)  # answered once, however often it is sent

    def _send(self, visitor: Json, value: bytes) -> str:
        event_id = str(uuid.uuid4())
        headers = {
            "ce_specversion": "1.0",
            "ce_id": event_id,
            "ce_source": f"/kiosk/{visitor['kioskId']}",
            "ce_type": TYPE,
            "ce_time": self._now(),
            "content-type": "application/json",
            "ce_signature": signature(value, self._keys[visitor["kioskId"]]),
        }

        def acknowledged(error: object, message: Message) -> None:
            if error is not None:
                self.unexpected += 1
                tell("refused", externalRef=visitor["externalRef"], error=str(error))
                return
            tell(
                "acknowledged",
                **{name: visitor[name] for name in NOTED},
                content=hashlib.sha256(value).hexdigest(),
                causeId=event_id,
                willCorrect=visitor["correction"] is not None,
                partition=message.partition(),
                offset=message.offset(),
            )

        key = f"{visitor['kioskId']}:{visitor['externalRef']}"
        self._producer.produce(
            TOPIC, value, key, headers=[(n, v.encode()) for n, v in headers.items()], on_delivery=acknowledged
        )
        return event_id

    def _value(self, visitor: Json) -> bytes:
        papers = [{"type": t, "sha256": paper(t), "originalSeen": True, "dataref": None} for t in visitor["evidence"]]
        body = {
            **{name: visitor[name] for name in SUBMITTED},
            "evidence": papers,
            "amount": None,
            "area": None,
            "submittedAt": self._now(),
        }
        value = json.dumps(body, ensure_ascii=False).encode()
        return value[: len(value) // 2] if visitor["spoiled"] else value

    def _hear(self, message: Message) -> None:
        outcome: Json = json.loads(message.value() or b"{}")
        headers: Any = message.headers() or ()
        event_id = dict(headers)["ce_id"]
        if event_id in self._heard:
            return  # Kafka may bring an event twice
        self._heard.add(event_id)
        if f"-{self._run}-" not in outcome.get("externalRef", ""):
            return  # of another day
        tell("outcome", **outcome)
        cause = outcome["causeId"]
        if outcome["status"] == "PROGRESS" or cause not in self._open:
            return
        visitor = self._open.pop(cause)
        got = outcome["code"] or outcome["status"]
        if got != visitor["expected"]:
            self.unexpected += 1
        if visitor["correction"] is not None and outcome["fixable"]:
            self._submit(visitor["correction"])

    def _now(self) -> str:
        return (datetime.now(UTC) + self._ahead).strftime("%Y-%m-%dT%H:%M:%SZ")


SUBMITTED = ("externalRef", "kioskId", "serviceId", "applicant", "revision", "redirectRef")
NOTED = ("kioskId", "externalRef", "revision", "serviceId", "expected", "redirectRef")


def signature(value: bytes, key: Json) -> str:
    """A detached JWS over the very bytes that are sent, by the office's own key."""
    protected = base64url(json.dumps({"alg": "Ed25519", "kid": key["kid"]}, separators=(",", ":")).encode())
    private = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(key["privateKey"] + "="))
    return f"{protected}..{base64url(private.sign(f'{protected}.{base64url(value)}'.encode()))}"


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def paper(evidence_type: str) -> str:
    """The fingerprint of a scan."""
    return hashlib.sha256(f"a scan of {evidence_type}".encode()).hexdigest()


def tell(what: str, **facts: Any) -> None:
    print(json.dumps({"is": what, **facts}, ensure_ascii=False), flush=True)


def read_lines(into: "queue.SimpleQueue[Json | None]") -> None:
    for line in sys.stdin:
        if line.strip():
            into.put(json.loads(line))
    into.put(None)


def main() -> int:
    office = Office(json.loads(sys.stdin.readline()))
    coming: queue.SimpleQueue[Json | None] = queue.SimpleQueue()
    threading.Thread(target=read_lines, args=(coming,), daemon=True).start()
    try:
        office.work(coming)
    finally:
        office.close()
    return 1 if office.unexpected else 0


if __name__ == "__main__":
    sys.exit(main())
