"""A case that was over is worked on once more: the applicant objects, or the desk reopens it (domain 3, I8, 12.18).

Either begins another round: a promise of its own with the full budget, and a new task of the unit. What was decided
before, how it was told and what was promised then stay as they are (I6).
"""

from services.contracts.decision import Decision, Refused, World
from services.contracts.intake import RequestState
from services.contracts.intake_commands import FileObjection, Reopen
from services.contracts.persian import display
from services.contracts.wire import instant_text
from services.intake.domain.authority import desk_head, desk_officer, identity_seen, second_officer, wrong_field
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention, Objection, Reopening, Role, Round
from services.intake.domain.duplicates import placed_among
from services.intake.domain.erasing import not_erased
from services.intake.domain.evidence import sheet_of
from services.intake.domain.moving import nobody_works
from services.intake.domain.objection_window import objection_until
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.promising import told_late, with_promise
from services.intake.domain.registering import answer_promised
from services.intake.domain.request import Request, moved, the_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import MOVES, OBJECTED, REOPENED

OF_VISITS = frozenset({Attention.VISIT_WARNED, Attention.TELL_NEW_TIME})


def objected(request: Request | None, command: FileObjection, world: World[Rules]) -> Decision[Request]:
    """An objection to a refusal, whole or in part: once for each result, within its days (`objection_window`).

    Raises Refused ILLEGAL_MOVE, NOT_AUTHORISED, IDENTITY_NOT_SEEN (422), REASON_NEEDED (422), NOT_OBJECTABLE,
    OBJECTION_TOO_LATE (with `until`).
    """
    request, case = the_case(request)
    MOVES.check(case.state, OBJECTED)
    not_erased(case)
    officer = desk_officer(world, command.officer_id, case.desk_id)
    identity_seen(command.identity_seen, "only the applicant, or who stands for them, objects")
    reason = display(command.reason).strip()
    if not reason:
        raise wrong_field("reason", "REASON_NEEDED", "an objection says what is wrong with the result")
    until = objection_until(case, world.registry, world.now)
    if until is None:
        raise Refused("NOT_OBJECTABLE", "only a refusal, whole or in part, is objected to")
    if world.now >= until:
        raise Refused("OBJECTION_TOO_LATE", "the days to object have passed", until=instant_text(until))
    objection = Objection(at=world.now, reason=reason, officer_id=officer.id)
    return _again(request, case, case.over(objection=objection), OBJECTED, world)


def reopened(request: Request | None, command: Reopen, world: World[Rules]) -> Decision[Request]:
    """CLOSED -> REOPENED for a reason of the closed list, with the word of the head of the desk.

    Raises Refused ILLEGAL_MOVE, NOT_AUTHORISED, SECOND_OFFICER_NEEDED (422), NOT_DESK_HEAD (403), OUT_OF_SERVICE.
    """
    request, case = the_case(request)
    MOVES.check(case.state, REOPENED)
    not_erased(case)
    officer = desk_officer(world, command.officer_id, case.desk_id)
    head = desk_head(world, second_officer(world, officer, command.second_officer_id).id, case.desk_id)
    if out := nobody_works(case, world.registry):
        raise Refused("OUT_OF_SERVICE", f"{out.subject()} is {out.status}, and takes nothing up again")
    reopening = Reopening(at=world.now, reason=command.reason, officer_id=officer.id, approved_by=head.id)
    return _again(request, case, case.over(reopening=reopening), REOPENED, world)


def _again(request: Request, case: Case, over: Round, target: RequestState, world: World[Rules]) -> Decision[Request]:
    """Another round: the unit's work begins anew, by the sheet of the filing and the desk's calendar of now.

    What was to do for the round before is settled; what is to tell of a visit ahead is not.
    """
    case, late = told_late(case)
    lasting = tuple(reason for reason in case.attention if reason in OF_VISITS)
    promised = answer_promised(request.id, case, sheet_of(case, world), world)
    case = case.model_copy(
        update={
            "earlier": (*case.earlier, over),
            "result": None,
            "with_units": None,
            "announced": None,
            "confirm_by": None,
            "heard_by": None,
            "tell_by": None,
            "collection": None,
            "handover": None,
            "survey": None,
            "object_until": None,
            "objection_over": False,
            "attention": lasting,
        }
    )
    if case.place is None:  # it had ended: meanwhile the person may have filed anew
        case = placed_among(case, world)
    case, verbs = with_promise(case, promised)
    told, _, event = moved(request, case, world.now, Role.OFFICER, (*late, target, *verbs))
    return tell_kiosk(told, event, world)
