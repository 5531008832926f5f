"""The copies of documents that are kept here: judged, then stored, then named by their case; or gone.

Between storing and naming a process may die. What no case names after a day is swept away (`sweep`).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from services.contracts.decision import Refused
from services.contracts.envelope import derived_id
from services.intake.copy_keys import CopyKeys
from services.intake.documents.verdict import Kind
from services.intake.domain.case import Case
from services.intake.domain.case_parts import TakenEvidence
from services.intake.domain.messages import CopyKept
from services.intake.domain.request import the_case
from services.intake.examiner import Examining
from services.intake.handlers import REQUEST
from services.runtime.driver import StoreAway
from services.runtime.files import Kept, Pending
from services.runtime.lookups import Unreadable
from services.runtime.message import Submitted
from services.runtime.seal import Sealer
from services.runtime.store import Store

BUCKET = "evidence"
SUFFIX = {Kind.JPEG: "jpg", Kind.PNG: "png", Kind.PDF: "pdf"}
ORPHANED_AFTER = timedelta(days=1)
"""By the machine's clock. No upload takes nearly as long, so nothing that is still on its way is swept."""
SWEEP_SECONDS = 3600.0
SWEPT_AT_ONCE = 100


class Filing(Protocol):
    """What copies need of the files; `files.Files` is the real one."""

    async def put(self, owner: str, name: str, content: memoryview, sealer: Sealer, generation: int) -> Any: ...

    async def settle(self, id: Any) -> None: ...

    async def discard(self, id: Any) -> None: ...

    async def find(self, owner: str, name: str) -> Kept | None: ...

    def read(self, kept: Kept, sealer: Sealer) -> AsyncIterator[bytes]: ...

    async def pending(self, before: datetime, limit: int) -> list[Pending]: ...


@dataclass(frozen=True, slots=True)
class TakenCopy:
    """A copy that is stored. `file`: what this call has put there; None when it was there already."""

    kept: CopyKept
    file: Any


@dataclass(frozen=True, slots=True)
class OpenCopy:
    """A copy on its way to a reader. `file_name` is ours; `size` in bytes."""

    content: AsyncIterator[bytes]
    content_type: str
    size: int
    file_name: str


class Copies:
    """`keys`: which key the documents of a case are sealed with."""

    def __init__(self, files: Filing, examiner: Examining, keys: CopyKeys, log: Any) -> None:
        self._files, self._examiner, self._keys, self._log = files, examiner, keys, log

    async def take(self, request_id: str, case: Case, content: bytes, *, sent_by: tuple[str, str]) -> TakenCopy:
        """Judged and stored. Who sends it again under the same key gets the same name, and nothing is stored twice.

        `sent_by`: officer and Idempotency-Key. Raises Unacceptable, StoreAway, Unavailable, Broken.
        """
        examined = await self._examiner.examine(content)
        name = derived_id("evidence", request_id, *sent_by, examined.sha256)
        kept = CopyKept(
            dataref=name,
            sha256=examined.sha256,
            content_type=examined.kind.value,
            size=len(examined.content),
        )
        if piece_of(case, name) is not None:
            return TakenCopy(kept, None)
        sealer, generation = await self._keys.to_seal(case)
        return TakenCopy(kept, await self._files.put(request_id, name, examined.content, sealer, generation))

    async def named(self, copy: TakenCopy | None, bringing: Awaitable[Submitted]) -> Submitted:
        """The command that names the copy: it stays where the case names it now, and goes if the command is refused.

        It goes too where a repeat is answered as before, and its case, erased since, names no copy any more. Where
        nobody knows (the store is away, this process ends) it waits for the sweep, which asks the case.
        """
        try:
            done = await bringing
        except Refused:
            if copy is not None and copy.file is not None:
                with contextlib.suppress(StoreAway):
                    await self._files.discard(copy.file)
            raise
        if copy is not None and copy.file is not None:
            _, case = the_case(done.state)
            there = piece_of(case, copy.kept.dataref) is not None
            with contextlib.suppress(StoreAway):
                await (self._files.settle if there else self._files.discard)(copy.file)
        return done

    async def open(self, request_id: str, case: Case, name: str) -> OpenCopy | None:
        """The copy that this case names. Raises StoreAway, and BrokenSeal before anything of it is read."""
        piece = piece_of(case, name)
        if piece is None or piece.content_type is None:
            return None
        kept = await self._files.find(request_id, name)
        if kept is None:
            self._log.error("a copy that a case names is missing", request=request_id, copy=name)
            return None
        sealer = await self._keys.to_open(case, kept.generation)
        if sealer is None:
            return None
        content = self._files.read(kept, sealer)
        first = await anext(content)
        file_name = f"{name}.{SUFFIX[Kind(piece.content_type)]}"
        return OpenCopy(_again(first, content), piece.content_type, kept.size, file_name)


def piece_of(case: Case, name: str) -> TakenEvidence | None:
    """The evidence of the case whose copy is kept here under that name."""
    return next((piece for piece in case.evidence if piece.content_type and piece.dataref == name), None)


async def _again(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


async def sweep(store: Store, files: Filing, before: datetime) -> int:
    """Settles or discards what has been pending since before that moment; how many were discarded. Raises StoreAway."""
    gone = 0
    while pending := await files.pending(before, SWEPT_AT_ONCE):
        for file in pending:
            if await _stays(store, files, file):
                await files.settle(file.id)
            else:
                await files.discard(file.id)
                gone += 1
    return gone


async def _stays(store: Store, files: Filing, file: Pending) -> bool:
    """Whether its case names it. Of two that one call sent twice at once the first is enough."""
    try:
        stored = await store.get(REQUEST, file.owner)
    except Unreadable:
        return True
    case = stored.state.case if stored else None
    if case is None or piece_of(case, file.name) is None:
        return False
    first = await files.find(file.owner, file.name)
    return first is not None and first.id == file.id


async def sweeping(store: Store, files: Filing, prepare: Callable[[], Awaitable[None]], log: Any) -> None:
    """Runs for the life of the service."""
    prepared = False
    while True:
        try:
            if not prepared:
                await prepare()
                prepared = True
            gone = await sweep(store, files, datetime.now(UTC) - ORPHANED_AFTER)
            if gone:
                log.warning("copies that no request names were swept away", files=gone)
        except StoreAway:
            log.warning("the sweep of copies waits for the store")
        await asyncio.sleep(SWEEP_SECONDS)
