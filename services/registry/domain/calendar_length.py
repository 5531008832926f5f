"""How long a calendar may be: those that stand on each other fit into one event, whichever of them grows (domain 6)."""

from datetime import date

from services.contracts.decision import Refused
from services.contracts.working_calendar import WorkingCalendar

ON_ITS_OWN, ABOVE = 120 * 1024, 60 * 1024
"""Bytes of what a calendar says itself: of one that stands on none, and of any other. One of the first and two of the
others are less than an event may have; so none that grows is ever in the way of one that stands on it."""


def not_too_long(known: WorkingCalendar | None, wanted: WorkingCalendar, since: date | None) -> None:
    """Raises Refused TOO_MANY_DAYS (422), unless it takes something away. `since`: from when on it has its base's days.

    Days that are over, of a base before, count as its own: it alone keeps them.
    """
    most = ABOVE if wanted.base else ON_ITS_OWN
    size = _size(wanted, since)
    shrinks = known is not None and known.base == wanted.base and size <= _size(known, since)
    if size > most and not shrinks:
        said = f"its own weeks and days take {size} bytes of the {most} that a calendar may have"
        raise Refused("TOO_MANY_DAYS", f"{said}; say what holds in several counties as one day", status=422)


def _size(calendar: WorkingCalendar, since: date | None) -> int:
    own = (day for day in calendar.exceptions if not day.layer or (since is not None and day.date < since))
    return len(calendar.model_copy(update={"exceptions": tuple(own)}).to_json())
