"""How a promised visit ends: kept by coming, or missed, or not needed any more (domain 3).

Whoever does not come while the desk is open releases the promise; where the desk was shut, or its officer away, it is
broken.
"""

from datetime import datetime, timedelta
from typing import Final

from services.contracts.commitment import Commitment
from services.contracts.decision import Decision, TimerFired, World
from services.intake.domain.case import Case, endings, let_go
from services.intake.domain.case_parts import Role
from services.intake.domain.desk_time import A_SECOND
from services.intake.domain.expecting import NEXT_VISIT, ended_as, seen, serves, with_changed
from services.intake.domain.new_times import not_told_of
from services.intake.domain.promising import BROKEN, KEPT, OPEN, RELEASED
from services.intake.domain.request import Request, moved, the_case
from services.intake.domain.rules import Rules
from services.intake.domain.slots import stands
from services.worktime.jalali import civil_day, start_of_day

SETTLING: Final = timedelta(minutes=1)
"""After a slot begins, or ends: the word that somebody has gone, or come, may still be on its way."""


def came(case: Case, opened_at: datetime, world: World[Rules], *, ticket: bool = True) -> tuple[Case, tuple[str, ...]]:
    """The person's visit has opened: what was promised for now is kept, what was broken before is made good late.

    Without a `ticket` a visit that is off is not kept: the desk was not there for it. Gives the verbs to publish, in
    order.
    """
    verbs: dict[str, None] = {}
    commitments = []
    for promise in case.commitments:
        visit = promise.visit
        served = ticket or (visit is not None and visit.warned_at is None)
        if visit is not None and promise.state is OPEN and served and _in_slot(promise, opened_at, world.rules):
            promise = ended_as(promise, KEPT, opened_at)
            verbs["commitment.kept"] = None
        elif visit is not None and promise.state is BROKEN and promise.fulfilled_late_at is None:
            promise = promise.model_copy(update={"fulfilled_late_at": opened_at})
            verbs["commitment.kept-late"] = None
        commitments.append(promise)
    return (seen(case.model_copy(update={"commitments": tuple(commitments)})), tuple(verbs)) if verbs else (case, ())


def fell_due(request: Request | None, message: TimerFired, world: World[Rules]) -> Decision[Request]:
    """Whoever had come long before the slot, and is there still when it begins, has come to it.

    Else nobody came in it: by the applicant's cause while the desk was there, or the promise is broken.
    """
    request, case = the_case(request)
    over = [promise for promise in case.open_visits() if world.now >= _known_at(case, promise)]
    verbs: dict[str, None] = {}
    for promise in over:
        state = KEPT if _came_early(case, promise) else RELEASED if _was_awaited(case, promise, world) else BROKEN
        case = with_changed(case, ended_as(promise, state, world.now))
        verbs[f"commitment.{state.value.lower()}"] = None
    if not verbs:
        return Decision(request)  # kept, or moved meanwhile
    told, _, event = moved(request, seen(case), world.now, Role.TIME, tuple(verbs))
    return Decision(told, events=(event,))


def not_needed(case: Case, now: datetime) -> tuple[Case, tuple[str, ...]]:
    """What the person was asked back for is done: a next visit that is still to come binds nobody any more. And the
    verbs.

    An appointment was asked for by itself.
    """
    next_visits = (one for one in case.open_visits() if one.kind is NEXT_VISIT)
    over = [let_go(one, now) for one in next_visits if one.visit is not None and one.visit.until >= now]
    for visit in over:
        case = with_changed(case, visit)
    return (seen(case), endings(over)) if over else (case, ())


def due_times(case: Case) -> dict[str, datetime]:
    """When it is known whether somebody has come."""
    return {f"visit:{promise.id}": _known_at(case, promise) for promise in case.open_visits()}


def until_missed(case: Case, end: datetime) -> datetime:
    """`end`; or when it is known that nobody came to the last visit that stands; or, of whoever has come, the end of
    that day: who is at the desk when it shuts is served on.

    Nobody loses what they were told to come for, nor whoever has come for it and waits.
    """
    known = [one.visit.until + SETTLING + A_SECOND for one in case.standing_visits() if one.visit is not None]
    if case.visited_at is not None:
        known.append(day_over(case.visited_at))
    return max([end, *known])


def day_over(now: datetime) -> datetime:
    """When nobody is served any more who came on that day."""
    ends: datetime = start_of_day(civil_day(now) + timedelta(days=1)) + SETTLING + A_SECOND
    return ends


def _was_awaited(case: Case, promise: Commitment, world: World[Rules]) -> bool:
    """Whether the desk was there for the whole of a slot that is over, as its person knew it, and could serve them."""
    assert promise.visit is not None
    whole = stands(world.registry, case.desk_id, promise.promised_at, promise.visit.until)
    known = promise.visit.warned_at is None and not not_told_of(case, promise.id)
    return known and whole and serves(case, promise, world)


def _known_at(case: Case, promise: Commitment) -> datetime:
    """Of who has come early when the slot begins; else when it is over."""
    assert promise.visit is not None
    return (promise.promised_at if _came_early(case, promise) else promise.visit.until) + SETTLING


def _came_early(case: Case, promise: Commitment) -> bool:
    """Whether who has an appointment had drawn a ticket on that day, and has not gone before the slot begins."""
    came_at, gone_at, at = case.visited_at, case.gone_at, promise.promised_at
    if promise.kind is NEXT_VISIT or came_at is None or came_at == case.unticketed_at:
        return False
    if civil_day(came_at) != civil_day(at) or came_at > at:
        return False
    return gone_at is None or gone_at < came_at or at <= gone_at


def _in_slot(promise: Commitment, opened_at: datetime, rules: Rules) -> bool:
    """A next visit is for its whole day; to an appointment one may come a little early."""
    assert promise.visit is not None
    if promise.kind is NEXT_VISIT:
        return civil_day(opened_at) == civil_day(promise.promised_at) and opened_at <= promise.visit.until
    return promise.promised_at - rules.visit_early <= opened_at <= promise.visit.until
