"""`./mizban test`: the gates and every test, on servers of their own, which are gone afterwards.

Tests on servers wait much for them. So all run beside each other: those that kill and stop what runs; the others on
servers, on servers of their own; the gates; and the tests that need none and take what processor time is left.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from threading import Event, Lock

from rich.table import Table

from services.ops import gates, stack
from services.ops.errors import StackError
from services.ops.home import ROOT, Home
from services.ops.progress import console
from services.ops.servers import Servers

PORTS_APART, PORTS_BETWEEN = 1000, 100
OF_FAULTS = ("chaos", "bench")
ON_SERVERS = ("e2e", "running", "integration")
"""The province as it is brought in comes first: tests of integration change it."""
WITHOUT_SERVERS = ("unit", "contract")
HALF = ("unit/registry", "contract")
"""Half of the tests without servers, by the time they take."""
YIELDING = 10
"""The niceness of tests without servers: those beside them have faults and clocks to keep to."""


@dataclass(frozen=True, slots=True)
class Check:
    """How one gate or the tests went."""

    name: str
    passed: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the tests: what pytest is to run, what it is told, and how far it lets others go first."""

    name: str
    args: Sequence[str]
    told: Mapping[str, str]
    niceness: int = 0


def run(pytest_args: Sequence[str], *, full_chaos: bool) -> bool:
    """Gates and all tests, or only the tests that `pytest_args` name; prints a summary. True if all passed.

    One or two of each fault of tests/chaos, or with `full_chaos` the full counts.
    """
    homes = homes_beside(Home.of())[: 1 if pytest_args else 2]
    with _only_one_run(homes[0]):
        for home in homes:
            stack.reset(home)
        try:
            told = [
                environment(home, stack.up(home, only_servers=True, environ={}), full_chaos=full_chaos)
                for home in homes
            ]
            checks = [_tests(Part("tests", pytest_args, told[0]))] if pytest_args else _all(*told)
        finally:
            for home in homes:
                stack.down(home)
    _summary(checks, homes)
    return all(check.passed for check in checks)


def homes_beside(home: Home) -> tuple[Home, Home]:
    """Homes of the tests' own: what `./mizban up` runs is never touched."""
    offset = home.port_offset + PORTS_APART
    return Home(home.path / "test", offset), Home(home.path / "test-beside", offset + PORTS_BETWEEN)


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
        wrong = gate.run()
        if wrong:
            console.print(f"{gate.name}\n{wrong}", markup=False)
        yield Check(gate.name, not wrong, time.monotonic() - began)


def _folders(names: Sequence[str]) -> list[str]:
    return [f"tests/{name}" for name in names if (ROOT / "tests" / name).is_dir()]


def _other_half() -> list[str]:
    folders = _folders([name for name in WITHOUT_SERVERS if name not in HALF])
    return [*folders, *(f"--ignore={folder}" for folder in _folders(HALF))]


def _all(told: Mapping[str, str], told_others: Mapping[str, str]) -> list[Check]:
    others = (
        Part("tests on servers", _folders(ON_SERVERS), told_others),
        Part("tests without servers, a", _folders(HALF), told, YIELDING),
        Part("tests without servers, b", _other_half(), told, YIELDING),
    )
    with _beside(others) as beside:
        first = _tests(Part("tests of faults", _folders(OF_FAULTS), told))
    return [*beside(), first]


def _tests(part: Part) -> Check:
    began = time.monotonic()
    done = subprocess.run(_command(part.args), cwd=ROOT, env=_environment(part.told))
    return Check(part.name, done.returncode == 0, time.monotonic() - began)


@contextmanager
def _beside(parts: Sequence[Part]) -> Iterator[Callable[[], list[Check]]]:
    """The gates and these parts, all at the same time; what a part says is shown as a whole when it is through.

    Gives what waits for all of them and tells how they went.
    """
    under_way: list[subprocess.Popen[bytes]] = []
    called_off, one_speaks = Event(), Lock()

    def through(part: Part) -> list[Check]:
        began, pipe = time.monotonic(), subprocess.PIPE
        with subprocess.Popen(
            _command(part.args), cwd=ROOT, env=_environment(part.told), stdout=pipe, stderr=subprocess.STDOUT
        ) as tests:
            if part.niceness:
                os.setpriority(os.PRIO_PROCESS, tests.pid, part.niceness)
            under_way.append(tests)
            if called_off.is_set():  # before it was under way
                tests.terminate()
            said, _ = tests.communicate()
        with one_speaks:
            sys.stdout.write(f"\n{said.decode(errors='replace')}")
            sys.stdout.flush()
        return [Check(part.name, tests.returncode == 0, time.monotonic() - began)]

    with ThreadPoolExecutor(1 + len(parts)) as rows:
        try:
            begun = [rows.submit(lambda: list(_gates())), *(rows.submit(through, part) for part in parts)]
            yield lambda: [check for row in begun for check in row.result()]
        except BaseException:
            called_off.set()
            for tests in under_way:
                tests.terminate()
            raise


def _command(args: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "pytest", *args]


def _environment(told: Mapping[str, str]) -> dict[str, str]:
    unset = ("KAFKA_BOOTSTRAP", "KAFKA_PARTNERS", "MONGO_URL")  # whatever these name is somebody's, not the tests'
    return {name: value for name, value in os.environ.items() if name not in unset} | dict(told)


def _summary(checks: Sequence[Check], homes: Sequence[Home]) -> None:
    table = Table("check", "result", "seconds")
    for check in checks:
        table.add_row(check.name, "[green]passed[/]" if check.passed else "[red]failed[/]", f"{check.seconds:.1f}")
    console.print(table)
    if not all(check.passed for check in checks):
        console.print(f"[red]Failed.[/] The servers' logs are in {' and '.join(str(home.logs) for home in homes)}")


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
