"""A Clock's due time moves for what is certain and touches it, and follows an extension (domain 6, 12.4, 12.9, I6)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.contracts.commitment import Commitment, CommitmentKind, ExtensionReason, Move, MoveKind
from services.contracts.decision import Decision, World
from services.contracts.intake import RequestMoved
from services.contracts.routing import DueCause, TaskState, WorkMoved
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.contracts.working_calendar import CalendarRef, DayException, DayKind, WorkingCalendar
from services.routing.domain import placing
from services.routing.domain.case import Case
from services.routing.domain.clocks import LEGAL_LIMIT, stopped
from services.routing.domain.messages import CalendarChanged
from services.routing.domain.re_dating import calendar_changed
from services.routing.domain.rules import Rules
from services.routing.handlers import CASE
from services.worktime import Calendar, Duration, Unit, jalali_text, promise
from services.worktime.published import calendar_of
from tests.support.memory_door import WORKING_MORNING
from tests.unit.notify.cases import at
from tests.unit.routing.office import DESK, Office, province, registered, world

FILED = WORKING_MORNING
"""Monday 1405/09/02 09:30."""
BUDGET = WorkingTime(value=15, unit=DurationUnit.WORKING_DAYS)
CALENDAR = "wa-municipality-urmia"


def calendar(*days: DayException, version: int = 1) -> WorkingCalendar:
    """The municipality's calendar with nothing but these days."""
    desk = province().desk(DESK)
    assert desk is not None
    entry = province().calendar(desk.calendar_id)
    assert entry is not None
    return entry.model_copy(update={"exceptions": days, "version": version})


def day(written: str, kind: DayKind = DayKind.CLOSED, status: str = "CONFIRMED", **how: Any) -> DayException:
    return DayException.model_validate(
        {"date": at(f"{written} 12:00").date(), "kind": kind, "status": status, "source": "بخشنامه ۷۷"} | how
    )


class Days:
    """The calendar in its versions, from 1 on."""

    def __init__(self, *versions: tuple[DayException, ...]) -> None:
        self.entries = [calendar(*days, version=number) for number, days in enumerate(versions, 1)]

    def world(self, now: datetime) -> World[Rules]:
        known = world(now)
        return World(
            now=now,
            registry=province("ada").with_entries(self.entries),
            rules=known.rules,
            patience_over=True,
        )

    def version(self, number: int) -> Calendar:
        desk = province().desk(DESK)
        assert desk is not None
        return calendar_of(self.entries[number - 1], desk.county)

    def promised(self, legal: timedelta = timedelta(days=60), filed: datetime = FILED) -> Commitment:
        due = promise(self.version(1), filed, Duration(15, Unit.WORKING_DAYS)).at
        return Commitment(
            id="r1.1",
            kind=CommitmentKind.FINAL_DELIVERY,
            promised_at=due,
            promised_local=jalali_text(due),
            legal_latest_at=filed + legal,
            calendar=CalendarRef(id=self.entries[0].id, version=1),
            budget=BUDGET,
        )

    def case(self, **how: Any) -> Case:
        """A building permit of 1405/09/02, with its Clock running."""
        case = placing.request_moved(
            None, registered("r1", FILED, commitments=(self.promised(**how),)), self.world(FILED)
        ).state
        assert case is not None
        return case

    def changed(self, case: Case, to: int = 2, now: datetime = FILED + timedelta(days=1)) -> Decision[Case]:
        return calendar_changed(case, CalendarChanged(version=to), self.world(now))


def state_of(decision: Decision[Case]) -> Case:
    assert decision.state is not None
    return decision.state


def word(decision: Decision[Case]) -> WorkMoved:
    (event,) = decision.events
    assert isinstance(event, WorkMoved)
    return event


def unmoved(decision: Decision[Case], before: Case, version: int = 2) -> bool:
    """Only the version is noted, and nobody hears of it."""
    noted = before.model_copy(update={"calendar": CalendarRef(id=before.calendar.id, version=version)})
    return decision.state == noted and decision.events == ()


def test_a_closure_within_the_count_moves_the_due_time_by_a_day_and_says_why() -> None:
    days = Days((), (day("1405/09/10"),))
    case = days.case()
    assert jalali_text(case.clock.due) == "1405/09/19 08:50", "on a Thursday the desk is open till noon"
    decision = days.changed(case)
    event = word(decision)
    assert event.moves == ("clock.due-moved",)
    assert jalali_text(event.clock.due) == "1405/09/21 09:30", "the 20th is a Friday"
    assert event.due_moved is not None
    assert (event.due_moved.from_at, event.due_moved.cause) == (case.clock.due, DueCause.CALENDAR)
    assert event.due_moved.calendar == CalendarRef(id=case.calendar.id, version=2) == state_of(decision).calendar
    assert (event.clock.running_since, event.clock.consumed) == (case.clock.running_since, 0)


@pytest.mark.parametrize(
    "change",
    [
        (day("1405/09/25"),),
        (day("1405/09/10", status="PROVISIONAL"),),
        (day("1405/09/20"),),
        (day("1405/09/10", county="khoy"),),
        (day("1405/09/01"),),
    ],
    ids=["after it is due", "not certain", "a Friday", "another county", "before it was filed"],
)
def test_what_does_not_touch_it_moves_nothing(change: tuple[DayException, ...]) -> None:
    days = Days((), change)
    case = days.case()
    assert unmoved(days.changed(case), case)


def test_a_provisional_day_that_the_promise_avoided_moves_nothing_when_it_is_confirmed_or_withdrawn() -> None:
    """12.8: it was counted as shut from the start."""
    provisional = day("1405/09/10", status="PROVISIONAL")
    confirmed = Days((provisional,), (day("1405/09/10"),))
    case = confirmed.case()
    assert jalali_text(case.clock.due) == "1405/09/21 09:30"
    assert unmoved(confirmed.changed(case), case)
    withdrawn = Days((provisional,), ())
    assert unmoved(withdrawn.changed(withdrawn.case()), case)


def test_a_closure_moves_a_promise_that_avoids_a_provisional_day_too() -> None:
    """What was left for the holiday is not spent on the snow."""
    holiday = day("1405/09/10", status="PROVISIONAL")
    days = Days((holiday,), (holiday, day("1405/09/11")), (day("1405/09/10"), day("1405/09/11")))
    moved = state_of(days.changed(days.case()))
    assert jalali_text(moved.clock.due) == "1405/09/22 09:30"
    assert unmoved(days.changed(moved, 3), moved, 3)


def test_the_confirmation_of_one_avoided_day_does_not_bring_back_another_that_was_withdrawn() -> None:
    """Neither was certain when the promise was given, and nobody is told an earlier date for that."""
    first, second = day("1405/09/10", status="PROVISIONAL"), day("1405/09/11", status="PROVISIONAL")
    days = Days((first, second), (second,), (day("1405/09/11"),))
    case = state_of(days.changed(days.case()))
    assert jalali_text(case.clock.due) == "1405/09/22 09:30"
    assert unmoved(days.changed(case, 3), case, 3)


def test_a_day_that_was_announced_after_the_promise_moves_it_once_it_is_certain() -> None:
    days = Days((), (day("1405/09/10", status="PROVISIONAL"),), (day("1405/09/10"),))
    noted = days.changed(days.case())
    assert noted.events == ()
    assert jalali_text(word(days.changed(state_of(noted), 3)).clock.due) == "1405/09/21 09:30"


def test_another_closure_is_not_counted_on_top_of_a_day_that_was_avoided_for_nothing() -> None:
    """The day that was withdrawn makes room for the one that is closed."""
    days = Days(
        (day("1405/09/10", status="PROVISIONAL"),), (), (day("1405/09/11"),), (day("1405/09/11"), day("1405/09/14"))
    )
    case = state_of(days.changed(days.case(), 2))
    third = days.changed(case, 3)
    assert unmoved(third, case, 3)
    assert jalali_text(word(days.changed(state_of(third), 4)).clock.due) == "1405/09/22 09:30"


def test_a_promise_on_a_day_that_is_shut_after_all_moves_though_the_count_does_not() -> None:
    """Avoiding the 10th put it on the 21st: that day is closed now, whatever becomes of the 10th (I3)."""
    provisional = day("1405/09/10", status="PROVISIONAL")
    days = Days((provisional,), (provisional, day("1405/09/21")))
    assert jalali_text(word(days.changed(days.case())).clock.due) == "1405/09/22 09:30"


def test_a_day_from_home_counts_and_a_promise_on_it_waits_for_the_desk() -> None:
    days = Days((), (day("1405/09/19", DayKind.REMOTE),))
    event = word(days.changed(days.case()))
    assert jalali_text(event.clock.due).startswith("1405/09/21 0")
    assert event.due_moved is not None
    assert event.due_moved.rule == "REMOTE_DAY"


def test_a_make_up_day_brings_the_promise_forward() -> None:
    made_up = day("1405/09/06", DayKind.EXTRA, intervals=(("07:30", "14:30"),))
    days = Days((), (made_up,))
    assert jalali_text(word(days.changed(days.case())).clock.due) == "1405/09/18 09:30"


def test_time_that_is_won_never_makes_a_promise_late() -> None:
    """On the morning of the 18th at ten, the make-up day would put it half an hour ago."""
    days = Days((), (day("1405/09/06", DayKind.EXTRA, intervals=(("07:30", "14:30"),)),))
    case = days.case()
    assert unmoved(days.changed(case, now=at("1405/09/18 10:00")), case)


def test_it_is_not_moved_past_the_law() -> None:
    days = Days((), tuple(day(f"1405/09/{number}") for number in (10, 11, 12)))
    case = days.case(legal=timedelta(days=18))  # 1405/09/20 09:30, a Friday
    event = word(days.changed(case))
    assert jalali_text(event.clock.due) == "1405/09/19 11:59"
    assert event.due_moved is not None
    assert event.due_moved.rule == LEGAL_LIMIT


def test_the_same_change_heard_twice_or_late_moves_nothing_more() -> None:
    days = Days((), (day("1405/09/10"),), (day("1405/09/10"), day("1405/09/11")))
    case = state_of(days.changed(days.case(), 3))
    for version in (3, 2):
        assert days.changed(case, version) == Decision(case)


def test_a_broken_promise_is_not_mended_by_a_closure_announced_afterwards() -> None:
    """I6."""
    days = Days((), (day("1405/09/10"),))
    case = days.case()
    assert unmoved(days.changed(case, now=case.clock.due + timedelta(seconds=1)), case)


def test_a_clock_that_stands_is_left_alone() -> None:
    """What is over stays as it is; what is suspended is counted when it goes on."""
    days = Days((), (day("1405/09/10"),))
    case = days.case()
    stands = case.model_copy(update={"clock": stopped(case, days.world(FILED + timedelta(days=1)))})
    assert stands.clock.consumed == Duration(1, Unit.WORKING_DAYS).grains
    assert days.changed(stands) == Decision(stands)


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


async def test_the_list_of_the_unit_shows_the_new_due_time() -> None:
    days = Days((), (day("1405/09/10"),))
    office = Office(province("ada").with_entries(days.entries))
    await office.hear(registered("r1", FILED, commitments=(days.promised(),)))
    await office.submit(CASE, "r1", CalendarChanged(version=2))
    assert jalali_text(office.case("r1").clock.due) == "1405/09/21 09:30"
    assert office.case("r1").task.state is TaskState.ASSIGNED
    assert office.published("r1")[-1].moves == ("clock.due-moved",)
