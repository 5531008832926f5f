"""An output is handed over: the end of its case, unless another round goes on."""

from dataclasses import replace

from services.contracts.decision import Decision, World
from services.contracts.intake_commands import HandedOver, HandOver
from services.contracts.kiosk import DeliveryConfirmed
from services.intake.domain.authority import desk_officer, wrong_field
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention, HandedTo, Happened, Role, Round
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.representing import faced, told_if_new
from services.intake.domain.request import Request, moved, the_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import CLOSED, COLLECTION_DUE, DELIVERED, MOVES
from services.intake.domain.visiting import arrived


def hand_over(request: Request | None, command: HandOver, world: World[Rules]) -> Decision[Request]:
    """At the desk, with who took it and that their identity was seen.

    Raises Refused NOT_AUTHORISED, IDENTITY_NOT_SEEN (422), and as `faced` and `delivered` do.
    """
    request, case = the_case(request)
    officer = desk_officer(world, command.officer_id, case.desk_id)
    request, case, came = arrived(request, case, world)
    case = faced(case, command.collected_by, command.representative, world)
    handover = handed_to(case, command, "identitySeen", officer.id, world)
    done = delivered(request, case, handover, Role.OFFICER, world)
    return replace(done, events=(*came, *done.events))


def delivered(request: Request, case: Case, handover: HandedTo, by: Role, world: World[Rules]) -> Decision[Request]:
    """COLLECTION_DUE -> DELIVERED -> CLOSED, by an officer or a kiosk office.

    What an earlier round granted is theirs though they objected to the rest: that is handed over beside the round that
    goes on, or after it, and moves nothing. Raises Refused ILLEGAL_MOVE.
    """
    earlier = None if case.state is COLLECTION_DUE else _still_waiting(case)
    if earlier is not None:
        return told_if_new(request, _beside(case, earlier, handover, by), world)
    MOVES.check(case.state, DELIVERED)
    attention = case.without(Attention.REMIND_TO_COLLECT)
    case = case.model_copy(update={"handover": handover, "attention": attention})
    told, _, event = moved(request, case, world.now, by, (DELIVERED, CLOSED))
    return tell_kiosk(told, event, world)


def _still_waiting(case: Case) -> Round | None:
    """The last round before this one whose output nobody took, or gave up."""
    return next((over for over in reversed(case.earlier) if over.waits()), None)


def _beside(case: Case, earlier: Round, handover: HandedTo, by: Role) -> Case:
    """Nobody outside hears of this; its person reads it in the history."""
    done = earlier.model_copy(update={"handover": handover})
    line = Happened(at=handover.at, type="request.delivered", by=by)
    rounds = tuple(done if over is earlier else over for over in case.earlier)
    attention = case.without(Attention.REMIND_TO_COLLECT)  # what else waits is found again
    return case.model_copy(update={"earlier": rounds, "attention": attention, "history": (*case.history, line)})


def handed_to(
    case: Case, handover: HandedOver | DeliveryConfirmed, field: str, by: str, world: World[Rules]
) -> HandedTo:
    """What the case keeps of it; `by`: the officer, or the kiosk office.

    Raises Refused IDENTITY_NOT_SEEN (422), which names the field.
    """
    if not handover.identity_seen:
        raise wrong_field(field, "IDENTITY_NOT_SEEN", "an output is handed over to an identified person")
    return HandedTo(
        collected_by=handover.collected_by,
        collected_ref=case.representative_ref if handover.collected_by == "REPRESENTATIVE" else None,
        identity_seen=handover.identity_seen,
        officer_id=by,
        at=world.now,
    )
