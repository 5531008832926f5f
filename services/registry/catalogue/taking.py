"""What becomes of the services of a file: the good ones become drafts, and their channels are recorded.

All that is written goes through the door. A service that cannot be taken never stops the others.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import partial
from typing import Any, TypeVar

from services.contracts.decision import Refused
from services.contracts.entry import Entry, Status
from services.contracts.registry import Officer, Organization, Unit
from services.contracts.service_sheet import Offering
from services.contracts.snapshot import Snapshot
from services.registry import store as look_up
from services.registry.catalogue.outcomes import empty, failed, outcome, refusal, unrecorded
from services.registry.catalogue.remarks import Remark, anothers_channel, stands_twice
from services.registry.catalogue.table.columns import filled, said
from services.registry.catalogue.table.rows import flaws_of
from services.registry.domain.draft import SheetDraft
from services.registry.domain.importing import Fate, Outcome
from services.registry.domain.recording import Around, Wish
from services.registry.domain.sheets import SheetFile, WriteDraft, drafted
from services.registry.handlers import RECORDED, SHEET_FILE
from services.registry.in_use import open_cases
from services.registry.surroundings import ends
from services.runtime.door import Door
from services.runtime.driver import StoreAway
from services.runtime.lookups import Stored
from services.runtime.message import Broken, Held, Unavailable
from services.runtime.store import Store

T = TypeVar("T")

PATIENCE, PAUSE = 30, 2.0


class Taking:
    """`by`: the officer whose drafts they become; `org_id`: whose they are where their own agency is not recorded;
    `replace`: also what somebody else drafts."""

    def __init__(self, door: Door, store: Store, *, by: str | None, org_id: str | None, replace: bool) -> None:
        self._door, self._store = door, store
        self._by, self._org_id, self._replace = by, org_id, replace
        self._recorded: dict[str, str] = {}
        """By channel that this import has recorded: whose it is."""
        self._taken: dict[str, Remark] = {}
        """By id that a service of this import has: what is told of the next that bears it."""

    async def take(self, services: Sequence[Mapping[str, Any]]) -> tuple[Outcome, ...]:
        """What became of each, in order."""
        drafts = [None if service["errors"] else SheetDraft.model_validate(service["draft"]) for service in services]
        wanted: set[tuple[type[Entry], str]] = {
            (Organization, said["orgId"]) for service in services for said in service["offerings"]
        }
        wanted |= {(kind, id) for draft in drafts if draft for _, kind, id in (_owner(draft), *_named(draft))}
        wanted |= {(Organization, self._org_id)} if self._org_id else set()
        wanted |= {(Officer, self._by)} if self._by else set()
        known = await patiently(lambda: look_up.entries(self._store, wanted))
        agencies = [entry.id for entry in known if isinstance(entry, Organization)]
        known += await patiently(lambda: look_up.line(self._store, agencies))
        ids = [draft.id for draft in drafts if draft]
        found = await patiently(lambda: self._store.get_many(SHEET_FILE, ids)) if ids else []
        files = {stored.id: stored for stored in found}
        channels = await self._channels([said["id"] for service in services for said in service["offerings"]])
        published = (file.state.published for file in found if file.state.published is not None)
        around = Snapshot().with_entries([*known, *published])
        return await _in_turn(
            (
                {service["id"] or "", *(said["id"] for said in service["offerings"])},
                partial(self._take_one, service, draft, around, files.get(draft.id if draft else ""), channels),
            )
            for service, draft in zip(services, drafts, strict=True)
        )

    async def _channels(self, ids: Sequence[str]) -> dict[str, Stored[Offering]]:
        """Those that are recorded."""
        found = await patiently(lambda: self._store.get_many(RECORDED[Offering], ids)) if ids else []
        return {stored.id: stored for stored in found}

    async def _take_one(
        self,
        service: Mapping[str, Any],
        content: SheetDraft | None,
        around: Snapshot,
        file: Stored[SheetFile] | None,
        known: Mapping[str, Stored[Offering]],
    ) -> Outcome:
        wrong = [*self._twice(service), *self._anothers(service, known)]
        if content is None:
            return outcome(service, Fate.FAILED, wrong)
        notes, whose, given_to = [], content.org_id, self._org_id
        if not _is_recorded(around, Organization, whose) and given_to and _is_recorded(around, Organization, given_to):
            fa, en = f"از آنِ {whose} بود", f"was of {whose}, which is not recorded here"
            notes.append(Remark("orgId", fa, en))
            content = content.model_copy(update={"org_id": given_to})
        if not _is_recorded(around, Organization, content.org_id):
            wrong.insert(0, unrecorded("orgId"))
        if wrong:
            return outcome(service, Fate.FAILED, wrong)
        if file is not None and service["unsaid"]:
            content = _filled(content, service["unsaid"], file.state)
        if service["row"] is not None and service["unsaid"] and (lacking := flaws_of(content.to_wire())):
            return outcome(service, Fate.FAILED, lacking)
        stays = self._staying(file.state, content) if file is not None else None
        if file is not None and stays is None and self._is_anothers(file.state, content):
            fa = "پیش‌نویسی از دیگری در دست است؛ با replace جایگزین می‌شود"
            return failed(service, Remark("", fa, "somebody else is drafting it; replace says to overwrite that"))
        notes += [unrecorded(*each) for each in _named(content) if not _is_recorded(around, *each[1:])]
        counties = {county for said in service["offerings"] for county in said.get("counties", ())}
        notes += map(empty, await patiently(lambda: look_up.nowhere(self._store, counties)))
        if stays is not None:
            fa = "پیش‌نویس نسخهٔ بعدی در دست است و می‌ماند؛ با replace کنار گذاشته می‌شود"
            notes.append(Remark("", fa, "a draft of the next version is under way and stays; replace says to drop it"))
            content = stays
        wish = WriteDraft(content=content, by=self._by, sure=True, around=Around(entries=around))
        seen = file.version if file else 0
        try:
            done = await patiently(lambda: self._door.submit(SHEET_FILE, content.id, wish, expected=seen))
        except (Refused, Held, Broken) as error:
            return failed(service, refusal(error))
        self._taken[content.id] = stands_twice(service["row"], service["where"])
        changed = bool(done.answer and done.answer["recorded"])
        channels = [
            said | {"orgId": content.org_id} if said["orgId"] == whose else said for said in service["offerings"]
        ]
        offerings, reasons = await self._record(channels, {content.id: content.org_id}, around, known)
        service = {**service, "gaps": [*map(said, notes), *service["gaps"]]}
        return outcome(service, Fate.DRAFTED if changed else Fate.UNCHANGED, reasons, offerings)

    def _twice(self, service: Mapping[str, Any]) -> Iterator[Remark]:
        """Of services with one id the first that is taken has it."""
        if service["id"] in self._taken:
            yield self._taken[service["id"]]

    def _anothers(self, service: Mapping[str, Any], known: Mapping[str, Stored[Offering]]) -> Iterator[Remark]:
        """Channels that are recorded as another service's: before this import, or of a row above that was taken."""
        for number, written in enumerate(service["offerings"]):
            stored = known.get(written["id"])
            owner = stored.state.service_id if stored else self._recorded.get(written["id"])
            if service["id"] and owner not in (None, service["id"]):
                yield anothers_channel(number, owner)

    def _is_anothers(self, file: SheetFile, content: SheetDraft) -> bool:
        """Whether somebody's work would be lost. An officer replaces their own drafts; so does an import by nobody."""
        if file.draft is None or self._replace or file.draft.content == content:
            return False
        return file.draft.drafted_by != self._by

    def _staying(self, file: SheetFile, content: SheetDraft) -> SheetDraft | None:
        """The draft that is under way of a service of which a row says what is in force: such a row drops nothing."""
        if file.draft is None or file.published is None or self._replace:
            return None
        return file.draft.content if content == drafted(file.published) else None

    async def _record(
        self,
        offerings: Sequence[Mapping[str, Any]],
        drafts: Mapping[str, str],
        around: Snapshot,
        known: Mapping[str, Stored[Offering]],
    ) -> tuple[int, list[Remark]]:
        """How many channels of a service were new or changed, and what was refused of them. `drafts`: whose it is.

        One that was changed since the file was written, or of which it does not say so, is left alone.
        """
        count, reasons = 0, []
        for written in offerings:
            offering = Offering.model_validate(written)
            if not _is_recorded(around, Organization, offering.org_id):
                reasons.append(unrecorded(f"offerings.{offering.id}.orgId"))
                continue
            stored = known.get(offering.id)
            sure = self._replace or stored is None or stored.state.version == offering.version
            looking = partial(open_cases, self._store, stored.state if stored else offering)
            users = await patiently(looking) if ends(offering) else ()
            surroundings = Around(users=users, entries=around, drafts=drafts)
            wish = Wish(entry=offering, by=self._by, sure=sure, around=surroundings)
            submit = partial(self._door.submit, RECORDED[Offering], offering.id, wish)
            try:
                done = await patiently(partial(submit, expected=stored.version if stored else 0))
                count += bool(done.answer and done.answer["recorded"])
                self._recorded[offering.id] = offering.service_id
            except (Refused, Held, Broken) as error:
                reasons.append(refusal(error, f"offerings.{offering.id}"))
        return count, reasons


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """With the store away for a while an import waits, and goes on."""
    for _ in range(PATIENCE):
        with contextlib.suppress(Unavailable, StoreAway):
            return await call()
        await asyncio.sleep(PAUSE)
    raise Unavailable("the store stays away")


async def _in_turn(calls: Iterable[tuple[Set[str], Callable[[], Awaitable[T]]]]) -> tuple[T, ...]:
    """All at once, but those that bear one id, or name one channel, one after another: then it is known whose it is."""
    last: dict[str, asyncio.Task[T]] = {}
    tasks: list[asyncio.Task[T]] = []

    async def behind(earlier: set[asyncio.Task[T]], call: Callable[[], Awaitable[T]]) -> T:
        if earlier:
            await asyncio.wait(earlier)
        return await call()

    for names, call in calls:
        task = asyncio.create_task(behind({last[name] for name in names & last.keys()}, call))
        last |= dict.fromkeys(names, task)
        tasks.append(task)
    return tuple(await asyncio.gather(*tasks))


def _filled(content: SheetDraft, unsaid: Sequence[str], file: SheetFile) -> SheetDraft:
    """With what is there of all that a file has no word of: as it is in force, or drafted.

    A row that says what is in force, as far as it goes, drops no draft for a column that it lacks.
    """
    in_force = drafted(file.published) if file.published is not None else None

    def on(there: SheetDraft) -> SheetDraft:
        return SheetDraft.model_validate(filled(content.to_wire(), unsaid, there.to_wire()))

    if in_force is not None and (file.draft is None or on(in_force) == in_force):
        return on(in_force)
    return on(file.draft.content) if file.draft is not None else content


Named = tuple[str, type[Entry], str]
"""A field, and the entry that it names."""


def _owner(draft: SheetDraft) -> Named:
    return "orgId", Organization, draft.org_id


def _named(draft: SheetDraft) -> Iterator[Named]:
    """What a draft may name before it is recorded, and a published sheet may not."""
    if draft.unit_id is not None:
        yield "unitId", Unit, draft.unit_id
    if draft.responsible_officer_id is not None:
        yield "responsibleOfficerId", Officer, draft.responsible_officer_id
    for number, requirement in enumerate(draft.requirements or ()):
        if requirement.held_by is not None:
            yield f"requirements.{number}.heldBy", Organization, requirement.held_by


def _is_recorded(around: Snapshot, kind: type[Entry], id: str) -> bool:
    entry = around.find(kind, id)
    return entry is not None and entry.status is not Status.RETIRED
