"""A visit outlasts the round in which it was promised: whoever objects is still told of its new time (domain 3, 8)."""

from datetime import timedelta

from services.contracts.commitment import Move, MoveKind
from services.contracts.intake import RequestState
from services.contracts.routing import DueCause
from services.contracts.working_calendar import CalendarRef
from services.notify.domain.message import CREATED
from services.notify.domain.telling import request_moved
from tests.unit.notify.cases import MORNING, PROMISED, a_move, a_visit, at, state_of, told, world

EVENING = at("1405/09/02 23:30")


def test_an_objection_does_not_replace_the_word_of_a_visit_that_has_moved() -> None:
    moved = a_visit(
        promised_at=PROMISED,
        moves=(
            Move(
                kind=MoveKind.RE_PROJECTED,
                at=EVENING,
                from_at=PROMISED - timedelta(days=1),
                to_at=PROMISED,
                calendar=CalendarRef(id="wa-offices", version=2),
                cause=DueCause.CALENDAR,
            ),
        ),
    )
    ahead = (*a_move().commitments, moved)
    verb = "commitment.re-projected"
    word = a_move(verb, about_visits=(verb,), commitments=ahead, state=RequestState.COLLECTION_DUE)
    night = state_of(told(word, EVENING))
    assert [message.state for message in night.messages] == [CREATED], "it waits for the morning"
    objects = a_move(
        "request.objected", "commitment.added", round=2, commitments=ahead, version=2, state=RequestState.OBJECTED
    )
    after = state_of(request_moved(night, objects, world(MORNING + timedelta(days=1))))
    assert (after.messages[0].state, after.messages[0].reason()) == (CREATED, None), "else nobody says when to come"
