"""The kiosk offices of one partner, as their own program would be: it imports nothing of Mizban and knows the partner
contract, the partner's account and the public registry. Run it alone: `python -I kiosk_office.py < parameters`.

stdin, first line: {"kafka": {"partners"}, "services": {"registry": {"url"}}, "partners": {"<partner>": {"username",
"password", "outcomeTopic", "kiosks"}}, "kiosks": {"<kiosk>": {"kid", "privateKey"}}, "run", "seed", "submissions",
"perSecond", "now"}.
Each further line is a citizen whom a desk sent: {"redirectRef", "kioskId", "serviceId", "applicant"}. When stdin ends
and everything sent is answered, the program ends: 0 if all is answered as expected, else 1.

stdout, JSON lines: {"is": "acknowledged", ...} when Kafka has taken a submission, {"is": "outcome", ...} for each
outcome of this run, {"is": "done", "unanswered": [...]}.
"""

import base64
import hashlib
import itertools
import json
import queue
import random
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from confluent_kafka import Consumer, Message, Producer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TOPIC = "sd.kiosk.submission.v1"
TYPE = "ir.servicedesk.kiosk.submission.submitted.v1"
PATIENCE = 30.0
"""Seconds without any news after which what is unanswered stays so."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Sheet:
    """What the office needs to know of a service: where it is offered, and which papers the citizen brings."""

    service_id: str
    evidence: tuple[str, ...]
    offered: frozenset[tuple[str, str]]
    """(kiosk class, county); county "" = everywhere."""

    def is_offered_at(self, kiosk: Json) -> bool:
        return bool(self.offered & {(kiosk["kioskClass"], kiosk["county"]), (kiosk["kioskClass"], "")})


@dataclass(frozen=True)
class Visitor:
    """One citizen at the counter, what is submitted for them, and the answer that the contract promises."""

    kiosk_id: str
    external_ref: str
    service_id: str
    applicant: Json
    evidence: tuple[str, ...]
    expected: str
    """ACCEPTED, or the code of the rejection."""
    revision: int = 1
    redirect_ref: str | None = None
    spoiled: bool = False
    """The counter's program cuts the record in half: it is no JSON."""
    correction: "Visitor | None" = None
    """What is sent after a fixable rejection."""
    repeated: bool = False
    """The office sends the same bytes once more, under a new id."""


class Day:
    """The citizens of one day at the partner's kiosks: seeded, so that a day can be had again."""

    KINDS = (
        "good", "repeated", "wrong-id", "no-mobile", "expired-licence", "not-offered", "no-paper", "presence",
        "spoiled", "made-up-redirect", "unreachable", "good", "good", "good", "repeated", "good", "good", "good",
    )  # fmt: skip

    def __init__(self, kiosks: list[Json], sheets: list[Sheet], run: str, seed: str, today: str) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - makes up citizens, no secrets: a seed gives its day again
        self._open = [k for k in kiosks if k["status"] == "ACTIVE" and k["validTo"] >= today]
        self._shut = [k for k in kiosks if k not in self._open]
        self._sheets, self._run = sheets, run
        self._numbers = itertools.count(1)

    def visitors(self, count: int) -> Iterator[Visitor]:
        for kind in itertools.islice(itertools.cycle(self.KINDS), count):
            yield self._visitor(kind)

    def redirected(self, line: Json) -> Visitor:
        """A citizen with a desk's reference: the same person and service, with the papers of the sheet."""
        sheet = next(s for s in self._sheets if s.service_id == line["serviceId"])
        return Visitor(
            kiosk_id=line["kioskId"],
            external_ref=self._ref(line["kioskId"]),
            service_id=sheet.service_id,
            applicant=line["applicant"],
            evidence=sheet.evidence,
            expected="ACCEPTED",
            redirect_ref=line["redirectRef"],
        )

    def _visitor(self, kind: str) -> Visitor:
        kiosk = self._chance.choice(self._open)
        sheet = self._chance.choice([s for s in self._sheets if s.is_offered_at(kiosk)])
        good = Visitor(
            kiosk_id=kiosk["id"],
            external_ref=self._ref(kiosk["id"]),
            service_id=sheet.service_id,
            applicant=applicant(self._chance, kiosk["county"]),
            evidence=sheet.evidence,
            expected="ACCEPTED",
        )
        corrected = replace(good, revision=2)
        match kind:
            case "repeated":
                return replace(good, repeated=True)
            case "no-mobile":
                return replace(good, applicant={**good.applicant, "mobile": None})
            case "unreachable":
                return replace(good, applicant={**good.applicant, "mobile": "09140000001"})
            case "wrong-id":
                wrong = {**good.applicant, "value": mistyped(good.applicant["value"])}
                return replace(good, applicant=wrong, expected="INVALID_APPLICANT", correction=corrected)
            case "no-paper":
                return replace(good, evidence=(), expected="MISSING_EVIDENCE", correction=corrected)
            case "spoiled":
                return replace(good, spoiled=True, expected="MALFORMED", correction=corrected)
            case "expired-licence" if self._shut:
                shut = self._chance.choice(self._shut)["id"]
                return replace(good, kiosk_id=shut, external_ref=self._ref(shut), expected="KIOSK_NOT_LICENSED")
            case "not-offered":
                return replace(good, service_id="building-permit", expected="NOT_OFFERED_HERE")
            case "presence":
                return replace(good, service_id="land-deed-original", expected="PRESENCE_REQUIRED")
            case "made-up-redirect":
                return replace(good, redirect_ref="R-made-up-0123456789ab", expected="REDIRECT_UNKNOWN")
        return good

    def _ref(self, kiosk_id: str) -> str:
        return f"{kiosk_id.rpartition('-')[2]}-{self._run}-{next(self._numbers):04d}"


class Office:
    """Sends and listens; every acknowledgement and every outcome of this run goes to the ledger."""

    def __init__(self, partner: str, parameters: Json, day: Day, now: datetime) -> None:
        account = parameters["partners"][partner]
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
        self._day, self._run, self._keys = day, parameters["run"], parameters["kiosks"]
        self._ahead = now - datetime.now(UTC)
        self._open: dict[str, Visitor] = {}
        self._heard: set[bytes] = set()
        self._corrections: dict[str, Visitor] = {}
        self.unexpected = 0

    def work(self, visitors: Iterator[Visitor], sent_here: "queue.SimpleQueue[str | None]", per_second: float) -> None:
        """Serves visitors at an even pace and whoever a desk sends, until both have ended and all is answered."""
        next_at, last_news, desks_closed, waiting = time.monotonic(), time.monotonic(), False, next(visitors, None)
        while not desks_closed or waiting or self._open:
            now = time.monotonic()
            if waiting and now >= next_at:
                self._submit(waiting)
                waiting, next_at = next(visitors, None), next_at + 1 / per_second
                last_news = now
            while not desks_closed and not sent_here.empty():
                line = sent_here.get()
                desks_closed = line is None
                if line is not None:
                    self._submit(self._day.redirected(json.loads(line)))
            self._producer.poll(0)
            message = self._consumer.poll(0.02)
            if message is not None and message.error() is None:
                last_news = now
                self._hear(message)
            if desks_closed and now - last_news > PATIENCE:
                break

    def close(self) -> None:
        self._producer.flush(10)
        self._consumer.close()
        tell("done", unanswered=[{"externalRef": v.external_ref, "expected": v.expected} for v in self._open.values()])
        self.unexpected += len(self._open)

    def _submit(self, visitor: Visitor) -> None:
        value = self._value(visitor)
        event_id = self._send(visitor, value)
        self._open[event_id] = visitor
        if visitor.correction:
            self._corrections[event_id] = visitor.correction
        if visitor.repeated:
            self._send(visitor, value)  # answered once, however often it is sent

    def _send(self, visitor: Visitor, value: bytes) -> str:
        event_id = str(uuid.uuid4())
        headers = {
            "ce_specversion": "1.0",
            "ce_id": event_id,
            "ce_source": f"/kiosk/{visitor.kiosk_id}",
            "ce_type": TYPE,
            "ce_time": self._now(),
            "content-type": "application/json",
            "ce_signature": signature(value, self._keys[visitor.kiosk_id]),
        }

        def acknowledged(error: object, message: Message) -> None:
            if error is not None:
                self.unexpected += 1
                tell("refused", externalRef=visitor.external_ref, error=str(error))
                return
            tell(
                "acknowledged",
                kioskId=visitor.kiosk_id,
                externalRef=visitor.external_ref,
                revision=visitor.revision,
                serviceId=visitor.service_id,
                content=hashlib.sha256(value).hexdigest(),
                causeId=event_id,
                expected=visitor.expected,
                willCorrect=visitor.correction is not None,
                redirectRef=visitor.redirect_ref,
                partition=message.partition(),
                offset=message.offset(),
            )

        key = f"{visitor.kiosk_id}:{visitor.external_ref}"
        self._producer.produce(
            TOPIC, value, key, headers=[(n, v.encode()) for n, v in headers.items()], on_delivery=acknowledged
        )
        return event_id

    def _value(self, visitor: Visitor) -> bytes:
        papers = [{"type": t, "sha256": paper(t), "originalSeen": True, "dataref": None} for t in visitor.evidence]
        body = {
            "externalRef": visitor.external_ref,
            "kioskId": visitor.kiosk_id,
            "serviceId": visitor.service_id,
            "applicant": visitor.applicant,
            "evidence": papers,
            "amount": None,
            "area": None,
            "revision": visitor.revision,
            "redirectRef": visitor.redirect_ref,
            "submittedAt": self._now(),
        }
        value = json.dumps(body, ensure_ascii=False).encode()
        return value[: len(value) // 2] if visitor.spoiled else value

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
        if got != visitor.expected:
            self.unexpected += 1
        correction = self._corrections.pop(cause, None)
        if correction is not None and outcome["fixable"]:
            self._submit(correction)

    def _now(self) -> str:
        return (datetime.now(UTC) + self._ahead).strftime("%Y-%m-%dT%H:%M:%SZ")


def signature(value: bytes, key: Json) -> str:
    """A detached JWS over the very bytes that are sent, by the office's own key."""
    protected = base64url(json.dumps({"alg": "Ed25519", "kid": key["kid"]}, separators=(",", ":")).encode())
    private = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(key["privateKey"] + "="))
    return f"{protected}..{base64url(private.sign(f'{protected}.{base64url(value)}'.encode()))}"


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


FIRST_NAMES = ("مریم", "رضا", "سولماز", "یاشار", "زهرا", "آیدین", "فاطمه", "بهروز", "لیلا", "کاوه", "نسرین", "سعید")
LAST_NAMES = ("محمدی", "رستمی", "قهرمانی", "حسن‌زاده", "علیلو", "مرادی", "صمدی", "نوری", "عباسی", "جعفری")


def applicant(chance: random.Random, county: str) -> Json:
    """A made-up person with a well-formed national id and mobile."""
    first_nine = f"{chance.randrange(10**9):09d}"
    return {
        "scheme": "NID",
        "value": first_nine + check_digit(first_nine),
        "name": f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}",
        "mobile": f"0914{chance.randrange(1_000_000, 10_000_000) // 10 * 10 + 5}",
        "county": county,
    }


def check_digit(first_nine: str) -> str:
    """Of an Iranian national id, by the published rule."""
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(first_nine)) % 11
    return str(rest if rest < 2 else 11 - rest)


def mistyped(national_id: str) -> str:
    return national_id[:-1] + str((int(national_id[-1]) + 1) % 10)


def paper(evidence_type: str) -> str:
    """The fingerprint of a scan."""
    return hashlib.sha256(f"a scan of {evidence_type}".encode()).hexdigest()


def tell(what: str, **facts: Any) -> None:
    print(json.dumps({"is": what, **facts}, ensure_ascii=False), flush=True)


def read_registry(url: str, partner: str) -> tuple[list[Json], list[Sheet]]:
    """The partner's kiosks, and the services that some kiosk may offer, from the public registry."""

    def items(path: str) -> list[Json]:
        with closing(HTTPConnection(urlsplit(url).netloc, timeout=10)) as registry:
            registry.request("GET", f"/v1/{path}")
            answer = registry.getresponse()
            if answer.status != HTTPStatus.OK:
                raise OSError(f"the registry answers {answer.status} to {path}")
            found: list[Json] = json.load(answer)["items"]
            return found

    offered: dict[str, set[tuple[str, str]]] = {}
    for offering in items("offerings?limit=500"):
        if offering["channel"].startswith("KIOSK_"):
            kiosk_class = offering["channel"].removeprefix("KIOSK_")
            places = offered.setdefault(offering["serviceId"], set())
            places.update((kiosk_class, county) for county in offering["counties"] or [""])
    sheets = [
        Sheet(service["id"], tuple(_demanded(service)), frozenset(offered[service["id"]]))
        for service in items("services?limit=500")
        if service["id"] in offered and any(_demanded(service))
    ]
    return items(f"kiosks?partner={partner}&limit=500"), sheets


def _demanded(service: Json) -> Iterator[str]:
    """What the citizen brings: nothing that an agency holds, nothing for special cases."""
    for requirement in service["requirements"]:
        if requirement["mandatory"] and requirement["heldBy"] is None and requirement["condition"] is None:
            yield requirement["evidenceType"]


def read_lines(into: "queue.SimpleQueue[str | None]") -> None:
    for line in sys.stdin:
        if line.strip():
            into.put(line)
    into.put(None)


def main() -> int:
    parameters: Json = json.loads(sys.stdin.readline())
    (partner,) = parameters["partners"]
    kiosks, sheets = read_registry(parameters["services"]["registry"]["url"], partner)
    now = datetime.fromisoformat(parameters["now"])
    day = Day(kiosks, sheets, parameters["run"], f"{parameters['seed']}:{partner}", parameters["now"][:10])
    sent_here: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=read_lines, args=(sent_here,), daemon=True).start()
    office = Office(partner, parameters, day, now)
    try:
        office.work(day.visitors(parameters["submissions"]), sent_here, parameters["perSecond"])
    finally:
        office.close()
    return 1 if office.unexpected else 0


if __name__ == "__main__":
    sys.exit(main())
