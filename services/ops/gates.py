"""What `./mizban test` checks before any test runs: each gate is quick and says what is wrong."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.ops import lock
from services.ops.home import ROOT

SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22}"
    r"|xox[abp]-[0-9A-Za-z-]{10}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}"
    r"|(?i:key|password|secret|token)[\"']?\s*[:=]\s*[\"']?(?=[A-Za-z+/_-]*[0-9])[A-Za-z0-9+/_-]{24,}"
    r"|://[^/\s:@{}'\"]+:[^/\s:@{}'\"]{8,}@"
)
"""Keys, tokens, what is called one and looks random, and addresses with a password; `{...}` is filled in by code."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A check of the tree; `run` returns what is wrong, or an empty text."""

    name: str
    run: Callable[[], str]


def _python(*args: str) -> Callable[[], str]:
    def run() -> str:
        outcome = subprocess.run([sys.executable, *args], capture_output=True, text=True, cwd=ROOT)
        return (outcome.stdout + outcome.stderr) if outcome.returncode else ""

    return run


def stale_lock() -> str:
    stale = [wanted.relative_to(ROOT) for wanted in lock.LISTS if not lock.is_up_to_date(wanted)]
    return "\n".join(f"{name}: its lock was not made from it; run ./mizban lock" for name in stale)


def secrets_in_tree() -> str:
    """Secrets have no place in the repository: the local stack generates its own, deployments mount theirs."""
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    return "\n".join(found for file in files if file.is_file() for found in secrets_in(file))


def secrets_in(file: Path) -> list[str]:
    """`path:line` of everything in a file that looks like a secret."""
    try:
        lines = file.read_text().splitlines()
    except UnicodeDecodeError:
        return []  # a picture or a font
    return [f"{file}:{number}: looks like a secret" for number, line in enumerate(lines, 1) if SECRET.search(line)]


GATES = (
    Gate("lock up to date", stale_lock),
    Gate("no secrets", secrets_in_tree),
    Gate("ruff", _python("-m", "ruff", "check", "--quiet", "--output-format=concise", ".")),
    Gate("formatting", _python("-m", "ruff", "format", "--check", "--quiet", ".")),
    Gate("mypy --strict", _python("-m", "mypy")),
    Gate("import rules", _python("-c", "from importlinter.cli import lint_imports_command as lint; lint()")),
)
