"""Whether an officer serves at their desk at this hour (I13)."""

from datetime import datetime

from services.contracts.decision import Refused, World
from services.contracts.registry import Desk, DeskShift, Officer
from services.intake.domain.in_service import in_service
from services.intake.domain.rules import Rules
from services.intake.domain.standing import desk_calendar
from services.worktime import Presence, WorktimeError, is_open
from services.worktime.jalali import TEHRAN
from services.worktime.shifts import falls_on


def on_shift(world: World[Rules], officer: Officer) -> None:
    """Raises Refused NOT_ON_SHIFT (403) while the officer's desk is shut, or out of service, and when somebody else has
    the shift there.

    A desk that names no shifts is served in its open hours by whoever works there (`has_shift`). What is filed
    electronically is the permanent desk's from then on; it is decided where the officer stands all the same.
    """
    desk = world.registry.desk(officer.desk_id)
    if desk is None or not in_service(desk, world.now) or not _is_open(world, desk):
        raise Refused("NOT_ON_SHIFT", "the desk is shut at this hour, or out of service", status=403)
    if not has_shift(desk, officer.id, world.now):
        raise Refused("NOT_ON_SHIFT", "the officer has no shift at this desk now", status=403)


def has_shift(desk: Desk, officer_id: str, *moments: datetime) -> bool:
    """Whether the officer serves there at all these moments, which lie within one shift.

    A substitute's shift says who serves in somebody's place, and of nobody else that they do not: at a desk that names
    no other it takes off duty whom they stand in for, then, and all others serve as before.
    """
    if any(all(covers(shift, officer_id, moment) for moment in moments) for shift in desk.shifts):
        return True
    if any(shift.substitute_for is None for shift in desk.shifts):
        return False
    instead = [shift for shift in desk.shifts if shift.substitute_for == officer_id]
    return not any(covers(shift, shift.officer_id, moment) for shift in instead for moment in moments)


def covers(shift: DeskShift, officer_id: str, moment: datetime) -> bool:
    """Whether it is this officer's shift, at this moment."""
    local = moment.astimezone(TEHRAN)
    day, time = local.date(), f"{local:%H:%M}"
    return (
        shift.officer_id == officer_id
        and falls_on(shift, day)
        and (not shift.intervals or any(start <= time < end for start, end in shift.intervals))
    )


def _is_open(world: World[Rules], desk: Desk) -> bool:
    calendar = desk_calendar(world.registry, desk)
    try:
        return calendar is not None and is_open(calendar, world.now, Presence.DESK)
    except WorktimeError:
        return False
