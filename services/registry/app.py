"""The registry, composed."""

from datetime import timedelta

from services.registry.api import routes
from services.registry.broker_access import BrokerAccess
from services.registry.catalogue.importing import Importer
from services.registry.credentials import Issuer
from services.registry.domain.access import PartnerAccess
from services.registry.duty_store import DUTY_INDEXES
from services.registry.followers import IntakeFollows
from services.registry.handlers import (
    CATALOGUE_IMPORT,
    CLAIM,
    CONSUMES,
    DUTIES,
    EDITIONS,
    FILES,
    IMPORT_PAGE,
    PARTNER_ACCESS,
    REPORTS,
    SHEET_DRAFT,
)
from services.registry.noticing import notice_duties
from services.registry.people import IntakePeople
from services.registry.promises import IntakePromises
from services.registry.recounting import recount_late
from services.registry.report_store import REPORT_INDEXES
from services.registry.retiring import retire_planned
from services.registry.routed import SECONDS, RoutedCases
from services.registry.settings import Settings
from services.registry.store import INDEXES
from services.registry.sweeping import sweep_daily
from services.runtime.client import client, until_stopped
from services.runtime.service import Parts, Service


def create(settings: Settings) -> Service:
    promises, people = IntakePromises(client(settings.intake_url)), IntakePeople(client(settings.intake_url))
    intake = IntakeFollows(client(settings.intake_url))
    routed = RoutedCases(client(settings.routing_url, timeout=SECONDS))
    importer = Importer()
    issuer = Issuer(settings.access_bytes())

    def broker(parts: Parts) -> BrokerAccess:
        async def look(partner: str) -> PartnerAccess | None:
            stored = await parts.store.get(PARTNER_ACCESS, partner)
            return stored.state if stored else None

        return BrokerAccess(
            settings.kafka_bootstrap,
            issuer,
            settings.quota(),
            look=look,
            report=lambda partner, word: parts.door.report(PARTNER_ACCESS, partner, word),
            log=parts.log,
        )

    return Service(
        name="registry",
        settings=settings,
        entities=[
            *FILES.values(),
            *EDITIONS.values(),
            SHEET_DRAFT,
            CATALOGUE_IMPORT,
            IMPORT_PAGE,
            PARTNER_ACCESS,
            CLAIM,
            *DUTIES,
            *REPORTS,
        ],
        consumes=CONSUMES,
        indexes={**INDEXES, **DUTY_INDEXES, **REPORT_INDEXES},
        rules=settings.rules(),
        registry=False,  # it reads its own store; the topics are its copies for the others
        api=lambda parts: routes(
            parts.door,
            parts.store,
            promises,
            people,
            intake,
            routed,
            importer,
            parts.clock,
            issuer,
            timedelta(hours=settings.api_key_grace_hours),
        ),
        perform=lambda parts: broker(parts).perform,
        background=[
            notice_duties,
            sweep_daily,
            recount_late,
            lambda parts: retire_planned(parts, promises),
            lambda _: until_stopped(promises.close, people.close, intake.close, routed.close),
            importer.work,
        ],
    )
