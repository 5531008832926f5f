"""The end of a case whose output is handed over."""

from services.contracts.decision import Decision, World
from services.contracts.intake_commands import HandedOver, HandOver
from services.contracts.kiosk import DeliveryConfirmed
from services.intake.domain.authority import desk_officer, wrong_field
from services.intake.domain.case import Attention, Case, HandedTo, Role
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.request import Request, moved, the_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import CLOSED, DELIVERED, MOVES


def hand_over(request: Request | None, command: HandOver, world: World[Rules]) -> Decision[Request]:
    """COLLECTION_DUE -> DELIVERED -> CLOSED, with who took it and that their identity was seen.

    Raises Refused ILLEGAL_MOVE, NOT_AUTHORISED, IDENTITY_NOT_SEEN (422).
    """
    request, case = the_case(request)
    MOVES.check(case.state, DELIVERED)
    officer = desk_officer(world, command.officer_id, case.desk_id)
    handover = handed_to(command, "identitySeen", officer.id, world)
    return delivered(request, case, handover, Role.OFFICER, world)


def delivered(request: Request, case: Case, handover: HandedTo, by: Role, world: World[Rules]) -> Decision[Request]:
    """Raises Refused ILLEGAL_MOVE."""
    MOVES.check(case.state, DELIVERED)
    attention = case.without(Attention.REMIND_TO_COLLECT)
    case = case.model_copy(update={"handover": handover, "attention": attention})
    told, _, event = moved(request, case, world.now, by, (DELIVERED, CLOSED))
    return tell_kiosk(told, event, world)


def handed_to(handover: HandedOver | DeliveryConfirmed, field: str, by: str, world: World[Rules]) -> HandedTo:
    """What the case keeps of it; `by`: the officer, or the kiosk office.

    Raises Refused IDENTITY_NOT_SEEN (422), which names the field.
    """
    if not handover.identity_seen:
        raise wrong_field(field, "IDENTITY_NOT_SEEN", "an output is handed over to an identified person")
    return HandedTo(
        collected_by=handover.collected_by, identity_seen=handover.identity_seen, officer_id=by, at=world.now
    )
