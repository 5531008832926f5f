"""What the desk told some minutes late, crossed with what happens in these minutes (I6, I9, domain 8)."""

from datetime import timedelta

from services.contracts.commitment import CommitmentState
from services.contracts.intake_commands import FileObjection
from services.contracts.wire import instant_text
from services.intake.domain.again import objected
from services.intake.domain.due import timers
from services.intake.domain.erasing import EraseCase, erased
from services.intake.domain.noticed import notice_moved
from services.notify.domain.notices import Notice
from tests.unit.intake.cases import SOCIAL_OFFICER, move_of, notice, state_of, world
from tests.unit.intake.promised import the_promise
from tests.unit.intake.test_promises_broken import A_LAG, is_settled, told_late
from tests.unit.notify.cases import state_of as correspondence_of
from tests.unit.notify.cases import told


def test_the_apology_names_what_was_broken_also_when_its_person_objects_in_these_minutes() -> None:
    request = told_late()
    promised = the_promise(request).promised_at
    objection = {"reason": "نه", "identitySeen": True, "officerId": SOCIAL_OFFICER}
    again = objected(request, FileObjection.model_validate(objection), world(promised + A_LAG))
    messages = correspondence_of(told(move_of(again), promised + A_LAG)).messages
    (apology,) = [message for message in messages if message.notice is Notice.DELAY_APOLOGY]
    assert apology.tokens["promised"] == instant_text(promised)


def test_what_was_delivered_in_time_keeps_the_promise_also_when_its_person_is_erased_in_these_minutes() -> None:
    """What counts is when the message was delivered, not when word of it came (domain 8)."""
    request = told_late()
    promised = the_promise(request).promised_at
    gone = state_of(erased(request, EraseCase(up_to=promised + A_LAG), world(promised + A_LAG)))
    assert gone.case
    case = gone.case.model_copy(update={"applicant": None, "representative": None})  # as it is stored (`personal.py`)
    stored = gone.model_copy(update={"case": case})
    word = notice(request, "message.delivered", promised - timedelta(minutes=1))
    heard = state_of(notice_moved(stored, word, world(promised + A_LAG)))
    settled = state_of(is_settled(heard)) if timers(heard) else heard
    assert the_promise(settled).state is CommitmentState.KEPT
