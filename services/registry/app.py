"""The registry, composed."""

from services.registry.api import routes
from services.registry.handlers import CONSUMES, EDITIONS, FILES
from services.registry.promises import IntakePromises
from services.registry.settings import Settings
from services.registry.store import INDEXES
from services.runtime.client import client, until_stopped
from services.runtime.service import Service


def create(settings: Settings) -> Service:
    promises = IntakePromises(client(settings.intake_url))
    return Service(
        name="registry",
        settings=settings,
        entities=[*FILES.values(), *EDITIONS.values()],
        consumes=CONSUMES,
        indexes=INDEXES,
        rules=None,
        registry=False,  # it reads its own store; the topics are its copies for the others
        api=lambda parts: routes(parts.door, parts.store, promises),
        background=[lambda _: until_stopped(promises.close)],
    )
