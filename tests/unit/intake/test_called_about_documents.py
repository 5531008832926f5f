"""Whom the desk calls about documents: only while it is they that are waited for (domain 3)."""

from datetime import datetime, timedelta

from services.contracts.routing import Suspension, SuspensionCause, SuspensionReason, WorkMoved
from services.intake.domain.case_parts import Attention
from services.intake.domain.request import Request
from tests.unit.intake.awaiting_documents import PLAN
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    at,
    file_at_desk,
    happens,
    person,
    state_of,
    the_case,
    work,
    world,
)


def suspended_for(request: Request, *ledger: Suspension, now: datetime = MORNING) -> Request:
    event = work(request, "clock.suspended", now=now)
    word: WorkMoved = event.model_copy(update={"clock": event.clock.model_copy(update={"suspensions": ledger})})
    return state_of(happens(request, word, world(now)))


def for_documents(number: int, *types: str) -> Suspension:
    return Suspension(
        number=number,
        cause=SuspensionCause.APPLICANT,
        reason=SuspensionReason.MISSING_DOCUMENT,
        evidence_types=types,
        from_at=MORNING,
        by="wa-officer-1",
    )


def for_an_agency(number: int, since: datetime) -> Suspension:
    return Suspension(
        number=number,
        cause=SuspensionCause.OTHER_AGENCY,
        reason=SuspensionReason.AGENCY_REPLY,
        from_at=since,
        until=since + timedelta(days=10),
        by="wa-officer-1",
    )


def test_nobody_is_called_about_documents_when_it_is_an_agency_that_is_waited_for() -> None:
    """Went on and stands still again, told in one word (a lost word: the next tells the whole ledger)."""
    filed = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, applicant=person(mobile=None)))
    first = for_documents(1, PLAN)
    still = suspended_for(filed, first)
    assert the_case(still).attention == (Attention.REMIND_OF_DOCUMENTS,)
    later = at("1405/09/03 10:00")
    again = suspended_for(still, first.model_copy(update={"to_at": later}), for_an_agency(2, later), now=later)
    case = the_case(again)
    assert (case.state, case.awaited) == ("SUSPENDED", None)
    assert case.attention == (), "nothing is awaited of its person"
