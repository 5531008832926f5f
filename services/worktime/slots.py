"""Where slots begin: as many whole ones as each span of open hours holds (domain 3)."""

from datetime import UTC, date, datetime, time, timedelta

from services.worktime.calendar import Calendar, Presence, open_intervals
from services.worktime.errors import WorktimeError


def slot_beginnings(calendar: Calendar, day: date, length: timedelta) -> tuple[datetime, ...]:
    """The beginnings on a local day, in UTC: no slot runs into a break or past the closing.

    None where the desk is shut or the calendar has no answer; a PROVISIONAL day has none either, since new promises
    avoid it (domain 6).
    """
    try:
        hours = open_intervals(calendar, day, Presence.DESK, avoid_provisional=True)
    except WorktimeError:
        return ()
    midnight, minutes = datetime.combine(day, time(), calendar.tz), int(length.total_seconds()) // 60
    starts = (minute for span in hours for minute in range(span.start, span.end - minutes + 1, minutes))
    return tuple((midnight + timedelta(minutes=minute)).astimezone(UTC) for minute in starts)
