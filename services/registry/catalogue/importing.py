"""Carries out imports, one at a time: a file is read elsewhere, and its services are taken (taking.py)."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.contracts.decision import Refused
from services.registry.catalogue.taking import Taking, patiently
from services.registry.domain.importing import Ended, Heard
from services.registry.handlers import CATALOGUE_IMPORT
from services.runtime.door import Door
from services.runtime.file_body import TakenFile
from services.runtime.message import Broken, Held, Unavailable
from services.runtime.service import Parts
from services.runtime.store import Store
from services.runtime.telemetry import where

ROOT = Path(__file__).resolve().parents[3]
AT_ONCE = 100
"""Services between two reports: one batch of the door, and what a waiting desk has before it."""
HEARTBEAT_SECONDS = 15.0
READING_SECONDS = 300.0
LINE = 32 * 1024**2
"""Bytes of one service as the reader tells it, at most."""


@dataclass(frozen=True, slots=True)
class Job:
    """An import that was begun: the file is closed, and gone, when it is done."""

    import_id: str
    format: str
    file: TakenFile
    officer_id: str | None
    org_id: str | None
    replace: bool


class Importer:
    """Works on one file at a time: each costs hundreds of megabytes while it is read."""

    def __init__(self) -> None:
        self._jobs: asyncio.Queue[Job] = asyncio.Queue()
        self._under_way: list[str] = []

    @property
    def working_on(self) -> str | None:
        """The import that is being worked on, if there is one."""
        return next(iter(self._under_way), None)

    def begin(self, job: Job) -> None:
        self._under_way.append(job.import_id)
        self._jobs.put_nowait(job)

    async def work(self, parts: Parts) -> None:
        """Runs for the life of the service. What it is at when the service stops is INTERRUPTED by its own timer."""
        while True:
            job = await self._jobs.get()
            try:
                await _Import(job, parts.door, parts.store).run()
            except Exception as error:  # the next file may be better; this one falls silent
                parts.log.error("an import stopped", error=type(error).__name__, where=where(error))
            finally:
                self._under_way.remove(job.import_id)
                job.file.content.close()


class _Unreadable(Exception):
    """Nothing of the file can be used."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


class _Import:
    def __init__(self, job: Job, door: Door, store: Store) -> None:
        self._job, self._door = job, door
        self._taking = Taking(door, store, by=job.officer_id, org_id=job.org_id, replace=job.replace)

    async def run(self) -> None:
        beating = asyncio.create_task(self._beat())
        try:
            services: list[Mapping[str, Any]] = []
            async for service in self._read():
                services.append(service)
                if len(services) == AT_ONCE:
                    await self._hear(Heard(outcomes=await self._taking.take(services)))
                    services.clear()
            if services:
                await self._hear(Heard(outcomes=await self._taking.take(services)))
            await self._hear(Ended())
        except _Unreadable as why:
            await self._hear(Ended(code=why.code, detail=why.detail[:1000]))
        finally:
            beating.cancel()

    async def _hear(self, news: Heard | Ended) -> None:
        await patiently(lambda: self._door.submit(CATALOGUE_IMPORT, self._job.import_id, news))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            with contextlib.suppress(Unavailable, Held, Broken, Refused):
                await self._door.submit(CATALOGUE_IMPORT, self._job.import_id, Heard())

    async def _read(self) -> AsyncIterator[Mapping[str, Any]]:
        """The services of the file, as its reader tells them. Raises _Unreadable."""
        reader = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.registry.catalogue.reader",
            self._job.format,
            stdin=self._job.file.content,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=LINE,
            env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)},  # none of our keys and addresses
        )
        assert reader.stdout is not None
        try:
            async with asyncio.timeout(READING_SECONDS):
                head = json.loads(await reader.stdout.readline() or "{}")
            if "total" not in head:
                code = head.get("malformed", "TOO_BIG")
                raise _Unreadable(code, head.get("detail", "the file took too much time or memory to read"))
            await self._hear(Heard(total=head["total"]))
            for _ in range(head["total"]):
                line = await reader.stdout.readline()
                if not line:
                    raise _Unreadable("TOO_BIG", "the reader of the file ended early")
                yield json.loads(line)
        except TimeoutError:
            raise _Unreadable("TOO_SLOW", f"reading took longer than {READING_SECONDS:.0f} seconds") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                reader.kill()
            await reader.wait()
