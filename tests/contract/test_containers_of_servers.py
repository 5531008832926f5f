"""MongoDB and Kafka in docker-compose.yml: accounts, rights and topics as in the code (design 4, 6, 7)."""

import os
import re
import subprocess
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

from services.contracts.catalogue import SERVICES
from services.contracts.registry import Partner
from services.contracts.topics import Topic, all_topics
from services.ops import mongo_server, provision
from services.ops.credentials import PARTNERS, Credentials
from services.ops.home import Home, Port
from services.ops.kiosk_keys import SANDBOX
from services.runtime import broker_access, broker_admin
from tests.support.containers import CONTAINERS, ROOT, of_every_service
from tests.support.sample import sample_entries

ALIKE_IN_BOTH = {"--replSet", "--oplogSize", "--slowms", "--wiredTigerCacheSizeGB"}
"""Options of MongoDB that are the same in the local stack."""


# --- MongoDB ----------------------------------------------------------------------------------------------------------


def test_each_service_has_a_user_for_its_own_database_only() -> None:
    accounts = accounts_in(CONTAINERS["accounts"]["environment"]["MONGO_ACCOUNTS"])
    assert accounts.keys() == set(SERVICES)
    assert len(set(accounts.values())) == len(SERVICES)
    for service in SERVICES:
        url = urlsplit(CONTAINERS[service]["environment"][f"{service.upper()}_MONGO_URL"])
        assert (url.username, url.password, url.path) == (service, accounts[service], f"/{service}")
        assert parse_qs(url.query) == {"replicaSet": [provision.REPLICA_SET]}


def test_mongo_is_one_replica_set_with_sign_in(tmp_path: Path) -> None:
    program = tmp_path / "docker-entrypoint.sh"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"; env\n')
    program.chmod(0o755)
    container = CONTAINERS["mongo"]
    values = {"REPLICA_SET_KEY": container["environment"]["REPLICA_SET_KEY"], "KEY_FOLDER": str(tmp_path)}
    for _ in range(2):  # a restart finds the file of the start before
        output = run_script("mongo", values, tmp_path)
    arguments = output.split()
    key_file = Path(arguments[arguments.index("--keyFile") + 1])
    assert key_file.read_text().strip() == container["environment"]["REPLICA_SET_KEY"]
    assert key_file.stat().st_mode & 0o077 == 0
    assert "REPLICA_SET_KEY=" not in output
    assert arguments[arguments.index("--replSet") + 1] == provision.REPLICA_SET
    assert int(arguments[arguments.index("--port") + 1]) == Port.MONGO
    home = Home(tmp_path / "home")
    home.make()
    local = options_of([str(part) for part in mongo_server._command(home, Credentials(home), Path("mongod"))])
    alike = {pair for pair in local if pair[0] in ALIKE_IN_BOTH or "SnapshotHistory" in pair[1]}
    assert len(alike) == len(ALIKE_IN_BOTH) + 1
    assert alike <= options_of(arguments)
    assert str(int(Port.MONGO)) in container["healthcheck"]["test"]
    assert "ports" not in container
    admin = urlsplit(CONTAINERS["accounts"]["environment"]["MONGO_URL"])
    assert admin.password == container["environment"]["MONGO_INITDB_ROOT_PASSWORD"]


# --- Kafka ------------------------------------------------------------------------------------------------------------


def test_kafka_is_the_version_that_the_tests_run_on() -> None:
    jars = (ROOT / "services" / "ops" / "kafka-jars.lock").read_text()
    version = re.search(r"org\.apache\.kafka:kafka-clients:([\d.]+)", jars)
    assert version
    assert CONTAINERS["kafka"]["image"] == f"apache/kafka:{version[1]}"


def test_partners_sign_in_with_scram_and_have_what_their_rights_give() -> None:
    lines = (ROOT / "deploy" / "kafka" / "server.properties").read_text().splitlines()
    kafka = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    inside, partners = int(Port.KAFKA), int(Port.KAFKA_PARTNERS)
    assert f"INSIDE://:{inside},PARTNERS://:{partners}," in kafka["listeners"]
    assert "PARTNERS:SASL_PLAINTEXT" in kafka["listener.security.protocol.map"]
    assert kafka["listener.name.partners.sasl.enabled.mechanisms"] == "SCRAM-SHA-512"
    assert kafka["authorizer.class.name"].endswith("StandardAuthorizer")
    assert kafka["allow.everyone.if.no.acl.found"] == "false"
    assert kafka["auto.create.topics.enable"] == "false"
    assert kafka["log.dirs"] in [volume.partition(":")[2] for volume in CONTAINERS["kafka"]["volumes"]]
    assert CONTAINERS["kafka"]["ports"] == [f"127.0.0.1:{partners}:{partners}"], "the inside listener is not published"


def test_kafkas_storage_is_formatted_with_every_partners_account(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("kafka-storage.sh", "kafka-server-start.sh"):
        (tmp_path / "bin" / name).write_text(f'#!/bin/sh\necho {name} "$@"; env | grep ACCOUNTS; true\n')
        (tmp_path / "bin" / name).chmod(0o755)
    environment = CONTAINERS["kafka"]["environment"]
    formatted, started = run_script("kafka", {**environment, "KAFKA_HOME": str(tmp_path)}, tmp_path).split(
        "kafka-server-start.sh"
    )
    for partner, password in accounts_in(environment["PARTNER_ACCOUNTS"]).items():
        assert f"--add-scram SCRAM-SHA-512=[name={partner},password={password}]" in formatted
    assert "--ignore-formatted" in formatted
    assert f"PARTNERS://{environment['PARTNERS_ADDRESS']}" in started
    assert "ACCOUNTS" not in started, "the broker need not know the passwords"


def test_partners_are_the_same_everywhere() -> None:
    in_province = {entry.id for entry in sample_entries() if isinstance(entry, Partner) and entry.id != SANDBOX}
    _, *in_job = CONTAINERS["topics"]["command"]
    assert accounts_in(CONTAINERS["kafka"]["environment"]["PARTNER_ACCOUNTS"]).keys() == in_province
    assert set(in_job) == set(PARTNERS) == in_province


def test_the_topics_job_brings_every_topic_in_step_and_prepares_every_partner(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[str, list[Topic]]] = []
    prepared: list[tuple[str, list[str]]] = []

    def bring_in_step(bootstrap: str, topics: list[Topic]) -> broker_admin.Changes:
        made.append((bootstrap, topics))
        return broker_admin.Changes()

    monkeypatch.setattr(broker_admin, "answers", lambda _: True)
    monkeypatch.setattr(broker_admin, "bring_in_step", bring_in_step)
    monkeypatch.setattr(broker_access, "prepare", lambda *given: prepared.append(given))
    job = CONTAINERS["topics"]
    outcome = CliRunner().invoke(provision.app, job["command"], env=job["environment"])
    assert outcome.exit_code == 0, outcome.output
    assert made == [("kafka:19092", all_topics(list(PARTNERS)))]
    assert prepared == [("kafka:19092", list(PARTNERS))]


@of_every_service
def test_a_service_starts_after_the_topics_and_the_accounts_are_there(service: str) -> None:
    after = CONTAINERS[service]["depends_on"]
    assert {job: after[job]["condition"] for job in ("topics", "accounts")} == {
        "topics": "service_completed_successfully",
        "accounts": "service_completed_successfully",
    }
    for job, server in {"topics": "kafka", "accounts": "mongo"}.items():
        assert CONTAINERS[job]["depends_on"][server]["condition"] == "service_healthy"
        assert "profiles" not in CONTAINERS[job]
        assert CONTAINERS[job]["entrypoint"] == ["python", "-m", "services.ops.provision"]


def run_script(folder: str, environment: dict[str, str], path: Path) -> str:
    script = ROOT / "deploy" / folder / "start.sh"
    assert CONTAINERS[folder]["entrypoint"] == ["/bin/sh", "/mizban/start.sh"]
    assert f"./deploy/{folder}:/mizban:ro" in CONTAINERS[folder]["volumes"]
    values = {**environment, "PATH": f"{path}:{os.environ['PATH']}"}
    return subprocess.run(
        ["/bin/sh", script], env=values, capture_output=True, text=True, timeout=10, check=True
    ).stdout


def options_of(arguments: Sequence[str]) -> set[tuple[str, str]]:
    """Each option with the value behind it."""
    return {pair for pair in pairwise(arguments) if pair[0].startswith("--")}


def accounts_in(text: str) -> dict[str, str]:
    return dict(line.split() for line in text.splitlines())
