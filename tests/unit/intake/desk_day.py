"""A day at a desk, as its officers have it over HTTP."""

from typing import Any

import httpx

from services.contracts.topics import INTAKE_VISIT
from services.contracts.visit import Period, VisitMoved, VisitState
from services.intake.domain.visit import Visit
from tests.unit.intake.cases import MORNING, PERMITS_DESK, PERMITS_OFFICER
from tests.unit.intake.edge import Intake

Json = dict[str, Any]


class DeskDay:
    def __init__(self, intake: Intake, desk: str = PERMITS_DESK, officer: str = PERMITS_OFFICER) -> None:
        self.intake, self.desk, self.officer = intake, desk, officer

    async def open(self, *request_ids: str, key: str | None = None, **changes: Any) -> httpx.Response:
        body = {"deskId": self.desk, "requestIds": list(request_ids), "officerId": self.officer} | changes
        return await self.intake.post("/v1/visits", body, key)

    async def ticket(self, *request_ids: str) -> str:
        """The id of a new visit."""
        answer = await self.open(*request_ids)
        assert answer.status_code == 201, answer.text
        id: str = answer.json()["visitId"]
        return id

    async def step(self, id: str, verb: str, key: str | None = None, **fields: Any) -> httpx.Response:
        return await self.intake.post(f"/v1/visits/{id}/{verb}", {"officerId": self.officer} | fields, key)

    async def do(self, id: str, *verbs: str) -> Json:
        """Each step succeeds: `call`, `serve`, `hold`, or an end by its reason."""
        answer = httpx.Response(500)
        for verb in verbs:
            fields, verb = ({"reason": verb}, "end") if verb.isupper() else ({}, verb)
            answer = await self.step(id, verb, **fields)
            assert answer.status_code == 200, answer.text
        shown: Json = answer.json()
        return shown

    async def served(self, *request_ids: str) -> str:
        id = await self.ticket(*request_ids)
        await self.do(id, "call", "serve")
        return id

    async def visit(self, id: str) -> Json:
        shown: Json = (await self.intake.http.get(f"/v1/visits/{id}")).json()
        return shown

    async def queue(self) -> Json:
        shown: Json = (await self.intake.http.get(f"/v1/desks/{self.desk}/queue")).json()
        return shown

    async def visits(self, **query: Any) -> Json:
        shown: Json = (await self.intake.http.get(f"/v1/desks/{self.desk}/visits", params=query)).json()
        return shown

    async def events(self, id: str | None = None) -> list[VisitMoved]:
        """What was published of one visit, or of all."""
        await self.intake.memory.settle()
        published = self.intake.memory.publisher.events(INTAKE_VISIT.name)
        return [VisitMoved.model_validate_json(e["value"]) for e in published if id in (None, e["key"])]


def refused(answer: httpx.Response, status: int, code: str) -> Json:
    body: Json = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    return body


def a_visit(state: VisitState) -> Visit:
    return Visit(
        id="v-1",
        desk_id="wa-tax-desk",
        org_id="wa-tax",
        day=MORNING.date(),
        ticket_no=1,
        state=state,
        periods=(Period(state=state, officer_id=None, since=MORNING),),
        opened_at=MORNING,
    )
