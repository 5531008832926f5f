"""Visits as the registry knows them for its reports: of each the newest state that intake has told."""

from services.contracts.decision import Decision, World
from services.contracts.visit import VisitMoved
from services.registry.domain.late import late
from services.registry.domain.rules import Rules


def told(known: VisitMoved | None, event: VisitMoved, world: World[Rules]) -> Decision[VisitMoved]:
    """Each event carries the whole visit: the newest counts, and none twice."""
    if known is not None and event.version <= known.version:
        return Decision(known)
    happened = event.opened_at if known is None else event.ended_at or event.occurred_at
    return Decision(event, sends=late(event.org_id, happened, world.now))
