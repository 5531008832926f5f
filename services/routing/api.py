"""Routing over HTTP: a unit's work, start and answer, and the seeds of days gone by (contract: Routing)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.contracts.routing import (
    AnswerTask,
    ReassignTask,
    ResumeTask,
    ReturnTask,
    StartTask,
    SuspendTask,
    Suspension,
    Task,
    TaskState,
)
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Command, Instant, Wire
from services.routing.domain import fairness
from services.routing.domain.assignee import the_work
from services.routing.domain.case import Case
from services.routing.domain.commands import Answer, GiveBack, Line, OnTask, Reassign, Resume, Start, Suspend
from services.routing.domain.rules import Rules
from services.routing.domain.work import request_of
from services.routing.handlers import CASE
from services.routing.store import oldest_before, work_of_unit
from services.runtime.clock import Clock
from services.runtime.command_calls import add_commands
from services.runtime.cursors import after, encode_cursor
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, IfMatch, Problem, etag
from services.runtime.lookups import Stored
from services.runtime.store import Store
from services.worktime import jalali_text
from services.worktime.jalali import civil_day

PAGE = 50

COMMANDS: dict[str, tuple[type[Command], str]] = {
    "answer": (AnswerTask, "The unit's result. A refusal names its ground (I5)."),
    "suspend": (
        SuspendTask,
        "The work stands still, and with it the Clock; nothing is demanded that an agency holds (I10).",
    ),
    "resume": (ResumeTask, "The work goes on, with the time that was left."),
    "return": (ReturnTask, "Its officer gives the task back; it is drawn anew among the others (domain 7)."),
    "reassign": (ReassignTask, "Who leads gives the task by hand, with a reason and a second officer (domain 7)."),
}
"""POST /v1/tasks/{id}/<verb>. To start is asked apart: it depends on the line before the task."""
ON_TASK: dict[type[Command], type[OnTask]] = {
    AnswerTask: Answer,
    SuspendTask: Suspend,
    ResumeTask: Resume,
    ReturnTask: GiveBack,
    ReassignTask: Reassign,
}
"""What a body becomes, with the task of the path."""


class TaskView(Wire):
    """One line of a unit's work."""

    task_id: str
    request_id: str
    service_id: str
    assignee: str | None
    state: TaskState
    due: Instant
    due_local: str
    suspension: Suspension | None
    """What it stands still for; `due` is then the last that held, and moves when it goes on."""
    priority_class: str | None
    round: int
    """Above 1: an objection or a reopening."""
    version: int

    @classmethod
    def of(cls, case: Case, task: Task, version: int, state: TaskState | None = None) -> "TaskView":
        """`state` is the one a command led to, which a repeated command is told again."""
        return cls(
            task_id=task.id,
            request_id=case.request_id,
            service_id=case.service_id,
            assignee=task.assignee,
            state=state or task.state,
            due=case.clock.due,
            due_local=jalali_text(case.clock.due),
            suspension=case.clock.suspended(),
            priority_class=case.priority_class,
            round=case.round,
            version=version,
        )


class TaskList(Wire):
    items: tuple[TaskView, ...]
    next: str | None


class Seed(Wire):
    """By it anyone can recheck a draw of that day: among the lowest loads the officer with the lowest lot wins."""

    date: date
    seed: str
    algorithm: str = "HMAC-SHA256(seed, taskId|officerId)"


def routes(door: Door, store: Store, snapshot: Callable[[], Snapshot], clock: Clock, rules: Rules) -> APIRouter:
    router = APIRouter()

    @router.get("/v1/units/{unit_id}/tasks")
    async def list_tasks(
        unit_id: str,
        state: TaskState | None = None,
        cursor: Annotated[str | None, Query(max_length=400)] = None,
    ) -> TaskList:
        """A unit's work in the order in which it is to be handled; without `state` all that is open."""
        if snapshot().unit(unit_id) is None:
            raise Problem("UNKNOWN_UNIT", 404, "there is no such unit")
        cases = await work_of_unit(store, unit_id, state, after(cursor), PAGE + 1)
        more = len(cases) > PAGE
        page = cases[:PAGE]
        return TaskList(
            items=tuple(
                TaskView.of(stored.state, work.task, stored.version)
                for stored in page
                for work in stored.state.work
                if work.task.unit_id == unit_id and (work.task.state is state if state else work.live)
            ),
            next=encode_cursor({"after": page[-1].state.order}) if more else None,
        )

    @router.post("/v1/tasks/{task_id}/start")
    async def start(
        task_id: str, body: StartTask, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> TaskView:
        """The assignee starts. Past an older startable task of its priority class only as a recorded jump (I7)."""
        stored, unit_id = await _case(task_id)
        older = await oldest_before(store, stored.state, unit_id, snapshot().officers_of(unit_id))
        line = Line(older=older.task.id if older else None)
        command = Start(**body.model_dump(), task_id=task_id, line=line)
        return await _submit(stored.id, command, body.officer_id, key, expected, response)

    async def command(id: str, body: Any, key: str, expected: int | None, response: Response) -> dict[str, Any]:
        stored, _ = await _case(id)
        command = ON_TASK[type(body)](**body.model_dump(), task_id=id)
        return (await _submit(stored.id, command, body.officer_id, key, expected, response)).to_wire()

    add_commands(router, "/v1/tasks", COMMANDS, command)

    @router.get("/v1/draws/seeds/{day}")
    async def seed(day: date) -> Seed:
        """The seed of a Tehran day that is over (domain 7)."""
        if day >= civil_day(clock.now()):
            raise Problem("SEED_NOT_PUBLISHED", 404, "a day's seed is published when the day is over")
        return Seed(date=day, seed=fairness.day_seed(rules.seed_key, day).hex())

    async def _case(task_id: str) -> tuple[Stored[Case], str]:
        """The case of a task of this round, and the unit that has the task."""
        stored = await store.get(CASE, request_of(task_id))
        if stored is None:
            raise Problem("UNKNOWN_TASK", 404, "there is no such task")
        _, work = the_work(stored.state, task_id)
        return stored, work.task.unit_id

    async def _submit(
        case_id: str, body: OnTask, officer_id: str, key: str, expected: int | None, response: Response
    ) -> TaskView:
        done = await door.submit(CASE, case_id, body, key=key, caller=officer_id, expected=expected)
        response.headers.update(etag(done.version))
        answer = done.answer or {}
        if held := answer.get("held"):
            raise _held_by(held, snapshot())
        task = next(work.task for work in done.state.tasks_ever() if work.task.id == body.task_id)
        return TaskView.of(done.state, task, done.version, TaskState(answer["state"]))

    return router


def _held_by(held: Sequence[Mapping[str, str]], registry: Snapshot) -> Problem:
    """Each piece of evidence with the agency that has it: there it is to be asked for (I10)."""
    wrong = []
    for each in held:
        agency = registry.organization(each["heldBy"])
        detail = f"{each['type']} is held by {agency.name if agency else each['heldBy']}: ask there"
        wrong.append({"field": "evidenceTypes", "code": "HELD_BY_AGENCY", "detail": detail, **each})
    return Problem("HELD_BY_AGENCY", 422, "; ".join(one["detail"] for one in wrong), errors=wrong)
