"""The registry, composed."""

from fastapi import APIRouter

from services.registry.api import routes
from services.registry.handlers import CONSUMES, EDITIONS, FILES, VISIT
from services.registry.promises import IntakePromises
from services.registry.settings import Settings
from services.registry.store import INDEXES
from services.registry.visit_report import BY_ORG_DAY, visit_report_routes
from services.runtime.client import client, until_stopped
from services.runtime.service import Service
from services.runtime.store import Store


def create(settings: Settings) -> Service:
    promises = IntakePromises(client(settings.intake_url))
    return Service(
        name="registry",
        settings=settings,
        entities=[*FILES.values(), *EDITIONS.values(), VISIT],
        consumes=CONSUMES,
        indexes={**INDEXES, VISIT.name: [BY_ORG_DAY]},
        rules=None,
        registry=False,  # it reads its own store; the topics are its copies for the others
        api=lambda parts: _with_reports(routes(parts.door, parts.store, promises), parts.store),
        background=[lambda _: until_stopped(promises.close)],
    )


def _with_reports(router: APIRouter, store: Store) -> APIRouter:
    router.include_router(visit_report_routes(store))
    return router
