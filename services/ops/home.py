"""Where one local stack keeps its state, and which ports it listens on.

`.mizban/` belongs to `./mizban up`. MIZBAN_HOME names another folder and MIZBAN_PORT_OFFSET moves every port, so that
a test run and a running demo never meet. A home remembers its offset until `./mizban reset`.
"""

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from tempfile import TemporaryFile

from services.ops.errors import StackError, UnusableHome

ROOT = Path(__file__).resolve().parents[2]
DOWNLOADS = ROOT / ".mizban" / "downloads"
"""The servers' files: the same for every home."""
HOST = "127.0.0.1"


class Port(IntEnum):
    """The usual ports (design 6), before the offset."""

    INTAKE = 8081
    ROUTING = 8082
    NOTIFY = 8083
    REGISTRY = 8084
    SMS_SIMULATOR = 8090
    KAFKA = 19092
    KAFKA_CONTROLLER = 19093
    KAFKA_PARTNERS = 19094
    MONGO = 27117


@dataclass(frozen=True, slots=True)
class Home:
    """The folder and the ports of one stack."""

    path: Path
    port_offset: int = 0

    @classmethod
    def of(cls, environ: Mapping[str, str] = os.environ) -> "Home":
        """The home that MIZBAN_HOME names, with the offset that it remembers or that MIZBAN_PORT_OFFSET names.

        Nothing is written: a look must not make a home. Raises UnusableHome; StackError if the offset is unusable, or
        another than that of the home's data, in which both servers keep their own address.
        """
        path = Path(environ.get("MIZBAN_HOME", ROOT / ".mizban")).absolute()
        with _telling_unusable(path):
            remembered = _read_if_there(cls(path).port_note)
        offset = environ.get("MIZBAN_PORT_OFFSET", remembered or "0")
        try:
            home = cls(path, int(offset))
        except ValueError:
            raise StackError(f"MIZBAN_PORT_OFFSET={offset} is not a whole number") from None
        if not all(1024 <= home.port(usual) <= 65535 for usual in Port):
            raise StackError(f"MIZBAN_PORT_OFFSET={offset} moves a port out of 1024-65535")
        if remembered is not None and home.port_offset != int(remembered):
            raise StackError(
                f"the stack in {path} has MIZBAN_PORT_OFFSET={remembered}, not {offset}; unset the variable, "
                "or name another MIZBAN_HOME"
            )
        return home

    def remember_ports(self) -> None:
        """Later commands find them without MIZBAN_PORT_OFFSET."""
        write_private(self.port_note, str(self.port_offset))

    def port(self, usual: Port) -> int:
        return usual + self.port_offset

    def address(self, usual: Port) -> str:
        return f"{HOST}:{self.port(usual)}"

    @property
    def elsewhere(self) -> str:
        """The command that starts a stack on other ports: in this home, or beside it if it keeps to its own."""
        is_default, is_bound = self.path == ROOT / ".mizban", self.port_note.exists()
        beside = ".mizban/other" if is_default else f"{self.path}-other"
        folder = beside if is_bound else "" if is_default else str(self.path)
        named = f"MIZBAN_HOME={folder} " if folder else ""
        return f"{named}MIZBAN_PORT_OFFSET={self.port_offset + 100} ./mizban up"

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def config(self) -> Path:
        return self.path / "config"

    @property
    def port_note(self) -> Path:
        return self.config / "port-offset"

    @property
    def credentials(self) -> Path:
        return self.path / "credentials.json"

    @property
    def clock(self) -> Path:
        return self.path / "clock"

    def make(self) -> None:
        """Creates the folders, readable by their owner only: they hold passwords and personal data.

        Raises UnusableHome, also when nothing can be written into folders that are there.
        """
        with _telling_unusable(self.path):
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            for folder in (self.data, self.logs, self.run, self.config):
                folder.mkdir(exist_ok=True, mode=0o700)
            for folder in (self.path, self.data, self.logs, self.run, self.config):
                with TemporaryFile(dir=folder):
                    pass

    @contextmanager
    def only_one_command(self) -> Iterator[None]:
        """Holds the home's lock: two `up` at once would start every server twice. Raises StackError if it is held."""
        self.make()
        with (self.path / "lock").open("w") as lock:
            try:
                flock(lock, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                raise StackError("another ./mizban up, down or reset is at work; wait for it to end") from None
            yield


def write_private(path: Path, text: str) -> None:
    """Replaces a file at once and readable by its owner only: a reader sees the old text or the new, never a half."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)


@contextmanager
def _telling_unusable(path: Path) -> Iterator[None]:
    """A folder that the system refuses is told as the home's fault; a full disk is another story."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise UnusableHome(path, error) from error


def _read_if_there(path: Path) -> str | None:
    try:
        return path.read_text()
    except FileNotFoundError:
        return None
