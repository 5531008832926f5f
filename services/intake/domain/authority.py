"""What an officer may do at a desk (I13). Until sign-in exists the command names its officer."""

from typing import Literal

from services.contracts.authority import held, within
from services.contracts.decision import NotYet, Refused, World
from services.contracts.registry import Officer, Status
from services.contracts.snapshot import Snapshot
from services.intake.domain.rules import Rules
from services.worktime.jalali import civil_day


def desk_officer(world: World[Rules], officer_id: str, desk_id: str) -> Officer:
    """An active officer of this desk. Raises Refused UNKNOWN_OFFICER (422), NOT_AUTHORISED (403)."""
    officer = world.registry.officer(officer_id)
    if officer is None:
        if not world.patience_over:
            raise NotYet("UNKNOWN_OFFICER")
        raise wrong_field("officerId", "UNKNOWN_OFFICER", "no such officer")
    if officer.status is not Status.ACTIVE or officer.desk_id != desk_id:
        raise Refused("NOT_AUTHORISED", "the officer does not serve at this desk", status=403)
    return officer


def reader(registry: Snapshot, officer_id: str, *, desk_id: str, unit_id: str, org_id: str) -> None:
    """An active officer of the desk, the unit or the agency of a case may read what the citizen brought.

    Raises Refused NOT_AUTHORISED (403), for an officer who does not exist too.
    """
    officer = registry.officer(officer_id)
    if officer is None or officer.status is not Status.ACTIVE:
        raise Refused("NOT_AUTHORISED", "no such officer", status=403)
    if not (officer.desk_id == desk_id or officer.unit_id == unit_id or officer.org_id == org_id):
        raise Refused("NOT_AUTHORISED", "the officer is not of the desk, the unit or the agency of it", status=403)


def authorised(
    world: World[Rules],
    officer: Officer,
    service_id: str,
    action: Literal["REGISTER", "DECIDE"],
    amount: int | None = None,
) -> None:
    """Raises Refused NOT_AUTHORISED (403) without the authority today; to decide, up to the amount (IRR)."""
    able = held(world.registry, officer, service_id, action, civil_day(world.now))
    if not any(action != "DECIDE" or within(authority, amount) for authority in able):
        raise Refused("NOT_AUTHORISED", f"the officer has no authority to {action.lower()} this service", status=403)


def wrong_field(field: str, code: str, message: str) -> Refused:
    """A command that names something wrong: 422 with the field."""
    return Refused(code, message, status=422, errors=[{"field": field, "code": code, "detail": message}])
