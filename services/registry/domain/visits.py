"""Visits as the registry knows them for its reports: of each the newest state that intake has told."""

from services.contracts.decision import Decision, World
from services.contracts.visit import VisitMoved


def told(known: VisitMoved | None, event: VisitMoved, world: World[None]) -> Decision[VisitMoved]:
    """Each event carries the whole visit: the newest counts, and none twice."""
    return Decision(event if known is None or event.version > known.version else known)
