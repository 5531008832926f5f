"""docker-compose.yml agrees with the code: which containers there are, their rights, their ports (design 2, 7).

No container engine is needed: the file is read as an engine reads it, and what it starts is started as it says.
"""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from services.contracts.catalogue import SERVICES
from services.ops import service_processes
from services.ops.home import Port
from tests.support.containers import CONTAINERS, OURS, ROOT, of_every_service, settings_of

SERVERS = {"kafka", "mongo"}
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


# --- ports ------------------------------------------------------------------------------------------------------------


@of_every_service
def test_a_services_port_is_the_same_everywhere(service: str) -> None:
    port = settings_of(service).model_fields["port"].default
    container = CONTAINERS[service]
    assert container["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert container["environment"][f"{service.upper()}_PORT"] == str(port)
    assert Port[service.upper()] == port
    assert healthy_ports()[service] == port


def test_addresses_lead_to_containers_and_their_ports() -> None:
    ports = {"kafka": int(Port.KAFKA), "mongo": int(Port.MONGO)}
    ports |= {name: int(Port[name.replace("-", "_").upper()]) for name in (*SERVICES, "sms-simulator")}
    text = json.dumps([[c.get("environment"), c.get("command")] for c in OURS.values()])
    found = re.findall(r"(?:@|//|\")(kafka|mongo|registry|intake|routing|notify|sms-simulator):(\d+)(?=[/?\"])", text)
    assert {host for host, _ in found} >= {"kafka", "mongo", "registry", "intake", "notify", "sms-simulator"}
    assert all(int(port) == ports[host] for host, port in found)
    simulator = CONTAINERS["sms-simulator"]["environment"]
    assert simulator["SERVICE"] in healthy_ports()
    assert simulator["SMS_SIMULATOR_PORT"] == str(healthy_ports()["sms_simulator"]) == str(int(Port.SMS_SIMULATOR))


def healthy_ports() -> dict[str, int]:
    text = (ROOT / "deploy" / "image" / "healthy.py").read_text()
    ports: dict[str, int] = json.loads(re.findall(r"^PORTS = (\{.*\})$", text, flags=re.MULTILINE)[0])
    return ports
