"""The programs of the running product under test: started, killed, paused, and asked how they ended."""

import json
import os
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil

from services.ops import processes, servers, service_processes
from services.ops.home import HOST, ROOT, Home
from services.ops.processes import Process
from services.ops.progress import Steps
from services.ops.service_processes import PROGRAMS, Program

SECOND_PORT = 20
"""Where second instances listen, counted from the first one's port."""
QUICKER = {
    "intake": {"PATIENCE_SECONDS": "1"},
    "notify": {"RETRY_SECONDS_APART": "5", "SMS_TIMEOUT_SECONDS": "5"},
}
"""Waits shortened, so that a fault's healing need not be waited for."""


@dataclass
class Programs:
    """Every program by its name; what a test starts itself is ours to wait for, the servers are not."""

    home: Home
    logs: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list), init=False)
    """What processes had logged when they were started anew; the files keep only the last two."""
    _deaths: dict[int, int] = field(default_factory=dict, init=False)
    _children: set[int] = field(default_factory=set, init=False)
    _spawning: threading.Lock = field(default_factory=threading.Lock, init=False)

    def launch(self, name: str, beside: str = "", **settings: str) -> None:
        """Starts a program without waiting for it; `settings` without their prefix, such as KILL_AT.

        `beside` names a further instance: it has a log of its own, and `settings` give its port and instance.
        """
        program, prefix = program_of(name), f"{name.upper()}_"
        name = beside or name
        known = servers.known(self.home)
        assert known is not None, "the servers of the tests are up"
        wanted = QUICKER.get(program.name, {}) | settings if program.is_service else {}
        environ = {n: v for n, v in os.environ.items() if not n.startswith(prefix)}
        environ |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | program.settings(self.home, known)
        environ |= {prefix + n: v for n, v in wanted.items()}
        with self._spawning:
            self._reap()
            log = processes.log_file(self.home, name)
            if log.exists():
                self.logs[name].append(log.read_text(errors="replace"))
            command = [sys.executable, "-m", program.module]
            port = int(settings.get("PORT", self.home.port(program.port)))
            started = processes.start(self.home, name, port, command, environ)
            self._children.add(started.pid)

    def await_ready(self, name: str) -> None:
        program = program_of(name)
        processes.wait_until(
            lambda: service_processes.is_ready(program, self.home), self._process(name), self.home, seconds=60
        )
        processes.be_nice(self._process(name), program.niceness)

    @contextmanager
    def second_instance(self, name: str, **settings: str) -> Iterator[str]:
        """Another instance of a service beside the first, and its address."""
        beside, port = f"{name}-beside", self.home.port(program_of(name).port) + SECOND_PORT
        self.launch(name, beside, PORT=str(port), INSTANCE=f"{name}-1", **settings)
        url = f"http://{HOST}:{port}"
        try:
            processes.wait_until(lambda: _answers(f"{url}/health/live"), self._process(beside), self.home, seconds=60)
            yield url
        finally:
            self._process(beside).signal(signal.SIGTERM)
            assert self.death_of(beside, seconds=25) == 0, f"{beside} did not end by itself"

    def replace_all(self, names: Sequence[str], **settings: str) -> None:
        """Kills these services and starts each again with these settings, all at once."""
        for name in names:
            self.kill(name)
            self.launch(name, **settings)
        for name in names:
            self.await_ready(name)

    def restart(self, name: str, **settings: str) -> None:
        self.launch(name, **settings)
        self.await_ready(name)

    def kill(self, name: str) -> None:
        process = self._process(name)
        process.signal(signal.SIGKILL)
        if process.pid in self._children:
            assert self.death_of(name, seconds=10) == signal.SIGKILL
        deadline = time.monotonic() + 10
        while process.is_alive():  # the servers are not our children: their end is not told to us
            assert time.monotonic() < deadline, f"{name} does not die"
            time.sleep(0.05)

    def death_of(self, name: str, seconds: float) -> int | None:
        """The signal that ended the process, once it has ended; 0 when it ended by itself, None when it lives on."""
        pid = self._process(name).pid
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self._spawning:
                self._reap()
            if pid in self._deaths:
                return self._deaths[pid]
            time.sleep(0.05)
        return None

    def pause(self, name: str) -> None:
        self._process(name).signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self._process(name).signal(signal.SIGCONT)

    def memory(self, name: str) -> int:
        """Resident bytes now; 0 of a program that is dead."""
        return self._process(name).memory()

    def worked(self, name: str) -> tuple[int, float]:
        """Its process, and the seconds of a processor's time that this has had; 0 when it is dead."""
        pid = self._process(name).pid
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.NoSuchProcess:
            return pid, 0.0
        return pid, times.user + times.system

    def _process(self, name: str) -> Process:
        return Process(**_record_of(self.home, name))

    def _reap(self) -> None:
        """Learns how children have ended before anything else asks the system and forgets it."""
        for pid in list(self._children):
            try:
                ended, status = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                ended, status = pid, 0
            if ended:
                self._children.discard(pid)
                self._deaths[pid] = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0

    def start_servers(self) -> None:
        """Kafka and MongoDB, whichever was killed."""
        with self._spawning, Steps() as steps:
            self._reap()
            servers.start(self.home, steps, environ={})


def program_of(name: str) -> Program:
    return next(program for program in PROGRAMS if program.name == name)


def _record_of(home: Home, name: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((home.run / f"{name}.json").read_text())
    return record


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False
