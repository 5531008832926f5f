"""The officer of an appointment is gone and others stand in: the case asks the desk's day who has room (12.15, 12.16).

Who stands in serves one person at a time as well, and only the day knows whom they have already. Until it has answered
the appointment stands as it was.
"""

from services.contracts.commitment import Commitment
from services.contracts.decision import Send, World
from services.contracts.registry import Desk
from services.intake.domain.case import Case
from services.intake.domain.case_parts import AskedSlot
from services.intake.domain.desk_slots import MoveSlot, slots_id
from services.intake.domain.expecting import with_changed
from services.intake.domain.rules import Rules
from services.intake.domain.slots import instead_of, may_serve


def without_officer(case: Case, promise: Commitment, desk: Desk, world: World[Rules]) -> AskedSlot | None:
    """The slot of an appointment that its officer does not serve; None where they do, or the registry lacks them."""
    slot, visit = case.held_slot(promise.id), promise.visit
    if slot is None or visit is None or visit.officer_id is None or world.registry.officer(visit.officer_id) is None:
        return None
    own = may_serve(world.registry, desk, visit.officer_id, promise.promised_at, visit.until, case.people())
    return None if own else slot


def asking(case: Case, slot: AskedSlot, promise: Commitment, desk: Desk, world: World[Rules]) -> Case:
    """The very same case where the day is asked already, or the person is warned since none of them had room."""
    visit = promise.visit
    assert visit is not None, "only visits are with an officer"
    officers = _may_have(case, slot, promise, desk, world)
    if slot.moving or (visit.warned_at is not None and officers <= set(slot.asked_of)):
        return case
    return case.with_slot(slot.model_copy(update={"moving": True, "asked_of": tuple(sorted(officers))}))


def _may_have(case: Case, slot: AskedSlot, promise: Commitment, desk: Desk, world: World[Rules]) -> set[str]:
    """Who could serve it now, had they room: with whom it is or was first, and who stands in for one of them."""
    assert promise.visit is not None
    at, until = promise.promised_at, promise.visit.until
    of_old = {one for one in (promise.visit.officer_id, slot.booked_with) if one is not None}
    officers = of_old.union(*(instead_of(desk, one, at, until) for one in of_old))
    return {one for one in officers if may_serve(world.registry, desk, one, at, until, case.people())}


def asks(request_id: str, before: Case, after: Case) -> tuple[Send, ...]:
    """What the day is to hear."""
    asked = {slot.id for slot in before.slots if slot.moving}
    return tuple(
        Send(
            "desk-slots",
            slots_id(slot.desk_id, slot.day),
            MoveSlot(booking_id=slot.id, request_id=request_id, people=after.people()),
        )
        for slot in after.slots
        if slot.moving and slot.id not in asked
    )


def taken_over(case: Case, slot: AskedSlot, promise: Commitment, officer_id: str | None) -> Case:
    """The case as the day has answered; it tells nobody: the hour is the same."""
    visit = promise.visit
    slot = slot.model_copy(update={"moving": False, "asked_of": () if officer_id else slot.asked_of})
    if visit is None or officer_id is None or officer_id == visit.officer_id:
        return case.with_slot(slot)
    first = slot.booked_with or visit.officer_id
    case = case.with_slot(slot.model_copy(update={"booked_with": None if first == officer_id else first}))
    served = promise.model_copy(update={"visit": visit.model_copy(update={"officer_id": officer_id})})
    return with_changed(case, served)
