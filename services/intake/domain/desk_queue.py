"""The queue of one desk on one day: it hands out tickets, and settles whose turn it is (domain 7).

Both are rules across visits, so they have an entity of their own, and all commands about the visits of a desk are
folded through it one after the other: no two get one number, none is called past somebody who waits unless a reason is
written down. It holds the visits that have not ended. Each step is told to the visit itself (`visit_record`), which
publishes it and keeps it.
"""

from datetime import date, datetime, timedelta
from typing import Any

from services.contracts.decision import Decision, Refused, Send, TimerFired, World
from services.contracts.entry import Status
from services.contracts.registry import Desk
from services.contracts.visit import Period, VisitEnd, VisitJump, VisitState
from services.contracts.wire import Id, Instant, Wire
from services.intake.domain.authority import desk_officer, wrong_field
from services.intake.domain.desk_time import closing_of, opens_from
from services.intake.domain.reconsidering import RegistryMoved
from services.intake.domain.rules import Rules
from services.intake.domain.visit import CALLED, ENDED, ON_HOLD, SERVING, WAITING, Visit, ended_with, moved_to
from services.intake.domain.visit_messages import CallOf, EndOf, HoldOf, OfVisit, OpenTicket, ServeOf, VisitStepped
from services.worktime.jalali import civil_day, start_of_day

CLOSING = "closing"
UNATTENDED = frozenset({WAITING, ON_HOLD})


class DeskQueue(Wire):
    """What a desk's day keeps: the last ticket given, and the visits that have not ended, in the order of tickets."""

    desk_id: Id
    day: date
    closes_at: Instant
    """When the desk shuts for the day; midnight where it does not open, or nobody knows."""
    overrun_until: Instant
    """Until when whoever stands at the desk then may be served on."""
    tickets: int = 0
    open: tuple[Visit, ...] = ()

    def waiting(self) -> tuple[Visit, ...]:
        return tuple(visit for visit in self.open if visit.state is WAITING)

    def find(self, id: str) -> Visit | None:
        return next((visit for visit in self.open if visit.id == id), None)


def opened(queue: DeskQueue | None, command: OpenTicket, world: World[Rules]) -> Decision[DeskQueue]:
    """A ticket: the next number of the day. Raises Refused QUEUE_FULL, or with the field that is wrong."""
    known = command.known or (queue.find(command.visit_id) if queue else None)
    if known is not None:  # asked again, after more commands than the door remembers
        return Decision(queue, answer=known.to_wire())
    asked = command.asked
    desk = _desk(world, asked.desk_id)
    desk_officer(world, asked.officer_id, desk.id)
    for request_id in asked.request_ids:
        if request_id not in command.desk_of:
            raise wrong_field("requestIds", "UNKNOWN_REQUEST", "there is no such request")
        if command.desk_of[request_id] != desk.id:
            raise wrong_field("requestIds", "OTHER_DESK", "another desk has this request")
    queue = _by_hours_of_now(queue, world) if queue else _new(desk, command.day, world)
    if len(queue.open) >= world.rules.visits_open:
        raise Refused("QUEUE_FULL", "too many visits of this desk are open: end those that are over")
    visit = Visit(
        id=command.visit_id,
        desk_id=desk.id,
        org_id=desk.org_id,
        day=queue.day,
        ticket_no=queue.tickets + 1,
        periods=(Period(state=WAITING, officer_id=None, since=world.now),),
        returned_for=tuple(dict.fromkeys(asked.request_ids)),
        opened_at=world.now,
    )
    taken = queue.model_copy(update={"tickets": visit.ticket_no, "open": (*queue.open, visit)})
    opening = VisitStepped(visit=visit, beside=_beside(queue, command))
    return Decision(taken, sends=(Send("visit", visit.id, opening),), answer=visit.to_wire())


def called(queue: DeskQueue | None, command: CallOf, world: World[Rules]) -> Decision[DeskQueue]:
    """Called, in the order of tickets or with the reason why not; called again, when nobody came, by the same officer.

    Somebody whom the officer has declared waits for another one, and is not passed over (I8).

    Raises Refused JUMP_NEEDS_REASON, CALLED_OFTEN_ENOUGH, ILLEGAL_MOVE.
    """
    queue, visit = _visit(queue, command, CALLED)
    officer = desk_officer(world, command.asked.officer_id, queue.desk_id)
    if visit.state is CALLED and visit.periods[-1].officer_id != officer.id:  # nobody is called to two counters
        facts: dict[str, Any] = {"from": str(CALLED), "to": str(CALLED)}
        raise Refused("ILLEGAL_MOVE", "another officer has called this ticket", **facts)
    step = moved_to(visit, CALLED, world.now, officer.id)
    if visit.state is CALLED and visit.calls >= world.rules.visit_calls:
        raise Refused("CALLED_OFTEN_ENOUGH", f"called {visit.calls} times already: end the visit as NO_SHOW")
    before = [other for other in queue.waiting() if other.ticket_no < visit.ticket_no]
    before = [other for other in before if not officer.in_conflict(*command.people_of.get(other.id, ()))]
    if visit.state is WAITING and before:
        reason, first = command.asked.jump_reason, before[0]
        if reason is None:
            detail = f"ticket {first.ticket_no} waits before it: calling out of turn needs a jumpReason"
            raise Refused("JUMP_NEEDS_REASON", detail, first=first.id, firstTicketNo=first.ticket_no)
        jump = VisitJump(reason=reason, over=len(before), officer_id=officer.id)
        step = step.model_copy(update={"jump": jump})
    return _stepped(queue, step)


def served(queue: DeskQueue | None, command: ServeOf, world: World[Rules]) -> Decision[DeskQueue]:
    """The person stands at the desk: the first time, or back from hold."""
    queue, visit = _visit(queue, command, SERVING)
    officer = desk_officer(world, command.asked.officer_id, queue.desk_id)
    return _stepped(queue, moved_to(visit, SERVING, world.now, officer.id))


def held(queue: DeskQueue | None, command: HoldOf, world: World[Rules]) -> Decision[DeskQueue]:
    """The person goes to fetch something, and comes back without a new ticket."""
    queue, visit = _visit(queue, command, ON_HOLD)
    officer = desk_officer(world, command.asked.officer_id, queue.desk_id)
    step = moved_to(visit, ON_HOLD, world.now, officer.id)
    return _stepped(_by_hours_of_now(queue, world), step)


def ended(queue: DeskQueue | None, command: EndOf, world: World[Rules]) -> Decision[DeskQueue]:
    """Over, with a reason. Raises Refused PROMISE_NEEDED: nobody is sent away from an open case without a promise (I2).

    Nor is it forgotten of somebody who was served and has not come back from hold. Who has left before cannot be held:
    their cases see to it (`visiting.ended`).
    """
    queue, visit = _visit(queue, command, ENDED)
    desk_officer(world, command.asked.officer_id, queue.desk_id)
    reason = VisitEnd(command.asked.reason)
    over = ended_with(visit, reason, world.now)
    if visit.was_served and command.unpromised:
        detail = "cases of this visit are open and nothing is promised: first say when it goes on"
        raise Refused("PROMISE_NEEDED", detail, requestIds=list(command.unpromised))
    return _stepped(queue, over)


def hours_moved(queue: DeskQueue | None, message: RegistryMoved, world: World[Rules]) -> Decision[DeskQueue]:
    """The hours of this day may have changed: the queue ends when the desk shuts by those of now (domain 12.16)."""
    return Decision(_by_hours_of_now(queue, world) if queue else None)


def timers(queue: DeskQueue) -> dict[str, datetime]:
    """When the next visit is to end, if nobody ends it before."""
    ends = [_until(queue, visit) for visit in queue.open]
    return {CLOSING: min(ends)} if ends else {}


def fell_due(queue: DeskQueue | None, message: TimerFired, world: World[Rules]) -> Decision[DeskQueue]:
    """The desk has shut: every visit that is left is ended and told, none disappears in silence (domain 12.17).

    Unless its hours have become longer since.
    """
    if queue is None:
        return Decision(None)
    queue = _by_hours_of_now(queue, world)
    left = [visit for visit in queue.open if _until(queue, visit) <= world.now]
    over = [ended_with(visit, VisitEnd.DESK_CLOSED, world.now) for visit in left]
    still = tuple(visit for visit in queue.open if visit not in left)
    return Decision(queue.model_copy(update={"open": still}), sends=tuple(map(_told, over)))


def _until(queue: DeskQueue, visit: Visit) -> datetime:
    """Until when it may stay open: while nobody attends to it until the desk shuts, else some time longer.

    So may who is put on hold only then. Whoever came when the desk had shut has until midnight, alone.
    """
    closes, overrun = queue.closes_at, queue.overrun_until
    if visit.opened_at >= closes:
        midnight = _midnight(queue.day)
        closes, overrun = midnight, midnight + (overrun - closes)
    waits = visit.state in UNATTENDED and visit.periods[-1].since < closes
    return closes if waits else overrun


def _stepped(queue: DeskQueue, visit: Visit) -> Decision[DeskQueue]:
    now = tuple(visit if other.id == visit.id else other for other in queue.open)
    left = tuple(other for other in now if other.state is not ENDED)
    return Decision(queue.model_copy(update={"open": left}), sends=(_told(visit),), answer=visit.to_wire())


def _told(visit: Visit) -> Send:
    return Send("visit", visit.id, VisitStepped(visit=visit))


def _beside(queue: DeskQueue, command: OpenTicket) -> tuple[str, ...]:
    """The cases for which a ticket is open already: somebody came back for them, or they were filed in that visit."""
    open_ = {visit.id for visit in queue.open}
    awaited = {id for visit in queue.open for id in visit.returned_for}
    asked = command.asked.request_ids
    return tuple(id for id in asked if id in awaited or not open_.isdisjoint(command.visits_of.get(id, ())))


def _visit(queue: DeskQueue | None, command: OfVisit, target: VisitState) -> tuple[DeskQueue, Visit]:
    """The visit while it is open. Raises Refused ILLEGAL_MOVE: a visit of this queue that is not in it has ended."""
    visit = queue.find(command.visit_id) if queue else None
    if queue is not None and visit is not None:
        return queue, visit
    facts: dict[str, Any] = {"from": str(ENDED), "to": str(target)}
    raise Refused("ILLEGAL_MOVE", f"{ENDED} does not move to {target}", **facts)


def _desk(world: World[Rules], desk_id: str) -> Desk:
    """A desk that receives people. Raises Refused UNKNOWN_DESK (422)."""
    desk = world.registry.desk(desk_id)
    if desk is None or desk.status is not Status.ACTIVE:
        raise wrong_field("deskId", "UNKNOWN_DESK", "no such desk")
    return desk


def _new(desk: Desk, day: date, world: World[Rules]) -> DeskQueue:
    closes_at = closing_of(world.registry, desk, day) or _midnight(day)
    return DeskQueue(desk_id=desk.id, day=day, closes_at=closes_at, overrun_until=closes_at + world.rules.visit_overrun)


def _by_hours_of_now(queue: DeskQueue, world: World[Rules]) -> DeskQueue:
    """By the calendar as it stands now, whether or not the desk is in service: what is open goes on.

    A desk that opens no more today, and did not say so until now, has shut at this moment. One that had shut already
    keeps the hour, and so does one whose hours nobody knows.
    """
    desk = world.registry.desk(queue.desk_id)
    if desk is None:
        return queue
    closing = closing_of(world.registry, desk, queue.day)
    if closing is None or closing <= world.now:
        opens_again = civil_day(opens_from(world, desk.id, world.now)) <= queue.day
        if opens_again or queue.closes_at == _midnight(queue.day) or queue.closes_at <= world.now:
            return queue
        closing = world.now
    return queue.model_copy(update={"closes_at": closing, "overrun_until": closing + world.rules.visit_overrun})


def _midnight(day: date) -> datetime:
    return start_of_day(day + timedelta(days=1))
