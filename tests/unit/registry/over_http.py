"""The registry over HTTP, with its store in memory."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any, ClassVar

import httpx
from fastapi import FastAPI

from services.contracts.entry import Entry
from services.contracts.personal_data import NamePerson
from services.contracts.routing_rule import RoutingRule
from services.registry.api import routes
from services.registry.catalogue.importing import Importer
from services.registry.credentials import Issuer
from services.registry.handlers import (
    CATALOGUE_IMPORT,
    CLAIM,
    DUTIES,
    EDITIONS,
    FILES,
    IMPORT_PAGE,
    PARTNER_ACCESS,
    REPORTS,
    SHEET_DRAFT,
)
from services.registry.people import NoSuchPerson
from services.registry.promises import Crossing, PromisesAway
from services.registry.routed import RoutingAway
from services.runtime.http import add_calls, application
from tests.unit.registry.governorate import Office, province


class NobodyKnown:
    async def ref(self, person: NamePerson) -> str:
        raise NoSuchPerson


@dataclass
class NoPromises:
    asked: list[tuple[str, date, tuple[str, ...]]] = field(default_factory=list)
    """Of which calendar, from which day on, in which counties."""
    former: list[str] = field(default_factory=list)
    """Of which desks that work by another calendar now it was asked last."""
    standing: int = 0
    away: bool = False

    async def crossing(self, calendar_id: str, day: date, counties: Iterable[str], former: Sequence[str]) -> Crossing:
        self.asked.append((calendar_id, day, tuple(counties)))
        self.former = list(former)
        return Crossing(len(self.asked), ())

    async def standing_on(self, calendar_id: str, former: Sequence[str]) -> int:
        if self.away:
            raise PromisesAway
        self.former = list(former)
        return self.standing


@dataclass
class IntakeHas:
    """Which version of every partner and office intake goes by; None = it does not answer."""

    version: int | None = None

    async def judges_by(self, kind: type[Entry], id: str) -> int | None:
        return self.version


@dataclass
class RoutingSays:
    """That it would be as somebody says, or nothing."""

    answer: dict[str, Any] = field(default_factory=dict)
    away: bool = False
    asked: list[tuple[RoutingRule, int]] = field(default_factory=list)

    async def by_rule(self, rule: RoutingRule, days: int) -> dict[str, Any]:
        self.asked.append((rule, days))
        if self.away:
            raise RoutingAway
        return self.answer


@dataclass
class Registry:
    office: Office
    http: httpx.AsyncClient
    promises: NoPromises
    intake: IntakeHas
    routed: RoutingSays
    _keys: Iterable[int] = field(default_factory=count)

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.http.get(f"/v1/{path}", params=query)

    async def put(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return await self._sent("PUT", path, body, headers)

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return await self._sent("POST", path, body, {"Idempotency-Key": f"key-{next(iter(self._keys))}"} | headers)

    async def _sent(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        answer = await self.http.request(method, f"/v1/{path}", json=body, headers=headers)
        await self.office.settle()
        return answer


class StandIn:
    """Whatever is behind it at the moment of a call."""

    def __init__(self) -> None:
        self.behind: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)


class Edge:
    """The registry's calls, over whichever office is behind them: to make them takes longer than most tests."""

    idle: ClassVar[list["Edge"]] = []

    def __init__(self) -> None:
        async def ready() -> tuple[bool, dict[str, Any]]:
            return True, {}

        self.door, self.store, self.promises, self.intake, self.routed, self.importer, self.clock = (
            StandIn() for _ in range(7)
        )
        self.app = application("registry", ready=ready, metrics=lambda: b"", asyncapi=dict)
        behind: dict[str, Any] = {
            "door": self.door,
            "store": self.store,
            "promises": self.promises,
            "people": NobodyKnown(),
            "intake": self.intake,
            "routed": self.routed,
            "importer": self.importer,
            "clock": self.clock,
        }
        issuer = Issuer(b"a key of the registry, 32 bytes.")
        add_calls(self.app, routes(**behind, issuer=issuer, grace=timedelta(hours=24)))

    @classmethod
    @contextmanager
    def before(cls, office: Office, promises: NoPromises, intake: IntakeHas, routed: RoutingSays) -> Iterator[FastAPI]:
        """An application of no other test."""
        edge = cls.idle.pop() if cls.idle else cls()
        edge.door.behind, edge.store.behind, edge.clock.behind = office.door, office.readable, office.clock
        edge.promises.behind, edge.intake.behind, edge.routed.behind = promises, intake, routed
        edge.importer.behind = Importer()
        yield edge.app
        cls.idle.append(edge)


@asynccontextmanager
async def registry_of_the_province() -> AsyncIterator[Registry]:
    office = Office(
        [
            *FILES.values(),
            *EDITIONS.values(),
            SHEET_DRAFT,
            PARTNER_ACCESS,
            CLAIM,
            CATALOGUE_IMPORT,
            IMPORT_PAGE,
            *DUTIES,
            *REPORTS,
        ]
    )
    await office.put(*province()._newest.values())

    promises, intake, routed = NoPromises(), IntakeHas(), RoutingSays()
    with Edge.before(office, promises, intake, routed) as app:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with office.serving(), httpx.AsyncClient(transport=transport, base_url="http://registry") as http:
            yield Registry(office, http, promises, intake, routed)
