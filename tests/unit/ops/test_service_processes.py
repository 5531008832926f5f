"""One table says what runs in the local stack and with which settings."""

from importlib import import_module
from pathlib import Path

import pytest

from services.ops import servers
from services.ops.home import Home, Port
from services.ops.service_processes import PROGRAMS, SERVICES, Program

COMMON = {"KAFKA_BOOTSTRAP", "MONGO_URL", "PORT", "PROFILE", "CLOCK_FILE", "SEAL_KEY", "INSTANCE"}


def test_every_service_gets_its_settings_under_its_own_prefix(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    for service in SERVICES:
        settings = service.settings(home, servers.chosen(home, {}))
        prefix = f"{service.name.upper()}_"
        assert all(name.startswith(prefix) for name in settings)
        assert {f"{prefix}{name}" for name in COMMON} <= set(settings)
        assert settings[f"{prefix}PROFILE"] == "development"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_service_knows_every_setting_that_it_is_given(
    service: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = a_home(tmp_path)
    for name, value in service.settings(home, servers.chosen(home, {})).items():
        monkeypatch.setenv(name, value)
    settings = import_module(f"{service.module}.settings").Settings.load()
    assert settings.port == home.port(service.port)


def test_no_two_services_share_a_key_or_a_database(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    for secret in ("SEAL_KEY", "MONGO_URL"):
        values = [s.settings(home, servers.chosen(home, {}))[f"{s.name.upper()}_{secret}"] for s in SERVICES]
        assert len(set(values)) == len(SERVICES)


def test_every_service_has_a_database_and_every_program_a_port() -> None:
    assert {service.name for service in SERVICES} == set(servers.DATABASES)
    servers_ports = {Port.KAFKA, Port.KAFKA_CONTROLLER, Port.KAFKA_PARTNERS, Port.MONGO}
    assert {program.port for program in PROGRAMS} == set(Port) - servers_ports


def a_home(folder: Path) -> Home:
    home = Home(folder / "home")
    home.make()
    return home


def test_the_counter_goes_first_then_the_units_then_the_messages() -> None:
    niceness = {program.name: program.niceness for program in PROGRAMS}
    assert niceness["intake"] < niceness["routing"] < niceness["notify"] < niceness["registry"]
