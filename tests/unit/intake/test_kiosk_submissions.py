"""A kiosk submits: one answer per content, with a code of the closed list (contract: Kiosk submission)."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision, NotYet, Refused
from services.contracts.entry import Status
from services.contracts.envelope import Malformed
from services.contracts.kiosk import FIXABLE, Rejection
from services.contracts.registry import Kiosk, Partner
from services.contracts.service_sheet import Requirement
from services.contracts.topics import INTAKE_REQUEST
from services.intake.domain import codes, submitting
from services.intake.domain.messages import KioskUnreadable
from services.intake.domain.outcomes import MESSAGES, all_told
from services.intake.domain.proving import OWN
from services.intake.domain.request import KioskFiling, Request
from services.intake.kiosk_records import request_of
from services.worktime import parse_jalali
from services.worktime.jalali import TEHRAN
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    IDENTITY_CARD,
    MORNING,
    RULES,
    a_message,
    a_submission,
    at,
    case_of,
    move_of,
    outcome_of,
    outcomes_of,
    person,
    state_of,
    submit,
    world,
)


def kiosk(**changes: Any) -> Kiosk:
    found = sample_snapshot().kiosk("wa-urmia-017")
    assert found is not None
    return found.model_copy(update=changes)


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


def test_no_event_about_a_case_names_its_person() -> None:
    """I12: only `applicantRef` travels."""
    decision = submit()
    for event in decision.events:
        text = event.to_json().decode()
        for personal in ("0013542419", "9121234567", "رضایی"):
            assert personal not in text
    assert move_of(decision).applicant_ref == case_of(submit(externalRef="other-1")).applicant_ref
    assert move_of(decision).topic() is INTAKE_REQUEST


def rejected(decision: Decision[Request], code: Rejection) -> None:
    outcome = outcome_of(decision)
    assert (outcome.status, outcome.code, outcome.fixable) == ("REJECTED", code, code in FIXABLE)
    assert outcome.message == MESSAGES[code]
    assert state_of(decision).case is None
    assert len(decision.events) == 1


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


# --- Once only --------------------------------------------------------------------------------------------------------


def test_the_same_content_is_answered_once_however_often_and_under_whatever_event_it_comes() -> None:
    first = state_of(submit())
    for repeated in (a_message(), a_message().model_copy(update={"cause_id": "another-event"})):
        again = submitting.from_kiosk(first, repeated, world("1405/09/02 11:00"))
        assert again.state is first
        assert again.events == ()


def test_a_refused_content_is_not_judged_again_though_it_has_grown_old() -> None:
    first = state_of(submit(evidence=[]))
    again = submit(first, now=world("1405/09/20 10:00"), evidence=[])
    assert (again.state, again.events) == (first, ())


def test_the_first_receipt_decides_whether_a_submission_is_stale() -> None:
    """A correction that comes in time is judged by its own hour, the first content keeps its answer."""
    late = at("1405/09/02 10:00") - timedelta(days=8)
    first = submit(submittedAt=late)
    rejected(first, Rejection.STALE)
    corrected = submit(state_of(first), revision=2)
    assert outcome_of(corrected).status == "ACCEPTED"


def test_a_submission_that_waited_for_us_is_judged_by_the_hour_the_broker_took_it() -> None:
    message = a_message().model_copy(update={"received_at": MORNING})
    after_an_outage = world("1405/09/20 10:00")
    assert outcome_of(submitting.from_kiosk(None, message, after_an_outage)).status == "ACCEPTED"
    unstamped = a_message()
    rejected(submitting.from_kiosk(None, unstamped, after_an_outage), Rejection.STALE)


def test_after_a_fixable_refusal_the_next_revision_is_judged_anew() -> None:
    refused = state_of(submit(evidence=[]))
    corrected = submit(refused, revision=2)
    assert (outcome_of(corrected).status, outcome_of(corrected).revision) == ("ACCEPTED", 2)
    assert [o.status for o in all_told(state_of(corrected))] == ["REJECTED", "ACCEPTED"]


def test_an_office_that_has_moved_to_another_partner_is_answered_through_that_one() -> None:
    """Refused under its former partner; what it corrects afterwards is no longer that partner's to hear."""
    refused = submit(evidence=[])
    moved = world("1405/09/03 10:00", kiosk(partner="pishkhan-b"))
    corrected = submit(state_of(refused), moved, revision=2)
    (held,) = submitting.held(state_of(refused), a_message(revision=2), moved)
    unread = submitting.unreadable(state_of(refused), an_unreadable(), moved)
    assert outcome_of(refused).partner == "pishkhan-a"
    assert [o.partner for o in (outcome_of(corrected), held, outcome_of(unread))] == ["pishkhan-b"] * 3
    told = case_of(corrected).kiosk
    assert told is not None
    assert told.ref.partner == "pishkhan-b"


def test_what_comes_once_more_after_the_office_has_moved_is_answered_no_second_time() -> None:
    refused = state_of(submit(evidence=[]))
    again = submit(refused, world("1405/09/03 10:00", kiosk(partner="pishkhan-b")), evidence=[])
    assert (again.state, again.events) == (refused, ())


def test_other_content_under_a_revision_that_was_judged_is_a_conflict() -> None:
    refused = state_of(submit(evidence=[]))
    conflict = submit(refused)
    assert (outcome_of(conflict).code, outcome_of(conflict).fixable) == (Rejection.CONFLICT, False)
    again = submit(state_of(conflict))
    assert again.events == (), "the conflict is told once too"
    corrected = submit(state_of(again), revision=2)
    assert outcome_of(corrected).status == "ACCEPTED", "a conflict takes up no revision"


@pytest.mark.parametrize("changes", [{"amount": 5}, {"revision": 2}, {"revision": 7, "evidence": []}])
def test_nothing_is_taken_under_the_same_reference_after_acceptance(changes: dict[str, Any]) -> None:
    accepted = submit()
    conflict = submit(state_of(accepted), **changes)
    assert outcome_of(conflict).code is Rejection.CONFLICT
    assert case_of(conflict) == case_of(accepted)


def test_a_revision_below_the_last_judged_is_a_conflict() -> None:
    refused = state_of(submit(evidence=[], revision=3))
    assert outcome_of(submit(refused, revision=2)).code is Rejection.CONFLICT


def test_after_a_final_refusal_a_higher_revision_is_judged_anew() -> None:
    expired = state_of(submit(now=world(MORNING, kiosk(valid_to=parse_jalali("1405/09/01")))))
    renewed = submit(expired, revision=2)
    assert outcome_of(renewed).status == "ACCEPTED"


def test_an_impostor_cannot_use_up_the_revision_of_an_office() -> None:
    foreign = state_of(submit(source="/kiosk/wa-khoy-003"))
    own = submit(foreign)
    assert outcome_of(own).status == "ACCEPTED"
    repeated = submit(state_of(own), source="/kiosk/wa-khoy-003")
    assert repeated.events == ()


def test_digits_of_another_script_are_the_same_content() -> None:
    first = state_of(submit())
    repeated = submitting.from_kiosk(first, a_message(), world())
    assert repeated.events == ()
    persian = submit(applicant=person(value="۰۰۱۳۵۴۲۴۱۹", mobile="٠٩١٢١٢٣٤٥٦٧", name="زهرا رضايي"))
    applicant = case_of(persian).applicant
    assert applicant is not None
    assert (applicant.value, applicant.mobile, applicant.name) == ("0013542419", "+989121234567", "زهرا رضایی")


def test_what_is_remembered_under_one_reference_is_bounded() -> None:
    request = state_of(submit(evidence=[]))
    for amount in range(RULES.submissions_heard - 1):
        request = state_of(submit(request, amount=amount, evidence=[]))
    with pytest.raises(Malformed) as dead:
        submit(request, amount=10_000, evidence=[])
    assert dead.value.code == "TOO_MANY_CONTENTS"
    assert submit(request, amount=3, evidence=[]).events == (), "what is remembered is still recognised"


@pytest.mark.parametrize(
    ("detail", "changes"),
    [
        ("NATIONAL_ID_CHECK: the check digit of the national id does not fit", {"value": "0013542418"}),
        ("MOBILE_FORMAT: a mobile number looks like 09121234567", {"mobile": "0212345678"}),
        ("NAME_BLANK: the name has no letter", {"name": " \u200c\u200f. "}),
    ],
)
def test_an_applicant_that_cannot_be_right_is_told_where(detail: str, changes: dict[str, Any]) -> None:
    decision = submit(applicant=person(**changes))
    told = outcome_of(decision)
    assert (told.code, told.detail) == (Rejection.INVALID_APPLICANT, detail)
    assert decision.answer == {"status": "REJECTED"} | {
        name: told.to_wire()[name] for name in ("code", "message", "fixable", "needed", "detail")
    }


# --- What could not be read -------------------------------------------------------------------------------------------


def an_unreadable(digest: str = "unreadable#1", kiosk_id: str = "wa-urmia-017", revision: int = 1) -> KioskUnreadable:
    return KioskUnreadable(
        request_id=request_of(kiosk_id, "017-000123"),
        kiosk_id=kiosk_id,
        external_ref="017-000123",
        revision=revision,
        detail="SCHEMA: wrong: amount",
        digest=digest,
        proof=OWN,
        cause_id="event-1",
    )


def test_an_unreadable_record_of_a_known_office_is_answered_once() -> None:
    decision = submitting.unreadable(None, an_unreadable(), world())
    rejected(decision, Rejection.MALFORMED)
    (told,) = all_told(state_of(decision))
    assert told.detail == "SCHEMA: wrong: amount"
    again = submitting.unreadable(state_of(decision), an_unreadable(), world())
    assert again.events == ()
    other = submitting.unreadable(state_of(decision), an_unreadable("unreadable#2"), world())
    assert len(outcomes_of(other)) == 1


def test_an_unreadable_record_of_nobody_we_know_is_answered_to_nobody() -> None:
    decision = submitting.unreadable(None, an_unreadable(kiosk_id="wa-nowhere-001"), world())
    assert (decision.state, decision.events) == (None, ())


def test_an_unreadable_record_takes_up_no_revision() -> None:
    unread = state_of(submitting.unreadable(None, an_unreadable(), world()))
    assert outcome_of(submit(unread, revision=1)).status == "ACCEPTED"


def test_a_submission_held_by_a_fault_of_ours_is_told_not_to_be_sent_again() -> None:
    (told,) = submitting.held(None, a_message(), world())
    assert (told.status, told.code, told.revision) == ("PROGRESS", None, a_submission().revision)
    assert told.moves == ("submission.progressed",)
    assert submitting.held(None, a_message(source="/kiosk/wa-khoy-003"), world()) == ()


# --- what is kept to know a content again -----------------------------------------------------------------------------


def the_filing(decision: Decision[Request]) -> KioskFiling:
    filing = state_of(decision).filing
    assert filing is not None
    return filing


def test_what_is_kept_of_a_content_cannot_be_tried_out_without_the_key() -> None:
    """A whole submission has little in it that is not known: its hash alone would tell who filed (I12)."""
    message = a_message()
    (heard,) = the_filing(submit()).heard
    assert heard.digest == codes.said_mark(RULES.secret, message.request_id, message.digest)
    assert heard.digest != codes.said_mark(b"another", message.request_id, message.digest)
    assert message.digest not in heard.digest
    unread = an_unreadable(f"unreadable#{message.digest}")
    (garbled,) = the_filing(submitting.unreadable(None, unread, world())).heard
    assert garbled.digest == f"unreadable#{heard.digest}"


def test_what_was_heard_before_it_was_keyed_is_known_still() -> None:
    """Every content has one answer (contract), also one that was sent before."""
    request, message = state_of(submit()), a_message()
    assert request.filing is not None
    (heard,) = request.filing.heard
    plain = request.filing.model_copy(update={"heard": (heard.model_copy(update={"digest": message.digest}),)})
    before = request.model_copy(update={"filing": plain})
    again = submit(before)
    assert again.events == ()
    assert again.answer == submitting.answer_of(heard)
    other = submit(before, evidence=[])
    assert outcome_of(other).code == Rejection.CONFLICT
    assert the_filing(other).heard[0].digest == heard.digest
