"""The ladder of escalation: a Clock that has consumed so many percent of its budget is told of, once (domain 3, 12.23).

A rung is a point in working time, so it never falls into a night; a service that was away then waits for the next
opening too. Where the Clock was moved since the timer was set (a pause, a closure, an extension), the timer finds that
the point is further on, and waits for it. The last rung is work for the head of the agency until the case is answered.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from services.contracts.decision import Decision, World
from services.contracts.event import Event
from services.contracts.routing import Level, Rung
from services.routing.domain.case import Case
from services.routing.domain.clocks import calendar_at, counting
from services.routing.domain.rules import Rules
from services.worktime import Calendar, Clock, next_opening


def climbing(case: Case, world: World[Rules]) -> Case:
    """The case with the moment of its next rung, as its Clock runs now; a standing one has none.

    Raises NotYet, LookupError, WorktimeError.
    """
    at = None if case.clock.running_since is None else _next(case, calendar_at(case, case.calendar, world))
    return case if at == case.next_rung_at else case.model_copy(update={"next_rung_at": at})


def fell_due(case: Case, world: World[Rules]) -> Decision[Case]:
    """Every rung that has been reached fires, each by an event of its own.

    Raises NotYet, LookupError, WorktimeError.
    """
    if case.clock.running_since is None:
        return Decision(case.model_copy(update={"next_rung_at": None}))
    calendar = calendar_at(case, case.calendar, world)
    opening = next_opening(calendar, world.now)
    events: list[Event] = []
    while (at := _next(case, calendar)) is not None and at <= world.now == opening:
        case, event = _fired(case, world)
        events.append(event)
    at = at if at is None else max(at, opening)
    return Decision(case.model_copy(update={"next_rung_at": at}), events=tuple(events))


def _fired(case: Case, world: World[Rules]) -> tuple[Case, Event]:
    number = len(case.rungs)
    rung = Rung(percent=case.ladder[number], level=_level(number, case.ladder), at=world.now)
    undone = next((work for work in case.work if work.live), None)  # what it has waited for longest
    return case.model_copy(update={"rungs": (*case.rungs, rung)}).moved(
        world, "clock.rung-fired", about=undone, rung=rung
    )


def _level(number: int, ladder: Sequence[int]) -> Level:
    if number == len(ladder) - 1:
        return Level.AGENCY_HEAD
    return Level.UNIT_HEAD if number else Level.OFFICER


def _next(case: Case, calendar: Calendar) -> datetime | None:
    """When the next rung is reached, if the Clock runs on; None when all have fired."""
    number = len(case.rungs)
    return _reached(counting(case.clock), case.ladder[number], calendar) if number < len(case.ladder) else None


@lru_cache(maxsize=1024)  # the cases that a batch opens share their second
def _reached(clock: Clock, percent: int, calendar: Calendar) -> datetime:
    return clock.reached(calendar, percent)
