"""R04, R06: Kafka and MongoDB are killed under load and come back; what was acknowledged in between is there."""

import time

import pytest

from services.ops import processes
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
