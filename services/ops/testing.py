"""`./mizban test`: the gates, then every test on servers of its own, which are gone afterwards."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock

from rich.table import Table

from services.ops import gates, stack
from services.ops.errors import StackError
from services.ops.home import ROOT, Home
from services.ops.progress import console
from services.ops.servers import Servers

PORTS_APART = 1000
ORDER = ("unit", "contract", "integration", "e2e", "chaos", "bench")
"""The quick and telling ones first."""


@dataclass(frozen=True, slots=True)
class Check:
    """How one gate or the tests went."""

    name: str
    passed: bool
    seconds: float


def run(pytest_args: Sequence[str], *, full_chaos: bool) -> bool:
    """Gates and all tests, or only the tests that `pytest_args` name; prints a summary. True if all passed.

    Two of each fault of tests/chaos, or with `full_chaos` the full counts.
    """
    home = home_beside(Home.of())
    checks = [] if pytest_args else list(_gates())
    with _only_one_run(home):
        stack.reset(home)
        try:
            running = stack.up(home, only_servers=True, environ={})
            checks.append(_pytest(pytest_args, home, running, full_chaos))
        finally:
            stack.down(home)
    _summary(checks, home)
    return all(check.passed for check in checks)


def home_beside(home: Home) -> Home:
    """A home of the tests' own: what `./mizban up` runs is never touched."""
    return Home(home.path / "test", home.port_offset + PORTS_APART)


def environment(home: Home, running: Servers, *, full_chaos: bool) -> dict[str, str]:
    """What the tests are told: tests/conftest.py makes the `stack` fixture of it."""
    return {
        "MIZBAN_HOME": str(home.path),
        "MIZBAN_PORT_OFFSET": str(home.port_offset),
        "MIZBAN_TEST_KAFKA": running.kafka,
        "MIZBAN_TEST_KAFKA_PARTNERS": running.kafka_partners,
        "MIZBAN_TEST_MONGO": running.mongo,
        "MIZBAN_CHAOS": "full" if full_chaos else "brief",
    }


def _gates() -> Iterator[Check]:
    for gate in gates.GATES:
        began = time.monotonic()
        console.print(f"  [dim]…[/] {gate.name}")
        wrong = gate.run()
        if wrong:
            console.print(wrong, markup=False)
        yield Check(gate.name, not wrong, time.monotonic() - began)


def _pytest(args: Sequence[str], home: Home, running: Servers, full_chaos: bool) -> Check:
    folders = [f"tests/{name}" for name in ORDER if (ROOT / "tests" / name).is_dir()]
    command = [sys.executable, "-m", "pytest", *(args or folders)]
    unset = ("KAFKA_BOOTSTRAP", "KAFKA_PARTNERS", "MONGO_URL")  # whatever these name is somebody's, not the tests'
    inherited = {name: value for name, value in os.environ.items() if name not in unset}
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=inherited | environment(home, running, full_chaos=full_chaos))
    return Check("tests", done.returncode == 0, time.monotonic() - began)


def _summary(checks: Sequence[Check], home: Home) -> None:
    table = Table("check", "result", "seconds")
    for check in checks:
        table.add_row(check.name, "[green]passed[/]" if check.passed else "[red]failed[/]", f"{check.seconds:.1f}")
    console.print(table)
    if not all(check.passed for check in checks):
        console.print(f"[red]Failed.[/] The servers' logs are in {home.logs}")


@contextmanager
def _only_one_run(home: Home) -> Iterator[None]:
    """Two runs would share servers; and a run that is told to end must still take its servers down."""
    home.make()
    with (home.path / "test-run.lock").open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise StackError(
                "another ./mizban test is running here; wait for it, or use another place: "
                "MIZBAN_HOME=.mizban/mine MIZBAN_PORT_OFFSET=100 ./mizban test"
            ) from None
        before = signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, before)
