"""The desk has told the citizen itself what a message should have: an output that waits, or documents that do."""

from services.contracts.decision import Decision, World
from services.contracts.intake_commands import Remind
from services.intake.domain import awaiting, collecting
from services.intake.domain.request import Request, the_case
from services.intake.domain.rules import Rules


def by_desk(request: Request | None, command: Remind, world: World[Rules]) -> Decision[Request]:
    """Raises Refused NOTHING_TO_COLLECT, NOTHING_AWAITED, NOT_AUTHORISED."""
    request, case = the_case(request)
    if case.awaited is not None:
        return awaiting.reminded_by_desk(request, case, command, world)
    return collecting.reminded_by_desk(request, command, world)
