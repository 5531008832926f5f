"""From registration, or another round, to an officer: the queue places the task, or it waits and asks again."""

from services.contracts.commitment import CommitmentKind
from services.contracts.decision import Decision, Send, TimerFired, World
from services.contracts.intake import RequestMoved
from services.contracts.routing import Clock, Task, TaskState
from services.routing.domain import fairness, suspending
from services.routing.domain.case import LIVE, Case, Earlier, order, task_id
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
from services.routing.domain.re_dating import EXTENDED, extended, followed
from services.routing.domain.rules import Rules

REGISTERED, REOPENED = "request.registered", "request.reopened"
OVER = frozenset({"request.done-on-spot", "request.withdrawn", "request.expired", "request.duplicate"})
"""After these moves there is nothing left to do inside."""


def request_moved(case: Case | None, request: RequestMoved, world: World[Rules]) -> Decision[Case]:
    """A registered request opens a case, another round of it a successor task; what is over leaves nothing to do."""
    case = _concerning(case, request) if case is not None else None
    if not OVER.isdisjoint(request.moves):
        return Decision(None) if case is None else _cancelled(case, world)
    if case is None and (REGISTERED in request.moves or request.round > 1):
        opened = _opened(request, number=1)
        return Decision(opened, sends=(_offer(opened),))
    if case is not None and request.round > case.round:
        return _again(case, request, world)
    if case is not None and EXTENDED in request.moves:
        return extended(case, request, world)
    if case is not None and (placed_anew := followed(case, request, world)).events:
        return placed_anew
    if case is not None:
        return suspending.documents_came(case, request, world)
    return Decision(case)


def _concerning(case: Case, request: RequestMoved) -> Case:
    """Whoever speaks for the applicant by now is one of its people too; who did before stays one (I8)."""
    people = tuple(dict.fromkeys((*case.people, *_people(request))))
    return case if people == case.people else case.model_copy(update={"people": people})


def _people(request: RequestMoved) -> tuple[str, ...]:
    return tuple(ref for ref in (request.applicant_ref, request.representative_ref) if ref)


def _opened(request: RequestMoved, number: int) -> Case:
    """The Clock runs from registration, by the promise that was given: budget, calendar, due time (domain 6).

    That of another round runs from its beginning. The work has arrived then, and takes its place: what was filed long
    before, and came back from a kiosk, makes nobody's start a jump (I7).
    """
    delivery = [c for c in request.commitments if c.kind is CommitmentKind.FINAL_DELIVERY]
    if not delivery:
        raise ValueError("a registered request carries its FINAL_DELIVERY commitment (I2)")
    promise = delivery[-1]
    if promise.budget is None:
        raise ValueError("a FINAL_DELIVERY has a budget (domain 6)")
    rule_id, rule_version = fairness.LOWEST_LOAD
    return Case(
        request_id=request.request_id,
        org_id=request.org_id,
        desk_id=request.desk_id,
        unit_id=request.unit_id,
        service_id=request.service_id,
        service_version=request.service_version,
        priority_class=request.priority_class,
        arrived_at=request.occurred_at,
        order=order(request.priority_class, request.occurred_at, request.request_id),
        calendar=promise.calendar,
        legal_latest_at=promise.legal_latest_at,
        task=Task(
            id=task_id(request.request_id, number),
            unit_id=request.unit_id,
            state=TaskState.OFFERED,
            rule_id=rule_id,
            rule_version=rule_version,
        ),
        clock=Clock(budget=promise.budget, running_since=request.occurred_at, due=promise.promised_at),
        round=request.round,
        barred=request.barred,
        people=_people(request),
    )


def _again(case: Case, request: RequestMoved, world: World[Rules]) -> Decision[Case]:
    """Objected to or reopened: a successor task with the full budget; what was reopened goes to whoever did it."""
    ended = _cancelled(case, world)
    before = ended.state or case
    doer = before.result.decided_by if REOPENED in request.moves and before.result else None
    opened = _opened(request, number=len(before.earlier) + 2).model_copy(
        update={
            "version": before.version,
            "earlier": (*before.earlier, before.over()),
            "people": before.people,
            "doer": None if doer in request.barred else doer,
        }
    )
    return Decision(opened, events=ended.events, sends=(*ended.sends, _offer(opened)))


def placed(case: Case | None, placement: TaskPlaced, world: World[Rules]) -> Decision[Case]:
    """The first placement that the case hears of is its own; another is refused, so that its load is given back.

    So is one of a case that is not there: its opening was lost with a process, and asks again when it is repeated.
    """
    if case is None:
        refused = EntrySigned(task_id=placement.task_id, entry=placement.entry, counts=False)
        return Decision(None, sends=(Send("queue", placement.unit_id, refused),))
    known, task_id = _of_task(case, placement.task_id), placement.task_id
    if known is not case or case.placement is not None or case.task.state is not TaskState.OFFERED:
        counts = known is not None and known.placement == placement.entry
        return Decision(case, sends=(_sign(placement.unit_id, task_id, placement.entry, counts),))
    assigned = case.with_task(
        TaskState.ASSIGNED,
        assignee=placement.assignee,
        rule_id=placement.rule_id,
        rule_version=placement.rule_version,
    ).model_copy(update={"draw": placement.draw, "placement": placement.entry, "ask_again_at": None})
    moves = ("task.assigned",) if case.told_waiting else ("task.assigned", "clock.started")
    assigned, event = assigned.moved(world, *moves)
    return Decision(assigned, events=(event,), sends=(_sign(case.unit_id, task_id, placement.entry, True),))


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
    """The case signs one entry for the end of each task, and only when it has ended."""
    if case is None:
        raise ValueError("the end of a case that never opened")
    known = _of_task(case, noted.task_id)
    if known is not None and known.ending is None and known.task.state not in LIVE:
        known = known.model_copy(update={"ending": noted.entry})
        case = _remembering(case, known)
    counts = known is not None and known.ending == noted.entry
    return Decision(case, sends=(_sign(case.unit_id, noted.task_id, noted.entry, counts),))


def _of_task(case: Case, task_id: str) -> Case | Earlier | None:
    """The case itself for its task of now, what it remembers of an earlier one, None for one it never had."""
    if case.task.id == task_id:
        return case
    return next((earlier for earlier in case.earlier if earlier.task.id == task_id), None)


def _remembering(case: Case, known: Case | Earlier) -> Case:
    if isinstance(known, Case):
        return known
    earlier = tuple(known if one.task.id == known.task.id else one for one in case.earlier)
    return case.model_copy(update={"earlier": earlier})


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
        unit_id=case.unit_id,
        task_id=case.task.id,
        request_id=case.request_id,
        service_id=case.service_id,
        barred=case.barred,
        people=case.people,
        doer=case.doer,
    )
    return Send("queue", case.unit_id, offer)


def _sign(unit_id: str, task_id: str, entry: int, counts: bool) -> Send:
    return Send("queue", unit_id, EntrySigned(task_id=task_id, entry=entry, counts=counts))
