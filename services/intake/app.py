"""Intake, composed."""

from services.intake.api import routes
from services.intake.handlers import CONSUMES, ILLEGAL_DEMAND, REQUEST
from services.intake.settings import Settings
from services.intake.store import INDEXES
from services.runtime.service import Service


def create(settings: Settings) -> Service:
    return Service(
        name="intake",
        settings=settings,
        entities=[REQUEST, ILLEGAL_DEMAND],
        consumes=CONSUMES,
        indexes=INDEXES,
        rules=settings.rules(),
        api=lambda parts: routes(
            parts.door,
            parts.store,
            snapshot=parts.snapshot,
            clock=parts.clock,
            log=parts.log,
            settings=settings,
        ),
    )
