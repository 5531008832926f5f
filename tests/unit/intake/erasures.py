"""A closed case, and the erasure of the person it was about."""

from typing import Any

from tests.unit.intake.cases import PERMITS_DESK, PERMITS_OFFICER
from tests.unit.intake.edge import Intake

HEAD = "wa-municipality-urmia-desk-01"
CLERK = "wa-municipality-urmia-desk-02"
WITHDRAWN = {"reason": "NOT_NEEDED", "identitySeen": True, "officerId": PERMITS_OFFICER}
LONG_ENOUGH = {"minutes": 3}
SECRETS = ("0013542419", "9121234567", "زهرا", "رضایی", "یادداشت")


async def erase(intake: Intake, value: str = "0013542419", **changes: Any) -> Any:
    body = {
        "applicant": {"scheme": "NID", "value": value},
        "ground": "APPLICANT_ASKS",
        "deskId": PERMITS_DESK,
        "officerId": CLERK,
        "secondOfficerId": HEAD,
    }
    return await intake.http.post("/v1/applicants/erase", json=body | changes)


async def closed(intake: Intake, **changes: Any) -> dict[str, Any]:
    """A case that its applicant has taken back."""
    filed: dict[str, Any] = (await intake.file(note="یادداشت", **changes)).json()
    answer = await intake.post(f"/v1/requests/{filed['requestId']}/withdraw", WITHDRAWN)
    assert answer.status_code == 200, answer.text
    return filed


async def carried_out(intake: Intake) -> int:
    async with intake.memory.serving():
        return await intake.erasures.carry_out()


async def erased(intake: Intake) -> None:
    assert (await erase(intake)).status_code == 202
    intake.memory.clock.advance(**LONG_ENOUGH)
    assert await carried_out(intake) == 1


def stored(intake: Intake) -> str:
    return repr(intake.memory.store.collections["request"])
