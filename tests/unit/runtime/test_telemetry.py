"""What operators see: a closed list of metrics, and never an id or a person in a label or a log line (I12)."""

import asyncio
import contextlib
import io
import json
import re
import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.contracts.decision import Refused
from services.contracts.topics import all_topics
from services.ops.home import ROOT
from services.runtime.message import Source
from services.runtime.telemetry import METRICS, Metrics, logger
from tests.support import bank
from tests.support.bank import ACCOUNT, Credit, a_door, paid
from tests.support.memory_door import MemoryDoor

SOURCES = {"kafka", "http", "timer", "event", "outside", "command", "local"}
FAILURES = set(Source) | {"timer-unmoved", "held", "parked", "park-full", "unreadable", "unstorable"}
ACCOUNTS = ("0013542419", "6f1c2a52-6f1d-5b7e-9a53-0b6bd8f4a0c1")


@pytest.fixture
async def busy() -> MemoryDoor:
    """A door that has seen good, repeated, failing, refused and unreadable messages."""
    bank.BROKEN.add(13)
    door = a_door()
    for account in ACCOUNTS:
        await door.records(paid(account, 10, 1), paid(account, 10, 1), paid(account, 13, 2), paid(account, 666, 3))
        await door.records(paid(account, 5, 9))
    await door.records(paid("spoiled", 13, 1))
    door.store.collections["account"]["spoiled"]["parked"][0]["m"] = b"no longer opened"
    serving = asyncio.create_task(door.door.serve_commands())
    for _ in range(2):
        await door.submit(ACCOUNT, "by-command", Credit(amount=3), key="k", caller="c")
    with contextlib.suppress(Refused):
        await door.submit(ACCOUNT, "by-command", Credit(amount=0))
    serving.cancel()
    for _ in range(6):
        await door.tick(hours=2)
    bank.BROKEN.clear()
    return door


def families(metrics: Metrics) -> dict[str, list[dict[str, str]]]:
    """Metric name -> labels of its samples."""
    parsed = text_string_to_metric_families(metrics.exposition().decode())
    return {family.name: [sample.labels for sample in family.samples] for family in parsed}


def test_the_list_is_closed_before_any_traffic() -> None:
    assert set(families(Metrics("routing"))) == set(METRICS)


async def test_the_list_is_closed_after_traffic_too(busy: MemoryDoor) -> None:
    assert set(families(busy.metrics)) == set(METRICS)
    assert busy.metric("mizban_dead_letters_total", code="ZeroDivisionError") > 0
    assert busy.metric("mizban_duplicates_total", source="event") > 0
    assert busy.metric("mizban_failures_total", kind="event") > 0
    assert busy.metric("mizban_failures_total", kind="parked") > 0


def test_the_classes_of_failures_are_those_that_the_code_names_and_the_sources() -> None:
    code = "".join(path.read_text() for path in (ROOT / "services" / "runtime").glob("*.py"))
    told = re.findall(r'(?:\.failed\(|failures\.labels\(|report\("failure", )"([a-z-]+)"', code)
    assert set(told) | set(Source) == FAILURES


async def test_a_label_takes_few_values_and_never_an_id(busy: MemoryDoor) -> None:
    topics = {topic.name for topic in all_topics([])} | {bank.SOURCE.name, bank.OUTSIDE_TOPIC.name}
    for name, samples in families(busy.metrics).items():
        for labels in samples:
            assert labels.get("topic", bank.SOURCE.name) in topics, name
            assert labels.get("source", "kafka") in SOURCES, name
            assert labels.get("kind", "event") in FAILURES, name
            assert labels.get("code", "X").isidentifier(), name
            assert set(labels) <= {"topic", "source", "kind", "code", "le"}, name
    exposed = busy.metrics.exposition().decode()
    for account in ACCOUNTS:
        assert account not in exposed


def test_a_log_line_is_one_json_object(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when a text holds line breaks: a line that anybody can forge is no evidence."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stdout", written)
    log = logger("intake", "INFO")
    log.debug("not shown")
    log.warning("store away", reason='a\n{"event": "forged"}', name="میز")
    lines = written.getvalue().splitlines()
    assert len(lines) == 1
    line = json.loads(lines[0])
    assert (line["service"], line["level"], line["event"], line["name"]) == ("intake", "warning", "store away", "میز")
    assert line["timestamp"].endswith("Z")


def test_a_librarys_traceback_becomes_one_line_without_the_words_of_the_error() -> None:
    """I12: an exception may name what was sent to us."""
    program = (
        "import logging\n"
        "from services.runtime.telemetry import logger\n"
        "logger('intake')\n"
        "try:\n    raise ValueError('0013542419')\n"
        "except ValueError:\n    logging.getLogger('uvicorn.error').exception('Exception in ASGI application')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "0013542419" not in done.stdout + done.stderr
    line = json.loads(done.stdout)
    assert (line["library"], line["error"], line["event"]) == (
        "uvicorn.error",
        "ValueError",
        "Exception in ASGI application",
    )


def test_what_asyncio_says_of_a_lost_task_keeps_the_words_of_its_error_to_itself() -> None:
    """I12: it writes the error into the further lines of its message."""
    program = (
        "import asyncio, gc\n"
        "from services.runtime.telemetry import logger\n"
        "logger('intake')\n"
        "async def f(): raise ValueError('0013542419')\n"
        "async def main():\n    task = asyncio.create_task(f(), name='t')\n    await asyncio.sleep(0)\n"
        "asyncio.run(main())\ngc.collect()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "0013542419" not in done.stdout + done.stderr
    assert json.loads(done.stdout)["library"] == "asyncio"
