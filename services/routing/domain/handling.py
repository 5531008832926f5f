"""The officer's work on a task: start, in order of arrival unless a jump is recorded (I7), and answer (I5)."""

from dataclasses import replace
from typing import Any

from services.contracts.decision import Decision, Refused, World
from services.contracts.registry import Officer
from services.contracts.result import result_of
from services.contracts.routing import Jump, ResultKind, TaskState
from services.routing.domain import fairness, unit_visits
from services.routing.domain.assignee import by_assignee, impartial, officer_in_service, the_work
from services.routing.domain.case import Case
from services.routing.domain.clocks import stopped
from services.routing.domain.commands import Answer, Start
from services.routing.domain.placing import cancelled, follow, opened_next, release
from services.routing.domain.plan import decided
from services.routing.domain.rules import Rules
from services.routing.domain.suspending import SUSPENDED
from services.routing.domain.work import MOVES, Work
from services.worktime.jalali import civil_day


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
    """The unit's answer ends its task. The last of those that the result waits for decides it and stops the Clock.

    A refusal has a legal ground (I5); who decides has authority for the amount, and where the rule wants it somebody
    else agrees. Raises Refused UNKNOWN_TASK, TASK_OVER, ILLEGAL_MOVE, NOT_ASSIGNEE, UNKNOWN_OFFICER,
    CONFLICT_OF_INTEREST, NOT_AUTHORISED (403); GROUND_NEEDED, UNKNOWN_LAW, UNKNOWN_OUTPUT, SECOND_OFFICER_NEEDED (422).
    """
    case, work = the_work(case, command.task_id)
    officer = _by_assignee(case, work, command.officer_id, TaskState.ANSWERED, world)
    second = _agreed(case, officer, command, world)
    sheet = world.registry.sheet(case.service_id, case.service_version)
    said = result_of(command.result, command, sheet, by=officer.id, at=world.now, second=second)
    answered = work.to(TaskState.ANSWERED, answer=said.kind).model_copy(update={"answer": said})
    case, told = case.with_work(answered), {"state": answered.task.state.value}
    if said.kind is ResultKind.NO_COMPETENCE:
        return replace(_another_unit(case, answered, world), answer=told)
    result = decided(case.plan, case.work)
    if result is None or result.kind is ResultKind.NO_COMPETENCE:  # whose it is, is not settled by other answers
        case, offers = opened_next(case, world)
        case, event = case.moved(world, "task.answered", about=answered)
        return Decision(case, events=(event,), sends=(*release(case, answered), *offers), answer=told)
    case = case.model_copy(update={"result": result, "clock": stopped(case, world)})
    case, event = case.moved(world, "task.answered", "clock.stopped", "result.decided", about=answered)
    left = cancelled(case, world)
    sends = (*release(case, answered), *left.sends)
    return unit_visits.work_ended(Decision(left.state, events=(event, *left.events), sends=sends, answer=told), world)


def _another_unit(case: Case, answered: Work, world: World[Rules]) -> Decision[Case]:
    """Not this unit's: the one that the rule names gets it. Where there is none it is work for the head and the desk.

    The Clock runs on: whose it is does not matter to the citizen (I6).
    """
    said_so = {work.task.unit_id for work in case.work if work.task.answer is ResultKind.NO_COMPETENCE}
    other = case.plan.no_competence_to if case.plan else None
    if other is not None and other not in said_so:
        followed = follow(case, answered, world, unit_id=other)
        case, event = (followed.state or case).moved(world, "task.answered", about=answered)
        return Decision(case, events=(event,), sends=followed.sends)
    result = decided(case.plan, case.work)
    moves = ("task.answered",) if result == case.result else ("task.answered", "result.decided")
    case, event = case.model_copy(update={"result": result}).moved(world, *moves, about=answered)
    return Decision(case, events=(event,), sends=release(case, answered))


def _agreed(case: Case, officer: Officer, command: Answer, world: World[Rules]) -> str | None:
    """The authority of who decides, and who agrees where the rule wants two (four eyes)."""
    if command.result is ResultKind.NO_COMPETENCE:
        return None
    day = civil_day(world.now)
    if not fairness.may_process(world.registry, officer, case.service_id, day, case.amount):
        raise Refused("NOT_AUTHORISED", "no authority to decide this service up to this amount today", status=403)
    if case.plan is None or not case.plan.takes_two(case.amount):
        return None
    field, code = "secondOfficerId", "SECOND_OFFICER_NEEDED"
    if command.second_officer_id in (None, officer.id):
        raise _wrong_field(field, code, "the rule of this service wants a second officer who agrees")
    second = officer_in_service(str(command.second_officer_id), world, field=field)
    able = second.org_id == officer.org_id and second.id not in case.barred
    if not able or not fairness.may_process(world.registry, second, case.service_id, day, case.amount):
        raise _wrong_field(field, code, "the second officer has no authority for this service up to this amount")
    impartial(second, case)
    return second.id


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
    second = officer_in_service(command.second_officer_id, world, field="secondOfficerId")
    if second.org_id != first.org_id:
        raise _second_needed("the second officer is of another agency", passed)
    impartial(second, case)
    return Jump(reason=command.jump_reason, second_officer=second.id, passed=passed)


def _second_needed(detail: str, passed: str) -> Refused:
    return _wrong_field("secondOfficerId", "SECOND_OFFICER_NEEDED", detail, older=passed)


def _wrong_field(field: str, code: str, detail: str, **facts: str) -> Refused:
    """A command that lacks something, or names something wrong: 422 with the field."""
    return Refused(code, detail, status=422, errors=[{"field": field, "code": code, "detail": detail}], **facts)
