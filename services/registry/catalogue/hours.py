"""When a desk is open, in words: what a catalogue tells of it (domain 10)."""

from datetime import date
from typing import Final

from services.contracts.persian import persian_digits
from services.contracts.working_calendar import WorkingCalendar

_DAYS: Final = {
    "saturday": "شنبه",
    "sunday": "یکشنبه",
    "monday": "دوشنبه",
    "tuesday": "سه‌شنبه",
    "wednesday": "چهارشنبه",
    "thursday": "پنجشنبه",
    "friday": "جمعه",
}


def hours_in_words(calendar: WorkingCalendar, today: date) -> str:
    """The week in force; holidays are not in it. `شنبه ۰۷:۳۰ تا ۱۴:۳۰؛ یکشنبه ...`."""
    begun = [week for week in calendar.weeks if week.valid_from <= today] or [calendar.weeks[0]]
    days = max(begun, key=lambda week: week.valid_from).days
    spans = {day: " و ".join(f"{opens} تا {shuts}" for opens, shuts in days.get(day, ())) for day in _DAYS}
    return "؛ ".join(f"{_DAYS[day]} {persian_digits(said)}" for day, said in spans.items() if said)
