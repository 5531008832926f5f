"""The officer's work on a task: start, in order of arrival unless a jump is recorded (I7), and answer (I5)."""

from typing import Any

from pydantic import Field

from services.contracts.decision import Decision, Refused, World
from services.contracts.registry import Officer
from services.contracts.result import result_of
from services.contracts.routing import AnswerTask, Jump, StartTask, TaskState
from services.contracts.wire import Id, Wire
from services.routing.domain.assignee import by_assignee, impartial, officer_in_service
from services.routing.domain.case import MOVES, Case
from services.routing.domain.clocks import stopped
from services.routing.domain.placing import release
from services.routing.domain.rules import Rules
from services.routing.domain.suspending import SUSPENDED


class Line(Wire):
    """What stood before the task when the start was asked for: the oldest startable one of its class, if any."""

    older: Id | None


class Start(StartTask):
    """StartTask as the API hands it to the case, with the line as it stood.

    A unit's open tasks may be thousands, so no entity holds their order: the API reads it from the cases, by index, and
    the rule judges by that moment. An older task that becomes startable afterwards was not waiting then; one that is
    started meanwhile costs a refusal and another try.

    `line` is no part of what the caller asked, so a repeated command is recognised whatever the line has become.
    """

    line: Line = Field(exclude=True)


def start(case: Case | None, command: Start, world: World[Rules]) -> Decision[Case]:
    """Only the assignee starts, and past an older startable task only as a jump (I7).

    Raises Refused UNKNOWN_TASK, ILLEGAL_MOVE, NOT_ASSIGNEE, UNKNOWN_OFFICER, CONFLICT_OF_INTEREST, JUMP_NEEDS_REASON,
    SECOND_OFFICER_NEEDED (422).
    """
    case, officer = _by_assignee(case, command.officer_id, TaskState.STARTED, world)
    jump = _jump(case, officer, command, world)
    started = case.with_task(TaskState.STARTED).model_copy(update={"jump": jump})
    moves = ("task.started",) if jump is None else ("task.started", "task.jump-recorded")
    started, event = started.moved(world, *moves)
    return Decision(started, events=(event,), answer={"state": started.task.state.value})


def answer(case: Case | None, command: AnswerTask, world: World[Rules]) -> Decision[Case]:
    """The unit's result ends the task and stops the Clock; a refusal has a legal ground (I5).

    Raises Refused UNKNOWN_TASK, ILLEGAL_MOVE, NOT_ASSIGNEE, UNKNOWN_OFFICER, CONFLICT_OF_INTEREST, GROUND_NEEDED,
    UNKNOWN_LAW, UNKNOWN_OUTPUT (422).
    """
    case, officer = _by_assignee(case, command.officer_id, TaskState.ANSWERED, world)
    sheet = world.registry.sheet(case.service_id, case.service_version)
    result = result_of(command.result, command, sheet, by=officer.id, at=world.now)
    answered = case.with_task(TaskState.ANSWERED).model_copy(update={"result": result, "clock": stopped(case, world)})
    answered, event = answered.moved(world, "task.answered", "clock.stopped", "result.decided")
    return Decision(answered, events=(event,), sends=release(answered), answer={"state": answered.task.state.value})


def _by_assignee(case: Case | None, officer_id: str, target: TaskState, world: World[Rules]) -> tuple[Case, Officer]:
    """The case and the officer, when the move is legal and the officer is the one to make it."""
    if case is None:
        raise Refused("UNKNOWN_TASK", "there is no such task", status=404)
    MOVES.check(case.task.state, target)
    if case.clock.suspended() is not None:
        detail = "the work stands still: it goes on first"
        facts: dict[str, Any] = {"from": SUSPENDED, "to": target.value}
        raise Refused("ILLEGAL_MOVE", detail, **facts)
    return case, by_assignee(case, officer_id, target.value, world)


def _jump(case: Case, first: Officer, command: Start, world: World[Rules]) -> Jump | None:
    """Starting past an older startable task needs a reason of the closed list and a second officer (I7)."""
    passed = command.line.older
    if passed is None:
        return None
    if command.jump_reason is None:
        raise Refused("JUMP_NEEDS_REASON", "an older task of this priority class waits", older=passed)
    if command.second_officer_id is None or command.second_officer_id == command.officer_id:
        raise _second_needed("starting out of order needs a second officer", passed)
    second = officer_in_service(command.second_officer_id, world)
    if second.org_id != first.org_id:
        raise _second_needed("the second officer is of another agency", passed)
    impartial(second, case)
    return Jump(reason=command.jump_reason, second_officer=second.id, passed=passed)


def _second_needed(detail: str, passed: str) -> Refused:
    return _wrong_field("secondOfficerId", "SECOND_OFFICER_NEEDED", detail, older=passed)


def _wrong_field(field: str, code: str, detail: str, **facts: str) -> Refused:
    """A command that lacks something, or names something wrong: 422 with the field."""
    return Refused(code, detail, status=422, errors=[{"field": field, "code": code, "detail": detail}], **facts)
