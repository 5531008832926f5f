"""The gates bite: a stale lock and a secret in the tree are found."""

from pathlib import Path

import pytest

from services.ops import gates, lock


def test_a_lock_made_from_another_list_is_stale(tmp_path: Path) -> None:
    wanted, made = tmp_path / "requirements.in", tmp_path / "requirements.lock"
    wanted.write_text("httpx\n")
    made.write_text(lock.LOCK.read_text())
    assert not lock.is_up_to_date(wanted, made)
    wanted.write_text(lock.WANTED.read_text())
    assert lock.is_up_to_date(wanted, made)


def test_the_locks_name_no_package_index() -> None:
    for file in (lock.LOCK, lock.WANTED, lock.LOCK.with_name("servers.lock")):
        text = file.read_text()
        assert "://" not in text
        assert "index-url" not in text
        assert "find-links" not in text


def test_everything_in_a_lock_is_pinned_with_its_hash() -> None:
    for file in (lock.LOCK, lock.LOCK.with_name("servers.lock")):
        text = file.read_text().replace("\\\n", " ")
        pinned = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
        assert pinned
        assert all("==" in line and "--hash=sha256:" in line for line in pinned)


@pytest.mark.parametrize(
    "line",
    [
        "-----BEGIN " + "RSA PRIVATE KEY-----",
        "key = AKIA" + "ABCDEFGHIJKLMNOP",
        "mongodb://admin:" + "hunter2hunter2@db.example/",
    ],
)
def test_a_secret_is_found_with_its_place(tmp_path: Path, line: str) -> None:
    file = tmp_path / "settings.py"
    file.write_text(f"first line\n{line}\n")
    assert gates.secrets_in(file) == [f"{file}:2: looks like a secret"]


def test_a_place_that_code_fills_in_is_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "settings.py"
    file.write_text('url = f"mongodb://{user}:{password}@{host}/"\n')
    assert gates.secrets_in(file) == []
