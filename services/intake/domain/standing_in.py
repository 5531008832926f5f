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
from services.intake.domain.slots import may_serve


def without_officer(case: Case, promise: Commitment, desk: Desk, world: World[Rules]) -> AskedSlot | None:
    """The slot of an appointment that its officer does not serve; None where they do, or the registry lacks them."""
    slot, visit = case.held_slot(promise.id), promise.visit
    if slot is None or visit is None or visit.officer_id is None or world.registry.officer(visit.officer_id) is None:
        return None
    own = may_serve(world.registry, desk, visit.officer_id, promise.promised_at, visit.until, case.people())
    return None if own else slot


def asking(case: Case, slot: AskedSlot) -> Case:
    """The very same case where the day is asked already."""
    return case if slot.moving else case.with_slot(slot.model_copy(update={"moving": True}))


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
    if visit is None or officer_id is None or officer_id == visit.officer_id:
        return case.with_slot(slot.model_copy(update={"moving": False}))
    first = slot.booked_with or visit.officer_id
    case = case.with_slot(
        slot.model_copy(update={"moving": False, "booked_with": None if first == officer_id else first})
    )
    served = promise.model_copy(update={"visit": visit.model_copy(update={"officer_id": officer_id})})
    return with_changed(case, served)
