"""What a citizen says was asked of them against the law: inspectors read it, and nobody of the agency (domain 3)."""

from services.contracts.decision import Decision, World
from services.contracts.intake import IllegalDemandReported
from services.contracts.wire import Id, Instant, Wire
from services.intake.domain.rules import Rules


class IllegalDemand(Wire):
    """One report, an entity of its own: the request does not know of it. It holds nothing of who reports."""

    id: Id
    request_id: Id
    tracking_code: str
    org_id: Id
    desk_id: Id
    unit_id: Id
    service_id: Id
    service_name: str
    text: str
    """Sealed (services/intake/confidence.py)."""
    reported_at: Instant


def reported(known: IllegalDemand | None, demand: IllegalDemand, world: World[Rules]) -> Decision[IllegalDemand]:
    """Kept as it came from the request, once; others are told that there is one, to be counted (domain 11)."""
    if known is not None:
        return Decision(known)
    event = IllegalDemandReported(
        moves=("illegal-demand.reported",),
        demand_id=demand.id,
        request_id=demand.request_id,
        org_id=demand.org_id,
        occurred_at=demand.reported_at,
    )
    return Decision(demand, events=(event,))
