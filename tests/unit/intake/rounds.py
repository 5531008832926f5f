"""Requests that were decided, objected to and reopened, for the tests of further rounds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision, Refused
from services.contracts.intake_commands import (
    FileObjection,
    HandOver,
    Reopen,
)
from services.contracts.routing import CaseResult, ResultKind
from services.intake.domain.again import objected, reopened
from services.intake.domain.announcing import told_at_desk
from services.intake.domain.answering import work_moved
from services.intake.domain.request import Request
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    announcement,
    answered,
    file_at_desk,
    state_of,
    work,
    world,
)

REFUSED, PARTIAL, GRANTED = ResultKind.REFUSED, ResultKind.PARTIAL, ResultKind.GRANTED


WHY = "نقشه با طرح تفصیلی می‌خواند؛ خواهش می‌کنم آقای احمدی دوباره ببیند."


DAY = timedelta(days=1)


HEAD, OTHER = PERMITS_OFFICER, "wa-municipality-urmia-desk-02"


HANDED = HandOver(collected_by="APPLICANT", identity_seen=True, officer_id=PERMITS_OFFICER)


DAYS = 20
"""To object, by the sheet of building permits."""


def a_permit(kind: ResultKind = REFUSED, now: datetime = MORNING, **changes: Any) -> Request:
    """Decided and told at the desk on Monday 1405/09/02 10:00."""
    filed = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, **changes))
    ready = state_of(answered(filed, now, kind, "ضوابط شهرسازی، بند ۳"))
    return state_of(told_at_desk(ready, announcement(PERMITS_OFFICER), world(now)))


def objects(request: Request, now: Any = MORNING, **fields: Any) -> Decision[Request]:
    body = {"reason": WHY, "identitySeen": True, "officerId": PERMITS_OFFICER} | fields
    return objected(request, FileObjection.model_validate(body), world(now))


def reopens(request: Request, now: Any = MORNING, **fields: Any) -> Decision[Request]:
    body = {"reason": "OUR_ERROR", "officerId": OTHER, "secondOfficerId": HEAD} | fields
    return reopened(request, Reopen.model_validate(body), world(now))


def of_round(request: Request, number: int, *moves: str, **more: Any) -> Any:
    return work(request, *moves, **more).model_copy(update={"round": number})


def decided_again(request: Request, kind: ResultKind, now: datetime, round: int = 2) -> Decision[Request]:
    decision = answered(request, now, kind, "ضوابط شهرسازی، بند ۴")
    assert decision.state is request, "the word of an earlier round counts no more"
    result = a_second_result(kind, now)
    return work_moved(request, of_round(request, round, "result.decided", result=result, now=now), world(now))


def a_second_result(kind: ResultKind, now: datetime) -> CaseResult:
    return CaseResult(kind=kind, laws=(1,), decided_by="wa-officer-2", decided_at=now)


def refusal(call: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value
