"""Erasing a person over HTTP: two officers, one of them the head of the desk or of the agency (I12)."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter

from services.contracts.decision import World
from services.contracts.identifiers import InvalidIdentifier, applicant_value
from services.contracts.personal_data import EraseApplicant
from services.contracts.registry import Officer
from services.contracts.snapshot import Snapshot
from services.intake.domain import codes
from services.intake.domain.authority import desk_head, desk_officer, second_officer, wrong_field
from services.intake.domain.rules import Rules
from services.intake.erasures import Erasures
from services.intake.searches import Searches
from services.runtime.clock import Clock


def erasure_routes(
    erasures: Erasures, searches: Searches, *, rules: Rules, snapshot: Callable[[], Snapshot], clock: Clock
) -> APIRouter:
    router = APIRouter()

    @router.post("/applicants/erase", status_code=202)
    async def erase(body: EraseApplicant) -> dict[str, Any]:
        """What is personal in somebody's cases goes, everywhere; refused while one of them is open. It takes minutes.

        Asked again it is answered with how far it is. It counts as a search: it tells whether a number has cases.
        """
        world = World(now=clock.now(), registry=snapshot(), rules=rules, patience_over=True)
        officer = desk_officer(world, body.officer_id, body.desk_id)
        second = second_officer(world, officer, body.second_officer_id)
        _head(world, second, body.desk_id)
        try:
            value = applicant_value(body.applicant.scheme, body.applicant.value)
        except InvalidIdentifier as error:
            raise wrong_field("applicant.value", "INVALID_APPLICANT", str(error)) from None
        searches.count(officer)
        return await erasures.ask(codes.person_ref(rules.secret, body.applicant.scheme, value), body, officer, second)

    return router


def _head(world: World[Rules], officer: Officer, desk_id: str) -> None:
    """The head of the desk, or of its agency. Raises Refused NOT_DESK_HEAD (403)."""
    agency = world.registry.organization(officer.org_id)
    if agency is None or agency.head_officer_id != officer.id:
        desk_head(world, officer.id, desk_id)
