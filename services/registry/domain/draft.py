"""A service sheet on its way: what may still have gaps. Every version of it is kept, with who wrote it and when."""

from enum import StrEnum
from typing import Literal

from services.contracts.service_sheet import (
    Contact,
    Cost,
    Kioskable,
    LegalResource,
    Maturity,
    Objection,
    Output,
    Presence,
    ProcessingTime,
    Requirement,
)
from services.contracts.wire import Day, Id, Instant, Wire


class SheetDraft(Wire):
    """Every field of a published sheet that its agency writes; but for whose it is, all may be missing yet."""

    id: Id
    org_id: Id
    name: str | None = None
    name_en: str | None = None
    description: str | None = None
    audience: Literal["CITIZEN", "BUSINESS", "BOTH"] | None = None
    sector: str | None = None
    spatial: str | None = None
    life_events: tuple[str, ...] | None = None
    initiation: Literal["REQUEST", "DATE", "EVENT", "AGENCY", "OTHER"] | None = None
    information_only: bool | None = None
    information: str | None = None
    requirements: tuple[Requirement, ...] | None = None
    legal_resources: tuple[LegalResource, ...] | None = None
    processing_time: ProcessingTime | None = None
    costs: tuple[Cost, ...] | None = None
    output: Output | None = None
    declared_visits: int | None = None
    stages: tuple[str, ...] | None = None
    unit_id: Id | None = None
    responsible_officer_id: Id | None = None
    contact: Contact | None = None
    presence: Presence | None = None
    kioskable: Kioskable | None = None
    objection: Objection | None = None
    maturity_declared: Maturity | None = None
    on_spot: bool | None = None


class Draft(Wire):
    """The next version of a sheet."""

    content: SheetDraft
    drafted_at: Instant
    drafted_by: Id | None
    attested_by: Id | None = None
    attested_at: Instant | None = None
    attestation_expires: Day | None = None


class DraftStep(StrEnum):
    """What happened to a draft. That it was published stands in the history of the sheet."""

    WRITTEN = "WRITTEN"
    ATTESTED = "ATTESTED"
    DROPPED = "DROPPED"
    """Written as the sheet in force is: nothing is drafted any more."""


class DraftEdition(Wire):
    """A draft as it was written or attested. It never changes."""

    service_id: Id
    number: int
    """Counts through the life of the service."""
    step: DraftStep
    draft: Draft
    at: Instant
    by: Id | None


DRAFT_EDITION = "service-draft-edition"
"""The entity that keeps one."""


def draft_edition_id(service_id: str, number: int) -> str:
    return f"{service_id}#{number}"
