"""`./mizban env` prints one description twice: as JSON, and as lines that a shell can read (contract: local stack)."""

import shlex
from pathlib import Path

import pytest

from services.ops import environment
from services.ops.errors import NotUp
from services.ops.home import Home

DESCRIPTION = {
    "kafka": {"bootstrap": "127.0.0.1:19092", "pid": 7},
    "mongo": {"url": "mongodb://a:b@127.0.0.1/?x=1&y=2", "pid": None},
    "partners": {"pishkhan-a": {"outcomeTopic": "sd.kiosk.outcome.pishkhan-a.v1", "kiosks": ["k-1", "k-2"]}},
    "smsSimulator": {"url": "http://127.0.0.1:8090"},
}


def test_every_value_becomes_one_line_under_its_path() -> None:
    lines = dict(line.split("=", 1) for line in environment.as_lines(DESCRIPTION))
    assert lines["KAFKA_BOOTSTRAP"] == "127.0.0.1:19092"
    assert lines["PARTNERS_PISHKHAN_A_OUTCOME_TOPIC"] == "sd.kiosk.outcome.pishkhan-a.v1"
    assert lines["PARTNERS_PISHKHAN_A_KIOSKS"] == "k-1,k-2"
    assert lines["SMS_SIMULATOR_URL"] == "http://127.0.0.1:8090"
    assert lines["MONGO_PID"] == "''"


def test_a_shell_reads_back_what_was_meant() -> None:
    words = shlex.split(" ".join(environment.as_lines(DESCRIPTION)))
    assert "MONGO_URL=mongodb://a:b@127.0.0.1/?x=1&y=2" in words
    assert len(words) == 7


def test_nothing_is_described_while_the_stack_is_down(tmp_path: Path) -> None:
    with pytest.raises(NotUp, match=r"\./mizban up"):
        environment.describe(Home(tmp_path))
