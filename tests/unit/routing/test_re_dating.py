"""A Clock's due time moves for what is certain and touches it (domain 6, 12.4, 12.9, I6)."""

from datetime import timedelta

import pytest

from services.contracts.decision import Decision
from services.contracts.routing import DueCause, TaskState
from services.contracts.working_calendar import CalendarRef, DayException, DayKind
from services.routing.domain.case import Case
from services.routing.domain.clocks import LEGAL_LIMIT, stopped
from services.routing.domain.messages import CalendarChanged
from services.routing.handlers import CASE
from services.worktime import Duration, Unit, jalali_text
from tests.unit.notify.cases import at
from tests.unit.routing.office import RULES, Office, province, registered
from tests.unit.routing.re_dated_days import FILED, Days, day, state_of, word


def unmoved(decision: Decision[Case], before: Case, version: int = 2) -> bool:
    """Only the version is noted, and when the next rung is looked at; nobody hears of it."""
    noted = before.model_copy(update={"calendar": CalendarRef(id=before.calendar.id, version=version)})
    after = state_of(decision).model_copy(update={"next_rung_at": before.next_rung_at})
    return after == noted and decision.events == ()


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


def test_a_day_that_was_uncertain_first_moves_nothing_while_an_avoided_holiday_is_to_spare() -> None:
    """Known at once as closed it moves, so that the holiday stays avoided; seen PROVISIONAL first, what is certain does
    not touch the promise until the holiday is, too."""
    holiday, snow = day("1405/09/10", status="PROVISIONAL"), day("1405/09/11")
    maybe = day("1405/09/11", status="PROVISIONAL")
    days = Days((holiday,), (holiday, maybe), (holiday, snow), (day("1405/09/10"), snow))
    assert jalali_text(word(days.changed(days.case(), 3)).clock.due) == "1405/09/22 09:30"
    noted = state_of(days.changed(days.case(), 2))
    later = days.changed(noted, 3)
    assert unmoved(later, noted, 3)
    assert jalali_text(word(days.changed(state_of(later), 4)).clock.due) == "1405/09/22 09:30"


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


def test_I3_where_the_law_leaves_no_open_minute_ahead_it_is_not_due_in_the_past() -> None:
    """The desk has shut on the last day that the law leaves, and the next is closed: late, and ahead all the same."""
    days = Days((), (day("1405/09/19"),))
    case = days.case(legal=timedelta(days=18))  # 1405/09/20 09:30, a Friday
    evening = at("1405/09/18 20:00")
    event = word(days.changed(case, now=evening))
    assert event.clock.due > evening
    assert event.due_moved is not None
    assert event.due_moved.rule != LEGAL_LIMIT


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


async def test_the_list_of_the_unit_shows_the_new_due_time() -> None:
    days = Days((), (day("1405/09/10"),))
    office = Office(province("ada").with_entries(days.entries))
    await office.hear(registered("r1", FILED, commitments=(days.promised(),)))
    await office.submit(CASE, "r1", CalendarChanged(version=2))
    assert jalali_text(office.case("r1").clock.due) == "1405/09/21 09:30"
    assert office.case("r1").work[-1].task.state is TaskState.ASSIGNED
    assert office.published("r1")[-1].moves == ("clock.due-moved",)


def recorded(*after_due: timedelta) -> tuple[Days, Case]:
    """A case, and versions from the second on, each of which shuts another day, recorded so long after it is due."""
    days = Days((), *(tuple(day(f"1405/09/{10 + n}") for n in range(many)) for many in range(1, len(after_due) + 1)))
    case = days.case()
    for number, after in enumerate(after_due, 1):
        days.entries[number] = days.entries[number].model_copy(update={"recorded_at": case.clock.due + after})
    return days, case


def test_days_that_were_recorded_before_a_clock_was_due_move_it_though_it_is_looked_at_some_minutes_later() -> None:
    """Routing was away, or had many to count before it; intake waits for the word."""
    days, case = recorded(timedelta(0))
    decision = days.changed(case, now=case.clock.due + RULES.counted_within)
    assert jalali_text(word(decision).clock.due) == "1405/09/21 09:30"


@pytest.mark.parametrize(
    ("recorded_after", "looked_at_after"),
    [(timedelta(seconds=1), timedelta(minutes=1)), (-timedelta(days=1), RULES.counted_within + timedelta(seconds=1))],
    ids=["recorded too late", "the promise is broken by then"],
)
def test_I6_days_that_come_too_late_move_no_clock(recorded_after: timedelta, looked_at_after: timedelta) -> None:
    days, case = recorded(recorded_after)
    assert unmoved(days.changed(case, now=case.clock.due + looked_at_after), case)


def test_of_several_changes_those_count_that_were_recorded_in_time_and_the_newest_is_noted_next() -> None:
    days, case = recorded(-timedelta(days=2), -timedelta(days=1), timedelta(minutes=1))
    moved = state_of(days.changed(case, 4, case.clock.due + timedelta(minutes=2)))
    assert (moved.calendar.version, jalali_text(moved.clock.due)) == (3, "1405/09/22 09:30")
    assert state_of(days.changed(moved, 4, case.clock.due + timedelta(minutes=3))).calendar.version == 4
