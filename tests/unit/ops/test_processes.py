"""A process is ours only if its pid AND its start time are the ones remembered."""

import json
import os
import socket
import sys
import time
from pathlib import Path

import psutil
import pytest

from services.ops import processes, service_processes
from services.ops.errors import PortTaken, ProcessDied
from services.ops.home import HOST, Home

SLEEP = [sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('awake', flush=True); time.sleep(60)",
]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.make()
    return home


def test_a_further_instance_of_a_service_is_stopped_with_the_services(home: Home) -> None:
    """Left behind it would keep its share of the topics from whatever is started next on these ports."""
    beside = processes.start(home, "routing-beside", a_free_port(), SLEEP, os.environ)
    assert service_processes.stop(home) == ["routing-beside"]
    assert not beside.is_alive()


def test_what_was_started_is_found_and_stopped(home: Home) -> None:
    started = processes.start(home, "sleeper", a_free_port(), SLEEP, os.environ)
    assert processes.find(home, "sleeper") == started
    assert processes.stop(home, ["sleeper"]) == ["sleeper"]
    assert not started.is_alive()
    assert processes.find(home, "sleeper") is None
    assert processes.stop(home, ["sleeper"]) == []


def test_a_process_that_ignores_the_request_to_end_is_killed(home: Home) -> None:
    started = processes.start(home, "stubborn", a_free_port(), STUBBORN, os.environ)
    wait_for_output(home, "stubborn")
    processes.stop(home, ["stubborn"], patience=0.3)
    wait_until_gone(started)


def test_how_a_process_ended_can_be_asked_after_another_was_started(home: Home) -> None:
    first = processes.start(home, "first", a_free_port(), [sys.executable, "-c", "raise SystemExit(3)"], os.environ)
    wait_until_gone(first)
    processes.start(home, "second", a_free_port(), SLEEP, os.environ)
    processes.stop(home, ["second"])
    assert os.waitstatus_to_exitcode(os.waitpid(first.pid, 0)[1]) == 3


def test_a_process_that_died_is_told_until_it_is_stopped_or_started_anew(home: Home) -> None:
    started = processes.start(home, "frail", a_free_port(), [sys.executable, "-c", "print('ouch')"], os.environ)
    wait_until_gone(started)
    assert processes.died(home, "frail")
    assert "ouch" in processes.log_tail(home, "frail")
    processes.stop(home, ["frail"])
    assert not processes.died(home, "frail")


def test_a_pid_given_to_somebody_else_since_is_neither_found_nor_killed(home: Home) -> None:
    stranger = psutil.Process()
    record = {"name": "kafka", "pid": stranger.pid, "began": stranger.create_time() - 3600, "port": 1}
    (home.run / "kafka.json").write_text(json.dumps(record))
    assert processes.find(home, "kafka") is None
    assert processes.stop(home, ["kafka"]) == []


def test_a_taken_port_is_named_with_the_program_that_holds_it(home: Home) -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"port {port} is needed by intake.*process {os.getpid()}"):
            processes.start(home, "intake", port, SLEEP, os.environ)


def test_a_process_that_died_is_reported_with_the_last_lines_of_its_log(home: Home) -> None:
    program = "for n in range(30): print('line', n)\nraise SystemExit('no such database')"
    started = processes.start(home, "intake", a_free_port(), [sys.executable, "-c", program], os.environ)
    with pytest.raises(ProcessDied) as died:
        processes.wait_until(lambda: False, started, home, seconds=20)
    assert "no such database" in str(died.value)
    assert "intake ended by itself (exit code 1)" in str(died.value)
    assert "line 29" in str(died.value)
    assert "line 5\n" not in str(died.value)


def test_a_program_that_cannot_be_run_is_reported(home: Home) -> None:
    with pytest.raises(ProcessDied, match="no-such-program"):
        processes.start(home, "mongo", a_free_port(), ["/no-such-program"], os.environ)


def test_a_session_is_made_nice_also_when_linux_puts_it_off(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """To an ordinary user it grants one such change in a tenth of a second, of all that are started at once."""
    refusals, granted, write_text = [1, 2], [], Path.write_text

    def write(path: Path, text: str, encoding: str | None = None) -> int:
        if path.name != "autogroup":
            return write_text(path, text, encoding)
        if refusals:
            refusals.pop()
            raise BlockingIOError
        granted.append(text)
        return len(text)

    monkeypatch.setattr(Path, "write_text", write)
    started = processes.start(home, "sleeper", a_free_port(), SLEEP, os.environ)
    processes.be_nice(started, psutil.Process().nice() + 3)
    assert psutil.Process(started.pid).nice() == psutil.Process().nice() + 3
    assert granted == [str(psutil.Process().nice() + 3)]
    processes.stop(home, ["sleeper"])


def test_the_log_of_the_previous_start_is_kept(home: Home) -> None:
    for _ in range(2):
        processes.start(home, "sleeper", a_free_port(), SLEEP, os.environ)
        wait_for_output(home, "sleeper")
        processes.stop(home, ["sleeper"])
    assert (home.logs / "sleeper.previous.log").read_text() == "awake\n"


def a_free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for_output(home: Home, name: str) -> None:
    deadline = time.monotonic() + 20
    while not processes.log_file(home, name).read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def wait_until_gone(process: processes.Process) -> None:
    deadline = time.monotonic() + 20
    while process.is_alive():
        assert time.monotonic() < deadline
        time.sleep(0.02)
