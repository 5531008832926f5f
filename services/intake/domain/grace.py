"""Until when a person may still come: by the days on which their desk receives people, and is in service (domain 6).

A count that a suspension cuts begins anew when the desk is back. While nobody knows when that will be, nothing ends:
it is looked at again on each next working day, and the count begins when the desk has been found back.
"""

from datetime import datetime, timedelta
from typing import Any

from services.contracts.decision import Decision, World
from services.contracts.entry import Status
from services.contracts.registry import Desk
from services.intake.domain.case import Case
from services.intake.domain.desk_time import advanced, answer_of_calendar, opens_from, without_calendar
from services.intake.domain.in_service import returns
from services.intake.domain.moving import relieved
from services.intake.domain.promising import HEARD_WITHIN
from services.intake.domain.request import Request, Rule, with_case
from services.intake.domain.rules import Rules
from services.worktime import Calendar, Duration, Presence
from services.worktime.jalali import civil_day, start_of_day


def placed_at(desk_id: str) -> dict[str, Any]:
    """What a case keeps of the desk that has it from now on, by field name: where it was before is nothing to it."""
    return {"desk_id": desk_id, "desk_away": False, "desk_back_at": None}


def looking_in(rule: Rule) -> Rule:
    """The rule, on the case as its desk, and whoever works on it, is found when anything happens to it."""

    def decide(request: Request | None, message: Any, world: World[Rules]) -> Decision[Request]:
        if request is not None and request.case is not None:
            case = looked_in(request.case, world)
            request = request if case is request.case else with_case(request, case, world.now)
        return rule(request, message, world)

    return decide


def looked_in(case: Case, world: World[Rules]) -> Case:
    """The case, as its desk is found: away, or back since now; and as whoever works on it is."""
    case = relieved(case, world)
    away = _away(world, case.desk_id)
    if away == case.desk_away:
        return case
    return case.model_copy(update={"desk_away": away, "desk_back_at": case.desk_back_at if away else world.now})


def end_of_grace(
    case: Case, world: World[Rules], due: datetime, told_at: datetime | None, grace: Duration, known: datetime | None
) -> datetime:
    """From when on nobody is waited for any more: `grace` after it was due, after its person was told, and after the
    desk came back, by the days that are known now on which it receives people; never sooner than it was found before
    (`known`), nor while the desk is away.

    Without a calendar that answers, twice the days: late, and not never.
    """
    since = max(due, told_at or due, case.desk_back_at or due)
    desk = world.registry.desk(case.desk_id)
    ends = answer_of_calendar(world, case.desk_id, lambda calendar: received_for(desk, calendar, since, grace))
    ends = ends or since + 2 * without_calendar(grace)
    return not_while_away(max(ends, known or ends), case.desk_id, world)


def heard_by(case: Case, closes: datetime, now: datetime) -> datetime | None:
    """Until when word may come of what the kiosk office of the case did before a grace ended; None where none is waited
    for, or not any more.

    The office was told that its record is taken when Kafka had it: that intake reads it later is no fault of theirs.
    """
    by = closes + HEARD_WITHIN
    return by if case.kiosk is not None and now < by else None


def received_for(desk: Desk | None, calendar: Calendar, since: datetime, duration: Duration) -> datetime:
    """When the desk has received people for so long, without a day out of service between, as far as is known.

    Where it is not known to come back, as though it stayed: it is looked at again then. Raises what `advance` raises.
    """
    ends = advanced(calendar, since, duration, Presence.DESK)
    first, last = civil_day(since), civil_day(ends)
    days = sorted({first, *(plan.since for plan in desk.planned if first < plan.since <= last)}) if desk else ()
    gone = next((day for day in days if desk and desk.status_on(day) is not Status.ACTIVE), None)
    back = returns(desk, gone) if desk and gone else None
    return received_for(desk, calendar, start_of_day(back), duration) if back else ends


def not_while_away(end: datetime, desk_id: str, world: World[Rules]) -> datetime:
    """`end`; where that has come while the desk is out of service, when it is back, as far as anybody knows.

    Else on the next working day: then it is looked at again.
    """
    desk, today = world.registry.desk(desk_id), civil_day(world.now)
    if end > world.now or desk is None or desk.status_on(today) is Status.ACTIVE:
        return end
    return opens_from(world, desk_id, start_of_day(returns(desk, today) or today + timedelta(days=1)))


def _away(world: World[Rules], desk_id: str) -> bool:
    """Whether the desk is out of service now, and nobody knows until when."""
    desk, today = world.registry.desk(desk_id), civil_day(world.now)
    return desk is not None and desk.status_on(today) is not Status.ACTIVE and returns(desk, today) is None
