"""The gates bite: a stale lock and a secret in the tree are found."""

from pathlib import Path

import pytest

from services.ops import gates, lock
from services.ops.home import ROOT

LOCKS = [*map(lock.lock_of, lock.LISTS), ROOT / "servers.lock"]


def test_a_lock_made_from_another_list_is_stale(tmp_path: Path) -> None:
    for known in lock.LISTS:
        wanted = tmp_path / "requirements.in"
        lock.lock_of(wanted).write_text(lock.lock_of(known).read_text())
        wanted.write_text(known.read_text())
        assert lock.is_up_to_date(wanted)
        wanted.write_text("httpx\n")
        assert not lock.is_up_to_date(wanted)


def test_a_stale_lock_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = tmp_path / "requirements.in"
    stale.write_text("httpx\n")
    lock.lock_of(stale).write_text("# made from something else\n")
    monkeypatch.setattr(gates, "ROOT", tmp_path)
    monkeypatch.setattr(lock, "LISTS", (stale,))
    assert gates.stale_lock() == "requirements.in: its lock was not made from it; run ./mizban lock"


def test_the_locks_name_no_package_index() -> None:
    for file in (*LOCKS, *lock.LISTS):
        text = file.read_text()
        assert "://" not in text
        assert "index-url" not in text
        assert "find-links" not in text


def test_everything_in_a_lock_is_pinned_with_its_hash() -> None:
    for file in LOCKS:
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
        "INTAKE_SEAL_KEY=" + "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
        "PISHKHAN_A_PASSWORD=" + "Zk3v0hJq2s9XbT7LwYcR1uNf",
        "  password: '" + "Zk3v0hJq2s9XbT7LwYcR1uNf'",
        "aws_secret_access_key = " + "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "github_pat_" + "11ABCDEFG0abcdefghijkl",
        "Authorization: Bearer eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiJ3YS10YXgifQ.x",
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
