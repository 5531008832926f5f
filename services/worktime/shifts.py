"""On which days of the week, and from when to when, an officer has a shift (I13)."""

from datetime import date

from services.contracts.registry import DeskShift
from services.worktime.calendar import Weekday


def falls_on(shift: DeskShift, day: date) -> bool:
    """Whether the officer serves on that Tehran day. A shift past midnight is two: its hours end at 24:00."""
    return in_time(shift, day) and (not shift.days or Weekday.of(day).name.lower() in shift.days)


def in_time(shift: DeskShift, day: date) -> bool:
    """Whether that day lies between the first and the last day of the shift."""
    return shift.valid_from <= day and (shift.valid_to is None or day <= shift.valid_to)
