"""Start in order of arrival (I7), answer with a ground (I5), one officer at a time (domain 12.20)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.contracts.decision import Decision, Refused
from services.contracts.entry import Status
from services.contracts.routing import (
    Draw,
    HeadWork,
    JumpReason,
    Produced,
    ResultKind,
    StartTask,
    TaskState,
    WorkMoved,
)
from services.routing.domain import handling, placing
from services.routing.domain.case import Case
from services.routing.domain.commands import Answer, Line, Start
from services.routing.domain.messages import TaskPlaced
from services.routing.domain.work import MOVES
from services.routing.handlers import CASE
from tests.support.memory_door import WORKING_MORNING
from tests.unit.routing.office import UNIT, Office, officers, province, registered, task_of, world

WORLD = world(registry=province("ada", "bahar", extra=officers("dara", unit="another-unit")))


PERMIT = "building-permit"
"""What the sheet of the cases says that the service produces."""


def assigned(request_id: str = "r1", to: str = "ada") -> Case:
    case = placing.request_moved(None, registered(request_id), WORLD).state
    placement = TaskPlaced(
        unit_id=UNIT,
        task_id=f"{request_id}.1",
        entry=1,
        assignee=to,
        draw=Draw(candidates=(to,), loads=(0,), seed_id="2026-11-23"),
        rule_id="lowest-load",
        rule_version=1,
    )
    placed = placing.placed(case, placement, WORLD).state
    assert placed is not None
    return placed


def start(case: Case, officer: str = "ada", older: str | None = None, **more: Any) -> Decision[Case]:
    return handling.start(
        case, Start(task_id=task_of(case).id, officer_id=officer, line=Line(older=older), **more), WORLD
    )


def started(to: str = "ada") -> Case:
    case = start(assigned(to=to), to).state
    assert case is not None
    return case


def answer(case: Case, officer: str = "ada", result: str = "GRANTED", **more: Any) -> Decision[Case]:
    command = Answer.model_validate({"taskId": task_of(case).id, "officerId": officer, "result": result, **more})
    return handling.answer(case, command, WORLD)


def refused(call: Any, *args: Any, **kwargs: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def test_the_assignee_starts_and_the_event_says_so() -> None:
    (event,) = start(assigned()).events
    assert event.moves == ("task.started",)


@pytest.mark.parametrize("officer", ["bahar", "dara"])
def test_only_the_assignee_starts_and_answers(officer: str) -> None:
    refusal = refused(start, assigned(), officer)
    assert (refusal.code, refusal.status, refusal.facts) == ("NOT_ASSIGNEE", 409, {"from": "ASSIGNED", "to": "STARTED"})
    assert refused(answer, started(), officer).code == "NOT_ASSIGNEE"


def test_an_officer_who_left_the_unit_or_the_service_does_not_start() -> None:
    moved = officers("ada", unit="another-unit")[0].model_copy(update={"version": 2})
    left = moved.model_copy(update={"unit_id": UNIT, "version": 3, "status": Status.RETIRED})
    command = Start(task_id="r1.1", officer_id="ada", line=Line(older=None))
    elsewhere = WORLD.registry.with_entries([moved])
    assert refused(handling.start, assigned(), command, world(registry=elsewhere)).code == "NOT_ASSIGNEE"
    retired = elsewhere.with_entries([left])
    assert refused(handling.start, assigned(), command, world(registry=retired)).code == "UNKNOWN_OFFICER"


async def test_12_20_of_two_officers_at_once_the_holder_starts_and_the_other_is_told_both_states() -> None:
    """The holder may press twice: it is the same start."""
    office = Office(province("ada", "bahar"))
    await office.hear(registered("r1"))
    holder = task_of(office.case("r1")).assignee
    assert holder is not None
    other = "bahar" if holder == "ada" else "ada"
    serving = asyncio.create_task(office.door.serve_commands())
    outcomes = await asyncio.gather(
        *(
            office.door.submit(
                CASE, "r1", Start(task_id="r1.1", officer_id=officer, line=Line(older=None)), key=key, caller=officer
            )
            for officer, key in ((other, "a"), (holder, "b"), (holder, "c"), (other, "d"))
        ),
        return_exceptions=True,
    )
    serving.cancel()
    told = [
        (outcome.code, outcome.status) if isinstance(outcome, Refused) else dict(outcome.answer or {})
        for outcome in outcomes
        if not isinstance(outcome, BaseException) or isinstance(outcome, Refused)
    ]
    started, taken = {"state": "STARTED"}, ("NOT_ASSIGNEE", 409)
    assert told == [taken, started, started, ("ILLEGAL_MOVE", 409)]
    assert [event.moves for event in office.published()] == [("task.assigned", "clock.started"), ("task.started",)]


def test_past_an_older_startable_task_a_start_needs_a_reason() -> None:
    refusal = refused(start, assigned("r2"), older="r1.1")
    assert (refusal.code, refusal.status, refusal.facts) == ("JUMP_NEEDS_REASON", 409, {"older": "r1.1"})


@pytest.mark.parametrize("second", [None, "ada"])
def test_a_jump_needs_a_second_officer_who_is_somebody_else(second: str | None) -> None:
    jump = {"jump_reason": JumpReason.LEGAL_PRIORITY, "second_officer_id": second}
    refusal = refused(start, assigned("r2"), older="r1.1", **jump)
    assert (refusal.code, refusal.status, refusal.facts["older"]) == ("SECOND_OFFICER_NEEDED", 422, "r1.1")
    assert [error["field"] for error in refusal.facts["errors"]] == ["secondOfficerId"]


def test_a_second_officer_must_exist_and_serve_the_agency() -> None:
    reason = {"jump_reason": JumpReason.OTHER_AGENCY}
    unknown = refused(start, assigned("r2"), older="r1.1", second_officer_id="nobody", **reason)
    assert (unknown.code, unknown.status) == ("UNKNOWN_OFFICER", 422)
    assert [error["field"] for error in unknown.facts["errors"]] == ["secondOfficerId"]
    foreign = refused(start, assigned("r2"), older="r1.1", second_officer_id="wa-social-security-records-01", **reason)
    assert (foreign.code, foreign.status) == ("SECOND_OFFICER_NEEDED", 422)


def test_a_jump_is_recorded_with_its_reason_its_second_officer_and_whom_it_passed() -> None:
    jump = {"jump_reason": JumpReason.MISSING_DOCUMENT, "second_officer_id": "bahar"}
    (event,) = start(assigned("r2"), older="r1.1", **jump).events
    assert event.moves == ("task.started", "task.jump-recorded")
    assert event.to_wire()["jump"] == {"reason": "MISSING_DOCUMENT", "secondOfficer": "bahar", "passed": "r1.1"}


def test_a_reason_without_need_makes_no_jump() -> None:
    jump = {"jump_reason": JumpReason.MISSING_DOCUMENT, "second_officer_id": "bahar"}
    (event,) = start(assigned("r2"), older=None, **jump).events
    assert (event.moves, event.to_wire()["jump"]) == (("task.started",), None)


def test_reasons_for_a_jump_are_a_closed_list() -> None:
    with pytest.raises(ValidationError):
        StartTask.model_validate({"officerId": "ada", "jumpReason": "A_FRIEND", "secondOfficerId": "bahar"})


def test_an_answer_decides_the_result_and_stops_the_clock_with_the_working_time_it_took() -> None:
    command = Answer.model_validate(
        {"taskId": "r1.1", "officerId": "ada", "result": "GRANTED", "output": {"type": PERMIT}}
    )
    later = world(WORKING_MORNING + timedelta(minutes=90), WORLD.registry)
    decision = handling.answer(started(), command, later)
    (event,) = decision.events
    assert event.moves == ("task.answered", "clock.stopped", "result.decided")
    wire = event.to_wire()
    assert wire["result"]["kind"] == "GRANTED"
    assert wire["result"]["decidedBy"] == "ada"
    assert wire["result"]["output"] == {"type": PERMIT}
    assert (wire["clock"]["consumedMinutes"], wire["clock"]["runningSince"]) == (90, None)
    assert wire["clock"]["due"] == assigned().to_wire()["clock"]["due"]  # I6: no move of the case moves it


def test_a_night_costs_the_clock_only_its_working_time() -> None:
    command = Answer.model_validate({"taskId": "r1.1", "officerId": "ada", "result": "GRANTED"})
    tomorrow = world(WORKING_MORNING + timedelta(days=1), WORLD.registry)
    state = handling.answer(started(), command, tomorrow).state
    assert state is not None
    assert 0 < state.clock.consumed_minutes < 10 * 60


@pytest.mark.parametrize("ground", [None, "", "  "])
def test_I5_a_refusal_without_a_legal_ground_is_none(ground: str | None) -> None:
    refusal = refused(answer, started(), result="REFUSED", ground=ground)
    assert (refusal.code, refusal.status) == ("GROUND_NEEDED", 422)


def test_a_refusal_with_its_ground_is_decided() -> None:
    state = answer(started(), result="REFUSED", ground="ماده ۱۰۰ قانون شهرداری").state
    assert state is not None
    assert state.result is not None
    assert (state.result.kind, state.result.ground) == (ResultKind.REFUSED, "ماده ۱۰۰ قانون شهرداری")


def test_a_unit_may_answer_that_the_case_is_not_its_own() -> None:
    """A refusal it is not, and so it needs no ground: the desk and the head see to it, and the Clock runs on (I6)."""
    decision = answer(started(), result="NO_COMPETENCE")
    (event,) = decision.events
    assert event.moves == ("task.answered", "result.decided")
    assert event.to_wire()["result"]["kind"] == "NO_COMPETENCE"
    assert decision.state is not None
    assert decision.state.clock.running_since is not None
    assert [line.kind for line in decision.state.for_head] == [HeadWork.NO_COMPETENCE]


def test_what_was_not_started_cannot_be_answered_nor_answered_twice() -> None:
    assert refused(answer, assigned()).facts == {"from": "ASSIGNED", "to": "ANSWERED"}
    done = answer(started()).state
    assert done is not None
    assert refused(answer, done).facts == {"from": "ANSWERED", "to": "ANSWERED"}


def test_there_is_nothing_to_do_on_a_task_that_does_not_exist() -> None:
    unknown = refused(handling.start, None, Start(task_id="r1.1", officer_id="ada", line=Line(older=None)), WORLD)
    assert (unknown.code, unknown.status) == ("UNKNOWN_TASK", 404)


def test_every_state_of_a_task_is_reached_and_every_open_one_has_an_exit() -> None:
    reached = {TaskState.OFFERED}.union(*MOVES.table.values())
    assert reached == set(TaskState) == set(MOVES.table)
    assert {state for state, exits in MOVES.table.items() if not exits} == {
        TaskState.ANSWERED,
        TaskState.RETURNED,
        TaskState.TIMED_OUT,
        TaskState.CANCELLED,
    }


@pytest.mark.parametrize("state", list(TaskState))
@pytest.mark.parametrize("target", list(TaskState))
def test_an_illegal_move_names_both_states(state: TaskState, target: TaskState) -> None:
    (work,) = assigned().work
    work = work.model_copy(update={"task": work.task.model_copy(update={"state": state})})
    if target in MOVES.table[state]:
        assert work.to(target).task.state is target
    else:
        assert refused(work.to, target).facts == {"from": state.value, "to": target.value}


NAMES_SOMEBODY = "به درخواست آقای رضایی، ۰۰۱۳۵۴۲۴۱۹"


def test_what_an_officer_writes_freely_stays_with_the_case_and_stands_in_no_event() -> None:
    """It may name people, and events are read by everybody (I12)."""
    output = {"type": PERMIT, "reference": None, "note": NAMES_SOMEBODY}
    decision = answer(started(), ground=NAMES_SOMEBODY, output=output)
    (event,) = decision.events
    assert "رضایی" not in event.to_json().decode()
    assert event.to_wire()["result"]["output"] == {"type": PERMIT}
    assert decision.state is not None
    assert decision.state.to_wire()["result"] | {"decidedAt": None} == {
        "kind": "GRANTED",
        "ground": NAMES_SOMEBODY,
        "laws": [],
        "output": output,
        "decidedBy": "ada",
        "secondOfficer": None,
        "decidedAt": None,
    }


@pytest.mark.parametrize("result", ["REFUSED", "PARTIAL"])
def test_I12_nor_does_what_an_officer_writes_of_a_refusals_ground(result: str) -> None:
    decision = answer(started(), result=result, ground=NAMES_SOMEBODY, output={"type": PERMIT, "note": None})
    (event,) = decision.events
    assert "رضایی" not in event.to_json().decode()
    assert event.to_wire()["result"]["ground"] is None
    assert decision.state is not None
    assert decision.state.result is not None
    assert decision.state.result.ground == NAMES_SOMEBODY


def laws_of(result: str, *named: int) -> list[int]:
    (event,) = answer(started(), result=result, ground="ماده ۱۰۰ قانون شهرداری", laws=named).events
    told: list[int] = event.to_wire()["result"]["laws"]
    return told


@pytest.mark.parametrize("result", ["REFUSED", "PARTIAL"])
def test_I5_the_laws_of_the_sheet_behind_a_refusal_travel_those_that_are_named_or_else_all(result: str) -> None:
    assert laws_of(result, 1) == [1]
    assert laws_of(result, 1, 0, 1) == laws_of(result) == [0, 1]


def test_what_is_granted_rests_on_a_law_only_where_it_is_named() -> None:
    assert (laws_of("GRANTED"), laws_of("GRANTED", 0)) == ([], [0])


def test_a_law_that_the_sheet_does_not_name_is_none() -> None:
    refusal = refused(answer, started(), result="REFUSED", ground="ماده ۱۰۰", laws=[2])
    assert (refusal.code, refusal.status, refusal.facts["errors"][0]["field"]) == ("UNKNOWN_LAW", 422, "laws")
    with pytest.raises(ValidationError):
        answer(started(), result="REFUSED", ground="ماده ۱۰۰", laws=[NAMES_SOMEBODY])


def test_I12_an_output_that_the_sheet_does_not_list_is_refused_for_its_type_travels() -> None:
    """All that is wrong with an answer is told at once."""
    refusal = refused(answer, started(), output={"type": "khanom-rezaei"})
    assert (refusal.code, refusal.status) == ("UNKNOWN_OUTPUT", 422)
    assert [(each["field"], each["code"]) for each in refusal.facts["errors"]] == [("output.type", "UNKNOWN_OUTPUT")]
    all_wrong = refused(answer, started(), result="REFUSED", laws=[7], output={"type": "khanom-rezaei"})
    assert (all_wrong.code, all_wrong.status) == ("GROUND_NEEDED", 422)
    assert [each["code"] for each in all_wrong.facts["errors"]] == ["GROUND_NEEDED", "UNKNOWN_LAW", "UNKNOWN_OUTPUT"]


def test_an_output_is_told_by_its_reference() -> None:
    decision = answer(started(), output={"type": PERMIT, "reference": "1405-118", "note": NAMES_SOMEBODY})
    assert decision.events[0].to_wire()["result"]["output"] == {"type": PERMIT, "reference": "1405-118"}


@pytest.mark.parametrize("reference", ["0013542419", "permit-0499370899", "p-09121234567"])
def test_I12_a_reference_that_bears_somebodys_number_is_refused_for_it_travels(reference: str) -> None:
    refusal = refused(answer, started(), output={"type": PERMIT, "reference": reference})
    assert (refusal.code, refusal.status) == ("NAMES_SOMEBODY", 422)
    assert [each["field"] for each in refusal.facts["errors"]] == ["output.reference"]


def test_an_output_is_of_the_version_of_the_sheet_that_the_case_was_filed_under() -> None:
    sheet = WORLD.registry.sheet("building-permit")
    assert sheet is not None
    output = sheet.output.model_copy(update={"type": "digital-permit"})
    newer = sheet.model_copy(update={"version": sheet.version + 1, "output": output})
    later = world(registry=WORLD.registry.with_entries([newer]))
    command = Answer.model_validate(
        {"taskId": "r1.1", "officerId": "ada", "result": "GRANTED", "output": {"type": PERMIT}}
    )
    assert handling.answer(started(), command, later).events
    other = command.model_copy(update={"output": Produced(type="digital-permit")})
    assert refused(handling.answer, started(), other, later).code == "UNKNOWN_OUTPUT"


def test_whoever_reads_an_event_of_an_earlier_version_reads_no_free_text_either() -> None:
    (event,) = answer(started(), output={"type": PERMIT}).events
    wire = event.to_wire()
    wire["result"] |= {"output": {"type": PERMIT, "note": NAMES_SOMEBODY}, "ground": NAMES_SOMEBODY}
    assert "رضایی" not in WorkMoved.model_validate(wire).to_json().decode()
