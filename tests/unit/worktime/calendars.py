"""Calendars and instants the tests of working time share. 1405/09/02 is a Monday (2026-11-23)."""

from datetime import UTC, date, datetime, timedelta

from services.worktime import Calendar, DayException, DayKind, ExceptionStatus, Interval, WeekPattern, parse_jalali
from services.worktime.jalali import TEHRAN

Hours = tuple[Interval, ...]

FULL: Hours = (Interval(450, 750), Interval(780, 870))  # 07:30-12:30, 13:00-14:30
MORNING: Hours = (Interval(450, 690),)  # 07:30-11:30
NIGHT_AND_DAY: Hours = (Interval(0, 1440),)
SHUT: Hours = ()
LONG_AGO = date(2015, 1, 1)


def week(thursday: Hours = FULL, friday: Hours = SHUT, *, others: Hours = FULL, since: date = LONG_AGO) -> WeekPattern:
    return WeekPattern(since, (others, others, others, others, others, thursday, friday))


def a_calendar(*weeks: WeekPattern, exceptions: tuple[DayException, ...] = ()) -> Calendar:
    return Calendar("tehran.land", 7, weeks or (week(),), exceptions)


FRIDAY_OFF = a_calendar()
THURSDAY_AND_FRIDAY_OFF = a_calendar(week(thursday=SHUT))
THURSDAY_HALF = a_calendar(week(thursday=MORNING))
ALWAYS_OPEN = a_calendar(week(NIGHT_AND_DAY, NIGHT_AND_DAY, others=NIGHT_AND_DAY))


def exception(
    day: str, kind: DayKind, hours: Hours = SHUT, status: ExceptionStatus = ExceptionStatus.CONFIRMED
) -> DayException:
    return DayException(parse_jalali(day), kind, status, "circular 1405/77", hours)


def at(written: str) -> datetime:
    """`1405/09/02 10:00` or `...:30` in Tehran, as an instant in UTC."""
    day, time = written.split()
    hour, minute, *second = (int(part) for part in time.split(":"))
    midnight = datetime.combine(parse_jalali(day), datetime.min.time(), TEHRAN)
    return (midnight + timedelta(hours=hour, minutes=minute, seconds=sum(second))).astimezone(UTC)
