"""Has a document judged by a process of its own: a stranger's bytes meet neither our keys nor the event loop."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from services.intake.documents.verdict import Fault, Kind, Unacceptable
from services.runtime.message import Broken, Unavailable

ROOT = Path(__file__).resolve().parents[2]
STARTED_BY = (sys.executable, "-m", "services.intake.documents")
TOO_MUCH = frozenset({-signal.SIGXCPU, -signal.SIGKILL})
"""Ended by its limits. Any other signal is a decoder that fell over."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A document that may be kept. `sha256` is that of `content`, which is what was sent without what is cut off."""

    kind: Kind
    content: memoryview
    sha256: str


class Examining(Protocol):
    """What the edge needs of an examiner; `Examiner` is the real one."""

    async def examine(self, content: bytes) -> Examined: ...


class Examiner:
    """At most `at_once` processes, each with so many seconds of processor time, and twice as many by the clock."""

    def __init__(self, at_once: int, seconds: int) -> None:
        self._turn, self._seconds = asyncio.Semaphore(at_once), seconds

    async def examine(self, content: bytes) -> Examined:
        """Raises Unacceptable; Unavailable when no process can be had, Broken when ours is at fault."""
        async with self._turn:
            ended, told = await self._ask(content)
        if ended is None or ended in TOO_MUCH:
            raise Unacceptable(Fault.DECOMPRESSION_BOMB, "time")
        if ended < 0:
            raise Unacceptable(Fault.DAMAGED, signal.Signals(-ended).name)
        if ended or not told:
            raise Broken("examiner")
        found: dict[str, Any] = json.loads(told)
        if "fault" in found:
            raise Unacceptable(Fault(found["fault"]), found["why"])
        return Examined(Kind(found["kind"]), memoryview(content)[: found["kept"]], found["sha256"])

    async def _ask(self, content: bytes) -> tuple[int | None, bytes]:
        """How the process ended, None when it did not in time, and what it wrote."""
        try:
            process = await asyncio.create_subprocess_exec(
                *STARTED_BY,
                str(self._seconds),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"PYTHONPATH": str(ROOT), "PATH": os.defpath},
            )
        except OSError as error:
            raise Unavailable(f"no process to examine a document: {type(error).__name__}") from error
        try:
            async with asyncio.timeout(2 * self._seconds):
                told, _ = await process.communicate(content)
            return process.returncode, told
        except TimeoutError:
            return None, b""
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
