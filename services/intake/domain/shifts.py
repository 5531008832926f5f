"""Whether an officer serves at their desk at this hour (I13)."""

from services.contracts.decision import Refused, World
from services.contracts.registry import Desk, Officer
from services.intake.domain.in_service import in_service
from services.intake.domain.rules import Rules
from services.intake.domain.standing import desk_calendar
from services.worktime import Presence, WorktimeError, is_open
from services.worktime.jalali import civil_day
from services.worktime.shifts import has_shift


def on_shift(world: World[Rules], officer: Officer) -> None:
    """Raises Refused NOT_ON_SHIFT (403) while the officer is away, their desk is shut, or out of service, and when
    somebody else has the shift there.

    A desk that names no shifts is served in its open hours by whoever works there (`has_shift`). What is filed
    electronically is the permanent desk's from then on; it is decided where the officer stands all the same.
    """
    desk = world.registry.desk(officer.desk_id)
    if officer.absent_on(civil_day(world.now)):
        raise Refused("NOT_ON_SHIFT", "the officer is away today", status=403)
    if desk is None or not in_service(desk, world.now) or not _is_open(world, desk):
        raise Refused("NOT_ON_SHIFT", "the desk is shut at this hour, or out of service", status=403)
    if not has_shift(desk.shifts, officer.id, world.now):
        raise Refused("NOT_ON_SHIFT", "the officer has no shift at this desk now", status=403)


def _is_open(world: World[Rules], desk: Desk) -> bool:
    calendar = desk_calendar(world.registry, desk)
    try:
        return calendar is not None and is_open(calendar, world.now, Presence.DESK)
    except WorktimeError:
        return False
