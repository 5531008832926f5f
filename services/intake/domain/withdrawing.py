"""The applicant takes the request back: whatever was promised is released, and nobody works on it any more."""

from services.contracts.decision import Decision, World
from services.contracts.intake_commands import Withdraw
from services.contracts.kiosk import WithdrawalReason
from services.intake.domain.authority import desk_officer, identity_seen
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Role, Withdrawal
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.promising import released
from services.intake.domain.request import Request, moved, the_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import MOVES, WITHDRAWN


def withdraw(request: Request | None, command: Withdraw, world: World[Rules]) -> Decision[Request]:
    """Any open state -> WITHDRAWN. Open promises are RELEASED (the applicant's cause); a broken one stays so.

    Raises Refused ILLEGAL_MOVE, NOT_AUTHORISED, IDENTITY_NOT_SEEN (422).
    """
    request, case = the_case(request)
    MOVES.check(case.state, WITHDRAWN)
    officer = desk_officer(world, command.officer_id, case.desk_id)
    identity_seen(command.identity_seen, "a request is taken back by whoever it belongs to")
    return taken_back(request, case, command.reason, officer.id, Role.OFFICER, world)


def taken_back(
    request: Request, case: Case, reason: WithdrawalReason, at: str, by: Role, world: World[Rules]
) -> Decision[Request]:
    """`at`: the officer, or the kiosk office, who took the word. Raises Refused ILLEGAL_MOVE."""
    MOVES.check(case.state, WITHDRAWN)
    case, verbs = released(case, world.now)
    withdrawal = Withdrawal(at=world.now, reason=reason, officer_id=at)
    case = case.model_copy(update={"withdrawal": withdrawal, "attention": ()})
    told, _, event = moved(request, case, world.now, by, (WITHDRAWN, *verbs))
    return tell_kiosk(told, event, world)
