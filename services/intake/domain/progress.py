"""A kiosk case has moved on: its office is told, by the filing that answered it the first time."""

from services.contracts.decision import Decision, Send, World
from services.contracts.event import Event
from services.intake.domain.messages import CaseProgressed
from services.intake.domain.outcomes import WORTH_TELLING, in_brief, progressed
from services.intake.domain.parts_told import as_told, keyed, telling, through
from services.intake.domain.request import CaseInBrief, KioskFiling, Request
from services.intake.domain.rules import Rules
from services.intake.domain.states import SUSPENDED

RESUMED = "request.resumed"
"""Told with the state to which the case has returned, since the office was told that it stood still."""


def tell_kiosk(request: Request, event: Event, world: World[Rules]) -> Decision[Request]:
    """The decision about a moved case, with what its office hears of it."""
    case = request.case
    if case is None or case.kiosk is None or (case.state not in WORTH_TELLING and RESUMED not in event.moves):
        return Decision(request, events=(event,))
    brief = in_brief(request.id, case)
    if case.kiosk.filing_id != request.id:  # a redirected case: the filing keeps the order of what it tells
        send = Send("request", case.kiosk.filing_id, CaseProgressed(case=brief))
        return Decision(request, events=(event,), sends=(send,))
    told = case_progressed(request, CaseProgressed(case=brief), world)
    return Decision(told.state, events=(event, *told.events))


def case_progressed(request: Request | None, message: CaseProgressed, world: World[Rules]) -> Decision[Request]:
    """PROGRESS to the office, once per state, and again where a case that stands still needs other papers, or until
    another day; after an objection or a reopening the same states come again.

    Through the partner that it is with now: it may have moved since it sent anything.
    """
    filing = request.filing if request else None
    if request is None or filing is None or not _is_new(filing, message.case):
        return Decision(request)
    office = world.registry.kiosk(filing.kiosk_id)
    filing = keyed(filing, request.id, world.rules.secret)
    filing = telling(through(filing, office.partner if office else filing.partner, message.case), message.case)
    filing = filing.model_copy(update={"progress": (*filing.progress, message.case.state), "told_at": world.now})
    return Decision(request.model_copy(update={"filing": filing}), events=(progressed(filing, message.case),))


def _is_new(filing: KioskFiling, case: CaseInBrief) -> bool:
    """A word about the work may tell at once that it went on and stands still again: the state is the same then."""
    if filing.progress[-1:] != (case.state,):
        return True
    told = as_told(filing, case)
    return case.state is SUSPENDED and (told.needed, told.until) != (case.needed, case.until)
