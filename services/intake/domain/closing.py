"""The end of a case whose output is handed over."""

from services.contracts.decision import Decision, World
from services.contracts.intake import HandOver
from services.intake.domain.authority import desk_officer, identity_seen
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.request import Request, Role, moved, the_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import CLOSED, DELIVERED, MOVES


def hand_over(request: Request | None, command: HandOver, world: World[Rules]) -> Decision[Request]:
    """COLLECTION_DUE -> DELIVERED -> CLOSED. Raises Refused ILLEGAL_MOVE, NOT_AUTHORISED, IDENTITY_NOT_SEEN (422)."""
    request, case = the_case(request)
    MOVES.check(case.state, DELIVERED)
    desk_officer(world, command.officer_id, case.desk_id)
    identity_seen(command.identity_seen, "an output is handed over to an identified person")
    told, _, event = moved(request, case, world.now, Role.OFFICER, (DELIVERED, CLOSED))
    return tell_kiosk(told, event, world)
