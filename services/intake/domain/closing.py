"""The end of a case whose output is handed over."""

from services.contracts.decision import Decision, World
from services.contracts.intake import HandOver
from services.intake.domain.authority import desk_officer, wrong_field
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.request import Attention, HandedTo, Request, Role, moved, the_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import CLOSED, DELIVERED, MOVES


def hand_over(request: Request | None, command: HandOver, world: World[Rules]) -> Decision[Request]:
    """COLLECTION_DUE -> DELIVERED -> CLOSED, with who took it and that their identity was seen.

    Raises Refused ILLEGAL_MOVE, NOT_AUTHORISED, IDENTITY_NOT_SEEN (422).
    """
    request, case = the_case(request)
    MOVES.check(case.state, DELIVERED)
    officer = desk_officer(world, command.officer_id, case.desk_id)
    if not command.identity_seen:
        raise wrong_field("identitySeen", "IDENTITY_NOT_SEEN", "an output is handed over to an identified person")
    handover = HandedTo(
        collected_by=command.collected_by, identity_seen=command.identity_seen, officer_id=officer.id, at=world.now
    )
    attention = case.without(Attention.REMIND_TO_COLLECT)
    case = case.model_copy(update={"handover": handover, "attention": attention})
    told, _, event = moved(request, case, world.now, Role.OFFICER, (DELIVERED, CLOSED))
    return tell_kiosk(told, event, world)
