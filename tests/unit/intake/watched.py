"""Intake with its watch of the registry, for visits that are promised and documents that are awaited.

Requests are filed at the permits desk, which has three officers, on Monday 1405/09/02 at 10:00. The person is to come
on Sunday 1405/09/08: for an appointment at 10:10, or from ten o'clock on.
"""

from datetime import date
from typing import Any, cast

import httpx

from services.contracts.entry import Entry
from services.contracts.intake import RequestMoved
from services.contracts.registry import Desk, Officer
from services.contracts.topics import INTAKE_REQUEST
from services.contracts.working_calendar import DayException, DayKind, WorkingCalendar
from services.intake.handlers import REQUEST
from services.intake.visit_watch import VisitWatch
from services.runtime.store import Store
from tests.unit.intake.cases import PERMITS_DESK, PERMITS_OFFICER, RULES, at, notice
from tests.unit.intake.edge import Intake

SUNDAY = date(2026, 11, 29)
SLOT, TEN = at("1405/09/08 10:10"), at("1405/09/08 10:00")
FIRST, SECOND = f"{PERMITS_DESK}-01", f"{PERMITS_DESK}-02"


class Watched:
    """Intake with its watch, and a registry whose entries change."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.versions: dict[str, int] = {}
        self.watch = VisitWatch(
            cast(Store, intake.memory.store),
            intake.memory.door,
            lambda: intake.memory.registry,
            intake.memory.clock,
            RULES,
            intake.log,
        )

    async def recorded(self, *entries: Entry) -> int:
        """The registry says so from now on; how many cases it concerned."""
        self.says(*entries)
        return await self.watch.look()

    def says(self, *entries: Entry) -> None:
        """The registry says so from now on, and the watch has not come by yet."""
        for entry in entries:
            self.versions[entry.id] = max(entry.version, self.versions.get(entry.id, 0)) + 1
        newest = [entry.model_copy(update={"version": self.versions[entry.id]}) for entry in entries]
        self.intake.memory.registry = self.intake.memory.registry.with_entries(newest)

    def officer(self, id: str = FIRST, **changes: Any) -> Officer:
        known = self.intake.memory.registry.officer(id)
        assert known is not None
        return Officer.model_validate(known.to_wire() | changes)

    def desk(self, id: str = PERMITS_DESK, **changes: Any) -> Desk:
        known = self.intake.memory.registry.desk(id)
        assert known is not None
        return Desk.model_validate(known.to_wire() | changes)

    def calendar(self) -> WorkingCalendar:
        calendar = self.intake.memory.registry.calendar(self.desk().calendar_id)
        assert calendar is not None
        return calendar

    def day(self, kind: DayKind, status: Any = "CONFIRMED", day: date = SUNDAY, **changes: Any) -> WorkingCalendar:
        calendar = self.calendar()
        others = tuple(one for one in calendar.exceptions if one.date != day)
        exception = DayException(date=day, kind=kind, status=status, source="circular 1405/77", **changes)
        return calendar.model_copy(update={"exceptions": (*others, exception)})

    async def promised(self, kind: str, key: str | None = None, **changes: Any) -> str:
        id: str = (await self.intake.file(**changes.pop("filed", {}))).json()["requestId"]
        when = {"APPOINTMENT": SLOT, "NEXT_VISIT": TEN}[kind]
        answer = await self.promise(id, kind, **{"when": when.isoformat()} | changes)
        assert answer.status_code == 201, answer.text
        return id

    async def promise(self, id: str, kind: str, when: str, **changes: Any) -> httpx.Response:
        body = {"kind": kind, "at": when, "officerId": PERMITS_OFFICER} | changes
        return await self.intake.post(f"/v1/requests/{id}/commitments", body)

    async def visit(self, id: str) -> Any:
        (visit,) = await self.visits(id)
        return visit

    async def visits(self, id: str) -> list[Any]:
        return [one for one in (await self.intake.state(id)).case.commitments if one.visit]

    async def delivered(self, id: str, name: str) -> None:
        """The message has reached its person."""
        request = await self.intake.state(id)
        word = notice(request, "message.delivered", self.intake.memory.clock.now(), name=name)
        await self.intake.memory.submit(REQUEST, id, word)

    async def told(self, id: str) -> list[tuple[str, ...]]:
        await self.intake.memory.settle()
        events = [e for e in self.intake.memory.publisher.events(INTAKE_REQUEST.name) if e["key"] == id]
        return [RequestMoved.model_validate_json(event["value"]).moves for event in events]

    async def work(self) -> dict[str, list[str]]:
        answer = await self.intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")
        return {item["requestId"]: item["attention"] for item in answer.json()["items"]}
