"""Routing, composed."""

from services.routing.api import routes
from services.routing.handlers import CASE, CONSUMES, QUEUE
from services.routing.settings import Settings
from services.routing.store import INDEXES
from services.routing.sweeping import keep_up_with_calendars
from services.routing.waking import Waking
from services.runtime.service import Service


def create(settings: Settings) -> Service:
    rules = settings.rules()
    return Service(
        name="routing",
        settings=settings,
        entities=[CASE, QUEUE],
        consumes=CONSUMES,
        indexes=INDEXES,
        rules=rules,
        background=[keep_up_with_calendars],
        perform=lambda parts: Waking(lambda: parts.door, parts.store).perform,
        api=lambda parts: routes(parts.door, parts.store, parts.snapshot, parts.clock, rules),
    )
