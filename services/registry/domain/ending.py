"""A retirement whose day has come: carried out when nothing stands on the entry any more (domain 3).

Until its day people may have filed for what was planned to end. From that day on it is suspended: nobody files for it
any more, what is open comes to its end, and then it is retired.
"""

from typing import TypeVar

from services.contracts.decision import Decision, World
from services.contracts.entry import Entry, Status
from services.registry.domain import life
from services.registry.domain.recording import Asked, published
from services.worktime.jalali import civil_day

E = TypeVar("E", bound=Entry)


class EndWish(Asked):
    """The day has come. `around.users`: what stands on it still."""


def end(known: E | None, wish: EndWish, world: World[None]) -> Decision[E]:
    """Retired, or suspended until nothing stands on it. Nothing, when its retirement was called off meanwhile."""
    today = civil_day(world.now)
    if known is None or not life.retires(known, today):
        return Decision(known)
    reason = next(plan.reason for plan in reversed(known.planned) if plan.since <= today)
    entry = life.came(known, today) if wish.around.users else life.as_of(known, today)
    if wish.around.users and entry.status is Status.ACTIVE:
        entry = entry.model_copy(update={"status": Status.SUSPENDED})
    if entry == known:
        return Decision(known)
    return published(known, entry, world, by=None, reason=reason)
