"""The desk has told the citizen itself what a message should have: of an output, of documents, of a lapse, of a new
time."""

from services.contracts.decision import Decision, World
from services.contracts.intake_commands import Remind
from services.intake.domain import awaiting, collecting, granted_before, redirecting
from services.intake.domain.authority import desk_officer
from services.intake.domain.case import Case
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
        if not _something_else_waits(case):
            return Decision(request)
    if case.awaited is not None:
        return awaiting.reminded_by_desk(request, case, command, world)
    if case.state is REDIRECTED:
        return redirecting.told_by_desk(request, case, command, world)
    if not granted_before.waiting(case):
        return collecting.reminded_by_desk(request, command, world)
    if case.state is not COLLECTION_DUE:
        return granted_before.told_by_desk(request, case, command, world)
    request, case = the_case(collecting.reminded_by_desk(request, command, world).state)
    return Decision(with_case(request, granted_before.noticed(case, world), world.now))  # of both


def _something_else_waits(case: Case) -> bool:
    documents = case.awaited is not None and bool(case.awaited.missing)
    lapsed = case.state is REDIRECTED and case.redirect is not None and case.redirect.lapsed_at is not None
    return documents or lapsed or case.state is COLLECTION_DUE or bool(granted_before.waiting(case))
