"""Every version of the entries by which a month of an agency is told, as far as it was recorded by the month's end."""

from collections.abc import AsyncIterator, Collection, Iterable
from datetime import datetime

from services.contracts.entry import Entry
from services.contracts.registry import Desk, Officer, Organization, Unit
from services.contracts.service_sheet import Offering, Sheet
from services.registry import store as look_up
from services.registry.domain.findings import heading
from services.registry.domain.recording import Edition
from services.registry.handlers import EDITIONS
from services.runtime.cursors import LARGEST
from services.runtime.store import Store

PAGE = 200


async def editions_of(
    store: Store, org_id: str, before: datetime, services: Collection[str], officers: Collection[str]
) -> list[Edition]:
    """Of the agency, its desks, who heads them, and these officers; of its sheets, those of these services, and their
    channels.

    A sheet of an agency above may be what somebody who heads a desk decides: with it comes the unit that does the work.
    """
    found = _Editions(store, before)
    await found.learn(Organization, org_id)
    heads: set[str] = set()
    async for desk in look_up.every(store, Desk, {"orgId": org_id}):
        heads.update(*(heading(each) for each in await found.learn(Desk, desk.id) if isinstance(each, Desk)))
    own = {sheet.id async for sheet in look_up.every(store, Sheet, {"orgId": org_id})}
    for id in sorted({*own, *services}):
        await found.learn(Sheet, id)
        async for offering in look_up.every(store, Offering, {"serviceId": id}):
            await found.learn(Offering, offering.id)
    for id in sorted(await _decided_by(found, heads) - own):
        sheets = await found.learn(Sheet, id)
        for unit_id in sorted({sheet.unit_id for sheet in sheets if isinstance(sheet, Sheet)}):
            await found.learn(Unit, unit_id)
    for id in sorted(officers):
        await found.learn(Officer, id)
    return found.all()


async def _decided_by(found: "_Editions", heads: Iterable[str]) -> set[str]:
    """The services for which these officers have had authority. Whoever lent it to them is learned of, too."""
    versions = [each for id in sorted(heads) for each in await found.learn(Officer, id)]
    held = [each for officer in versions if isinstance(officer, Officer) for each in officer.authorities]
    for lender in sorted({each.delegated_by for each in held if each.delegated_by}):
        await found.learn(Officer, lender)
    return {each.service_id for each in held}


class _Editions:
    """What was looked up, each entry once."""

    def __init__(self, store: Store, before: datetime) -> None:
        self._store, self._before = store, before
        self._known: dict[tuple[type[Entry], str], list[Edition]] = {}

    async def learn(self, kind: type[Entry], id: str) -> list[Entry]:
        """Its versions of then."""
        if (kind, id) not in self._known:
            self._known[kind, id] = [each async for each in self._versions(kind, id)]
        return [each.entry for each in self._known[kind, id]]

    def all(self) -> list[Edition]:
        return [edition for editions in self._known.values() for edition in editions]

    async def _versions(self, kind: type[Entry], id: str) -> AsyncIterator[Edition]:
        newest = LARGEST
        while True:
            query = look_up.history_of(id, newest)
            page = await self._store.find(EDITIONS[kind], query, sort=[("state.version", -1)], limit=PAGE)
            for stored in page:
                if stored.state.recorded_at < self._before:
                    yield stored.state
            if len(page) < PAGE:
                return
            newest = page[-1].state.version
