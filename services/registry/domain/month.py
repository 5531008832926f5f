"""A Jalali month of Tehran days: what agencies report on, and what is frozen of them (domain 11)."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Annotated

from pydantic import StringConstraints

from services.contracts.wire import AsciiDigits
from services.worktime.jalali import jalali_date, parse_jalali, start_of_day

Month = Annotated[str, StringConstraints(pattern=r"^1(39[0-9]|4[0-9]{2})-(0[1-9]|1[0-2])$"), AsciiDigits]
"""`1405-08`: no agency has reported on a month before 1390."""


@lru_cache(maxsize=256)
def span(month: str) -> tuple[datetime, datetime]:
    """The first moment of the month in Tehran, and the first after it."""
    return _begins(month), _begins(_shifted(month, 1))


def month_of(instant: datetime) -> str:
    """The month that has this instant."""
    return jalali_date(instant)[:7].replace("/", "-")


@lru_cache(maxsize=64)
def over_since(instant: datetime, now: datetime) -> tuple[str, ...]:
    """The months that are over `now` and to which something of that instant may belong; mostly none.

    From the month of the instant on: a case that was filed in one has its result in another.
    """
    last = month_of(now)
    months, month = [], month_of(instant)
    while month < last:
        months.append(month)
        month = _shifted(month, 1)
    return tuple(months)


def until(month: str, count: int) -> Iterator[str]:
    """So many months, the last of them this one."""
    return (_shifted(month, back) for back in range(1 - count, 1))


def _begins(month: str) -> datetime:
    return start_of_day(parse_jalali(f"{month}-01"))


def _shifted(month: str, by: int) -> str:
    year, number = map(int, month.split("-"))
    years, place = divmod(number - 1 + by, 12)
    return f"{year + years}-{place + 1:02}"
