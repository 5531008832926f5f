"""What docker-compose.yml sets for each service is what its settings take, and no more (design 7)."""

import os
import re
from ipaddress import ip_address
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.contracts.catalogue import SERVICES
from services.ops import service_processes
from services.ops.home import Home
from services.ops.servers import Servers
from services.runtime.settings import BadSettings, ServiceSettings
from tests.support.containers import CONTAINERS, ENV, SCRIPTS, Unset, compose, of_every_service, settings_of, variables


@of_every_service
def test_a_service_starts_in_production_with_exactly_its_variables(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(service, CONTAINERS[service]["environment"], monkeypatch)
    assert settings.profile == "production"
    assert ip_address(settings.host).is_unspecified, "a service in a container is called from outside it"


@of_every_service
def test_a_variable_that_is_no_setting_stops_the_start(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above could not fail otherwise."""
    with pytest.raises(BadSettings, match="NO_SUCH"):
        load(service, CONTAINERS[service]["environment"] | {f"{service.upper()}_NO_SUCH": "1"}, monkeypatch)


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
            load(service, {name: value for name, value in environment.items() if name != key}, monkeypatch)


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


def load(service: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> ServiceSettings:
    for name in list(os.environ):
        if name.upper().startswith(f"{service.upper()}_"):
            monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return settings_of(service).load()
