"""Until when a result may be objected to: the days of the sheet, and until its person could come for it (domain 3, 6).

Of a last day on which the desk receives nobody, shut or out of service, the right ends with the next one on which it
does. This is looked at just before the last day is over, and kept: a suspension that has ended is nowhere on record.
"""

from datetime import datetime, timedelta
from typing import Final

from services.contracts.decision import Decision, TimerFired, World
from services.contracts.entry import Status
from services.contracts.routing import ResultKind
from services.contracts.snapshot import Snapshot
from services.intake.domain.case import Case
from services.intake.domain.desk_time import A_SECOND
from services.intake.domain.in_service import in_service, opening
from services.intake.domain.request import Request, the_case, with_case
from services.intake.domain.rules import Rules
from services.intake.domain.standing import desk_calendar
from services.intake.domain.states import MOVES, OBJECTED
from services.worktime import jalali_date
from services.worktime.jalali import civil_day, start_of_day

OBJECTION: Final = "objection"
"""The timer of the last day to object."""

OBJECTABLE = frozenset({ResultKind.REFUSED, ResultKind.PARTIAL})
LOOKED_AT_BEFORE: Final = timedelta(minutes=1)
"""So long before the end of the last day: at midnight a desk that was away may be back."""
A_DAY: Final = timedelta(days=1)


def objection_until(case: Case, registry: Snapshot, now: datetime) -> datetime | None:
    """The first moment at which the result is not objected to any more: the end of its last day in Tehran, by the
    registry of now.

    None where there is nothing to object to.
    """
    end = _known(case)
    return end if end is None or case.objection_over else _until_received(case, end, registry, now)


def objectable_until(case: Case, registry: Snapshot, now: datetime) -> datetime | None:
    """Until when an objection may still be filed; None when it may not."""
    until = objection_until(case, registry, now)
    return until if until is not None and now < until else None


def last_day(until: datetime) -> str:
    """`1405/09/22`: the day at the end of which the window closes."""
    return jalali_date(until - A_SECOND)


def due_times(case: Case) -> dict[str, datetime]:
    end = None if case.objection_over or case.erased else _known(case)
    return {OBJECTION: end - LOOKED_AT_BEFORE} if end is not None else {}


def fell_due(request: Request | None, message: TimerFired, world: World[Rules]) -> Decision[Request]:
    """The last day is over, unless the desk was not there on it: then another is."""
    request, case = the_case(request)
    due, known = due_times(case).get(OBJECTION), _known(case)
    if due is None or known is None or world.now < due:
        return Decision(request)  # objected to meanwhile
    until = _until_received(case, known, world.registry, world.now)
    kept = case.model_copy(update={"object_until": until, "objection_over": until == known})
    return Decision(with_case(request, kept, world.now))


def _known(case: Case) -> datetime | None:
    """The end of the last day as it was last looked at, at first that of the sheet's days."""
    result, announced = case.result, case.announced
    if result is None or announced is None or result.kind not in OBJECTABLE or OBJECTED not in MOVES.table[case.state]:
        return None
    return case.object_until or start_of_day(civil_day(announced.at) + (case.objection_days + 1) * A_DAY)


def _until_received(case: Case, end: datetime, registry: Snapshot, now: datetime) -> datetime:
    """`end`, or that of the next day on which the desk receives people and is in service, as far as is known.

    While nobody knows when it will be back nothing ends: it is looked at again a day later. The day on which it was
    found back is not the last. One that is retired does not come back; nor does what was over long before it was ever
    looked at.
    """
    desk = registry.desk(case.desk_id)
    calendar = desk_calendar(registry, desk) if desk else None
    if desk is None or calendar is None or desk.status is Status.RETIRED:
        return end
    day = civil_day(end - A_SECOND)
    if case.desk_back_at is not None and civil_day(case.desk_back_at) >= day:
        day = civil_day(case.desk_back_at) + A_DAY
    receives = opening(desk, calendar, start_of_day(day), avoid_provisional=False)
    if receives is not None:
        return max(end, start_of_day(civil_day(receives.at) + A_DAY))
    long_over = case.object_until is None and now >= end + A_DAY
    if in_service(desk, now) or now < end - LOOKED_AT_BEFORE or long_over:
        return end
    return max(end, start_of_day(civil_day(now) + 2 * A_DAY))
