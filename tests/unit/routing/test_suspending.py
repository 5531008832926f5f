"""The work stands still and goes on: the Clock loses and wins nothing by it (domain 3, 6; I6, I7, I10, 12.1-3)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision, Refused, TimerFired
from services.contracts.entry import Entry
from services.contracts.intake import AwaitedDocuments, RequestMoved, RequestSuspension
from services.contracts.routing import (
    REASONS,
    AnswerTask,
    DueCause,
    ResumeTask,
    SuspendTask,
    SuspensionCause,
    SuspensionReason,
    TaskState,
    WorkMoved,
)
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.ops.chance import chance_of
from services.routing.domain import handling, placing, suspending
from services.routing.domain.case import SUSPENSION, Case, timers
from services.routing.domain.clocks import counting
from services.routing.domain.due import fell_due
from services.routing.domain.handling import Line, Start
from services.routing.domain.messages import CalendarChanged, HeldDemanded
from services.routing.domain.re_dating import calendar_changed
from services.routing.store import older
from services.worktime import Duration, Unit, elapsed, promise
from services.worktime.published import calendar_of
from tests.unit.intake.cases import at
from tests.unit.routing.office import DESK, UNIT, province, registered, world
from tests.unit.routing.test_handling import assigned

PLAN, CONTRACT, DEED = "architectural-plan", "engineer-contract", "ownership-deed"
REGISTRY = province("ada", "bahar")
FILED = at("1405/09/02 09:30")


def hours() -> Any:
    unit, desk = REGISTRY.unit(UNIT), REGISTRY.desk(DESK)
    assert unit is not None
    assert desk is not None
    entry = REGISTRY.calendar(unit.calendar_id)
    assert entry is not None
    return calendar_of(entry, desk.county)


def a_case(budget: int = 15) -> Case:
    """A permit with `ada`, promised as intake promises: so many working days from Monday 1405/09/02 09:30."""
    case = assigned()
    days = WorkingTime(value=budget, unit=DurationUnit.WORKING_DAYS)
    due = promise(hours(), FILED, Duration(budget, Unit.WORKING_DAYS)).at
    clock = case.clock.model_copy(update={"budget": days, "running_since": FILED, "due": due})
    return case.model_copy(update={"clock": clock, "legal_latest_at": FILED + timedelta(days=300)})


def suspend(case: Case, now: datetime | str, cause: str = "APPLICANT", **body: Any) -> Decision[Case]:
    asked = {"evidenceTypes": [PLAN]} if cause == "APPLICANT" else {}
    command = SuspendTask.model_validate({"officerId": "ada", "cause": cause} | asked | body)
    return suspending.suspended(case, command, world(moment(now), REGISTRY))


def resume(case: Case, now: datetime | str, *changed: Entry, officer: str = "ada") -> Decision[Case]:
    command = ResumeTask.model_validate({"officerId": officer})
    return suspending.resumed(case, command, world(moment(now), REGISTRY.with_entries(changed)))


def moment(now: datetime | str) -> datetime:
    return at(now) if isinstance(now, str) else now


def state(decision: Decision[Case]) -> Case:
    assert decision.state is not None
    return decision.state


def word(decision: Decision[Case]) -> WorkMoved:
    """The only event."""
    (event,) = decision.events
    assert isinstance(event, WorkMoved)
    return event


def refused(call: Any, *arguments: Any, **options: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*arguments, **options)
    return caught.value


def told(case: Case, missing: tuple[str, ...] = (), **changes: Any) -> RequestMoved:
    """Intake's word on the documents of a suspension."""
    lasting = case.clock.suspended()
    number = lasting.number if lasting else 1
    suspension = RequestSuspension(
        number=number, cause=SuspensionCause.APPLICANT, reason=SuspensionReason.MISSING_DOCUMENT, since=FILED
    )
    documents = AwaitedDocuments(types=(PLAN, CONTRACT), missing=missing, until=FILED)
    fields: dict[str, Any] = {"moves": ("request.evidence-added",), "suspension": suspension, "awaited": documents}
    return registered(case.request_id, **(fields | changes))


def test_the_assignee_says_what_is_missing_and_the_clock_stands_with_what_is_consumed() -> None:
    decision = suspend(a_case(), "1405/09/04 09:30", evidenceTypes=[PLAN, CONTRACT, PLAN])
    (event,) = decision.events
    (suspension,) = state(decision).clock.suspensions
    assert event.moves == ("clock.suspended",)
    assert not event.minor(), "intake has to hear it"
    assert (suspension.number, suspension.cause, suspension.evidence_types) == (1, "APPLICANT", (PLAN, CONTRACT))
    assert (suspension.from_at, suspension.to_at, suspension.by) == (at("1405/09/04 09:30"), None, "ada")
    assert (state(decision).clock.running_since, state(decision).clock.consumed_minutes) == (None, 2 * 405)
    assert state(decision).task.state is TaskState.ASSIGNED, "the task keeps its state"
    assert decision.answer == {"state": "ASSIGNED"}


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
    assert going.clock.due > a_case().clock.due, "Thursdays are off now"


def test_12_1_reading_comments_and_other_events_of_intake_leave_the_clock_as_it_is() -> None:
    """DIGIT: the clock restarts on any edit."""
    for case in (a_case(), state(suspend(a_case(), "1405/09/04 09:30"))):
        for moves in (("request.evidence-added",), ("request.started",), ("survey.answered",)):
            heard = placing.request_moved(case, registered("r1", moves=moves), world(at("1405/09/06 10:00"), REGISTRY))
            assert heard.state == case
            assert heard.events == ()


def test_the_last_document_lets_the_work_go_on_once() -> None:
    stood = state(suspend(a_case(), "1405/09/07 09:30", evidenceTypes=[PLAN, CONTRACT]))
    now = world(at("1405/09/08 09:30"), REGISTRY)
    assert placing.request_moved(stood, told(stood, missing=(CONTRACT,)), now).state == stood
    going = placing.request_moved(stood, told(stood), now)
    assert going.events[0].moves == ("clock.resumed", "clock.due-moved")
    assert placing.request_moved(state(going), told(stood), now).state == state(going), "heard twice"


def test_word_about_another_suspension_or_round_moves_nothing() -> None:
    first = state(resume(state(suspend(a_case(), "1405/09/04 09:30")), "1405/09/05 09:30"))
    second = state(suspend(first, "1405/09/07 09:30", evidenceTypes=[CONTRACT]))
    now = world(at("1405/09/08 09:30"), REGISTRY)
    late = told(second).suspension
    assert late is not None
    assert late.number == 2
    stale = told(second, suspension=late.model_copy(update={"number": 1}))
    assert placing.request_moved(second, stale, now).state == second
    legal = state(suspend(a_case(), "1405/09/04 09:30", "LEGAL"))
    assert placing.request_moved(legal, told(legal), now).state == legal


@pytest.mark.parametrize("officer", ["bahar", "nobody"])
def test_only_the_assignee_lets_it_stand_still_and_go_on(officer: str) -> None:
    stood = state(suspend(a_case(), "1405/09/04 09:30"))
    for refusal in (
        refused(suspend, a_case(), "1405/09/04 09:30", officerId=officer),
        refused(resume, stood, "1405/09/05 09:30", officer=officer),
    ):
        assert refusal.code in ("NOT_ASSIGNEE", "UNKNOWN_OFFICER")


def test_while_it_stands_still_nobody_starts_answers_or_suspends_again() -> None:
    now = world(at("1405/09/05 09:30"), REGISTRY)
    stood = state(suspend(a_case(), "1405/09/04 09:30"))
    starting = Start(officer_id="ada", line=Line(older=None))
    started = state(handling.start(a_case(), starting, now))
    answering = AnswerTask.model_validate({"officerId": "ada", "result": "GRANTED"})
    standing = state(suspend(started, "1405/09/05 09:30"))
    for refusal, target in (
        (refused(handling.start, stood, starting, now), "STARTED"),
        (refused(handling.answer, standing, answering, now), "ANSWERED"),
        (refused(suspend, stood, "1405/09/05 09:30"), "SUSPENDED"),
    ):
        assert (refusal.code, refusal.status) == ("ILLEGAL_MOVE", 409)
        assert refusal.facts == {"from": "SUSPENDED", "to": target}
    refusal = refused(resume, a_case(), "1405/09/05 09:30")
    assert (refusal.code, refusal.facts) == ("ILLEGAL_MOVE", {"from": "ASSIGNED", "to": "ASSIGNED"})


def test_what_nobody_has_or_is_answered_does_not_stand_still() -> None:
    offered = placing.request_moved(None, registered("r2"), world(registry=REGISTRY)).state
    assert offered is not None
    assert refused(suspend, offered, "1405/09/04 09:30").facts == {"from": "OFFERED", "to": "SUSPENDED"}
    unknown = refused(
        suspending.suspended,
        None,
        SuspendTask.model_validate({"officerId": "ada", "cause": "LEGAL"}),
        world(registry=REGISTRY),
    )
    assert (unknown.code, unknown.status) == ("UNKNOWN_TASK", 404)


def test_a_document_is_demanded_once_and_every_other_reason_holds_once() -> None:
    case = state(resume(state(suspend(a_case(), "1405/09/04 09:30")), "1405/09/05 09:30"))
    again = refused(suspend, case, "1405/09/07 09:30", evidenceTypes=[CONTRACT, PLAN])
    assert (again.code, again.status, again.facts) == ("ALREADY_ASKED", 409, {"again": [PLAN]})
    case = state(resume(state(suspend(case, "1405/09/07 09:30", "LEGAL")), "1405/09/08 09:30"))
    assert refused(suspend, case, "1405/09/09 09:30", "LEGAL").facts == {"again": ["COURT_ORDER"]}
    other = suspend(case, "1405/09/09 09:30", "LEGAL", reason="STATUTORY_WAIT")
    assert [one.number for one in state(other).clock.suspensions] == [1, 2, 3]


def test_I10_what_an_agency_holds_is_refused_and_stays_on_record() -> None:
    decision = suspend(a_case(), "1405/09/04 09:30", evidenceTypes=[PLAN, DEED])
    case = state(decision)
    assert (decision.events, case.clock) == ((), a_case().clock), "nothing stands still"
    assert decision.answer == {"state": "ASSIGNED", "held": [{"type": DEED, "heldBy": "wa-deeds"}]}
    (attempt,) = case.held_demands
    assert (attempt.type, attempt.held_by, attempt.asked_by) == (DEED, "wa-deeds", "ada")
    assert decision.effects == (HeldDemanded(count=1),)
    again = suspend(case, "1405/09/05 09:30", evidenceTypes=[DEED])
    assert (len(state(again).held_demands), again.effects) == (1, (HeldDemanded(count=1),))


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"cause": "APPLICANT", "evidenceTypes": []}, "evidenceTypes", "EVIDENCE_TYPES_NEEDED"),
        ({"cause": "LEGAL", "evidenceTypes": [PLAN]}, "evidenceTypes", "EVIDENCE_TYPES_NEEDED"),
        ({"cause": "APPLICANT", "evidenceTypes": ["moon-rock"]}, "evidenceTypes", "UNKNOWN_EVIDENCE_TYPE"),
        ({"cause": "LEGAL", "reason": "AGENCY_REPLY"}, "reason", "WRONG_REASON"),
        ({"deadline": "2026-11-26T06:00:00Z"}, "deadline", "DEADLINE_TOO_SOON"),
        ({"cause": "LEGAL", "deadline": "2026-11-25T05:59:59Z"}, "deadline", "DEADLINE_TOO_SOON"),
        ({"deadline": "2028-11-26T06:00:00Z"}, "deadline", "DEADLINE_TOO_FAR"),
    ],
)
def test_what_is_asked_for_wrongly_is_told_with_the_field(body: dict[str, Any], field: str, code: str) -> None:
    cause = body.pop("cause", "APPLICANT")
    refusal = refused(suspend, a_case(), "1405/09/04 09:30", cause, **body)
    assert (refusal.code, refusal.status, refusal.facts["errors"][0]["field"]) == (code, 422, field)


def test_a_deadline_for_the_citizen_lies_in_open_hours_of_the_desk() -> None:
    night = suspend(a_case(), "1405/09/04 09:30", deadline="2026-12-09T20:00:00Z")
    assert state(night).clock.suspensions[0].until == at("1405/09/19 07:30")
    assert SUSPENSION not in timers(state(night)), "intake ends it, after notice"


def test_what_is_not_the_citizens_cause_goes_on_by_itself_at_its_deadline() -> None:
    """No pause without an end: ten working days where the officer names none."""
    stood = state(suspend(a_case(), "1405/09/04 09:30", "OTHER_AGENCY"))
    due = timers(stood)[SUSPENSION]
    assert due == at("1405/09/16 09:30")
    early = fell_due(stood, TimerFired(name=SUSPENSION, due=due), world(due - timedelta(seconds=1), REGISTRY))
    assert early.state == stood
    going = fell_due(stood, TimerFired(name=SUSPENSION, due=due), world(due, REGISTRY))
    assert going.events[0].moves == ("clock.resumed", "clock.due-moved")
    assert fell_due(state(going), TimerFired(name=SUSPENSION, due=due), world(due, REGISTRY)).events == ()


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


@pytest.mark.parametrize("verb", ["request.withdrawn", "request.expired", "request.done-on-spot"])
def test_what_is_over_ends_the_pause_too(verb: str) -> None:
    stood = state(suspend(a_case(), "1405/09/04 09:30"))
    over = placing.request_moved(stood, registered("r1", moves=(verb,)), world(at("1405/09/08 10:00"), REGISTRY))
    assert (state(over).task.state, state(over).clock.suspended()) == (TaskState.CANCELLED, None)
    assert state(over).clock.suspensions[0].to_at == at("1405/09/08 10:00")
    assert over.events[0].moves == ("task.cancelled", "clock.stopped")


def test_every_reason_is_of_one_cause() -> None:
    assert sorted(reason for reasons in REASONS.values() for reason in reasons) == sorted(SuspensionReason)
    assert set(REASONS) == set(SuspensionCause)


@pytest.mark.parametrize("seed", range(40))
def test_the_ledger_agrees_with_a_slow_count_minute_by_minute(seed: int) -> None:
    """Consumed is what was open outside the pauses; the due time is where the open minutes that are left end."""
    chance, calendar = chance_of(seed), hours()
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


def test_I7_what_stands_still_is_passed_without_a_jump() -> None:
    stood = state(suspend(a_case(), "1405/09/04 09:30"))
    query = older(assigned("r2"), ["ada"])
    assert query["state.clock.runningSince"] == {"$gt": ""}
    assert stood.to_wire()["clock"]["runningSince"] is None
