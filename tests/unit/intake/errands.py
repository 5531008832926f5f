"""A person at the counter, once and once more: what is filed, read, ended and taken back."""

import json
from typing import Any

import httpx

from services.contracts.envelope import derived_id
from services.contracts.intake_commands import FileRequest
from services.intake.domain.messages import Filed
from tests.unit.intake.cases import (
    PERMITS_OFFICER,
    person,
)
from tests.unit.intake.edge import Intake, a_filing

ANOTHER = person(value="0499370899", mobile="09131112233")


async def filed(intake: Intake, **changes: Any) -> Any:
    response = await intake.file(**changes)
    assert response.status_code == 201, response.text
    return response.json()


async def seen(intake: Intake, id: str) -> Any:
    return (await intake.http.get(f"/v1/requests/{id}")).json()


async def ends(intake: Intake, id: str, other: str, **changes: Any) -> httpx.Response:
    return await intake.post(f"/v1/requests/{id}/duplicate", {"of": other, "officerId": PERMITS_OFFICER} | changes)


async def withdrawn(intake: Intake, id: str) -> None:
    body = {"reason": "NOT_NEEDED", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await intake.post(f"/v1/requests/{id}/withdraw", body)).status_code == 200
    await intake.memory.settle()


def told(intake: Intake, id: str) -> list[dict[str, Any]]:
    return [
        json.loads(event["value"])
        for event in intake.memory.publisher.events("sd.intake.request")
        if event["key"] == id
    ]


def one_filing(key: str, **changes: Any) -> tuple[str, Filed]:
    id = derived_id("request", PERMITS_OFFICER, key)
    return id, Filed(request_id=id, request=FileRequest.model_validate(a_filing(**changes)))
