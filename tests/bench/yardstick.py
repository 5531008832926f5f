"""The two yardsticks: what the hardware and drivers allow at best (`raw`), and the way of the tutorials (`naive`).

A case is: one kiosk submission in -> intake stores and emits `registered` and a notice -> routing stores and emits
`assigned` -> notify stores the message. Three processes, one per service.

  raw    aiokafka and motor by hand, batches of 500: one find, one bulk_write, all publishes, one commit. No retries,
  no dead
         letters, no rules.
  naive  FastStream message by message: one find, one insert, awaited publishes, one commit.
"""

import asyncio
import multiprocessing
import time
import uuid
from multiprocessing.synchronize import Barrier
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from motor.motor_asyncio import AsyncIOMotorClient
from pydantic import BaseModel, TypeAdapter
from pymongo import ReplaceOne

PARTITIONS = 6
BATCH = 500
TOPICS = ("submission", "registered", "assigned", "notice")


class Person(BaseModel):
    scheme: str
    value: str
    name: str
    mobile: str


class Paper(BaseModel):
    type: str = "identity-card"
    documentId: str
    sha256: str
    originalSeen: bool


class Submission(BaseModel):
    externalRef: str
    kiosk: str
    service: str
    applicant: Person
    evidence: list[Paper]


class Registered(BaseModel):
    requestId: str
    trackingCode: str
    service: str
    unit: str
    promisedAt: str
    budget: int
    channel: str


class Assigned(BaseModel):
    requestId: str
    taskId: str
    officer: str


class Notice(BaseModel):
    requestId: str
    template: str
    recipientRef: str
    tokens: dict[str, str]


Emitted = list[tuple[str, str, BaseModel]]


def a_submission(n: int) -> Submission:
    return Submission(
        externalRef=uuid.uuid4().hex,
        kiosk="wa-urmia-017",
        service="social-insurance-record",
        applicant=Person(scheme="NID", value=f"{n:010d}", name="نام خانوادگی", mobile=f"+98912{n:07d}"),
        evidence=[Paper(documentId="d1", sha256="a" * 64, originalSeen=True)],
    )


def register(body: Any) -> tuple[dict[str, Any], Emitted]:
    id = body.externalRef
    event = Registered(
        requestId=id,
        trackingCode=id[:10],
        service=body.service,
        unit="u1",
        promisedAt="2026-10-10T10:00:00Z",
        budget=5,
        channel="KIOSK",
    )
    notice = Notice(requestId=id, template="registered", recipientRef=id, tokens={"code": id[:10], "date": "x"})
    document = {
        "_id": id,
        "v": 1,
        "state": "PROMISED",
        "request": body.model_dump(),
        "promise": {"at": event.promisedAt},
    }
    return document, [("registered", id, event), ("notice", id, notice)]


def assign(body: Any) -> tuple[dict[str, Any], Emitted]:
    document = {
        "_id": body.requestId,
        "v": 1,
        "state": "ASSIGNED",
        "unit": body.unit,
        "due": body.promisedAt,
        "officer": "o1",
    }
    return document, [
        ("assigned", body.requestId, Assigned(requestId=body.requestId, taskId=body.requestId, officer="o1"))
    ]


def store_notice(body: Any) -> tuple[dict[str, Any], Emitted]:
    return {"_id": f"{body.requestId}{body.template}", "v": 1, "state": "SENT", "tokens": body.tokens}, []


STAGES: dict[str, tuple[str, type[BaseModel], Any]] = {
    "intake": ("submission", Submission, register),
    "routing": ("registered", Registered, assign),
    "notify": ("notice", Notice, store_notice),
}


async def _raw(stage: str, run: str, cases: int, kafka: str, mongo: str, ready: Barrier) -> None:
    topic, model, decide = STAGES[stage]
    parse = TypeAdapter(model).validate_json
    consumer = AIOKafkaConsumer(
        f"{run}.{topic}",
        bootstrap_servers=kafka,
        group_id=f"{run}.{stage}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=50,
    )
    producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True, linger_ms=2, max_batch_size=1 << 17)
    await consumer.start()
    await producer.start()
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(mongo, w="majority", journal=True)
    store = client[run][stage]
    while not consumer.assignment():
        await asyncio.sleep(0.05)
    ready.wait()
    done = 0
    while done < cases:
        batches = await consumer.getmany(timeout_ms=200, max_records=BATCH)
        records = [record for batch in batches.values() for record in batch]
        if not records:
            continue
        decisions = [decide(parse(record.value)) for record in records]
        wanted = [document["_id"] for document, _ in decisions]
        known = {document["_id"] async for document in store.find({"_id": {"$in": wanted}})}
        writes: list[Any] = []
        events = []
        for record, (document, emitted) in zip(records, decisions, strict=True):
            out = [
                (
                    f"{run}.{name}",
                    key.encode(),
                    event.model_dump_json().encode(),
                    [("ce_id", uuid.uuid4().hex.encode()), ("ce_type", name.encode()), ("ce_time", b"2026")],
                )
                for name, key, event in emitted
            ]
            if document["_id"] not in known:
                document["outbox"] = [{"t": t, "k": k, "v": v, "h": h} for t, k, v, h in out]
                document["applied"] = [f"{record.topic}-{record.partition}-{record.offset}"]
                writes.append(ReplaceOne({"_id": document["_id"], "v": 0}, document, upsert=True))
            events += out
        if writes:
            await store.bulk_write(writes, ordered=False)
        await asyncio.gather(*[await producer.send(t, v, key=k, headers=h) for t, k, v, h in events])
        await consumer.commit()
        done += len(records)
    await consumer.stop()
    await producer.stop()


async def _naive(stage: str, run: str, cases: int, kafka: str, mongo: str, ready: Barrier) -> None:
    topic, model, decide = STAGES[stage]
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(mongo, w="majority", journal=True)
    store = client[run][stage]
    broker = KafkaBroker(kafka, acks="all", enable_idempotence=True, logger=None)
    go, finished, done = asyncio.Event(), asyncio.Event(), 0

    async def handle(message: Any) -> None:
        nonlocal done
        await go.wait()
        document, events = decide(message)
        if not await store.find_one({"_id": document["_id"]}):
            await store.insert_one(document)
        for name, key, event in events:
            await broker.publish(event, f"{run}.{name}", key=key.encode())
        done += 1
        if done >= cases:
            finished.set()

    handle.__annotations__["message"] = model
    broker.subscriber(
        f"{run}.{topic}", group_id=f"{run}.{stage}", auto_offset_reset="earliest", ack_policy=AckPolicy.NACK_ON_ERROR
    )(handle)
    await broker.start()
    await asyncio.sleep(4)  # time to be given partitions
    ready.wait()
    go.set()
    await finished.wait()
    await broker.stop()


async def _prepare(run: str, cases: int, kafka: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(f"{run}.{topic}", PARTITIONS, 1) for topic in TOPICS])
    await asyncio.sleep(1)
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True, linger_ms=5, max_batch_size=1 << 17)
    await producer.start()
    for start in range(0, cases, 1000):
        bodies = [a_submission(n) for n in range(start, min(start + 1000, cases))]
        sends = [
            await producer.send(f"{run}.submission", b.model_dump_json().encode(), key=b.externalRef.encode())
            for b in bodies
        ]
        await asyncio.gather(*sends)
    await producer.stop()


async def _clean(run: str, kafka: str, mongo: str) -> None:
    """Gives the servers back as they were: later rounds meet no leftovers."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.delete_topics([f"{run}.{topic}" for topic in TOPICS])
    await admin.close()
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(mongo)
    await client.drop_database(run)
    client.close()


def _stage(mode: str, *args: Any) -> None:
    uvloop.run({"raw": _raw, "naive": _naive}[mode](*args))


def cases_per_second(mode: str, cases: int, kafka: str, mongo: str) -> float:
    """Runs `raw` or `naive` over so many cases: from when every stage has its partitions to the last stored notice."""
    run = f"yardstick-{uuid.uuid4().hex[:8]}"
    asyncio.run(_prepare(run, cases, kafka))
    spawn = multiprocessing.get_context("fork")
    ready = spawn.Barrier(len(STAGES) + 1)
    processes = [spawn.Process(target=_stage, args=(mode, stage, run, cases, kafka, mongo, ready)) for stage in STAGES]
    for process in processes:
        process.start()
    ready.wait(120)
    started = time.perf_counter()
    for process in processes:
        process.join(900)
    seconds = time.perf_counter() - started
    if any(process.exitcode != 0 for process in processes):
        raise RuntimeError(f"{mode}: a stage ended with {[p.exitcode for p in processes]}")
    asyncio.run(_clean(run, kafka, mongo))
    return cases / seconds
