"""A deficiency of an agency has moved: nobody is told by message, and the route table says why (domain 8, 12.12)."""

from services.contracts.decision import Decision, World
from services.contracts.deficiency import DeficiencyMoved
from services.notify.domain.routes import DEFICIENCY_ROUTES
from services.notify.domain.rules import Rules


def deficiency_moved(
    state: DeficiencyMoved | None, event: DeficiencyMoved, world: World[Rules]
) -> Decision[DeficiencyMoved]:
    """Each move has its route, all of them silent; the newest state is kept. Raises KeyError for a move without one."""
    for move in event.moves:
        DEFICIENCY_ROUTES[move]
    return Decision(event)
