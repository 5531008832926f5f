"""A seeded day of work on the running stack, until it is stopped: kiosk offices over Kafka as their partner's
own program would, desks over HTTP, unit officers who start and answer, a registry clerk. Everything
acknowledged goes to a ledger.

Clients behave as clients should: on 503, or when nobody answers, the same call again with the same Idempotency-Key.
"""

import contextlib
import itertools
import json
import queue
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx
from confluent_kafka import KafkaError, Message, Producer

from services.contracts.kiosk import SUBMITTED
from services.contracts.topics import KIOSK_SUBMISSION
from tests.support.acknowledged import ACCEPTED, Filed, Json, Ledger, Submitted, Worked
from tests.support.canaries import MARKER, PERSIAN_MARKER

PATIENCE = 90.0
"""Seconds after which an input without an answer counts as never answered."""
AGAIN_AFTER = 0.2
NO_ANSWER = "NO_ANSWER"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where everything is. `partners`: partner -> (password, its kiosks); `now` gives the stack's clock."""

    kafka_partners: str
    registry: str
    intake: str
    routing: str
    partners: Mapping[str, tuple[str, tuple[str, ...]]]
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Pace:
    """Per second. `limit` ends the kiosks' work by itself after so many submissions."""

    submissions: float = 15
    requests: float = 5
    limit: int | None = None
    malformed: float = 0.05
    """The share of records that no submission can be read from."""
    redirected: float = 0.25
    """The share of desk requests that the desk sends to a kiosk."""
    officers: bool = True


@dataclass(frozen=True, slots=True)
class _Visit:
    """A citizen at a kiosk counter, and what must become of the submission."""

    kiosk_id: str
    external_ref: str
    body: Json
    expected: str = ACCEPTED
    dead_letter: str | None = None
    raw: bytes | None = None
    copies: int = 1
    redirect_of: str | None = None
    headers: Mapping[str, bytes | None] = field(default_factory=dict)


class Load:
    """`with Load(...) as load:` works in the background; on leaving, what was begun is finished and acknowledged."""

    def __init__(self, addresses: Addresses, seed: str, pace: Pace = Pace()) -> None:
        self.ledger = Ledger(
            run=f"c{secrets.token_hex(4)}x"
        )  # its own, also when a seed is had again on the same stores
        self._at, self._pace, self._seed = addresses, pace, seed
        self._stop = threading.Event()
        self._kiosks_done = threading.Event()
        self._sent_to_kiosk: queue.SimpleQueue[_Visit] = queue.SimpleQueue()
        self._at_kiosks, self._at_desks = (_People(f"{seed} at {where}", self.ledger) for where in ("kiosks", "desks"))
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), name=f"load {work.__name__}", daemon=True)
            for work in (self._kiosks, self._desks, self._officers, self._clerk)
            if pace.officers or work != self._officers
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE + 30 if failure is None else 0.1)
            if thread.is_alive():
                self.ledger.unanswered.append(f"{thread.name} did not end")

    def until_sent(self, seconds: float = 300) -> None:
        """Waits until the `limit` of submissions is acknowledged."""
        assert self._kiosks_done.wait(seconds), "the kiosks are not done in time"

    def a_request(self, service: str) -> tuple[str, Json]:
        """Idempotency-Key and body of a desk request that nobody has filed yet."""
        return f"{self.ledger.run}-{service}", self._request_for(service)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            self.ledger.unanswered.append(f"{work.__name__} broke off: {type(error).__name__}: {error}")
            raise

    # -- kiosks --------------------------------------------------------------------------------------------------------

    def _kiosks(self) -> None:
        chance = random.Random(f"{self._seed} kiosks")  # noqa: S311 - a day that can be had again
        producers = {
            partner: Producer(
                {
                    "bootstrap.servers": self._at.kafka_partners,
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
            for partner, (password, _) in self._at.partners.items()
        }
        owner = {kiosk: partner for partner, (_, kiosks) in self._at.partners.items() for kiosk in kiosks}
        for number in _ticks(self._pace.submissions, self._stop, self._pace.limit):
            visits = [self._visit(chance, number)]
            with contextlib.suppress(queue.Empty):
                visits.append(self._sent_to_kiosk.get_nowait())
            for visit in visits:
                producer = producers[owner.get(visit.kiosk_id, next(iter(producers)))]
                self._submit(producer, visit, chance)
            for producer in producers.values():
                producer.poll(0)
        deadline = time.monotonic() + PATIENCE
        for producer in producers.values():
            left = producer.flush(max(1.0, deadline - time.monotonic()))
            if left:
                self.ledger.unanswered.append(f"{left} submissions were neither acknowledged nor refused")
        self._kiosks_done.set()

    def _visit(self, chance: random.Random, number: int) -> _Visit:
        kiosk = chance.choice(URMIA_KIOSKS)
        ref = f"{self.ledger.run}-{number:06d}"
        body: Json = {
            "externalRef": ref,
            "kioskId": kiosk,
            "serviceId": "social-insurance-record",
            "applicant": self._at_kiosks.next(mobile=chance.random() < 0.85),
            "evidence": _papers("identity-card"),
            "amount": None,
            "area": None,
            "revision": 1,
            "redirectRef": None,
            "submittedAt": f"{self._at.now():%Y-%m-%dT%H:%M:%SZ}",
        }
        good = _Visit(kiosk, ref, body)
        if chance.random() < self._pace.malformed:
            return _malformed(good, chance)
        match chance.choices(("good", "twice", "wrong-id", "no-paper", "no-kiosk", "not-here"), (80, 8, 4, 4, 2, 2))[0]:
            case "twice":
                return replace(good, copies=2)
            case "wrong-id":
                wrong = self._at_kiosks.mistyped(body["applicant"])
                return replace(good, body=body | {"applicant": wrong}, expected="INVALID_APPLICANT")
            case "no-paper":
                return replace(good, body=body | {"evidence": []}, expected="MISSING_EVIDENCE")
            case "no-kiosk":
                nowhere = "wa-nowhere-001"
                stray = replace(good, kiosk_id=nowhere, body=body | {"kioskId": nowhere})
                return replace(stray, expected=NO_ANSWER, dead_letter="UNKNOWN_KIOSK")
            case "not-here":
                return replace(good, body=body | {"serviceId": "building-permit"}, expected="NOT_OFFERED_HERE")
        return good

    def _submit(self, producer: Producer, visit: _Visit, chance: random.Random) -> None:
        value = visit.raw if visit.raw is not None else json.dumps(visit.body, ensure_ascii=False).encode()
        for _ in range(visit.copies):
            headers: dict[str, bytes | None] = {
                "ce_specversion": b"1.0",
                "ce_id": str(UUID(int=chance.getrandbits(128))).encode(),
                "ce_source": f"/kiosk/{visit.kiosk_id}".encode(),
                "ce_type": SUBMITTED.encode(),
                "ce_time": f"{self._at.now():%Y-%m-%dT%H:%M:%SZ}".encode(),
                "content-type": b"application/json",
            }
            producer.produce(
                KIOSK_SUBMISSION.name,
                value,
                f"{visit.kiosk_id}:{visit.external_ref}",
                headers=[*(headers | dict(visit.headers)).items()],
                on_delivery=self._acknowledged(visit, value),
            )

    def _acknowledged(self, visit: _Visit, value: bytes) -> Callable[[KafkaError | None, Message], None]:
        def on_delivery(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                self.ledger.unanswered.append(f"Kafka refused {visit.external_ref}: {error.name()}")
                return
            partition, offset = message.partition(), message.offset()
            assert partition is not None, "of an acknowledged record"
            assert offset is not None, "of an acknowledged record"
            unread = visit.dead_letter is not None and visit.expected == "MALFORMED"
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
            with self._lock:
                self.ledger.submitted.append(submitted)

        return on_delivery

    # -- desks ---------------------------------------------------------------------------------------------------------

    def _desks(self) -> None:
        chance = random.Random(f"{self._seed} desks")  # noqa: S311 - a day that can be had again
        with httpx.Client(base_url=self._at.intake, timeout=15) as http, ThreadPoolExecutor(8) as desks:
            for number in _ticks(self._pace.requests, self._stop, None):
                desks.submit(self._guarded, _named("a desk", self._file, http, *self._request(chance, number)))

    def _request(self, chance: random.Random, number: int) -> tuple[str, Json, bool]:
        """Idempotency-Key, body, and whether the desk's program asks a second time though it was answered."""
        redirected = chance.random() < self._pace.redirected
        service = "social-insurance-record" if redirected else chance.choices(tuple(DESKS), (3, 4, 2))[0]
        return f"{self.ledger.run}-{number}", self._request_for(service), chance.random() < 0.15

    def _request_for(self, service: str) -> Json:
        desk, papers = DESKS.get(service, REDIRECTING)
        informed = service == "opening-hours"
        return {
            "serviceId": service,
            "deskId": desk,
            "officerId": f"{desk}-01",
            "applicant": None if informed else self._at_desks.next(mobile=True),
            "evidence": _papers(*papers),
            "informationOnly": informed,
            "note": f"{MARKER} {self.ledger.run} {PERSIAN_MARKER}",
        }

    def _file(self, http: httpx.Client, key: str, body: Json, again: bool) -> None:
        answer = self._until_answered("file", lambda: http.post("/v1/requests", json=body, headers={IDEMPOTENCY: key}))
        if answer is None:
            return
        if answer.status_code != 201:
            self.ledger.contradictions.append(f"desk request {key} was refused: {answer.status_code}")
            return
        told = answer.json()
        with self._lock:
            self.ledger.filed.append(Filed(told["requestId"], key, told["state"]))
        if told["state"] == "REDIRECTED":
            self._send_to_kiosk(told, body)
        if again:
            repeat = self._until_answered(
                "repeat", lambda: http.post("/v1/requests", json=body, headers={IDEMPOTENCY: key})
            )
            if repeat is not None and (repeat.status_code, repeat.json()["requestId"]) != (201, told["requestId"]):
                self.ledger.contradictions.append(f"desk request {key} was answered otherwise when repeated")

    def _send_to_kiosk(self, told: Json, filed: Json) -> None:
        redirect = told["redirect"]
        if int(sha256(told["requestId"].encode()).hexdigest(), 16) % 3 == 0:
            return  # never goes there: the redirect stays open
        kiosk = next(k["id"] for k in redirect["kiosks"] if k["id"] in URMIA_KIOSKS)
        ref = f"{self.ledger.run}-r{told['requestId'][:6]}x{told['requestId'][-6:]}x"
        body = {
            "externalRef": ref,
            "kioskId": kiosk,
            "serviceId": filed["serviceId"],
            "applicant": filed["applicant"],
            "evidence": filed["evidence"],
            "revision": 1,
            "redirectRef": redirect["ref"],
            "submittedAt": f"{self._at.now():%Y-%m-%dT%H:%M:%SZ}",
        }
        self._sent_to_kiosk.put(_Visit(kiosk, ref, body, redirect_of=told["requestId"]))

    # -- officers and the clerk ----------------------------------------------------------------------------------------

    def _officers(self) -> None:
        """Each unit works through its line from the oldest on."""
        with httpx.Client(base_url=self._at.routing, timeout=15) as http:
            while not self._stop.wait(0.3):
                for unit in UNITS:
                    for state, verbs in (("STARTED", ("answer",)), ("ASSIGNED", ("start", "answer"))):
                        with contextlib.suppress(httpx.TransportError):
                            answer = http.get(f"/v1/units/{unit}/tasks", params={"state": state})
                            for task in answer.json()["items"][:4] if answer.is_success else ():
                                self._work_on(http, task, verbs)

    def _work_on(self, http: httpx.Client, task: Json, verbs: tuple[str, ...]) -> None:
        id, officer = task["taskId"], {"officerId": task["assignee"]}
        result = officer | {
            "result": "GRANTED",
            "ground": PERSIAN_MARKER,
            "output": {"type": "certificate", "note": f"{MARKER} {PERSIAN_MARKER}"},
        }
        for verb in verbs:
            body, move = (officer, "task.started") if verb == "start" else (result, "task.answered")
            path, headers = f"/v1/tasks/{id}/{verb}", {IDEMPOTENCY: f"{id}-{verb}"}
            answer = self._until_answered(verb, partial(http.post, path, json=body, headers=headers))
            if answer is None:
                return
            if not answer.is_success:
                if answer.json().get("code") != "JUMP_NEEDS_REASON":  # an older case became startable meanwhile
                    self.ledger.contradictions.append(f"{verb} of {id}: {answer.status_code} {answer.json()['code']}")
                return
            with self._lock:
                self.ledger.worked.append(Worked(task["requestId"], move))

    def _clerk(self) -> None:
        """The registry gets a new version of one office and one service sheet in turn, two a second in all."""
        with httpx.Client(base_url=self._at.registry, timeout=15) as http:
            entries: dict[str, Json] = {}
            for number in itertools.count():
                if self._stop.wait(0.5):
                    return
                kind, id, field = CLERKS_ENTRIES[number % 2]
                path = f"/v1/{kind}s/{id}"
                if kind not in entries:
                    found = self._until_answered(f"read {kind}", partial(http.get, path))
                    if found is None:
                        return
                    entries[kind] = {name: value for name, value in found.json().items() if name != "version"}
                wish = entries[kind] | {field: f"شماره {number}، {self.ledger.run}"}
                put = self._until_answered(f"record {kind}", partial(http.put, path, json=wish))
                if put is not None and put.is_success:
                    self.ledger.recorded.setdefault((kind, id), set()).add(put.json()["version"])
                elif put is not None:
                    self.ledger.contradictions.append(f"the registry refused a {kind}: {put.status_code}")

    def _until_answered(self, what: str, call: Callable[[], httpx.Response]) -> httpx.Response | None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                answer = call()
            except httpx.TransportError:
                self._count(f"{what} away")
            else:
                self._count(f"{what} {answer.status_code}")
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return answer
            time.sleep(AGAIN_AFTER)
        self.ledger.unanswered.append(f"{what}: no answer within {PATIENCE:.0f} s")
        return None

    def _count(self, what: str) -> None:
        with self._lock:
            self.ledger.answered[what] += 1


IDEMPOTENCY = "Idempotency-Key"
URMIA_KIOSKS = ("wa-urmia-012", "wa-urmia-014", "wa-urmia-017", "wa-urmia-021")
CLERKS_ENTRIES = (("kiosk", "wa-urmia-040", "address"), ("service", "opening-hours", "description"))
"""What the clerk changes: kind, id, field. Of a sheet every version is kept."""
DESKS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "building-permit": ("wa-municipality-urmia-desk", ("identity-card", "architectural-plan", "engineer-contract")),
    "tax-clearance": ("wa-tax-desk", ("identity-card",)),
    "opening-hours": ("wa-governorate-desk", ()),
}
"""Service -> the desk that takes it, and the papers brought."""
REDIRECTING = ("wa-social-security-desk", ("identity-card",))
UNITS = ("wa-social-security-records", "wa-municipality-urmia-permits", "wa-tax-clearances")


class _People:
    """Made-up persons with well-formed ids; each is a canary."""

    def __init__(self, seed: str, ledger: Ledger) -> None:
        self._chance = random.Random(f"{seed} people")  # noqa: S311 - a day that can be had again
        self._ledger, self._lock = ledger, threading.Lock()

    def next(self, *, mobile: bool) -> Json:
        with self._lock:
            first_nine = f"{self._chance.randrange(10**8, 9 * 10**8):09d}"
            number = f"9{self._chance.randrange(10**8):08d}5"
            value = first_nine + _check_digit(first_nine)
            self._ledger.canaries |= {value, number} if mobile else {value}
        name = f"{PERSIAN_MARKER} {MARKER}"
        return {
            "scheme": "NID",
            "value": value,
            "name": name,
            "mobile": f"0{number}" if mobile else None,
            "county": "urmia",
        }

    def mistyped(self, person: Json) -> Json:
        value = person["value"]
        wrong = value[:-1] + str((int(value[-1]) + 1) % 10)
        with self._lock:
            self._ledger.canaries.add(wrong)
        return person | {"value": wrong}


def _malformed(visit: _Visit, chance: random.Random) -> _Visit:
    """The same visit as a record that no submission can be read from; a personal one, all the same."""
    value = json.dumps(visit.body, ensure_ascii=False).encode()
    spoiled = replace(visit, expected="MALFORMED")
    match chance.choice(("cut", "binary", "wrong-type", "header-null", "header-not-utf8", "unknown-type", "extra-key")):
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
    doubled = value[:-1] + b', "revision": 2}'
    return replace(spoiled, raw=doubled, dead_letter="DUPLICATE_KEY")


def _papers(*types: str) -> list[Json]:
    return [
        {"type": type, "sha256": sha256(type.encode()).hexdigest(), "originalSeen": True, "dataref": None}
        for type in types
    ]


def _check_digit(first_nine: str) -> str:
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(first_nine)) % 11
    return str(rest if rest < 2 else 11 - rest)


def _ticks(per_second: float, stop: threading.Event, limit: int | None) -> Iterator[int]:
    """Counts up at an even pace until told to stop, or to the limit."""
    began = time.monotonic()
    for number in itertools.count() if limit is None else range(limit):
        wait = began + number / per_second - time.monotonic()
        if stop.is_set() and limit is None:
            return
        if wait > 0 and stop.wait(wait) and limit is None:
            return
        yield number


def _named(name: str, work: Callable[..., None], *args: Any) -> Callable[[], None]:
    def doing() -> None:
        work(*args)

    doing.__name__ = name
    return doing
