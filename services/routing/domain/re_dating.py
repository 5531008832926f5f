"""Another due time of a running Clock: the days changed under it, or intake has extended the promise (domain 6, I6).

Whoever moves a date is told apart, so that there is one truth of it (docs/adr/0028): officers extend a promise in
intake, and the Clock follows by more budget; the days move a Clock, and the promise follows. Where a promise may lie
intake knows, by its desk and the law: when it has moved one, or left it where it is, the Clock follows to there.
"""

from datetime import datetime
from typing import Final

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState, MoveKind
from services.contracts.decision import Decision, World
from services.contracts.intake import RequestMoved
from services.contracts.routing import DueCause, DueMoved
from services.contracts.working_calendar import CalendarRef
from services.routing.domain.beginning import as_much_left
from services.routing.domain.case import Case
from services.routing.domain.clocks import calendar_at, counting, lawful
from services.routing.domain.escalating import climbing
from services.routing.domain.messages import CalendarChanged
from services.routing.domain.rules import Rules
from services.worktime import Calendar, Due, Presence, changed_days, is_open
from services.worktime import Clock as Counting

DUE_MOVED: Final = "clock.due-moved"
EXTENDED: Final = "commitment.extended"
PLACED: Final = frozenset({"commitment.re-projected", "commitment.upheld"})
FOLLOWED: Final = "clock.followed"


def calendar_changed(case: Case | None, change: CalendarChanged, world: World[Rules]) -> Decision[Case]:
    """The Clock by the newer version of its calendar; where the change does not touch it, or came too late for it, only
    the version is noted.

    Raises NotYet, LookupError, WorktimeError.
    """
    if case is None or case.clock.running_since is None or change.version <= case.calendar.version:
        return Decision(case)
    newer = case.calendar.model_copy(update={"version": change.version})
    before, after = calendar_at(case, case.calendar, world), calendar_at(case, newer, world)
    case = as_much_left(case, world.now, before, after, world.now)
    noted, counted_by = climbing(case.model_copy(update={"calendar": newer}), world), newer
    if world.now > case.clock.due:
        in_time = _recorded_in_time(case, newer, world)
        if in_time is None:
            return Decision(noted)
        counted_by, after = in_time, calendar_at(case, in_time, world)
    found = _elsewhere(case, counting(case.clock), before, after)
    if found is None or found.at <= world.now:  # time that was won never makes a promise late
        return Decision(noted)
    counted = climbing(case.model_copy(update={"calendar": counted_by}), world)
    return _moved(counted, found, after, DueCause.CALENDAR, world, before, case.clock.due)


def _recorded_in_time(case: Case, newer: CalendarRef, world: World[Rules]) -> CalendarRef | None:
    """The newest version that was recorded before the due time, though the Clock is looked at after it.

    None where there is none, or too much time has passed: broken is broken, and nothing that was announced afterwards
    mends it. What is newer still is counted when the Clock is looked at next.
    """
    if world.now > case.clock.due + world.rules.counted_within:
        return None
    for version in range(newer.version, case.calendar.version, -1):
        entry = world.registry.calendar(newer.id, version)
        if entry is not None and entry.recorded_at is not None and entry.recorded_at <= case.clock.due:
            return newer.model_copy(update={"version": version})
    return None


def extended(case: Case, request: RequestMoved, world: World[Rules]) -> Decision[Case]:
    """As much more budget as the extension of this round gave; counted by the version that intake counted by.

    Where the days have changed since, the due time is another than intake's: then that is told too, and holds. Where
    intake has heard of them first, so has the Clock now. A desk that works by another calendar since has extended by
    that one: the Clock, which keeps its own, is due then.

    Raises NotYet, LookupError, WorktimeError.
    """
    promise = _answer(request)
    given = [move for move in promise.moves if move.kind is MoveKind.EXTENDED]
    if request.round != case.round or len(given) <= case.clock.extensions:
        return Decision(case)
    counted_by, origin, to = given[-1].calendar, given[-1].from_at, given[-1].to_at
    its_own = counted_by.id == case.calendar.id
    before = calendar_at(case, counted_by if its_own else case.calendar, world)
    clock = _with_budget(counting(case.clock), before, origin, to)
    longer = case.clock.model_copy(update={"extended": clock.extended, "extensions": len(given)})
    case = case.model_copy(update={"clock": longer})
    if clock.running_since is None:
        due = longer.model_copy(update={"due": to})
        return Decision(case.model_copy(update={"clock": due}))
    if its_own and counted_by.version > case.calendar.version:
        case = case.model_copy(update={"calendar": counted_by})
    after = calendar_at(case, case.calendar, world)
    found = clock.promised(after) if its_own else Due(at=to, counted_from=origin)
    return _moved(case, found, after, DueCause.EXTENSION, world, before, to)


def followed(case: Case, request: RequestMoved, world: World[Rules]) -> Decision[Case]:
    """Due when intake has promised it, with as much budget as leads there.

    The desk may be out of service when the count ends, or the law may want it sooner. Whatever this Clock has said that
    intake has not heard of yet is answered when it has, and followed then. Raises NotYet, LookupError, WorktimeError.
    """
    promise, clock = _answer(request), case.clock
    over = clock.running_since is None and clock.suspended() is None
    if PLACED.isdisjoint(request.moves) or request.round != case.round or over:
        return Decision(case)
    if promise.state is not CommitmentState.OPEN or promise.promised_at == clock.due:
        return Decision(case)
    calendar = calendar_at(case, case.calendar, world)
    leading = _with_budget(counting(clock), calendar, clock.due, promise.promised_at)
    changes = {"due": promise.promised_at, "extended": leading.extended}
    followed = climbing(case.model_copy(update={"clock": clock.model_copy(update=changes)}), world)
    case, event = followed.moved(world, FOLLOWED)
    return Decision(case, events=(event,))


def _answer(request: RequestMoved) -> Commitment:
    return next(one for one in reversed(request.commitments) if one.kind is CommitmentKind.FINAL_DELIVERY)


def _with_budget(clock: Counting, calendar: Calendar, origin: datetime, to: datetime) -> Counting:
    """The Clock with the budget that leads to a date; a standing one with what lies between that and where it was."""
    return clock.reaching(calendar, to) if clock.running_since is not None else clock.longer(calendar, origin, to)


def _elsewhere(case: Case, clock: Counting, before: Calendar, after: Calendar) -> Due | None:
    """Where the due time is now; None when nothing that is certain moves it.

    A promise avoids PROVISIONAL days (`prudent`), and nothing moves for them. What changes only the count in which they
    are worked (`certain`) is the confirmation of such a day, and what changes only the other is their coming and going.
    """
    due, prudent = case.clock.due, clock.promised(after)
    if is_open(after, due, Presence.DESK):
        certain = clock.promised(after, avoid_provisional=False).at
        if certain == clock.promised(before, avoid_provisional=False).at:
            return None
        if prudent.at == clock.promised(before).at and certain <= due:
            return None
    return prudent


def _moved(
    case: Case, found: Due, calendar: Calendar, cause: DueCause, world: World[Rules], before: Calendar, was: datetime
) -> Decision[Case]:
    """The case with this due time, told with why; nothing is told when it is the same.

    `before`: the calendar by which it was due at `was`: the days that differ are named.
    """
    at, rule = lawful(found.at, str(found.moved_by) if found.moved_by else None, case, calendar, world.now)
    if at == case.clock.due and cause is not DueCause.EXTENSION:
        return Decision(case)
    due, since = case.clock.due, case.clock.running_since
    days = changed_days(before, calendar, since, was, at) if since else ()
    told = DueMoved(from_at=due, calendar=_ref(calendar), cause=cause, rule=rule, days=days)
    clock = case.clock.model_copy(update={"due": at})
    placed = climbing(case.model_copy(update={"clock": clock}), world)
    moved, event = placed.moved(world, DUE_MOVED, due_moved=told)
    return Decision(moved, events=(event,))


def _ref(calendar: Calendar) -> CalendarRef:
    return CalendarRef(id=calendar.id, version=calendar.version)
