"""The life of an entry: planned, in force, suspended, retired, now or from a day ahead (domain 3)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

from services.contracts.decision import Moves, Refused
from services.contracts.entry import PLANS, Entry, PlannedStatus, Reason, Status
from services.contracts.references import stands_on
from services.contracts.registry import Desk, Kiosk, Organization, Partner, Unit
from services.contracts.service_sheet import Offering, Sheet
from services.contracts.wire import LAST_YEAR, Command, Day, TypedId
from services.contracts.working_calendar import WorkingCalendar
from services.worktime.jalali import start_of_day

E = TypeVar("E", bound=Entry)
Plans = Sequence[PlannedStatus]

PLANNED, ACTIVE, SUSPENDED, RETIRED = Status.PLANNED, Status.ACTIVE, Status.SUSPENDED, Status.RETIRED

MOVES: Moves[Status] = Moves(
    {
        PLANNED: frozenset({ACTIVE, RETIRED}),
        ACTIVE: frozenset({SUSPENDED, RETIRED}),
        SUSPENDED: frozenset({ACTIVE, RETIRED}),
        RETIRED: frozenset({ACTIVE}),
    }
)

CARRYING = (Offering, Sheet, Unit, Organization, Desk, WorkingCalendar)
"""Kinds that open cases stand on, or their promises, each before what it names. Their retirement waits, once its day
has come, until nothing stands on them (`ending.py`)."""

LAST_DAY = date(LAST_YEAR, 12, 31)

DAY_COMES = "status"
"""The timer of an entry whose status changes on a day ahead."""


LICENCE_ENDS = "licence"
"""The timer of what has a last day: the day after, it is suspended, and others are told."""
ENDED = "licence or contract has ended"


class ChangeLife(Command):
    """POST /v1/<kind>s/{id}/suspend, /resume, /retire."""

    since: Day | None = None
    """The Tehran day from which it holds; None = today."""
    until: Day | None = None
    """The last day of a suspension; None = until it is resumed."""
    reason: Reason
    officer_id: TypedId


def changed(entry: E, status: Status, command: ChangeLife, today: date) -> E:
    """The entry with its new status, or with the plan of it.

    What retires within a suspension does not come back with its end, nor is it suspended from that day on (`resume`
    calls the retirement off), and what is planned for the day after it stays. Of two suspensions that meet the longer
    one holds, whichever begins first: who asks for what lies within another is told that it is suspended. It ends
    sooner when it is resumed; on the day of a plan that calls it off.
    Raises Refused ILLEGAL_MOVE, which names both states, LICENCE_ENDED, and IN_THE_PAST, NO_SUCH_SPAN or
    TOO_MANY_PLANS (422).
    """
    since = command.since or today
    if status is ACTIVE and is_over(entry, since):
        raise Refused("LICENCE_ENDED", "record it with a later validTo first")
    if since < today:
        raise Refused("IN_THE_PAST", "what was in force on past days stays so; give today or a day ahead", status=422)
    if command.until is not None and (status is not SUSPENDED or command.until < since):
        raise Refused("NO_SUCH_SPAN", "only a suspension has a last day, and not before its first", status=422)
    if command.until == LAST_DAY:
        raise Refused("NO_SUCH_SPAN", f"until: no day of our time comes after {LAST_DAY}; leave it out", status=422)
    plans = _PLANS_OF[status](entry, since, command)
    before = entry.status
    for plan in plans:
        MOVES.check(before, plan.status)
        before = plan.status
    carried_out = as_of if status is RETIRED else came
    moved = carried_out(entry.model_copy(update={"planned": tuple(plans)}), today)
    if len(moved.planned) > PLANS:
        raise Refused("TOO_MANY_PLANS", f"{len(moved.planned)} plans; an entry has {PLANS} at most", status=422)
    return moved


def _suspended(entry: Entry, since: date, command: ChangeLife) -> list[PlannedStatus]:
    """From that day on, and until the last one; as long as any suspension that it meets on its way lasts."""
    begins = _then(SUSPENDED, since, command)
    back = None if command.until is None else _then(ACTIVE, command.until + timedelta(days=1), command)
    begun = [
        plan for plan in entry.planned if plan.since < since or (plan.since == since and plan.status is not ACTIVE)
    ]
    if (begun[-1].status if begun else entry.status) is SUSPENDED:
        return _suspended_longer(begun, entry.planned[len(begun) :], begins, back)
    ahead = [plan for plan in entry.planned if plan.since > since]
    return [*begun, begins, *_from_the_end(ahead, back)]


def _suspended_longer(
    begun: Plans, ahead: Plans, begins: PlannedStatus, back: PlannedStatus | None
) -> list[PlannedStatus]:
    """What is suspended by then already: for longer, or for another reason from the same day to the same day.

    What lies within the suspension is added to it, and refused as no move.
    """
    ends = ahead[0].since if ahead and ahead[0].status is ACTIVE else None
    if begun and begun[-1].since == begins.since and ends == (back.since if back else None):
        return [*begun[:-1], begins, *ahead]
    if ends is None or (back is not None and back.since <= ends):
        return [*begun, begins]
    return [*begun, *_from_the_end(ahead, back)]


def _from_the_end(ahead: Plans, back: PlannedStatus | None) -> list[PlannedStatus]:
    """What comes after a suspension: it is back, unless another goes on then, or it is to be retired meanwhile."""
    within = [plan for plan in ahead if back is None or plan.since <= back.since]
    retiring = next((place for place, plan in enumerate(within) if plan.status is RETIRED), None)
    if retiring is not None:
        return [*ahead[retiring:]]
    after = ahead[len(within) :]
    if back is None or (within and within[-1].status is SUSPENDED):
        return [*after]
    return [back, *after]


def _resumed(entry: Entry, since: date, command: ChangeLife) -> list[PlannedStatus]:
    """From that day on, sooner than planned too; on the very day of a plan that is called off by it."""
    begun = [plan for plan in entry.planned if plan.since < since]
    called_off = any(plan.since == since and plan.status is not ACTIVE for plan in entry.planned)
    ahead = [plan for plan in entry.planned if plan.since > since]
    if ahead and ahead[0].status is ACTIVE:
        del ahead[0]
    stays = called_off and (begun[-1].status if begun else entry.status) is ACTIVE
    return [*begun, *ahead] if stays else [*begun, _then(ACTIVE, since, command), *ahead]


def retired_by(entry: E, command: ChangeLife, today: date) -> E:
    """The entry as the command wants it, whether it may or not: what it would end under is looked up by this."""
    plans = _retired(entry, command.since or today, command)
    return entry.model_copy(update={"planned": tuple(plans)})


def _retired(entry: Entry, since: date, command: ChangeLife) -> list[PlannedStatus]:
    return [*(plan for plan in entry.planned if plan.since < since), _then(RETIRED, since, command)]


def _then(status: Status, since: date, command: ChangeLife) -> PlannedStatus:
    return PlannedStatus.model_validate({"status": status, "since": since, "reason": command.reason})


_PLANS_OF = {SUSPENDED: _suspended, ACTIVE: _resumed, RETIRED: _retired}


def as_of(entry: E, today: date) -> E:
    """The entry with every plan carried out whose day has come."""
    ahead = tuple(plan for plan in entry.planned if plan.since > today)
    if ahead == entry.planned:
        return entry
    return entry.model_copy(update={"status": entry.status_on(today), "planned": ahead})


def came(entry: E, today: date) -> E:
    """The same as far as a day that comes decides it: a retirement that has to wait stays planned, and what was
    planned before it is carried out."""
    due = [plan for plan in entry.planned if plan.since <= today]
    if not retires(entry, today):
        return as_of(entry, today)
    before = due[-2].status if len(due) > 1 else entry.status
    return entry.model_copy(update={"status": before, "planned": entry.planned[len(due) - 1 :]})


def retires(entry: Entry, today: date) -> bool:
    """Whether the day has come of a retirement that has to wait."""
    due = [plan for plan in entry.planned if plan.since <= today]
    return isinstance(entry, CARRYING) and bool(due) and due[-1].status is RETIRED


def ends_sooner(known: Entry, entry: Entry, today: date) -> bool:
    """Whether it is retired on a day, from today on, on which it was not to be."""
    if entry.status is RETIRED and known.status is not RETIRED:
        return True
    ahead = {plan.since for each in (known, entry) for plan in each.planned if plan.since > today}
    return any(entry.status_on(day) is RETIRED and known.status_on(day) is not RETIRED for day in ahead)


def opens(offering: Offering, day: date) -> bool:
    """Whether a channel is open on that day, or on a later one as far as is planned."""
    days = [day, offering.valid_from, *(plan.since for plan in offering.planned)]
    return any(as_of(offering, each).in_force(each) for each in days if each >= day)


def retired_under(user: Entry, named: Entry, today: date) -> date | None:
    """The first day, from today on, on which a user stands on what is retired then, as both are planned."""
    ahead = {plan.since for each in (user, named) for plan in each.planned if plan.since > today}
    for day in sorted({today, *ahead}):
        if (
            user.status_on(day) is not RETIRED
            and named.status_on(day) is RETIRED
            and (type(named), named.id) in stands_on(user, day)
        ):
            return day
    return None


def both_in_force(one: Entry, other: Entry, today: date) -> date | None:
    """The first day, from today on, on which both are, as both are planned."""
    ahead = {plan.since for each in (one, other) for plan in each.planned if plan.since > today}
    return next(
        (day for day in sorted({today, *ahead}) if one.status_on(day) is ACTIVE and other.status_on(day) is ACTIVE),
        None,
    )


def next_in_force(entry: Entry, today: date) -> date | None:
    """Today if it is in force, else the first day on which it is planned to be."""
    days = sorted({today, *(plan.since for plan in entry.planned if plan.since > today)})
    return next((day for day in days if entry.status_on(day) is ACTIVE), None)


def outlives(user: Entry, named: Entry, today: date) -> bool:
    """Whether it would stand on what is retired, on some day.

    What does not wait itself, as an officer, goes on its day: a user that may have to wait may not be retired then.
    """
    waiting = while_it_waits(user, today)
    if isinstance(user, CARRYING) and not isinstance(named, CARRYING):
        stays = tuple(plan for plan in waiting.planned if plan.status is not RETIRED)
        waiting = waiting.model_copy(update={"planned": stays})
    return retired_under(waiting, named, today) is not None


def while_it_waits(entry: E, today: date) -> E:
    """What waits for its retirement stands on what it names until then: the entry without what is due of its plans."""
    now = came(entry, today)
    return now.model_copy(update={"planned": tuple(plan for plan in now.planned if plan.since > today)})


def due_times(entry: Entry) -> Mapping[str, datetime]:
    """The midnights in Tehran at which the next plan is due, and at which a licence is over."""
    by_timer = [plan for plan in entry.planned if plan.status is not RETIRED or not isinstance(entry, CARRYING)]
    days = {DAY_COMES: by_timer[0].since} if by_timer else {}
    last = last_day(entry)
    if last is not None and entry.status is ACTIVE:
        days[LICENCE_ENDS] = last + timedelta(days=1)
    return {name: start_of_day(day) for name, day in days.items()}


def last_day(entry: Entry) -> date | None:
    """Of a kiosk office's licence or a partner's contract."""
    return entry.valid_to if isinstance(entry, Kiosk | Partner) else None


def is_over(entry: Entry, today: date) -> bool:
    last = last_day(entry)
    return last is not None and last < today


def flaws(entry: Entry, today: date) -> list[str]:
    """What is wrong with the plans that somebody wrote into an entry."""
    days = [plan.since for plan in entry.planned]
    found = []
    if days != sorted(set(days)):
        found.append("planned: the days ascend, each once")
    if entry.status is PLANNED and not entry.planned:
        found.append("planned: something that is planned begins on some day")
    before = entry.status
    for plan in entry.planned:
        if plan.status not in MOVES.table[before]:
            found.append(f"planned: {before} does not move to {plan.status}")
        before = plan.status
    return found
