"""That somebody has seen a fault: what an inspector, the registry's look or a case tells its concern (domain 1.6)."""

from services.contracts.deficiency import FinderRole, FoundBy, Kind, Mode, Subject
from services.contracts.wire import Id, Instant, Wire
from services.registry.domain.terms import Terms

REGISTRY = FoundBy(role=FinderRole.SYSTEM, id="registry")


class Sighting(Wire):
    """The fault is there. `terms` count if it raises a deficiency."""

    org_id: Id
    kind: Kind
    subject: Subject
    mode: Mode | None
    found_by: FoundBy = REGISTRY
    owner: Id | None
    terms: Terms
    at: Instant
    inspection_id: Id | None = None
    text: str | None = None
