"""The officer's work on a task: start, in order of arrival unless a jump is recorded (I7), and answer (I5)."""

from typing import Any

from services.contracts.decision import Decision, Refused, World
from services.contracts.registry import Officer
from services.contracts.result import result_of
from services.contracts.routing import Jump, TaskState
from services.routing.domain.assignee import by_assignee, impartial, officer_in_service, the_work
from services.routing.domain.case import Case
from services.routing.domain.clocks import stopped
from services.routing.domain.commands import Answer, Start
from services.routing.domain.placing import release
from services.routing.domain.rules import Rules
from services.routing.domain.suspending import SUSPENDED
from services.routing.domain.work import MOVES, Work


def start(case: Case | None, command: Start, world: World[Rules]) -> Decision[Case]:
    """Only the assignee starts, and past an older startable task only as a jump (I7). Once more changes nothing.

    Raises Refused UNKNOWN_TASK, ILLEGAL_MOVE, NOT_ASSIGNEE, UNKNOWN_OFFICER, CONFLICT_OF_INTEREST, JUMP_NEEDS_REASON,
    SECOND_OFFICER_NEEDED (422).
    """
    case, work = the_work(case, command.task_id)
    if work.task.state is TaskState.STARTED and work.task.assignee == command.officer_id:
        return Decision(case, answer={"state": work.task.state.value})
    officer = _by_assignee(case, work, command.officer_id, TaskState.STARTED, world)
    jump = _jump(case, officer, command, world)
    started = work.to(TaskState.STARTED).model_copy(update={"jump": jump})
    moves = ("task.started",) if jump is None else ("task.started", "task.jump-recorded")
    case, event = case.with_work(started).moved(world, *moves, about=started)
    return Decision(case, events=(event,), answer={"state": started.task.state.value})


def answer(case: Case | None, command: Answer, world: World[Rules]) -> Decision[Case]:
    """The unit's result ends the task and stops the Clock; a refusal has a legal ground (I5).

    Raises Refused UNKNOWN_TASK, ILLEGAL_MOVE, NOT_ASSIGNEE, UNKNOWN_OFFICER, CONFLICT_OF_INTEREST, GROUND_NEEDED,
    UNKNOWN_LAW, UNKNOWN_OUTPUT (422).
    """
    case, work = the_work(case, command.task_id)
    officer = _by_assignee(case, work, command.officer_id, TaskState.ANSWERED, world)
    sheet = world.registry.sheet(case.service_id, case.service_version)
    result = result_of(command.result, command, sheet, by=officer.id, at=world.now)
    answered = work.to(TaskState.ANSWERED, answer=result.kind).model_copy(update={"answer": result})
    case = case.with_work(answered).model_copy(update={"result": result, "clock": stopped(case, world)})
    case, event = case.moved(world, "task.answered", "clock.stopped", "result.decided", about=answered)
    return Decision(case, events=(event,), sends=release(case, answered), answer={"state": answered.task.state.value})


def _by_assignee(case: Case, work: Work, officer_id: str, target: TaskState, world: World[Rules]) -> Officer:
    """The officer, when the move is legal and they are the one to make it."""
    MOVES.check(work.task.state, target)
    if case.clock.suspended() is not None:
        detail = "the work stands still: it goes on first"
        facts: dict[str, Any] = {"from": SUSPENDED, "to": target.value}
        raise Refused("ILLEGAL_MOVE", detail, **facts)
    return by_assignee(case, work, officer_id, target.value, world)


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
