"""Notify in memory, with a gateway and a directory of contacts that behave as a test wants."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from services.contracts import topics
from services.contracts.intake_commands import Contact
from services.notify.circuit_breaker import CircuitBreaker
from services.notify.contacts import ContactsAway
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.message import Message
from services.notify.domain.notices import Purpose
from services.notify.domain.rules import Rules
from services.notify.handlers import CLOSURE, CORRESPONDENCE, TEMPLATE
from services.notify.sender import Sender
from services.notify.template_book import TemplateBook
from services.runtime.store import Store
from services.runtime.telemetry import logger
from tests.support.fake_gateway import FakeGateway
from tests.support.memory_door import MemoryDoor
from tests.support.readable_store import ReadableStore
from tests.unit.notify.cases import REGISTERED, REQUEST

MOBILE, NAME = "+989121234567", "زهرا کریمی"


@dataclass
class FakeDirectory:
    mobile: str | None = MOBILE
    away: bool = False
    unknown: bool = False
    look_ups: list[tuple[str, ...]] = field(default_factory=list)

    async def contacts(self, request_ids: Iterable[str], purpose: Purpose) -> Mapping[str, Contact]:
        self.look_ups.append(tuple(request_ids))
        if self.away:
            raise ContactsAway("ConnectError")
        if self.unknown:
            return {}
        return {id: Contact(request_id=id, name=NAME, mobile=self.mobile) for id in self.look_ups[-1]}


class Notify:
    """Notify in memory: the door, the sender, a gateway and a directory of contacts."""

    def __init__(self, gateway: FakeGateway | None = None, **rules: Any) -> None:
        self.gateway, self.directory = gateway or FakeGateway(), FakeDirectory()
        self.book = TemplateBook(Rules(**rules))
        self.sender = Sender(
            report=lambda id, answer: self.memory.door.submit(CORRESPONDENCE, id, answer),
            provider=self.gateway,
            directory=self.directory,
            catalogue=self.book,
            log=logger("notify", "ERROR"),
            circuit_breaker=CircuitBreaker(failures=3, rest=600),
        )
        self.store = ReadableStore()
        self.memory = MemoryDoor(
            "notify",
            [CORRESPONDENCE, CLOSURE, TEMPLATE],
            rules=self.book.rules,
            store=self.store,
            perform=self.book.known_first(cast(Store, self.store), self.sender.perform),
        )

    async def hear(self, *requests: str) -> None:
        events = [REGISTERED.model_copy(update={"request_id": id}) for id in requests or (REQUEST,)]
        await asyncio.gather(*(self.memory.door.submit(CORRESPONDENCE, e.request_id, e) for e in events))
        await self.rest()

    async def wait(self, **by: float) -> None:
        """Time passes; what is due is done."""
        await self.memory.tick(**by)
        await self.rest()

    async def rest(self) -> None:
        async with asyncio.timeout(5):
            while self.memory.door.background.under_way:
                await asyncio.sleep(0.005)

    def message(self, request: str = REQUEST) -> Message:
        correspondence: Correspondence = self.memory.state(CORRESPONDENCE, request)
        (message,) = correspondence.messages
        return message

    def verbs(self) -> list[str]:
        events = self.memory.publisher.events(topics.NOTIFY_STATUS.name)
        return [event["ce_type"].removeprefix("ir.servicedesk.notify.message.").removesuffix(".v1") for event in events]
