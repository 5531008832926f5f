"""Every port is looked at before anything is started, and each that is taken is named at once."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.ops import ports, processes, servers, stack
from services.ops.errors import PortTaken, StackError
from services.ops.home import HOST, Home, Port

# Every port stays below 32768, from which on the system lends ports to any program that calls another.
OFFSETS = range(5_500, 3_000, -20)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home whose ports nobody holds."""
    home = next(home for home in (Home(tmp_path / "home", offset) for offset in OFFSETS) if not any_held(home))
    home.make()
    return home


def any_held(home: Home) -> bool:
    try:
        for port in Port:
            processes.refuse_taken_port(home, home.port(port), port.name)
    except PortTaken:
        return True
    return False


@pytest.fixture
def taken(home: Home) -> Iterator[None]:
    """Two ports of a stack, held by this process."""
    held = [socket.create_server((HOST, home.port(port))) for port in (Port.KAFKA_PARTNERS, Port.NOTIFY)]
    yield
    for listener in held:
        listener.close()


@pytest.mark.usefixtures("taken")
def test_every_taken_port_is_named_before_anything_is_started(home: Home) -> None:
    with pytest.raises(StackError) as refused:
        stack.up(home, environ={})
    *told, advice = str(refused.value).splitlines()
    assert [f"port {home.port(port)} is needed by" for port in (Port.KAFKA_PARTNERS, Port.NOTIFY)] == [
        line.partition(" kafka")[0].partition(" notify")[0] for line in told
    ]
    assert all(f"process {os.getpid()}" in line for line in told)
    assert [line for line in told if "MIZBAN_" in line] == [], "the advice stands once"
    assert advice.endswith(f": MIZBAN_HOME={home.path} MIZBAN_PORT_OFFSET={home.port_offset + 100} ./mizban up")
    assert (processes.recorded(home), home.port_note.exists(), home.credentials.exists()) == ([], False, False)


@pytest.mark.usefixtures("taken")
def test_ports_that_this_start_does_not_need_may_be_taken(home: Home) -> None:
    given = servers.chosen(home, {"KAFKA_BOOTSTRAP": "broker.example:9092"})
    ports.refuse_taken(home, given, only_servers=True)


def test_a_part_that_runs_as_ours_is_no_obstacle(home: Home) -> None:
    listen = f"import socket, time; s = socket.create_server(('{HOST}', {home.port(Port.MONGO)})); time.sleep(60)"
    processes.start(home, "mongo", home.port(Port.MONGO), [sys.executable, "-c", listen], os.environ)
    try:
        while not listens(home.port(Port.MONGO)):
            time.sleep(0.02)
        ports.refuse_taken(home, servers.chosen(home, {}), only_servers=False)
    finally:
        processes.stop(home, ["mongo"])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
