"""What a kiosk office sent and could not be read, or is held by a fault of ours (contract: Kiosk submission)."""

from services.contracts.kiosk import Rejection
from services.intake.domain import submitting
from services.intake.domain.outcomes import all_told
from tests.unit.intake.cases import a_message, a_submission, outcome_of, outcomes_of, state_of, submit, world
from tests.unit.intake.kiosk_says import an_unreadable, rejected


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
