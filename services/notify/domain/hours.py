"""Quiet hours: an SMS goes out 07:00-21:00 by Tehran time, a notice that saves a trip 06:00-23:00 (domain 8, 12.10)."""

import zlib
from datetime import UTC, datetime, time, timedelta
from typing import Final

from services.notify.domain.notices import SAVES_A_TRIP, Notice
from services.worktime.jalali import TEHRAN

ORDINARY: Final = (time(7), time(21))
SAVING_A_TRIP: Final = (time(6), time(23))


def allowed_from(notice: Notice, now: datetime) -> datetime:
    """`now` when the notice may go out, else the next moment at which it may. UTC."""
    opens, closes = SAVING_A_TRIP if notice in SAVES_A_TRIP else ORDINARY
    local = now.astimezone(TEHRAN)
    if opens <= local.time() < closes:
        return now
    day = local.date() if local.time() < opens else local.date() + timedelta(days=1)
    return datetime.combine(day, opens, TEHRAN).astimezone(UTC)


def spread(seed: str, within: timedelta) -> timedelta:
    """A delay in [0, within) of whole seconds that follows from the seed: many messages due at once come one by one."""
    return timedelta(seconds=zlib.crc32(seed.encode()) % max(1, int(within.total_seconds())))
