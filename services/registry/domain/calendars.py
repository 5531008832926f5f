"""Working calendars: weeks of their own, exceptions with status and source, and what they inherit (domain 6).

A calendar may stand on another, of a wider scope. What is published is whole: a version tells all that holds by it, so
nobody puts two calendars together again. When the lower one changes, it tells those that stand on it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from services.contracts.decision import Decision, Refused, TimerFired, World
from services.contracts.entry import Reason
from services.contracts.wire import Command, Day, TypedId
from services.contracts.working_calendar import DayException, DayKind, Hours, WorkingCalendar, gathered, spread
from services.registry.domain import against, ending, life, recording
from services.registry.domain.calendar_base import (
    base_of,
    flaws,
    ill_founded,
    inherited_days,
    inheriting,
    never_opens,
    numbered,
)
from services.registry.domain.calendar_days import (
    ahead,
    certain_stays,
    decided,
    illegal,
    own_day,
    past_stays,
    provisional_days,
    unconfirmed,
)
from services.registry.domain.calendar_file import CalendarFile, linked, published
from services.registry.domain.calendar_length import not_too_long
from services.registry.domain.ending import EndWish
from services.registry.domain.officers import of_agency_or_above
from services.registry.domain.recording import Asked, StatusWish, Wish
from services.worktime.jalali import civil_day

CONFIRMED = "calendar.exception-confirmed"


class NewException(Command):
    """A day that differs, in some counties or everywhere."""

    date: Day
    kind: DayKind
    intervals: Hours = ()
    source: Reason
    counties: tuple[TypedId, ...] = Field(default=(), max_length=100)


class AddExceptions(Command):
    """POST /v1/calendars/{id}/exceptions: closures, short days, days from home, make-up days; also for tomorrow."""

    exceptions: tuple[NewException, ...] = Field(min_length=1, max_length=400)
    status: Literal["PROVISIONAL", "CONFIRMED"] = "CONFIRMED"
    officer_id: TypedId


class ConfirmException(Command):
    """POST /v1/calendars/{id}/exceptions/confirm: a provisional day is certain now."""

    date: Day
    county: TypedId | None = None
    officer_id: TypedId


class WithdrawException(Command):
    """POST /v1/calendars/{id}/exceptions/withdraw: it does not take place after all."""

    date: Day
    county: TypedId | None = None
    reason: Reason
    officer_id: TypedId


class AddWish(Asked):
    command: AddExceptions


class ConfirmWish(Asked):
    command: ConfirmException


class WithdrawWish(Asked):
    command: WithdrawException


def record(file: CalendarFile | None, wish: Wish, world: World[None]) -> Decision[CalendarFile]:
    """As of any entry (`recording.record`); inherited exceptions are not written but taken from the base.

    Besides what that refuses: BY_COMMAND (422: a day becomes certain by the word of a named officer), and from its
    second version on IN_THE_PAST (422: what held on days that are over), ZONE_FIXED and ILLEGAL_MOVE (what is certain
    does not become provisional).
    """
    wanted: WorkingCalendar = wish.entry
    known = file.published if file else None
    file = file or CalendarFile(id=wanted.id)
    own = tuple(exception for exception in wanted.exceptions if exception.layer == 0)
    base = base_of(wanted, wish.around.entries)
    kept = known is not None and wanted.base == known.base and (base is None or base.version <= file.base_version)
    moved = known is not None and wanted.base != known.base
    since = civil_day(world.now) if moved else file.base_since
    inherited = inherited_days(known) if kept else inheriting(known, base.exceptions if base else (), since)
    entry = wanted.model_copy(update={"exceptions": (*own, *inherited)})
    if known is not None:
        known = known.model_copy(update={"exceptions": gathered(known.exceptions)})
    found = [*flaws(entry), *numbered(known, entry), *never_opens(entry), *ill_founded(entry, wish.around.entries)]
    if found:
        raise Refused("INCOMPLETE", "the calendar is not complete", status=422, flaws=found)
    entry = entry.model_copy(update={"exceptions": _days_of(entry, known)})
    not_too_long(known, entry, since)
    done = recording.record(known, wish.model_copy(update={"entry": entry}), world)
    if known is not None and done.events:
        past_stays(known, entry, world)
        certain_stays(known, entry)
    if done.events:
        unconfirmed(known, entry, wish.by, civil_day(world.now))
    told = published(file, done)
    if not kept:
        told = _with(told, base_version=base.version if base else 0, base_since=since)
    return linked(told, known.base if known else None)


def add_exceptions(file: CalendarFile | None, wish: AddWish, world: World[None]) -> Decision[CalendarFile]:
    """The days as given, in place of what the calendar itself said of them; what was provisional is confirmed by it.

    Refused: NOT_FOUND, UNKNOWN_OFFICER (422), NOT_AUTHORISED (403), UNKNOWN_COUNTY (422, with `names`: nothing that is
    recorded stands there), IN_THE_PAST (422), INCOMPLETE (422), ILLEGAL_MOVE
    (what is certain does not become provisional).
    """
    calendar, command = known_calendar(file), wish.command
    of_agency_or_above(wish.around.entries, command.officer_id, calendar.org_id)
    against.in_no_county(wish.around.nowhere)
    ahead((day.date for day in command.exceptions), world)
    wanted = added(calendar, command)
    certain_stays(calendar, wanted)
    confirmed = command.status == "CONFIRMED" and provisional_days(calendar) - provisional_days(wanted)
    return _changed(file, wanted, command.officer_id, world, moves=(CONFIRMED,) if confirmed else ())


def added(calendar: WorkingCalendar, command: AddExceptions) -> WorkingCalendar:
    """The calendar with these days, each for every county that it names."""
    new = [
        DayException(
            date=day.date,
            kind=day.kind,
            intervals=day.intervals,
            status=command.status,
            source=day.source,
            county=county,
        )
        for day in command.exceptions
        for county in (day.counties or (None,))
    ]
    places = {(day.date, day.county) for day in new}
    kept = [day for day in spread(calendar.exceptions) if day.layer or (day.date, day.county) not in places]
    return calendar.model_copy(update={"exceptions": _sorted((*new, *kept))})


def confirm_exception(file: CalendarFile | None, wish: ConfirmWish, world: World[None]) -> Decision[CalendarFile]:
    """PROVISIONAL -> CONFIRMED, by a named officer: only now are promises moved for it.

    Refused: NOT_FOUND, NO_SUCH_DAY (404), ILLEGAL_MOVE, IN_THE_PAST, UNKNOWN_OFFICER (422), NOT_AUTHORISED (403).
    """
    calendar, command = known_calendar(file), wish.command
    of_agency_or_above(wish.around.entries, command.officer_id, calendar.org_id)
    day = own_day(calendar, command.date, command.county)
    ahead((day.date,), world)
    if day.status != "PROVISIONAL":
        raise illegal(day, "CONFIRMED")
    certain = day.model_copy(update={"status": "CONFIRMED"})
    exceptions = tuple(certain if known is day else known for known in calendar.exceptions)
    wanted = calendar.model_copy(update={"exceptions": exceptions})
    return _changed(file, wanted, command.officer_id, world, moves=(CONFIRMED,))


def withdraw_exception(file: CalendarFile | None, wish: WithdrawWish, world: World[None]) -> Decision[CalendarFile]:
    """The day is as its week, or as the calendar below says. What was, stays in the history.

    Refused: NOT_FOUND, NO_SUCH_DAY (404), IN_THE_PAST, UNKNOWN_OFFICER (422), NOT_AUTHORISED (403).
    """
    calendar, command = known_calendar(file), wish.command
    of_agency_or_above(wish.around.entries, command.officer_id, calendar.org_id)
    day = own_day(calendar, command.date, command.county)
    ahead((day.date,), world)
    left = tuple(known for known in calendar.exceptions if known is not day)
    wanted = calendar.model_copy(update={"exceptions": left})
    return _changed(file, wanted, command.officer_id, world, reason=command.reason)


def change_status(file: CalendarFile | None, wish: StatusWish, world: World[None]) -> Decision[CalendarFile]:
    """As of any entry: what desks, units, kiosks or other calendars stand on is not retired (IN_USE)."""
    done = recording.change_status(file.published if file else None, wish, world)
    assert file is not None, "what is not there has no life"
    return published(file, done)


def day_came(file: CalendarFile | None, message: TimerFired, world: World[None]) -> Decision[CalendarFile]:
    return published(file, recording.day_came(file.published, message, world)) if file else Decision(None)


def end(file: CalendarFile | None, wish: EndWish, world: World[None]) -> Decision[CalendarFile]:
    """Its planned day has come: as of any entry that cases stand on (`ending.py`)."""
    return published(file, ending.end(file.published, wish, world)) if file else Decision(None)


def due_times(file: CalendarFile) -> Mapping[str, datetime]:
    return life.due_times(file.published) if file.published else {}


def _changed(
    file: CalendarFile | None,
    wanted: WorkingCalendar,
    by: str,
    world: World[None],
    *,
    reason: str | None = None,
    moves: tuple[str, ...] = (),
) -> Decision[CalendarFile]:
    assert file is not None
    assert file.published is not None
    known = file.published
    had = flaws(known)
    found = [*(flaw for flaw in flaws(wanted) if flaw not in had), *numbered(known, wanted)]
    if found:
        raise Refused("INCOMPLETE", "the calendar is not complete", status=422, flaws=found)
    wanted = wanted.model_copy(update={"exceptions": _days_of(wanted, known)})
    not_too_long(known, wanted, file.base_since)
    if wanted == known:
        return Decision(file, answer={"id": known.id, "version": known.version, "recorded": False})
    return published(file, recording.published(known, wanted, world, by=by, reason=reason, moves=moves))


def _with(done: Decision[CalendarFile], **update: Any) -> Decision[CalendarFile]:
    assert done.state is not None
    state = done.state.model_copy(update=update)
    return Decision(state, events=done.events, sends=done.sends, answer=done.answer)


def _days_of(wanted: WorkingCalendar, known: WorkingCalendar | None) -> tuple[DayException, ...]:
    """Each once, with its decision; the same days as known in another order are no change, and stay in theirs."""
    days = gathered(decided(wanted, known))
    return known.exceptions if known is not None and set(days) == set(known.exceptions) else days


def _sorted(exceptions: Iterable[DayException]) -> tuple[DayException, ...]:
    return tuple(sorted(exceptions, key=lambda day: (day.layer, day.date, day.county or "")))


def known_calendar(file: CalendarFile | None) -> WorkingCalendar:
    if file is None or file.published is None:
        raise Refused("NOT_FOUND", "there is no such calendar", status=404)
    return file.published.model_copy(update={"exceptions": spread(file.published.exceptions)})
