"""Starts, finds and stops the processes of a stack.

Each is remembered with its start time, so that a pid which the system has given to somebody else since is never
mistaken for ours, nor killed.
"""

import contextlib
import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from services.ops.errors import NotReady, PortTaken, ProcessDied
from services.ops.home import HOST, Home, write_private

TAIL_LINES = 20
AUTOGROUP_TRIES, AUTOGROUP_PAUSE = 20, 0.06
"""Together longer than the few that are started at once need, one after the other."""
_STARTED: "list[subprocess.Popen[bytes]]" = []
"""Kept: of one forgotten, the next start would take how it ended, and its starter could not be told any more."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process that `up` started; `began` is when its pid began, in seconds since the epoch."""

    name: str
    pid: int
    began: float
    port: int

    def is_alive(self) -> bool:
        return self._found() is not None

    def memory(self) -> int:
        """Resident bytes; 0 if it has ended."""
        found = self._found()
        try:
            return found.memory_info().rss if found else 0
        except psutil.NoSuchProcess:
            return 0

    def signal(self, number: signal.Signals) -> None:
        found = self._found()
        if found:
            try:
                found.send_signal(number)
            except psutil.NoSuchProcess:
                return  # it ended meanwhile, which is what a signal is sent for

    def _found(self) -> psutil.Process | None:
        try:
            found = psutil.Process(self.pid)
            is_ours = abs(found.create_time() - self.began) < 1 and found.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return None
        return found if is_ours else None


def start(home: Home, name: str, port: int, command: Sequence[str | Path], env: Mapping[str, str]) -> Process:
    """Starts a process that outlives this command and its terminal; its output goes to `logs/<name>.log`.

    Raises PortTaken if another program listens on `port`, ProcessDied if the program cannot be run.
    """
    refuse_taken_port(home, port, name)
    log = log_file(home, name)
    if log.exists():
        log.replace(log.with_suffix(".previous.log"))
    with log.open("wb") as output:
        try:
            child = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=home.path,
                env=dict(env),
                start_new_session=True,
            )
        except OSError as error:
            raise ProcessDied(name, f"    {error}") from error
    _STARTED.append(child)
    began = psutil.Process(child.pid).create_time()
    process = Process(name, child.pid, began, port)
    write_private(_record(home, name), json.dumps(asdict(process)))
    return process


def be_nice(process: Process, niceness: int) -> None:
    """Lets the others go first when the processor is short. Once said it cannot be taken back.

    Within its session, and, where Linux shares the processor among sessions (autogroup), as a session. An ordinary
    user may change one session in a tenth of a second, and services are started at once: it is tried again.
    """
    if not niceness:
        return
    with contextlib.suppress(OSError, psutil.Error):
        psutil.Process(process.pid).nice(niceness)
        for _ in range(AUTOGROUP_TRIES):
            try:
                Path(f"/proc/{process.pid}/autogroup").write_text(str(niceness))
                return
            except BlockingIOError:
                time.sleep(AUTOGROUP_PAUSE)


def find(home: Home, name: str) -> Process | None:
    """The live process of that name, or None."""
    try:
        process = Process(**json.loads(_record(home, name).read_text()))
    except FileNotFoundError:
        return None
    return process if process.is_alive() else None


def died(home: Home, name: str) -> bool:
    """Whether a process of that name was started here, not stopped since, and is no longer alive."""
    return _record(home, name).exists() and find(home, name) is None


def recorded(home: Home) -> list[str]:
    """The names of all processes started here and not stopped since, whoever started them."""
    return sorted(path.stem for path in home.run.glob("*.json"))


def stop(home: Home, names: Collection[str], patience: float = 25) -> list[str]:
    """Asks these to end, all at once, and kills what has not ended after `patience` seconds; the names stopped."""
    running = [process for name in names if (process := find(home, name))]
    for process in running:
        process.signal(signal.SIGTERM)
        process.signal(signal.SIGCONT)  # a paused process would never see the request
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and any(process.is_alive() for process in running):
        time.sleep(0.05)
    for process in running:
        process.signal(signal.SIGKILL)
    for name in names:
        _record(home, name).unlink(missing_ok=True)
    return [process.name for process in running]


def wait_until(ready: Callable[[], bool], process: Process, home: Home, seconds: float) -> None:
    """Waits for a process to become ready. Raises ProcessDied or NotReady with the last lines of its log."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not process.is_alive():
            raise ProcessDied(process.name, log_tail(home, process.name), _ending(process))
        if time.monotonic() > deadline:
            raise NotReady(process.name, seconds, log_tail(home, process.name))
        time.sleep(0.1)


def _ending(process: Process) -> str:
    """How it ended; the system tells only the command that started it, so an earlier one's is not known."""
    child = next((child for child in _STARTED if child.pid == process.pid), None)
    code = child.poll() if child else None
    if code is None:
        return ""
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def refuse_taken_port(home: Home, port: int, wanted_by: str) -> None:
    """Raises PortTaken with the program that listens on `port`, if the system tells it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            owner = _listener(port) or "another program"
            told = f"port {port} is needed by {wanted_by} but {owner} listens on it"
            raise PortTaken([told], home.elsewhere) from error


def log_file(home: Home, name: str) -> Path:
    return home.logs / f"{name}.log"


def log_tail(home: Home, name: str) -> str:
    """The last lines of a process's log, indented."""
    log = log_file(home, name)
    lines = log.read_text(errors="replace").splitlines()[-TAIL_LINES:] if log.exists() else []
    return "\n".join(f"    {line}" for line in lines or ["(empty)"]) + f"\n    all of it: {log}"


def _record(home: Home, name: str) -> Path:
    return home.run / f"{name}.json"


def _listener(port: int) -> str | None:
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return None
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr[1] == port:
            if connection.pid is None:
                return None
            try:
                command = " ".join(" ".join(psutil.Process(connection.pid).cmdline()).split())
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                command = ""
            return f"process {connection.pid} ({command[:80] or 'unknown program'})"
    return None
