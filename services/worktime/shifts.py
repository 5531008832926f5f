"""When an officer has a shift at a desk or in a unit, and whether they are at work there (I13, domain 7)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from services.contracts.entry import Status
from services.contracts.registry import Desk, Officer, Shift, Unit
from services.worktime.arithmetic import is_open
from services.worktime.calendar import Calendar, Presence, Weekday, open_intervals
from services.worktime.errors import WorktimeError
from services.worktime.jalali import TEHRAN, civil_day

AHEAD = 400
"""Days on which a next shift is looked for: more than a year of absence has no end that anybody counts on."""


def on_shift(unit: Unit, officer: Officer, at: datetime, calendar: Calendar) -> bool:
    """Whether the officer works in the unit at that moment; `calendar`: the unit's, for its county.

    Both are in force on that Tehran day, the staff is at work, and the officer is not away and has the shift
    (`has_shift`).
    """
    day = civil_day(at)
    if officer.unit_id != unit.id or officer.absent_on(day) or not _in_force(unit, officer, day):
        return False
    try:
        return is_open(calendar, at) and has_shift(unit.shifts, officer.id, at)
    except WorktimeError:
        return False


def next_on_shift(unit: Unit, officer: Officer, at: datetime, calendar: Calendar) -> datetime | None:
    """The first moment from `at` on, in UTC, at which the officer is on shift there; None within 400 days."""
    if on_shift(unit, officer, at, calendar):
        return at.astimezone(UTC)
    first = civil_day(at)
    for day in (first + timedelta(days=number) for number in range(AHEAD)):
        if not officer.absent_on(day) and _in_force(unit, officer, day):
            for moment in sorted(_turns(unit, day, calendar)):
                if moment > at and on_shift(unit, officer, moment, calendar):
                    return moment.astimezone(UTC)
    return None


def _in_force(unit: Unit, officer: Officer, day: date) -> bool:
    return unit.status_on(day) is Status.ACTIVE and officer.status_on(day) is Status.ACTIVE


def _turns(unit: Unit, day: date, calendar: Calendar) -> Iterator[datetime]:
    """The moments of a day at which somebody may come on duty: an opening, the begin of a shift, or the end of one in
    somebody's place."""
    try:
        openings = {span.start for span in open_intervals(calendar, day, Presence.STAFF)}
    except WorktimeError:
        return
    shifts = {_minute(end) for shift in unit.shifts for span in shift.intervals for end in span}
    midnight = datetime.combine(day, time(), TEHRAN)
    for minute in openings | shifts:
        yield midnight + timedelta(minutes=minute)


def _minute(written: str) -> int:
    hour, _, minute = written.partition(":")
    return int(hour) * 60 + int(minute)


def has_shift(shifts: Sequence[Shift], officer_id: str, *moments: datetime) -> bool:
    """Whether the officer serves there at all these moments, which lie within one shift.

    Where no shifts are named, whoever works there serves in its open hours. A substitute's shift says who serves in
    somebody's place, and of nobody else that they do not: where no other is named it takes off duty whom they stand in
    for, then, and all others serve as before.
    """
    if any(all(covers(shift, officer_id, moment) for moment in moments) for shift in shifts):
        return True
    if any(shift.substitute_for is None for shift in shifts):
        return False
    instead = [shift for shift in shifts if shift.substitute_for == officer_id]
    return not any(covers(shift, shift.officer_id, moment) for shift in instead for moment in moments)


def covers(shift: Shift, officer_id: str, moment: datetime) -> bool:
    """Whether it is this officer's shift, at this moment."""
    local = moment.astimezone(TEHRAN)
    day, clock = local.date(), f"{local:%H:%M}"
    return (
        shift.officer_id == officer_id
        and falls_on(shift, day)
        and (not shift.intervals or any(start <= clock < end for start, end in shift.intervals))
    )


def heads(place: Desk | Unit, officer_id: str, moment: datetime) -> bool:
    """Whether the officer has the head's say at that moment: they are the head, or have a shift in their place."""
    return officer_id == place.head_officer_id or any(
        shift.substitute_for is not None
        and shift.substitute_for == place.head_officer_id
        and covers(shift, officer_id, moment)
        for shift in place.shifts
    )


def falls_on(shift: Shift, day: date) -> bool:
    """Whether the officer serves on that Tehran day. A shift past midnight is two: its hours end at 24:00."""
    return in_time(shift, day) and (not shift.days or Weekday.of(day).name.lower() in shift.days)


def in_time(shift: Shift, day: date) -> bool:
    """Whether that day lies between the first and the last day of the shift."""
    return shift.valid_from <= day and (shift.valid_to is None or day <= shift.valid_to)
