"""A calendar as the registry publishes it, made ready for arithmetic once per version."""

from services.contracts.working_calendar import WorkingCalendar
from services.worktime.calendar import Calendar
from services.worktime.wire import calendar_from_wire

_ready: dict[tuple[int, str | None], tuple[WorkingCalendar, Calendar]] = {}
_KEPT = 512


def calendar_of(entry: WorkingCalendar, county: str | None = None) -> Calendar:
    """The working calendar of a registry entry for a county (domain 6). Raises BadCalendar.

    Remembered per entry object: one agency's hours never stand in for another's (domain 12.21).
    """
    known = _ready.get((id(entry), county))
    if known is not None and known[0] is entry:
        return known[1]
    calendar = calendar_from_wire(entry.to_wire(), county)
    if len(_ready) >= _KEPT:
        _ready.clear()
    _ready[id(entry), county] = (entry, calendar)
    return calendar
