"""A pack counts the rounds of missing documents, whoever asked for them (domain 11)."""

from typing import Any

import pytest

from services.contracts.routing import SuspensionCause
from services.ops.chance import Chance
from services.registry.domain.reported import Line, ReportedCase
from services.registry.pack.cases import Cases
from tests.unit.registry.months import BEGINS, ENDS, Life, heard, suspension


def a_case(cause: SuspensionCause) -> ReportedCase:
    """Documents were awaited before it was registered, and afterwards the unit's work stood still twice."""
    life = Life(Chance(1), 1)
    life.now = life.facts["filed_at"] = BEGINS
    life.tells("request.incomplete")
    life.tells("request.registered", "commitment.added", commitments=life.promise())
    for _ in range(2):
        stands = suspension(cause, life.now)
        life.tells("request.suspended", suspension=stands)
        life.tells("request.documents-postponed", suspension=stands)
        life.tells("request.resumed", suspension=None)
    (case,) = heard(life.events).values()
    return case


def rounds(case: ReportedCase) -> Any:
    cases = Cases(BEGINS, ENDS, lambda ref, desk_id: None)
    cases.add(case)
    return cases.counts.figures()["cases.incomplete"]["value"]


@pytest.mark.parametrize(
    ("cause", "counted"), [(cause, 3 if cause is SuspensionCause.APPLICANT else 1) for cause in SuspensionCause]
)
def test_a_round_of_missing_documents_is_counted_also_after_registration(cause: SuspensionCause, counted: int) -> None:
    """Most are asked for by the unit, whose work then stands still; what others cause is no such round."""
    assert rounds(a_case(cause)) == counted


def test_a_case_is_read_that_was_kept_before_it_was_told_why_the_work_stood_still() -> None:
    case = a_case(SuspensionCause.APPLICANT)
    lines = [{k: v for k, v in line.to_wire().items() if k != "standsFor"} for line in case.lines]
    kept = case.model_copy(update={"lines": tuple(map(Line.model_validate, lines))})
    assert rounds(kept) == 1
