"""When an officer has a shift at a desk or in a unit, and whether they are at work there (I13, domain 7)."""

from collections.abc import Sequence
from datetime import date, datetime

from services.contracts.registry import Desk, Shift, Unit
from services.worktime.calendar import Weekday
from services.worktime.jalali import TEHRAN


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


def has_shift_on(shifts: Sequence[Shift], officer_id: str, day: date) -> bool:
    """Whether the officer serves there at some hour of that Tehran day, as `has_shift` has it."""
    if any(shift.officer_id == officer_id and falls_on(shift, day) for shift in shifts):
        return True
    if any(shift.substitute_for is None for shift in shifts):
        return False
    instead = (shift for shift in shifts if shift.substitute_for == officer_id)
    return not any(falls_on(shift, day) and not shift.intervals for shift in instead)


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
