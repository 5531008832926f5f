"""Appointments at the permits desk: three officers, slots of twenty minutes, filed on Monday 1405/09/02 at 10:00."""

from typing import Any

import httpx

from services.intake.domain.desk_slots import slots_id
from services.intake.handlers import DESK_SLOTS
from tests.unit.intake.cases import PERMITS_DESK, PERMITS_OFFICER, at
from tests.unit.intake.edge import Intake

SLOT = at("1405/09/08 10:10")
DAY = slots_id(PERMITS_DESK, SLOT.date())
FIRST, SECOND, THIRD = (f"{PERMITS_DESK}-0{number}" for number in (1, 2, 3))


async def book(intake: Intake, id: str, key: str | None = None, **changes: Any) -> httpx.Response:
    body = {"kind": "APPOINTMENT", "at": SLOT.isoformat(), "officerId": PERMITS_OFFICER} | changes
    return await intake.post(f"/v1/requests/{id}/commitments", body, key)


async def filed(intake: Intake) -> str:
    id: str = (await intake.file()).json()["requestId"]
    return id


async def booked(intake: Intake, **changes: Any) -> str:
    """A filed request with an appointment."""
    id = await filed(intake)
    answer = await book(intake, id, **changes)
    assert answer.status_code == 201, answer.text
    return id


async def appointments(intake: Intake, id: str) -> list[Any]:
    return [one for one in (await intake.state(id)).case.commitments if one.visit]


def bookings(intake: Intake) -> list[tuple[str, str]]:
    """Request and officer of each booking of the day."""
    day = intake.memory.state(DESK_SLOTS, DAY)
    return [(one.request_id, one.officer_id) for one in day.booked] if day else []


async def free(intake: Intake, **query: Any) -> dict[str, list[str]]:
    """The free slots of the day, by local time, with the officers who are free then."""
    asked: dict[str, Any] = {"from": "1405/09/08", "days": 1} | query
    answer = await intake.http.get(f"/v1/desks/{PERMITS_DESK}/slots", params=asked)
    assert answer.status_code == 200, answer.text
    (day,) = answer.json()["days"]
    return {slot["atLocal"].split(" ")[1]: slot["officers"] for slot in day["slots"]}


async def withdraw(intake: Intake, id: str) -> None:
    body = {"reason": "NOT_NEEDED", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await intake.post(f"/v1/requests/{id}/withdraw", body)).status_code == 200
