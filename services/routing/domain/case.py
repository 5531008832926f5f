"""A case: what routing keeps of a request, with its task, its Clock and its result (domain 3).

A case has one task at a time. Each objection or reopening begins another round, with a successor task and a Clock of
its own. A task's id is `<requestId>.<n>`, so that the case is found from it.
"""

from collections.abc import Mapping
from datetime import datetime

from services.contracts.decision import Moves, World
from services.contracts.intake import HeldDemand
from services.contracts.routing import (
    CaseResult,
    Clock,
    Draw,
    DueMoved,
    Jump,
    SuspensionCause,
    Task,
    TaskState,
    WorkMoved,
)
from services.contracts.wire import Id, Instant, Made, Wire, instant_text
from services.contracts.working_calendar import CalendarRef
from services.routing.domain.rules import Rules

MOVES: Moves[TaskState] = Moves(
    {
        TaskState.OFFERED: frozenset({TaskState.ASSIGNED, TaskState.CANCELLED}),
        TaskState.ASSIGNED: frozenset({TaskState.STARTED, TaskState.CANCELLED}),
        TaskState.STARTED: frozenset({TaskState.ANSWERED, TaskState.CANCELLED}),
        TaskState.ANSWERED: frozenset(),
        TaskState.CANCELLED: frozenset(),
    }
)
LIVE = (TaskState.OFFERED, TaskState.ASSIGNED, TaskState.STARTED)

ASK_AGAIN = "ask-again"
SUSPENSION = "suspension"


class Earlier(Wire):
    """A task that is over and was followed by another: its draw, its Clock, its result, the entries that it signed."""

    task: Task
    clock: Clock
    draw: Draw | None
    jump: Jump | None
    result: CaseResult | None
    placement: int | None
    ending: int | None


class Case(Made):
    """What routing knows of one request.

    `order` is its place among the cases of its unit. `placement` and `ending` are the numbers of the queue's entries
    that it signed as counting. `version` counts what was published, so that a projection never goes backwards.
    """

    request_id: Id
    org_id: Id
    desk_id: Id
    unit_id: Id
    service_id: Id
    service_version: int
    priority_class: str | None
    arrived_at: Instant
    order: str
    calendar: CalendarRef
    """By which the Clock is counted: the version that its due time was last looked at with."""
    legal_latest_at: Instant | None = None
    """Until when the law wants it done (I3); None of what was opened before that was kept here."""
    task: Task
    clock: Clock
    draw: Draw | None = None
    jump: Jump | None = None
    result: CaseResult | None = None
    placement: int | None = None
    ending: int | None = None
    ask_again_at: Instant | None = None
    told_waiting: bool = False
    version: int = 0
    round: int = 1
    barred: tuple[Id, ...] = ()
    """Officers who may not have the task: the authors of what was objected to (I8)."""
    people: tuple[Id, ...] = ()
    """Who it is about, by reference: officers who have declared one of them have no hand in it (I8)."""
    doer: Id | None = None
    """Who answered the task that was reopened: it goes to them again (domain 12.18)."""
    earlier: tuple[Earlier, ...] = ()
    held_demands: tuple[HeldDemand, ...] = ()
    """What officers wanted to demand of the citizen though an agency holds it: refused, and on record (I10)."""

    def moved(self, world: World[Rules], *moves: str, due_moved: DueMoved | None = None) -> tuple["Case", WorkMoved]:
        """The case with one more version, and the event that tells these moves."""
        case = self.model_copy(update={"version": self.version + 1})
        event = WorkMoved(
            moves=moves,
            request_id=case.request_id,
            org_id=case.org_id,
            service_id=case.service_id,
            service_version=case.service_version,
            version=case.version,
            round=case.round,
            task=case.task,
            draw=case.draw,
            jump=case.jump,
            clock=case.clock,
            due_moved=due_moved,
            result=case.result.public() if case.result else None,
            occurred_at=world.now,
        )
        return case, event

    def over(self) -> Earlier:
        """The task as it is remembered when another follows."""
        return Earlier(
            task=self.task,
            clock=self.clock,
            draw=self.draw,
            jump=self.jump,
            result=self.result,
            placement=self.placement,
            ending=self.ending,
        )

    def with_task(self, state: TaskState, **changes: object) -> "Case":
        """The task in another state. Raises Refused ILLEGAL_MOVE, naming both."""
        MOVES.check(self.task.state, state)
        task = self.task.model_copy(update={"state": state, **changes})
        return self.model_copy(update={"task": task})


def timers(case: Case) -> Mapping[str, datetime]:
    """A case that nobody could take asks its queue again; what stands still for no citizen goes on at its deadline."""
    waiting = {} if case.ask_again_at is None else {ASK_AGAIN: case.ask_again_at}
    suspended = case.clock.suspended()
    if suspended is not None and suspended.until and suspended.cause is not SuspensionCause.APPLICANT:
        waiting[SUSPENSION] = suspended.until
    return waiting


def task_id(request_id: str, number: int) -> str:
    return f"{request_id}.{number}"


def request_of(task_id: str) -> str:
    """The request whose case holds the task; some id that leads nowhere when it is no task id."""
    return task_id.rpartition(".")[0]


def order(priority_class: str | None, arrived_at: datetime, request_id: str) -> str:
    """The place in the unit's work: a priority class before none, then by arrival; sorts as text."""
    return f"{order_within(priority_class)}{instant_text(arrived_at)}|{request_id}"


def order_within(priority_class: str | None) -> str:
    """What the places of one priority class begin with."""
    return f"0-{priority_class}|" if priority_class else "1|"
