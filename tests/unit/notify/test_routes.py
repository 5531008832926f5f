"""Every event has a route or an explicit reason for silence; a notice arises from an event and from nothing else."""

from datetime import datetime
from typing import Any

import pytest

from services.contracts.commitment import CommitmentKind, CommitmentState, ExpectedVisit
from services.contracts.decision import Decision
from services.contracts.deficiency import DEFICIENCY_VERBS
from services.contracts.intake import (
    DEMAND_VERBS,
    REQUEST_VERBS,
    AwaitedDocuments,
    RequestMoved,
    RequestState,
    RequestSuspension,
)
from services.contracts.notify import MessageState, NoticeMoved
from services.contracts.routing import DueCause, ResultKind, SuspensionCause, SuspensionReason
from services.contracts.working_calendar import CalendarRef
from services.intake.domain.states import ENDED
from services.notify.domain.answers import Denied, NoAnswer, Reported
from services.notify.domain.catalogue import TEMPLATES
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.message import CREATED, SENDING, SUPPRESSED
from services.notify.domain.notices import ABOUT_A_VISIT, SAVES_A_TRIP, USEFUL_IN, Notice
from services.notify.domain.routes import (
    DEFICIENCY_ROUTES,
    ROUTES,
    VISIT_ROUTES,
    NoNotice,
    Route,
    citizen_notices,
)
from services.notify.domain.telling import request_moved
from services.notify.domain.wording import template_for
from tests.unit.notify.cases import (
    MORNING,
    PROMISED,
    REGISTERED,
    REQUEST,
    a_move,
    a_visit,
    at,
    decided,
    hear,
    moves_of,
    only,
    re_dated,
    state_of,
    told,
    when_due,
    world,
)


def test_every_verb_of_the_topic_has_a_route_and_no_route_is_for_a_verb_that_does_not_exist() -> None:
    assert set(ROUTES) == {*REQUEST_VERBS, *DEMAND_VERBS}


def test_every_route_names_for_each_audience_a_notice_or_the_reason_for_silence() -> None:
    for route in ROUTES.values():
        assert all(isinstance(entry, Notice | NoNotice) for entry in route)


def test_every_verb_of_a_deficiency_has_a_route_and_no_route_is_for_a_verb_that_does_not_exist() -> None:
    assert set(DEFICIENCY_ROUTES) == set(DEFICIENCY_VERBS)
    assert all(isinstance(entry, NoNotice) for route in DEFICIENCY_ROUTES.values() for entry in route)


def test_every_reason_for_silence_and_every_notice_is_used() -> None:
    used = {entry for route in (*ROUTES.values(), *VISIT_ROUTES.values()) for entry in route}
    assert used == {*Notice, *NoNotice}


def test_every_notice_has_a_template_and_every_template_can_be_chosen() -> None:
    chosen = set()
    for notice in Notice:
        for kind in (ResultKind.GRANTED, ResultKind.REFUSED, ResultKind.PARTIAL):
            for collectable in (False, True):
                event = a_move("request.result-ready", result=decided(kind), collectable=collectable)
                chosen.add(template_for(notice, event))
    resumed = a_move("commitment.re-projected", commitments=(re_dated(DueCause.SUSPENSION),))
    chosen.add(template_for(Notice.RE_DATED, resumed))
    booked = a_move("commitment.added", commitments=(a_visit(CommitmentKind.APPOINTMENT),))
    chosen.add(template_for(Notice.VISIT, booked))
    chosen |= {template_for(notice, booked, of_a_closure=True) for notice in (Notice.VISIT_MOVED, Notice.VISIT_OFF)}
    chosen.add(template_for(Notice.SUSPENDED, a_move("request.suspended", awaited=AWAITED)))
    assert chosen == {template.id for template in TEMPLATES}


AWAITED = AwaitedDocuments(types=("a", "b", "c"), missing=("a", "b"), until=PROMISED)


def test_what_is_missing_is_told_as_a_count_and_until_when_and_where_the_list_is() -> None:
    """Domain 8: no names of documents in a message; LEGAL, since without it the case does not expire."""
    for verb, state in (("request.incomplete", "INCOMPLETE"), ("request.suspended", "SUSPENDED")):
        decision = told(a_move(verb, state=RequestState(state), awaited=AWAITED))
        text = _text(decision)
        assert "تا دوشنبه ۲۳ آذر ساعت ۱۲:۰۰ به میز خدمت بیاورید:\n۲ مدرک" in text
        assert "صفحهٔ پیگیری" in text
        (created,) = [event for event in decision.events if isinstance(event, NoticeMoved)]
        assert not created.model_copy(update={"moves": ("message.delivered",)}).minor()


def test_what_stands_still_for_others_says_for_whom() -> None:
    suspension = RequestSuspension(
        number=1, cause=SuspensionCause.OTHER_AGENCY, reason=SuspensionReason.AGENCY_REPLY, since=MORNING
    )
    event = a_move("request.suspended", state=RequestState.SUSPENDED, suspension=suspension)
    assert "تا پاسخ دستگاهی دیگر ایستاد" in _text(told(event))


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


def test_every_notice_says_in_which_states_it_makes_sense() -> None:
    assert set(USEFUL_IN) == set(Notice)


def test_any_of_the_moves_of_an_event_is_matched_and_each_kind_is_told_once() -> None:
    assert citizen_notices(a_move("commitment.added", "request.registered", "request.registered")) == (
        Notice.REGISTERED,
    )
    assert citizen_notices(a_move("request.result-ready", "commitment.broken")) == (
        Notice.RESULT_READY,
        Notice.DELAY_APOLOGY,
    )


def test_registration_with_its_promise_is_one_notice_and_one_event() -> None:
    decision = told(REGISTERED)
    assert only(decision).notice is Notice.REGISTERED
    assert only(decision).id == f"{REQUEST}.1"
    (event,) = decision.events
    assert isinstance(event, NoticeMoved)
    assert (event.moves, event.notice, event.state, event.request_id) == (
        ("message.created",),
        "REGISTERED",
        "SENDING",
        REQUEST,
    )


def test_neither_code_nor_name_nor_text_of_a_message_is_published() -> None:
    (event,) = told(REGISTERED).events
    published = event.to_json().decode()
    assert "12345678901234" not in published
    assert "مریم" not in published


def test_a_person_without_a_mobile_is_told_at_the_desk_and_no_message_exists() -> None:
    decision = told(a_move("request.registered", notifiable=False))
    assert state_of(decision).messages == ()
    assert (decision.events, decision.effects) == ((), ())


REDIRECTED = RequestState.REDIRECTED
EVENING = at("1405/09/02 23:30")


def test_the_second_redirect_takes_back_what_was_not_yet_told_of_the_first() -> None:
    """Else somebody goes to the office that was shut, with a reference that is used up."""
    night = told(a_move("request.redirected", state=REDIRECTED, redirect_ref="R-1"), EVENING)
    assert only(night).state is CREATED, "waits for the morning"
    again = a_move("request.redirect-failed", "request.redirected", state=REDIRECTED, redirect_ref="R2-1")
    decision = request_moved(state_of(night), again, world(EVENING))
    first, second = state_of(decision).messages
    assert (first.state, first.reason()) == (SUPPRESSED, "REPLACED")
    assert (second.state, second.tokens["reference"]) == (CREATED, "R2-1")


def test_a_lapse_says_until_when_the_case_stays_open_and_a_new_redirect_takes_that_back() -> None:
    lapse = a_move("request.redirect-lapsed", state=REDIRECTED, redirect_ends_at=at("1405/09/15 10:00"))
    assert "تا یکشنبه ۱۵ آذر ساعت ۱۰:۰۰ به میز خدمت یا پیشخوان بروید" in _text(told(lapse))
    night = told(lapse, EVENING)
    again = request_moved(state_of(night), a_move("request.redirected", state=REDIRECTED), world(EVENING))
    assert [message.state for message in state_of(again).messages] == [SUPPRESSED, CREATED]


def test_what_became_of_the_warning_counts_for_the_case() -> None:
    """Without its delivery the desk does not close the case: intake must hear of it (ADR 0013)."""
    warned = told(a_move("request.redirect-lapsed", state=REDIRECTED))
    delivered = hear(
        state_of(warned), Reported(message_id=only(warned).id, provider_id="sms-1", status=MessageState.DELIVERED)
    )
    assert [event.minor() for event in (*warned.events, *delivered.events)] == [True, False]
    assert [event.minor() for event in told(REGISTERED).events] == [True]


def test_a_message_that_comes_back_from_the_gateway_after_a_newer_one_is_not_sent_again() -> None:
    first = told(a_move("request.redirected", state=REDIRECTED, redirect_ref="R-1"))
    asks = hear(state_of(first), NoAnswer(message_id=only(first).id, turn=1, reason="TIMEOUT"))
    again = request_moved(state_of(asks), a_move("request.redirected", state=REDIRECTED, redirect_ref="R2-1"), world())
    unsent = state_of(hear(state_of(again), Denied(message_id=only(first).id, turn=1)))
    late = when_due(unsent, unsent.messages[0])
    assert [message.state for message in state_of(late).messages] == [SUPPRESSED, SENDING]


def test_a_message_of_a_matter_already_closed_is_suppressed_and_says_why() -> None:
    """Filed and decided on the spot in one event: the registration is no news any more."""
    decision = told(
        a_move(
            "request.registered",
            "request.done-on-spot",
            "request.closed",
            state=RequestState.CLOSED,
            result=decided(ResultKind.GRANTED),
        )
    )
    registered, done = state_of(decision).messages
    assert (registered.state, registered.reason()) == (SUPPRESSED, "REQUEST_CLOSED")
    assert (done.notice, done.state) == (Notice.DONE_ON_SPOT, SENDING)
    assert moves_of(decision) == ["message.created", "message.suppressed", "message.created"]


def test_a_broken_promise_apologises_by_itself() -> None:
    first = state_of(told(REGISTERED))
    decision = request_moved(first, a_move("commitment.broken", state=RequestState.IN_PROGRESS), world())
    assert [message.notice for message in state_of(decision).messages] == [Notice.REGISTERED, Notice.DELAY_APOLOGY]


def test_a_new_date_is_told_as_it_was_moved_to() -> None:
    closure = told(a_move("commitment.re-projected", commitments=(re_dated(DueCause.CALENDAR),)))
    assert "زمان تازهٔ پاسخ: سه‌شنبه ۲۴ آذر ساعت ۱۲:۰۰" in _text(closure)
    assert "صفحهٔ پیگیری" in _text(closure), "where the dates of other cases stand"
    resumed = told(a_move("request.resumed", "commitment.re-projected", commitments=(re_dated(DueCause.SUSPENSION),)))
    assert "از سر گرفته شد" in _text(resumed)
    extended = told(a_move("commitment.extended", commitments=(re_dated(None),)))
    assert "پاسخ: سه‌شنبه ۲۴ آذر ساعت ۱۲:۰۰\nزمان تمدید شد" in _text(extended)


def about_a_visit(verb: str, **changes: Any) -> RequestMoved:
    kind = changes.pop("kind", CommitmentKind.NEXT_VISIT)
    answer = a_move().commitments
    visit = a_visit(kind, **changes)
    return a_move(verb, about_visits=(verb,), commitments=(*answer, visit), state=RequestState.IN_PROGRESS)


def test_what_happens_to_a_promised_visit_is_told_in_its_own_words() -> None:
    """Domain 8 "next visit", 12.16: nobody comes to a desk that is shut, or waits for an answer at the wrong hour."""
    when = "پنجشنبه ۱۲ آذر ساعت ۱۰:۰۰"
    assert f"مراجعه به میز خدمت: {when}" in _text(told(about_a_visit("commitment.added")))
    slot = about_a_visit("commitment.added", kind=CommitmentKind.APPOINTMENT)
    assert f"نوبت میز خدمت: {when}" in _text(told(slot))
    off = ExpectedVisit(until=at("1405/09/12 10:20"), warned_at=MORNING)
    assert f"مراجعهٔ {when} ممکن نیست" in _text(told(about_a_visit("commitment.warned", visit=off)))
    shut = off.model_copy(update={"shut_by": CalendarRef(id="wa", version=2)})
    closed = _text(told(about_a_visit("commitment.warned", visit=shut)))
    assert f"با پوزش، مراجعهٔ {when} ممکن نیست.\nبرای زمان تازه: ۰۴۴" in closed, "the number gives one, and is none"
    assert "صفحهٔ پیگیری" in closed, "where what else was moved stands"
    broken = about_a_visit("commitment.broken", state=CommitmentState.BROKEN, ended_at=MORNING)
    assert f"میز خدمت {when} باز نبود؛ پوزش" in _text(told(broken))
    again = ExpectedVisit(until=at("1405/09/12 10:20"), reinstated_at=MORNING)
    assert f"مراجعهٔ {when} برقرار است" in _text(told(about_a_visit("commitment.reinstated", visit=again)))
    sooner = ExpectedVisit(until=at("1405/09/12 12:00"), shortened_at=MORNING)
    text = _text(told(about_a_visit("commitment.shortened", visit=sooner)))
    assert f"مراجعهٔ {when}: میز خدمت آن روز تنها تا ۱۲:۰۰ باز است." in text
    moves = re_dated(DueCause.CALENDAR).moves
    assert f"زمان تازهٔ مراجعه: {when}" in _text(told(about_a_visit("commitment.re-projected", moves=moves)))


def test_what_one_event_does_to_two_visits_is_told_of_each_with_its_own_hour() -> None:
    moved = a_visit(moves=re_dated(DueCause.CALENDAR).moves)
    off = ExpectedVisit(until=at("1405/09/12 12:20"), warned_at=MORNING)
    taken = a_visit(CommitmentKind.APPOINTMENT, promised_at=at("1405/09/12 12:00"), visit=off)
    verbs = ("commitment.re-projected", "commitment.warned")
    event = a_move(*verbs, about_visits=verbs, commitments=(moved, taken), state=RequestState.IN_PROGRESS)
    first, second = state_of(told(event)).messages
    assert (first.notice, first.tokens["visit"]) == (Notice.VISIT_MOVED, "2026-12-03T06:30:00Z")
    assert (second.notice, second.tokens["visit"]) == (Notice.VISIT_OFF, "2026-12-03T08:30:00Z")


@pytest.mark.parametrize(
    "notice",
    sorted(ABOUT_A_VISIT),
)
def test_nobody_is_called_to_the_desk_for_a_case_that_is_over(notice: Notice) -> None:
    """Domain 12.10."""
    assert not USEFUL_IN[notice] & ENDED


@pytest.mark.parametrize("verb", ["commitment.kept", "commitment.released", "commitment.kept-late"])
def test_who_came_or_did_not_come_is_told_nothing(verb: str) -> None:
    assert state_of(told(about_a_visit(verb))).messages == ()


def test_every_verb_of_a_promise_says_whether_a_visit_has_words_of_its_own() -> None:
    of_promises = {verb for verb in REQUEST_VERBS if verb.startswith("commitment.")}
    assert of_promises - set(VISIT_ROUTES) == {"commitment.extended"}, "a visit is not extended"
    assert set(VISIT_ROUTES) <= of_promises


def test_the_warning_takes_back_what_was_not_yet_told_and_goes_out_early_and_late() -> None:
    """Set in the evening, off at night: only that it is off is told, before anybody sets out."""
    night = told(about_a_visit("commitment.added"), EVENING)
    off = ExpectedVisit(until=at("1405/09/12 10:20"), warned_at=MORNING)
    decision = request_moved(state_of(night), about_a_visit("commitment.warned", visit=off), world(EVENING))
    first, second = state_of(decision).messages
    assert (first.state, first.reason(), second.state) == (SUPPRESSED, "REPLACED", CREATED)
    assert Notice.VISIT_OFF in SAVES_A_TRIP


def test_a_word_about_one_visit_takes_back_nothing_that_was_said_of_the_other() -> None:
    """Both were set in the evening: the person comes for a next visit and for an appointment."""
    both = a_visit(), a_visit(CommitmentKind.APPOINTMENT, id=f"{REQUEST}.3", promised_at=at("1405/09/13 10:00"))
    state = None
    for commitments in (both[:1], both):
        added = a_move("commitment.added", about_visits=("commitment.added",), commitments=commitments)
        state = request_moved(state, added, world(EVENING)).state
    assert state is not None
    assert [message.state for message in state.messages] == [CREATED, CREATED]
    off = both[1].model_copy(update={"visit": ExpectedVisit(until=at("1405/09/13 10:20"), warned_at=MORNING)})
    warned = a_move("commitment.warned", about_visits=("commitment.warned",), commitments=(both[0], off))
    decision = request_moved(state, warned, world(EVENING))
    assert [message.state for message in state_of(decision).messages] == [CREATED, SUPPRESSED, CREATED]


def test_of_two_visits_that_are_off_at_once_the_first_to_come_is_named() -> None:
    off = ExpectedVisit(until=at("1405/09/12 14:30"), warned_at=MORNING)
    later = a_visit(CommitmentKind.APPOINTMENT, promised_at=at("1405/09/12 12:00"), visit=off)
    warned = a_move("commitment.warned", about_visits=("commitment.warned",), commitments=(a_visit(visit=off), later))
    assert only(told(warned)).tokens["visit"] == "2026-12-03T06:30:00Z"


def test_a_date_that_was_not_told_yet_is_not_told_after_a_newer_one() -> None:
    first = told(a_move("commitment.extended", commitments=(re_dated(None),)), EVENING)
    again = a_move("commitment.re-projected", commitments=(re_dated(DueCause.CALENDAR),))
    decision = request_moved(state_of(first), again, world(EVENING))
    assert [message.state for message in state_of(decision).messages] == [SUPPRESSED, CREATED]


def test_no_two_messages_of_a_request_share_an_id() -> None:
    state = None
    for _ in range(3):
        state = request_moved(state, a_move("commitment.broken", state=RequestState.IN_PROGRESS), world()).state
    assert state is not None
    assert [message.id for message in state.messages] == [f"{REQUEST}.{n}" for n in (1, 2, 3)]


@pytest.mark.parametrize("kind", [ResultKind.REFUSED, ResultKind.PARTIAL])
@pytest.mark.parametrize("verb", ["request.result-ready", "request.done-on-spot"])
def test_a_refusal_names_the_way_to_object(kind: ResultKind, verb: str) -> None:
    """I5, also when the event forgot to say how."""
    state = RequestState.RESULT_READY if verb == "request.result-ready" else RequestState.CLOSED
    for how in ("ظرف بیست روز به کمیسیون ماده ۷۷", None):
        decision = told(a_move(verb, state=state, result=decided(kind), objection=how))
        text = _text(decision)
        assert "اعتراض" in text
        assert (how or "میز خدمت") in text


@pytest.mark.parametrize("verb", ["request.objected", "request.reopened"])
def test_another_round_is_told_with_its_promise(verb: str) -> None:
    decision = told(a_move(verb, "commitment.added", state=RequestState.OBJECTED, round=2))
    assert "دوشنبه ۲۳ آذر ساعت ۱۲:۰۰" in _text(decision)


def test_a_reminder_to_collect_says_until_when_and_counts_for_the_case() -> None:
    """Intake closes nothing uncollected without its confirmation: its events are not to be passed over."""
    reminder = a_move("request.collection-reminded", state=RequestState.COLLECTION_DUE, collect_by=PROMISED)
    decision = told(reminder)
    assert "تا دوشنبه ۲۳ آذر ساعت ۱۲:۰۰ از میز خدمت" in _text(decision)
    (created,) = [event for event in decision.events if isinstance(event, NoticeMoved)]
    assert created.minor()
    assert not created.model_copy(update={"moves": ("message.delivered",)}).minor()
    assert not created.model_copy(update={"moves": ("message.failed",)}).minor()


@pytest.mark.parametrize(
    ("kind", "where"), [(ResultKind.GRANTED, "به میز خدمت بیایید"), (ResultKind.PARTIAL, "از میز بگیرید")]
)
def test_a_result_to_be_collected_says_where_in_the_same_message(kind: ResultKind, where: str) -> None:
    event = a_move("request.result-ready", state=RequestState.RESULT_READY, result=decided(kind), collectable=True)
    assert where in _text(told(event))
    assert ROUTES["request.collection-due"] == Route(NoNotice.TOLD_WITH_RESULT)


def _text(decision: Decision[Correspondence]) -> str:
    message = only(decision)
    template = world(MORNING).rules.catalogue.version(message.template_id, message.template_version)
    return template.render(message.tokens)
