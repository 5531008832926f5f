"""Generated secrets stay the same from start to start, and differ from home to home."""

from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from services.ops.credentials import PARTNERS, Credentials
from services.ops.home import Home


def test_a_secret_once_made_is_kept(tmp_path: Path) -> None:
    assert Credentials(a_home(tmp_path)).password("mongo.admin") == Credentials(a_home(tmp_path)).password(
        "mongo.admin"
    )


def test_every_name_has_a_secret_of_its_own(tmp_path: Path) -> None:
    passwords = Credentials(a_home(tmp_path)).partners()
    assert set(passwords) == set(PARTNERS)
    assert len(set(passwords.values())) == len(PARTNERS)


def test_servers_that_start_at_the_same_time_lose_no_secret(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    names = [f"name.{number}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda name: Credentials(home).password(name), names))
    assert [Credentials(home).password(name) for name in names] == made


def test_a_look_keeps_no_secret(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    assert Credentials(home, only_look=True).password("mongo.admin")
    assert not home.credentials.exists()
    kept = Credentials(home).password("mongo.admin")
    assert Credentials(home, only_look=True).password("mongo.admin") == kept


def test_a_key_is_32_bytes(tmp_path: Path) -> None:
    assert len(b64decode(Credentials(a_home(tmp_path)).key("seal.intake"))) == 32


def a_home(folder: Path) -> Home:
    home = Home(folder / "home")
    home.make()
    return home
