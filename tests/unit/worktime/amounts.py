"""Amounts of working time."""

from services.worktime import Duration, Unit


def days(value: int) -> Duration:
    return Duration(value, Unit.WORKING_DAYS)


def hours(value: int) -> Duration:
    return Duration(value, Unit.WORKING_HOURS)
