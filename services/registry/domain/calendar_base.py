"""What a calendar stands on: which base it may have, and what it inherits from it (domain 6)."""

from collections.abc import Iterable
from datetime import date, datetime, time

from services.contracts.flaws import NUMBERED_TEXT
from services.contracts.identifiers import bears_number
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import DayException, WorkingCalendar
from services.worktime import BadCalendar, NeverOpen, Presence, calendar_from_wire, next_opening

LAYERS = 2
"""A unit's calendar on its agency's on its province's."""


def standing_on(calendar: WorkingCalendar, base: WorkingCalendar) -> WorkingCalendar:
    """The calendar with what would hold by the one below it."""
    own = tuple(exception for exception in calendar.exceptions if exception.layer == 0)
    return calendar.model_copy(update={"exceptions": (*own, *_one_lower(base.exceptions))})


def base_of(wanted: WorkingCalendar, around: Snapshot) -> WorkingCalendar | None:
    return around.calendar(wanted.base) if wanted.base else None


def inherited_days(calendar: WorkingCalendar | None) -> tuple[DayException, ...]:
    return tuple(d for d in calendar.exceptions if d.layer) if calendar else ()


def inheriting(
    known: WorkingCalendar | None, below: Iterable[DayException], since: date | None
) -> tuple[DayException, ...]:
    """What holds by the calendar below from a day on, and what held by others until then (I6)."""
    if since is None:
        return _one_lower(below)
    earlier = (day for day in inherited_days(known) if day.date < since)
    return (*earlier, *(day for day in _one_lower(below) if day.date >= since))


def _one_lower(exceptions: Iterable[DayException]) -> tuple[DayException, ...]:
    """Seen from the calendar above. What lies deeper than there are scopes is none of its business."""
    return tuple(d.model_copy(update={"layer": d.layer + 1}) for d in exceptions if d.layer < LAYERS)


def flaws(calendar: WorkingCalendar) -> list[str]:
    """What is wrong with it by itself."""
    found = [] if calendar.scope.province.strip() else ["scope.province: is blank"]
    found += (
        f"{day.date}: county {day.county} is none of its counties"
        for day in calendar.exceptions
        if day.counties and day.county not in (None, *day.counties)
    )
    try:
        calendar_from_wire(calendar.to_wire())
    except BadCalendar as bad:
        found += bad.problems
    return found


def numbered(known: WorkingCalendar | None, wanted: WorkingCalendar) -> list[str]:
    """Its own days of which something is newly said that bears somebody's number: every event would tell it (I12)."""
    said = {day.source for day in known.exceptions} if known else set()
    own = (day for day in wanted.exceptions if day.layer == 0 and day.source not in said)
    return list(dict.fromkeys(f"{day.date}: source {NUMBERED_TEXT}" for day in own if bears_number(day.source)))


def never_opens(calendar: WorkingCalendar) -> list[str]:
    """Once its last week has begun it opens on some day: else nothing is promised by it."""
    try:
        ready = calendar_from_wire(calendar.to_wire())
        last = ready.weeks[-1].valid_from
        next_opening(ready, datetime.combine(last, time(), ready.tz), Presence.DESK)
    except NeverOpen:
        return [f"never opens from {last} on"]
    except BadCalendar:  # `flaws` tells of it
        return []
    return []


def ill_founded(calendar: WorkingCalendar, around: Snapshot) -> list[str]:
    """Why it may not stand where it wants to: what lies deeper than LAYERS would hold by no version above."""
    below, base = _below(calendar, around), base_of(calendar, around)
    if base is not None and not _is_as_wide(base, calendar):
        return [f"base: {base.id} is of another scope, or a narrower one"]
    if calendar.id in below:
        return [f"base: {calendar.base} stands on this one"]
    if below and len(below) + _height(calendar.id, around) > LAYERS:
        return [f"base: more than {LAYERS + 1} calendars would stand on each other"]
    above = [each for each in around.calendars() if each.base == calendar.id and each.id != calendar.id]
    return [
        f"scope: {each.id} stands on this one, and would be of another scope, or a wider one"
        for each in above
        if not _is_as_wide(calendar, each)
    ]


def _is_as_wide(base: WorkingCalendar, calendar: WorkingCalendar) -> bool:
    """Of one scope there may be several: a province's offices stand on the province."""
    below, above = base.scope, calendar.scope
    return below.province == above.province and below.unit_id is None and below.org_id in (None, above.org_id)


def _below(calendar: WorkingCalendar, around: Snapshot) -> list[str]:
    """What it stands on, the nearest first, each once."""
    found: list[str] = []
    below: WorkingCalendar | None = calendar
    while below is not None and below.base is not None and below.base not in found:
        found.append(below.base)
        below = around.calendar(below.base)
    return found


def _height(id: str, around: Snapshot) -> int:
    """How many stand above it, each on the next."""
    chains = [_below(each, around) for each in around.calendars()]
    return max((chain.index(id) + 1 for chain in chains if id in chain), default=0)
