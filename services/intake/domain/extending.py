"""An extension of a promise: asked for by an officer of the desk, approved by its head, twice at most (domain 3, 12.4).

The promise moves here and now; routing's Clock follows by as much more budget (docs/adr/0028).
"""

from typing import Any

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState, Move, MoveKind
from services.contracts.decision import Decision, Refused, World
from services.contracts.intake_commands import ExtendPromise
from services.contracts.registry import Desk
from services.contracts.wire import Command, Id, instant_text
from services.contracts.working_calendar import CalendarRef
from services.intake.domain.authority import desk_head, desk_officer, second_officer, wrong_field
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention, Role
from services.intake.domain.in_service import in_service
from services.intake.domain.moving import extensions, with_moved
from services.intake.domain.new_times import untold_without_mobile
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.registering import by_calendar
from services.intake.domain.request import Request, moved, the_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import AT_WORK
from services.worktime import Calendar, Presence, is_open, next_opening

MOST = 2
"""Extensions of one promise."""


class ExtensionOf(Command):
    """To the request: this promise of it."""

    promise_id: Id
    asked: ExtendPromise

    @property
    def officer_id(self) -> str:
        return self.asked.officer_id


def extended(request: Request | None, command: ExtensionOf, world: World[Rules]) -> Decision[Request]:
    """The promise at its later date; the citizen is told.

    Raises Refused NOT_FOUND (404), NOT_EXTENDABLE, ILLEGAL_MOVE, EXTENDED_TWICE, NOT_AUTHORISED (403),
    SECOND_OFFICER_NEEDED (422), NOT_DESK_HEAD (403); for `to`: NOT_LATER, DESK_SHUT, PAST_LEGAL_LIMIT (422).
    """
    request, case = the_case(request)
    asked = command.asked
    promise = _extendable(case, command.promise_id, world)
    officer = desk_officer(world, asked.officer_id, case.desk_id)
    head = desk_head(world, second_officer(world, officer, asked.second_officer_id).id, case.desk_id)
    desk = world.registry.desk(case.desk_id)
    calendar = by_calendar(world, desk, lambda hours: _open_then(desk, hours, promise, asked))
    move = Move(
        kind=MoveKind.EXTENDED,
        at=world.now,
        from_at=promise.promised_at,
        to_at=asked.to,
        calendar=CalendarRef(id=calendar.id, version=calendar.version),
        reason=asked.reason,
        approver=head.id,
    )
    case = untold_without_mobile(with_moved(case, promise, move), world.now)
    if extensions(promise) + 1 == MOST:
        case = case.model_copy(update={"attention": case.needing(Attention.EXTENDED_TWICE)})
    told, _, event = moved(request, case, world.now, Role.OFFICER, ("commitment.extended",))
    return tell_kiosk(told, event, world)


def _extendable(case: Case, promise_id: str, world: World[Rules]) -> Commitment:
    promise = next((one for one in case.commitments if one.id == promise_id), None)
    if promise is None:
        raise Refused("NOT_FOUND", "there is no such promise", status=404)
    if promise.kind is not CommitmentKind.FINAL_DELIVERY:
        raise Refused("NOT_EXTENDABLE", "only the promise of the answer is extended; a visit gets another date")
    state = CommitmentState.BROKEN if _overdue(promise, world) else promise.state
    if state is not CommitmentState.OPEN:
        raise _illegal(state, f"a promise that is {state} is not extended")
    if case.state not in AT_WORK:
        raise _illegal(case.state, "nothing is worked on that more time would help")
    if extensions(promise) >= MOST:
        raise Refused("EXTENDED_TWICE", f"a promise is extended {MOST} times at most")
    return promise


def _overdue(promise: Commitment, world: World[Rules]) -> bool:
    """Its time has passed, whether or not its timer has said so (I6)."""
    return promise.state is CommitmentState.OPEN and world.now > promise.promised_at


def _open_then(desk: Desk | None, calendar: Calendar, promise: Commitment, asked: ExtendPromise) -> Calendar:
    """The calendar, when the desk is in service and open at that moment by it, and the law allows it (I3)."""
    if asked.to <= promise.promised_at:
        raise wrong_field("to", "NOT_LATER", f"it is promised for {instant_text(promise.promised_at)} already")
    if asked.to > promise.legal_latest_at:
        raise wrong_field("to", "PAST_LEGAL_LIMIT", f"the law leaves until {instant_text(promise.legal_latest_at)}")
    if asked.to.second or not is_open(calendar, asked.to, Presence.DESK, avoid_provisional=True):
        opening = next_opening(calendar, asked.to, Presence.DESK, avoid_provisional=True)
        raise wrong_field("to", "DESK_SHUT", f"the desk is not open then; it opens at {instant_text(opening)}")
    if desk is not None and not in_service(desk, asked.to):
        raise wrong_field("to", "DESK_SHUT", "the desk is not in service then")
    return calendar


def _illegal(state: str, detail: str) -> Refused:
    facts: dict[str, Any] = {"from": str(state), "to": str(MoveKind.EXTENDED)}
    return Refused("ILLEGAL_MOVE", detail, **facts)
