"""Done on the spot: the desk decides at once, with authority and, for a refusal, with its ground (I5, I13)."""

from dataclasses import replace

from services.contracts.decision import Decision, Refused, World
from services.contracts.intake import RequestMoved
from services.contracts.intake_commands import Decide, DecideOnSpot
from services.contracts.registry import Officer
from services.contracts.result import result_of
from services.contracts.routing import ResultKind
from services.contracts.service_sheet import Sheet
from services.intake.domain.authority import authorised, desk_officer, wrong_field
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Announcement, Role
from services.intake.domain.closing import handed_to
from services.intake.domain.coordinating import over
from services.intake.domain.evidence import sheet_of
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.promising import fulfilled
from services.intake.domain.representing import faced
from services.intake.domain.request import Request, moved, the_case
from services.intake.domain.rules import Rules
from services.intake.domain.shifts import on_shift
from services.intake.domain.states import CLOSED, DONE_ON_SPOT, MOVES, PROMISED, REGISTERED
from services.intake.domain.visiting import arrived, here_today


def decided_at_once(
    request: Request,
    case: Case,
    decide: Decide,
    officer: Officer,
    sheet: Sheet,
    world: World[Rules],
    after: tuple[str, ...] = (),
) -> tuple[Request, RequestMoved]:
    """Filed, or taken back from a kiosk, and decided in one call: nothing is left open, so nothing is promised (I2).

    `after`: verbs that are told before it.
    """
    case = _decided(case, decide, officer, sheet, world)
    told, _, event = moved(request, case, world.now, Role.OFFICER, (*after, REGISTERED, DONE_ON_SPOT, CLOSED))
    return told, event


def on_spot(request: Request | None, command: DecideOnSpot, world: World[Rules]) -> Decision[Request]:
    """Decided later in the same visit, or in another: the person is told there, so the promise is kept (I9).

    Whoever takes the output at once is there. A unit that was asked, before any has begun, is not needed. Raises
    Refused ILLEGAL_MOVE, NOT_AUTHORISED, NOT_PRESENT, and as `_decided` does.
    """
    request, case = the_case(request)
    case, back = over(case, case.state)
    MOVES.check(PROMISED if back == (PROMISED,) else case.state, DONE_ON_SPOT)
    officer = desk_officer(world, command.officer_id, case.desk_id)
    if command.handover is not None:
        request, case, came = arrived(request, case, world)
    elif here_today(case, world):
        came = ()
    else:
        raise Refused("NOT_PRESENT", "nobody has come to the desk for this case today: open a visit that names it")
    case, verbs = fulfilled(_decided(case, command, officer, sheet_of(case, world), world), world.now)
    told, _, event = moved(request, case, world.now, Role.OFFICER, (*back, DONE_ON_SPOT, *verbs, CLOSED))
    done = tell_kiosk(told, event, world)
    return replace(done, events=(*came, *done.events))


def _decided(case: Case, decide: Decide, officer: Officer, sheet: Sheet, world: World[Rules]) -> Case:
    if not sheet.on_spot:
        raise Refused("NOT_ON_SPOT", "the sheet does not let a desk decide this service at once")
    authorised(world, officer, case.service_id, "DECIDE", case.amount)
    on_shift(world, officer)
    filed = world.registry.sheet(case.service_id, case.service_version)
    result = result_of(ResultKind(decide.result), decide, filed, by=officer.id, at=world.now)
    told = Announcement(at=world.now, by=Role.OFFICER, officer_id=officer.id)
    case = _handed_over(case, decide, officer, world)
    return case.model_copy(update={"result": result, "announced": told})


def _handed_over(case: Case, decide: Decide, officer: Officer, world: World[Rules]) -> Case:
    """The case with who took the output at once: nobody comes back for what is done. Raises Refused with the field."""
    handover, output = decide.handover, case.collectable and decide.result != "REFUSED"
    if handover is None:
        if output:
            raise wrong_field("handover", "HANDOVER_NEEDED", "say who took the output; what is not there is promised")
        return case
    if not output:
        raise wrong_field("handover", "NOTHING_TO_COLLECT", "this decision has no output to hand over")
    case = faced(case, handover.collected_by, handover.representative, world)
    return case.model_copy(update={"handover": handed_to(case, handover, "handover.identitySeen", officer.id, world)})
