"""Filed without all that the sheet demands, and the officer lets it wait: nothing is registered yet (domain 3, I2)."""

from datetime import datetime

from services.contracts.commitment import CommitmentKind, ExpectedVisit
from services.contracts.decision import World
from services.contracts.intake import RequestMoved
from services.contracts.intake_commands import FileRequest
from services.contracts.registry import Desk
from services.contracts.wire import instant_text
from services.intake.domain import awaiting
from services.intake.domain.authority import wrong_field
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Role
from services.intake.domain.desk_time import closing_of
from services.intake.domain.expecting import a_visit
from services.intake.domain.in_service import in_service, opening
from services.intake.domain.promising import with_promise
from services.intake.domain.registering import NoPromise, by_calendar
from services.intake.domain.request import Request, moved
from services.intake.domain.requirements import lacking
from services.intake.domain.rules import Rules
from services.intake.domain.standing import Standing
from services.intake.domain.states import INCOMPLETE
from services.worktime import Calendar, Presence, is_open, promise
from services.worktime.jalali import civil_day


def incomplete(
    request: Request, case: Case, asked: FileRequest, service: Standing, desk: Desk, world: World[Rules]
) -> tuple[Request, RequestMoved]:
    """Not registered before the missing documents have come: until when, and when the person comes again (I2).

    It is the officer who says so; else a case is registered with what is missing on its receipt. The next visit is a
    promise; left out, it is for the end of the deadline. `desk`: the one that has the case. Raises NoPromise.
    """
    wanted = lacking(service.demanded, case.evidence)
    until = by_calendar(world, desk, lambda hours: _deadline(desk, hours, world))
    at = asked.next_visit_at or until
    if not world.now < at <= until:
        raise wrong_field("nextVisitAt", "NOT_IN_TIME", f"the next visit is ahead, and by {instant_text(until)}")
    is_open_then = by_calendar(world, desk, lambda hours: is_open(hours, at, Presence.DESK, avoid_provisional=True))
    if not is_open_then or not in_service(desk, at):
        raise wrong_field("nextVisitAt", "DESK_SHUT", "the desk is not open then")
    slot = ExpectedVisit(until=closing_of(world.registry, desk, civil_day(at)) or at)
    by = Role.OFFICER if asked.next_visit_at else Role.TIME
    visit = by_calendar(
        world, desk, lambda hours: a_visit(request, case, CommitmentKind.NEXT_VISIT, at, slot, hours, world, by)
    )
    awaited = awaiting.begun(case, wanted, world, until=until)
    case, verbs = with_promise(case.model_copy(update={"awaited": awaited}), visit)
    told, _, event = moved(request, case, world.now, Role.OFFICER, (INCOMPLETE, *verbs))
    return told, event


def _deadline(desk: Desk, calendar: Calendar, world: World[Rules]) -> datetime:
    """Until when the documents may be brought: the desk is open then, and in service. Raises NoPromise."""
    counted = promise(calendar, world.now, world.rules.documents_within).at
    to = opening(desk, calendar, counted)
    if to is None:
        raise NoPromise
    return to.at
