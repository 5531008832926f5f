"""The door on real Kafka and MongoDB: the same promises as in memory, kept by the real drivers (design 1, 4, 5)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from fastapi import APIRouter
from pydantic import SecretStr

from services.contracts.topics import dead_letter_topic
from services.contracts.wire import instant_text
from services.runtime import broker_admin, service
from services.runtime.document import Document
from services.runtime.driver import StoreAway
from services.runtime.entity import Inbound, events
from services.runtime.indexes import Index
from services.runtime.message import Record
from services.runtime.service import Running, Service
from services.runtime.settings import ServiceSettings
from services.runtime.store import Store
from services.runtime.unsent import Line
from tests.support.bank import (
    ACCOUNT,
    INBOUND,
    LEDGER,
    OUTSIDE,
    OUTSIDE_TOPIC,
    SOURCE,
    TARGET,
    Credit,
    Paid,
    an_account,
    paid,
)
from tests.support.stack import Stack


class Bank:
    """The bank in this process, with a group, database and dead-letter topic of its own."""

    def __init__(self, stack: Stack, inbound: Inbound = INBOUND, **settings: Any) -> None:
        self.name = f"ledger{uuid4().hex[:8]}"
        self.stack = stack
        self.service = Service(
            name=self.name,
            settings=ServiceSettings(
                port=0, kafka_bootstrap=stack.bootstrap, mongo_url=SecretStr(stack.mongo), log_level="ERROR", **settings
            ),
            entities=[ACCOUNT, LEDGER],
            consumes=[inbound, OUTSIDE],
            rules=None,
            api=lambda parts: APIRouter(),
            registry=False,
        )
        broker_admin.bring_in_step(
            stack.bootstrap,
            [SOURCE, TARGET, OUTSIDE_TOPIC, dead_letter_topic(f"mizban.{self.name}")],
        )

    async def __aenter__(self) -> "Bank":
        self.running = Running(self.service)
        await self.running.start()
        self.door, self.store = self.running.parts.door, self.running.parts.store
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.running.stop()

    async def total(self, account: str) -> int | None:
        found = await self.store.get(ACCOUNT, account)
        return None if found is None else found.state.total

    async def until(self, account: str, total: int) -> None:
        async with asyncio.timeout(30):
            while await self.total(account) != total:
                await asyncio.sleep(0.05)


@pytest.fixture
async def bank(stack: Stack) -> AsyncIterator[Bank]:
    async with Bank(stack) as bank:
        yield bank


async def put(stack: Stack, *records: Record) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap)
    await producer.start()
    try:
        for r in records:
            await producer.send_and_wait(r.topic, r.value, key=r.key, headers=list(r.headers))
    finally:
        await producer.stop()


async def everything(stack: Stack, topic: str, key: str | None = None) -> list[Any]:
    """All records of a topic up to now, or those of one key."""
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        places = [
            TopicPartition(topic, p)
            for p in sorted(consumer.partitions_for_topic(topic) or await _partitions(consumer, topic))
        ]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        await consumer.seek_to_beginning(*places)
        found: list[Any] = []
        async with asyncio.timeout(20):
            while any([await consumer.position(p) < ends[p] for p in places]):
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    found += batch
        return [r for r in found if key is None or r.key == key.encode()]
    finally:
        await consumer.stop()


async def committed(bank: Bank) -> dict[TopicPartition, int | None]:
    """How far the bank's group has come on its source."""
    async with reading(bank) as (consumer, places):
        return {place: await consumer.committed(place) or None for place in places}


async def ends(bank: Bank) -> dict[TopicPartition, int | None]:
    """Where the partitions end that have anything at all."""
    async with reading(bank) as (consumer, places):
        return {place: end or None for place, end in (await consumer.end_offsets(places)).items()}


@asynccontextmanager
async def reading(bank: Bank) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bank.stack.bootstrap, group_id=f"mizban.{bank.name}")
    await consumer.start()
    try:
        places = [TopicPartition(SOURCE.name, p) for p in await _partitions(consumer, SOURCE.name)]
        consumer.assign(places)
        yield consumer, places
    finally:
        await consumer.stop()


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    async with asyncio.timeout(10):
        while not (found := consumer.partitions_for_topic(topic)):
            await consumer._client.force_metadata_update()
            consumer._client.add_topic(topic)
            await asyncio.sleep(0.1)
    return set(found)


async def test_a_record_becomes_state_and_an_event_with_its_envelope(bank: Bank) -> None:
    account = an_account()
    await put(bank.stack, paid(account, 10, 1), paid(account, 20, 2))
    await bank.until(account, 30)
    async with asyncio.timeout(10):  # events are published after the state is written
        while len(events := await everything(bank.stack, TARGET.name, account)) < 2:
            await asyncio.sleep(0.1)
    headers = [{name: value.decode() for name, value in e.headers} for e in events]
    assert [h["ce_sequence"] for h in headers] == ["1", "2"]
    assert headers[0]["ce_source"] == f"/org/bank/{bank.name}"
    assert headers[0]["content-type"] == "application/json"
    assert [json.loads(e.value)["total"] for e in events] == [10, 30]


async def test_bytes_that_are_no_event_become_dead_letters_and_hurt_no_neighbour(bank: Bank) -> None:
    account = an_account()
    good = paid(account, 10, 1)
    bad = [
        ([("ce_specversion", b"1.0"), ("ce_id", b"\xff\xfe")], b"{}", "HEADER_NOT_UTF8"),
        ([("ce_id", None)], b"{}", "HEADER_NULL"),
        ([], b"{}", "HEADER_MISSING"),
        (list(good.headers), b"{not json", "SCHEMA"),
        (list(good.headers), None, "NO_VALUE"),
        (list(good.headers), b'"' + b"x" * 300_000 + b'"', "OVERSIZE"),
        ([*good.headers, ("reply_to", b"sd.intake.request.v1")], b"[]", "SCHEMA"),
    ]
    producer = AIOKafkaProducer(bootstrap_servers=bank.stack.bootstrap, max_request_size=2_000_000)
    await producer.start()
    for headers, value, _ in bad:
        await producer.send_and_wait(SOURCE.name, value, key=account.encode(), headers=headers)
    await producer.stop()
    await put(bank.stack, good)
    await bank.until(account, 10)
    async with asyncio.timeout(10):  # the letters are published after the neighbours are written
        while len(letters := await everything(bank.stack, f"mizban.{bank.name}.dlq")) < len(bad):
            await asyncio.sleep(0.1)
    codes = sorted(dict(letter.headers)["dl_code"].decode() for letter in letters if letter.key == account.encode())
    assert codes == sorted(code for _, _, code in bad)


async def test_sixty_four_writers_of_one_account_each_count_once(bank: Bank) -> None:
    account = an_account()
    done = await asyncio.gather(*[bank.door.submit(ACCOUNT, account, Credit(amount=1), key=f"k{n}") for n in range(64)])
    assert await bank.total(account) == 64
    assert sorted(d.answer["total"] for d in done if d.answer) == list(range(1, 65))


async def test_two_processes_on_one_account_lose_nothing(bank: Bank) -> None:
    """Two doors over one database: what two members of a group are for a moment while one is slow to die."""
    other = Running(bank.service)
    account = an_account()
    await other.parts.store.prepare(bank.service.entities)
    serving = asyncio.create_task(other.parts.door.serve_commands())
    doors = [bank.door, other.parts.door]
    await asyncio.gather(*[doors[n % 2].submit(ACCOUNT, account, Credit(amount=1), key=f"k{n}") for n in range(200)])
    assert await bank.total(account) == 200
    async with asyncio.timeout(20):
        while len(await everything(bank.stack, TARGET.name, "by-command")) < 200:
            await asyncio.sleep(0.2)
    serving.cancel()
    await other.publisher.stop()


async def test_minor_events_that_are_passed_over_do_not_count_as_lag_for_long(stack: Stack) -> None:
    no_minor = events(SOURCE, Paid, ACCOUNT, lambda event: event.account, ("account.paid",), skips_minor=True)
    account = an_account()
    async with Bank(stack, no_minor) as bank:
        await put(stack, paid(account, 10, 1))
        await bank.until(account, 10)
        await put(stack, *(paid(account, 99, number, minor=True) for number in range(2, 50)))
        async with asyncio.timeout(10):
            while await committed(bank) != await ends(bank):
                await asyncio.sleep(0.2)
        assert await bank.total(account) == 10
        await put(stack, paid(account, 5, 50, after=1))
        await bank.until(account, 15)


async def test_what_was_written_before_a_restart_is_not_done_again(stack: Stack) -> None:
    account = an_account()
    bank = Bank(stack)
    async with bank:
        await put(stack, paid(account, 10, 1))
        await bank.until(account, 10)
    async with bank:
        await put(stack, paid(account, 10, 1), paid(account, 5, 2))
        await bank.until(account, 15)


async def test_an_outbox_is_cleared_only_of_the_version_that_was_sent(bank: Bank) -> None:
    now, tomorrow = datetime(2026, 11, 23, 6, tzinfo=UTC), datetime(2026, 11, 24, 6, tzinfo=UTC)
    ids = [an_account() for _ in range(3)]
    documents = [Document(id, outbox=[{"n": 1, "t": "some.topic"}]) for id in ids]
    documents[1].timers = {"remind": instant_text(tomorrow)}
    assert (await bank.store.write(ACCOUNT, documents, now)).lost == set()
    await bank.store.clear(ACCOUNT, {1: ids[:2], 2: ids[2:]})
    left = await bank.store.load(ACCOUNT, ids)
    assert [bool(left[id].outbox) for id in ids] == [False, False, True]
    later = await bank.store.due(ACCOUNT, tomorrow, 1000)
    assert [document.id for document in later if document.id in ids] == [ids[1]], "its timer is still known"


async def test_a_write_with_something_to_tell_has_a_line_until_it_is_said_that_all_is_sent(bank: Bank) -> None:
    now = datetime(2001, 3, 21, 6, tzinfo=UTC)  # the lines of no other test are so old
    lines, id = bank.store.unsent, an_account()
    telling, silent = Document(id, outbox=[{"n": 1, "t": "some.topic"}]), Document(an_account())
    await bank.store.write(ACCOUNT, [telling, silent], now)
    stamp = telling.stamp
    assert (await bank.store.load(ACCOUNT, [id]))[id].stamp == stamp
    assert await lines.among([stamp, "another"]) == {stamp}
    assert await lines.left(now, 1000) == [Line(stamp, "account", [id], [1], now)]
    assert await lines.left(now - timedelta(seconds=1), 1000) == []
    assert await lines.overdue(now) == (1, now)
    await lines.look_again([stamp], now + timedelta(seconds=9))
    assert (await lines.left(now, 1000), await lines.overdue(now)) == ([], (1, now)), "put off, and still overdue"
    await lines.look_again([stamp], now, pending=True)
    assert (len(await lines.left(now, 1000)), await lines.overdue(now)) == (1, (0, None)), "it seems never to have come"
    await lines.close([stamp])
    async with asyncio.timeout(5):
        while await lines.among([stamp]):  # it is not waited until the journal has it
            await asyncio.sleep(0.02)
    assert await lines.overdue(now) == (0, None)
    again = Document(silent.id, version=1)
    await bank.store.write(ACCOUNT, [again], now)
    assert await lines.among([again.stamp]) == set(), "it has nothing to tell"


async def test_without_its_line_nothing_is_written(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(line: Line) -> None:
        raise StoreAway("away")

    monkeypatch.setattr(bank.store.unsent, "open", away)
    document = Document(an_account(), outbox=[{"n": 1, "t": "some.topic"}])
    with pytest.raises(StoreAway):
        await bank.store.write(ACCOUNT, [document], datetime.now(UTC))
    assert await bank.store.load(ACCOUNT, [document.id]) == {}


async def test_one_question_tells_which_entities_have_something_due(bank: Bank) -> None:
    now, tomorrow = datetime(2026, 11, 23, 6, tzinfo=UTC), datetime(2026, 11, 24, 6, tzinfo=UTC)
    document = Document(an_account(), timers={"remind": instant_text(tomorrow)})
    await bank.store.write(ACCOUNT, [document], now)
    assert await bank.store.with_due([ACCOUNT, LEDGER], now) == []
    assert await bank.store.with_due([LEDGER, ACCOUNT], tomorrow) == [ACCOUNT]


async def test_every_query_of_the_door_uses_an_index(bank: Bank) -> None:
    for entity in (ACCOUNT, LEDGER):
        for query in (
            {"wake": {"$lte": datetime.now(UTC)}},
            {"parkedAt": {"$exists": True}},
            {"_id": {"$in": ["a", "b"]}},
        ):
            plan = json.dumps(await bank.store.explain(entity, query), default=str)
            assert "COLLSCAN" not in plan, query


async def test_an_index_that_an_earlier_version_defined_otherwise_is_made_anew(bank: Bank) -> None:
    older = Store.open(bank.stack.mongo, bank.name, {"account": [Index([("state.total", 1)], "by-total")]})
    await older.prepare([ACCOUNT])
    newer = Store.open(
        bank.stack.mongo,
        bank.name,
        {"account": [Index([("state.total", 1)], "by-total", partial={"state.total": {"$gt": 0}})]},
    )
    await newer.prepare([ACCOUNT])
    plan = json.dumps(await newer.explain(ACCOUNT, {"state.total": 3}), default=str)
    assert "by-total" in plan
    await older.close()
    await newer.close()


async def test_a_consumer_that_stands_still_is_replaced(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it waits for inside the client: nobody else would notice, it answers HTTP all the while."""
    monkeypatch.setattr(service, "WATCH_SECONDS", 0.2)
    monkeypatch.setattr(service, "STANDS_STILL_AFTER", 5.0)
    account = an_account()
    async with Bank(stack) as bank:
        (stuck,) = bank.running._consumers
        monkeypatch.setattr(stuck._subscriber.consumer, "commit", asyncio.Event().wait)
        await put(stack, paid(account, 1, 1))
        await bank.until(account, 1)
        await put(stack, paid(account, 2, 2))
        async with asyncio.timeout(5):
            while (said := await bank.running.ready())[0]:
                await asyncio.sleep(0.1)
        assert said[1]["reason"] == "a consumer stands still"
        await bank.until(account, 3)
        assert bank.running._consumers != [stuck]
        assert (await bank.running.ready())[0]
