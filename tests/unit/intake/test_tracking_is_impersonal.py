"""Whatever state a case is in, what its code shows names nobody and no document (domain 8)."""

import json
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.intake import REQUEST_VERBS, RequestState
from services.contracts.kiosk import Applicant, Evidence, Scheme
from services.intake.domain.case_parts import Happened, Role
from services.intake.domain.people import Representation
from services.intake.tracking_view import track_view
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    a_result,
    case_of,
    file_at_desk,
    province,
    submit,
)

FILED = case_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
FROM_A_KIOSK = case_of(submit())
REDIRECTED = case_of(file_at_desk("social-insurance-record", "wa-social-security-desk", "wa-social-security-desk-01"))

WORDS = st.text("ضصثقفغعه", min_size=12, max_size=20)
"""Letters that stand so in no text of ours."""
NUMBERS = st.integers(77 * 10**10, 78 * 10**10).map(str)


class Confidence(NamedTuple):
    """All that a case may hold of a person, by field, and the texts of it that must not be shown."""

    fields: dict[str, Any]
    texts: list[str]


@st.composite
def confidences(draw: st.DrawFn) -> Confidence:
    texts: list[str] = []

    def told(strategy: st.SearchStrategy[str]) -> str:
        texts.append(draw(strategy))
        return texts[-1]

    person = Applicant.model_construct(
        scheme=Scheme.NID, value=told(NUMBERS), name=told(WORDS), mobile=told(NUMBERS), county=told(WORDS)
    )
    speaks = Representation.model_construct(
        scheme=Scheme.NID,
        value=told(NUMBERS),
        name=told(WORDS),
        mobile=told(NUMBERS),
        mandate="COURT",
        mandate_number=told(WORDS),
        mandate_until=None,
    )
    piece = Evidence.model_construct(type=told(WORDS), sha256="f" * 64, original_seen=True, dataref=told(WORDS))
    output = {"type": told(WORDS), "note": told(WORDS)}
    fields = {
        "applicant": person,
        "applicant_ref": told(NUMBERS),
        "representative": speaks,
        "representative_ref": told(NUMBERS),
        "evidence": (piece,),
        "needed": (told(WORDS),),
        "amount": int(told(NUMBERS)),
        "priority_class": told(WORDS),
        "legal_basis": told(WORDS),
        "note": told(WORDS),
        "not_on_spot_reason": told(WORDS),
        "result": a_result(ground=told(WORDS)).model_copy(update={"output": output}),
    }
    return Confidence(fields, texts)


@pytest.mark.parametrize("state", RequestState)
@settings(max_examples=10, derandomize=True)
@given(confidence=confidences())
def test_no_state_shows_what_was_told_in_confidence(state: RequestState, confidence: Confidence) -> None:
    history = tuple(Happened(at=MORNING + timedelta(hours=1), type=verb, by=Role.OFFICER) for verb in REQUEST_VERBS)
    for case in (FILED, FROM_A_KIOSK, REDIRECTED):
        case = case.model_copy(update={**confidence.fields, "state": state, "history": history})
        shown = json.dumps(track_view(case, province(), MORNING, survey_until=MORNING), ensure_ascii=False)
        assert [text for text in confidence.texts if text in shown] == []
