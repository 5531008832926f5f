"""Routing, composed."""

from collections.abc import Sequence

from services.routing.api import routes
from services.routing.domain.messages import HeldDemanded
from services.routing.handlers import CASE, CONSUMES, QUEUE, UNIT_DAY
from services.routing.settings import Settings
from services.routing.store import INDEXES
from services.routing.sweeping import keep_up_with_calendars
from services.routing.unit_watch import keep_up_with_units
from services.routing.waking import Waking
from services.runtime.door import Perform
from services.runtime.message import Performed
from services.runtime.service import Parts, Service


def create(settings: Settings) -> Service:
    rules = settings.rules()
    return Service(
        name="routing",
        settings=settings,
        entities=[CASE, QUEUE, UNIT_DAY],
        consumes=CONSUMES,
        indexes=INDEXES,
        rules=rules,
        background=[keep_up_with_calendars, keep_up_with_units],
        perform=performing,
        api=lambda parts: routes(parts.door, parts.store, parts.snapshot, parts.clock, rules),
    )


def performing(parts: Parts) -> Perform:
    """Who waits is told that there is room; what was demanded against the law is counted (I10)."""
    waking = Waking(lambda: parts.door, parts.store, parts.snapshot, parts.clock)

    async def perform(effects: Sequence[Performed]) -> None:
        for performed in effects:
            if isinstance(performed.effect, HeldDemanded):
                parts.metrics.held_demands.inc(performed.effect.count)
        await waking.perform(effects)

    return perform
