"""The queue of what waits for a gateway: who comes before whom, and until when it may wait (domain 8).

LEGAL messages, and those that name this very day, come first, then what people were promised, then surveys; of equals
the oldest. A place is one text, so that an index of the store holds the queue in order.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from enum import IntEnum
from typing import Final

from services.contracts.decision import World
from services.contracts.wire import instant_text
from services.notify.domain.hours import allowed_from
from services.notify.domain.message import Message
from services.notify.domain.notices import Purpose
from services.notify.domain.rules import Rules
from services.notify.domain.wording import DATED, UNTIL
from services.worktime.jalali import TEHRAN


class Priority(IntEnum):
    FIRST = 0
    ORDINARY = 1
    LAST = 2


PRIORITY: Final[Mapping[Purpose, Priority]] = {
    Purpose.LEGAL: Priority.FIRST,
    Purpose.SERVICE: Priority.ORDINARY,
    Purpose.SURVEY: Priority.LAST,
}


def place_of(message: Message, world: World[Rules]) -> str:
    """Sorts as the queue goes: by priority, then by age."""
    purpose = world.rules.catalogue.version(message.template_id, message.template_version).purpose
    priority = Priority.FIRST if _names_today(message, world.now) else PRIORITY[purpose]
    return f"{priority:d} {instant_text(message.created_at)}"


def looked_at_again(message: Message, world: World[Rules]) -> datetime:
    """When it must not wait any longer without a look: it expires, or becomes one of those that name this day."""
    ends = message.created_at + world.rules.useful_for(message.notice)
    lapses = [moment for name, moment in _named(message).items() if name in UNTIL]
    comes = [allowed_from(message.notice, _begin(moment)) for moment in _named(message).values()]
    return min((moment for moment in (*lapses, *comes, ends) if moment > world.now), default=ends)


def _names_today(message: Message, now: datetime) -> bool:
    return any(_day(moment) == _day(now) for moment in _named(message).values())


def _named(message: Message) -> Mapping[str, datetime]:
    return {name: datetime.fromisoformat(message.tokens[name]) for name in DATED if name in message.tokens}


def _day(moment: datetime) -> object:
    return moment.astimezone(TEHRAN).date()


def _begin(moment: datetime) -> datetime:
    """Of the day in Tehran."""
    return datetime.combine(moment.astimezone(TEHRAN).date(), time(), TEHRAN).astimezone(UTC)
