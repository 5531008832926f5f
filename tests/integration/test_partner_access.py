"""Partners on the real broker: an account when they are onboarded, their own topics alone, nothing once suspended."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from services.contracts.topics import KIOSK_SUBMISSION, outcome_topic
from services.registry.handlers import PARTNER_ACCESS, RECORDED
from services.runtime import broker_access, broker_admin
from services.runtime.broker_access import Quota
from tests.support.quotas import AS_A_RULE, quota_of
from tests.support.registry_service import Registry, a_partner, running_registry
from tests.support.stack import Stack

pytestmark = pytest.mark.timeout(180)
OFFICER = {"officerId": "wa-governorate-desk-01"}
REFUSED_TOPIC = KafkaError.TOPIC_AUTHORIZATION_FAILED


@pytest.fixture
async def registry(stack: Stack) -> AsyncIterator[Registry]:
    broker_admin.bring_in_step(stack.bootstrap, [KIOSK_SUBMISSION])
    async with running_registry(stack) as here:
        await here.begin_with_sample()
        yield here


class Account:
    """A partner's program, as far as Kafka sees it."""

    def __init__(self, stack: Stack, name: str, password: str) -> None:
        self.login: dict[str, str | int | float | bool] = {
            "bootstrap.servers": stack.partners,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": name,
            "sasl.password": password,
            "log_level": 0,
            "socket.timeout.ms": 8000,
        }
        self.name = name
        self._producer: Producer | None = None

    def writes(self, topic: str = KIOSK_SUBMISSION.name) -> int | None:
        """None when it may; else the code of the refusal. The connection stays open."""
        if self._producer is None:
            self._producer = Producer({**self.login, "message.timeout.ms": 6000, "enable.idempotence": False})
        codes: list[int | None] = []
        self._producer.produce(
            topic, b"{}", b"nobody", on_delivery=lambda error, _: codes.append(error.code() if error else None)
        )
        assert self._producer.flush(15) == 0
        return codes[0]

    def reads(self, topic: str, group: str) -> int | None:
        """None when it may; else the code of the refusal."""
        consumer = Consumer({**self.login, "group.id": group, "auto.offset.reset": "earliest"})
        consumer.subscribe([topic])
        try:
            until, assigned = time.monotonic() + 30, 0.0
            while time.monotonic() < until:
                message = consumer.poll(0.5)
                error = message.error() if message is not None else None
                if error is not None:
                    return int(error.code())
                if consumer.assignment():  # who may describe a topic is given its partitions, and refused when it reads
                    assigned = assigned or time.monotonic()
                    if time.monotonic() > assigned + 5:
                        return None
        except KafkaException as refused:
            return int(refused.args[0].code())
        finally:
            consumer.close()
        return KafkaError._TIMED_OUT

    def signs_in(self) -> bool:
        try:
            return bool(AdminClient(self.login).list_topics(timeout=6).brokers)
        except KafkaException:
            return False


async def onboarded(registry: Registry, stack: Stack) -> tuple[str, dict[str, Any], Account]:
    body = a_partner()
    partner: str = body["id"]
    assert (await registry.put(f"/v1/partners/{partner}", body)).status_code == 201
    answer = await registry.post(f"/v1/partners/{partner}/onboard", OFFICER)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    issued: dict[str, Any] = answer.json()
    await until(registry, partner, "GRANTED")
    return partner, issued, Account(stack, partner, issued["password"])


async def until(registry: Registry, partner: str, state: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while (seen := (await registry.http.get(f"/v1/partners/{partner}/access")).json()).get("state") != state:
        assert time.monotonic() < deadline, seen
        await asyncio.sleep(0.1)


async def eventually(holds: Callable[[], bool], seconds: float = 20) -> bool:
    """The broker's own caches follow within moments."""
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(holds):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.2)
    return True


async def test_an_onboarded_partner_writes_submissions_and_reads_its_own_outcomes_and_nothing_else(
    registry: Registry, stack: Stack
) -> None:
    partner, issued, account = await onboarded(registry, stack)
    other, _, _ = await onboarded(registry, stack)
    assert issued["username"] == partner
    assert issued["outcomeTopic"] == outcome_topic(partner).name
    assert await eventually(lambda: account.writes() is None)
    assert await asyncio.to_thread(account.reads, outcome_topic(partner).name, f"{partner}.desk") is None
    refusals = [
        await asyncio.to_thread(account.reads, outcome_topic(other).name, f"{partner}.desk"),
        await asyncio.to_thread(account.reads, KIOSK_SUBMISSION.name, f"{partner}.desk"),
        await asyncio.to_thread(account.writes, outcome_topic(partner).name),
        await asyncio.to_thread(account.writes, outcome_topic(other).name),
    ]
    assert refusals == [REFUSED_TOPIC] * 4
    for group in (f"{other}.desk", "mizban.intake", partner):
        code = await asyncio.to_thread(account.reads, outcome_topic(partner).name, group)
        assert code == KafkaError.GROUP_AUTHORIZATION_FAILED, group


async def test_a_suspended_partner_is_cut_off_at_once_also_where_it_is_connected_and_comes_back_when_resumed(
    registry: Registry, stack: Stack
) -> None:
    partner, _, account = await onboarded(registry, stack)
    assert await eventually(lambda: account.writes() is None)
    suspended = await registry.post(f"/v1/partners/{partner}/suspend", OFFICER | {"reason": "تخلف"})
    assert suspended.status_code == 200, suspended.text
    await until(registry, partner, "WITHDRAWN")
    assert await eventually(lambda: account.writes() == REFUSED_TOPIC, 5), "over the connection that is open"
    assert await eventually(lambda: not account.signs_in())
    resumed = await registry.post(f"/v1/partners/{partner}/resume", OFFICER | {"reason": "پایان رسیدگی"})
    assert resumed.status_code == 200, resumed.text
    await until(registry, partner, "GRANTED")
    assert await eventually(account.signs_in), "with the password it has"


async def test_rotation_ends_the_former_password(registry: Registry, stack: Stack) -> None:
    partner, issued, former = await onboarded(registry, stack)
    key = {"Idempotency-Key": uuid4().hex}
    body = OFFICER | {"reason": "کارمند رفت"}
    renewed = (await registry.post(f"/v1/partners/{partner}/rotate", body, **key)).json()
    assert renewed["password"] != issued["password"]
    assert renewed["apiKey"] != issued["apiKey"]
    again = (await registry.post(f"/v1/partners/{partner}/rotate", body, **key)).json()
    assert again == renewed, "a call repeated is told the same"
    await until(registry, partner, "GRANTED")
    assert await eventually(lambda: not former.signs_in())
    assert await eventually(Account(stack, partner, renewed["password"]).signs_in)
    published = (await registry.http.get(f"/v1/partners/{partner}")).json()["apiKeys"]
    assert [key["validTo"] is None for key in published] == [True, False]


async def test_no_secret_is_stored(registry: Registry, stack: Stack) -> None:
    partner, issued, _ = await onboarded(registry, stack)
    from pymongo import MongoClient

    from services.contracts.registry import Partner

    name = registry.running.parts.settings.mongo_database
    with MongoClient[dict[str, Any]](stack.mongo) as mongo:
        written = str(
            [
                list(mongo[name][entity].find())
                for entity in (PARTNER_ACCESS.name, RECORDED[Partner].name, "partner-edition")
            ]
        )
    assert partner in written
    assert issued["password"] not in written
    assert issued["apiKey"] not in written


async def test_what_a_partner_may_take_is_bounded(registry: Registry, stack: Stack) -> None:
    partner, _, _ = await onboarded(registry, stack)
    assert await quota_of(stack.bootstrap, partner, wanted=AS_A_RULE) == AS_A_RULE


async def test_a_broker_that_is_away_does_not_keep_the_decision_from_being_taken(stack: Stack) -> None:
    """It is OUTSTANDING until the broker is there."""
    async with running_registry(stack) as registry:
        settings = registry.running.parts.settings
        assert settings.kafka_bootstrap == stack.bootstrap
        await registry.begin_with_sample()
        body = a_partner()
        partner: str = body["id"]
        await registry.put(f"/v1/partners/{partner}", body)
        perform = registry.running.parts.door._perform
        broker: Any = getattr(perform, "__self__", None)
        broker._bootstrap = "127.0.0.1:9"
        assert (await registry.post(f"/v1/partners/{partner}/onboard", OFFICER)).status_code == 201
        deadline = time.monotonic() + 60
        while not (seen := (await registry.http.get(f"/v1/partners/{partner}/access")).json()).get("attempts"):
            assert time.monotonic() < deadline, seen
            await asyncio.sleep(0.2)
        assert (seen["state"], seen["wanted"]) == ("OUTSTANDING", "GRANTED")
        broker._bootstrap = stack.bootstrap
        await until(registry, partner, "GRANTED", 40)


def test_withdrawing_what_is_not_there_is_no_fault(stack: Stack) -> None:
    nobody = f"p-{uuid4().hex[:8]}"
    broker_access.withdraw(stack.bootstrap, nobody)
    admin = broker_admin.administrator(stack.bootstrap)  # kept until the answer is there
    everybody: Any = admin.describe_user_scram_credentials()
    assert nobody not in everybody.result(timeout=30)
    broker_access.grant(stack.bootstrap, nobody, "a-password-of-some-length", Quota(100_000, 50))
    broker_access.withdraw(stack.bootstrap, nobody)
    broker_access.withdraw(stack.bootstrap, nobody)
