"""Evidence of a case: what is needed, and what was shown (domain 3, 10; I6)."""

from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.intake import RequestState
from services.contracts.service_sheet import Requirement
from services.intake.domain import bringing
from services.intake.domain.request import Request
from services.intake.domain.states import ENDED
from services.intake.handlers import REQUEST
from tests.unit.intake.brought import CONTRACT, DEED, PLAN, a_permit, bring, the_sheet
from tests.unit.intake.cases import (
    IDENTITY_CARD,
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    TAX_OFFICER,
    answered,
    case_of,
    file_at_desk,
    move_of,
    state_of,
    submit,
    the_case,
    world,
)


def refusal(*arguments: Any, **options: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        bring(*arguments, **options)
    return refused.value


# -- what is needed ----------------------------------------------------------------------------------------------------


def test_each_document_that_comes_is_needed_no_longer() -> None:
    request = a_permit()
    names = {r.evidence_type: r.name for r in the_sheet().requirements}
    assert the_case(request).needed == (names[PLAN], names[CONTRACT])
    request = state_of(bring(request))
    assert the_case(request).needed == (names[CONTRACT],)
    assert the_case(state_of(bring(request, CONTRACT, copy=None, seen=True))).needed == ()


def test_a_copy_does_not_stand_for_an_original_that_is_needed() -> None:
    """The identity card is wanted in the original; a picture of it is kept, and it is needed all the same."""
    request = a_permit(evidence=[])
    card = next(r.name for r in the_sheet().requirements if r.evidence_type == "identity-card")
    copied = state_of(bring(request, "identity-card"))
    assert card in the_case(copied).needed
    assert card not in the_case(state_of(bring(copied, "identity-card", copy=None, seen=True))).needed


def test_the_case_keeps_what_was_taken_by_whom_and_when() -> None:
    decision = bring(a_permit(), seen=True)
    first, second = case_of(decision).evidence
    assert (first.type, first.accepted_by, first.taken_at) == ("identity-card", PERMITS_OFFICER, MORNING)
    assert second.to_wire() == {
        "type": PLAN,
        "originalSeen": True,
        "sha256": "b" * 64,
        "dataref": "copy-1",
        "contentType": "image/jpeg",
        "size": 1000,
        "acceptedBy": PERMITS_OFFICER,
        "takenAt": "2026-11-26T05:30:00Z",
    }
    assert decision.answer == {
        "number": 1,
        "type": PLAN,
        "originalSeen": True,
        "takenAt": "2026-11-26T05:30:00Z",
    }, "what is remembered for a repeat leads to no paper"


def test_others_hear_which_types_there_are_and_nothing_of_the_documents() -> None:
    event = move_of(bring(a_permit()))
    assert (event.moves, event.state) == (("request.evidence-added",), RequestState.PROMISED)
    assert event.evidence == ("identity-card", PLAN)
    told = event.to_json()
    assert b"copy-1" not in told
    assert b"bbbb" not in told


def test_evidence_moves_no_due_time() -> None:
    """I6: the promise, its history and every timer stand as they stood."""
    request = a_permit()
    brought = state_of(bring(request))
    assert the_case(brought).commitments == the_case(request).commitments
    assert the_case(brought).state is the_case(request).state
    assert REQUEST.timers is not None
    assert REQUEST.timers(brought) == REQUEST.timers(request)


# -- who, what, when ---------------------------------------------------------------------------------------------------


def test_the_sheet_says_what_may_be_brought_and_the_refusal_names_it() -> None:
    refused = refusal(a_permit(), "library-card")
    assert (refused.code, refused.status) == ("UNKNOWN_EVIDENCE_TYPE", 422)
    assert [each["type"] for each in refused.facts["allowed"]] == ["identity-card", DEED, PLAN, CONTRACT]
    assert refused.facts["errors"][0]["field"] == "type"


def test_the_sheet_is_the_one_that_the_case_was_filed_under() -> None:
    """A document that a later version asks for is not demanded of, nor taken into, a case of the version before."""
    sheet = the_sheet()
    soil = Requirement(evidence_type="soil-test", name="آزمایش خاک", original_needed=False)
    later = sheet.model_copy(update={"requirements": (*sheet.requirements, soil)})
    assert refusal(a_permit(), "soil-test", later).code == "UNKNOWN_EVIDENCE_TYPE"
    assert soil.name not in case_of(bring(a_permit(), PLAN, later)).needed


def test_only_an_officer_of_the_desk_takes_evidence() -> None:
    assert refusal(a_permit(), officer=TAX_OFFICER).status == 403
    assert refusal(a_permit(), officer="nobody").code == "UNKNOWN_OFFICER"


def test_nothing_is_not_evidence() -> None:
    refused = refusal(a_permit(), copy=None)
    assert (refused.code, refused.status) == ("NOTHING_BROUGHT", 422)


def test_a_case_that_has_ended_takes_nothing_and_one_that_is_not_there_neither() -> None:
    for state in ENDED:
        request = a_permit()
        ended = request.model_copy(update={"case": the_case(request).model_copy(update={"state": state})})
        assert refusal(ended).code == "CASE_ENDED"
    assert refusal(None).status == 404


def test_evidence_may_still_come_while_the_unit_works() -> None:
    ready = state_of(answered(a_permit(), "1405/09/04 10:00"))
    assert case_of(bring(ready)).evidence[-1].type == PLAN


def test_a_case_has_a_bounded_number_of_pieces() -> None:
    request = a_permit()
    for _ in range(bringing.MAX_PIECES - 1):
        request = state_of(bring(request))
    assert refusal(request).code == "TOO_MUCH_EVIDENCE"


def test_a_kiosk_that_honours_a_redirect_leaves_the_desks_copies_where_they_are() -> None:
    redirected = state_of(file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER))
    brought = state_of(bring(redirected, "identity-card", officer=SOCIAL_OFFICER, now="1405/09/02 10:00"))
    redirect = the_case(brought).redirect
    assert redirect is not None
    asks = submit(redirectRef=redirect.ref).sends[0]
    honoured = REQUEST.decide[type(asks.body)](brought, asks.body, world())
    assert [(piece.dataref, piece.accepted_by) for piece in case_of(honoured).evidence] == [
        (None, "wa-urmia-017"),
        ("copy-1", SOCIAL_OFFICER),
    ]


def test_what_is_needed_only_under_a_condition_is_not_demanded() -> None:
    sheet = the_sheet()
    needed = tuple(r.model_copy(update={"condition": "اگر ملک وقفی است"}) for r in sheet.requirements)
    conditional = sheet.model_copy(update={"requirements": needed})
    filed = file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, world(MORNING, conditional), evidence=[])
    assert case_of(filed).needed == ()
    assert case_of(bring(state_of(filed), PLAN, conditional)).evidence[-1].type == PLAN


def test_a_state_stored_before_evidence_was_kept_here_still_reads() -> None:
    stored = a_permit().to_wire()
    stored["case"]["evidence"] = [IDENTITY_CARD]
    del stored["case"]["heldDemands"]
    read = Request.model_validate(stored)
    assert the_case(read).evidence[0].accepted_by is None
    assert the_case(state_of(bring(read))).held_demands == ()
