"""A message that waited says what holds when it goes out, or does not go out: no time is told that was (domain 8)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState, ExpectedVisit, Move, MoveKind
from services.contracts.intake import AwaitedDocuments, RequestMoved, RequestState
from services.contracts.routing import DueCause
from services.contracts.wire import instant_text
from services.contracts.working_calendar import CalendarRef
from services.notify.domain.answers import Declined
from services.notify.domain.closure import NeedNot, Tell, Untold
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.effects import HandOver
from services.notify.domain.holding import Holding
from services.notify.domain.message import CREATED, SENDING, SUPPRESSED, TEMP_FAILED, TOLD_WITH_ANOTHER
from services.notify.domain.notices import Notice
from services.notify.domain.telling import request_moved
from tests.unit.notify.cases import (
    MORNING,
    PROMISED,
    REGISTERED,
    REQUEST,
    a_move,
    a_visit,
    at,
    hear,
    re_dated,
    state_of,
    told,
    when_due,
    world,
)

EVENING = at("1405/09/02 23:30")
LATER = PROMISED + timedelta(days=1)
INCOMPLETE, SUSPENDED = RequestState.INCOMPLETE, RequestState.SUSPENDED


def goes_on(state: Correspondence, event: RequestMoved, now: datetime = EVENING) -> Correspondence:
    return state_of(request_moved(state, event, world(now)))


def says(state: Correspondence, number: int = 0) -> dict[str, str]:
    """What the gateway is handed when the message's moment has come."""
    (call,) = when_due(state, state.messages[number]).effects
    assert isinstance(call, HandOver)
    return call.tokens


def broken_at_night() -> tuple[Correspondence, Commitment]:
    """The promise of the answer is broken when nothing goes out any more: its apology waits for the morning."""
    (promise,) = a_move().commitments
    broken = promise.model_copy(update={"state": CommitmentState.BROKEN, "ended_at": PROMISED})
    return state_of(told(a_move("commitment.broken", commitments=(broken,)), EVENING)), broken


def another_round(verb: str, state: RequestState, broken: Commitment) -> RequestMoved:
    """The answer has come too late, and the case is worked on once more, with another date."""
    (promise,) = a_move().commitments
    late = broken.model_copy(update={"fulfilled_late_at": EVENING})
    anew = promise.model_copy(update={"id": f"{promise.id}2", "promised_at": LATER})
    return a_move(verb, "commitment.added", commitments=(late, anew), round=2, state=state)


@pytest.mark.parametrize(
    ("verb", "state"),
    [("request.objected", RequestState.OBJECTED), ("request.reopened", RequestState.REOPENED)],
)
def test_a_broken_promise_is_apologised_for_though_the_case_is_worked_on_once_more(
    verb: str, state: RequestState
) -> None:
    """Domain 8: it names the date that was broken, not that of the new round."""
    night, broken = broken_at_night()
    closed = goes_on(night, a_move("commitment.kept-late", commitments=(broken,), state=RequestState.CLOSED))
    after = goes_on(closed, another_round(verb, state, broken))
    assert [(message.notice, message.state) for message in after.messages] == [
        (Notice.DELAY_APOLOGY, CREATED),
        (Notice(state), CREATED),
    ]
    assert [says(after, number)["promised"] for number in (0, 1)] == [instant_text(PROMISED), instant_text(LATER)]


@pytest.mark.parametrize("end", [RequestState.WITHDRAWN, RequestState.EXPIRED, RequestState.DUPLICATE])
def test_12_10_nobody_is_apologised_to_for_what_was_given_up_in_the_next_round(end: RequestState) -> None:
    night, broken = broken_at_night()
    after = goes_on(night, another_round("request.objected", RequestState.OBJECTED, broken))
    given_up = goes_on(after, a_move(f"request.{end.lower()}", commitments=(broken,), round=2, state=end))
    assert (given_up.messages[0].notice, given_up.messages[0].state) == (Notice.DELAY_APOLOGY, SUPPRESSED)


def awaited(until: datetime, *missing: str) -> AwaitedDocuments:
    return AwaitedDocuments(types=("a", "b"), missing=missing, until=until)


EXTENDED = a_move("commitment.extended", commitments=(re_dated(None),), state=RequestState.IN_PROGRESS)


@pytest.mark.parametrize(
    ("first", "state"),
    [
        ("request.registered", RequestState.PROMISED),
        ("request.objected", RequestState.OBJECTED),
        ("request.reopened", RequestState.REOPENED),
    ],
)
def test_whoever_was_not_told_of_the_first_date_yet_is_told_of_the_one_that_holds(
    first: str, state: RequestState
) -> None:
    """The message with the tracking code waits for the morning; that of the new date goes out before it."""
    night = state_of(told(a_move(first, "commitment.added", state=state), EVENING))
    moved = goes_on(night, EXTENDED)
    assert [message.state for message in moved.messages] == [CREATED, CREATED]
    assert says(moved)["promised"] == instant_text(LATER)


def test_a_message_that_is_tried_again_says_what_holds_by_then() -> None:
    first = state_of(told(REGISTERED))
    declined = state_of(hear(first, Declined(message_id=first.messages[0].id, turn=1, again=True, reason="BUSY")))
    assert declined.messages[0].state is TEMP_FAILED
    assert says(goes_on(declined, EXTENDED, MORNING))["promised"] == instant_text(LATER)


def test_what_stays_in_the_hands_of_the_gateway_is_on_record_as_it_was_said() -> None:
    after = goes_on(state_of(told(REGISTERED)), EXTENDED, MORNING)
    assert (after.messages[0].state, after.messages[0].tokens["promised"]) == (SENDING, instant_text(PROMISED))


@pytest.mark.parametrize(
    ("verb", "state"),
    [
        ("request.incomplete", INCOMPLETE),
        ("request.suspended", SUSPENDED),
        ("request.documents-reminded", SUSPENDED),
    ],
)
def test_what_is_missing_is_told_with_the_deadline_of_now(verb: str, state: RequestState) -> None:
    night = state_of(told(a_move(verb, state=state, awaited=awaited(PROMISED, "a", "b")), EVENING))
    put_off = goes_on(night, a_move("request.documents-postponed", state=state, awaited=awaited(LATER, "a", "b")))
    one_less = goes_on(put_off, a_move("request.evidence-added", state=state, awaited=awaited(LATER, "b")))
    said = says(one_less)
    assert (said["documents"], said["count"]) == (instant_text(LATER), "1")


def test_12_10_of_documents_that_have_all_come_nothing_is_said_though_the_work_stands_still() -> None:
    """Routing has not heard yet that nothing is missing."""
    reminder = a_move("request.documents-reminded", state=SUSPENDED, awaited=awaited(PROMISED, "a"))
    night = state_of(told(reminder, EVENING))
    after = goes_on(night, a_move("request.evidence-added", state=SUSPENDED, awaited=awaited(PROMISED)))
    assert [message.state for message in after.messages] == [SUPPRESSED]


def about(verb: str, visit: Commitment) -> RequestMoved:
    commitments = (*a_move().commitments, visit)
    return a_move(verb, about_visits=(verb,), commitments=commitments, state=RequestState.IN_PROGRESS)


@pytest.mark.parametrize("end", [CommitmentState.KEPT, CommitmentState.RELEASED])
def test_12_10_nobody_is_asked_to_come_for_a_visit_that_is_over(end: CommitmentState) -> None:
    night = state_of(told(about("commitment.added", a_visit()), EVENING))
    over = about(f"commitment.{end.lower()}", a_visit(state=end, ended_at=EVENING))
    assert [message.state for message in goes_on(night, over).messages] == [SUPPRESSED]


def test_that_a_visit_was_broken_is_told_and_not_when_it_was_to_be() -> None:
    night = state_of(told(about("commitment.added", a_visit()), EVENING))
    broken = goes_on(night, about("commitment.broken", a_visit(state=CommitmentState.BROKEN, ended_at=MORNING)))
    assert [(message.notice, message.state) for message in broken.messages] == [
        (Notice.VISIT, SUPPRESSED),
        (Notice.VISIT_APOLOGY, CREATED),
    ]


def ends_at(closing: str, known: str | None = "14:30") -> ExpectedVisit:
    """The visit of 1405/09/12, on which the desk shuts at `closing`; its person knows another hour, or (None) that."""
    told_until = at(f"1405/09/12 {known}") if known else None
    return ExpectedVisit(until=at(f"1405/09/12 {closing}"), told_until=told_until, shortened_at=MORNING)


def test_the_closing_of_now_is_told_of_a_day_that_was_to_be_shorter_still() -> None:
    night = state_of(told(about("commitment.shortened", a_visit(visit=ends_at("12:00"))), EVENING))
    assert says(night)["closing"] == instant_text(at("1405/09/12 12:00"))
    longer = goes_on(night, about("commitment.lengthened", a_visit(visit=ends_at("13:00"))))
    assert [message.state for message in longer.messages] == [CREATED], "nothing new is told"
    assert says(longer)["closing"] == instant_text(at("1405/09/12 13:00"))


@pytest.mark.parametrize(
    ("closing", "known"),
    [("14:30", None), ("18:00", "14:30"), ("13:00", "12:00")],
    ids=["as it was", "later than it was", "later than the desk has told them"],
)
def test_no_closing_is_told_that_is_not_sooner_than_its_person_knows(closing: str, known: str | None) -> None:
    night = state_of(told(about("commitment.shortened", a_visit(visit=ends_at("12:00"))), EVENING))
    after = goes_on(night, about("commitment.lengthened", a_visit(visit=ends_at(closing, known))))
    assert [(message.state, message.reason()) for message in after.messages] == [(SUPPRESSED, "OVER")]


def test_a_sooner_closing_is_told_anew_where_the_visit_was_off_before_it_had_been_told() -> None:
    night = state_of(told(about("commitment.shortened", a_visit(visit=ends_at("12:00"))), EVENING))
    noon = ends_at("12:00")
    off = goes_on(night, about("commitment.warned", a_visit(visit=noon.model_copy(update={"warned_at": EVENING}))))
    verbs = ("commitment.reinstated", "commitment.shortened")
    again = about(verbs[0], a_visit(visit=noon.model_copy(update={"reinstated_at": MORNING})))
    after = goes_on(off, again.model_copy(update={"moves": verbs, "about_visits": verbs}))
    assert [(message.notice, message.state) for message in after.messages] == [
        (Notice.VISIT_SHORTENED, SUPPRESSED),
        (Notice.VISIT_OFF, SUPPRESSED),
        (Notice.VISIT_REINSTATED, CREATED),
        (Notice.VISIT_SHORTENED, CREATED),
    ]
    assert says(after, 3)["closing"] == instant_text(at("1405/09/12 12:00"))


def test_the_closing_of_one_visit_says_nothing_of_the_other() -> None:
    shorter = about("commitment.shortened", a_visit(visit=ends_at("12:00")))
    night = state_of(told(shorter, EVENING))
    booked = a_visit(CommitmentKind.APPOINTMENT, id=f"{REQUEST}.3", visit=ExpectedVisit(until=at("1405/09/12 10:20")))
    both = a_move("commitment.added", about_visits=("commitment.added",), commitments=(*shorter.commitments, booked))
    after = goes_on(night, both)
    assert [(message.notice, message.state) for message in after.messages] == [
        (Notice.VISIT_SHORTENED, CREATED),
        (Notice.VISIT, CREATED),
    ]
    assert says(after)["closing"] == instant_text(at("1405/09/12 12:00"))


def test_a_closing_that_an_earlier_version_has_stored_is_told() -> None:
    night = state_of(told(about("commitment.shortened", a_visit(visit=ends_at("12:00"))), EVENING))
    assert night.holding is not None
    stored = Holding.model_validate(night.holding.to_wire() | {"closings": None})
    assert says(night.model_copy(update={"holding": stored}))["closing"] == instant_text(at("1405/09/12 12:00"))


def moved_by_closure(version: int, to: datetime) -> RequestMoved:
    """The next visit, by a change of the working days."""
    move = Move(
        kind=MoveKind.RE_PROJECTED,
        at=MORNING,
        from_at=at("1405/09/11 10:00"),
        to_at=to,
        calendar=CalendarRef(id="wa", version=version),
        cause=DueCause.CALENDAR,
    )
    return about("commitment.re-projected", a_visit(promised_at=to, moves=(move,)))


def test_12_9_a_closure_is_not_told_by_a_case_whose_time_another_has_moved_since() -> None:
    """It was left to another case of the citizen, whose message came to nothing; the next one is asked."""
    first = state_of(told(moved_by_closure(2, at("1405/09/12 07:30"))))
    left = state_of(hear(first, NeedNot(message_id=first.messages[0].id)))
    assert left.messages[0].reason() == TOLD_WITH_ANOTHER
    newer = goes_on(left, moved_by_closure(3, at("1405/09/14 07:30")), MORNING)
    asked = hear(newer, Tell(message_id=newer.messages[0].id))
    assert not asked.effects
    assert [message.state for message in state_of(asked).messages if message.tokens["visit"] < "2026-12-04"] == (
        [SUPPRESSED] * (len(state_of(asked).messages) - 1)
    )
    assert [send.body.message_id for send in asked.sends if isinstance(send.body, Untold)] == [first.messages[0].id]
    told_of_the_newer = hear(state_of(asked), Tell(message_id=newer.messages[1].id))
    assert says_of(told_of_the_newer) == [instant_text(at("1405/09/14 07:30"))]


def test_what_is_said_once_more_takes_back_nothing_that_came_after_it() -> None:
    """It is an older word, though a younger message."""
    first = state_of(told(moved_by_closure(2, at("1405/09/12 07:30"))))
    left = state_of(hear(first, NeedNot(message_id=first.messages[0].id)))
    (visit,) = [promise for promise in moved_by_closure(2, at("1405/09/12 07:30")).commitments if promise.visit]
    noon = ends_at("12:00")
    shorter = goes_on(left, about("commitment.shortened", visit.model_copy(update={"visit": noon})))
    asked = state_of(hear(shorter, Tell(message_id=first.messages[0].id)))
    assert [(message.notice, message.state) for message in asked.messages[1:]] == [
        (Notice.VISIT_SHORTENED, CREATED),
        (Notice.VISIT_MOVED, SENDING),
    ]
    after = goes_on(asked, about("commitment.kept-late", visit.model_copy(update={"visit": noon})))
    assert after.messages[1].state is CREATED


def says_of(decision: Any) -> list[str]:
    return [call.tokens["visit"] for call in decision.effects if isinstance(call, HandOver)]
