"""Nothing new is promised of a unit, an agency or a desk that is not in force: nobody would keep it (domain 5)."""

from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.entry import Entry, Status
from services.contracts.kiosk import Rejection
from services.contracts.registry import Desk, Organization, Unit
from services.contracts.service_sheet import Sheet
from services.intake.domain.case_parts import Attention
from tests.support.sample import sample_snapshot
from tests.unit.intake.awaiting_documents import CONTRACT, PLAN, incomplete
from tests.unit.intake.brought import bring
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    TAX_DESK,
    TAX_OFFICER,
    case_of,
    file_at_desk,
    outcome_of,
    state_of,
    submit,
    with_authority,
    world,
)

OUT = [Status.SUSPENDED, Status.PLANNED, Status.RETIRED]
UNIT, AGENCY = (Unit, "wa-municipality-urmia-permits"), (Organization, "wa-municipality-urmia")


def out(kind: type[Entry], id: str, status: Status = Status.SUSPENDED) -> Entry:
    found = sample_snapshot().find(kind, id)
    assert found is not None
    return found.model_copy(update={"status": status})


@pytest.mark.parametrize("status", OUT)
@pytest.mark.parametrize(
    ("kind", "id"),
    [(Unit, "wa-social-security-records"), (Organization, "wa-social-security"), (Desk, SOCIAL_DESK)],
    ids=["unit", "agency", "desk"],
)
def test_a_kiosk_is_told_that_it_is_not_offered_and_what_is_out_of_service(
    kind: type[Entry], id: str, status: Status
) -> None:
    outcome = outcome_of(submit(None, world(MORNING, out(kind, id, status))))
    assert (outcome.code, outcome.detail) == (Rejection.NOT_OFFERED_HERE, f"{kind.KIND}/{id} is {status}")
    assert outcome_of(submit()).code is None, "when it is back, another submission is taken"


@pytest.mark.parametrize("status", OUT)
@pytest.mark.parametrize(("kind", "id"), [UNIT, AGENCY], ids=["unit", "agency"])
def test_a_desk_files_nothing_for_it(kind: type[Entry], id: str, status: Status) -> None:
    with pytest.raises(Refused) as refusal:
        file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, world(MORNING, out(kind, id, status)))
    assert (refusal.value.code, refusal.value.status) == ("OUT_OF_SERVICE", 409)
    assert f"{kind.KIND} {id}" in str(refusal.value).replace("/", " ")


@pytest.mark.parametrize(("kind", "id"), [UNIT, AGENCY], ids=["unit", "agency"])
def test_with_the_last_paper_a_case_that_is_there_goes_on_and_the_head_of_the_desk_sees_that_nobody_works_on_it(
    kind: type[Entry], id: str
) -> None:
    away = out(kind, id)
    first = state_of(bring(incomplete(), PLAN, away, copy=None, seen=True))
    promised = case_of(bring(first, CONTRACT, away, copy=None, seen=True))
    promise = promised.commitments[-1]
    assert (promised.state, promise.legal_risk, Attention.LEGAL_RISK in promised.attention) == ("PROMISED", True, True)


def test_a_desk_informs_and_decides_on_the_spot_without_the_unit() -> None:
    gone = out(*UNIT)
    told = file_at_desk(
        "building-permit", PERMITS_DESK, PERMITS_OFFICER, world(MORNING, gone), informationOnly=True, applicant=None
    )
    assert case_of(told).state == "GUIDED"
    sheet = sample_snapshot().sheet("building-permit")
    assert isinstance(sheet, Sheet)
    at_once: Any = sheet.model_copy(update={"on_spot": True})
    decide = {"result": "REFUSED", "ground": "مادهٔ ۱۰۰", "output": None}
    able = with_authority(PERMITS_OFFICER, "building-permit", actions=("REGISTER", "DECIDE"))
    done = file_at_desk(
        "building-permit", PERMITS_DESK, PERMITS_OFFICER, world(MORNING, gone, at_once, able), decide=decide
    )
    assert case_of(done).result is not None


def second_desk(desk_id: str, officer_id: str) -> list[Entry]:
    """Another desk of the agency, where the officer serves."""
    officer = sample_snapshot().officer(officer_id)
    assert officer is not None
    other = out(Desk, desk_id, Status.ACTIVE).model_copy(update={"id": f"{desk_id}-2"})
    return [other, officer.model_copy(update={"desk_id": other.id})]


def test_nobody_is_sent_to_a_kiosk_whose_filing_no_desk_would_look_after() -> None:
    """Another desk of the agency files for itself."""
    service, there = "social-insurance-record", second_desk(SOCIAL_DESK, SOCIAL_OFFICER)
    redirected = file_at_desk(service, f"{SOCIAL_DESK}-2", SOCIAL_OFFICER, world(MORNING, *there))
    assert case_of(redirected).state == "REDIRECTED"
    alone = world(MORNING, *there, out(Desk, SOCIAL_DESK))
    filed = case_of(file_at_desk(service, f"{SOCIAL_DESK}-2", SOCIAL_OFFICER, alone))
    assert (filed.state, filed.desk_id, filed.channel) == ("PROMISED", f"{SOCIAL_DESK}-2", "AGENCY_DESK")


def test_what_is_filed_electronically_is_the_desks_where_the_person_stands_while_the_permanent_one_is_out() -> None:
    there = second_desk(TAX_DESK, TAX_OFFICER)
    for gone, desk in (([], TAX_DESK), ([out(Desk, TAX_DESK)], f"{TAX_DESK}-2")):
        filed = case_of(file_at_desk("tax-clearance", f"{TAX_DESK}-2", TAX_OFFICER, world(MORNING, *there, *gone)))
        assert (filed.channel, filed.desk_id) == ("WEB", desk)
