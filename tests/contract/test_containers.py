"""docker-compose.yml agrees with the code: variables, ports, accounts, topics (design 2, 4, 6, 7).

No container engine is needed: the file is read as an engine reads it, and what it starts is started as it says.
"""

import json
import os
import re
import subprocess
from collections.abc import Sequence
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from services.contracts.catalogue import SERVICES
from services.contracts.registry import Partner
from services.contracts.topics import Topic, all_topics
from services.ops import mongo_server, provision, service_processes
from services.ops.credentials import PARTNERS, Credentials
from services.ops.home import Home, Port
from services.ops.kiosk import SANDBOX
from services.ops.servers import Servers
from services.runtime import broker_admin
from services.runtime.settings import BadSettings, ServiceSettings
from tests.support.containers import CONTAINERS, ENV, OURS, ROOT, SCRIPTS, Unset, compose, settings_of, variables
from tests.support.sample import sample_entries

SERVERS = {"kafka", "mongo"}
ALIKE_IN_BOTH = {"--replSet", "--oplogSize", "--slowms", "--wiredTigerCacheSizeGB"}
"""Options of MongoDB that are the same in the local stack."""
of_every_service = pytest.mark.parametrize("service", SERVICES)
of_our_containers = pytest.mark.parametrize("name", OURS)


def test_the_containers_are_the_services_their_servers_and_their_jobs() -> None:
    jobs = {"topics", "accounts", "province", "sms-simulator"}
    assert CONTAINERS.keys() == {*SERVICES, *SERVERS, *jobs}
    assert OURS.keys() == {*SERVICES, *jobs}


def test_the_processor_is_shared_in_the_order_of_the_local_stack() -> None:
    """Said of every container: one that says nothing weighs more than 1024 shares on some engines (docs/adr/0016)."""
    shares = {name: container["cpu_shares"] for name, container in CONTAINERS.items()}
    programs = sorted(service_processes.PROGRAMS, key=lambda program: program.niceness)
    for first, second in pairwise(programs):
        equal = first.niceness == second.niceness
        assert (shares[first.name] == shares[second.name]) is equal
        assert shares[first.name] >= shares[second.name]
    assert shares["kafka"] == shares["mongo"] == shares["intake"]


# --- hardening --------------------------------------------------------------------------------------------------------


@of_our_containers
def test_our_containers_can_change_nothing_and_gain_no_rights(name: str) -> None:
    container = OURS[name]
    assert container["read_only"] is True
    assert [Path(folder).parts for folder in container["tmpfs"]] == [("/", "tmp")]
    assert container["mem_limit"]


@pytest.mark.parametrize("name", CONTAINERS)
def test_no_container_has_capabilities(name: str) -> None:
    container = CONTAINERS[name]
    assert container["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in container["security_opt"]
    assert "cap_add" not in container
    assert "privileged" not in container


@of_every_service
def test_a_stopping_service_has_time_to_drain(service: str) -> None:
    """A drain takes under 20 s (design 5); whoever is killed before that leaves its batch to be read again."""
    assert int(CONTAINERS[service]["stop_grace_period"].removesuffix("s")) >= 25


# --- variables --------------------------------------------------------------------------------------------------------


@of_every_service
def test_a_service_starts_in_production_with_exactly_its_variables(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _load(service, CONTAINERS[service]["environment"], monkeypatch)
    assert settings.profile == "production"
    assert ip_address(settings.host).is_unspecified, "a service in a container is called from outside it"


@of_every_service
def test_a_variable_that_is_no_setting_stops_the_start(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above could not fail otherwise."""
    with pytest.raises(BadSettings, match="NO_SUCH"):
        _load(service, CONTAINERS[service]["environment"] | {f"{service.upper()}_NO_SUCH": "1"}, monkeypatch)


@of_every_service
def test_every_key_and_every_address_is_set(service: str) -> None:
    """Development's keys are public, and its addresses are this machine's."""
    prefix = f"{service.upper()}_"
    wanted = {
        f"{prefix}{name}".upper()
        for name, field in settings_of(service).model_fields.items()
        if field.is_required() or isinstance(field.default, SecretStr) or "127.0.0.1" in str(field.default)
    }
    assert wanted <= CONTAINERS[service]["environment"].keys()


@of_every_service
def test_a_service_without_one_of_its_keys_refuses_to_start(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = CONTAINERS[service]["environment"]
    keys = [name for name in environment if name.endswith("_KEY")]
    assert keys
    for key in keys:
        with pytest.raises(BadSettings, match=key.removeprefix(f"{service.upper()}_").lower()):
            _load(service, {name: value for name, value in environment.items() if name != key}, monkeypatch)


OF_THE_PLACE = {"INTAKE_TRUSTED_PROXIES", "INTAKE_INSPECTORATE_UNIT"}
"""What only those can say who know the network and the province; in the local stack they are the sample's."""


@of_every_service
def test_the_same_settings_are_set_as_in_the_local_stack(service: str, tmp_path: Path) -> None:
    """What the local stack must set, containers must set too; only the movable clock stays at home."""
    program = next(program for program in service_processes.SERVICES if program.name == service)
    local = program.settings(Home(tmp_path), Servers("", "", "mongodb://x/", runs_kafka=True, runs_mongo=False))
    prefix = f"{service.upper()}_"
    own = {f"{prefix}HOST", *(name for name in OF_THE_PLACE if name.startswith(prefix))}
    assert CONTAINERS[service]["environment"].keys() == local.keys() - {f"{prefix}CLOCK_FILE"} | own


def test_no_two_members_have_one_name_and_no_two_services_one_key() -> None:
    instances = [CONTAINERS[service]["environment"][f"{service.upper()}_INSTANCE"] for service in SERVICES]
    keys = [
        value
        for service in SERVICES
        for name, value in CONTAINERS[service]["environment"].items()
        if name.endswith("_KEY")
    ]
    assert len(set(instances)) == len(SERVICES)
    assert len(set(keys)) == len(keys) > len(SERVICES)


def test_the_generated_env_is_all_that_compose_needs_and_nothing_more() -> None:
    assert variables().keys() - {"PYTHON_IMAGE", "KAFKA_IMAGE", "MONGO_IMAGE"} == ENV.keys() - {"COMPOSE_PROFILES"}
    may_be_unset = {"COMPOSE_PROFILES", "BIND_ADDRESS", "KAFKA_PARTNERS_ADDRESS", *OF_THE_PLACE}
    assert {name for name, is_needed in variables().items() if is_needed} == ENV.keys() - may_be_unset


@pytest.mark.parametrize("name", [name for name, is_needed in variables().items() if is_needed])
def test_compose_stops_at_an_unset_variable(name: str) -> None:
    with pytest.raises(Unset, match=name):
        compose({known: value for known, value in ENV.items() if known != name})


def test_making_env_again_keeps_every_secret_and_adds_what_is_missing(tmp_path: Path) -> None:
    """A seal key that changes makes parked messages and dead letters unreadable for ever."""
    env = tmp_path / ".env"
    SCRIPTS["make_env"]["main"](env)
    first = env.read_text()
    assert env.stat().st_mode & 0o077 == 0
    env.write_text("".join(line for line in first.splitlines(True) if not line.startswith("NOTIFY_SEAL_KEY")))
    SCRIPTS["make_env"]["main"](env)
    names = [line.partition("=")[0] for line in env.read_text().splitlines() if re.match(r"\w+=", line)]
    assert sorted(names) == sorted(ENV)
    kept = [line for line in first.splitlines() if re.match(r"\w+=", line) and not line.startswith("NOTIFY_SEAL_KEY")]
    assert set(kept) <= set(env.read_text().splitlines())


# --- ports ------------------------------------------------------------------------------------------------------------


@of_every_service
def test_a_services_port_is_the_same_everywhere(service: str) -> None:
    port = settings_of(service).model_fields["port"].default
    container = CONTAINERS[service]
    assert container["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert container["environment"][f"{service.upper()}_PORT"] == str(port)
    assert Port[service.upper()] == port
    assert _healthy_ports()[service] == port


def test_addresses_lead_to_containers_and_their_ports() -> None:
    ports = {"kafka": int(Port.KAFKA), "mongo": int(Port.MONGO)}
    ports |= {name: int(Port[name.replace("-", "_").upper()]) for name in (*SERVICES, "sms-simulator")}
    text = json.dumps([[c.get("environment"), c.get("command")] for c in OURS.values()])
    found = re.findall(r"(?:@|//|\")(kafka|mongo|registry|intake|routing|notify|sms-simulator):(\d+)(?=[/?\"])", text)
    assert {host for host, _ in found} >= {"kafka", "mongo", "registry", "intake", "notify", "sms-simulator"}
    assert all(int(port) == ports[host] for host, port in found)
    simulator = CONTAINERS["sms-simulator"]["environment"]
    assert simulator["SERVICE"] in _healthy_ports()
    assert simulator["SMS_SIMULATOR_PORT"] == str(_healthy_ports()["sms_simulator"]) == str(int(Port.SMS_SIMULATOR))


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
        output = _run("mongo", values, tmp_path)
    arguments = output.split()
    key_file = Path(arguments[arguments.index("--keyFile") + 1])
    assert key_file.read_text().strip() == container["environment"]["REPLICA_SET_KEY"]
    assert key_file.stat().st_mode & 0o077 == 0
    assert "REPLICA_SET_KEY=" not in output
    assert arguments[arguments.index("--replSet") + 1] == provision.REPLICA_SET
    assert int(arguments[arguments.index("--port") + 1]) == Port.MONGO
    home = Home(tmp_path / "home")
    home.make()
    local = _options([str(part) for part in mongo_server._command(home, Credentials(home), Path("mongod"))])
    alike = {pair for pair in local if pair[0] in ALIKE_IN_BOTH or "SnapshotHistory" in pair[1]}
    assert len(alike) == len(ALIKE_IN_BOTH) + 1
    assert alike <= _options(arguments)
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
    formatted, started = _run("kafka", {**environment, "KAFKA_HOME": str(tmp_path)}, tmp_path).split(
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


def test_the_topics_job_brings_every_topic_in_step_and_grants_every_partner(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[str, list[Topic]]] = []
    granted: list[list[str]] = []

    def bring_in_step(bootstrap: str, topics: list[Topic]) -> broker_admin.Changes:
        made.append((bootstrap, topics))
        return broker_admin.Changes()

    monkeypatch.setattr(broker_admin, "answers", lambda _: True)
    monkeypatch.setattr(broker_admin, "bring_in_step", bring_in_step)
    monkeypatch.setattr(broker_admin, "grant_partners", lambda _, partners: granted.append(partners))
    job = CONTAINERS["topics"]
    outcome = CliRunner().invoke(provision.app, job["command"], env=job["environment"])
    assert outcome.exit_code == 0, outcome.output
    assert made == [("kafka:19092", all_topics(list(PARTNERS)))]
    assert granted == [list(PARTNERS)]


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


def _load(service: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> ServiceSettings:
    for name in list(os.environ):
        if name.upper().startswith(f"{service.upper()}_"):
            monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return settings_of(service).load()


def _healthy_ports() -> dict[str, int]:
    text = (ROOT / "deploy" / "image" / "healthy.py").read_text()
    ports: dict[str, int] = json.loads(re.findall(r"^PORTS = (\{.*\})$", text, flags=re.MULTILINE)[0])
    return ports


def _run(folder: str, environment: dict[str, str], path: Path) -> str:
    script = ROOT / "deploy" / folder / "start.sh"
    assert CONTAINERS[folder]["entrypoint"] == ["/bin/sh", "/mizban/start.sh"]
    assert f"./deploy/{folder}:/mizban:ro" in CONTAINERS[folder]["volumes"]
    values = {**environment, "PATH": f"{path}:{os.environ['PATH']}"}
    return subprocess.run(
        ["/bin/sh", script], env=values, capture_output=True, text=True, timeout=10, check=True
    ).stdout


def _options(arguments: Sequence[str]) -> set[tuple[str, str]]:
    """Each option with the value behind it."""
    return {pair for pair in pairwise(arguments) if pair[0].startswith("--")}


def accounts_in(text: str) -> dict[str, str]:
    return dict(line.split() for line in text.splitlines())
