"""Who has a hand in a coordination and a referral: an officer of the desk, one of the unit, the head of the desk (I8).

Nobody who has declared to have to do with who it is about, or has withdrawn for it (CONFLICT_OF_INTEREST).
"""

from services.contracts.decision import Refused, World
from services.contracts.registry import Officer
from services.routing.domain.assignee import officer_in_service
from services.routing.domain.coordinations import AtHand
from services.routing.domain.fairness import may_process
from services.routing.domain.rules import Rules
from services.worktime.jalali import civil_day
from services.worktime.shifts import heads


def of_the_desk(at_hand: AtHand, officer_id: str, world: World[Rules]) -> Officer:
    """An officer of the case's desk. Raises Refused UNKNOWN_OFFICER (422), NOT_AUTHORISED (403)."""
    officer = _impartial(at_hand, officer_id, world)
    if officer.desk_id != at_hand.desk_id:
        raise Refused("NOT_AUTHORISED", "the officer does not serve at the desk of the case", status=403)
    return officer


def of_the_unit(at_hand: AtHand, unit_id: str, officer_id: str, world: World[Rules]) -> Officer:
    """An officer of that unit who may process the service. Raises Refused as `of_the_desk` does."""
    officer = _impartial(at_hand, officer_id, world)
    if not works_on_it(at_hand, unit_id, officer, world):
        raise Refused("NOT_AUTHORISED", "the officer does not process this service in the unit", status=403)
    return officer


def works_on_it(at_hand: AtHand, unit_id: str, officer: Officer, world: World[Rules]) -> bool:
    return officer.unit_id == unit_id and may_process(world.registry, officer, at_hand.service_id, civil_day(world.now))


def head_of_the_desk(at_hand: AtHand, officer_id: str, world: World[Rules]) -> Officer:
    """The head of the case's desk, or whoever has a shift in their place now. Raises Refused NOT_DESK_HEAD (403)."""
    officer, desk = _impartial(at_hand, officer_id, world), world.registry.desk(at_hand.desk_id)
    if desk is None or not heads(desk, officer.id, world.now):
        raise Refused("NOT_DESK_HEAD", "a referral needs the head of the desk", status=403)
    return officer


def desk_or_unit(at_hand: AtHand, unit_id: str, officer_id: str, world: World[Rules]) -> tuple[Officer, bool]:
    """An officer of either, and whether they are of the unit. Raises Refused as those do."""
    officer = _impartial(at_hand, officer_id, world)
    if works_on_it(at_hand, unit_id, officer, world):
        return officer, True
    return of_the_desk(at_hand, officer_id, world), False


def _impartial(at_hand: AtHand, officer_id: str, world: World[Rules]) -> Officer:
    officer = officer_in_service(officer_id, world)
    if officer.in_conflict(*at_hand.people) or officer.id in at_hand.withdrew:
        raise Refused("CONFLICT_OF_INTEREST", "this officer has declared to have to do with who this is about")
    return officer
