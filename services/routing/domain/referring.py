"""The exception: a citizen is sent to a unit, in a slot that it has confirmed (domain 1.4, 3; I1, I8).

    proposed    by an officer of the desk, on a CONFIRMED coordination alone, once       -> PROPOSED
    approved    by the head of the desk, before the slot begins                          -> ISSUED: the citizen is told
    attended    the unit has seen them, on the day of the slot                           -> ATTENDED
    missed      nobody came: the unit says so after the slot, or half an hour later it is so by itself -> MISSED
    cancelled   by the desk before the slot begins, by the unit until it is over         -> CANCELLED
    fell_due    PROPOSED -> LAPSED when the slot begins; ISSUED -> MISSED half an hour after it
    unit_moved  a slot ahead in which the unit will be shut is off: nobody is to set out for it (12.9)
    work_ended  nothing stands open any more once the work is over

Each end returns the work to the desk, and what is left of the slot to the unit. The Clock runs all the while. Who
missed a slot of a unit gets another one, once in a round of the case: asked for, confirmed and approved as the first
was. After that none (NO_MORE), and intake releases the commitment. Where the unit was shut in the slot, or will be,
nobody missed anything.

The head may approve what they proposed themself: the rule wants the head's word, not two officers.

Of the case the rules need `AtHand`. Every rule raises Refused as `taking_part` does.
"""

from dataclasses import replace

from services.contracts.coordination import (
    REFERRAL_MOVES,
    STANDING,
    ApproveReferral,
    AttendReferral,
    CancelReferral,
    Coordination,
    CoordinationState,
    Ground,
    MissReferral,
    NotConfirmed,
    ProposeReferral,
    Purpose,
    Referral,
    ReferralOutcome,
    ReferralState,
    Slot,
)
from services.contracts.decision import Refused, World
from services.routing.domain.coordinating import (
    being_worked_on,
    closed,
    lapsed,
    not_shut,
    rebooking_left,
    wrong_field,
)
from services.routing.domain.coordinations import OPEN, AtHand, Coordinations, Moved, moved, referral_id
from services.routing.domain.rules import Rules
from services.routing.domain.taking_part import desk_or_unit, head_of_the_desk, of_the_desk, of_the_unit
from services.routing.domain.unit_slots import is_shut, shut
from services.worktime.jalali import civil_day

PROPOSED, ISSUED, ATTENDED = ReferralState.PROPOSED, ReferralState.ISSUED, ReferralState.ATTENDED
MISSED, LAPSED, CANCELLED = ReferralState.MISSED, ReferralState.LAPSED, ReferralState.CANCELLED


def proposed(known: Coordinations, at_hand: AtHand, command: ProposeReferral, world: World[Rules]) -> Moved:
    """I1: only in a slot that the unit has confirmed, and for what it was asked about.

    Raises Refused UNKNOWN_COORDINATION, ILLEGAL_MOVE, NOT_CONFIRMED, COORDINATION_USED, SLOT_HAS_BEGUN,
    UNIT_SHUT, NO_REBOOKING_LEFT, GROUND_NOT_ASKED (422).
    """
    coordination = known.coordination(command.coordination_id)
    officer = of_the_desk(at_hand, command.officer_id, world)
    being_worked_on(at_hand, "REFERRED")
    slot, contact = coordination.slot, coordination.contact
    if coordination.state is not CoordinationState.CONFIRMED or slot is None or contact is None:
        detail = "nobody is sent to a unit that has not confirmed a slot"
        raise Refused("NOT_CONFIRMED", detail, state=coordination.state.value)
    if known.referral_on(coordination.id) is not None:
        raise Refused("COORDINATION_USED", "a referral stood on this coordination: ask the unit again")
    if slot.since <= world.now:
        raise _begun()
    not_shut(coordination.unit_id, slot, world)
    rebooking_left(known, at_hand, coordination.unit_id, world)
    _asked_about(coordination.question.purpose, command.ground)
    missed_before = known.missed(coordination.unit_id, at_hand.round)
    referral = Referral(
        id=referral_id(at_hand.request_id, len(known.referrals) + 1),
        round=at_hand.round,
        coordination_id=coordination.id,
        unit_id=coordination.unit_id,
        contact=contact,
        slot=slot,
        ground=command.ground,
        state=PROPOSED,
        rebooks=missed_before[-1].id if missed_before else None,
        proposed_by=officer.id,
        proposed_at=world.now,
        expires_at=slot.since,
    )
    return moved(known.with_referral(referral), world.now, "referral.proposed", concerned=referral)


def approved(
    known: Coordinations, at_hand: AtHand, referral_id: str, command: ApproveReferral, world: World[Rules]
) -> Moved:
    """Raises Refused UNKNOWN_REFERRAL, ILLEGAL_MOVE, SLOT_HAS_BEGUN, UNIT_SHUT."""
    referral = known.referral(referral_id)
    officer = head_of_the_desk(at_hand, command.officer_id, world)
    REFERRAL_MOVES.check(referral.state, ISSUED)
    if referral.slot.since <= world.now:
        raise _begun()
    not_shut(referral.unit_id, referral.slot, world)
    issued = referral.model_copy(
        update={
            "state": ISSUED,
            "approved_by": officer.id,
            "approved_at": world.now,
            "expires_at": referral.slot.until + world.rules.missed_after,
        }
    )
    return moved(known.with_referral(issued), world.now, "referral.issued", concerned=issued)


def attended(
    known: Coordinations, at_hand: AtHand, referral_id: str, command: AttendReferral, world: World[Rules]
) -> Moved:
    """Also a little early, on the day of the slot. Raises Refused UNKNOWN_REFERRAL, ILLEGAL_MOVE, TOO_EARLY."""
    referral = known.referral(referral_id)
    officer = of_the_unit(at_hand, referral.unit_id, command.officer_id, world)
    REFERRAL_MOVES.check(referral.state, ATTENDED)
    if civil_day(world.now) < civil_day(referral.slot.since):
        raise Refused("TOO_EARLY", "the slot is on a later day")
    return _ended(known, referral, ATTENDED, ReferralOutcome.SEEN, world, officer.id)


def missed(
    known: Coordinations, at_hand: AtHand, referral_id: str, command: MissReferral, world: World[Rules]
) -> Moved:
    """Raises Refused UNKNOWN_REFERRAL, ILLEGAL_MOVE, TOO_EARLY: the slot is the citizen's until its end."""
    referral = known.referral(referral_id)
    officer = of_the_unit(at_hand, referral.unit_id, command.officer_id, world)
    REFERRAL_MOVES.check(referral.state, MISSED)
    if world.now < referral.slot.until:
        raise Refused("TOO_EARLY", "the slot is not over")
    return _nobody_came(known, referral, world, officer.id)


def cancelled(
    known: Coordinations, at_hand: AtHand, referral_id: str, command: CancelReferral, world: World[Rules]
) -> Moved:
    """Raises Refused UNKNOWN_REFERRAL, ILLEGAL_MOVE, SLOT_HAS_BEGUN: what was missed is not cancelled afterwards."""
    referral = known.referral(referral_id)
    officer, by_unit = desk_or_unit(at_hand, referral.unit_id, command.officer_id, world)
    REFERRAL_MOVES.check(referral.state, CANCELLED)
    if (referral.slot.until if by_unit else referral.slot.since) <= world.now:
        raise _begun()
    outcome = ReferralOutcome.BY_UNIT if by_unit else ReferralOutcome.BY_DESK
    return _ended(known, referral, CANCELLED, outcome, world, officer.id)


def fell_due(known: Coordinations, name: str, world: World[Rules]) -> Moved:
    """What a timer of `coordinations.timers` means: its name is the id of a coordination or a referral."""
    coordination = next((each for each in known.asked if each.id == name), None)
    if coordination is not None:
        return lapsed(known, coordination, world)
    referral = next((each for each in known.referrals if each.id == name), None)
    if referral is None or referral.state not in STANDING or world.now < referral.expires_at:
        return Moved(known)
    if referral.state is PROPOSED:
        return _ended(known, referral, LAPSED, ReferralOutcome.NOT_APPROVED, world)
    return _nobody_came(known, referral, world)


def unit_moved(known: Coordinations, unit_id: str, world: World[Rules]) -> Moved:
    """Of the slots ahead that this unit has named, those in which it will be shut are off, whoever was to use them.

    None counts as missed; the desk asks again. Once done there is nothing to do again.
    """
    ended = Moved(known)
    for coordination in known.asked:
        if coordination.unit_id != unit_id or not _will_be_shut(unit_id, coordination.slot, world):
            continue
        if coordination.state is CoordinationState.PROPOSED:
            ended = _then(ended, closed(ended.coordinations, coordination, NotConfirmed.UNIT_SHUT, world))
        elif _is_unused(known, coordination):
            off = coordination.model_copy(update={"slot": None, "reason": NotConfirmed.UNIT_SHUT})
            after = ended.coordinations.with_coordination(off)
            ended = _then(ended, moved(after, world.now, "coordination.slot-shut", concerned=off))
    for referral in known.referrals:
        if referral.unit_id == unit_id and referral.state in STANDING and _will_be_shut(unit_id, referral.slot, world):
            calendar, day = shut(world.registry, unit_id, referral.slot)
            off_for = referral.model_copy(update={"shut_by": calendar, "shut_on": day})
            ended = _then(ended, _ended(ended.coordinations, off_for, CANCELLED, ReferralOutcome.UNIT_SHUT, world))
    return ended


def work_ended(known: Coordinations, world: World[Rules], *, answered: bool) -> Moved:
    """The work is over: `answered` by its units, else withdrawn, decided at the desk, or another's.

    A unit that has answered in the slot or after its beginning has seen the citizen: it need not say so as well. A slot
    that was confirmed and not used goes back.
    """
    ended = Moved(known)
    for coordination in known.asked:
        if coordination.state in OPEN:
            ended = _then(ended, closed(ended.coordinations, coordination, NotConfirmed.WORK_ENDED, world))
        elif _is_unused(known, coordination):
            unused = coordination.model_copy(update={"slot": None, "reason": NotConfirmed.WORK_ENDED})
            ended = _then(ended, moved(ended.coordinations.with_coordination(unused), world.now, concerned=unused))
    for referral in known.referrals:
        if referral.state is ISSUED and answered and referral.slot.since <= world.now:
            ended = _then(ended, _ended(ended.coordinations, referral, ATTENDED, ReferralOutcome.SEEN, world))
        elif referral.state in STANDING:
            ended = _then(ended, _ended(ended.coordinations, referral, CANCELLED, ReferralOutcome.WORK_ENDED, world))
    return ended


def _is_unused(known: Coordinations, coordination: Coordination) -> bool:
    confirmed = coordination.state is CoordinationState.CONFIRMED and coordination.slot is not None
    return confirmed and known.referral_on(coordination.id) is None


def _nobody_came(known: Coordinations, referral: Referral, world: World[Rules], by: str | None = None) -> Moved:
    """Missed, unless the unit was shut: then it was not the citizen who did not keep it."""
    if is_shut(world.registry, referral.unit_id, referral.slot):
        return _ended(known, referral, CANCELLED, ReferralOutcome.UNIT_SHUT, world, by)
    again = len(known.missed(referral.unit_id, referral.round)) < world.rules.rebookings
    outcome = ReferralOutcome.MAY_REBOOK if again else ReferralOutcome.NO_MORE
    return _ended(known, referral, MISSED, outcome, world, by)


def _will_be_shut(unit_id: str, slot: Slot | None, world: World[Rules]) -> bool:
    return slot is not None and world.now < slot.since and is_shut(world.registry, unit_id, slot)


def _ended(
    known: Coordinations,
    referral: Referral,
    state: ReferralState,
    outcome: ReferralOutcome,
    world: World[Rules],
    by: str | None = None,
) -> Moved:
    REFERRAL_MOVES.check(referral.state, state)
    after = referral.model_copy(update={"state": state, "outcome": outcome, "ended_by": by, "ended_at": world.now})
    return moved(known.with_referral(after), world.now, f"referral.{state.value.lower()}", concerned=after)


def _then(first: Moved, second: Moved) -> Moved:
    """Both, told together; each verb once."""
    return replace(
        second,
        moves=tuple(dict.fromkeys((*first.moves, *second.moves))),
        concerned=second.concerned or first.concerned,
        sends=(*first.sends, *second.sends),
    )


def _asked_about(purpose: Purpose, ground: Ground) -> None:
    """The unit has confirmed what it was asked; whether it is needed at all leaves the ground to the desk."""
    if purpose is not Purpose.WHETHER_NEEDED and purpose.value != ground.value:
        raise wrong_field("ground", "GROUND_NOT_ASKED", f"the unit was asked about {purpose}")


def _begun() -> Refused:
    return Refused("SLOT_HAS_BEGUN", "the slot has begun")
