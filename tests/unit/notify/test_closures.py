"""What a citizen reads whose visits are off: of which, in the words they know it by, and what gives way (12.9).

That they are told once of a closure is shown by tests/unit/test_told_once_of_a_closure.py and of_each_day.
"""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from services.contracts.commitment import ASKED_BACK, Commitment, CommitmentKind, ExpectedVisit, Move, MoveKind
from services.contracts.intake import RequestMoved
from services.contracts.intake import RequestState as State
from services.contracts.routing import DueCause
from services.contracts.wire import instant_text
from services.contracts.working_calendar import CalendarRef
from services.notify.domain.answers import Declined, NotCalled
from services.notify.domain.closure import GaveWay, GiveWay, Tell
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.message import CREATED, SENDING, SUPPRESSED, TEMP_FAILED, TOLD_WITH_ANOTHER
from services.notify.domain.notices import Notice
from services.notify.domain.telling import request_moved
from tests.unit.notify.cases import MORNING, REQUEST, a_move, a_visit, at, hear, only, state_of, told, world

EVENING = at("1405/09/02 23:30")
SUNDAY, MONDAY, TUESDAY = (at(f"1405/09/{day} 10:00") for day in ("08", "09", "10"))
CLOSURE = CalendarRef(id="wa", version=2)


def happens(*verbs: str, visits: tuple[Commitment, ...]) -> RequestMoved:
    commitments = (*a_move().commitments, *visits)
    return a_move(*verbs, about_visits=verbs, commitments=commitments, state=State.IN_PROGRESS)


def off(kind: CommitmentKind, when: datetime, by: CalendarRef | None, **changes: Any) -> Commitment:
    visit = ExpectedVisit(until=when, warned_at=MORNING, shut_by=by)
    return a_visit(kind, promised_at=when, visit=visit, **changes)


def moved(*moments: datetime, rule: str | None = None, hours_ago: int = 0) -> Commitment:
    """The next visit, which was for these moments in turn, an hour between the moves; the last one is of now."""
    last = len(moments) - 2 + hours_ago
    moves = tuple(
        Move(
            kind=MoveKind.RE_PROJECTED,
            at=MORNING - timedelta(hours=last - number),
            from_at=origin,
            to_at=to,
            calendar=CLOSURE,
            cause=DueCause.CALENDAR,
            rule=rule,
        )
        for number, (origin, to) in enumerate(pairwise(moments))
    )
    return a_visit(promised_at=moments[-1], moves=moves)


NEXT, BOOKED = CommitmentKind.NEXT_VISIT, CommitmentKind.APPOINTMENT


def test_a_visit_that_is_off_for_another_reason_is_told_by_itself_though_a_closure_takes_one_too() -> None:
    """The officer of the first is away: no message of another case would say so."""
    first = off(BOOKED, SUNDAY, None)
    second = off(NEXT, MONDAY, CLOSURE)
    message = only(told(happens("commitment.warned", visits=(second, first))))
    assert (message.tokens["visit"], message.closures, message.state) == (instant_text(SUNDAY), (), SENDING)
    of_a_closure = only(told(happens("commitment.warned", visits=(second,))))
    assert len(of_a_closure.closures) == 1


@pytest.mark.parametrize(("taken", "text"), [(1, "visit-off"), (2, "visit-off-by-closure")])
def test_of_two_visits_that_are_off_the_message_says_that_there_is_more(taken: int, text: str) -> None:
    """The desk is out of service on both days: the tracking page tells of the second."""
    both = (off(BOOKED, SUNDAY, None), off(NEXT, MONDAY, None))
    assert only(told(happens("commitment.warned", visits=both[:taken]))).template_id == text


def test_a_visit_that_is_off_is_named_by_the_hour_that_its_person_knows() -> None:
    """At night it was moved twice, and then it was off: they would set out on Sunday."""
    state = state_of(told(happens("commitment.re-projected", visits=(moved(SUNDAY, MONDAY),)), EVENING))
    assert trip(state) == SUNDAY
    again = moved(SUNDAY, MONDAY, TUESDAY)
    state = state_of(request_moved(state, happens("commitment.re-projected", visits=(again,)), world(EVENING)))
    assert trip(state) == SUNDAY
    gone = off(NEXT, TUESDAY, CLOSURE, moves=moved(SUNDAY, MONDAY, TUESDAY, hours_ago=1).moves)
    state = state_of(request_moved(state, happens("commitment.warned", visits=(gone,)), world(EVENING)))
    assert [message.state for message in state.messages] == [SUPPRESSED, SUPPRESSED, CREATED]
    assert (state.messages[-1].tokens["visit"], trip(state)) == (instant_text(SUNDAY), SUNDAY)


def test_a_visit_whose_new_hour_was_told_is_named_by_that() -> None:
    state = state_of(told(happens("commitment.re-projected", visits=(moved(SUNDAY, MONDAY),))))
    told_of = state_of(hear(state, Tell(message_id=state.messages[0].id)))
    assert told_of.messages[0].state is SENDING
    gone = off(NEXT, MONDAY, CLOSURE, moves=moved(SUNDAY, MONDAY, hours_ago=1).moves)
    state = state_of(request_moved(told_of, happens("commitment.warned", visits=(gone,)), world()))
    assert state.messages[-1].tokens["visit"] == instant_text(MONDAY)


def test_who_is_asked_back_hears_of_it_whatever_else_a_closure_moves() -> None:
    """The rules have found that day for them alone."""
    message = only(told(happens("commitment.re-projected", visits=(moved(SUNDAY, MONDAY, rule=ASKED_BACK),))))
    assert (message.notice, message.closures, message.state) == (Notice.VISIT_MOVED, (), SENDING)


def test_what_has_not_gone_out_gives_way_to_a_sooner_trip_also_when_it_was_tried() -> None:
    """No call was made, or the gateway has declined it."""
    told_of = _telling()
    turn = told_of.messages[0].turn
    for answer in (
        NotCalled(message_id=f"{REQUEST}.1", turn=turn, reason="BREAKER_OPEN"),
        Declined(message_id=f"{REQUEST}.1", turn=turn, reason="BUSY", again=True),
    ):
        waits = state_of(hear(told_of, answer))
        assert waits.messages[0].state is TEMP_FAILED
        decision = hear(waits, GiveWay(message_id=f"{REQUEST}.1"))
        assert only(decision).reason() == TOLD_WITH_ANOTHER
        assert [type(send.body) for send in decision.sends] == [GaveWay]
        afresh = state_of(hear(state_of(decision), Tell(message_id=f"{REQUEST}.1"))).messages[-1]
        assert (afresh.state, afresh.attempts, afresh.turn) == (SENDING, 0, 1), "with all its tries"
    gone = hear(told_of, GiveWay(message_id=f"{REQUEST}.1"))
    assert (only(gone).state, gone.sends) == (SENDING, ())


def _telling() -> Correspondence:
    """The message of a closure in the hands of the gateway."""
    state = state_of(told(happens("commitment.re-projected", visits=(moved(SUNDAY, MONDAY),))))
    return state_of(hear(state, Tell(message_id=state.messages[0].id)))


def trip(state: Correspondence) -> datetime | None:
    (turn,) = state.messages[-1].closures
    return turn.trip
