"""The operators' tools on a real Kafka: what they show is true and impersonal, what they send is the very same."""

import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from fastapi import APIRouter
from pydantic import SecretStr
from typer.testing import CliRunner

from services.contracts.identifiers import grouped, tracking_code
from services.contracts.persian import persian_digits
from services.contracts.topics import Topic, dead_letter_topic
from services.ops import case_steps, cli, trace
from services.ops.credentials import Credentials
from services.ops.errors import StackError
from services.runtime import broker_admin, broker_records
from services.runtime.broker_records import ToSend
from services.runtime.entity import events
from services.runtime.letters import dead_letter
from services.runtime.message import DeadLetter, Record
from services.runtime.seal import Sealer
from services.runtime.service import Running, Service
from services.runtime.settings import ServiceSettings
from tests.conftest import Stack
from tests.support import ledger
from tests.support.ledger import ACCOUNT, LEDGER, Paid, an_account, paid

NATIONAL_ID, MOBILE, NAME = "0013542419", "09121234567", "زهرا کریمی"
PERSONAL = (NATIONAL_ID, MOBILE, NAME)
APPLICANT = {"value": NATIONAL_ID, "mobile": MOBILE, "name": NAME}


@dataclass
class Desk:
    """A group with a dead-letter topic and a topic that it reads, both of one test alone."""

    stack: Stack
    name: str
    topic: str

    @property
    def group(self) -> str:
        return f"mizban.{self.name}"

    @property
    def seal_key(self) -> str:
        return Credentials(self.stack.home).key(f"seal.{self.name}")

    def write(self, value: bytes | None, key: bytes | None = b"k:1", *headers: tuple[str, bytes | None]) -> Record:
        """Puts a record into partition 1 and gives it as it is stored there."""
        written(self.stack, self.topic, value, key, list(headers), partition=1)
        return everything(self.stack, self.topic)[-1]

    def give_up(self, record: Record, *, code: str = "SCHEMA", times: int = 1, seal: Sealer | None = None) -> str:
        """Writes the record's dead letter; its id."""
        sealer = seal or Sealer(ServiceSettings(port=0, seal_key=SecretStr(self.seal_key)).seal_bytes())
        for _ in range(times):
            topic, key, value, headers = dead_letter(
                DeadLetter(record, code, 2, "wrong: applicant.value"),
                self.group,
                sealer,
                datetime(2026, 11, 23, 8, 30, tzinfo=UTC),
            )
            written(self.stack, topic, value, key.encode(), list(headers))
        return dict(headers)["dl_id"].decode()

    def listed(self) -> list[dict[str, Any]]:
        code, output = mizban("dlq", "ls", "--group", self.group, "--json")
        assert code == 0, output
        found: list[dict[str, Any]] = json.loads(output)
        return found


@pytest.fixture
def desk(stack: Stack) -> Desk:
    name = f"tools{uuid4().hex[:8]}"
    desk = Desk(stack, name, f"test.{name}")
    broker_admin.bring_in_step(stack.bootstrap, [a_topic(desk.topic, 3), dead_letter_topic(desk.group)])
    return desk


def a_topic(name: str, partitions: int) -> Topic:
    return Topic(name, key="any", producers=("a",), consumers=("b",), partitions=partitions)


def written(
    stack: Stack,
    topic: str,
    value: bytes | None,
    key: bytes | None,
    headers: list[tuple[str, bytes | None]] | list[tuple[str, bytes]],
    partition: int = 0,
) -> None:
    producer = Producer({"bootstrap.servers": stack.bootstrap})
    producer.produce(topic, value=value, key=key, headers=list(headers), partition=partition)
    assert producer.flush(10) == 0


def everything(stack: Stack, topic: str) -> list[Record]:
    return list(broker_records.everything(stack.bootstrap, [topic]))


def mizban(*args: str) -> tuple[int, str]:
    """Exit code and everything that the command showed, its one message for a mishap included."""
    outcome = CliRunner().invoke(cli.app, args)
    if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
        assert isinstance(outcome.exception, StackError), outcome.exc_info
        return 1, outcome.output + str(outcome.exception)
    return outcome.exit_code, outcome.output


# --- Dead letters -----------------------------------------------------------------------------------------------------


def test_a_letter_is_listed_once_with_its_reason(desk: Desk) -> None:
    record = desk.write(b"{}")
    id = desk.give_up(record, code="HEADER_MISSING", times=2)
    (letter,) = desk.listed()
    assert letter == letter | {
        "id": id,
        "group": desk.group,
        "topic": desk.topic,
        "partition": 1,
        "offset": record.offset,
        "code": "HEADER_MISSING",
        "attempts": 2,
        "replayedAt": None,
    }
    code, table = mizban("dlq", "ls", "--group", desk.group, "--code", "HEADER_MISSING")
    assert (code, id[:13] in table, "1 dead letter, 1 open." in table) == (0, True, True)
    none = mizban("dlq", "ls", "--group", desk.group, "--code", "OTHER")[1]
    assert "No letter has the code OTHER; there are: HEADER_MISSING." in none
    assert "0 dead letters" in none
    assert "has the code" not in table


def test_a_letter_is_shown_with_what_is_known_and_its_times_named(desk: Desk) -> None:
    id = desk.give_up(desk.write(b"{}"))
    code, shown = mizban("dlq", "show", id)
    assert (code, "2026-11-23 08:30:00 UTC, 1405/09/02 12:00 Tehran" in shown, "sent again" in shown) == (
        0,
        True,
        False,
    )
    assert "wrong: applicant.value" in shown
    assert "None" not in shown
    mizban("dlq", "replay", "--id", id, "--yes")
    assert "sent again at" in mizban("dlq", "show", id)[1]


def test_a_record_that_is_no_letter_is_told_and_hides_none(desk: Desk) -> None:
    id = desk.give_up(desk.write(b"{}"))
    topic = dead_letter_topic(desk.group).name
    letter = everything(desk.stack, topic)[0]
    headers = [(name, b"x" if name == "dl_partition" else value or b"") for name, value in letter.headers]
    written(desk.stack, topic, letter.value, letter.key, headers)
    code, output = mizban("dlq", "ls", "--group", desk.group)
    assert (code, id[:13] in output, "1 dead letter, 1 open." in output) == (0, True, True)
    assert "1 record could not be read as a letter" in output


def test_nothing_personal_is_shown_unless_it_is_asked_for(desk: Desk) -> None:
    value = json.dumps({"kioskId": 7, "applicant": APPLICANT, NATIONAL_ID: 1}, ensure_ascii=False).encode()
    record = desk.write(value, f"wa-urmia-017:{NATIONAL_ID}".encode(), ("ce_id", MOBILE.encode()), (NAME, b"1"))
    id = desk.give_up(record)
    shown = {command: mizban(*command) for command in commands_on(desk, id)}
    for command, (code, output) in shown.items():
        assert code == 0, output
        assert not [personal for personal in PERSONAL if personal in output], command
    assert '"kioskId": "number"' in shown["dlq", "show", id][1]
    code, revealed = mizban("dlq", "show", id[:13], "--reveal")
    assert code == 0
    for personal in PERSONAL:
        assert personal in revealed


def commands_on(desk: Desk, id: str) -> list[tuple[str, ...]]:
    return [
        ("dlq", "ls", "--group", desk.group),
        ("dlq", "ls", "--group", desk.group, "--json"),
        ("dlq", "show", id),
        ("dlq", "replay", "--id", id),
        ("dlq", "replay", "--id", id, "--yes"),
    ]


def test_a_dry_run_sends_nothing(desk: Desk) -> None:
    desk.give_up(desk.write(b"{}"))
    before = everything(desk.stack, desk.topic)
    code, output = mizban("dlq", "replay", "--group", desk.group)
    assert (code, "1 would be sent, nothing was" in output) == (0, True)
    assert everything(desk.stack, desk.topic) == before
    assert desk.listed()[0]["replayedAt"] is None


def test_a_replay_sends_the_same_bytes_to_the_same_partition_and_only_once(desk: Desk) -> None:
    id = "8c8a3ef0-1111-4222-8333-444455556666"
    record = desk.write(b'{"a":  1}', b"k:1", ("ce_id", id.encode()), ("ce_id", b"\xff"), ("x", None), ("y", b""))
    desk.give_up(record, times=2)
    code, output = mizban("dlq", "replay", "--group", desk.group, "--yes")
    assert (code, "1 of 1 sent again." in output) == (0, True)
    first, again = everything(desk.stack, desk.topic)
    assert first == record
    assert (again.partition, again.key, again.value, again.headers) == (1, record.key, record.value, record.headers)
    assert desk.listed()[0]["replayedAt"] is not None
    assert "0 dead letters" in mizban("dlq", "ls", "--group", desk.group, "--open")[1]

    assert "0 of 0 sent again." in mizban("dlq", "replay", "--group", desk.group, "--yes")[1]
    assert len(everything(desk.stack, desk.topic)) == 2
    assert "1 of 1 sent again." in mizban("dlq", "replay", "--group", desk.group, "--again", "--yes")[1]
    assert len(everything(desk.stack, desk.topic)) == 3


@pytest.mark.parametrize("value", [None, b"", b"\xff\x00"])
@pytest.mark.parametrize("key", [None, b"", b"\xfe"])
def test_absent_and_empty_stay_what_they_were(desk: Desk, key: bytes | None, value: bytes | None) -> None:
    record = desk.write(value, key)
    assert (record.key, record.value) == (key, value)
    desk.give_up(record)
    assert mizban("dlq", "replay", "--group", desk.group, "--yes")[0] == 0
    _, again = everything(desk.stack, desk.topic)
    assert (again.key, again.value, again.headers) == (key, value, record.headers)


def test_letters_are_sent_in_the_order_in_which_their_records_stood(desk: Desk) -> None:
    records = [desk.write(str(number).encode()) for number in range(3)]
    for record in reversed(records):
        desk.give_up(record)
    mizban("dlq", "replay", "--group", desk.group, "--yes")
    assert [record.value for record in everything(desk.stack, desk.topic)[3:]] == [b"0", b"1", b"2"]


def test_a_code_and_ids_choose_what_is_sent(desk: Desk) -> None:
    wanted, other = desk.write(b"wanted"), desk.write(b"other")
    id = desk.give_up(wanted, code="ONE")
    desk.give_up(other, code="TWO")
    assert mizban("dlq", "replay", "--group", desk.group, "--code", "TWO", "--yes")[0] == 0
    assert mizban("dlq", "replay", "--id", id, "--id", id[:20], "--yes")[0] == 0
    assert [record.value for record in everything(desk.stack, desk.topic)[2:]] == [b"other", b"wanted"]


def test_a_letter_sealed_with_another_key_is_told_and_hurts_no_other(desk: Desk) -> None:
    broken = desk.give_up(desk.write(b"unreadable"), seal=Sealer(b"x" * 32))
    desk.give_up(desk.write(b"readable"))
    code, output = mizban("dlq", "show", broken, "--reveal")
    assert (code, "seal does not open" in output, "unreadable" in output) == (1, True, False)
    code, output = mizban("dlq", "replay", "--group", desk.group, "--yes")
    assert (code, "seal does not open" in output, "1 of 1 sent again." in output) == (1, True, True)
    assert [record.value for record in everything(desk.stack, desk.topic)[2:]] == [b"readable"]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("dlq", "show", "no-such-letter"), "there is no dead letter no-such-letter"),
        (("dlq", "replay", "--id", "no-such-letter", "--yes"), "there is no dead letter"),
        (("dlq", "ls", "--group", "mizban.nobody"), "no group mizban.nobody"),
        (("dlq", "replay", "--yes"), "say which letters"),
    ],
)
def test_what_is_not_there_is_told(stack: Stack, command: tuple[str, ...], told: str) -> None:
    code, output = mizban(*command)
    assert (code, told in output) == (1, True), output


@pytest.mark.parametrize("command", [("topics",), ("dlq", "ls"), ("trace", "x")])
def test_without_a_stack_each_tool_says_so(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MIZBAN_HOME", str(tmp_path))
    code, output = mizban(*command)
    assert (code, "the stack is not up" in output) == (1, True)


async def test_once_the_rule_is_mended_a_replay_lets_the_account_go_on(desk: Desk) -> None:
    """The whole way: a fault of ours parks a key, gives its record up, and the operator's replay heals it in order."""
    source, amount, account = a_topic(desk.topic, 3), 4_242_001, an_account()
    service = Service(
        name=desk.name,
        settings=ServiceSettings(
            port=0,
            kafka_bootstrap=desk.stack.bootstrap,
            mongo_url=SecretStr(desk.stack.mongo),
            seal_key=SecretStr(desk.seal_key),
            retry_seconds=(0.1,),
            log_level="ERROR",
        ),
        entities=[ACCOUNT, LEDGER],
        consumes=[events(source, Paid, ACCOUNT, lambda event: event.account, ("account.paid",))],
        rules=None,
        api=lambda parts: APIRouter(),
        registry=False,
    )
    broker_admin.bring_in_step(desk.stack.bootstrap, [ledger.TARGET])
    running = Running(service)
    await running.start()
    ledger.BROKEN.add(amount)
    try:
        for record in (paid(account, amount, 1), paid(account, 5, 2)):
            written(desk.stack, desk.topic, record.value, record.key, list(record.headers), partition=1)
        async with asyncio.timeout(30):
            while not (letters := await asyncio.to_thread(desk.listed)):
                await asyncio.sleep(0.2)
        assert [(letter["code"], letter["key"]) for letter in letters] == [("ZeroDivisionError", account)]
        ledger.BROKEN.discard(amount)
        assert (await asyncio.to_thread(mizban, "dlq", "replay", "--group", desk.group, "--yes"))[0] == 0
        async with asyncio.timeout(30):
            while (found := await running.parts.store.get(ACCOUNT, account)) is None or len(found.state.credits) < 2:
                await asyncio.sleep(0.1)
        assert found.state.credits == (amount, 5)
    finally:
        ledger.BROKEN.discard(amount)
        await running.stop()


# --- Topics -----------------------------------------------------------------------------------------------------------


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


def test_what_kafka_does_not_take_is_told(desk: Desk) -> None:
    fits, too_large = (ToSend(desk.topic, 0, b"k", b"x" * size, ()) for size in (10, 2_000_000))
    assert broker_records.send(desk.stack.bootstrap, [fits, too_large, fits]) == [True, False, True]


# --- Trace ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def province(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Topics of this test alone in place of the five that a case runs through: role -> name."""
    mine = uuid4().hex[:8]
    roles = {"INTAKE_REQUEST": 3, "ROUTING_WORK": 3, "NOTIFY_STATUS": 2, "KIOSK_SUBMISSION": 3}
    topics = {role: a_topic(f"test.{mine}.{role.lower()}", count) for role, count in roles.items()}
    outcomes = a_topic(f"test.{mine}.outcome", 2)
    broker_admin.bring_in_step(stack.bootstrap, [*topics.values(), outcomes])
    modules: tuple[ModuleType, ...] = (trace, case_steps)
    for module in modules:
        for role, topic in topics.items():
            monkeypatch.setattr(module, role, topic)
    monkeypatch.setattr(trace, "outcome_topic", lambda partner: outcomes)
    return {role: topic.name for role, topic in topics.items()} | {"OUTCOME": outcomes.name}


@dataclass
class Publishing:
    """Writes a case's events as the services would."""

    stack: Stack
    topics: dict[str, str]
    request: str
    number: int = 0

    def event(self, role: str, second: int, service: str, data: dict[str, Any], key: str = "", **more: str) -> str:
        self.number += 1
        id = str(uuid4())
        headers = {
            "ce_specversion": "1.0",
            "ce_id": id,
            "ce_source": f"/org/wa-tax/{service}",
            "ce_type": "ir.servicedesk.intake.request.moved.v1",
            "ce_subject": key or self.request,
            "ce_time": f"2026-11-23T08:30:{second:02}Z",
            "ce_sequence": str(self.number),
        } | more
        encoded = [(name, value.encode()) for name, value in headers.items()]
        written(self.stack, self.topics[role], json.dumps(data).encode(), (key or self.request).encode(), encoded)
        return id


def test_one_case_is_told_across_all_services(stack: Stack, province: dict[str, str]) -> None:
    code, kiosk = tracking_code(uuid4().int % 10**13), f"wa-urmia-017:{uuid4().hex[:8]}"
    ref = kiosk.partition(":")[2]
    ours, others = (Publishing(stack, province, str(uuid4())) for _ in range(2))
    case = {"trackingCode": code, "kiosk": {"kioskId": "wa-urmia-017", "externalRef": ref, "partner": "pishkhan-a"}}
    others.event("INTAKE_REQUEST", 1, "intake", {"trackingCode": "0" * 14, "state": "REGISTERED"})
    others.event("ROUTING_WORK", 2, "routing", {"task": {"state": "ASSIGNED"}})
    # in an order in which no reader of five topics would find them
    told = ours.event(
        "NOTIFY_STATUS", 9, "notify", {"notice": "REGISTERED", "state": "SENT", "moves": ["message.sent"]}
    )
    submission = ours.event("KIOSK_SUBMISSION", 1, MOBILE, {"revision": 1, "applicant": APPLICANT}, kiosk)
    moves = ["request.registered", "commitment.added"]
    registered = ours.event(
        "INTAKE_REQUEST", 2, "intake", case | {"state": "PROMISED", "moves": moves}, ce_causationid=submission
    )
    ours.event("OUTCOME", 2, "intake", {"status": "ACCEPTED", "moves": ["submission.accepted"]}, kiosk)
    ours.event("ROUTING_WORK", 3, "routing", {"task": {"state": "ASSIGNED"}, "moves": ["task.assigned"]})

    persian = persian_digits(grouped(code))
    for which in ([code], [ours.request], [persian], persian.split()):
        exit_code, output = mizban("trace", *which, "--json")
        assert exit_code == 0, output
        steps = json.loads(output)
        assert [step["service"] for step in steps] == ["kiosk", "intake", "intake", "routing", "notify"]
    assert [step["state"] for step in steps] == ["revision 1", "PROMISED", "ACCEPTED", "ASSIGNED", "REGISTERED SENT"]
    assert (steps[1]["id"], steps[1]["causation"]) == (registered[:8], submission[:8])
    assert (steps[1]["moves"], steps[1]["atLocal"]) == (moves, "1405/09/02 12:00")
    exit_code, table = mizban("trace", code)
    assert (exit_code, "5 steps in 8 s." in table, told[:8] in table, "6 s" in table) == (0, True, True, True)
    for personal in PERSONAL:
        assert personal not in output + table


def test_a_case_that_is_not_there_is_told(province: dict[str, str]) -> None:
    for which in (tracking_code(7), str(uuid4())):
        code, output = mizban("trace", which)
        assert (code, "no case" in output) == (1, True), output
