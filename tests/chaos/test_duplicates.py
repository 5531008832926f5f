"""R09: the whole submission topic comes again, as it was and under new event ids: nothing happens a second time."""

import hashlib
import json
from uuid import UUID, uuid5

import pytest
from confluent_kafka import Producer

from services.contracts.topics import KIOSK_SUBMISSION
from tests.chaos.house import House
from tests.chaos.watched import Offsets
from tests.support.load_run import Pace

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]


def test_the_whole_topic_sent_twice_more_changes_nothing(house: House) -> None:
    since = house.offsets()
    with house.under_load("a day whose submissions come three times", Pace(submissions=60, limit=150)) as load:
        load.until_sent()
    before, moved = state_hash(house, load.ledger.run), house.offsets()
    sent = again(house, since)
    house.settle()
    assert sent >= 2 * 150
    assert state_hash(house, load.ledger.run) == before
    written = {place[0] for place, end in house.offsets().items() if end != moved[place]}
    assert written <= {KIOSK_SUBMISSION.name, "mizban.intake.dlq"}, "a repeated submission had an effect"
    house.check(load.ledger, since, "the whole submission topic sent twice more")


def again(house: House, since: Offsets) -> int:
    """Sends every submission since then once as it was, and once under another event id; how many records that made."""
    producer = Producer({"bootstrap.servers": house.bootstrap, "linger.ms": 5})
    records = [record for record in house.records(since) if record.topic == KIOSK_SUBMISSION.name]
    for renamed in (False, True):
        for record in records:
            headers: list[tuple[str, str | bytes | None]] = [
                (name, str(uuid5(UUID(int=0), repr(value))).encode() if renamed and name == "ce_id" else value)
                for name, value in record.headers
            ]
            producer.produce(record.topic, record.value, record.key, headers=headers)
        producer.poll(0)
    assert producer.flush(30) == 0
    return 2 * len(records)


def state_hash(house: House, run: str) -> str:
    """Of what intake holds of the run: versions, states and what was given out."""
    pattern = {"$regex": run}
    query = {"$or": [{"state.filing.externalRef": pattern}, {"applied.k": pattern}]}
    found = house.mongo["intake"]["request"].find(query, {"version": 1, "state": 1, "sequence": 1}).sort("_id", 1)
    return hashlib.sha256(json.dumps(list(found), sort_keys=True, default=str).encode()).hexdigest()
