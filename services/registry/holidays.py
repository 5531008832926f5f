"""Public holidays of a Jalali year, from the library of that name: proposed, to be confirmed day by day (domain 6)."""

from datetime import date

from services.contracts.working_calendar import DayKind, WorkingCalendar
from services.registry.domain.calendars import AddExceptions, NewException
from services.registry.domain.preview import year_of
from services.worktime.jalali import jalali_date

SOURCE = "کتابخانهٔ holidays"


def proposed(calendar: WorkingCalendar, jalali_year: int, today: date, officer_id: str) -> AddExceptions | None:
    """The holidays ahead of which neither the calendar nor one below it says anything, PROVISIONAL; None if none.

    Lunar days rest on a forecast of the moon; the library tells so in its names. Raises ValueError for a year out of
    reach.
    """
    import holidays  # loads the calendars of every country: only when it is wanted

    first, end = year_of(jalali_year)
    known = {day.date for day in calendar.exceptions if day.county is None}
    found = holidays.country_holidays("IR", years=range(first.year, end.year + 1), language="fa_IR")
    days = sorted(day for day in found if max(first, today) <= day < end and day not in known)
    if not days:
        return None
    return AddExceptions(
        exceptions=tuple(
            NewException(date=day, kind=DayKind.CLOSED, source=f"{SOURCE}، {jalali_date(day)}: {found[day]}"[:300])
            for day in days
        ),
        status="PROVISIONAL",
        officer_id=officer_id,
    )
