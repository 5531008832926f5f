"""The channel that each service of the sample province takes at a desk (domain 5; I4)."""

from typing import Any

import pytest

from services.contracts.decision import Refused
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    DEEDS_DESK,
    DEEDS_OFFICER,
    HOURS_DESK,
    HOURS_OFFICER,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    TAX_DESK,
    TAX_OFFICER,
    case_of,
    file_at_desk,
    person,
    world,
)
from tests.unit.intake.edge import Intake


def test_tax_clearance_for_somebody_able_and_willing_is_filed_electronically_here() -> None:
    case = case_of(file_at_desk("tax-clearance", TAX_DESK, TAX_OFFICER))
    assert (case.state, case.channel, case.channel_reason) == ("PROMISED", "WEB", "E_FIRST")
    assert case.redirect is None


def test_tax_clearance_for_somebody_not_able_goes_to_a_kiosk_that_offers_it() -> None:
    case = case_of(file_at_desk("tax-clearance", TAX_DESK, TAX_OFFICER, electronicallyAble=False))
    assert (case.state, case.channel, case.channel_reason) == ("REDIRECTED", "KIOSK_URBAN", "ASSISTED")
    assert case.redirect is not None
    assert {k.kiosk_class for k in case.redirect.kiosks} == {"URBAN"}


def test_where_no_kiosk_offers_it_the_desk_takes_the_person_who_is_not_able() -> None:
    stranger = person(county="chaldoran")
    case = case_of(file_at_desk("tax-clearance", TAX_DESK, TAX_OFFICER, willing=False, applicant=stranger))
    assert (case.state, case.channel, case.channel_reason) == ("PROMISED", "AGENCY_DESK", "ASSISTED")


def test_an_insurance_record_is_redirected_to_the_kiosks_of_the_county_with_a_reference() -> None:
    decision = file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER)
    case = case_of(decision)
    assert (case.state, case.channel_reason) == ("REDIRECTED", "KIOSK")
    assert case.redirect is not None
    assert case.redirect.ref.startswith("R-")
    assert "wa-urmia-040" not in {k.id for k in case.redirect.kiosks}, "its licence ended in Khordad"
    assert decision.answer is not None
    assert decision.answer["redirect"]["ref"] == case.redirect.ref
    assert decision.answer["commitments"] == []


def test_a_building_permit_is_filed_at_the_desk_alone() -> None:
    case = case_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    assert (case.state, case.channel, case.channel_reason) == ("PROMISED", "AGENCY_DESK", "DESK_ONLY")


def test_an_original_deed_needs_presence_by_law() -> None:
    case = case_of(file_at_desk("land-deed-original", DEEDS_DESK, DEEDS_OFFICER))
    assert (case.state, case.channel, case.channel_reason) == ("PROMISED", "AGENCY_DESK", "PRESENCE")
    assert case.presence == "ORIGINAL"


def test_information_is_answered_now_without_an_applicant_or_a_promise() -> None:
    decision = file_at_desk(
        "opening-hours", HOURS_DESK, HOURS_OFFICER, informationOnly=True, applicant=None, evidence=[]
    )
    case = case_of(decision)
    assert (case.state, case.channel_reason, case.commitments) == ("GUIDED", "INFO", ())
    assert decision.events[0].moves == ("request.guided",)


@pytest.mark.parametrize("asked", [{"informationOnly": True, "applicant": None}, {}])
def test_information_is_not_decided(asked: dict[str, Any]) -> None:
    """Somebody who decides has understood it as a case: nothing of that is dropped in silence."""
    with pytest.raises(Refused) as refusal:
        file_at_desk("opening-hours", HOURS_DESK, HOURS_OFFICER, decide={"result": "GRANTED"}, **asked)
    assert (refusal.value.code, refusal.value.status) == ("NOTHING_TO_DECIDE", 422)
    assert [error["field"] for error in refusal.value.facts["errors"]] == ["decide"]


async def test_why_somebody_needs_help_stays_with_the_case(intake: Intake) -> None:
    asked = {"serviceId": "tax-clearance", "deskId": TAX_DESK, "officerId": TAX_OFFICER}
    filed = await intake.file(**asked, electronicallyAble=False, assistanceReason="DISABILITY")
    shown = (await intake.http.get(f"/v1/requests/{filed.json()['requestId']}")).json()
    assert (shown["channelReason"], shown["assistanceReason"]) == ("ASSISTED", "DISABILITY")
    assert "DISABILITY" not in str(intake.memory.publisher.events()), "it is nobody else's business (I12)"


def test_an_offering_that_has_ended_is_no_longer_a_channel() -> None:
    offering = next(o for o in sample_snapshot().offerings("tax-clearance") if o.channel == "WEB")
    ended = offering.model_copy(update={"valid_to": world().now.date().replace(day=1)})
    case = case_of(file_at_desk("tax-clearance", TAX_DESK, TAX_OFFICER, world("1405/09/02 10:00", ended)))
    assert case.channel_reason == "KIOSK"
