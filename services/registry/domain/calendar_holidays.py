"""Public holidays are proposed, and become PROVISIONAL days of a calendar (domain 6)."""

from pydantic import Field

from services.contracts.decision import Decision, World
from services.contracts.wire import Command, TypedId
from services.registry.domain.calendar_file import CalendarFile
from services.registry.domain.calendars import AddExceptions, AddWish, add_exceptions, known_calendar
from services.registry.domain.officers import of_agency_or_above
from services.registry.domain.recording import Asked


class ImportHolidays(Command):
    """POST /v1/calendars/{id}/holidays: the public holidays of a Jalali year, PROVISIONAL until confirmed."""

    year: int = Field(ge=1300, le=1499)
    officer_id: TypedId


class HolidaysWish(Asked):
    """`days`: those that were not known when the call came; when it is repeated they are, and it is the same call."""

    command: ImportHolidays
    days: AddExceptions | None = Field(exclude=True)


def import_holidays(file: CalendarFile | None, wish: HolidaysWish, world: World[None]) -> Decision[CalendarFile]:
    """The days as `add_exceptions` has them. Refused as there."""
    calendar = known_calendar(file)
    if wish.days is None:
        of_agency_or_above(wish.around.entries, wish.command.officer_id, calendar.org_id)
        return Decision(
            file, answer={"id": calendar.id, "version": calendar.version, "recorded": False, "proposed": []}
        )
    done = add_exceptions(file, AddWish(command=wish.days, around=wish.around), world)
    days = [day.date.isoformat() for day in wish.days.exceptions]
    return Decision(done.state, events=done.events, sends=done.sends, answer={**(done.answer or {}), "proposed": days})
