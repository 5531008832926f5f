"""The operators' commands as a test gives them, and a desk of the test's own whose records they are given for."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import Producer
from pydantic import SecretStr
from typer.testing import CliRunner

from services.contracts.topics import Topic
from services.ops import cli
from services.ops.credentials import Credentials
from services.ops.errors import StackError
from services.runtime import broker_records
from services.runtime.letters import dead_letter
from services.runtime.message import DeadLetter, Record
from services.runtime.seal import Sealer
from services.runtime.settings import ServiceSettings
from tests.support.stack import Stack

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
