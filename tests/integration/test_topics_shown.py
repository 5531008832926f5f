"""`mizban topics` on a real Kafka: records, lag and dead letters are told as they are, and reading always ends."""

import json
import os
import subprocess
import sys
import time

from confluent_kafka import Consumer, TopicPartition

from services.runtime import broker_records
from tests.support.operators import Desk, everything, mizban


def test_topics_tells_records_lag_and_dead_letters_as_they_are(desk: Desk) -> None:
    for number in range(5):
        desk.write(str(number).encode())
    first = everything(desk.stack, desk.topic)[0]
    desk.give_up(first, times=2)
    desk.give_up(desk.write(b"another"))
    mizban("dlq", "replay", "--id", desk.listed()[0]["id"], "--yes")
    read_up_to(desk, 4)
    code, output = mizban("topics", "--json", "--seconds", "0.1")
    assert code == 0
    report = json.loads(output)
    (topic,) = [topic for topic in report["topics"] if topic["topic"] == desk.topic]
    assert (topic["records"], topic["recordsPerSecond"]) == (7, 0)
    (group,) = topic["groups"]
    assert (group["group"], group["state"], group["lagRecords"]) == (desk.group, "EMPTY", 3)
    oldest = time.time() - everything(desk.stack, desk.topic)[4].timestamp / 1000
    assert 0 < group["lagSeconds"] <= oldest + 0.1
    assert {"group": desk.group, "deadLetters": 2, "open": 1} in report["deadLetters"]
    assert desk.group in mizban("topics", "--seconds", "0.1")[1]


def test_lag_in_seconds_grows_while_nobody_reads(desk: Desk) -> None:
    desk.write(b"waits")
    read_up_to(desk, 0)
    time.sleep(1.2)
    report = json.loads(mizban("topics", "--json", "--seconds", "0.1")[1])
    (group,) = next(topic for topic in report["topics"] if topic["topic"] == desk.topic)["groups"]
    assert 1.2 <= group["lagSeconds"] < 60


def read_up_to(desk: Desk, offset: int) -> None:
    consumer = Consumer({"bootstrap.servers": desk.stack.bootstrap, "group.id": desk.group})
    consumer.commit(offsets=[TopicPartition(desk.topic, 1, offset)], asynchronous=False)
    consumer.close()


def test_looking_at_records_ends_with_those_of_its_beginning(desk: Desk) -> None:
    """A compacted topic's last offsets may be gone, and new records keep coming: neither keeps the reader waiting."""
    for number in range(3):
        desk.write(str(number).encode())
    reading = broker_records.everything(desk.stack.bootstrap, [desk.topic, "no-such-topic"])
    assert next(reading).value == b"0"
    desk.write(b"late")
    assert [record.value for record in reading] == [b"1", b"2"]


def test_a_header_name_that_is_not_utf8_does_not_blind_the_tools(desk: Desk) -> None:
    # the compiled client refuses to write it; anybody else's may not
    subprocess.run(
        [sys.executable, "-c", BAD_NAME_WRITER, desk.stack.bootstrap, desk.topic],
        env={**os.environ, "AIOKAFKA_NO_EXTENSIONS": "1"},
        check=True,
        timeout=30,
    )
    records = everything(desk.stack, desk.topic)
    assert [record.value for record in records] == [b"{}"] * 50
    assert {record.headers for record in records} == {broker_records.UNREADABLE_HEADERS}


BAD_NAME_WRITER = """
import asyncio, sys
from aiokafka import AIOKafkaProducer

class NotUtf8(str):
    def encode(self, *_):
        return b"\\xff"

async def main(bootstrap, topic):
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for _ in range(50):
            await producer.send_and_wait(topic, b"{}", headers=[(NotUtf8("x"), b"1")])

asyncio.run(main(*sys.argv[1:]))
"""
