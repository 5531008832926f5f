"""Receipts of cases that go on."""

from datetime import timedelta

from services.contracts.commitment import Commitment, CommitmentKind, ExpectedVisit
from services.intake.domain.case import Case
from services.intake.domain.request import Request
from tests.unit.intake.cases import (
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    at,
    file_at_desk,
    state_of,
)

LATER = at("1405/09/10 11:00")


def a_permit() -> Request:
    return state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))


def a_redirected_request() -> Request:
    return state_of(file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER))


def a_visit(case: Case, **changes: object) -> Commitment:
    visit = {
        "id": "visit",
        "kind": CommitmentKind.NEXT_VISIT,
        "promised_at": LATER - timedelta(days=3),
        "visit": ExpectedVisit(until=LATER),
    }
    return case.commitments[0].model_copy(update=visit | changes)
