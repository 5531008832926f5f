"""The end of a case whose output is handed over."""

from services.contracts.decision import Decision, World
from services.contracts.intake_commands import HandedOver, HandOver
from services.contracts.registry import Officer
from services.intake.domain.authority import desk_officer, wrong_field
from services.intake.domain.case import Attention, Case, HandedTo, Role
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.representing import faced
from services.intake.domain.request import Request, moved, the_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import CLOSED, DELIVERED, MOVES


def hand_over(request: Request | None, command: HandOver, world: World[Rules]) -> Decision[Request]:
    """COLLECTION_DUE -> DELIVERED -> CLOSED, with who took it and that their identity was seen.

    Raises Refused ILLEGAL_MOVE, NOT_AUTHORISED, IDENTITY_NOT_SEEN (422), and as `faced` does.
    """
    request, case = the_case(request)
    MOVES.check(case.state, DELIVERED)
    officer = desk_officer(world, command.officer_id, case.desk_id)
    case = handed_over(case, command, "identitySeen", officer, world)
    case = case.model_copy(update={"attention": case.without(Attention.REMIND_TO_COLLECT)})
    told, _, event = moved(request, case, world.now, Role.OFFICER, (DELIVERED, CLOSED))
    return tell_kiosk(told, event, world)


def handed_over(case: Case, handover: HandedOver, field: str, officer: Officer, world: World[Rules]) -> Case:
    """The case with who took it. Raises Refused IDENTITY_NOT_SEEN (422), which names the field; and as `faced` does."""
    if not handover.identity_seen:
        raise wrong_field(field, "IDENTITY_NOT_SEEN", "an output is handed over to an identified person")
    case = faced(case, handover.collected_by, handover.representative, world)
    taken = HandedTo(
        collected_by=handover.collected_by,
        collected_ref=case.representative_ref if handover.collected_by == "REPRESENTATIVE" else None,
        identity_seen=handover.identity_seen,
        officer_id=officer.id,
        at=world.now,
    )
    return case.model_copy(update={"handover": taken})
