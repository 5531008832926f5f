"""The peer of P4: tickets of django-helpdesk on PostgreSQL, gunicorn with 3 workers, on this machine in this run."""

import asyncio
import base64
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from services.ops.home import HOST, ROOT, Home
from tests.bench.latency import Waits, without_a_pause

PEER = Path(__file__).with_name("peer")
WORKERS = 3
START_SECONDS = 30
QUEUE = [{"model": "helpdesk.queue", "pk": 1, "fields": {"title": "Desk", "slug": "desk"}}]


class NoPeer(Exception):
    """Why there is nothing to compare with on this machine."""


class Helpdesk:
    """A running django-helpdesk; leaving the block ends it."""

    def __init__(self, port: int, password: str, ends: ExitStack) -> None:
        self._port, self._account, self._ends = port, base64.b64encode(f"desk:{password}".encode()), ends

    def __enter__(self) -> "Helpdesk":
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    async def closed_loop(self, callers: int, calls: int) -> Waits:
        """So many callers, each with its next ticket as soon as the last is answered."""
        return await without_a_pause([self._file] * callers, calls)

    async def _file(self, n: int) -> None:
        """Files a ticket; its workers answer one call a connection. Raises RuntimeError when it is not answered 201."""
        ticket: dict[str, Any] = {
            "queue": 1,
            "title": f"Building permit {n}",
            "description": "A request for a permit to build a house of two floors.",
            "submitter_email": f"citizen{n}@example.org",
            "priority": 3,
        }
        body = json.dumps(ticket).encode()
        reader, writer = await asyncio.open_connection(HOST, self._port)
        writer.write(
            b"POST /api/tickets/ HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            b"authorization: Basic %s\r\ncontent-length: %d\r\n\r\n" % (self._account, len(body)) + body
        )
        answer = await reader.read()
        writer.close()
        if not answer.startswith(b"HTTP/1.1 201 "):
            raise RuntimeError(f"POST /api/tickets/ answered {answer[:300]!r}")


def start(home: Home) -> Helpdesk:
    """A fresh one. Raises NoPeer."""
    programs = _postgresql()
    python = _environment(home)
    with ExitStack() as ends:
        folder = ends.enter_context(tempfile.TemporaryDirectory(prefix="mizban-peer-"))
        ends.enter_context(_database(programs, Path(folder)))
        password = secrets.token_hex(8)
        env = os.environ | {
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "tests.bench.peer.settings",
            "DJANGO_SUPERUSER_PASSWORD": password,
            "PEER_SECRET_KEY": secrets.token_hex(25),
            "PEER_DATABASE": folder,
        }
        django: list[str | Path] = [python, "-m", "django"]
        _done([*django, "migrate", "--verbosity", "0"], env)
        _done([*django, "createsuperuser", "--noinput", "--username", "desk", "--email", "desk@example.org"], env)
        _done([*django, "loaddata", "--verbosity", "0", "--format", "json", "-"], env, json.dumps(QUEUE))
        port = _free_port()
        serve = ["gunicorn", "--workers", str(WORKERS), "--bind", f"{HOST}:{port}", "--log-level", "error"]
        wsgi = "django.core.wsgi:get_wsgi_application()"
        server = subprocess.Popen([python, "-m", *serve, "--no-control-socket", wsgi], env=env)
        ends.callback(_end, server)
        _wait_for(lambda: _listens(port), server, "gunicorn")
        kept = ends.pop_all()
    return Helpdesk(port, password, kept)


def _postgresql() -> Path:
    """The folder of the newest PostgreSQL's programs."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), *filter(None, [_on_path("initdb")])]
    if not found:
        raise NoPeer("PostgreSQL is not on this machine (in Debian: apt install postgresql)")
    return max(found, key=lambda program: program.parent.parent.name).parent


def _on_path(program: str) -> Path | None:
    found = shutil.which(program)
    return Path(found).resolve() if found else None


def _environment(home: Home) -> Path:
    """The Python of the peer's own environment, made in the home the first time."""
    environment, lock = home.path / "peer", PEER / "requirements.lock"
    python = environment / "bin" / "python"
    _done([sys.executable, "-m", "venv", environment])
    _done([python, "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", lock])
    return python


@contextmanager
def _database(programs: Path, folder: Path) -> Iterator[None]:
    """A PostgreSQL of its own, on a socket in `folder`; it refuses to be root, so root lends it another's name."""
    owner = _somebody_else() if os.geteuid() == 0 else None
    folder.chmod(0o755)
    data = folder / "data"
    data.mkdir(mode=0o700)
    if owner is not None:
        os.chown(data, owner.pw_uid, owner.pw_gid)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    who: dict[str, Any] = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    _done([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust"], **who)
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses="],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **who,
    )
    try:
        asking: list[str | Path] = [programs / "pg_isready", "-q", "-h", folder]
        _wait_for(lambda: subprocess.run(asking).returncode == 0, server, "PostgreSQL")
        yield
    finally:
        _end(server)


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    server.wait(20)


def _somebody_else() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPeer("PostgreSQL refuses to run as root, and there is no user postgres or nobody")


def _done(command: Sequence[str | Path], env: dict[str, str] | None = None, given: str = "", **who: Any) -> None:
    """Raises NoPeer with the last line of what the command said."""
    outcome = subprocess.run(
        [str(part) for part in command], env=env, input=given, capture_output=True, text=True, **who
    )
    if outcome.returncode:
        said = (outcome.stderr or outcome.stdout).strip().splitlines() or ["nothing"]
        raise NoPeer(f"{Path(command[0]).name} {' '.join(map(str, command[1:4]))} failed: {said[-1]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _wait_for(ready: Callable[[], bool], server: "subprocess.Popen[bytes]", name: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if server.poll() is not None or time.monotonic() > deadline:
            raise NoPeer(f"{name} does not start")
        time.sleep(0.1)
