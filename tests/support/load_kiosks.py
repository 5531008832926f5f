"""Kiosk offices under load: their partners' programs publish submissions over Kafka, good, mistaken and malformed."""

import contextlib
import json
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from uuid import UUID

from confluent_kafka import KafkaError, Message, Producer

from services.contracts.envelope import MAX_VALUE_BYTES
from services.contracts.kiosk import SUBMITTED
from services.contracts.topics import KIOSK_SUBMISSION
from services.ops.chance import Chance
from tests.support.load_run import PATIENCE, URMIA_KIOSKS, People, Run, papers, ticks
from tests.support.run_ledger import ACCEPTED, Json, Submitted

NO_ANSWER = "NO_ANSWER"
KINDS = {"good": 78, "twice": 8, "wrong-id": 4, "no-paper": 4, "no-kiosk": 2, "not-here": 2, "forged": 2}
"""What visits are like, and how many in a hundred."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A citizen at a kiosk counter, and what must become of the submission."""

    kiosk_id: str
    external_ref: str
    body: Json
    expected: str = ACCEPTED
    dead_letter: str | None = None
    raw: bytes | None = None
    copies: int = 1
    redirect_of: str | None = None
    forged: bool = False
    """The signature is one of other bytes."""
    headers: Mapping[str, bytes | None] = field(default_factory=dict)


class Kiosks:
    """`sent` takes visits of people whom a desk has sent; `done` is set when all is acknowledged."""

    def __init__(self, run: Run) -> None:
        self.sent: queue.SimpleQueue[Visit] = queue.SimpleQueue()
        self.done = threading.Event()
        self._run = run
        self._people = People(f"{run.seed} at kiosks", run.ledger)

    def work(self) -> None:
        chance = Chance(f"{self._run.seed} kiosks")
        producers = {
            partner: Producer(
                {
                    "bootstrap.servers": self._run.at.kafka_partners,
                    "security.protocol": "SASL_PLAINTEXT",
                    "sasl.mechanism": "SCRAM-SHA-512",
                    "sasl.username": partner,
                    "sasl.password": password,
                    "enable.idempotence": True,
                    "message.timeout.ms": int(PATIENCE * 1000),
                    "linger.ms": 2,
                    "log_level": 0,
                }
            )
            for partner, (password, _) in self._run.at.partners.items()
        }
        owner = {kiosk: partner for partner, (_, kiosks) in self._run.at.partners.items() for kiosk in kiosks}
        for number in ticks(self._run.pace.submissions, self._run.stop, self._run.pace.limit):
            visits = [self._visit(chance, number)]
            with contextlib.suppress(queue.Empty):
                visits.append(self.sent.get_nowait())
            for visit in visits:
                producer = producers[owner.get(visit.kiosk_id, next(iter(producers)))]
                self._submit(producer, visit, chance)
            for producer in producers.values():
                producer.poll(0)
        deadline = time.monotonic() + PATIENCE
        for producer in producers.values():
            left = producer.flush(max(1.0, deadline - time.monotonic()))
            if left:
                self._run.ledger.unanswered.append(f"{left} submissions were neither acknowledged nor refused")
        self.done.set()

    def _visit(self, chance: Chance, number: int) -> Visit:
        kiosk = chance.choice(URMIA_KIOSKS)
        ref = f"{self._run.ledger.run}-{number:06d}"
        body: Json = {
            "externalRef": ref,
            "kioskId": kiosk,
            "serviceId": "social-insurance-record",
            "applicant": self._people.next(mobile=chance.random() < 0.85),
            "evidence": papers("identity-card"),
            "amount": None,
            "area": None,
            "revision": 1,
            "redirectRef": None,
            "submittedAt": f"{self._run.at.now():%Y-%m-%dT%H:%M:%SZ}",
        }
        good = Visit(kiosk, ref, body)
        pace = self._run.pace
        if int((number + 1) * pace.malformed) > int(number * pace.malformed):
            return _malformed(good, chance)
        if not pace.mistakes:
            return good
        match chance.choices(
            ("good", "twice", "wrong-id", "no-paper", "no-kiosk", "not-here", "forged"), (78, 8, 4, 4, 2, 2, 2)
        )[0]:
            case "twice":
                return replace(good, copies=2)
            case "wrong-id":
                wrong = self._people.mistyped(body["applicant"])
                return replace(good, body=body | {"applicant": wrong}, expected="INVALID_APPLICANT")
            case "no-paper":
                return replace(good, body=body | {"evidence": []}, expected="MISSING_EVIDENCE")
            case "no-kiosk":
                nowhere = "wa-nowhere-001"
                stray = replace(good, kiosk_id=nowhere, body=body | {"kioskId": nowhere})
                return replace(stray, expected=NO_ANSWER, dead_letter="UNKNOWN_KIOSK")
            case "not-here":
                return replace(good, body=body | {"serviceId": "building-permit"}, expected="NOT_OFFERED_HERE")
            case "forged":
                return replace(good, forged=True, expected="BAD_SIGNATURE")
        return good

    def _submit(self, producer: Producer, visit: Visit, chance: Chance) -> None:
        value = visit.raw if visit.raw is not None else json.dumps(visit.body, ensure_ascii=False).encode()
        signature = self._run.at.sign(visit.kiosk_id, value + b" " * visit.forged).encode()
        for _ in range(visit.copies):
            headers: dict[str, bytes | None] = {
                "ce_specversion": b"1.0",
                "ce_id": str(UUID(int=chance.getrandbits(128))).encode(),
                "ce_source": f"/kiosk/{visit.kiosk_id}".encode(),
                "ce_type": SUBMITTED.encode(),
                "ce_time": f"{self._run.at.now():%Y-%m-%dT%H:%M:%SZ}".encode(),
                "content-type": b"application/json",
                "ce_signature": signature,
            }
            producer.produce(
                KIOSK_SUBMISSION.name,
                value,
                f"{visit.kiosk_id}:{visit.external_ref}",
                headers=[*(headers | dict(visit.headers)).items()],
                on_delivery=self._acknowledged(visit, value),
            )

    def _acknowledged(self, visit: Visit, value: bytes) -> Callable[[KafkaError | None, Message], None]:
        def on_delivery(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                self._run.ledger.unanswered.append(f"Kafka refused {visit.external_ref}: {error.name()}")
                return
            partition, offset = message.partition(), message.offset()
            assert partition is not None, "of an acknowledged record"
            assert offset is not None, "of an acknowledged record"
            unread = visit.expected == "MALFORMED" and visit.dead_letter not in SHOWS_ITS_REVISION
            unread = unread or visit.expected == "BAD_SIGNATURE"
            submitted = Submitted(
                kiosk_id=visit.kiosk_id,
                external_ref=visit.external_ref,
                revision=0 if unread else visit.body["revision"],
                content=sha256(value).hexdigest()[:16],
                partition=partition,
                offset=offset,
                expected=visit.expected,
                dead_letter=visit.dead_letter,
                redirect_of=visit.redirect_of,
            )
            with self._run.lock:
                self._run.ledger.submitted.append(submitted)

        return on_delivery


SHOWS_ITS_REVISION = {None, "KEY_MISMATCH"}
"""The answer to any other malformed record bears revision 0: it could not be read."""
MALFORMED = (
    *("cut", "binary", "wrong-type", "header-null", "header-not-utf8", "unknown-type", "extra-key"),
    *("header-missing", "bad-time", "oversize", "too-deep", "other-key"),
)


def _malformed(visit: Visit, chance: Chance) -> Visit:
    """The same visit as a record that no submission can be read from; a personal one, all the same."""
    value = json.dumps(visit.body, ensure_ascii=False).encode()
    spoiled = replace(visit, expected="MALFORMED")
    match chance.choice(MALFORMED):
        case "cut":
            return replace(spoiled, raw=value[: len(value) // 2], dead_letter="NOT_JSON")
        case "binary":
            return replace(spoiled, raw=b"\xff\xfe" + value, dead_letter="NOT_JSON")
        case "wrong-type":
            body = visit.body | {"applicant": visit.body["applicant"]["value"], "revision": "one"}
            return replace(spoiled, raw=json.dumps(body).encode(), dead_letter="SCHEMA")
        case "header-null":
            return replace(spoiled, headers={"ce_time": None}, dead_letter="HEADER_NULL")
        case "header-not-utf8":
            return replace(spoiled, headers={"ce_time": b"\xff\xfe"}, dead_letter="HEADER_NOT_UTF8")
        case "unknown-type":
            return replace(
                spoiled, raw=value[:-1], headers={"ce_type": b"ir.unheard.of.v9"}, dead_letter="UNKNOWN_TYPE"
            )
        case "header-missing":
            return replace(spoiled, headers={"ce_source": b""}, dead_letter="HEADER_MISSING")
        case "bad-time":
            return replace(spoiled, headers={"ce_time": b"yesterday"}, dead_letter="BAD_TIME")
        case "oversize":
            return replace(spoiled, raw=value + b" " * MAX_VALUE_BYTES, dead_letter="OVERSIZE")
        case "too-deep":
            return replace(spoiled, raw=b"[" * 40 + b"]" * 40, dead_letter="TOO_DEEP")
        case "other-key":
            raw = json.dumps(visit.body | {"externalRef": f"{visit.external_ref}-x"}).encode()
            return replace(spoiled, raw=raw, dead_letter="KEY_MISMATCH")
    doubled = value[:-1] + b', "revision": 2}'
    return replace(spoiled, raw=doubled, dead_letter="DUPLICATE_KEY")
