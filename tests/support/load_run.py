"""What all who work under load share: where everything is, how fast they go, whom they serve, what is written down."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

import httpx

from services.ops.chance import Chance
from tests.support.canaries import MARKER, PERSIAN_MARKER
from tests.support.run_ledger import Json, Ledger

PATIENCE = 90.0
"""Seconds after which an input without an answer counts as never answered."""
AGAIN_AFTER = 0.2
IDEMPOTENCY = "Idempotency-Key"
URMIA_KIOSKS = ("wa-urmia-012", "wa-urmia-014", "wa-urmia-017", "wa-urmia-021")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where everything is. `partners`: partner -> (password, its kiosks); `sign` signs a value for a
    kiosk; `now` gives the stack's clock."""

    kafka_partners: str
    registry: str
    intake: str
    routing: str
    partners: Mapping[str, tuple[str, tuple[str, ...]]]
    sign: Callable[[str, bytes], str]
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Pace:
    """Per second. `limit` ends the kiosks' work by itself after so many submissions."""

    submissions: float = 15
    requests: float = 5
    limit: int | None = None
    malformed: float = 0.05
    """The share of records that no submission can be read from, evenly among the others."""
    mistakes: bool = True
    """Whether some offices send twice, forget a paper or mistype a number."""
    redirected: float = 0.25
    """The share of desk requests that the desk sends to a kiosk."""
    officers: bool = True
    visits: float = 1


@dataclass
class Run:
    """One day of load: its seed, and the ledger into which all write."""

    at: Addresses
    seed: str
    pace: Pace
    ledger: Ledger
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def guarded(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            self.ledger.unanswered.append(f"{name} broke off: {type(error).__name__}: {error}")
            raise

    def until_answered(self, what: str, call: Callable[[], httpx.Response]) -> httpx.Response | None:
        """The call, repeated until somebody answers other than 503; None when nobody does, which is written down."""
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
        with self.lock:
            self.ledger.answered[what] += 1


class People:
    """Made-up persons with well-formed ids; each is a canary."""

    def __init__(self, seed: str, ledger: Ledger) -> None:
        self._chance = Chance(f"{seed} people")
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


def papers(*types: str) -> list[Json]:
    return [
        {"type": type, "sha256": sha256(type.encode()).hexdigest(), "originalSeen": True, "dataref": None}
        for type in types
    ]


def _check_digit(first_nine: str) -> str:
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(first_nine)) % 11
    return str(rest if rest < 2 else 11 - rest)


def ticks(per_second: float, stop: threading.Event, limit: int | None) -> Iterator[int]:
    """Counts up at an even pace until told to stop, or to the limit."""
    began = time.monotonic()
    for number in itertools.count() if limit is None else range(limit):
        wait = began + number / per_second - time.monotonic()
        if stop.is_set() and limit is None:
            return
        if wait > 0 and stop.wait(wait) and limit is None:
            return
        yield number
