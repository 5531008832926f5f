"""A test run has servers of its own and says where they are."""

from pathlib import Path

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
    assert folders <= {*testing.WITHOUT_SERVERS, *testing.ON_OTHER_SERVERS, *testing.ON_SERVERS}
