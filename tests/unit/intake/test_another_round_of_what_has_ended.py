"""Another round for a unit that is not in force: nobody would keep its promise, and somebody has to know (domain 5)."""

import pytest

from services.contracts.decision import Refused
from services.contracts.entry import Entry, Status
from services.contracts.intake_commands import FileObjection, Reopen
from services.contracts.routing import DueCause
from services.intake.domain.again import objected, reopened
from services.intake.domain.case_parts import Attention
from services.intake.domain.moving import re_projected
from tests.unit.intake.cases import MORNING, PERMITS_OFFICER, case_of, happens, move_of, state_of, the_case, world
from tests.unit.intake.rounds import DAY, HEAD, OTHER, WHY, a_permit, objects, of_round
from tests.unit.intake.test_out_of_service import AGENCY, OUT, UNIT, out
from tests.unit.intake.waiting import gone, moved

THEN = MORNING + DAY
NOBODY_WORKS = pytest.mark.parametrize(("kind", "id"), [UNIT, AGENCY], ids=["unit", "agency"])


@pytest.mark.parametrize("status", OUT)
@NOBODY_WORKS
def test_nothing_is_reopened_for_it(kind: type[Entry], id: str, status: Status) -> None:
    body = {"reason": "OUR_ERROR", "officerId": OTHER, "secondOfficerId": HEAD}
    with pytest.raises(Refused) as refusal:
        reopened(a_permit(), Reopen.model_validate(body), world(THEN, out(kind, id, status)))
    assert (refusal.value.code, refusal.value.status) == ("OUT_OF_SERVICE", 409)


@pytest.mark.parametrize("status", OUT)
@NOBODY_WORKS
def test_an_objection_is_taken_all_the_same_and_the_head_of_the_desk_sees_it(
    kind: type[Entry], id: str, status: Status
) -> None:
    """It is a right that ends with its days. The promise keeps the date that it has otherwise, and is a legal risk."""
    request = a_permit()
    body = {"reason": WHY, "identitySeen": True, "officerId": PERMITS_OFFICER}
    decision = objected(request, FileObjection.model_validate(body), world(THEN, out(kind, id, status)))
    case, otherwise = case_of(decision), case_of(objects(request, THEN))
    assert move_of(decision).moves == ("request.objected", "commitment.added", "commitment.legal-risk")
    assert (case.commitments[-1].legal_risk, case.attention) == (True, (Attention.LEGAL_RISK,))
    assert case.commitments[-1].promised_at == otherwise.commitments[-1].promised_at
    assert (otherwise.commitments[-1].legal_risk, otherwise.attention) == (False, ())


@NOBODY_WORKS
def test_a_day_that_closes_does_not_make_it_safe_while_nobody_works_on_it(kind: type[Entry], id: str) -> None:
    body = {"reason": WHY, "identitySeen": True, "officerId": PERMITS_OFFICER}
    gone = out(kind, id, Status.SUSPENDED)
    case = case_of(objected(a_permit(), FileObjection.model_validate(body), world(THEN, gone)))
    promise = case.commitments[-1]
    later = promise.promised_at + DAY
    moved, _ = re_projected(case, promise.id, later, world(THEN, gone), cause=DueCause.CALENDAR)
    assert moved.commitments[-1].promised_at > promise.promised_at
    assert (moved.commitments[-1].legal_risk, moved.attention) == (True, (Attention.LEGAL_RISK,))
    back, _ = re_projected(case, promise.id, later, world(THEN), cause=DueCause.CALENDAR)
    assert (back.commitments[-1].legal_risk, back.attention) == (False, ())


@NOBODY_WORKS
def test_it_is_no_risk_any_more_when_somebody_works_on_it_again(kind: type[Entry], id: str) -> None:
    """Whatever happens to it shows that; the unit begins at the latest."""
    body = {"reason": WHY, "identitySeen": True, "officerId": PERMITS_OFFICER}
    away, later = out(kind, id), THEN + DAY
    request = state_of(objected(a_permit(), FileObjection.model_validate(body), world(THEN, away)))
    word = of_round(request, 2, "task.assigned", now=later)
    waits = case_of(happens(request, word, world(later, away)))
    assert (waits.commitments[-1].legal_risk, waits.attention) == (True, (Attention.LEGAL_RISK,))
    for known in (state_of(happens(request, word, world(later))), moved(request, "1405/09/05 10:00")):
        case = the_case(known)
        assert (case.commitments[-1].legal_risk, case.attention) == (False, ())
        assert case.commitments[-1].promised_at == waits.commitments[-1].promised_at
    started = happens(request, of_round(request, 2, "task.started", now=later), world(later))
    assert not move_of(started).commitments[-1].legal_risk
    again = case_of(happens(request, word, world(later, gone())))
    assert again.attention == (Attention.LEGAL_RISK,), "nor does the desk open before the law's limit"
