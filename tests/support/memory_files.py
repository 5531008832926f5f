"""Files in memory, sealed like the real ones; and an examiner that judges in this process."""

import hashlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.intake.documents.judge import judge
from services.intake.examiner import Examined
from services.runtime.driver import StoreAway
from services.runtime.files import Kept, Pending
from services.runtime.seal import Sealer


@dataclass
class MemoryFiles:
    """`away` makes the next call of that name fail."""

    stored: dict[Any, tuple[str, str, int, bytes]] = field(default_factory=dict)
    generations: dict[Any, int] = field(default_factory=dict)
    waiting: dict[Any, tuple[Pending, datetime]] = field(default_factory=dict)
    away: str = ""
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def _called(self, name: str) -> None:
        if self.away == name:
            self.away = ""
            raise StoreAway("away")

    async def put(self, owner: str, name: str, content: memoryview, sealer: Sealer, generation: int) -> Any:
        id: Any = next(self._numbers)
        self.waiting[id] = Pending(id, owner, name), datetime.now(UTC)
        self._called("put")
        self.stored[id] = owner, name, len(content), sealer.seal(bytes(content), f"{owner}|{name}")
        self.generations[id] = generation
        return id

    async def settle(self, id: Any) -> None:
        self._called("settle")
        self.waiting.pop(id, None)

    async def discard(self, id: Any) -> None:
        self._called("discard")
        self.stored.pop(id, None)
        self.waiting.pop(id, None)

    async def find(self, owner: str, name: str) -> Kept | None:
        self._called("find")
        found = (id for id, (of, called, *_) in self.stored.items() if (of, called) == (owner, name))
        id = next(found, None)
        return Kept(id, owner, name, self.stored[id][2], self.generations.get(id, 1)) if id is not None else None

    async def read(self, kept: Kept, sealer: Sealer) -> AsyncIterator[bytes]:
        self._called("read")
        owner, name, _, sealed = self.stored[kept.id]
        yield sealer.open(sealed, f"{owner}|{name}")

    async def pending(self, before: datetime, limit: int) -> list[Pending]:
        return [pending for pending, at in self.waiting.values() if at < before][:limit]


class Judge:
    async def examine(self, content: bytes) -> Examined:
        found = judge(content)
        kept = memoryview(content)[: found.kept]
        return Examined(found.kind, kept, hashlib.sha256(kept).hexdigest())
