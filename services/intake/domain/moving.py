"""How an open promise comes to another date: there is no other way, and each move is on record (domain 3, 12.4).

Two kinds of move there are: EXTENDED, asked for by an officer and approved by the head of the desk, and RE_PROJECTED,
since the days changed under it or the work stood still. Both keep I3: open hours of the desk, not past the law's limit.
"""

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from services.contracts.commitment import OUT_OF_SERVICE, Commitment, CommitmentState, Move, MoveCause, MoveKind
from services.contracts.decision import NotYet, World
from services.contracts.entry import Entry
from services.contracts.registry import Desk
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import CalendarRef, ChangedDay
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention
from services.intake.domain.in_service import pulled_forward, while_in_service
from services.intake.domain.rules import Rules
from services.intake.domain.standing import desk_calendar, idle
from services.intake.domain.states import AT_WORK
from services.worktime import Calendar, Presence, WorktimeError, jalali_text, next_opening
from services.worktime.published import calendar_of

LEGAL_LIMIT = "LEGAL_LIMIT"
"""The rule of a date that was pulled forward to what the law leaves."""


class Kept(NamedTuple):
    """A moment as I3 leaves it."""

    at: datetime
    rule: str | None
    legal_risk: bool


def re_projected(
    case: Case,
    promise_id: str,
    to: datetime,
    world: World[Rules],
    *,
    cause: MoveCause,
    rule: str | None = None,
    counted_by: CalendarRef | None = None,
    days: tuple[ChangedDay, ...] = (),
    decided_at: datetime | None = None,
) -> tuple[Case, tuple[str, ...]]:
    """The case with the promise at `to`, or as near before it as the law wants; and the verbs to publish, in order.

    The same case, and no verb, when the promise is not open any more, its time had passed when that was decided (I6),
    or it is there already.
    `rule`: what put `to` where it is; OUT_OF_SERVICE also where the law wants it before the desk goes. `counted_by`:
    the version of the calendar by which it was counted; None = that of the desk now. `days`: those that have moved it.
    `decided_at`: None = now. Raises NotYet while that version may be on its way.
    """
    promise = _open(case, promise_id, decided_at or world.now)
    if promise is None or promise.promised_at == to:
        return case, ()
    calendar = _calendar(case, counted_by, world)
    kept = within_law(promise, to, world.registry.desk(case.desk_id), calendar, world.now)
    if promise.legal_risk and nobody_works(case, world.registry):
        kept = kept._replace(legal_risk=True)  # no date makes that safe
    known = CalendarRef(id=calendar.id, version=calendar.version) if calendar else promise.calendar
    if kept.at == promise.promised_at and kept.legal_risk == promise.legal_risk:
        return case, ()
    verbs: tuple[str, ...] = ()
    warned = promise.model_copy(update={"legal_risk": kept.legal_risk})
    if kept.at == promise.promised_at:
        case = _with(case, warned)
    else:
        move = Move(
            kind=MoveKind.RE_PROJECTED,
            at=world.now,
            from_at=promise.promised_at,
            to_at=kept.at,
            calendar=counted_by or known,
            cause=cause,
            rule=rule if rule == OUT_OF_SERVICE else kept.rule or rule,
            days=days,
        )
        case, verbs = with_moved(case, warned, move, by_clock=counted_by is not None), ("commitment.re-projected",)
    return case, (*verbs, "commitment.legal-risk") if kept.legal_risk and not promise.legal_risk else verbs


def at_risk(case: Case, promise: Commitment) -> tuple[Case, tuple[str, ...]]:
    """The case with a promise that nobody knows how to keep where it stands, and the verbs to publish (I3)."""
    if promise.legal_risk:
        return case, ()
    return _with(case, promise.model_copy(update={"legal_risk": True})), ("commitment.legal-risk",)


def with_moved(case: Case, promise: Commitment, move: Move, *, by_clock: bool = False) -> Case:
    """The case with the promise at its new date, and the move on record. `by_clock`: it is routing's word."""
    moved = promise.model_copy(
        update={
            "promised_at": move.to_at,
            "promised_local": jalali_text(move.to_at),
            "calendar": move.calendar if by_clock else _counted_by(case, promise, move.calendar),
            "moves": (*promise.moves, move),
        }
    )
    return _with(case, moved)


def _counted_by(case: Case, promise: Commitment, hours: CalendarRef) -> CalendarRef:
    """By which calendar a promise is counted that the desk has moved, by its `hours`: an answer at work by that of its
    Clock, which goes on counting so where the desk works by another one since."""
    at_work = promise.visit is None and case.state in AT_WORK
    return promise.calendar if at_work and promise.calendar.id != hours.id else hours


def within_law(
    promise: Commitment,
    to: datetime,
    desk: Desk | None,
    calendar: Calendar | None,
    now: datetime,
    *,
    avoid_provisional: bool = True,
) -> Kept:
    """`to` in open hours of the desk, while it is in service, and not past the law's limit; a legal risk when that
    cannot be had (I3).

    Without a calendar that answers it stays where it was counted. `avoid_provisional`: of a new date; what stands on a
    PROVISIONAL day stays.
    """
    at, latest = to, promise.legal_latest_at
    if desk is None or calendar is None:
        return Kept(at, None, legal_risk=at > latest)
    with suppress(WorktimeError):
        at = next_opening(calendar, to, Presence.DESK, avoid_provisional=avoid_provisional)
    pulled = pulled_forward(calendar, latest, now) if at > latest else None
    kept, legal_risk = while_in_service(desk, calendar, pulled or at, latest, now)
    return Kept(kept, LEGAL_LIMIT if kept < at and not legal_risk else None, legal_risk)


def nobody_works(case: Case, registry: Snapshot) -> Entry | None:
    """The unit of the case, or its agency, where it is not in force: nobody keeps a promise then (domain 5)."""
    behind = (registry.unit(case.unit_id), registry.organization(case.org_id))
    return idle(*(entry for entry in behind if entry is not None))


def relieved(case: Case, world: World[Rules]) -> Case:
    """The case without a legal risk that is none any more where its promise stands, since somebody works on it again;
    the very same case where nothing is otherwise."""
    risky = [one for one in case.open_promises() if one.legal_risk and one.visit is None]
    if not risky or nobody_works(case, world.registry):
        return case
    desk, calendar = world.registry.desk(case.desk_id), _calendar(case, None, world)
    for promise in risky:
        kept = within_law(promise, promise.promised_at, desk, calendar, world.now, avoid_provisional=False)
        if kept.at == promise.promised_at and not kept.legal_risk:
            case = _with(case, promise.model_copy(update={"legal_risk": False}))
    return case


def extensions(promise: Commitment) -> int:
    """How often it was extended."""
    return sum(move.kind is MoveKind.EXTENDED for move in promise.moves)


def _open(case: Case, promise_id: str, decided_at: datetime) -> Commitment | None:
    """The promise, if it still bound when its move was decided: what has passed unmet by then is broken, whether or not
    its timer has said so (I6).

    While the work stands still nothing passes.
    """
    found = next((promise for promise in case.open_promises() if promise.id == promise_id), None)
    if found is None or (found in case.running_promises() and decided_at > found.promised_at):
        return None
    return found


def _calendar(case: Case, counted_by: CalendarRef | None, world: World[Rules]) -> Calendar | None:
    """The version by which the date was counted as it holds at the desk, else what holds there now."""
    desk = world.registry.desk(case.desk_id)
    if counted_by is not None:
        entry = world.registry.calendar(counted_by.id, counted_by.version)
        if entry is not None:
            return calendar_of(entry, desk.county if desk else None)
        if not world.patience_over:
            raise NotYet("UNKNOWN_CALENDAR")
    return desk_calendar(world.registry, desk) if desk else None


def _with(case: Case, promise: Commitment) -> Case:
    """The case with this promise in its place; a legal risk stands in the work list until there is none."""
    commitments = tuple(promise if one.id == promise.id else one for one in case.commitments)
    risky = any(one.legal_risk and one.state is CommitmentState.OPEN for one in commitments)
    attention = case.needing(Attention.LEGAL_RISK) if risky else case.without(Attention.LEGAL_RISK)
    return case.model_copy(update={"commitments": commitments, "attention": attention})
