"""What an officer may do at a desk (I13). Until sign-in exists the command names its officer."""

from typing import Literal

from services.contracts.authority import held, within
from services.contracts.decision import NotYet, Refused, World
from services.contracts.entry import Status
from services.contracts.registry import Desk, Officer
from services.contracts.snapshot import Snapshot
from services.intake.domain.rules import Rules
from services.worktime.jalali import civil_day
from services.worktime.shifts import heads


def desk_officer(world: World[Rules], officer_id: str, desk_id: str) -> Officer:
    """An active officer of this desk. Raises Refused UNKNOWN_OFFICER (422), NOT_AUTHORISED (403)."""
    officer = _officer(world, officer_id, "officerId")
    if officer.status is not Status.ACTIVE or officer.desk_id != desk_id:
        raise Refused("NOT_AUTHORISED", "the officer does not serve at this desk", status=403)
    return officer


def agency_officer(world: World[Rules], officer_id: str, desk_id: str, org_id: str) -> tuple[Officer, Desk]:
    """An active officer, with their desk: this one, or any other desk of the agency.

    Raises Refused UNKNOWN_OFFICER (422), NOT_AUTHORISED (403).
    """
    officer = _officer(world, officer_id, "officerId")
    desk = world.registry.desk(officer.desk_id)
    if officer.status is not Status.ACTIVE or desk is None or desk.status is not Status.ACTIVE:
        raise Refused("NOT_AUTHORISED", "the officer serves at no desk", status=403)
    if desk.id != desk_id and desk.org_id != org_id:
        raise Refused("NOT_AUTHORISED", "the officer serves at a desk of another agency", status=403)
    return officer, desk


def second_officer(world: World[Rules], first: Officer, second_id: str | None) -> Officer:
    """Another active officer of the same agency, who confirms what the first one asks for.

    Raises Refused SECOND_OFFICER_NEEDED (422) when none is named, or nobody else; UNKNOWN_OFFICER (422).
    """
    if second_id is None or second_id == first.id:
        raise _second_needed("this needs a second officer, another than the first")
    second = _officer(world, second_id, "secondOfficerId")
    if second.status is not Status.ACTIVE or second.org_id != first.org_id:
        raise _second_needed("the second officer is of the same agency, and in service")
    return second


def desk_head(world: World[Rules], officer_id: str, desk_id: str) -> Officer:
    """The head of this desk, or whoever has a shift in the head's place now. Raises Refused NOT_DESK_HEAD (403)."""
    desk, officer = world.registry.desk(desk_id), world.registry.officer(officer_id)
    if desk is None or officer is None or officer.status is not Status.ACTIVE or not heads(desk, officer.id, world.now):
        raise Refused("NOT_DESK_HEAD", "this needs the head of the desk", status=403)
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


def _officer(world: World[Rules], officer_id: str, field: str) -> Officer:
    officer = world.registry.officer(officer_id)
    if officer is None:
        if not world.patience_over:
            raise NotYet("UNKNOWN_OFFICER")
        raise wrong_field(field, "UNKNOWN_OFFICER", "no such officer")
    return officer


def _second_needed(message: str) -> Refused:
    return wrong_field("secondOfficerId", "SECOND_OFFICER_NEEDED", message)


def identity_seen(seen: bool, why: str) -> None:
    """Raises Refused IDENTITY_NOT_SEEN (422): whoever stands at the desk has not shown who they are."""
    if not seen:
        raise wrong_field("identitySeen", "IDENTITY_NOT_SEEN", why)


def wrong_field(field: str, code: str, message: str) -> Refused:
    """A command that names something wrong: 422 with the field."""
    return Refused(code, message, status=422, errors=[{"field": field, "code": code, "detail": message}])
