"""The result reaches the citizen: by a delivered message, or told at the desk. Nothing else counts (I9)."""

from datetime import datetime

from services.contracts.decision import Decision, World
from services.contracts.intake import Announce
from services.contracts.notify import ANNOUNCING, NoticeMoved
from services.intake.domain.authority import desk_officer
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.promising import fulfilled
from services.intake.domain.request import Attention, Case, Request, Role, moved, the_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import ANNOUNCED, CLOSED, COLLECTION_DUE, MOVES, RESULT_READY

GIVEN_UP = frozenset({"message.failed", "message.filtered", "message.expired", "message.suppressed", "message.unknown"})


def notice_moved(request: Request | None, message: NoticeMoved, world: World[Rules]) -> Decision[Request]:
    """Delivered: announced at the hour of delivery. Not to be relied on: work for the desk (I9)."""
    request, case = the_case(request)
    if message.notice != ANNOUNCING or case.state is not RESULT_READY:
        return Decision(request)
    if "message.delivered" in message.moves:
        return _announced(request, case, min(message.occurred_at, world.now), Role.NOTICE, world)
    if GIVEN_UP.intersection(message.moves):
        case = case.model_copy(update={"attention": case.needing(Attention.TELL_CITIZEN)})
        return Decision(request.model_copy(update={"case": case}))
    return Decision(request)


def told_at_desk(request: Request | None, command: Announce, world: World[Rules]) -> Decision[Request]:
    """An officer of the desk told the citizen. Raises Refused ILLEGAL_MOVE, NOT_AUTHORISED."""
    request, case = the_case(request)
    MOVES.check(case.state, ANNOUNCED)
    desk_officer(world, command.officer_id, case.desk_id)
    return _announced(request, case, world.now, Role.OFFICER, world)


def _announced(request: Request, case: Case, at: datetime, by: Role, world: World[Rules]) -> Decision[Request]:
    """ANNOUNCED with its promise kept or late, and on to the handing over or the end: one event."""
    case, verbs = fulfilled(case, at)
    told, _, event = moved(request, case, at, by, (ANNOUNCED, *verbs, COLLECTION_DUE if case.collectable else CLOSED))
    return tell_kiosk(told, event, world)
