"""One machine may hold several stacks; each has its own folder and ports."""

from pathlib import Path

import pytest

from services.ops.errors import StackError
from services.ops.home import ROOT, Home, Port, write_private


def test_without_settings_the_home_is_in_the_repository_on_the_published_ports() -> None:
    home = Home.of({})
    assert home == Home(ROOT / ".mizban", 0)
    assert home.address(Port.KAFKA_PARTNERS) == "127.0.0.1:19094"
    assert home.port(Port.INTAKE) == 8081


def test_an_offset_moves_every_port_by_the_same_amount() -> None:
    home = Home.of({"MIZBAN_PORT_OFFSET": "1000", "MIZBAN_HOME": "/somewhere"})
    assert {home.port(port) - port for port in Port} == {1000}
    assert home.path == Path("/somewhere")


@pytest.mark.parametrize("offset", ["many", "1.5", "60000", "-8000", ""])
def test_an_offset_that_leaves_no_usable_port_is_refused_by_name(offset: str) -> None:
    with pytest.raises(StackError, match="MIZBAN_PORT_OFFSET"):
        Home.of({"MIZBAN_PORT_OFFSET": offset})


def test_two_commands_that_start_or_stop_servers_never_run_at_once(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with home.only_one_command(), pytest.raises(StackError, match="at work"), home.only_one_command():
        pass
    with home.only_one_command():
        pass


def test_secrets_and_personal_data_are_for_their_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    write_private(home.credentials, "{}")
    for place in (home.path, home.data, home.logs, home.run, home.config, home.credentials):
        assert place.stat().st_mode & 0o077 == 0, place
