"""A kiosk submits: one answer per content, with a code of the closed list (contract: Kiosk submission)."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.contracts.decision import NotYet, Refused
from services.contracts.entry import Status
from services.contracts.envelope import Malformed
from services.contracts.kiosk import Rejection
from services.contracts.registry import Kiosk, Partner
from services.contracts.service_sheet import Requirement
from services.contracts.topics import INTAKE_REQUEST
from services.intake.domain import submitting
from services.intake.domain.proving import request_of
from services.worktime import parse_jalali
from services.worktime.jalali import TEHRAN
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    IDENTITY_CARD,
    MORNING,
    a_message,
    at,
    case_of,
    move_of,
    outcome_of,
    person,
    submit,
    world,
)
from tests.unit.intake.kiosk_says import kiosk, rejected


def test_a_good_submission_is_a_case_with_a_promise_and_one_acceptance() -> None:
    decision = submit()
    case, outcome = case_of(decision), outcome_of(decision)
    assert (case.state, case.channel, case.unit_id) == ("PROMISED", "KIOSK_URBAN", "wa-social-security-records")
    assert move_of(decision).moves == ("request.registered", "commitment.added")
    assert outcome.moves == ("submission.accepted",)
    assert (outcome.status, outcome.request_id, outcome.tracking_code) == (
        "ACCEPTED",
        request_of("wa-urmia-017", "017-000123"),
        case.tracking_code,
    )
    assert (outcome.revision, outcome.cause_id, outcome.partner) == (1, "event-1", "pishkhan-a")
    assert outcome.promised_local == case.commitments[0].promised_local
    assert outcome.stages_ahead == case.stages
    assert outcome.responsible == case.responsible


def test_an_office_without_mobile_data_still_files_and_the_case_says_that_no_message_can_be_sent() -> None:
    assert not move_of(submit(applicant=person(mobile=None))).notifiable
    assert move_of(submit()).notifiable


def test_I12_no_event_about_a_case_names_its_person() -> None:
    """I12: only `applicantRef` travels."""
    decision = submit()
    for event in decision.events:
        text = event.to_json().decode()
        for personal in ("0013542419", "9121234567", "رضایی"):
            assert personal not in text
    assert move_of(decision).applicant_ref == case_of(submit(externalRef="other-1")).applicant_ref
    assert move_of(decision).topic() is INTAKE_REQUEST


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (Rejection.INVALID_APPLICANT, {"applicant": person(value="0013542418")}),
        (Rejection.INVALID_APPLICANT, {"applicant": person(value="1111111111")}),
        (Rejection.INVALID_APPLICANT, {"applicant": person(scheme="LEGAL_ID", value="10380284791")}),
        (Rejection.INVALID_APPLICANT, {"applicant": person(mobile="0212345678")}),
        (Rejection.INVALID_APPLICANT, {"applicant": person(name=" \u200f ")}),
        (Rejection.MISSING_EVIDENCE, {"evidence": []}),
        (Rejection.MISSING_EVIDENCE, {"evidence": [IDENTITY_CARD | {"originalSeen": False}]}),
        (Rejection.STALE, {"submittedAt": MORNING - timedelta(days=7, seconds=1)}),
        (Rejection.STALE, {"submittedAt": MORNING + timedelta(minutes=5, seconds=1)}),
        (Rejection.UNKNOWN_SERVICE, {"serviceId": "no-such-service"}),
        (Rejection.NOT_OFFERED_HERE, {"serviceId": "building-permit"}),
        (Rejection.NOT_OFFERED_HERE, {"serviceId": "opening-hours"}),
        (Rejection.PRESENCE_REQUIRED, {"serviceId": "land-deed-original"}),
        (Rejection.REDIRECT_UNKNOWN, {"redirectRef": "R-somebody-made-this-up"}),
        (Rejection.SOURCE_MISMATCH, {"source": "/kiosk/wa-khoy-003"}),
    ],
)
def test_each_reason_to_refuse_has_its_code(code: Rejection, changes: dict[str, Any]) -> None:
    rejected(submit(**changes), code)


@pytest.mark.parametrize(
    "changes", [{"valid_to": parse_jalali("1405/09/01")}, {"status": Status.SUSPENDED}, {"status": Status.RETIRED}]
)
def test_an_office_without_a_valid_licence_is_refused(changes: dict[str, Any]) -> None:
    rejected(submit(now=world(MORNING, kiosk(**changes))), Rejection.KIOSK_NOT_LICENSED)


def test_a_licence_is_valid_through_its_last_day_in_tehran() -> None:
    last_day = kiosk(valid_to=parse_jalali("1405/09/02"))
    late = at("1405/09/02 23:59")
    assert outcome_of(submit(now=world(late, last_day), submittedAt=late)).status == "ACCEPTED"


@pytest.mark.parametrize("kind", [Kiosk, Partner])
def test_what_came_on_the_last_day_and_is_read_after_it_is_judged_by_the_day_on_which_it_came(kind: Any) -> None:
    """Suspended at midnight, since the licence or the contract is over: the broker had taken it before."""
    last_day, read = parse_jalali("1405/09/02"), world("1405/09/03 00:10", ended(kind, parse_jalali("1405/09/02")))
    assert last_day < read.now.astimezone(TEHRAN).date()
    came = a_message(submittedAt=at("1405/09/02 23:58"))
    in_time = came.model_copy(update={"received_at": at("1405/09/02 23:59")})
    assert outcome_of(submitting.from_kiosk(None, in_time, read)).status == "ACCEPTED"
    late = came.model_copy(update={"received_at": at("1405/09/03 00:01")})
    rejected(submitting.from_kiosk(None, late, read), Rejection.KIOSK_NOT_LICENSED)


def test_whom_an_officer_has_suspended_is_refused_whenever_it_came() -> None:
    suspended = kiosk(valid_to=parse_jalali("1405/09/02"), status=Status.SUSPENDED)
    came = a_message(submittedAt=at("1405/09/02 23:58"))
    in_time = came.model_copy(update={"received_at": at("1405/09/02 23:59")})
    rejected(submitting.from_kiosk(None, in_time, world("1405/09/03 00:10", suspended)), Rejection.KIOSK_NOT_LICENSED)


def ended(kind: type[Kiosk | Partner], last_day: date) -> Kiosk | Partner:
    """As the registry publishes it the day after."""
    id = "wa-urmia-017" if kind is Kiosk else "pishkhan-a"
    entry = sample_snapshot().find(kind, id)
    assert isinstance(entry, Kiosk | Partner)
    moves = (f"{kind.KIND}.recorded", f"{kind.KIND}.ended")
    return entry.model_copy(
        update={"valid_to": last_day, "status": Status.SUSPENDED, "moves": moves, "version": entry.version + 1}
    )


def test_a_rural_office_needs_an_offering_for_rural_offices() -> None:
    rejected(submit(kioskId="wa-khoy-003", serviceId="tax-clearance"), Rejection.NOT_OFFERED_HERE)
    assert outcome_of(submit(kioskId="wa-khoy-003")).partner == "pishkhan-b"


def test_missing_documents_are_named_and_what_an_agency_holds_is_never_demanded() -> None:
    assert outcome_of(submit(evidence=[])).needed == ("کارت ملی",)
    sheet = sample_snapshot().sheet("social-insurance-record")
    assert sheet is not None
    held = Requirement(
        evidence_type="birth-certificate", name="شناسنامه", original_needed=True, held_by="wa-civil-registration"
    )
    changed = sheet.model_copy(update={"requirements": (*sheet.requirements, held)})
    assert outcome_of(submit(now=world(MORNING, changed))).status == "ACCEPTED"


def test_an_unknown_office_is_waited_for_then_a_dead_letter_and_over_http_an_answer() -> None:
    with pytest.raises(NotYet):
        submit(now=world(patient=False), kioskId="wa-nowhere-001")
    with pytest.raises(Malformed) as dead:
        submit(kioskId="wa-nowhere-001")
    assert dead.value.code == Rejection.UNKNOWN_KIOSK
    with pytest.raises(Refused) as refused:
        submit(kioskId="wa-nowhere-001", via="HTTP")
    assert (refused.value.code, refused.value.status) == (Rejection.UNKNOWN_KIOSK, 422)


def test_an_unknown_service_is_waited_for_before_it_is_refused() -> None:
    with pytest.raises(NotYet):
        submit(now=world(patient=False), serviceId="no-such-service")
