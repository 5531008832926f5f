"""The slots of a desk: which there are on a day, with which officer, and whether one that was given still stands.

They follow from the registry as it is now (the desk's hours and shifts, who is in service) and are stored nowhere; what
is stored is who has booked (`desk_slots`).
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from services.contracts.entry import Status
from services.contracts.registry import Desk, Shift
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import CalendarRef, ChangedDay
from services.intake.domain.desk_time import A_SECOND
from services.intake.domain.in_service import in_service
from services.intake.domain.standing import desk_calendar
from services.worktime import Calendar, Presence, WorktimeError, is_open, said_of
from services.worktime.jalali import civil_day
from services.worktime.shifts import covers, has_shift
from services.worktime.slots import slot_beginnings


class Slot(NamedTuple):
    """Half-open, as all intervals are."""

    at: datetime
    until: datetime
    officer_id: str
    stands_in_for: tuple[str, ...] = ()
    """Officers who are not there then, and whose bookings this one serves."""


def slots_of(registry: Snapshot, desk_id: str, day: date, length: timedelta) -> Iterator[Slot]:
    """Every slot of a desk on a day, taken or not: by time, then by officer. None where the desk does not open.

    A PROVISIONAL day has none: new promises avoid it (domain 6).
    """
    for at in _beginnings(registry, desk_id, day, length):
        yield from slots_at(registry, desk_id, at, length)


def slots_at(registry: Snapshot, desk_id: str, at: datetime, length: timedelta) -> Iterator[Slot]:
    """One for each officer on duty, if a slot of the desk begins at that moment."""
    desk = registry.desk(desk_id)
    if desk is not None and at in _beginnings(registry, desk_id, civil_day(at), length):
        for officer_id in sorted(officer.id for officer in registry.officers_at(desk_id)):
            if _on_duty(registry, desk, officer_id, at, at + length):
                absent = tuple(_stood_in_for(registry, desk, officer_id, at, at + length))
                yield Slot(at, at + length, officer_id, absent)


def stands(
    registry: Snapshot,
    desk_id: str,
    at: datetime,
    until: datetime,
    officer_id: str | None = None,
    people: Sequence[str] = (),
) -> bool:
    """Whether a visit can be served as promised: the desk is open from `at` to `until`, its officer there, or who
    stands in for them; `people`: whom it is for, by reference, so that none serves somebody they have declared (I8).

    What the registry does not say, a calendar that is still on its way, is held against nobody; a PROVISIONAL day
    changes nothing yet (domain 6).
    """
    desk = registry.desk(desk_id)
    if desk is None:
        return True
    if _shut_by(registry, desk, at, until) is not None or not in_service(desk, at):
        return False
    if officer_id is None or registry.officer(officer_id) is None:
        return True
    officers = (officer_id, *instead_of(desk, officer_id, at, until))
    return any(may_serve(registry, desk, one, at, until, people) for one in officers)


def instead_of(desk: Desk, officer_id: str, at: datetime, until: datetime) -> tuple[str, ...]:
    """Who stands in for an officer there then: on the days and in the hours of that shift alone."""
    shifts = (shift for shift in desk.shifts if shift.substitute_for == officer_id)
    return tuple(shift.officer_id for shift in shifts if _is_theirs(shift, shift.officer_id, at, until))


def may_serve(
    registry: Snapshot, desk: Desk, officer_id: str, at: datetime, until: datetime, people: Sequence[str]
) -> bool:
    """Whether the officer themselves is at the desk then, and has declared none of these people (I8)."""
    return _on_duty(registry, desk, officer_id, at, until) and not declared(registry, officer_id, people)


def shut(registry: Snapshot, desk: Desk, at: datetime, until: datetime) -> tuple[CalendarRef | None, ChangedDay | None]:
    """The calendar by which the desk is shut at one end of that time, and the day by whose decision it is.

    Neither where it is open, or away itself, or nobody knows; no day where its week is so, or that was not noted.
    """
    calendar = _shut_by(registry, desk, at, until)
    if calendar is None:
        return None, None
    return CalendarRef(id=calendar.id, version=calendar.version), said_of(calendar, civil_day(at))


def _shut_by(registry: Snapshot, desk: Desk, at: datetime, until: datetime) -> Calendar | None:
    calendar = desk_calendar(registry, desk)
    try:
        if calendar is None or all(is_open(calendar, end, Presence.DESK) for end in (at, until - A_SECOND)):
            return None
    except WorktimeError:
        return None
    return calendar


def declared(registry: Snapshot, officer_id: str, people: Sequence[str]) -> bool:
    """Whether the officer has declared one of these people (I8)."""
    officer = registry.officer(officer_id)
    return officer is not None and officer.in_conflict(*people)


def _beginnings(registry: Snapshot, desk_id: str, day: date, length: timedelta) -> tuple[datetime, ...]:
    """Of its slots on that day; none while it is not in service."""

    def look_up() -> tuple[datetime, ...]:
        desk = registry.desk(desk_id)
        calendar = desk_calendar(registry, desk) if desk else None
        if desk is None or calendar is None or desk.status_on(day) is not Status.ACTIVE:
            return ()
        return slot_beginnings(calendar, day, length)

    return registry.once(("slots", desk_id, day, length), look_up)


def _stood_in_for(registry: Snapshot, desk: Desk, officer_id: str, at: datetime, until: datetime) -> Iterator[str]:
    for shift in desk.shifts:
        absent = shift.substitute_for
        if absent and _is_theirs(shift, officer_id, at, until) and not _on_duty(registry, desk, absent, at, until):
            yield absent


def _on_duty(registry: Snapshot, desk: Desk, officer_id: str, at: datetime, until: datetime) -> bool:
    """In service on that day and not away, at this desk, and with the shift from `at` on until `until`."""
    officer = registry.officer(officer_id)
    if officer is None or officer.desk_id != desk.id or not in_service(officer, at) or officer.absent_on(civil_day(at)):
        return False
    return has_shift(desk.shifts, officer_id, at, until - A_SECOND)


def _is_theirs(shift: Shift, officer_id: str, at: datetime, until: datetime) -> bool:
    """Whether it is this officer's shift, from `at` on until `until`."""
    return all(covers(shift, officer_id, end) for end in (at, until - A_SECOND))
