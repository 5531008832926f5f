"""Intake without servers: its door in memory, its API called in the process, and the bodies that come to both."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any, cast

import httpx
from pydantic import SecretStr

from services.contracts.routing import Suspension, SuspensionCause, SuspensionReason
from services.intake.access import Accesses
from services.intake.api import routes
from services.intake.copies import Copies
from services.intake.copy_keys import CopyKeys
from services.intake.domain.duplicates import PlaceLeft
from services.intake.erasures import Erasures
from services.intake.handlers import CONSUMES, DESK_QUEUE, DESK_SLOTS, ILLEGAL_DEMAND, REQUEST, VISIT
from services.intake.settings import Settings
from services.intake.store import INDEXES
from services.intake.succession import succeed
from services.runtime.http import add_calls, application
from services.runtime.message import Performed
from services.runtime.seal import Sealer
from services.runtime.store import Store
from tests.support.memory_door import MemoryDoor, SetClock
from tests.support.memory_files import Judge, MemoryFiles
from tests.support.memory_journal import MemoryJournal
from tests.support.readable_store import ReadableStore
from tests.support.signing import api_key, signing_snapshot
from tests.unit.intake.cases import IDENTITY_CARD, MORNING, PERMITS_DESK, PERMITS_OFFICER, RULES, answered, person, work


def a_door(store: ReadableStore | None = None) -> MemoryDoor:
    async def perform(effects: Sequence[Performed]) -> None:
        left = [performed.effect for performed in effects if isinstance(performed.effect, PlaceLeft)]
        await succeed(cast(Store, door.store), door.door, left)

    door = MemoryDoor(
        "intake",
        [REQUEST, DESK_QUEUE, DESK_SLOTS, VISIT, ILLEGAL_DEMAND],
        rules=RULES,
        registry=signing_snapshot(),
        inbound=CONSUMES,
        store=store or ReadableStore(indexes=INDEXES),
        clock=SetClock(MORNING),
        perform=perform,
    )
    return door


class KeptLog:
    """What the edge logs: words and facts."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def info(self, words: str, **facts: Any) -> None:
        self.lines.append((words, facts))

    warning = error = info


class Intake:
    """The service as its callers meet it over HTTP."""

    def __init__(self, **settings: Any) -> None:
        self.memory = a_door()
        self.files, self.journal, self.log = MemoryFiles(), MemoryJournal(), KeptLog()
        accesses, store = Accesses(self.journal, self.memory.clock), cast(Store, self.memory.store)
        self.erasures = Erasures(store, self.memory.door, self.files, accesses, self.memory.clock, self.log)
        app = application("intake", ready=self._ready, metrics=lambda: b"", asyncapi=dict)
        add_calls(
            app,
            routes(
                self.memory.door,
                cast(Store, self.memory.store),
                snapshot=lambda: self.memory.registry,
                clock=self.memory.clock,
                log=self.log,
                settings=Settings(code_key=SecretStr(b64encode(RULES.secret).decode()), **settings),
                copies=Copies(self.files, Judge(), CopyKeys(self.memory.store.keys, Sealer(bytes(32))), self.log),
                accesses=accesses,
                erasures=self.erasures,
            ),
        )
        self.app = app
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://intake",
            headers={"Authorization": f"Bearer {api_key('pishkhan-a')}"},
        )
        self._keys = 0

    def called_from(self, address: str) -> httpx.AsyncClient:
        """A caller whose connection comes from this address."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app, client=(address, 50_000)), base_url="http://i")

    async def _ready(self) -> tuple[bool, dict[str, Any]]:
        return True, {}

    async def post(self, path: str, body: Any, key: str | None = None, **headers: str) -> httpx.Response:
        self._keys += 1
        return await self.http.post(
            path, json=body, headers={"Idempotency-Key": key or f"a-key-nobody-has-{self._keys}"} | headers
        )

    async def file(self, key: str | None = None, **changes: Any) -> httpx.Response:
        return await self.post("/v1/requests", a_filing(**changes), key)

    async def bring(
        self, id: str, content: bytes | None = None, key: str | None = None, **fields: str
    ) -> httpx.Response:
        """A piece of evidence, as a form; without content the original was seen."""
        self._keys += 1
        given = {"type": "architectural-plan", "originalSeen": "true", "officerId": PERMITS_OFFICER} | fields
        parts: Any = {name: (None, value) for name, value in given.items()}
        if content is not None:
            parts["file"] = ("../../the citizen's own name.exe", content, "text/html")
        headers = {"Idempotency-Key": key or f"a-key-nobody-has-{self._keys}"}
        return await self.http.post(f"/v1/requests/{id}/evidence", files=parts, headers=headers)

    async def state(self, id: str) -> Any:
        return self.memory.state(REQUEST, id)

    async def stands_still(self, id: str) -> None:
        """Until another agency has replied."""
        request = self.memory.state(REQUEST, id)
        lasting = Suspension(
            number=1,
            cause=SuspensionCause.OTHER_AGENCY,
            reason=SuspensionReason.AGENCY_REPLY,
            from_at=MORNING,
            until=request.case.commitments[0].promised_at,
            by="wa-officer-1",
        )
        word = work(request, "clock.suspended")
        clock = word.clock.model_copy(update={"suspensions": (lasting,)})
        await self.memory.submit(REQUEST, id, word.model_copy(update={"clock": clock}))

    async def unit_answers(self, id: str) -> None:
        request = self.memory.state(REQUEST, id)
        decided = answered(request).events[0]
        await self.memory.submit(REQUEST, id, work(request, "result.decided", result=cast(Any, decided).result))


def a_filing(**changes: Any) -> dict[str, Any]:
    return {
        "serviceId": "building-permit",
        "deskId": PERMITS_DESK,
        "applicant": person(),
        "representative": None,
        "evidence": [IDENTITY_CARD],
        "informationOnly": False,
        "electronicallyAble": True,
        "willing": True,
        "assistanceReason": None,
        "priorityClass": None,
        "legalBasis": None,
        "amount": None,
        "area": None,
        "visitId": None,
        "redirectRef": None,
        "note": None,
        "notOnSpotReason": None,
        "decide": None,
        "officerId": PERMITS_OFFICER,
    } | changes


def a_submission(**changes: Any) -> dict[str, Any]:
    return {
        "externalRef": "017-1",
        "kioskId": "wa-urmia-017",
        "serviceId": "social-insurance-record",
        "applicant": person(),
        "evidence": [IDENTITY_CARD],
        "amount": None,
        "area": None,
        "revision": 1,
        "redirectRef": None,
        "submittedAt": "2026-11-23T06:20:00Z",
    } | changes
