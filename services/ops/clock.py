"""The development clock: one file moves every service's `now`, so that a demo at night starts on a working morning."""

import json
import re
from datetime import UTC, datetime, timedelta

from services.ops.errors import StackError
from services.ops.home import Home, write_private
from services.worktime.jalali import TEHRAN, jalali_text

UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}
LONGEST = timedelta(days=366 * 20)


def offset(home: Home) -> timedelta:
    """How far the services' clock is from the machine's; nothing set = zero."""
    try:
        return timedelta(seconds=json.loads(home.clock.read_text())["offsetSeconds"])
    except FileNotFoundError:
        return timedelta(0)


def now(home: Home) -> datetime:
    """The services' `now`, UTC."""
    return datetime.now(UTC) + offset(home)


def set_to(home: Home, instant: str) -> datetime:
    """Sets the clock to an ISO instant, Tehran time if it names no zone. Raises StackError."""
    try:
        wanted = datetime.fromisoformat(instant)
    except ValueError as error:
        raise StackError(f"{instant} is not a time such as 2026-11-23T08:30") from error
    if wanted.tzinfo is None:
        wanted = wanted.replace(tzinfo=TEHRAN)
    return _move_by(home, wanted - datetime.now(UTC))


def advance(home: Home, amount: str) -> datetime:
    """Moves the clock on by an amount such as 90s, 45m, 2h, 3d or 1d12h. Raises StackError."""
    return _move_by(home, offset(home) + duration(amount))


def duration(amount: str) -> timedelta:
    """`1d12h` as a duration. Raises StackError."""
    if not re.fullmatch(r"([0-9]+[dhms])+", amount):
        raise StackError(f"{amount} is not an amount of time such as 45m, 2h, 3d or 1d12h")
    return sum((int(count) * UNITS[unit] for count, unit in re.findall(r"([0-9]+)([dhms])", amount)), timedelta(0))


def shown(instant: datetime) -> str:
    """The instant as people in Tehran read it, with the Jalali date beside."""
    return f"{instant.astimezone(TEHRAN):%Y-%m-%d %H:%M:%S} Tehran ({jalali_text(instant)})"


def went_back(before: datetime) -> str:
    """What it means that the clock shows less than before."""
    return (
        f"The clock went back; it showed {shown(before)}. Timers that have fired do not fire again, and what was "
        "recorded later looks as if it came from the future."
    )


def _move_by(home: Home, by: timedelta) -> datetime:
    if abs(by) > LONGEST:
        raise StackError("the clock moves twenty years at most")
    home.make()
    write_private(home.clock, json.dumps({"offsetSeconds": by.total_seconds()}))
    return now(home)
