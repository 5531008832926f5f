"""From registration, or another round, to an officer: the queue places the task, or it waits and asks again."""

from collections.abc import Mapping

from services.contracts.commitment import CommitmentKind
from services.contracts.decision import Decision, Send, TimerFired, World
from services.contracts.draw import LOWEST_LOAD
from services.contracts.event import Event
from services.contracts.intake import RequestMoved
from services.contracts.routing import Clock, Task, TaskState, TransferState, WaitsFor
from services.routing.domain import suspending, unit_visits
from services.routing.domain.beginning import start_by
from services.routing.domain.case import Case, order
from services.routing.domain.clocks import stopped
from services.routing.domain.escalating import climbing
from services.routing.domain.messages import (
    AskAgain,
    EndNoted,
    EntrySigned,
    OfferTask,
    TakingNoted,
    TaskEnded,
    TaskPlaced,
    TaskWaiting,
)
from services.routing.domain.plan import authors, opening, plan_of
from services.routing.domain.re_dating import EXTENDED, extended, followed
from services.routing.domain.rules import Rules
from services.routing.domain.work import Given, Work, task_id

REGISTERED, REOPENED = "request.registered", "request.reopened"
OVER = frozenset({"request.done-on-spot", "request.withdrawn", "request.expired", "request.duplicate"})
"""After these moves there is nothing left to do inside."""


def request_moved(case: Case | None, request: RequestMoved, world: World[Rules]) -> Decision[Case]:
    """A registered request opens a case, another round of it a successor task; what is over leaves nothing to do."""
    case = _concerning(case, request) if case is not None else None
    if not OVER.isdisjoint(request.moves):
        return Decision(None) if case is None else cancelled(case, world)
    if case is None and (REGISTERED in request.moves or request.round > 1):
        return _begun(_opened(request, world), world)
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


def _opened(request: RequestMoved, world: World[Rules]) -> Case:
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
    plan, ladder = plan_of(world.registry, request)
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
        amount=request.amount,
        area=request.area,
        applicant_kind=request.applicant_kind,
        plan=plan,
        legal_latest_at=promise.legal_latest_at,
        work=(),
        clock=Clock(budget=promise.budget, running_since=request.occurred_at, due=promise.promised_at),
        round=request.round,
        barred=request.barred,
        people=_people(request),
        ladder=ladder or world.rules.ladder,
    )


def _begun(case: Case, world: World[Rules], doers: Mapping[str | None, str] | None = None) -> Decision[Case]:
    """The first tasks of a round, offered to their units. `doers`: who did which step before."""
    if case.plan is None:
        first = [Work(task=_task(case, case.unit_id), doer=(doers or {}).get(None), opened_at=world.now)]
        case = climbing(case.with_work(*first), world)
        return Decision(case, sends=tuple(_offer(case, work) for work in first))
    case, sends = opened_next(case, world, doers)
    return Decision(climbing(case, world), sends=sends)


def opened_next(
    case: Case, world: World[Rules], doers: Mapping[str | None, str] | None = None
) -> tuple[Case, tuple[Send, ...]]:
    """With a task for each step whose turn it is, offered to its unit."""
    sends: list[Send] = []
    for step in opening(case.plan, case.work):
        work = Work(task=_task(case, step.unit_id, step.id), doer=(doers or {}).get(step.id), opened_at=world.now)
        case = case.with_work(work)
        sends.append(_offer(case, work))
    return case, tuple(sends)


def _task(case: Case, unit_id: str, step: str | None = None) -> Task:
    rule_id, rule_version = LOWEST_LOAD
    return Task(
        id=task_id(case.request_id, 1 + sum(1 for _ in case.tasks_ever())),
        unit_id=unit_id,
        state=TaskState.OFFERED,
        rule_id=rule_id,
        rule_version=rule_version,
        step=step,
    )


def _again(case: Case, request: RequestMoved, world: World[Rules]) -> Decision[Case]:
    """Objected to or reopened: tasks anew with the full budget; what was reopened goes to whoever did it.

    Nobody who has decided what is objected to, or has agreed to it, has a hand in it (I8).
    """
    ended = cancelled(case, world)
    before = ended.state or case
    reopened = REOPENED in request.moves
    barred = request.barred if reopened else tuple(dict.fromkeys((*request.barred, *sorted(authors(before.work)))))
    doers = {work.task.step: work.answer.decided_by for work in before.work if reopened and work.answer}
    opened = _opened(request, world).model_copy(
        update={
            "version": before.version,
            "earlier": (*before.earlier, before.remembered()),
            "people": before.people,
            "barred": barred,
            "transfers": before.transfers,
            "coordinations": before.coordinations,
            "held_demands": before.held_demands,
        }
    )
    begun = _begun(opened, world, {step: doer for step, doer in doers.items() if doer not in barred})
    return Decision(begun.state, events=ended.events, sends=(*ended.sends, *begun.sends))


def placed(case: Case | None, placement: TaskPlaced, world: World[Rules]) -> Decision[Case]:
    """The first placement that the case hears of is its own; another is refused, so that its load is given back.

    So is one of a case that is not there: its opening was lost with a process, and asks again when it is repeated.
    """
    if case is None:
        refused = EntrySigned(task_id=placement.task_id, entry=placement.entry, counts=False)
        return Decision(None, sends=(Send("queue", placement.unit_id, refused),))
    work = case.of_task(placement.task_id)
    if work is None or work.given or work.task.state is not TaskState.OFFERED:
        _, given = _given(case, placement.task_id)
        counts = given is not None and given.placement == placement.entry
        return Decision(case, sends=(_sign(placement.unit_id, placement.task_id, placement.entry, counts),))
    assigned = work.to(
        TaskState.ASSIGNED,
        assignee=placement.assignee,
        waits_for=None,
        rule_id=placement.rule_id,
        rule_version=placement.rule_version,
    ).model_copy(
        update={
            "draw": placement.draw,
            "given": (Given(key=work.task.id, officer_id=placement.assignee, placement=placement.entry),),
            "ask_again_at": None,
            "start_by": start_by(case, work, world),
        }
    )
    case, event = case.with_work(assigned).moved(world, "task.assigned", *first_told(case), about=assigned)
    sign = _sign(placement.unit_id, placement.task_id, placement.entry, True)
    return Decision(case, events=(event,), sends=(sign,))


def waiting(case: Case | None, wait: TaskWaiting, world: World[Rules]) -> Decision[Case]:
    """Nobody may take it now: told once for what it waits, asked again by timer."""
    work = case.of_task(wait.task_id) if case is not None else None
    if case is None or work is None or work.task.state is not TaskState.OFFERED:
        return Decision(case)
    task = work.task.model_copy(update={"waits_for": wait.waits_for})
    told = work.model_copy(update={"task": task, "ask_again_at": wait.until})
    if work.task.waits_for is wait.waits_for or (work.task.waits_for and wait.waits_for is WaitsFor.OPENING):
        return Decision(case.with_work(work.model_copy(update={"ask_again_at": wait.until})))  # it shuts every evening
    case, event = case.with_work(told).moved(world, "task.offered", *first_told(case), about=told)
    return Decision(case, events=(event,))


def first_told(case: Case) -> tuple[str, ...]:
    """With the first word of a round it is told that its Clock runs."""
    return () if any(work.given or work.task.waits_for for work in case.work) else ("clock.started",)


def ask_again(case: Case | None, cause: TimerFired | AskAgain, world: World[Rules]) -> Decision[Case]:
    """The unit has opened, some minutes have passed, or somebody has room: the queue is asked once more."""
    if case is None:
        return Decision(case)
    asking = [
        work.model_copy(update={"ask_again_at": None})
        for work in case.work
        if work.task.state is TaskState.OFFERED and _its_turn(work, cause, world)
    ]
    case = case.with_work(*asking) if asking else case
    return Decision(case, sends=tuple(_offer(case, work) for work in asking))


def _its_turn(work: Work, cause: TimerFired | AskAgain, world: World[Rules]) -> bool:
    if isinstance(cause, AskAgain):
        return work.task.unit_id == cause.unit_id
    return work.ask_again_at is not None and work.ask_again_at <= world.now


def taking_noted(case: Case | None, noted: TakingNoted, world: World[Rules]) -> Decision[Case]:
    """What was given by hand is counted by one entry of the queue, the first."""
    work, given = _given(case, noted.task_id)
    if case is not None and work is not None and given is not None and given.placement is None:
        case, given = _remembering(case, work, noted.task_id, placement=noted.entry)
    counts = given is not None and given.placement == noted.entry
    return Decision(case, sends=(_sign(noted.unit_id, noted.task_id, noted.entry, counts),))


def end_noted(case: Case | None, noted: EndNoted, world: World[Rules]) -> Decision[Case]:
    """The case signs one entry for the end of each giving, and only when it has ended."""
    if case is None:
        raise ValueError("the end of a case that never opened")
    work, given = _given(case, noted.task_id)
    if work is not None and given is not None and given.ending is None and work.done_with(given):
        case, given = _remembering(case, work, noted.task_id, ending=noted.entry)
    counts = given is not None and given.ending == noted.entry
    return Decision(case, sends=(_sign(noted.unit_id, noted.task_id, noted.entry, counts),))


def _given(case: Case | None, key: str) -> tuple[Work | None, Given | None]:
    """What the case remembers of a giving, of whichever round; None of one that never was."""
    for work in case.tasks_ever() if case is not None else ():
        if given := work.given_as(key):
            return work, given
    return None, None


def _remembering(case: Case, work: Work, key: str, **entry: int) -> tuple[Case, Given | None]:
    signed = work.signed(key, **entry)
    if case.of_task(work.task.id) is not None:
        return case.with_work(signed), signed.given_as(key)
    earlier = tuple(
        one.model_copy(update={"work": tuple(signed if each is work else each for each in one.work)})
        for one in case.earlier
    )
    return case.model_copy(update={"earlier": earlier}), signed.given_as(key)


def release(case: Case, *ended: Work) -> tuple[Send, ...]:
    """Tells the queues that the officers are done with these, where anybody had them."""
    return tuple(
        Send(
            "queue",
            work.task.unit_id,
            TaskEnded(task_id=given.key, request_id=case.request_id, officer_id=given.officer_id),
        )
        for work in ended
        for given in work.given[-1:]
    )


def follow(case: Case, before: Work, world: World[Rules], *, unit_id: str | None = None) -> Decision[Case]:
    """Another task in the place of one that is over; who had that one does not get it again. `unit_id`: of another."""
    had = () if before.task.assignee is None else (before.task.assignee,)
    task = _task(case, unit_id or before.task.unit_id, before.task.step)
    work = Work(task=task, had_before=(*before.had_before, *had), opened_at=world.now)
    return Decision(case.with_work(work), sends=(*release(case, before), _offer(case, work)))


def cancelled(case: Case, world: World[Rules]) -> Decision[Case]:
    """Nothing is left to do: the tasks that are open end, each told by an event of its own, and the Clock stands.

    What was offered to another agency is offered no more.
    """
    live = [work for work in case.work if work.live]
    stops = ("clock.stopped",) if case.clock.running_since is not None or case.clock.suspended() is not None else ()
    if not live and not stops:
        return _called_off(case, world)
    over = [work.to(TaskState.CANCELLED).model_copy(update={"ask_again_at": None, "start_by": None}) for work in live]
    case = case.model_copy(update={"work": case.with_work(*over).work, "clock": stopped(case, world)})
    events: list[Event] = []
    for work in over[:-1]:
        case, event = case.moved(world, "task.cancelled", about=work)
        events.append(event)
    last = over[-1:]
    case, event = case.moved(world, *("task.cancelled" for _ in last), *stops, about=last[0] if last else None)
    called_off = _called_off(case, world)
    told = (*events, event, *called_off.events)
    return unit_visits.work_ended(Decision(called_off.state, events=told, sends=release(case, *over)), world)


def _called_off(case: Case, world: World[Rules]) -> Decision[Case]:
    """The transfers that nobody has answered are back with who offered them, each told by an event of its own."""
    events: list[Event] = []
    for transfer in case.transfers:
        if transfer.state is TransferState.OFFERED:
            back = transfer.model_copy(update={"state": TransferState.RETURNED})
            transfers = tuple(back if each is transfer else each for each in case.transfers)
            case = case.model_copy(update={"transfers": transfers})
            case, event = case.moved(world, "transfer.returned", about=case.of_task(back.task_id), transfer=back)
            events.append(event)
    return Decision(case, events=tuple(events))


def _offer(case: Case, work: Work) -> Send:
    offer = OfferTask(
        unit_id=work.task.unit_id,
        task_id=work.task.id,
        request_id=case.request_id,
        service_id=case.service_id,
        amount=case.amount,
        barred=(*case.barred, *case.withdrew(), *work.had_before),
        people=case.people,
        doer=work.doer,
    )
    return Send("queue", work.task.unit_id, offer)


def _sign(unit_id: str, task_id: str, entry: int, counts: bool) -> Send:
    return Send("queue", unit_id, EntrySigned(task_id=task_id, entry=entry, counts=counts))
