"""R04, R06: Kafka and MongoDB are killed under load and come back; what was acknowledged in between is there."""

import time

import pytest

from services.ops import processes
from services.runtime import broker_access
from services.runtime.broker_access import Quota
from tests.chaos.house import TIMES, House
from tests.support.load_run import Pace

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180 + 60 * TIMES)]


def test_mongodb_killed_and_started_loses_nothing_and_dead_letters_nothing(house: House) -> None:
    """Consumers pause and HTTP says 503; a client that repeats its call with the same key has one case."""
    with house.under_load(f"MongoDB killed {TIMES} times"):
        for _ in range(TIMES):
            time.sleep(1)
            house.kill("mongo")
            time.sleep(2)
            house.start_servers()
        time.sleep(1)


def test_with_kafka_away_desks_go_on_filing_and_events_follow_when_it_is_back(house: House) -> None:
    with house.under_load(f"Kafka killed {TIMES} times", Pace(requests=8)) as load:
        for _ in range(TIMES):
            time.sleep(1)
            house.kill("kafka")
            before = dict(load.ledger.answered)
            time.sleep(4)
            after = dict(load.ledger.answered)
            assert after.get("file 201", 0) - before.get("file 201", 0) >= 10, f"desks stood still: {after}"
            refused = {w: n for w, n in after.items() if w.startswith("file") and w != "file 201"}
            assert refused == {w: n for w, n in before.items() if w in refused}, "a desk was not answered 201"
            house.start_servers()
            back = time.monotonic()
            house.published(load.ledger.filed[-1].request_id, within=30)
            published = time.monotonic() - back
            house.caught_up(within=30)
            print(f"published {published:.1f} s, all taken {time.monotonic() - back:.1f} s after Kafka was back")
        time.sleep(1)
    assert processes.find(house.home, "kafka") is not None


def test_a_partner_whose_access_ended_takes_no_other_with_it_when_kafka_comes_back(house: House) -> None:
    """Kafka reads its log anew: what that says of one account must leave the others (docs/adr/0035)."""
    former = _first_in_kafkas_table()
    broker_access.grant(house.bootstrap, former, "a-password-of-some-length", Quota(100_000, 50))
    broker_access.withdraw(house.bootstrap, former)
    house.kill("kafka")
    time.sleep(2)  # its ports are given back after it is gone
    house.start_servers()
    with house.under_load("Kafka killed after an access ended", Pace(submissions=40, limit=40)) as load:
        load.until_sent()


def _first_in_kafkas_table() -> str:
    """A name whose hash, as Java has it, is among the first of a table of any size: Kafka reads accounts by it."""
    return next(name for name in (f"former-{n}" for n in range(10**6)) if _java_hash(name) % 4096 == 0)


def _java_hash(name: str) -> int:
    hash_ = 0
    for letter in name:
        hash_ = (31 * hash_ + ord(letter)) % 2**32
    return hash_ ^ hash_ >> 16
