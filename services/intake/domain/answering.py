"""The unit's work as the case sees it: started, and the result it decided (routing owns the work, domain 2)."""

from services.contracts.decision import Decision, World
from services.contracts.intake import CommitmentKind, RequestState
from services.contracts.routing import DueCause, ResultKind, WorkMoved
from services.intake.domain.announcing import confirm_by, desk_tells
from services.intake.domain.case import Attention, Case, Role
from services.intake.domain.moving import extensions, re_projected
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.request import (
    Request,
    moved,
    the_case,
    with_case,
)
from services.intake.domain.rules import Rules
from services.intake.domain.states import IN_PROGRESS, OBJECTED, PROMISED, REOPENED, RESULT_READY

AT_WORK = frozenset({PROMISED, OBJECTED, REOPENED, IN_PROGRESS})
"""Where the unit's word counts."""


def work_moved(request: Request | None, message: WorkMoved, world: World[Rules]) -> Decision[Request]:
    """IN_PROGRESS when a unit starts, RESULT_READY when it has decided; work on what is over changes nothing.

    The promise follows a due time that has moved (domain 2). A result that no message can tell in time is the desk's to
    tell at once (I9). Raises NotYet.
    """
    request, case = the_case(request)
    if message.round != case.round or case.state not in AT_WORK:
        return Decision(request)
    case, verbs = _due_moved(case, message, world)
    decided = message.result if "result.decided" in message.moves else None
    if not (decided or "task.started" in message.moves):
        if not verbs:
            return Decision(request)
        told, _, event = moved(request, case, world.now, Role.TIME, verbs)
        return tell_kiosk(told, event, world)
    path: list[RequestState | str] = [*verbs] if case.state is IN_PROGRESS else [*verbs, IN_PROGRESS]
    if decided is not None and decided.kind is ResultKind.NO_COMPETENCE:
        attention = case.needing(Attention.NO_COMPETENCE)
        case = case.model_copy(update={"result": decided, "attention": attention})
    elif decided is not None:
        path.append(RESULT_READY)
        due = confirm_by(case, world) if case.told_by_message() else world.now
        case = case.model_copy(update={"result": decided, "confirm_by": due})
        case = case if due > world.now else desk_tells(case, world)
    if not path:
        return Decision(with_case(request, case, world.now))
    told, _, event = moved(request, case, world.now, Role.UNIT, path)
    return tell_kiosk(told, event, world)


def _due_moved(case: Case, message: WorkMoved, world: World[Rules]) -> tuple[Case, tuple[str, ...]]:
    """The promise of this round where the Clock has it now, and the verbs to publish.

    A word of a Clock that does not know of the last extension yet is passed over: when it has heard, it says where the
    due time is with it. Raises NotYet.
    """
    word = message.due_moved
    promise = next((one for one in reversed(case.commitments) if one.kind is CommitmentKind.FINAL_DELIVERY), None)
    if word is None or promise is None or message.clock.extensions < extensions(promise):
        return case, ()
    return re_projected(
        case,
        promise.id,
        message.clock.due,
        world,
        cause=DueCause.SUSPENSION if word.cause is DueCause.SUSPENSION else DueCause.CALENDAR,
        rule=word.rule,
        counted_by=word.calendar,
    )
