"""What is told of documents that are awaited, and of what stands still for others (domain 8, 12.10)."""

from datetime import datetime

from services.contracts.intake import RequestMoved, RequestState, RequestSuspension
from services.contracts.notify import NoticeMoved
from services.contracts.routing import DueCause, SuspensionCause, SuspensionReason
from services.notify.domain.message import CREATED, SUPPRESSED
from services.notify.domain.notices import Notice
from services.notify.domain.routes import citizen_notices
from services.notify.domain.telling import request_moved
from tests.unit.notify.cases import MORNING, PROMISED, a_move, a_visit, only, re_dated, state_of, told, world
from tests.unit.notify.moves_told import AWAITED, EVENING, text_of


def test_what_is_missing_is_told_as_a_count_and_until_when_and_where_the_list_is() -> None:
    """Domain 8: no names of documents in a message; LEGAL, since without it the case does not expire."""
    for verb, state in (("request.incomplete", "INCOMPLETE"), ("request.suspended", "SUSPENDED")):
        decision = told(a_move(verb, state=RequestState(state), awaited=AWAITED))
        text = text_of(decision)
        assert "تا دوشنبه ۲۳ آذر ساعت ۱۲:۰۰ به میز خدمت بیاورید:\n۲ مدرک" in text
        assert "صفحهٔ پیگیری" in text
        (created,) = [event for event in decision.events if isinstance(event, NoticeMoved)]
        assert not created.model_copy(update={"moves": ("message.delivered",)}).minor()


def test_what_stands_still_for_others_says_for_whom() -> None:
    suspension = RequestSuspension(
        number=1, cause=SuspensionCause.OTHER_AGENCY, reason=SuspensionReason.AGENCY_REPLY, since=MORNING
    )
    event = a_move("request.suspended", state=RequestState.SUSPENDED, suspension=suspension)
    assert "تا پاسخ دستگاهی دیگر ایستاد" in text_of(told(event))


def test_who_is_told_that_it_goes_on_is_told_the_date_once() -> None:
    assert citizen_notices(a_move("request.resumed")) == (Notice.RESUMED,)
    assert citizen_notices(a_move("request.resumed", "commitment.re-projected")) == (Notice.RE_DATED,)


def test_one_event_is_one_message_where_one_says_it_all() -> None:
    """When they come again they have read on the receipt; a deadline and its visit move to the same opening."""
    asked = a_move("request.incomplete", "commitment.added", about_visits=("commitment.added",))
    assert citizen_notices(asked) == (Notice.INCOMPLETE,)
    assert citizen_notices(_moved_with_deadline(a_visit().promised_at)) == (Notice.DOCUMENTS_POSTPONED,)


def test_a_deadline_does_not_speak_for_a_visit_that_moved_to_another_day() -> None:
    """Domain 12.9: whoever hears of the later day alone sets out in vain on the sooner one."""
    assert citizen_notices(_moved_with_deadline(PROMISED)) == (Notice.VISIT_MOVED, Notice.DOCUMENTS_POSTPONED)


def _moved_with_deadline(until: datetime) -> RequestMoved:
    """The visit of 1405/09/12 at 10:00 was moved there, and the deadline of its documents to `until`."""
    both = ("commitment.re-projected", "request.documents-postponed")
    visit = a_visit(moves=re_dated(DueCause.CALENDAR).moves)
    awaited = AWAITED.model_copy(update={"until": until})
    return a_move(*both, about_visits=both[:1], commitments=(visit,), awaited=awaited, state=RequestState.INCOMPLETE)


def test_12_10_at_night_a_reminder_waits_and_is_not_sent_when_the_documents_have_come() -> None:
    reminder = a_move("request.documents-reminded", state=RequestState.SUSPENDED, awaited=AWAITED)
    night = told(reminder, EVENING)
    assert only(night).state is CREATED
    goes_on = a_move("request.resumed", state=RequestState.IN_PROGRESS)
    after = request_moved(state_of(night), goes_on, world(EVENING))
    assert [message.state for message in state_of(after).messages] == [SUPPRESSED, CREATED]
