"""The applicant takes the request back: whatever was promised is released, and nobody works on it any more."""

from services.contracts.decision import Decision, World
from services.contracts.intake_commands import Withdraw
from services.intake.domain.authority import desk_officer, identity_seen
from services.intake.domain.case import Role, Withdrawal
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
    case, verbs = released(case, world.now)
    withdrawal = Withdrawal(at=world.now, reason=command.reason, officer_id=officer.id)
    case = case.model_copy(update={"withdrawal": withdrawal, "attention": ()})
    told, _, event = moved(request, case, world.now, Role.OFFICER, (WITHDRAWN, *verbs))
    return tell_kiosk(told, event, world)
