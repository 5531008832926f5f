"""What a kiosk office says again is answered once, and by another revision anew (contract: Kiosk submission; I11)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision
from services.contracts.envelope import Malformed
from services.contracts.kiosk import Rejection
from services.intake.domain import codes, hearing, submitting
from services.intake.domain.outcomes import all_told
from services.intake.domain.request import KioskFiling, Request
from services.worktime import parse_jalali
from tests.unit.intake.cases import MORNING, RULES, a_message, at, case_of, outcome_of, person, state_of, submit, world
from tests.unit.intake.kiosk_says import an_unreadable, kiosk, rejected


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
    """Also one that was never judged: it comes late, and the office has corrected it since (ADR 0005)."""
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
    assert again.answer == hearing.answer_of(heard)
    other = submit(before, evidence=[])
    assert outcome_of(other).code == Rejection.CONFLICT
    assert the_filing(other).heard[0].digest == heard.digest
