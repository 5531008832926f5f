"""What an agency holds already is never demanded, and that it was taken is on record (I10)."""

from services.contracts.decision import Decision
from services.contracts.service_sheet import Requirement
from services.intake.domain.messages import HeldDemanded
from services.intake.domain.request import Request
from services.intake.domain.requirements import held_by
from services.intake.handlers import REQUEST
from tests.support.sample import sample_snapshot
from tests.unit.intake.brought import DEED, PLAN, a_permit, bring, the_sheet
from tests.unit.intake.cases import (
    IDENTITY_CARD,
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    case_of,
    file_at_desk,
    move_of,
    state_of,
    submit,
    the_case,
    world,
)

DEED_FILED = {"type": DEED, "sha256": "c" * 64, "originalSeen": False, "dataref": None}


def counted(decision: Decision[Request]) -> int:
    return sum(effect.count for effect in decision.effects if isinstance(effect, HeldDemanded))


# -- what an agency holds (I10) ----------------------------------------------------------------------------------------


def test_i10_what_an_agency_holds_is_known_by_type() -> None:
    assert held_by(the_sheet(), DEED) == "wa-deeds"
    assert held_by(the_sheet(), PLAN) is None
    assert held_by(the_sheet(), "unheard-of") is None


def test_i10_what_an_agency_holds_is_never_needed_whether_it_comes_or_not() -> None:
    deed = next(r.name for r in the_sheet().requirements if r.evidence_type == DEED)
    assert deed not in the_case(a_permit(evidence=[])).needed
    assert deed not in case_of(bring(a_permit(evidence=[]), DEED)).needed


def test_i10_bringing_it_is_not_held_against_the_citizen_and_is_on_record() -> None:
    decision = bring(a_permit(), DEED)
    assert case_of(decision).evidence[-1].type == DEED
    on_record = {"type": DEED, "heldBy": "wa-deeds", "askedBy": PERMITS_OFFICER, "at": "2026-11-26T05:30:00Z"}
    assert [demand.to_wire() for demand in case_of(decision).held_demands] == [on_record]
    assert move_of(decision).to_wire()["heldDemands"] == [on_record]
    assert counted(decision) == 1
    assert counted(bring(state_of(decision), PLAN)) == 0, "counted once, not again with every later piece"
    assert counted(bring(state_of(decision), DEED)) == 1


def test_i10_a_filing_that_takes_it_is_on_record_too() -> None:
    decision = file_at_desk(
        "building-permit", PERMITS_DESK, PERMITS_OFFICER, evidence=[IDENTITY_CARD, DEED_FILED, DEED_FILED]
    )
    assert [demand.type for demand in case_of(decision).held_demands] == [DEED, DEED]
    assert counted(decision) == 2
    assert counted(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER)) == 0


def test_i10_so_is_a_kiosk_office_that_takes_it_directly_or_for_a_redirected_case() -> None:
    sheet = sample_snapshot().sheet("social-insurance-record")
    assert sheet is not None
    held = Requirement(evidence_type="deed", name="سند", original_needed=True, held_by="wa-deeds")
    here = world(MORNING, sheet.model_copy(update={"requirements": (*sheet.requirements, held)}))
    papers = [IDENTITY_CARD, IDENTITY_CARD | {"type": "deed"}]
    decision = submit(now=here, evidence=papers)
    assert [demand.asked_by for demand in case_of(decision).held_demands] == ["wa-urmia-017"]
    assert counted(decision) == 1
    redirected = state_of(file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER, here))
    redirect = the_case(redirected).redirect
    assert redirect is not None
    asks = submit(now=here, evidence=papers, redirectRef=redirect.ref).sends[0]
    honoured = REQUEST.decide[type(asks.body)](redirected, asks.body, here)
    assert [demand.asked_by for demand in case_of(honoured).held_demands] == ["wa-urmia-017"]
    assert counted(honoured) == 1
