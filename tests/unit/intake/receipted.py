"""Requests whose receipt is issued, once or anew."""

from typing import Any

from tests.unit.intake.cases import PERMITS_DESK, PERMITS_OFFICER, SOCIAL_DESK, SOCIAL_OFFICER, file_at_desk, state_of
from tests.unit.intake.edge import Intake


def a_permit() -> Any:
    return state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))


async def a_redirected_filing(intake: Intake) -> dict[str, Any]:
    filing = {"serviceId": "social-insurance-record", "deskId": SOCIAL_DESK, "officerId": SOCIAL_OFFICER}
    filed: dict[str, Any] = (await intake.file(**filing)).json()
    return filed
