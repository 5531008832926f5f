"""The unit's work as the case sees it: started, and the result it decided (routing owns the work, domain 2)."""

from services.contracts.decision import Decision, World
from services.contracts.routing import ResultKind, WorkMoved
from services.intake.domain.announcing import confirm_by, desk_tells, heard_by
from services.intake.domain.case import Attention, Role
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

    A result that no message can tell in time is the desk's to tell at once (I9).
    """
    request, case = the_case(request)
    decided = message.result if "result.decided" in message.moves else None
    if message.round != case.round or case.state not in AT_WORK or not (decided or "task.started" in message.moves):
        return Decision(request)
    path = [] if case.state is IN_PROGRESS else [IN_PROGRESS]
    if decided is not None and decided.kind is ResultKind.NO_COMPETENCE:
        attention = case.needing(Attention.NO_COMPETENCE)
        case = case.model_copy(update={"result": decided, "attention": attention})
    elif decided is not None:
        path.append(RESULT_READY)
        due = confirm_by(case, world) if case.told_by_message() else world.now
        case = case.model_copy(update={"result": decided, "confirm_by": due, "heard_by": heard_by(case, world)})
        case = case if due > world.now else desk_tells(case, world)
    if not path:
        return Decision(with_case(request, case, world.now))
    told, _, event = moved(request, case, world.now, Role.UNIT, path)
    return tell_kiosk(told, event, world)
