"""Whoever copies an example of docs/partners.md gets ACCEPTED and a tracking code."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC
from importlib.util import find_spec
from pathlib import Path

import pytest

from services.ops import clock
from services.ops.environment import Description
from services.ops.home import ROOT
from tests.support.machine import needs, not_run
from tests.support.stack import Stack

pytestmark = pytest.mark.timeout(180)

PARTNER = "pishkhan-a"
NODE_CLIENT = Path(__file__).parent / "node_client"


@pytest.fixture
def account(province: Description, stack: Stack) -> dict[str, str]:
    """What a partner is given: the account and the key of one office, and nothing of ours."""
    account, office = province["partners"][PARTNER], province["kiosks"]["wa-urmia-017"]
    return {
        "PATH": os.environ["PATH"],
        "KAFKA_PARTNERS": province["kafka"]["partners"],
        "PARTNER_USER": account["username"],
        "PARTNER_PASSWORD": account["password"],
        "KIOSK_ID": "wa-urmia-017",
        "KIOSK_KID": office["kid"],
        "KIOSK_KEY": office["privateKey"],
        "SUBMITTED_AT": clock.now(stack.home).astimezone(UTC).isoformat(timespec="seconds"),
    }


def example(language: str) -> str:
    page = (ROOT / "docs" / "partners.md").read_text()
    return str(re.findall(rf"```{language}\n(.*?)```", page, flags=re.DOTALL)[0])


def run(program: Sequence[str], folder: Path, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(program, cwd=folder, env=environment, capture_output=True, text=True, timeout=100)


def test_the_python_example_is_accepted(account: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "office.py").write_text(example("python"))
    office = run([sys.executable, "-I", "office.py"], tmp_path, account)
    assert re.match(r"ACCEPTED PROMISED \d{14} 14\d\d/", office.stdout), office.stdout + office.stderr


def test_the_first_try_opens_no_case(account: dict[str, str], stack: Stack, tmp_path: Path) -> None:
    home = {"MIZBAN_HOME": str(stack.home.path), "MIZBAN_PORT_OFFSET": str(stack.home.port_offset)}
    mizban, ours = [sys.executable, "-m", "services.ops"], {**os.environ, **home}
    tried = run([*mizban, "kiosk", "test"], ROOT, ours)
    assert tried.returncode == 0, tried.stderr
    told = run([*mizban, "env"], ROOT, ours).stdout
    env = dict(line.split("=", 1) for line in told.splitlines())
    sandbox = {
        "PARTNER_USER": env["PARTNERS_SANDBOX_USERNAME"],
        "PARTNER_PASSWORD": env["PARTNERS_SANDBOX_PASSWORD"],
        "KIOSK_ID": "sandbox-001",
        "KIOSK_KID": env["KIOSKS_SANDBOX_001_KID"],
        "KIOSK_KEY": env["KIOSKS_SANDBOX_001_PRIVATE_KEY"],
    }
    (tmp_path / "office.py").write_text(example("python"))
    office = run([sys.executable, "-I", "office.py"], tmp_path, account | sandbox)
    assert office.stdout == "ACCEPTED SANDBOX None None\n", office.stdout + office.stderr


def test_the_node_example_is_accepted(account: dict[str, str], tmp_path: Path) -> None:
    needs("node", "npm")
    shutil.copytree(NODE_CLIENT, tmp_path, dirs_exist_ok=True)
    npm = run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], tmp_path, {**os.environ})
    if npm.returncode:
        not_run(f"npm cannot get kafkajs here: {npm.stderr.strip()[:300]}")
    (tmp_path / "office.js").write_text(example("javascript"))
    office = run(["node", "office.js"], tmp_path, account)
    assert re.match(r"ACCEPTED PROMISED \d{14} 14\d\d/", office.stdout), office.stdout + office.stderr


def test_the_kcat_example_is_accepted(account: dict[str, str], tmp_path: Path) -> None:
    needs("kcat", "openssl")
    (tmp_path / "office.sh").write_text(example("sh"))
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "librdkafka.so.1").symlink_to(librdkafka())
    office = run(["sh", "office.sh"], tmp_path, account | {"LD_LIBRARY_PATH": str(tmp_path / "lib")})
    assert office.returncode == 0, office.stdout + office.stderr
    outcome = json.loads(office.stdout)
    assert outcome["status"] == "ACCEPTED", outcome
    assert re.fullmatch(r"\d{14}", outcome["trackingCode"]), outcome


def librdkafka() -> Path:
    """The library that comes with our own client: Debian's is too old for Kafka 4, as the page says."""
    spec = find_spec("confluent_kafka")
    assert spec is not None
    assert spec.origin is not None
    (library,) = (Path(spec.origin).parents[1] / "confluent_kafka.libs").glob("librdkafka*.so*")
    return library
