"""A task as officers and the head of an agency see it (contract: Routing)."""

from services.contracts.routing import (
    Draw,
    ForHead,
    HeadWork,
    Jump,
    Override,
    ResultKind,
    Return,
    Rung,
    Suspension,
    TaskState,
    Transfer,
    WaitsFor,
)
from services.contracts.routing_rule import RuleStep
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Instant, Wire
from services.routing.domain.case import Case
from services.routing.domain.step_due import due_of
from services.routing.domain.work import Work
from services.worktime import jalali_text


class TaskView(Wire):
    """One line of a unit's work."""

    task_id: str
    request_id: str
    service_id: str
    assignee: str | None
    state: TaskState
    due: Instant
    """That of the unit's share where the rule gives the step one, else that of the case."""
    due_local: str
    suspension: Suspension | None
    """What it stands still for; `due` is then the last that held, and moves when it goes on."""
    step: str | None
    """Of the rule of the service."""
    transfer_id: str | None
    """Under which it was handed on, when it was."""
    rung: int | None
    """The step of the ladder of escalation that has fired last, in percent of the budget."""
    waits_for: WaitsFor | None
    """Why nobody has it."""
    priority_class: str | None
    round: int
    """Above 1: an objection or a reopening."""
    version: int

    @classmethod
    def of(cls, case: Case, work: Work, version: int, registry: Snapshot, state: TaskState | None = None) -> "TaskView":
        """`state` is the one a command led to, which a repeated command is told again."""
        task, due = work.task, due_of(case, work, registry)
        return cls(
            task_id=task.id,
            request_id=case.request_id,
            service_id=case.service_id,
            assignee=task.assignee,
            state=state or task.state,
            due=due,
            due_local=jalali_text(due),
            suspension=case.clock.suspended(),
            step=task.step,
            transfer_id=next((each.id for each in reversed(case.transfers) if each.task_id == task.id), None),
            rung=case.rungs[-1].percent if case.rungs else None,
            waits_for=task.waits_for,
            priority_class=case.priority_class,
            round=case.round,
            version=version,
        )


class WholeTask(Wire):
    """A task with all that became of it; of the case around it what it goes by."""

    task: TaskView
    unit_id: str
    desk_id: str
    step: RuleStep | None
    """As the rule has it by which the case is worked on."""
    answer: ResultKind | None
    opened_at: Instant
    start_by: Instant | None
    draw: Draw | None
    jump: Jump | None
    returned: Return | None
    override: Override | None
    case_due: Instant
    case_due_local: str
    rungs: tuple[Rung, ...]
    """Of the round that goes on; of one that is over they are not kept."""
    suspensions: tuple[Suspension, ...]
    transfers: tuple[Transfer, ...]
    """Of this task, the oldest first."""

    @classmethod
    def of(cls, case: Case, work: Work, version: int, registry: Snapshot) -> "WholeTask":
        task = work.task
        return cls(
            task=TaskView.of(case, work, version, registry),
            unit_id=task.unit_id,
            desk_id=case.desk_id,
            step=case.plan.step(task.step) if case.plan else None,
            answer=task.answer,
            opened_at=work.opened_at,
            start_by=work.start_by,
            draw=work.draw,
            jump=work.jump,
            returned=work.returned,
            override=work.override,
            case_due=case.clock.due,
            case_due_local=jalali_text(case.clock.due),
            rungs=case.rungs,
            suspensions=case.clock.suspensions,
            transfers=tuple(each for each in case.transfers if each.task_id == task.id),
        )


class TaskList(Wire):
    items: tuple[TaskView, ...]
    next: str | None


class ForHeadView(Wire):
    """One line of the work of the head of an agency."""

    kind: HeadWork
    since: Instant
    task_id: str
    request_id: str
    unit_id: str
    service_id: str
    waits_for: WaitsFor | None
    due: Instant
    due_local: str
    rung: int | None
    version: int

    @classmethod
    def of(cls, case: Case, line: ForHead, version: int) -> "ForHeadView":
        work = case.of_task(line.task_id)
        return cls(
            kind=line.kind,
            since=line.since,
            task_id=line.task_id,
            request_id=case.request_id,
            unit_id=line.unit_id,
            service_id=case.service_id,
            waits_for=work.task.waits_for if work else None,
            due=case.clock.due,
            due_local=jalali_text(case.clock.due),
            rung=case.rungs[-1].percent if case.rungs else None,
            version=version,
        )


class ForHeadList(Wire):
    items: tuple[ForHeadView, ...]
    next: str | None


def in_its_round(case: Case, task_id: str) -> tuple[Case, Work] | None:
    """The task with the case as it was in the round of the task; None of one that never was.

    The plan of a round that is over is not kept, nor the rungs.
    """
    work = case.of_task(task_id)
    if work is not None:
        return case, work
    for ago, earlier in enumerate(reversed(case.earlier), start=1):
        work = next((each for each in earlier.work if each.task.id == task_id), None)
        if work is not None:
            then = {"work": earlier.work, "clock": earlier.clock, "round": case.round - ago, "plan": None, "rungs": ()}
            return case.model_copy(update=then), work
    return None
