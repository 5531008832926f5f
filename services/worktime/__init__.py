"""Working time: calendars, durations in working units, the Clock, Jalali text. Pure; knows contracts at most."""

from services.worktime.arithmetic import (
    Due,
    Duration,
    MovedBy,
    Unit,
    advance,
    elapsed,
    is_open,
    last_open_minute,
    next_opening,
    promise,
)
from services.worktime.calendar import (
    Calendar,
    DayException,
    DayKind,
    ExceptionStatus,
    Interval,
    Presence,
    Weekday,
    WeekPattern,
    day_kind,
    open_intervals,
)
from services.worktime.changes import changed_days, said_of
from services.worktime.clock import Clock
from services.worktime.errors import (
    BadCalendar,
    BeyondHorizon,
    ClockMisuse,
    NeverOpen,
    NotCovered,
    UnitMismatch,
    WorktimeError,
)
from services.worktime.jalali import jalali_date, jalali_long, jalali_sms, jalali_text, parse_jalali
from services.worktime.wire import calendar_from_wire

__all__ = [
    "BadCalendar",
    "BeyondHorizon",
    "Calendar",
    "Clock",
    "ClockMisuse",
    "DayException",
    "DayKind",
    "Due",
    "Duration",
    "ExceptionStatus",
    "Interval",
    "MovedBy",
    "NeverOpen",
    "NotCovered",
    "Presence",
    "Unit",
    "UnitMismatch",
    "WeekPattern",
    "Weekday",
    "WorktimeError",
    "advance",
    "calendar_from_wire",
    "changed_days",
    "day_kind",
    "elapsed",
    "is_open",
    "jalali_date",
    "jalali_long",
    "jalali_sms",
    "jalali_text",
    "last_open_minute",
    "next_opening",
    "open_intervals",
    "parse_jalali",
    "promise",
    "said_of",
]
