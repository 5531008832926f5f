"""The desk has told the citizen itself what a message should have: of an output, of documents, of a lapse, of a new
time, of a unit to which they are sent."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from services.contracts.decision import Decision, Refused, World
from services.contracts.intake_commands import Remind
from services.intake.domain import awaiting, collecting, coordinating, granted_before, new_times, redirecting
from services.intake.domain.authority import desk_officer
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention, Person
from services.intake.domain.redirecting import lapse_of
from services.intake.domain.representing import faced, told_if_new
from services.intake.domain.request import Request, the_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import COLLECTION_DUE, REDIRECTED

TO_TELL = frozenset({Attention.TELL_NEW_TIME, Attention.TELL_REFERRAL})

Notice = Callable[[Case, datetime, World[Rules]], Case]
"""What somebody knows who was told at that moment; the very same case where there was nothing to tell."""


def by_desk(request: Request | None, command: Remind, world: World[Rules]) -> Decision[Request]:
    """Whatever waits to be told is told with one call.

    Raises Refused NOTHING_TO_COLLECT, NOTHING_AWAITED, NOT_LAPSED, NOT_AUTHORISED, and as `faced` does.
    """
    request, case = the_case(request)
    _something_waits(case)
    desk_officer(world, command.officer_id, case.desk_id)
    case = faced(case, command.told_to, command.representative, world)
    for noticed in _notices(command.told_to):
        case = noticed(case, world.now, world)
    return told_if_new(request, case, world)


def _notices(told_to: Person) -> tuple[Notice, ...]:
    return (
        new_times.noticed,
        coordinating.noticed,
        awaiting.noticed,
        partial(redirecting.noticed, told_to=told_to),
        collecting.noticed,
        granted_before.noticed,
    )


def _something_waits(case: Case) -> None:
    """Raises Refused NOT_LAPSED, NOTHING_AWAITED, NOTHING_TO_COLLECT."""
    output = case.state is COLLECTION_DUE or bool(case.rounds_waiting())
    documents = case.awaited is not None and bool(case.awaited.missing)
    if output or documents or TO_TELL.intersection(case.attention):
        return
    if case.state is REDIRECTED and case.redirect is not None:
        lapse_of(case.redirect)
    elif case.awaited is not None:
        raise Refused("NOTHING_AWAITED", "nothing is asked for any more")
    else:
        raise Refused("NOTHING_TO_COLLECT", f"a request that is {case.state} has nothing that waits to be collected")
