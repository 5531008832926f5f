"""Carries out imports, one at a time: a file is read elsewhere, and each good service of it becomes a draft.

All that is written goes through the door. A service that cannot be taken never stops the others.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from services.contracts.decision import Refused
from services.contracts.entry import Status
from services.contracts.registry import Organization
from services.contracts.service_sheet import Offering
from services.contracts.snapshot import Snapshot
from services.registry import store as look_up
from services.registry import surroundings
from services.registry.catalogue.remarks import Remark
from services.registry.catalogue.table.columns import said
from services.registry.domain.draft import SheetDraft
from services.registry.domain.importing import Ended, Fate, Heard, Outcome, Reason
from services.registry.domain.recording import Around, Wish
from services.registry.domain.sheets import SheetFile, WriteDraft
from services.registry.handlers import CATALOGUE_IMPORT, RECORDED, SHEET_FILE
from services.runtime.door import Door
from services.runtime.driver import StoreAway
from services.runtime.file_body import TakenFile
from services.runtime.lookups import Stored
from services.runtime.message import Broken, Held, Unavailable
from services.runtime.service import Parts
from services.runtime.store import Store
from services.runtime.telemetry import where

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[3]
AT_ONCE = 100
"""Services between two reports: one batch of the door, and what a waiting desk has before it."""
HEARTBEAT_SECONDS = 15.0
READING_SECONDS = 300.0
LINE = 32 * 1024**2
"""Bytes of one service as the reader tells it, at most."""
PATIENCE, PAUSE = 30, 2.0
MOST_REASONS, LONGEST = 50, 300


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
        self._job, self._door, self._store = job, door, store

    async def run(self) -> None:
        beating = asyncio.create_task(self._beat())
        try:
            services: list[Mapping[str, Any]] = []
            async for service in self._read():
                services.append(service)
                if len(services) == AT_ONCE:
                    await self._hear(Heard(outcomes=await self._take(services)))
                    services.clear()
            if services:
                await self._hear(Heard(outcomes=await self._take(services)))
            await self._hear(Ended())
        except _Unreadable as why:
            await self._hear(Ended(code=why.code, detail=why.detail[:1000]))
        finally:
            beating.cancel()

    async def _hear(self, news: Heard | Ended) -> None:
        await self._patiently(lambda: self._door.submit(CATALOGUE_IMPORT, self._job.import_id, news))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            with contextlib.suppress(Unavailable, Held, Broken, Refused):
                await self._door.submit(CATALOGUE_IMPORT, self._job.import_id, Heard())

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """With the store away for a while an import waits, and goes on."""
        for _ in range(PATIENCE):
            with contextlib.suppress(Unavailable, StoreAway):
                return await call()
            await asyncio.sleep(PAUSE)
        raise Unavailable("the store stays away")

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

    async def _take(self, services: Sequence[Mapping[str, Any]]) -> tuple[Outcome, ...]:
        """What became of each, in order."""
        good = [service for service in services if not service["errors"]]
        wanted = {
            (Organization, said["orgId"]) for service in good for said in (service["draft"], *service["offerings"])
        }
        wanted |= {(Organization, self._job.org_id)} if self._job.org_id else set()
        agencies = await self._patiently(lambda: look_up.entries(self._store, wanted))
        recorded = {agency.id for agency in agencies if agency.status is not Status.RETIRED}
        ids = [service["id"] for service in good]
        found = await self._patiently(lambda: self._store.get_many(SHEET_FILE, ids)) if ids else []
        files = {stored.id: stored for stored in found}
        return tuple(
            await asyncio.gather(
                *(self._take_one(service, recorded, files.get(service["id"] or "")) for service in services)
            )
        )

    async def _take_one(
        self, service: Mapping[str, Any], agencies: set[str], file: Stored[SheetFile] | None
    ) -> Outcome:
        if service["errors"]:
            return _outcome(service, Fate.FAILED)
        content = SheetDraft.model_validate(service["draft"])
        notes, whose = [], content.org_id
        if whose not in agencies and self._job.org_id in agencies:
            fa, en = f"از آنِ {whose} بود", f"was of {whose}, which is not recorded here"
            notes.append(Remark("orgId", fa, en))
            content = content.model_copy(update={"org_id": self._job.org_id})
        if content.org_id not in agencies:
            return _failed(service, _unrecorded("orgId"))
        if file is not None and self._is_anothers(file.state, content):
            fa = "پیش‌نویسی از دیگری در دست است؛ با replace جایگزین می‌شود"
            return _failed(service, Remark("", fa, "somebody else is drafting it; replace says to overwrite that"))
        wish = WriteDraft(content=content, by=self._job.officer_id, sure=True)
        seen = file.version if file else 0
        try:
            done = await self._patiently(lambda: self._door.submit(SHEET_FILE, content.id, wish, expected=seen))
        except (Refused, Held, Broken) as error:
            return _failed(service, _refusal(error))
        changed = bool(done.answer and done.answer["recorded"])
        channels = [
            said | {"orgId": content.org_id} if said["orgId"] == whose else said for said in service["offerings"]
        ]
        offerings, reasons = await self._record(channels, agencies)
        service = {**service, "gaps": [*map(said, notes), *service["gaps"]]}
        return _outcome(service, Fate.DRAFTED if changed else Fate.UNCHANGED, reasons, offerings)

    def _is_anothers(self, file: SheetFile, content: SheetDraft) -> bool:
        """Whether somebody's work would be lost. An officer replaces their own drafts; so does an import by nobody."""
        if file.draft is None or self._job.replace or file.draft.content == content:
            return False
        return file.draft.drafted_by != self._job.officer_id

    async def _record(self, offerings: Sequence[Mapping[str, Any]], agencies: set[str]) -> tuple[int, list[Remark]]:
        """How many channels were new or changed, and what was refused of them."""
        count, reasons = 0, []
        for written in offerings:
            offering = Offering.model_validate(written)
            if offering.org_id not in agencies:
                reasons.append(_unrecorded(f"offerings.{offering.id}.orgId"))
                continue
            try:
                wish = Wish(entry=offering, by=self._job.officer_id, sure=True, around=await self._deciding(offering))
                done = await self._patiently(partial(self._door.submit, RECORDED[Offering], offering.id, wish))
                count += bool(done.answer and done.answer["recorded"])
            except (Refused, Held, Broken) as error:
                reasons.append(_refusal(error, f"offerings.{offering.id}"))
        return count, reasons

    async def _deciding(self, offering: Offering) -> Around:
        by = self._job.officer_id
        if by is None:
            return Around()
        who = await self._patiently(lambda: surroundings.deciding(self._store, offering, by))
        return Around(entries=Snapshot().with_entries(who))


_REFUSALS = {
    "OWNER_FIXED": "از آنِ دستگاه دیگری است",
    "SERVICE_FIXED": "کانال خدمت دیگری است",
    "STALE_VERSION": "هم‌زمان تغییر کرد؛ دوباره بفرستید",
    "INCOMPLETE": "کامل نیست",
    "UNKNOWN_OFFICER": "این کارمند بر سر کار نیست",
    "NOT_AUTHORISED": "این کارمند از دستگاه دیگری است",
}


def _refusal(error: Refused | Held | Broken, field: str = "") -> Remark:
    if isinstance(error, Refused):
        said = "; ".join([error.detail, *map(str, error.facts.get("flaws", ()))])
        return Remark(field, _REFUSALS.get(error.code, "پذیرفته نشد"), f"{error.code}: {said}")
    return Remark(
        field, "اکنون نوشتنی نیست؛ بعد دوباره بفرستید", "cannot be written at the moment; send it again later"
    )


def _unrecorded(field: str) -> Remark:
    return Remark(field, "این دستگاه ثبت نشده است", "no such agency is recorded")


def _failed(service: Mapping[str, Any], reason: Remark) -> Outcome:
    return _outcome(service, Fate.FAILED, [reason])


def _outcome(service: Mapping[str, Any], fate: Fate, reasons: Sequence[Remark] = (), offerings: int = 0) -> Outcome:
    errors = [*service["errors"], *map(said, reasons)]
    told = [_reason("ERROR", one) for one in errors] + [_reason("GAP", one) for one in service["gaps"]]
    return Outcome(
        row=service["row"],
        where=service["where"][:LONGEST],
        id=service["id"] and service["id"][:LONGEST],
        fate=fate,
        reasons=tuple(told[:MOST_REASONS]),
        offerings=offerings,
    )


def _reason(kind: str, remark: Mapping[str, str]) -> Reason:
    return Reason.model_validate({"kind": kind} | {name: text[:LONGEST] for name, text in remark.items()})
