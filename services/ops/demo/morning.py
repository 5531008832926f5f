"""A working morning for the demo: at night, and in another year, it means the same."""

from datetime import date, datetime, time, timedelta

from services.contracts.working_calendar import WorkingCalendar
from services.ops import clock
from services.ops.home import Home
from services.ops.province import SAMPLE
from services.ops.province_files import load_province
from services.worktime import Calendar, next_opening
from services.worktime.jalali import TEHRAN
from services.worktime.published import calendar_of

FIRST = datetime(2026, 11, 23, 9, 30, tzinfo=TEHRAN)
"""1405/09/02, a Monday: the day of domain 6's examples."""
LAST = datetime(2027, 3, 1, tzinfo=TEHRAN)
"""From here on the sample province's sheets and holidays run out."""
BEGINS, NOON = time(9, 30), time(12)
"""Between these a morning is left as it is. Before, what takes six working hours might be due on the same day: then no
closure of the next day moves it, and it is broken when the units have gone home."""
OPEN_FOR = timedelta(hours=1)
"""And the offices stay open so long still: on a short day a morning ends before noon, and a day of the demo takes
minutes."""
CALENDAR = "wa-offices"
COUNTY = "urmia"


def set_morning(home: Home) -> datetime:
    """Sets the stack's clock to a working morning, unless it shows one; `now` afterwards."""
    now = clock.now(home)
    wanted = morning_for(now, sample_hours())
    return now if wanted == now else clock.set_to(home, wanted.isoformat())


def morning_for(now: datetime, offices: Calendar) -> datetime:
    """`now` when the offices are open and it is before noon, else their next morning; never back within the sample."""
    if not FIRST <= now <= LAST:
        return FIRST
    return next_morning(now, offices)


def next_morning(now: datetime, offices: Calendar) -> datetime:
    """`now` in an open morning, else when the next one begins."""
    local = now.astimezone(TEHRAN)
    stays_open = all(next_opening(offices, moment) <= moment for moment in (now, now + OPEN_FOR))
    if stays_open and BEGINS <= local.time() < NOON:
        return now
    return first_morning(local.date() + timedelta(days=0 if local.time() < BEGINS else 1), offices)


def first_morning(day: date, offices: Calendar) -> datetime:
    """The first working morning on or after the day."""
    opening = next_opening(offices, datetime.combine(day, time(), TEHRAN)).astimezone(TEHRAN)
    return datetime.combine(opening.date(), BEGINS, TEHRAN)


def sample_hours() -> Calendar:
    """The hours that most of the sample's desks and units keep; the others are open whenever these are."""
    calendars = {entry.id: entry for entry in load_province(SAMPLE) if isinstance(entry, WorkingCalendar)}
    offices = calendars[CALENDAR]
    assert offices.base is not None, "the public holidays stand in the province's calendar"
    holidays = [day.model_copy(update={"layer": day.layer + 1}) for day in calendars[offices.base].exceptions]
    return calendar_of(offices.model_copy(update={"exceptions": (*offices.exceptions, *holidays)}), COUNTY)
