"""R13, R14: the gateway for SMS is away while messages pile up, and comes back; it is slow, throttles and lies.

With `--chaos` 100,000 messages wait, else 1,000; the slow gateway has 10 minutes, else some seconds. How fast the queue
drains, and by how little filings get slower, is asserted with `--chaos` only, when nothing else runs beside: what is
short, and shares the machine with other tests, measures those. Whatever runs, it never drains faster than is set; that
it does not drain slower is asserted in virtual time (tests/unit/notify/test_gateway_away.py).
"""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx
import pytest

from services.ops import clock
from services.ops.service_processes import PROGRAMS
from tests.chaos.house import FULL, House
from tests.chaos.watched import QUEUED
from tests.support.load import Load
from tests.support.load_run import IDEMPOTENCY, Pace
from tests.support.run_ledger import Filed, Json

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(3_600 if FULL else 480)]

COUNT = 100_000 if FULL else 1_000
PER_SECOND = 250 if FULL else 100
"""The set rate: well below what the machine can do with all else that runs on it."""
BURST = PER_SECOND // 5
"""After a stop of the process no longer than a fifth of a second no token is lost; more would blur the rate."""
RATE_WITHIN = 0.05
AHEAD = PER_SECOND + BURST
"""So many may be in hand at a time: those of a second, and of a burst."""
TOO_LATE = 20
"""So many were made so long before that they are not to be sent any more."""
FILED_WITHIN = 1_200.0 if FULL else 60.0
SLOW = {
    "latencyMs": 5_000,
    "timeoutRate": 0.3,
    "status429Rate": 0.1,
    "acceptThenDropRate": 0.05,
}
SLOW_SECONDS = 600 if FULL else 6
PROBES_PER_SECOND = 10
NO_SLOWER = 1.1
MANY = Pace(submissions=400, requests=0.5, limit=COUNT, malformed=0, mistakes=False, redirected=0, officers=False)


def test_a_gateway_that_comes_back_gets_what_waited_in_order_at_the_set_rate_and_nothing_twice(house: House) -> None:
    """R14."""
    settings = {"SENDS_PER_SECOND": str(PER_SECOND), "SENDS_BURST": str(BURST)}
    house.replace_all(["notify"], **settings, CIRCUIT_BREAKER_REST_SECONDS="2")
    house.gateway_goes()
    with house.load("too late for the gateway", Pace(submissions=40, limit=TOO_LATE, officers=False)) as load:
        load.until_sent()
    late = waiting(house, at_least=TOO_LATE // 2)
    clock.advance(house.home, "73h")
    ended = {"EXPIRED", "SUPPRESSED"}  # the latter where their case has moved on meanwhile
    until(lambda: {*states_of(house, late)} <= ended, 60, "what is too late has left the queue by itself")
    assert "EXPIRED" in states_of(house, late)
    with house.under_load(f"{COUNT} messages without a gateway", MANY) as load:
        load.until_sent(FILED_WITHIN)
        house.caught_up(FILED_WITHIN)
        refs = waiting(house, at_least=COUNT * 4 // 5)  # some people have no mobile
        house.gateway_returns()
        until(lambda: not queued(house), 60 + 2 * len(refs) / PER_SECOND, "the queue has drained")
    accepted = [row for row in house.acceptances() if row["ref"] in refs]
    taken = Counter(row["ref"] for row in accepted)
    assert taken.keys() == refs.keys(), f"{len(refs.keys() - taken.keys())} of {len(refs)} are lost"
    assert set(taken.values()) == {1}
    assert rate_of(accepted) <= (1 + RATE_WITHIN) * PER_SECOND
    if FULL:
        assert rate_of(accepted) >= (1 - RATE_WITHIN) * PER_SECOND
    made = [refs[row["ref"]] for row in accepted]
    oldest_first = [place for place, _ in sorted(enumerate(made), key=lambda one: one[1])]
    astray = max(abs(place - ideal) for ideal, place in enumerate(oldest_first))
    print(f"{len(refs)} waited; drained at {rate_of(accepted):.1f} a second, none more than {astray} places astray")
    assert astray <= AHEAD, "more than are in hand at a time"
    assert not late.keys() & {row["ref"] for row in house.acceptances()}
    house.replace_all(["notify"])
    house.settle()


def test_with_a_gateway_that_is_slow_and_lies_desks_go_on_and_no_message_goes_twice(house: House) -> None:
    """R13; C2 is among the checks."""
    doubtful_before = doubtful(house)
    with house.under_load("a slow gateway", Pace(submissions=8, requests=3)) as load:
        waits_of_filings(house, load, "first")  # not counted: connections and caches
        usual = waits_of_filings(house, load, "before")
        set_faults(house, SLOW)
        try:
            slow = waits_of_filings(house, load, "slow")
        finally:
            set_faults(house, {})
    print(f"filed, ms, p50 p95 p99: {spread(usual)} before, {spread(slow)} with a slow gateway")
    assert len(slow) == SLOW_SECONDS * PROBES_PER_SECOND, "every filing is answered 201"
    in_doubt = doubtful(house) - doubtful_before
    had = in_doubt & {row["ref"] for row in house.acceptances()}
    print(f"{len(in_doubt)} messages were in doubt for a while; the gateway had {len(had)} of them in the end")
    assert in_doubt, "no answer was lost: nothing could have gone twice"
    assert had
    if FULL:
        assert percentile(slow, 99) < NO_SLOWER * percentile(usual, 99)


def queued(house: House) -> int:
    return house.mongo["notify"]["correspondence"].count_documents(QUEUED)


def waiting(house: House, at_least: int) -> dict[str, str]:
    """Messages of the queue, and when they were made: once as many as nearly all stand there, and no more come."""
    before = -1
    deadline = time.monotonic() + FILED_WITHIN
    while (now := queued(house)) < at_least or now != before:
        assert time.monotonic() < deadline, f"{now} of {at_least} wait in the queue; logs: {house.home.logs}"
        before = now
        time.sleep(2)
    return {
        message["id"]: message["createdAt"]
        for row in house.mongo["notify"]["correspondence"].find(QUEUED, {"state.messages": 1})
        for message in row["state"]["messages"]
        if message.get("place")
    }


def doubtful(house: House) -> set[str]:
    """Messages of which it was not known for a while whether the gateway has them."""
    unclear = {"state.messages.history.state": "UNKNOWN"}
    return {
        message["id"]
        for row in house.mongo["notify"]["correspondence"].find(unclear, {"state.messages": 1})
        for message in row["state"]["messages"]
        if any(moved["state"] == "UNKNOWN" for moved in message.get("history", ()))
    }


def states_of(house: House, ids: dict[str, str]) -> list[str]:
    found = house.mongo["notify"]["correspondence"].find(
        {"_id": {"$in": [id.rpartition(".")[0] for id in ids]}}, {"state.messages": 1}
    )
    return [message["state"] for row in found for message in row["state"]["messages"] if message["id"] in ids]


def rate_of(accepted: list[Json]) -> float:
    """A second, without the first and the last tenth."""
    tenth = len(accepted) // 10
    began, ended = (datetime.fromisoformat(accepted[place]["acceptedAt"]) for place in (tenth, -tenth))
    return (len(accepted) - 2 * tenth) / (ended - began).total_seconds()


def until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.1)


def set_faults(house: House, faults: Json) -> None:
    simulator = next(program for program in PROGRAMS if program.name == "sms-simulator")
    httpx.post(f"{simulator.url(house.home)}/faults", json=faults).raise_for_status()


def waits_of_filings(house: House, load: Load, when: str) -> list[float]:
    """Seconds that filings took which come at a steady pace, whoever is still being answered."""
    began = time.monotonic()
    with httpx.Client(base_url=house.addresses().intake, timeout=30) as http, ThreadPoolExecutor(16) as desks:

        def file(due: float, key: str) -> float:
            body = load.a_request("building-permit")[1]
            answer = http.post("/v1/requests", json=body, headers={IDEMPOTENCY: key}).raise_for_status().json()
            load.ledger.filed.append(Filed(answer["requestId"], key, answer["state"]))
            return time.monotonic() - due

        filings = []
        for number in range(SLOW_SECONDS * PROBES_PER_SECOND):
            due = began + number / PROBES_PER_SECOND
            time.sleep(max(0.0, due - time.monotonic()))
            filings.append(desks.submit(file, due, f"{load.ledger.run}-{when}-{number}"))
        return [filing.result() for filing in filings]


def percentile(waits: list[float], percent: int) -> float:
    return sorted(waits)[min(len(waits) - 1, len(waits) * percent // 100)]


def spread(waits: list[float]) -> str:
    return " ".join(f"{1000 * percentile(waits, percent):.0f}" for percent in (50, 95, 99))
