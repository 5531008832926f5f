"""Keeps requirements.lock in step with requirements.in: the lock's first line names the list that it was made from."""

import hashlib
import shutil
import subprocess
from pathlib import Path

from services.ops.errors import StackError
from services.ops.home import ROOT

WANTED = ROOT / "requirements.in"
LOCK = ROOT / "requirements.lock"
OPTIONS = (
    *("--generate-hashes", "--universal", "--python-version", "3.11"),
    # no address of an index: every place that installs has its own
    *("--no-header", "--no-emit-index-url", "--no-emit-find-links"),
)


def is_up_to_date(wanted: Path = WANTED, lock: Path = LOCK) -> bool:
    """Whether the lock was made from this very list; needs no network."""
    return lock.read_text().partition("\n")[0] == _first_line(wanted)


def renew() -> None:
    """Resolves requirements.in anew, keeping versions that still fit. Raises StackError."""
    if not shutil.which("uv"):
        raise StackError("uv is needed on the PATH to make requirements.lock")
    command = ["uv", "pip", "compile", "--quiet", *OPTIONS, "--output-file", LOCK.name, WANTED.name]
    outcome = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if outcome.returncode:
        raise StackError(f"requirements.in could not be resolved:\n{outcome.stderr}")
    LOCK.write_text(f"{_first_line(WANTED)}\n{LOCK.read_text()}")


def _first_line(wanted: Path) -> str:
    return f"# made from requirements.in, sha256 {hashlib.sha256(wanted.read_bytes()).hexdigest()}"
