"""A test run has servers of its own and says where they are."""

import sys
import time
from pathlib import Path

import pytest

from services.ops import servers, testing
from services.ops.home import ROOT, Home, Port


def test_the_tests_share_neither_folder_nor_port_with_a_running_stack(tmp_path: Path) -> None:
    homes = [ours := Home(tmp_path / "home", 100), *testing.homes_beside(ours)]
    assert len({home.path for home in homes}) == 3
    assert len({home.port(port) for home in homes for port in Port}) == 3 * len(Port)


def test_the_tests_are_told_where_their_servers_are(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", 1000)
    home.make()
    told = testing.environment(home, servers.chosen(home, {}), full_chaos=True)
    assert told["MIZBAN_TEST_KAFKA"] == "127.0.0.1:20092"
    assert told["MIZBAN_TEST_KAFKA_PARTNERS"] == "127.0.0.1:20094"
    assert "127.0.0.1:28117" in told["MIZBAN_TEST_MONGO"]
    assert Home.of(told) == home
    assert told["MIZBAN_CHAOS"] == "full"


def test_every_folder_of_tests_has_its_turn() -> None:
    folders = {folder.name for folder in (ROOT / "tests").iterdir() if list(folder.rglob("test_*.py"))}
    assert folders <= {*testing.WITHOUT_SERVERS, *testing.ON_SERVERS, *testing.OF_FAULTS}


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be pytest's arguments is a Python script."""
    monkeypatch.setattr(testing, "_command", lambda args: [sys.executable, "-c", *args])
    monkeypatch.setattr(testing, "_gates", lambda: iter([testing.Check("a gate", True, 0)]))


@pytest.mark.usefixtures("scripts")
def test_gates_and_parts_run_at_the_same_time_and_each_part_speaks_as_a_whole(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The first ends when the second has begun, and not before."""
    begun = tmp_path / "begun"
    waits = f"import pathlib, time\nwhile not pathlib.Path({str(begun)!r}).exists(): time.sleep(0.01)\nprint('first')"
    parts = [
        testing.Part("one", [f"print('the')\n{waits}"], {}),
        testing.Part("two", [f"import pathlib; pathlib.Path({str(begun)!r}).touch(); exit(1)"], {}),
    ]
    with testing._beside(parts) as beside:
        pass
    assert [(check.name, check.passed) for check in beside()] == [("a gate", True), ("one", True), ("two", False)]
    assert capfd.readouterr().out.split() == ["the", "first"]


@pytest.mark.usefixtures("scripts")
def test_what_runs_beside_ends_when_the_other_is_called_off(tmp_path: Path) -> None:
    begun = [tmp_path / "one", tmp_path / "two"]
    long = "import pathlib, time; pathlib.Path({!r}).touch(); time.sleep(60)"
    parts = [testing.Part(each.name, [long.format(str(each))], {}) for each in begun]

    def called_off() -> None:
        while not all(each.exists() for each in begun):
            time.sleep(0.01)
        raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), testing._beside(parts):
        called_off()
    assert time.monotonic() - began < 30
