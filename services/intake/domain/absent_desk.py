"""An answer is promised for a time at which its desk will not be there to tell it: the promise moves (I3, I9, 12.9).

Where the desk is out of service intake knows that, and moves the promise itself; routing's Clock follows
(docs/adr/0028). Where the days change under a Clock that runs routing counts, and the promise follows; but when a
result waits to be told its unit is done and its Clock stands, so that intake sees to closures, too, and to the time
that the desk has to tell it.
"""

from datetime import datetime

from services.contracts.commitment import OUT_OF_SERVICE, Commitment, CommitmentKind
from services.contracts.decision import World
from services.contracts.registry import Desk
from services.contracts.routing import DueCause
from services.intake.domain.announcing import heard_by
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention
from services.intake.domain.desk_time import A_SECOND
from services.intake.domain.in_service import at_the_same_hour, in_service, opening
from services.intake.domain.moving import at_risk, re_projected
from services.intake.domain.rules import Rules
from services.intake.domain.slots import shut, stands
from services.intake.domain.standing import desk_calendar
from services.worktime import Calendar, Presence, WorktimeError, open_intervals
from services.worktime.jalali import civil_day


def when_the_desk_is_there(case: Case, desk: Desk, world: World[Rules]) -> tuple[Case, tuple[str, ...]]:
    """The case with its answer promised for when the desk can tell it, and the verbs to publish; the very same case
    where it can. Raises NotYet.
    """
    before = _answer(case)
    calendar = _hours(desk, world)
    if before is None or calendar is None:
        return case, ()
    after, verbs = _promised_anew(case, before, desk, calendar, world)
    return _time_to_tell(after, before, desk, calendar, world), verbs


def put_off(case: Case, desk: Desk, world: World[Rules]) -> tuple[Case, tuple[str, ...]]:
    """The case, on which a unit still works, with its answer promised for when the desk is back, and the verbs to
    publish; the very same case where it is there. Where nobody knows when that will be, its head is warned. Raises
    NotYet.
    """
    promise, calendar = _answer(case), _hours(desk, world)
    if promise is None or calendar is None or promise.promised_at < world.now or in_service(desk, promise.promised_at):
        return case, ()
    opens = opening(desk, calendar, promise.promised_at)
    if opens is None:
        return at_risk(case, promise)
    back = at_the_same_hour(desk, calendar, promise.promised_at, opens)
    return re_projected(case, promise.id, back, world, cause=DueCause.CALENDAR, rule=OUT_OF_SERVICE)


def _answer(case: Case) -> Commitment | None:
    return next((one for one in case.open_promises() if one.kind is CommitmentKind.FINAL_DELIVERY), None)


def _hours(desk: Desk, world: World[Rules]) -> Calendar | None:
    """None where none is known, or nothing can be read of it: then nothing moves."""
    try:
        return desk_calendar(world.registry, desk)
    except WorktimeError:
        return None


def _promised_anew(
    case: Case, promise: Commitment, desk: Desk, calendar: Calendar, world: World[Rules]
) -> tuple[Case, tuple[str, ...]]:
    at = promise.promised_at
    if stands(world.registry, desk.id, at, at + A_SECOND):
        return case, ()
    opens = opening(desk, calendar, at)
    if opens is None or opens.at <= world.now:
        return case, ()
    closed, day = shut(world.registry, desk, at, at + A_SECOND)
    case, verbs = re_projected(
        case,
        promise.id,
        at_the_same_hour(desk, calendar, at, opens),
        world,
        cause=DueCause.CALENDAR,
        rule=opens.moved_by if closed else OUT_OF_SERVICE,
        days=(day,) if day else (),
        decided_at=_decided_at(desk, world) if closed else world.now,
    )
    word_may_come = heard_by(case, world) if case.heard_by is not None else None
    return (case.model_copy(update={"heard_by": word_may_come}) if verbs else case), verbs


def _decided_at(desk: Desk, world: World[Rules]) -> datetime:
    """When the calendar of the desk was recorded: a closure that was known in time is heard of a little later."""
    entry = world.registry.calendar(desk.calendar_id)
    return min(world.now, (entry.recorded_at if entry else None) or world.now)


def _time_to_tell(case: Case, before: Commitment, desk: Desk, calendar: Calendar, world: World[Rules]) -> Case:
    """With another end of the desk's own time where that was the promised moment, or lies on a day without work."""
    by, promise = case.tell_by, _answer(case)
    if by is None or promise is None or Attention.TELL_CITIZEN not in case.attention or by < world.now:
        return case
    if promise.promised_at != before.promised_at and by == before.promised_at:
        return case.model_copy(update={"tell_by": promise.promised_at})
    opens = opening(desk, calendar, by)
    if opens is None or _is_worked(calendar, by):
        return case
    later = min(at_the_same_hour(desk, calendar, by, opens), promise.promised_at)
    return case if later <= by else case.model_copy(update={"tell_by": later})


def _is_worked(calendar: Calendar, moment: datetime) -> bool:
    try:
        return bool(open_intervals(calendar, civil_day(moment), Presence.STAFF))
    except WorktimeError:
        return True
