"""A Clock is due when intake has promised the answer anew, since its desk is away at the time before (I3, I6)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.commitment import OUT_OF_SERVICE, CommitmentState, Move, MoveKind
from services.contracts.decision import Decision
from services.contracts.intake import RequestMoved
from services.contracts.routing import DueCause
from services.contracts.working_calendar import CalendarRef
from services.routing.domain import placing
from services.routing.domain.case import Case
from services.routing.domain.clocks import counting, stopped
from services.worktime import jalali_text
from tests.unit.notify.cases import at
from tests.unit.routing.office import registered
from tests.unit.routing.re_dated_days import FILED, Days, word

DAYS = Days(())
BACK = "1405/09/25 09:10"


def put_off(to: str = BACK, state: CommitmentState = CommitmentState.OPEN, **request: Any) -> RequestMoved:
    """What intake publishes when it has moved the promise of the 19th, since its desk is away."""
    known = DAYS.promised()
    move = Move(
        kind=MoveKind.RE_PROJECTED,
        at=FILED + timedelta(days=2),
        from_at=known.promised_at,
        to_at=at(to),
        calendar=CalendarRef(id=known.calendar.id, version=1),
        cause=DueCause.CALENDAR,
        rule=OUT_OF_SERVICE,
    )
    promised = known.model_copy(update={"promised_at": move.to_at, "moves": (move,), "state": state})
    return registered("r1", FILED, moves=("commitment.re-projected",), commitments=(promised,), **request)


def heard(case: Case, request: RequestMoved) -> Decision[Case]:
    return placing.request_moved(case, request, DAYS.world(FILED + timedelta(days=2)))


@pytest.mark.parametrize("to", [BACK, "1405/09/17 14:14"], ids=["later", "pulled forward"])
def test_the_clock_is_due_then_with_the_budget_that_it_has(to: str) -> None:
    case = DAYS.case()
    event = word(heard(case, put_off(to)))
    assert (event.moves, event.minor(), event.due_moved) == (("clock.followed",), True, None)
    assert (jalali_text(event.clock.due), event.clock.budget) == (to, case.clock.budget)
    assert counting(event.clock).promised(DAYS.version(1)).at == event.clock.due, "with as much budget as leads there"


def test_heard_twice_it_is_told_once() -> None:
    once = heard(DAYS.case(), put_off()).state
    assert once is not None
    assert heard(once, put_off()) == Decision(once)


@pytest.mark.parametrize(
    "request_moved",
    [put_off(round=2), put_off(state=CommitmentState.BROKEN), put_off(state=CommitmentState.KEPT)],
    ids=["of another round", "broken", "kept"],
)
def test_what_is_over_moves_no_clock(request_moved: RequestMoved) -> None:
    case = DAYS.case().model_copy(update={"round": 3 if request_moved.round == 2 else 1})
    assert heard(case, request_moved) == Decision(case)


def test_a_clock_whose_task_is_answered_stays_where_it_is() -> None:
    case = DAYS.case()
    stands = case.model_copy(update={"clock": stopped(case, DAYS.world(FILED + timedelta(days=1)))})
    assert heard(stands, put_off()) == Decision(stands)
