"""The registry, composed."""

from services.registry.api import routes
from services.registry.catalogue.importing import Importer
from services.registry.duty_store import DUTY_INDEXES
from services.registry.handlers import CATALOGUE_IMPORT, CONSUMES, DUTIES, EDITIONS, FILES, IMPORT_PAGE, VISIT
from services.registry.noticing import notice_duties
from services.registry.promises import IntakePromises
from services.registry.settings import Settings
from services.registry.store import INDEXES
from services.registry.sweeping import sweep_daily
from services.registry.visit_report import BY_ORG_DAY
from services.runtime.client import client, until_stopped
from services.runtime.service import Service


def create(settings: Settings) -> Service:
    promises = IntakePromises(client(settings.intake_url))
    importer = Importer()
    return Service(
        name="registry",
        settings=settings,
        entities=[*FILES.values(), *EDITIONS.values(), CATALOGUE_IMPORT, IMPORT_PAGE, VISIT, *DUTIES],
        consumes=CONSUMES,
        indexes={**INDEXES, VISIT.name: [BY_ORG_DAY], **DUTY_INDEXES},
        rules=settings.rules(),
        registry=False,  # it reads its own store; the topics are its copies for the others
        api=lambda parts: routes(parts.door, parts.store, promises, importer, parts.clock),
        background=[notice_duties, sweep_daily, lambda _: until_stopped(promises.close), importer.work],
    )
