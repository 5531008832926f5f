"""From registration to an officer: the case opens, its queue places it, or it waits and asks again."""

from typing import Any

from services.contracts.decision import Decision, Send, TimerFired, World
from services.contracts.intake import CommitmentKind, RequestMoved
from services.contracts.routing import Clock, Task, TaskState
from services.routing.domain import fairness
from services.routing.domain.case import LIVE, Case, order, task_id
from services.routing.domain.clocks import stopped
from services.routing.domain.messages import (
    AskAgain,
    EndNoted,
    EntrySigned,
    OfferTask,
    TaskEnded,
    TaskPlaced,
    TaskWaiting,
)
from services.routing.domain.rules import Rules

REGISTERED = "request.registered"
OVER = frozenset({"request.done-on-spot", "request.withdrawn"})
"""After these moves there is nothing left to do inside."""


def request_moved(case: Case | None, request: RequestMoved, world: World[Rules]) -> Decision[Case]:
    """A registered request opens a case; one decided on the spot or taken back leaves nothing to do inside."""
    if not OVER.isdisjoint(request.moves):
        return Decision(None) if case is None else _cancelled(case, world)
    if case is None and REGISTERED in request.moves:
        return _opened(request)
    return Decision(case)


def _opened(request: RequestMoved) -> Decision[Case]:
    """The Clock runs from filing, by the promise that was given: its budget, its calendar, its due time (domain 6)."""
    delivery = [c for c in request.commitments if c.kind is CommitmentKind.FINAL_DELIVERY]
    if not delivery:
        raise ValueError("a registered request carries its FINAL_DELIVERY commitment (I2)")
    promise = delivery[-1]
    case = Case(
        request_id=request.request_id,
        org_id=request.org_id,
        desk_id=request.desk_id,
        unit_id=request.unit_id,
        service_id=request.service_id,
        service_version=request.service_version,
        priority_class=request.priority_class,
        arrived_at=request.filed_at,
        order=order(request.priority_class, request.filed_at, request.request_id),
        calendar=promise.calendar,
        task=Task(
            id=task_id(request.request_id),
            unit_id=request.unit_id,
            state=TaskState.OFFERED,
            **_rule(),
        ),
        clock=Clock(budget=promise.budget, running_since=request.occurred_at, due=promise.promised_at),
    )
    return Decision(case, sends=(_offer(case),))


def _rule() -> dict[str, Any]:
    """The rule that picks; of a draw the one that picked, however long the case had waited (domain 7)."""
    return {"rule_id": fairness.RULE_ID, "rule_version": fairness.RULE_VERSION}


def placed(case: Case | None, placement: TaskPlaced, world: World[Rules]) -> Decision[Case]:
    """The first placement that the case hears of is its own; another is refused, so that its load is given back.

    So is one of a case that is not there: its opening was lost with a process, and asks again when it is repeated.
    """
    if case is None:
        refused = EntrySigned(task_id=placement.task_id, entry=placement.entry, counts=False)
        return Decision(None, sends=(Send("queue", placement.unit_id, refused),))
    if case.placement is not None or case.task.state is not TaskState.OFFERED:
        return Decision(case, sends=(_sign(case, placement.entry, case.placement == placement.entry),))
    assigned = case.with_task(TaskState.ASSIGNED, assignee=placement.assignee, **_rule()).model_copy(
        update={"draw": placement.draw, "placement": placement.entry, "ask_again_at": None}
    )
    moves = ("task.assigned",) if case.told_waiting else ("task.assigned", "clock.started")
    assigned, event = assigned.moved(world, *moves)
    return Decision(assigned, events=(event,), sends=(_sign(case, placement.entry, True),))


def waiting(case: Case | None, wait: TaskWaiting, world: World[Rules]) -> Decision[Case]:
    """Nobody may take it now: told once, asked again by timer."""
    if case is None or case.task.state is not TaskState.OFFERED:
        return Decision(case)
    case = case.model_copy(update={"ask_again_at": wait.until})
    if case.told_waiting:
        return Decision(case)
    case, event = case.model_copy(update={"told_waiting": True}).moved(world, "task.offered", "clock.started")
    return Decision(case, events=(event,))


def ask_again(case: Case | None, cause: TimerFired | AskAgain, world: World[Rules]) -> Decision[Case]:
    """The unit has opened, some minutes have passed, or somebody has room: the queue is asked once more."""
    if case is None or case.task.state is not TaskState.OFFERED:
        return Decision(case)
    return Decision(case.model_copy(update={"ask_again_at": None}), sends=(_offer(case),))


def end_noted(case: Case | None, noted: EndNoted, world: World[Rules]) -> Decision[Case]:
    """The case signs one entry for its end, and only when it has ended."""
    if case is None:
        raise ValueError("the end of a case that never opened")
    if case.ending is None and case.task.state not in LIVE:
        case = case.model_copy(update={"ending": noted.entry})
    return Decision(case, sends=(_sign(case, noted.entry, case.ending == noted.entry),))


def release(case: Case) -> tuple[Send, ...]:
    """Tells the queue that the officer is done with an ended task, if there is one."""
    if case.task.assignee is None:
        return ()
    ended = TaskEnded(task_id=case.task.id, request_id=case.request_id, officer_id=case.task.assignee)
    return (Send("queue", case.unit_id, ended),)


def _cancelled(case: Case, world: World[Rules]) -> Decision[Case]:
    if case.task.state not in LIVE:
        return Decision(case)
    cancelled = case.with_task(TaskState.CANCELLED).model_copy(
        update={"clock": stopped(case, world), "ask_again_at": None}
    )
    cancelled, event = cancelled.moved(world, "task.cancelled", "clock.stopped")
    return Decision(cancelled, events=(event,), sends=release(cancelled))


def _offer(case: Case) -> Send:
    offer = OfferTask(
        unit_id=case.unit_id, task_id=case.task.id, request_id=case.request_id, service_id=case.service_id
    )
    return Send("queue", case.unit_id, offer)


def _sign(case: Case, entry: int, counts: bool) -> Send:
    return Send("queue", case.unit_id, EntrySigned(task_id=case.task.id, entry=entry, counts=counts))
