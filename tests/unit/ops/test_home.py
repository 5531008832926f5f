"""One machine may hold several stacks; each has its own folder and ports."""

import errno
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from services.ops import stack
from services.ops.errors import StackError, UnusableHome
from services.ops.home import Home, Port, write_private


def test_without_settings_the_home_is_in_the_repository_on_the_published_ports(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("services.ops.home.ROOT", tmp_path)  # the repository's own may remember other ports
    home = Home.of({})
    assert home == Home(tmp_path / ".mizban", 0)
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


def test_elsewhere_is_on_other_ports_and_in_another_home_where_this_one_keeps_to_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("services.ops.home.ROOT", tmp_path)
    usual, given = Home(tmp_path / ".mizban"), Home(tmp_path / "given", 3000)
    assert usual.elsewhere == "MIZBAN_PORT_OFFSET=100 ./mizban up"
    assert given.elsewhere == f"MIZBAN_HOME={given.path} MIZBAN_PORT_OFFSET=3100 ./mizban up"
    for home in (usual, given):
        home.remember_ports()
    assert usual.elsewhere == "MIZBAN_HOME=.mizban/other MIZBAN_PORT_OFFSET=100 ./mizban up"
    assert given.elsewhere == f"MIZBAN_HOME={given.path}-other MIZBAN_PORT_OFFSET=3100 ./mizban up"


def test_a_home_remembers_its_offset(tmp_path: Path) -> None:
    first = {"MIZBAN_HOME": str(tmp_path), "MIZBAN_PORT_OFFSET": "2000"}
    home = Home.of(first)
    home.make()
    home.remember_ports()
    assert Home.of({"MIZBAN_HOME": str(tmp_path)}) == Home.of(first) == home
    with pytest.raises(StackError, match="has MIZBAN_PORT_OFFSET=2000, not 0"):
        Home.of(first | {"MIZBAN_PORT_OFFSET": "0"})


def test_reset_forgets_the_offset(tmp_path: Path) -> None:
    home = Home(tmp_path, 2000)
    home.make()
    home.remember_ports()
    stack.reset(home)
    assert Home.of({"MIZBAN_HOME": str(tmp_path)}).port_offset == 0


def a_file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file"


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (a_file, "Not a directory|File exists"),
        (lambda folder: a_file(folder) / "below", "Not a directory"),
        (lambda _: Path("/proc/mizban"), "No such file"),  # not even root may
    ],
)
def test_a_home_that_cannot_be_used_is_named_with_the_reason(
    place: Callable[[Path], Path], why: str, tmp_path: Path
) -> None:
    path = place(tmp_path)
    with pytest.raises(UnusableHome, match=f"MIZBAN_HOME={path} cannot be used .*({why}).*; name another folder"):
        Home.of({"MIZBAN_HOME": str(path)}).make()


def test_a_home_that_is_there_and_takes_nothing_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    home.make()
    monkeypatch.setattr("services.ops.home.TemporaryFile", _refuse)
    with pytest.raises(UnusableHome, match="Read-only file system"):
        home.make()


def test_a_full_disk_is_no_fault_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.ops.home.TemporaryFile", partial(_refuse, errno.ENOSPC))
    with pytest.raises(OSError, match="No space left"):
        Home(tmp_path).make()


def _refuse(number: int = errno.EROFS, dir: Path | None = None) -> None:
    raise OSError(number, os.strerror(number))


def test_two_commands_that_start_or_stop_servers_never_run_at_once(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with home.only_one_command(), pytest.raises(StackError, match="at work"), home.only_one_command():
        pass
    with home.only_one_command():
        pass


def test_a_secret_finds_its_folder_made(tmp_path: Path) -> None:
    home = Home(tmp_path / "not" / "yet")
    write_private(home.credentials, "{}")
    assert home.path.stat().st_mode & 0o077 == 0


def test_secrets_and_personal_data_are_for_their_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    write_private(home.credentials, "{}")
    for place in (home.path, home.data, home.logs, home.run, home.config, home.credentials):
        assert place.stat().st_mode & 0o077 == 0, place
