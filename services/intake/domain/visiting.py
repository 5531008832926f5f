"""What a visit means to a request: filed in one, come back for in another, and not left without a promise (I2)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.contracts.commitment import ExpectedVisit
from services.contracts.decision import Decision, Refused, Send, World
from services.contracts.intake import RequestMoved
from services.contracts.registry import Desk
from services.intake.domain import coming, expecting
from services.intake.domain.authority import wrong_field
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Role
from services.intake.domain.desk_time import closing_of
from services.intake.domain.in_service import opening
from services.intake.domain.messages import Filed
from services.intake.domain.new_times import told_in_person, untold_without_mobile
from services.intake.domain.request import Request, moved, with_case
from services.intake.domain.rules import Rules
from services.intake.domain.standing import desk_calendar
from services.intake.domain.states import (
    ANNOUNCED,
    COLLECTION_DUE,
    DELIVERED,
    DONE_ON_SPOT,
    ENDED,
    GUIDED,
    INCOMPLETE,
    REDIRECTED,
    REGISTERED,
    VERBS,
)
from services.intake.domain.visit import SERVING
from services.intake.domain.visit_messages import RequestFiled, VisitEnded, VisitOpened
from services.worktime.jalali import civil_day, start_of_day

ANSWERED = frozenset({ANNOUNCED, COLLECTION_DUE, DELIVERED, DONE_ON_SPOT})
"""The person has the answer: nothing is left to promise."""


def served_here(command: Filed, desk: Desk) -> None:
    """A desk files within the visit that it is serving. Raises Refused UNKNOWN_VISIT, OTHER_DESK, VISIT_NOT_SERVED."""
    if command.request.visit_id is None:
        return
    visit = command.visit
    if visit is None:
        raise wrong_field("visitId", "UNKNOWN_VISIT", "there is no such visit")
    if visit.desk_id != desk.id:
        raise wrong_field("visitId", "OTHER_DESK", "this is a visit to another desk")
    if visit.state is not SERVING:
        raise Refused("VISIT_NOT_SERVED", f"the visit is {visit.state}: it has to be served first", state=visit.state)


def told(decision: Decision[Request], command: Filed) -> Decision[Request]:
    """The filing with its word to the visit, if it was made in one."""
    visit_id, request = command.request.visit_id, decision.state
    if visit_id is None or request is None or request.case is None:
        return decision
    news = RequestFiled(request_id=request.id, is_case=request.case.state is not GUIDED)
    return replace(decision, sends=(*decision.sends, Send("visit", visit_id, news)))


def opened(request: Request | None, message: VisitOpened, world: World[Rules]) -> Decision[Request]:
    """The person has come back for this case: counted, each visit once, however many tickets are open for it at a time.

    A visit that was promised for now is kept. Where something was done for them on that day without a ticket, before
    this one was drawn or before its word came, they are counted already.
    """
    if request is None or request.case is None or message.visit_id in request.case.visit_ids:
        return Decision(request)
    case = request.case
    same_coming = not message.beside and _counted_without_ticket(case, message.opened_at)
    counted = {
        "visits": case.visits + (not message.beside and not same_coming),
        "visit_ids": (*case.visit_ids, message.visit_id),
        "here": (*_still_here(case, message.opened_at), message.visit_id),
        "visited_at": message.opened_at,
        "unticketed_at": None if same_coming else case.unticketed_at,  # the next ticket is another visit
    }
    case = told_in_person(case.model_copy(update=counted), message.opened_at)
    case, verbs = coming.came(case, message.opened_at, world)
    if not verbs:
        return Decision(with_case(request, case, world.now))
    told, _, event = moved(request, case, world.now, Role.APPLICANT, verbs)
    return Decision(told, events=(event,))


def _still_here(case: Case, opened_at: datetime) -> tuple[str, ...]:
    """Tickets that are open beside one drawn then: every visit ends with its day."""
    same_day = case.visited_at is not None and civil_day(case.visited_at) == civil_day(opened_at)
    return case.here if same_day else ()


def _counted_without_ticket(case: Case, opened_at: datetime) -> bool:
    """Whether the person was counted on that day without a ticket, and not sent to a kiosk office since.

    Who was sent there before this ticket was drawn has come again.
    """
    came_at, sent_at = case.unticketed_at, case.sent_away_at()
    if came_at is None or civil_day(came_at) != civil_day(opened_at):
        return False
    return sent_at is None or not came_at <= sent_at < opened_at


def here_today(case: Case, world: World[Rules]) -> bool:
    """Whether its person is known to have come to its desk on this day: it was filed there, or they came back.

    Since a kiosk office has registered it they were there, whatever they had come to the desk for before.
    """
    today, came_at, registered_at = civil_day(world.now), case.visited_at, _registered_by_kiosk(case)
    officer = world.registry.officer(case.officer_id) if case.officer_id and case.kiosk is None else None
    filed_here = officer is not None and officer.desk_id == case.desk_id and civil_day(case.filed_at) == today
    if came_at is None or civil_day(came_at) != today:
        return filed_here
    return filed_here or registered_at is None or registered_at < came_at


def _registered_by_kiosk(case: Case) -> datetime | None:
    registered = (line.at for line in reversed(case.history) if line.type == VERBS[REGISTERED])
    return next(registered, None) if case.kiosk is not None else None


def arrived(request: Request, case: Case, world: World[Rules]) -> tuple[Request, Case, tuple[RequestMoved, ...]]:
    """The person stands at the desk, whatever their ticket names: they have come. Counted once a day.

    Gives the event of a visit that was promised for now, if one was: it is kept.
    """
    if not here_today(case, world):
        counted = {"visits": case.visits + 1, "visited_at": world.now, "unticketed_at": world.now}
        case = told_in_person(case.model_copy(update=counted), world.now)
    case, verbs = coming.came(case, world.now, world, ticket=False)
    if not verbs:
        return request, case, ()
    request, case, event = moved(request, case, world.now, Role.APPLICANT, verbs)
    return request, case, (event,)


def ended(request: Request | None, message: VisitEnded, world: World[Rules]) -> Decision[Request]:
    """The person has gone, unless another ticket of theirs is open. If no officer has said when it goes on, they are
    asked back, unless something is ahead (I2).

    For the end of the deadline where documents are awaited, else for the next day on which the desk opens; whom no
    message can tell the desk calls. Not where a kiosk office has the person, nor where the law or the registry leaves
    no such day: that stands in the work list.
    """
    if request is None or request.case is None:
        return Decision(request)
    case = request.case
    if message.visit_id in case.visit_ids:
        here = tuple(id for id in case.here if id != message.visit_id)
        case = case.model_copy(update={"here": here, "gone_at": case.gone_at if here else world.now})
        request = with_case(request, case, world.now)
    if message.answered or case.here or not unpromised(case, world.now):
        return Decision(request)
    desk = world.registry.desk(case.desk_id)
    calendar = desk_calendar(world.registry, desk) if desk else None
    if desk is None or calendar is None or case.state in expecting.ELSEWHERE:
        return Decision(request)
    tomorrow = start_of_day(civil_day(world.now) + timedelta(days=1))
    deadline = case.awaited.until if case.awaited and case.awaited.missing else tomorrow
    to = opening(desk, calendar, max(tomorrow, deadline))
    closes = closing_of(world.registry, desk, civil_day(to.at)) if to else None
    if to is None or closes is None or to.at > _latest(case, world):
        return Decision(request)
    visit, case = ExpectedVisit(until=closes), untold_without_mobile(case, world.now)
    return expecting.given(request, case, expecting.NEXT_VISIT, to.at, visit, calendar, world, by=Role.TIME)


def _latest(case: Case, world: World[Rules]) -> datetime:
    """The law of a visit that is off and still to come is the law of the one that takes its place."""
    off = expecting.promised(case, expecting.NEXT_VISIT)
    limit = expecting.latest(case, world)
    return min(limit, off.legal_latest_at) if off and world.now < off.promised_at else limit


def back_at_desk(case: Case, kiosk_failed: bool, now: datetime) -> dict[str, Any]:
    """What changes of a redirected case whose person stands at the desk again: a visit to a kiosk in vain counts, too.

    Who has come for the case on that day, after they were sent away, is counted already.
    """
    sent_at, came_at = case.sent_away_at(), case.visited_at
    if sent_at and came_at and sent_at < came_at and civil_day(came_at) == civil_day(now):
        return {"visits": case.visits + kiosk_failed}
    return {"visits": case.visits + kiosk_failed + 1, "visited_at": now, "unticketed_at": now}


def back_at_kiosk(case: Case, now: datetime) -> int:
    """The visits of a case of which its kiosk office says something more: one a day, however much it says."""
    today = civil_day(now)
    seen = any(line.by is Role.KIOSK and civil_day(line.at) == today for line in reversed(case.history))
    return case.visits + (not seen)


def unpromised(case: Case, now: datetime) -> bool:
    """Whether the case is open and its person has nothing ahead to go by: no promise, no day on which the case ends
    without what is missing, and no kiosk that awaits them (I2).

    Before anything is registered the deadline of the documents is not enough: a visit that stands goes with it.
    """
    redirected = case.state is REDIRECTED and case.redirect is not None and case.redirect.lapsed_at is None
    visits = any(promise.visit is not None and now < promise.visit.until for promise in case.standing_visits())
    if case.state is INCOMPLETE:
        holds = False
    elif case.awaited is not None and case.awaited.missing:  # until they have come, no answer comes either
        closes = case.awaited.closes_at
        holds = coming.day_over(now) < closes if closes else now < case.awaited.until
    else:
        holds = any(promise.visit is None for promise in case.open_promises())
    return case.state not in ENDED | ANSWERED and not (redirected or visits or holds)
