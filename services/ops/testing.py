"""`./mizban test`: the gates, then every test on servers of its own, which are gone afterwards.

Tests on servers wait much for them: those that need none run beside them and take what processor time is left.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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
WITHOUT_SERVERS = ("unit", "contract")
ON_SERVERS = ("integration", "e2e", "chaos", "bench")
YIELDING = 10
"""The niceness of tests without servers: those beside them have faults and clocks to keep to."""


@dataclass(frozen=True, slots=True)
class Check:
    """How one gate or the tests went."""

    name: str
    passed: bool
    seconds: float


def run(pytest_args: Sequence[str], *, full_chaos: bool) -> bool:
    """Gates and all tests, or only the tests that `pytest_args` name; prints a summary. True if all passed.

    One or two of each fault of tests/chaos, or with `full_chaos` the full counts.
    """
    home = home_beside(Home.of())
    checks = [] if pytest_args else list(_gates())
    with _only_one_run(home):
        stack.reset(home)
        try:
            running = stack.up(home, only_servers=True, environ={})
            told = environment(home, running, full_chaos=full_chaos)
            if pytest_args:
                checks.append(_tests("tests", pytest_args, told))
            else:
                with _beside("tests without servers", _folders(WITHOUT_SERVERS), told) as others:
                    checks.append(_tests("tests on servers", _folders(ON_SERVERS), told))
                checks.append(others.result())
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


def _folders(names: Sequence[str]) -> list[str]:
    return [f"tests/{name}" for name in names if (ROOT / "tests" / name).is_dir()]


def _tests(name: str, args: Sequence[str], told: Mapping[str, str]) -> Check:
    began = time.monotonic()
    done = subprocess.run(_command(args), cwd=ROOT, env=_environment(told))
    return Check(name, done.returncode == 0, time.monotonic() - began)


@contextmanager
def _beside(name: str, args: Sequence[str], told: Mapping[str, str]) -> Iterator[Future[Check]]:
    """Runs tests beside others; what they say is shown as a whole when they are through."""
    began = time.monotonic()
    command, pipe = _command(args), subprocess.PIPE
    with (
        subprocess.Popen(command, cwd=ROOT, env=_environment(told), stdout=pipe, stderr=subprocess.STDOUT) as tests,
        ThreadPoolExecutor(1) as waiting,
    ):
        os.setpriority(os.PRIO_PROCESS, tests.pid, YIELDING)

        def through() -> Check:
            said, _ = tests.communicate()
            sys.stdout.write(f"\n{said.decode(errors='replace')}")
            sys.stdout.flush()
            return Check(name, tests.returncode == 0, time.monotonic() - began)

        try:
            yield waiting.submit(through)
        except BaseException:
            tests.terminate()
            raise


def _command(args: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "pytest", *args]


def _environment(told: Mapping[str, str]) -> dict[str, str]:
    unset = ("KAFKA_BOOTSTRAP", "KAFKA_PARTNERS", "MONGO_URL")  # whatever these name is somebody's, not the tests'
    return {name: value for name, value in os.environ.items() if name not in unset} | dict(told)


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
