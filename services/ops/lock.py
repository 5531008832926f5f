"""Keeps each requirements.lock in step with its requirements.in: the first line names the list it was made from."""

import hashlib
import shutil
import subprocess
from pathlib import Path

from services.ops.errors import StackError
from services.ops.home import ROOT

LISTS = (ROOT / "requirements.in", ROOT / "tests" / "bench" / "peer" / "requirements.in")
"""What the product and its tools need, and what the measurements' peer needs; each lock stands beside its list."""
OPTIONS = (
    *("--generate-hashes", "--universal", "--python-version", "3.11"),
    # no address of an index: every place that installs has its own
    *("--no-header", "--no-emit-index-url", "--no-emit-find-links"),
)


def lock_of(wanted: Path) -> Path:
    return wanted.with_suffix(".lock")


def is_up_to_date(wanted: Path) -> bool:
    """Whether its lock was made from this very list; needs no network."""
    return lock_of(wanted).read_text().partition("\n")[0] == _first_line(wanted)


def renew() -> None:
    """Resolves the lists anew, keeping versions that still fit. Raises StackError."""
    if not shutil.which("uv"):
        raise StackError("uv is needed on the PATH to make requirements.lock")
    for wanted in LISTS:
        lock = lock_of(wanted)
        command = ["uv", "pip", "compile", "--quiet", *OPTIONS, "--output-file", lock.name, wanted.name]
        outcome = subprocess.run(command, capture_output=True, text=True, cwd=wanted.parent)
        if outcome.returncode:
            raise StackError(f"{wanted.relative_to(ROOT)} could not be resolved:\n{outcome.stderr}")
        lock.write_text(f"{_first_line(wanted)}\n{lock.read_text()}")


def _first_line(wanted: Path) -> str:
    return f"# made from requirements.in, sha256 {hashlib.sha256(wanted.read_bytes()).hexdigest()}"
