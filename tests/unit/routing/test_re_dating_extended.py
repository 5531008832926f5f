"""A Clock follows an extension of its promise, once, also beside a closure (domain 3, 6)."""

from datetime import timedelta

from services.contracts.commitment import ExtensionReason, Move, MoveKind
from services.contracts.decision import Decision
from services.contracts.intake import RequestMoved
from services.contracts.routing import DueCause
from services.contracts.working_calendar import CalendarRef
from services.routing.domain import placing
from services.routing.domain.case import Case
from services.routing.domain.clocks import stopped
from services.worktime import Duration, Unit, jalali_text
from tests.unit.notify.cases import at
from tests.unit.routing.office import registered
from tests.unit.routing.re_dated_days import BUDGET, FILED, Days, day, state_of, word


def an_extension(case: Case, days: Days, *to: str, version: int = 1) -> RequestMoved:
    """What intake publishes when it has extended the promise to these moments, one after the other."""
    known = days.promised()
    moves: list[Move] = []
    for moment in map(at, to):
        origin = moves[-1].to_at if moves else known.promised_at
        moves.append(
            Move(
                kind=MoveKind.EXTENDED,
                at=FILED + timedelta(days=2),
                from_at=origin,
                to_at=moment,
                calendar=CalendarRef(id=case.calendar.id, version=version),
                reason=ExtensionReason.SITE_SURVEY,
                approver="head",
            )
        )
    promised = known.model_copy(update={"promised_at": moves[-1].to_at, "moves": tuple(moves)})
    return registered("r1", FILED, moves=("commitment.extended",), commitments=(promised,))


def test_the_clock_follows_an_extension_with_more_budget_and_confirms_it() -> None:
    days = Days((), (day("1405/09/10"),))
    case = days.case()
    decision = placing.request_moved(case, an_extension(case, days, "1405/09/24 11:00"), days.world(FILED))
    event = word(decision)
    assert (jalali_text(event.clock.due), event.clock.extensions) == ("1405/09/24 11:00", 1)
    assert event.due_moved is not None
    assert event.due_moved.cause is DueCause.EXTENSION
    assert (event.clock.budget, event.clock.consumed) == (BUDGET, 0), "the sheet's budget is what it was"
    twice = placing.request_moved(
        decision.state, an_extension(case, days, "1405/09/24 11:00", "1405/09/26 08:00"), days.world(FILED)
    )
    assert (jalali_text(word(twice).clock.due), word(twice).clock.extensions) == ("1405/09/26 08:00", 2)
    later = days.changed(state_of(decision))
    assert jalali_text(word(later).clock.due) == "1405/09/25 11:00", "a closure moves what was extended"


def test_an_extension_ends_at_its_date_also_where_the_promise_stood_later_than_its_count() -> None:
    """It avoided a day that was withdrawn since."""
    days = Days((day("1405/09/10", status="PROVISIONAL"),), ())
    case = state_of(days.changed(days.case()))
    extension = an_extension(case, days, "1405/09/24 11:00", version=2)
    extended = placing.request_moved(case, extension, days.world(FILED))
    assert jalali_text(word(extended).clock.due) == "1405/09/24 11:00"


def test_an_extension_and_a_closure_that_cross_end_at_the_same_date_whichever_came_first() -> None:
    """Intake extended by version 1, while here version 2 was noted already: the closure is added to it."""
    days = Days((), (day("1405/09/10"),))
    case = days.case()
    extension = an_extension(case, days, "1405/09/24 11:00")
    first = placing.request_moved(case, extension, days.world(FILED)).state
    assert first is not None
    then_closed = word(days.changed(first)).clock
    closed = state_of(days.changed(case))
    then_extended = word(placing.request_moved(closed, extension, days.world(FILED))).clock
    assert then_closed == then_extended
    assert jalali_text(then_extended.due) == "1405/09/25 11:00"


def test_an_extension_is_taken_once_and_none_of_a_round_that_is_over() -> None:
    days = Days(())
    case = days.case()
    extension = an_extension(case, days, "1405/09/24 11:00")
    once = placing.request_moved(case, extension, days.world(FILED)).state
    assert placing.request_moved(once, extension, days.world(FILED)) == Decision(once)
    ahead = case.model_copy(update={"round": 2})
    assert placing.request_moved(ahead, extension, days.world(FILED)) == Decision(ahead)


def test_a_clock_that_stands_takes_the_budget_and_says_nothing() -> None:
    days = Days(())
    case = days.case()
    stands = case.model_copy(update={"clock": stopped(case, days.world(FILED + timedelta(days=1)))})
    decision = placing.request_moved(stands, an_extension(case, days, "1405/09/22 09:30"), days.world(FILED))
    assert decision.events == ()
    assert state_of(decision).clock.extended == Duration(2, Unit.WORKING_DAYS).grains


def test_an_extension_that_crosses_a_closure_names_the_day_that_moved_it() -> None:
    """Of what intake knew when it extended nothing is said."""
    known, closed = (
        day(date, decided={"id": "wa", "version": version}) for version, date in ((1, "1405/09/09"), (2, "1405/09/10"))
    )
    days = Days((known,), (known, closed))
    case = state_of(days.changed(days.case()))
    crossed = word(placing.request_moved(case, an_extension(case, days, "1405/09/24 11:00"), days.world(FILED)))
    assert crossed.due_moved is not None
    assert [named.date for named in crossed.due_moved.days] == [closed.date]
    by_now = an_extension(case, days, "1405/09/24 11:00", version=2)
    confirmed = word(placing.request_moved(case, by_now, days.world(FILED)))
    assert confirmed.due_moved is not None
    assert confirmed.due_moved.days == ()


def test_a_closure_of_which_intake_has_heard_first_does_not_pull_the_extension_forward() -> None:
    """Else its person would be told of a sooner date, and then of the one before it again."""
    days = Days((), (day("1405/09/10"),))
    case = days.case()
    extension = an_extension(case, days, "1405/09/24 11:00", version=2)
    extended = placing.request_moved(case, extension, days.world(FILED))
    assert jalali_text(word(extended).clock.due) == "1405/09/24 11:00"
    assert days.changed(state_of(extended)).events == ()
