"""An office whose entries have their history, so that a month of the past can be counted."""

from datetime import datetime, timedelta
from typing import Any

from services.contracts.entry import Entry
from services.registry.domain.late import pack_id
from services.registry.domain.packs import BeginPack, FreezePack, FreezeWish, Pack, PackRevision, revision_id
from services.registry.domain.recording import EDITION, edition_id
from services.registry.handlers import DUTIES, EDITIONS, FILES, PACK, PACK_REVISION, REPORTS
from services.registry.packing import count
from services.registry.recounting import Recounting
from services.runtime.document import Document
from services.runtime.message import Submitted
from tests.unit.registry.governorate import AGENCY, HEAD, QUIET, Office, around, at, province
from tests.unit.registry.months import CALENDAR, MONTH

FOUNDED = at("1405/05/10 09:00")
"""When the province was recorded."""
AFTER = at("1405/09/02 10:00")


class Ministry(Office):
    @classmethod
    async def of_the_province(cls, *changed: Entry) -> "Ministry":
        office = cls([*FILES.values(), *EDITIONS.values(), *DUTIES, *REPORTS])
        office.clock.moment = AFTER
        for entry in province(*changed)._newest.values():
            await office.recorded(entry, FOUNDED)
        await office.recorded(CALENDAR, FOUNDED)
        return office

    async def recorded(self, entry: Entry, at: datetime) -> None:
        """An entry as if it had been recorded then."""
        await self.put(entry)
        edition = EDITION[type(entry)](
            entry_id=entry.id, version=entry.version, entry=entry, recorded_at=at, recorded_by=None
        )
        kept = Document(edition_id(entry.id, entry.version), version=0, state=edition)
        await self.store.write(EDITIONS[type(entry)], [kept], self.clock.now())

    async def freeze(self, org_id: str = AGENCY, month: str = MONTH, **said: Any) -> Submitted:
        """As the API does it."""
        command = FreezePack.model_validate({"orgId": org_id, "month": month, "officerId": HEAD} | said)
        id = pack_id(org_id, month)
        begun: Pack = (await self.submit(PACK, id, BeginPack(command=command, around=around()))).state
        made = None
        if begun.newest is None or command.revise:
            made = await count(self.readable, begun, self.clock.now(), command.officer_id)
        return await self.submit(PACK, id, FreezeWish(command=command, count=made, around=around()))

    async def recounts(self) -> None:
        """Those of which something came late a minute ago."""
        self.clock.advance(minutes=2)
        async with self.serving():
            await Recounting(self.door, self.readable, timedelta(0), QUIET).look(self.clock.now())
        await self.settle()

    def pack(self, org_id: str = AGENCY, month: str = MONTH) -> Pack:
        found: Pack = self.state(PACK, pack_id(org_id, month))
        return found

    def revision(self, number: int, org_id: str = AGENCY, month: str = MONTH) -> PackRevision:
        found: PackRevision = self.state(PACK_REVISION, revision_id(pack_id(org_id, month), number))
        return found
