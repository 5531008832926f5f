"""What a request waits for, and the rule for each when its time has come."""

from datetime import datetime

from services.contracts.decision import Decision, TimerFired, World
from services.intake.domain import (
    announcing,
    appointing,
    awaiting,
    collecting,
    coming,
    coordinating,
    granted_before,
    objection_window,
    promising,
    redirecting,
)
from services.intake.domain.request import Request
from services.intake.domain.rules import Rules
from services.intake.domain.states import REDIRECTED

REDIRECT = "redirect"


def timers(request: Request) -> dict[str, datetime]:
    """Open promises and visits, awaited documents, a redirect no kiosk has honoured, a result to be told or fetched.

    Also a slot that a unit holds, what an earlier round has left at the desk, the slots that are to be given back, and
    the last day to object.
    """
    case = request.case
    if case is None:
        return {}
    waiting = promising.due_times(case) | announcing.due_times(case) | collecting.due_times(case)
    waiting |= granted_before.due_times(case) | objection_window.due_times(case)
    waiting |= coming.due_times(case) | appointing.due_times(case) | awaiting.due_times(case)
    waiting |= coordinating.due_times(case)
    if case.state is REDIRECTED and case.redirect is not None and case.redirect.lapsed_at is None:
        waiting[REDIRECT] = case.redirect.lapses_at
    return waiting


def fell_due(request: Request | None, message: TimerFired, world: World[Rules]) -> Decision[Request]:
    if message.name == REDIRECT:
        return redirecting.lapsed(request, message, world)
    if message.name == announcing.CONFIRMATION:
        return announcing.unconfirmed(request, message, world)
    if message.name == announcing.TELLING:
        return announcing.untold(request, message, world)
    if message.name == collecting.COLLECTION:
        return collecting.fell_due(request, message, world)
    if message.name == granted_before.GRANTED_BEFORE:
        return granted_before.fell_due(request, message, world)
    if message.name == objection_window.OBJECTION:
        return objection_window.fell_due(request, message, world)
    if message.name.startswith("visit:"):
        return coming.fell_due(request, message, world)
    if message.name.startswith("slot:"):
        return appointing.fell_due(request, message, world)
    if message.name == coordinating.SLOT:
        return coordinating.fell_due(request, message, world)
    if message.name == awaiting.DOCUMENTS:
        return awaiting.fell_due(request, message, world)
    return promising.fell_due(request, message, world)
