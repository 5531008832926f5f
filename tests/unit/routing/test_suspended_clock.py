"""The Clock of what stands still: it loses and wins nothing by it (domain 6; I3, I6, 12.1-3)."""

from datetime import datetime, timedelta

import pytest

from services.contracts.decision import Decision
from services.contracts.routing import REASONS, DueCause, WorkMoved
from services.ops.chance import Chance
from services.routing.domain import placing
from services.routing.domain.case import Case
from services.routing.domain.clocks import counting
from services.routing.domain.messages import CalendarChanged
from services.routing.domain.re_dating import calendar_changed
from services.worktime import Duration, Unit, elapsed, promise
from services.worktime.published import calendar_of
from tests.unit.intake.cases import at
from tests.unit.routing.office import DESK, UNIT, registered, world
from tests.unit.routing.re_dated_days import day
from tests.unit.routing.standing_still import FILED, REGISTRY, a_case, hours, resume, state, suspend


def word(decision: Decision[Case]) -> WorkMoved:
    """The only event."""
    (event,) = decision.events
    assert isinstance(event, WorkMoved)
    return event


def test_12_2_pausing_over_the_weekend_adds_zero_working_time() -> None:
    """GLPI #10594. Thursday at closing until Saturday at opening: Friday is off."""
    case = a_case()
    stood = state(suspend(case, "1405/09/05 13:00"))
    going = resume(stood, "1405/09/07 07:30")
    assert state(going).clock.due == case.clock.due
    assert [event.moves for event in going.events] == [("clock.resumed",)], "nothing moved"
    assert state(going).clock.consumed_minutes == stood.clock.consumed_minutes


def test_a_pause_of_three_working_days_moves_the_due_time_by_three_working_days() -> None:
    going = resume(state(suspend(a_case(), "1405/09/07 09:30")), "1405/09/10 09:30")
    event = word(going)
    assert event.moves == ("clock.resumed", "clock.due-moved")
    assert event.due_moved is not None
    assert (event.due_moved.cause, event.due_moved.from_at) == (DueCause.SUSPENSION, a_case().clock.due)
    assert event.clock.due == promise(hours(), FILED, Duration(18, Unit.WORKING_DAYS)).at
    assert event.clock.suspensions[0].to_at == at("1405/09/10 09:30")


def test_a_pause_of_an_instant_or_a_night_changes_nothing() -> None:
    case = a_case()
    for begin, end in (("1405/09/07 09:30", "1405/09/07 09:30"), ("1405/09/07 23:00", "1405/09/08 06:00")):
        assert state(resume(state(suspend(case, begin)), end)).clock.due == case.clock.due


def test_12_3_another_calendar_during_the_pause_keeps_what_is_consumed() -> None:
    """GLPI #6902: what was worked by the old days stays worked; what is left is counted by the new ones."""
    stood = state(suspend(a_case(), "1405/09/07 09:30"))
    unit = REGISTRY.unit(UNIT)
    assert unit is not None
    entry = REGISTRY.calendar(unit.calendar_id)
    assert entry is not None
    weeks = tuple(
        week.model_copy(update={"days": {day: hours for day, hours in week.days.items() if day != "thursday"}})
        for week in entry.weeks
    )
    newer = entry.model_copy(update={"version": entry.version + 1, "weeks": weeks})
    assert calendar_changed(stood, CalendarChanged(version=newer.version), world(registry=REGISTRY)).state == stood
    going = state(resume(stood, "1405/09/07 09:30", newer))
    assert going.clock.consumed == stood.clock.consumed
    assert going.calendar.version == newer.version
    desk = REGISTRY.desk(DESK)
    left = Duration(11, Unit.WORKING_DAYS)  # Tuesday, Wednesday, Thursday and Saturday are worked
    by = calendar_of(newer, desk.county if desk else None)
    assert going.clock.due == promise(by, at("1405/09/07 09:30"), left).at
    assert going.clock.due > a_case().clock.due, "Thursdays are off now"


def test_I3_what_was_promised_for_a_day_that_is_closed_by_the_time_the_work_goes_on_waits_for_the_next() -> None:
    """It lay later than it counts, since it had avoided a day that was withdrawn: nothing else moves it any more."""
    case = a_case()
    later = case.model_copy(update={"clock": case.clock.model_copy(update={"due": at("1405/09/24 10:00")})})
    stood = state(suspend(later, "1405/09/07 09:30"))
    assert state(resume(stood, "1405/09/07 09:30")).clock.due == at("1405/09/24 10:00")
    entry = REGISTRY.calendar(case.calendar.id)
    assert entry is not None
    newer = entry.model_copy(update={"version": entry.version + 1, "exceptions": (day("1405/09/24"),)})
    assert state(resume(stood, "1405/09/07 09:30", newer)).clock.due == at("1405/09/25 07:30")


def test_12_1_reading_comments_and_other_events_of_intake_leave_the_clock_as_it_is() -> None:
    """DIGIT: the clock restarts on any edit."""
    for case in (a_case(), state(suspend(a_case(), "1405/09/04 09:30"))):
        for moves in (("request.evidence-added",), ("request.started",), ("survey.answered",)):
            heard = placing.request_moved(case, registered("r1", moves=moves), world(at("1405/09/06 10:00"), REGISTRY))
            assert heard.state == case
            assert heard.events == ()


def test_the_due_time_never_moves_to_an_earlier_hour_and_stays_broken() -> None:
    late = a_case()
    overdue = late.clock.due + timedelta(days=3)
    stood = state(suspend(late, overdue))
    going = resume(stood, overdue + timedelta(days=5))
    assert (going.events[0].moves, state(going).clock.due) == (("clock.resumed",), late.clock.due)


def test_longer_days_announced_meanwhile_make_no_promise_sooner() -> None:
    stood = state(suspend(a_case(), "1405/09/07 09:30"))
    unit = REGISTRY.unit(UNIT)
    assert unit is not None
    entry = REGISTRY.calendar(unit.calendar_id)
    assert entry is not None
    friday = {"friday": (("07:30", "14:30"),)}
    weeks = tuple(week.model_copy(update={"days": {**week.days, **friday}}) for week in entry.weeks)
    newer = entry.model_copy(update={"version": entry.version + 1, "weeks": weeks})
    going = resume(stood, "1405/09/07 09:31", newer)
    assert (word(going).moves, state(going).clock.due) == (("clock.resumed",), a_case().clock.due)


def test_I3_the_law_is_not_moved_by_a_pause() -> None:
    limit = at("1405/09/22 12:00")
    case = a_case().model_copy(update={"legal_latest_at": limit})
    going = resume(state(suspend(case, "1405/09/04 09:30")), "1405/09/11 09:30")
    event = word(going)
    assert event.due_moved is not None
    assert (event.clock.due, event.due_moved.rule) == (limit, "LEGAL_LIMIT")


@pytest.mark.parametrize("seed", range(40))
def test_the_ledger_agrees_with_a_slow_count_minute_by_minute(seed: int) -> None:
    """Consumed is what was open outside the pauses; the due time is where the open minutes that are left end."""
    chance, calendar = Chance(seed), hours()
    case, now = a_case(chance.choice([5, 15])), FILED
    begun, pauses = FILED, list[tuple[datetime, datetime]]()
    for cause, reason in chance.sample(
        [(cause, reason) for cause, reasons in REASONS.items() for reason in reasons if cause != "APPLICANT"], 3
    ):
        begin = now + timedelta(minutes=chance.randint(0, 2 * 24 * 60))
        end = begin + timedelta(minutes=chance.randint(0, 4 * 24 * 60))
        if begin > case.clock.due:
            break
        stood = state(suspend(case, begin, cause.value, reason=reason.value, deadline="2027-02-01T06:00:00Z"))
        case, now = state(resume(stood, end)), end
        pauses.append((begin, end))
    worked = sum(
        elapsed(calendar, begin, end, Unit.WORKING_DAYS)
        for begin, end in zip([begun, *(end for _, end in pauses)], [begin for begin, _ in pauses], strict=False)
    )
    whole = Duration(1, Unit.WORKING_DAYS).grains
    assert case.clock.consumed == worked * whole
    assert [(one.from_at, one.to_at) for one in case.clock.suspensions] == pauses
    left = case.clock.budget.value - worked
    if pauses and left > 0:
        reached = elapsed(calendar, case.clock.running_since or now, case.clock.due, Unit.WORKING_DAYS)
        assert 0 <= reached - left < 0.02 or abs(left - reached) < 0.02, "within the minute, or the desk's next opening"
    assert counting(case.clock).running_since is not None
