"""Routing over HTTP: a unit's work and what officers do with it; the work of heads (contract: Routing)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.contracts.routing import (
    AcknowledgeTransfer,
    AnswerTask,
    HeadWork,
    ReassignTask,
    RefuseTransfer,
    ResumeTask,
    ReturnTask,
    StartTask,
    SuspendTask,
    TaskState,
    Transfer,
    TransferTask,
)
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Command, TypedId
from services.routing.coordination_api import coordination_routes
from services.routing.domain.assignee import the_work
from services.routing.domain.case import Case
from services.routing.domain.commands import (
    Acknowledge,
    Answer,
    GiveBack,
    HandOn,
    Line,
    OnTask,
    Reassign,
    Refuse,
    Resume,
    Start,
    Suspend,
)
from services.routing.domain.rules import Rules
from services.routing.domain.work import request_of
from services.routing.draws_api import draw_routes
from services.routing.handlers import CASE
from services.routing.rule_preview_api import rule_preview_routes
from services.routing.store import oldest_before, work_for_head, work_of_unit
from services.routing.task_views import ForHeadList, ForHeadView, TaskList, TaskView, WholeTask, in_its_round
from services.routing.unit_slots_api import unit_slot_routes
from services.runtime.clock import Clock
from services.runtime.command_calls import add_commands
from services.runtime.cursors import after, encode_cursor
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, IfMatch, Problem, etag
from services.runtime.lookups import Stored
from services.runtime.store import Store
from services.worktime.jalali import TEHRAN

PAGE = 50

COMMANDS: dict[str, tuple[type[Command], str]] = {
    "answer": (AnswerTask, "The unit's result. A refusal names its ground (I5)."),
    "suspend": (
        SuspendTask,
        "The work stands still, and with it the Clock; nothing is demanded that an agency holds (I10).",
    ),
    "resume": (ResumeTask, "The work goes on, with the time that was left."),
    "return": (ReturnTask, "Its officer gives the task back; it is drawn anew among the others (domain 7)."),
    "transfer": (
        TransferTask,
        "To another unit: of the same agency at once, of another when that has acknowledged; `transferId` names it.",
    ),
    "reassign": (ReassignTask, "Who leads gives the task by hand, with a reason and a second officer (domain 7)."),
}
"""POST /v1/tasks/{id}/<verb>. To start is asked apart: it depends on the line before the task."""
ON_TASK: dict[type[Command], type[OnTask]] = {
    AnswerTask: Answer,
    SuspendTask: Suspend,
    ResumeTask: Resume,
    ReturnTask: GiveBack,
    ReassignTask: Reassign,
    TransferTask: HandOn,
}
"""What a body becomes, with the task of the path."""
ON_TRANSFER: dict[str, tuple[type[Command], str]] = {
    "acknowledge": (
        AcknowledgeTransfer,
        "The unit takes it, and a task follows there. By who leads the unit or its agency.",
    ),
    "refuse": (RefuseTransfer, "The unit does not take it: work for the head of the agency that offered it."),
}
"""POST /v1/transfers/{id}/<verb>."""


def routes(door: Door, store: Store, snapshot: Callable[[], Snapshot], clock: Clock, rules: Rules) -> APIRouter:
    router = APIRouter()
    router.include_router(draw_routes(store, clock, rules))
    router.include_router(coordination_routes(door, store, snapshot))
    router.include_router(unit_slot_routes(store, snapshot, clock, rules))
    router.include_router(rule_preview_routes(store, snapshot, clock))

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
                TaskView.of(stored.state, work, stored.version, snapshot())
                for stored in page
                for work in stored.state.work
                if work.task.unit_id == unit_id and (work.task.state is state if state else work.live)
            ),
            next=encode_cursor({"after": page[-1].state.order}) if more else None,
        )

    @router.get("/v1/tasks/{task_id}")
    async def read_task(task_id: TypedId, response: Response) -> WholeTask:
        """A task, also of a round that is over: who has it and why, what it waits for, what it stood still for."""
        stored = await store.get(CASE, request_of(task_id))
        found = in_its_round(stored.state, task_id) if stored else None
        if stored is None or found is None:
            raise Problem("UNKNOWN_TASK", 404, "there is no such task")
        response.headers.update(etag(stored.version))
        return WholeTask.of(*found, stored.version, snapshot())

    @router.post("/v1/tasks/{task_id}/start")
    async def start(
        task_id: str, body: StartTask, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> TaskView:
        """The assignee starts. Past an older startable task of its priority class only as a recorded jump (I7)."""
        stored, unit_id = await _case(task_id)
        day = clock.now().astimezone(TEHRAN).date()
        here = [officer for officer in snapshot().officers_of(unit_id) if not officer.absent_on(day)]
        older = await oldest_before(store, stored.state, unit_id, here)
        line = Line(older=older.task.id if older else None)
        command = Start(**body.model_dump(), task_id=task_id, line=line)
        return await _submit(stored.id, command, body.officer_id, key, expected, response)

    async def command(id: str, body: Any, key: str, expected: int | None, response: Response) -> dict[str, Any]:
        stored, _ = await _case(id)
        command = ON_TASK[type(body)](**body.model_dump(), task_id=id)
        return (await _submit(stored.id, command, body.officer_id, key, expected, response)).to_wire()

    add_commands(router, "/v1/tasks", COMMANDS, command)

    async def on_transfer(id: str, body: Any, key: str, expected: int | None, response: Response) -> dict[str, Any]:
        kind = Acknowledge if isinstance(body, AcknowledgeTransfer) else Refuse
        command = kind(**body.model_dump(), transfer_id=id)
        done = await door.submit(CASE, request_of(id), command, key=key, caller=body.officer_id, expected=expected)
        response.headers.update(etag(done.version))
        transfer: Transfer = next(each for each in done.state.transfers if each.id == id)
        return transfer.to_wire()

    add_commands(router, "/v1/transfers", ON_TRANSFER, on_transfer)

    @router.get("/v1/organizations/{org_id}/work")
    async def list_for_head(
        org_id: TypedId,
        kind: HeadWork | None = None,
        cursor: Annotated[str | None, Query(max_length=400)] = None,
    ) -> ForHeadList:
        """What nobody but the head of the agency moves on (domain 7, 12.23)."""
        if snapshot().organization(org_id) is None:
            raise Problem("UNKNOWN_ORGANIZATION", 404, "there is no such agency")
        cases = await work_for_head(store, org_id, kind, after(cursor), PAGE + 1)
        page = cases[:PAGE]
        return ForHeadList(
            items=tuple(
                ForHeadView.of(stored.state, line, stored.version)
                for stored in page
                for line in stored.state.for_head
                if line.org_id == org_id and kind in (None, line.kind)
            ),
            next=encode_cursor({"after": page[-1].state.order}) if len(cases) > PAGE else None,
        )

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
        found = in_its_round(done.state, body.task_id)
        assert found is not None, "what was done about a task leaves one"
        return TaskView.of(*found, done.version, snapshot(), TaskState(answer["state"]))

    return router


def _held_by(held: Sequence[Mapping[str, str]], registry: Snapshot) -> Problem:
    """Each piece of evidence with the agency that has it: there it is to be asked for (I10)."""
    wrong = []
    for each in held:
        agency = registry.organization(each["heldBy"])
        detail = f"{each['type']} is held by {agency.name if agency else each['heldBy']}: ask there"
        wrong.append({"field": "evidenceTypes", "code": "HELD_BY_AGENCY", "detail": detail, **each})
    return Problem("HELD_BY_AGENCY", 422, "; ".join(one["detail"] for one in wrong), errors=wrong)
