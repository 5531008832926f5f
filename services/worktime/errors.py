"""What can go wrong with working time.

WorktimeError
├── BadCalendar      the calendar contradicts itself; every problem is named (also a ValueError)
├── NotCovered       the instant lies before the first week the calendar knows
├── NeverOpen        three whole years pass without an opening
├── BeyondHorizon    the answer lies more than a century away
├── ClockMisuse      a running clock was started, or a standing one asked to stop or for its due time
└── UnitMismatch     a clock's budget was replaced by one in another unit

None is cured by trying again.
"""

from typing import ClassVar


class WorktimeError(Exception):
    code: ClassVar[str] = "WORKTIME"


class BadCalendar(WorktimeError, ValueError):
    """Names every problem at once, so that an importer mends a calendar in one go."""

    code = "BAD_CALENDAR"

    def __init__(self, calendar_id: str, problems: tuple[str, ...]) -> None:
        super().__init__(f"calendar {calendar_id!r}: " + "; ".join(problems))
        self.calendar_id = calendar_id
        self.problems = problems


class NotCovered(WorktimeError):
    code = "CALENDAR_NOT_COVERED"


class NeverOpen(WorktimeError):
    code = "CALENDAR_NEVER_OPEN"


class BeyondHorizon(WorktimeError):
    code = "CALENDAR_BEYOND_HORIZON"


class ClockMisuse(WorktimeError):
    code = "CLOCK_MISUSE"


class UnitMismatch(WorktimeError):
    code = "CLOCK_UNIT_MISMATCH"
