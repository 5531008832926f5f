"""The day that a query names."""

from datetime import date

from services.runtime.http import Problem
from services.worktime.jalali import parse_day


def asked_day(text: str, field: str) -> date:
    """A day of our time, `1405/09/02` or `2026-11-23`. Raises Problem BAD_DAY (422), which names the field."""
    try:
        return parse_day(text)
    except ValueError:
        detail = "a day is written 1405/09/02 or 2026-11-23"
        wrong = {"field": f"query.{field}", "code": "BAD_DAY", "detail": detail}
        raise Problem("BAD_DAY", 422, detail, errors=[wrong]) from None
