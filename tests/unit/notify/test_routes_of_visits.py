"""What is told of promised visits: each in its own words, and nothing of what is over (domain 8)."""

from typing import Any

import pytest

from services.contracts.commitment import CommitmentKind, CommitmentState, ExpectedVisit
from services.contracts.intake import REQUEST_VERBS, RequestMoved, RequestState
from services.contracts.routing import DueCause
from services.contracts.working_calendar import CalendarRef
from services.intake.domain.states import ENDED
from services.notify.domain.message import CREATED, SUPPRESSED
from services.notify.domain.notices import ABOUT_A_VISIT, SAVES_A_TRIP, USEFUL_IN, Notice
from services.notify.domain.routes import VISIT_ROUTES
from services.notify.domain.telling import request_moved
from tests.unit.notify.cases import MORNING, REQUEST, a_move, a_visit, at, only, re_dated, state_of, told, world
from tests.unit.notify.moves_told import EVENING, text_of


def about_a_visit(verb: str, **changes: Any) -> RequestMoved:
    kind = changes.pop("kind", CommitmentKind.NEXT_VISIT)
    answer = a_move().commitments
    visit = a_visit(kind, **changes)
    return a_move(verb, about_visits=(verb,), commitments=(*answer, visit), state=RequestState.IN_PROGRESS)


def test_what_happens_to_a_promised_visit_is_told_in_its_own_words() -> None:
    """Domain 8 "next visit", 12.16: nobody comes to a desk that is shut, or waits for an answer at the wrong hour."""
    when = "پنجشنبه ۱۲ آذر ساعت ۱۰:۰۰"
    assert f"مراجعه به میز خدمت: {when}" in text_of(told(about_a_visit("commitment.added")))
    slot = about_a_visit("commitment.added", kind=CommitmentKind.APPOINTMENT)
    assert f"نوبت میز خدمت: {when}" in text_of(told(slot))
    off = ExpectedVisit(until=at("1405/09/12 10:20"), warned_at=MORNING)
    assert f"مراجعهٔ {when} ممکن نیست" in text_of(told(about_a_visit("commitment.warned", visit=off)))
    shut = off.model_copy(update={"shut_by": CalendarRef(id="wa", version=2)})
    closed = text_of(told(about_a_visit("commitment.warned", visit=shut)))
    assert f"با پوزش، مراجعهٔ {when} ممکن نیست.\nبرای زمان تازه: ۰۴۴" in closed, "the number gives one, and is none"
    assert "صفحهٔ پیگیری" in closed, "where what else was moved stands"
    broken = about_a_visit("commitment.broken", state=CommitmentState.BROKEN, ended_at=MORNING)
    assert f"میز خدمت {when} باز نبود؛ پوزش" in text_of(told(broken))
    again = ExpectedVisit(until=at("1405/09/12 10:20"), reinstated_at=MORNING)
    assert f"مراجعهٔ {when} برقرار است" in text_of(told(about_a_visit("commitment.reinstated", visit=again)))
    sooner = ExpectedVisit(until=at("1405/09/12 12:00"), told_until=at("1405/09/12 14:30"), shortened_at=MORNING)
    text = text_of(told(about_a_visit("commitment.shortened", visit=sooner)))
    assert f"مراجعهٔ {when}: میز خدمت آن روز تنها تا ۱۲:۰۰ باز است." in text
    moves = re_dated(DueCause.CALENDAR).moves
    assert f"زمان تازهٔ مراجعه: {when}" in text_of(told(about_a_visit("commitment.re-projected", moves=moves)))


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


@pytest.mark.parametrize(
    "verb", ["commitment.kept", "commitment.released", "commitment.kept-late", "commitment.lengthened"]
)
def test_who_came_or_did_not_come_or_has_more_room_is_told_nothing(verb: str) -> None:
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
