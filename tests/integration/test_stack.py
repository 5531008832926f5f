"""The servers of the local stack keep what the design says of them: rights, topics, accounts (design 4, 7)."""

import time
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import OFFSET_END, Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from services.contracts.topics import INTAKE_REQUEST, KIOSK_SUBMISSION, Topic, all_topics, outcome_topic
from services.ops import servers
from services.runtime import broker_admin
from tests.support.stack import Stack

OURS, OTHERS = "pishkhan-a", "pishkhan-b"
DENIED = {KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED}


def test_a_partner_writes_submissions_with_its_own_account(stack: Stack) -> None:
    assert written(as_partner(stack, OURS), KIOSK_SUBMISSION.name) is None


def test_a_partner_writes_nowhere_else(stack: Stack) -> None:
    for topic in (INTAKE_REQUEST.name, outcome_topic(OURS).name, outcome_topic(OTHERS).name):
        assert written(as_partner(stack, OURS), topic) in DENIED, topic


def test_a_wrong_password_opens_nothing(stack: Stack) -> None:
    settings = as_partner(stack, OURS) | {"sasl.password": "guessed"}
    assert written(settings, KIOSK_SUBMISSION.name) is not None


def test_nobody_gets_in_without_signing_in(stack: Stack) -> None:
    assert written({"bootstrap.servers": stack.partners}, KIOSK_SUBMISSION.name) is not None


def test_a_partner_reads_its_own_outcomes_in_a_group_of_its_own_name(stack: Stack) -> None:
    told = uuid4().hex
    inside = {"bootstrap.servers": stack.bootstrap}
    try:
        assert written(inside, outcome_topic(OURS).name, told) is None
        assert told in read(as_partner(stack, OURS), outcome_topic(OURS).name, f"{OURS}.{told}", until=told)
    finally:  # the offices of later tests read this topic, and expect outcomes
        emptied(inside, outcome_topic(OURS).name)


def test_a_partner_reads_neither_anothers_outcomes_nor_submissions(stack: Stack) -> None:
    for topic in (outcome_topic(OTHERS).name, KIOSK_SUBMISSION.name, INTAKE_REQUEST.name):
        with pytest.raises(KafkaException) as refused:
            read(as_partner(stack, OURS), topic, f"{OURS}.{uuid4().hex}")
        assert refused.value.args[0].code() in DENIED, topic


def test_a_partner_joins_no_group_of_another_name(stack: Stack) -> None:
    for group in (f"{OTHERS}.desk", "mizban.intake", OURS):
        with pytest.raises(KafkaException) as refused:
            read(as_partner(stack, OURS), outcome_topic(OURS).name, group)
        assert refused.value.args[0].code() in DENIED, group


def test_a_topic_that_is_not_on_the_list_is_not_made_by_using_it(stack: Stack) -> None:
    assert written({"bootstrap.servers": stack.bootstrap}, f"sd.unheard-of.{uuid4().hex}") is not None


def test_the_topics_are_in_step_with_the_list_and_stay_so(stack: Stack) -> None:
    listed = all_topics([OURS, OTHERS])
    assert {topic.name for topic in listed} <= set(broker_admin.topic_names(stack.bootstrap))
    assert broker_admin.bring_in_step(stack.bootstrap, listed) == broker_admin.Changes()


def test_a_changed_retention_is_applied_and_a_changed_partition_count_only_reported(stack: Stack) -> None:
    name = f"test.step.{uuid4().hex}"
    broker_admin.bring_in_step(stack.bootstrap, [a_topic(name)])
    changed = broker_admin.bring_in_step(stack.bootstrap, [a_topic(name, partitions=3, retention_ms=7_200_000)])
    assert changed == broker_admin.Changes(reconfigured=(name,), misfits=(name,))
    again = broker_admin.bring_in_step(stack.bootstrap, [a_topic(name, retention_ms=7_200_000)])
    assert again == broker_admin.Changes()


def test_lag_is_what_a_group_has_not_committed_yet(stack: Stack) -> None:
    name, group = f"test.lag.{uuid4().hex}", f"test.{uuid4().hex}"
    broker_admin.bring_in_step(stack.bootstrap, [a_topic(name)])
    inside = {"bootstrap.servers": stack.bootstrap}
    for text in ("one", "two", "three"):
        assert written(inside, name, text) is None
    read(inside, name, group, until="one")
    assert [place.records for place in broker_admin.lag(stack.bootstrap, group)] == [2]


def test_an_address_where_no_broker_is_does_not_answer() -> None:
    assert not broker_admin.answers("127.0.0.1:1", seconds=0.5)


def test_a_service_sees_its_own_database_and_no_other(stack: Stack) -> None:
    chosen = servers.chosen(stack.home, {})
    with MongoClient[dict[str, Any]](chosen.mongo_url(stack.home, "intake")) as intake:
        intake["intake"]["test_rights"].insert_one({})
        intake["intake"]["test_rights"].drop()
        for other in ("registry", "routing", "notify", "admin"):
            with pytest.raises(OperationFailure, match="not authorized"):
                intake[other]["test_rights"].find_one()


def test_nobody_uses_mongodb_without_signing_in(stack: Stack) -> None:
    address = stack.mongo.rpartition("@")[2].partition("/")[0]
    url = f"mongodb://{address}/?directConnection=true"
    with (
        MongoClient[dict[str, Any]](url) as anyone,
        pytest.raises(OperationFailure, match="requires authentication"),
    ):
        anyone["intake"]["requests"].find_one()


def as_partner(stack: Stack, partner: str) -> dict[str, Any]:
    return {
        "bootstrap.servers": stack.partners,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": partner,
        "sasl.password": stack.passwords[partner],
    }


def a_topic(name: str, *, partitions: int = 1, retention_ms: int = 3_600_000) -> Topic:
    return Topic(name, key="any", producers=("a",), consumers=("b",), partitions=partitions, retention_ms=retention_ms)


def written(settings: dict[str, Any], topic: str, value: str = "x") -> int | None:
    """The error code of writing one record; None if the broker acknowledged it."""
    outcomes: list[int | None] = []
    producer = Producer(settings | {"message.timeout.ms": 4000, "enable.idempotence": False, "log_level": 0})
    producer.produce(topic, value=value, on_delivery=lambda error, _: outcomes.append(error.code() if error else None))
    producer.flush(10)
    assert outcomes, "neither acknowledged nor refused"
    return outcomes[0]


def emptied(settings: dict[str, Any], topic: str) -> None:
    """Deletes all records of a topic."""
    admin = AdminClient(settings)
    partitions = admin.list_topics(topic, timeout=10).topics[topic].partitions
    for deleted in admin.delete_records([TopicPartition(topic, p, OFFSET_END) for p in partitions]).values():
        deleted.result(10)


def read(settings: dict[str, Any], topic: str, group: str, *, until: str | None = None) -> list[str]:
    """The values read in a group up to `until`, which is committed; raises KafkaException when the broker refuses."""
    consumer = Consumer(
        settings | {"group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False, "log_level": 0}
    )
    consumer.subscribe([topic])
    values: list[str] = []
    deadline = time.monotonic() + 15
    try:
        while time.monotonic() < deadline:
            record = consumer.poll(0.5)
            if record is None:
                continue
            if error := record.error():
                raise KafkaException(error)
            value = record.value()
            values.append(value.decode() if value else "")
            if values[-1] == until:
                consumer.commit(message=record, asynchronous=False)
                return values
    finally:
        consumer.close()
    return values
