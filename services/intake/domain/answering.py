"""The unit's work as the case sees it: started, and the result it decided (routing owns the work, domain 2)."""

from datetime import datetime

from services.contracts.commitment import CommitmentKind, CommitmentState
from services.contracts.decision import Decision, NotYet, World
from services.contracts.intake import RequestState
from services.contracts.routing import DueCause, ResultKind, TaskState, WorkMoved
from services.intake.domain import coordinating, suspending
from services.intake.domain.absent_desk import put_off, when_the_desk_is_there
from services.intake.domain.announcing import confirm_by, desk_tells, heard_by
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention, Role
from services.intake.domain.moving import extensions, re_projected
from services.intake.domain.new_times import known_again, untold_without_mobile
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.request import (
    Request,
    moved,
    the_case,
    with_case,
)
from services.intake.domain.rules import Rules
from services.intake.domain.states import AT_WORK, IN_PROGRESS, RESULT_READY, SUSPENDED, WITH_UNITS
from services.intake.domain.suspending import Path

LIVE = frozenset({TaskState.OFFERED, TaskState.ASSIGNED, TaskState.STARTED})
"""A task that somebody is still to answer."""


def work_moved(request: Request | None, message: WorkMoved, world: World[Rules]) -> Decision[Request]:
    """IN_PROGRESS when a unit starts, SUSPENDED while the work stands still, COORDINATING and REFERRED while units are
    asked and its person is sent to one, RESULT_READY when it is decided.

    Work on what is over changes nothing. The promise follows a due time that has moved (domain 2). Raises NotYet.
    """
    request, case = the_case(request)
    if message.round != case.round:
        return Decision(request)
    if case.state not in AT_WORK | {SUSPENDED}:
        return coordinating.after_work(request, case, message, world)
    step = coordinating.heard(case, message, world)
    case, elsewhere = _rerouted(step.case if step else case, message)
    met: Path = (*(step.path() if step else ()), *elsewhere)
    back, desk = suspending.gone_on(case, message), world.registry.desk(case.desk_id)
    if case.state is SUSPENDED and not back:
        return _told(request, case, met, Role.UNIT, world)
    if back and case.awaited is not None:
        case = suspending.nothing_awaited(case, world)
    case, verbs = _due_moved(case, message, world, going_on=bool(back))
    if back and desk is not None:
        case, away = put_off(case, desk, world)
        verbs = tuple(dict.fromkeys((*verbs, *away)))
    path = (*met, *back, *verbs)
    now_in = next((at for at in reversed(path) if isinstance(at, RequestState)), case.state)
    case, onward = _onward(case, now_in, message, world)
    by = Role.UNIT if back or onward or met else Role.TIME
    return _told(request, case, (*path, *onward), by, world)


def _told(request: Request, case: Case, path: Path, by: Role, world: World[Rules]) -> Decision[Request]:
    if not path:
        return Decision(request if case is request.case else with_case(request, case, world.now))
    told, _, event = moved(request, case, world.now, by, path)
    return tell_kiosk(told, event, world)


def _rerouted(case: Case, message: WorkMoved) -> tuple[Case, Path]:
    """The work is another unit's from now on, by the rule of its service or a transfer: the desk need not see to it."""
    unit_id = _another_unit(message)
    if unit_id is None:
        return case, ()
    result = None if case.result is not None and case.result.kind is ResultKind.NO_COMPETENCE else case.result
    attention = case.without(Attention.NO_COMPETENCE)
    changes = {"unit_id": unit_id, "reroutes": case.reroutes + 1, "result": result, "attention": attention}
    return case.model_copy(update=changes), ("request.rerouted",)


def _another_unit(message: WorkMoved) -> str | None:
    """Who has it instead: it was handed on, or the same step follows as a task of another."""
    if message.transfer is not None and "transfer.acknowledged" in message.moves:
        return message.transfer.to_unit
    answered = message.task
    if "task.answered" not in message.moves or answered.answer is not ResultKind.NO_COMPETENCE:
        return None
    later = [task for task in message.tasks if task.id != answered.id and task.step == answered.step]
    return later[-1].unit_id if later and later[-1].state in LIVE else None


def _onward(case: Case, state: RequestState, message: WorkMoved, world: World[Rules]) -> tuple[Case, Path]:
    """What the unit has done, from the state in which the case is now.

    A result that no message can tell in time is the desk's to tell at once (I9). The Clock stands from then on: what
    routing has not counted by then, a closure of the promised day, moves the promise here.
    """
    lasting = message.clock.suspended()
    if lasting is not None:
        return suspending.come_to_stand(case, state, lasting, world)
    decided = message.result if "result.decided" in message.moves else None
    if not (decided or "task.started" in message.moves):
        return case, ()
    if state in WITH_UNITS and (decided is None or decided.kind is ResultKind.NO_COMPETENCE):
        case, path = coordinating.started(case)
    else:
        case, back = coordinating.over(case, state)
        path = back if IN_PROGRESS in (*back, state) else (*back, IN_PROGRESS)
    if decided is None:
        return case, path
    if decided.kind is ResultKind.NO_COMPETENCE:
        attention = case.needing(Attention.NO_COMPETENCE)
        return case.model_copy(update={"result": decided, "attention": attention}), path
    desk = world.registry.desk(case.desk_id)
    case, verbs = when_the_desk_is_there(case, desk, world) if desk else (case, ())
    due = confirm_by(case, world) if case.told_by_message(world.now) else world.now
    case = case.model_copy(update={"result": decided, "confirm_by": due, "heard_by": heard_by(case, world)})
    return case if due > world.now else desk_tells(case, world), (*path, *verbs, RESULT_READY)


def _due_moved(case: Case, message: WorkMoved, world: World[Rules], *, going_on: bool) -> tuple[Case, tuple[str, ...]]:
    """The promise of this round where the Clock has it now, and the verbs to publish.

    A word of a Clock that does not know of the last extension yet is passed over: when it has heard, it says where the
    due time is with it. Where the promise stays elsewhere, by its desk or the law, that is published, too: the Clock
    follows. Raises NotYet.
    """
    word = message.due_moved
    promise = next((one for one in reversed(case.commitments) if one.kind is CommitmentKind.FINAL_DELIVERY), None)
    if (word is None and not going_on) or promise is None or message.clock.extensions < extensions(promise):
        return case, ()
    after, verbs = re_projected(
        case,
        promise.id,
        message.clock.due,
        world,
        cause=DueCause.SUSPENSION if word is None or word.cause is DueCause.SUSPENSION else DueCause.CALENDAR,
        rule=word.rule if word else None,
        counted_by=word.calendar if word else None,
        days=word.days if word else (),
        decided_at=_decided_at(message, world),
    )
    if verbs:
        return known_again(untold_without_mobile(after, world.now)), verbs
    upheld = promise.state is CommitmentState.OPEN and promise.promised_at != message.clock.due
    return after, ("commitment.upheld",) if upheld else ()


def _decided_at(message: WorkMoved, world: World[Rules]) -> datetime:
    """When that was decided which moves the date: of days when they were recorded, though routing came to the Clock
    after it was due. Raises NotYet while their version may be on its way.
    """
    word = message.due_moved
    if word is None or word.cause is not DueCause.CALENDAR:
        return message.occurred_at
    known = world.registry.calendar(word.calendar.id, word.calendar.version)
    if known is None and not world.patience_over:
        raise NotYet("UNKNOWN_CALENDAR")
    recorded_at = known.recorded_at if known else None
    return min(message.occurred_at, recorded_at or message.occurred_at)
