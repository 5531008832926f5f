"""On which days of the week, and from when to when, an officer has a shift (I13)."""

from datetime import date

from services.contracts.registry import DeskShift
from services.worktime.calendar import Weekday


def falls_on(shift: DeskShift, day: date) -> bool:
    """Whether the officer serves on that Tehran day. A shift past midnight is two: its hours end at 24:00."""
    in_time = shift.valid_from <= day and (shift.valid_to is None or day <= shift.valid_to)
    return in_time and (not shift.days or Weekday.of(day).name.lower() in shift.days)
