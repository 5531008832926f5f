"""A permit that is filed while its documents are awaited, and what may become of it."""

from datetime import datetime
from typing import Any

import pytest

from services.contracts.decision import Decision, Refused
from services.intake.domain import bringing
from services.intake.domain.case_parts import Awaited
from services.intake.domain.messages import EvidenceBrought
from services.intake.domain.request import Request
from tests.unit.intake.cases import PERMITS_DESK, PERMITS_OFFICER, at, file_at_desk, state_of, world

PLAN, CONTRACT, DEED = "architectural-plan", "engineer-contract", "ownership-deed"
UNTIL = at("1405/09/14 10:00")
"""Ten working days of the municipality's desk after Monday 1405/09/02 10:00: Fridays are off."""


def filed(**fields: Any) -> Decision[Request]:
    """With the identity card alone: the plan and the engineer's contract are missing."""
    return file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, awaitDocuments=True, **fields)


def incomplete(**fields: Any) -> Request:
    return state_of(filed(**fields))


def awaited(request: Request) -> Awaited:
    assert request.case is not None
    assert request.case.awaited is not None
    return request.case.awaited


def bring(request: Request, type: str, now: datetime | str = "1405/09/05 09:00") -> Decision[Request]:
    message = EvidenceBrought(type=type, original_seen=True, officer_id=PERMITS_OFFICER)
    return bringing.brought(request, message, world(now))


def refused(call: Any, *arguments: Any, **options: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*arguments, **options)
    return caught.value
