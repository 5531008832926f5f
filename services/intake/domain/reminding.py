"""The desk has told the citizen itself what a message should have: of an output, of documents, of a lapse, of a new
time."""

from services.contracts.decision import Decision, World
from services.contracts.intake_commands import Remind
from services.intake.domain import awaiting, collecting, redirecting
from services.intake.domain.authority import desk_officer
from services.intake.domain.case_parts import Attention
from services.intake.domain.new_times import told_in_person
from services.intake.domain.representing import faced
from services.intake.domain.request import Request, the_case, with_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import COLLECTION_DUE, REDIRECTED


def by_desk(request: Request | None, command: Remind, world: World[Rules]) -> Decision[Request]:
    """Whatever waits to be told is told with one call.

    Raises Refused NOTHING_TO_COLLECT, NOTHING_AWAITED, NOT_LAPSED, NOT_AUTHORISED, and as `faced` does.
    """
    request, case = the_case(request)
    if Attention.TELL_NEW_TIME in case.attention:
        desk_officer(world, command.officer_id, case.desk_id)
        case = told_in_person(faced(case, command.told_to, command.representative, world), world.now)
        request = with_case(request, case, world.now)
        if case.state not in (COLLECTION_DUE, REDIRECTED) and not (case.awaited and case.awaited.missing):
            return Decision(request)
    if case.awaited is not None:
        return awaiting.reminded_by_desk(request, case, command, world)
    if case.state is REDIRECTED:
        return redirecting.told_by_desk(request, case, command, world)
    return collecting.reminded_by_desk(request, command, world)
