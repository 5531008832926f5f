"""Notify in memory, with a gateway and a directory of contacts that behave as a test wants."""

import asyncio
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from services.contracts import topics
from services.contracts.intake_commands import Contact
from services.notify.contacts import ContactsAway
from services.notify.dispatch.circuit_breaker import CircuitBreaker
from services.notify.dispatch.dispatcher import Dispatcher
from services.notify.dispatch.lanes import Lane, Lanes
from services.notify.dispatch.token_bucket import TokenBucket
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.message import Message
from services.notify.domain.notices import Purpose
from services.notify.domain.preference import Preference
from services.notify.domain.rules import Rules
from services.notify.domain.sending import MAIL
from services.notify.handlers import CLOSURE, CORRESPONDENCE, PREFERENCE, TEMPLATE
from services.notify.preferences import StoredPreferences
from services.notify.providers.printout import Printout, ShelfAway
from services.notify.sender import Sender
from services.notify.shelf import CorrespondenceShelf
from services.notify.template_book import TemplateBook
from services.runtime.driver import StoreAway
from services.runtime.lookups import Stored
from services.runtime.store import Store
from services.runtime.telemetry import logger
from tests.support.fake_gateway import FakeGateway
from tests.support.memory_door import MemoryDoor
from tests.support.readable_store import ReadableStore
from tests.unit.notify.cases import MORNING, REGISTERED, REQUEST

MOBILE, NAME = "+989121234567", "زهرا کریمی"


@dataclass
class FakeDirectory:
    mobile: str | None = MOBILE
    email: str | None = None
    away: bool = False
    unknown: bool = False
    look_ups: list[tuple[str, ...]] = field(default_factory=list)

    async def contacts(self, request_ids: Iterable[str], purpose: Purpose) -> Mapping[str, Contact]:
        self.look_ups.append(tuple(request_ids))
        if self.away:
            raise ContactsAway("ConnectError")
        if self.unknown:
            return {}
        return {id: Contact(request_id=id, name=NAME, mobile=self.mobile, email=self.email) for id in self.look_ups[-1]}


class NobodyAsked:
    """Preferences of which there are none."""

    async def of(self, applicant_refs: Iterable[str]) -> Mapping[str, Preference]:
        return {}


@dataclass
class StoredHere:
    """Those of the memory store; `away`: it does not answer."""

    store: Store
    away: bool = False

    async def of(self, applicant_refs: Iterable[str]) -> Mapping[str, Preference]:
        if self.away:
            raise StoreAway
        return await StoredPreferences(self.store).of(applicant_refs)


class Notify:
    """Notify in memory: the door, the sender, its queue, gateways and a directory of contacts.

    `per_second` and `burst` are those of each gateway.
    """

    def __init__(
        self, *gateways: FakeGateway, per_second: float = 1000, burst: int = 100, rest: float = 600, **rules: Any
    ) -> None:
        self.gateways, self.directory = gateways or (FakeGateway(),), FakeDirectory()
        self.mail = FakeGateway(name=MAIL, can_ask=False)
        self.book = TemplateBook(Rules(**rules))
        lanes = [Lane(g, TokenBucket(per_second, burst), CircuitBreaker(3, rest)) for g in self.gateways]
        self.lanes = Lanes(lanes, self.book.rules().weights)
        self.store = ReadableStore()
        self.preferences = StoredHere(cast(Store, self.store))
        self.sender = Sender(
            report=lambda id, answer: self.memory.door.submit(CORRESPONDENCE, id, answer),
            lanes=self.lanes,
            directory=self.directory,
            preferences=self.preferences,
            catalogue=self.book,
            log=logger("notify", "ERROR"),
            mail=Lane(self.mail, TokenBucket(per_second, burst), CircuitBreaker(3, rest)),
            clock=self.seconds,
        )
        self.shelf = ShelfHere(self)
        self.sender.paper = Lane(Printout(self.shelf), TokenBucket(per_second, burst))
        self.dispatcher = Dispatcher(
            self.lanes,
            self.sender.backlog,
            self.foremost,
            lambda id, turn: self.memory.door.submit(CORRESPONDENCE, id, turn),
            logger("notify", "ERROR"),
            clock=self.seconds,
        )
        self.memory = MemoryDoor(
            "notify",
            [CORRESPONDENCE, CLOSURE, PREFERENCE, TEMPLATE],
            rules=self.book.rules,
            store=self.store,
            perform=self.book.known_first(cast(Store, self.store), self.sender.perform),
        )

    @property
    def gateway(self) -> FakeGateway:
        """The only one, or the first."""
        return self.gateways[0]

    def seconds(self) -> float:
        """The clock of the gateways: what passes for messages passes for them, too."""
        return time.monotonic() + (self.memory.clock.now() - MORNING).total_seconds()

    async def foremost(self, limit: int, without: Collection[str] = ()) -> list[Stored[Correspondence]]:
        """As the store reads the queue."""
        rows = [row for row in self.memory.store.collections.get("correspondence", {}).values() if _queued(row)]
        rows = sorted((row for row in rows if row["_id"] not in without), key=lambda row: (_queued(row), row["_id"]))
        return [
            Stored(row["_id"], row["version"], Correspondence.model_validate(row["state"]), 0) for row in rows[:limit]
        ]

    async def drain(self) -> None:
        """Turns are given until nothing waits that could go now."""
        async with asyncio.timeout(10):
            while self.lanes.open(self.seconds()) and await self.foremost(1):
                await self.dispatcher.look()
                await self.rest()

    async def hear(self, *requests: str) -> None:
        events = [REGISTERED.model_copy(update={"request_id": id}) for id in requests or (REQUEST,)]
        await asyncio.gather(*(self.memory.door.submit(CORRESPONDENCE, e.request_id, e) for e in events))
        await self.rest()

    async def wait(self, **by: float) -> None:
        """Time passes; what is due is done."""
        await self.memory.tick(**by)
        await self.rest()

    async def rest(self) -> None:
        """Until nothing is under way; whatever hangs is a fault, and a machine at work is none."""
        async with asyncio.timeout(30):
            while self.memory.door.background.under_way:
                await asyncio.sleep(0.005)

    def message(self, request: str = REQUEST) -> Message:
        correspondence: Correspondence = self.memory.state(CORRESPONDENCE, request)
        (message,) = correspondence.messages
        return message

    def verbs(self) -> list[str]:
        events = self.memory.publisher.events(topics.NOTIFY_STATUS.name)
        return [event["ce_type"].removeprefix("ir.servicedesk.notify.message.").removesuffix(".v1") for event in events]


@dataclass
class ShelfHere:
    """That of the service over the memory store; `drops`: its answer is lost once it has the message."""

    notify: Notify
    drops: bool = False

    async def put(self, ref: str) -> None:
        await self._real().put(ref)
        if self.drops:
            raise ShelfAway

    async def has(self, ref: str) -> bool:
        return await self._real().has(ref)

    def _real(self) -> CorrespondenceShelf:
        door = self.notify.memory.door
        report = partial(door.report, CORRESPONDENCE)
        return CorrespondenceShelf(report, cast(Store, self.notify.store))


def _queued(row: Mapping[str, Any]) -> str:
    place: str = row["state"].get("queue") or ""
    return place
