"""Its desk asks units, and sends its person to one: the case follows, as routing says (domain 1.4, 3; I1).

    COORDINATING    a unit is asked, has proposed or confirmed a slot, or a referral waits for the head of the desk
    REFERRED        a referral is issued: its person is sent

Each returns to the state that it left, and the Clock runs meanwhile. What stands still (SUSPENDED) stays so: its person
is sent all the same, and told. A slot that was confirmed and in which nobody is sent ends when it begins, with no word
of routing: a timer of the case says so. Who misses a second slot releases the promise of the answer (domain 3).

What comes to nothing is work for the desk until it asks again, sends somebody, or the result is there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.contracts.coordination import (
    Coordination,
    CoordinationState,
    NotConfirmed,
    Referral,
    ReferralOutcome,
    ReferralState,
    stage,
)
from services.contracts.decision import Decision, TimerFired, World
from services.contracts.intake import RequestReferral, RequestState
from services.contracts.notify import GIVEN_UP, NoticeMoved
from services.contracts.routing import WorkMoved
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention, Role, WithUnits
from services.intake.domain.new_times import NEEDLESS
from services.intake.domain.promising import answer_released
from services.intake.domain.request import Request, moved, the_case, with_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import (
    AT_WORK,
    COORDINATING,
    ENDED,
    IN_PROGRESS,
    PROMISED,
    REFERRED,
    RETURNED,
    SUSPENDED,
    WITH_UNITS,
    verb,
)

SLOT: Final = "unit-slot"
"""The timer: a slot that a unit has confirmed begins, and nobody is sent in it."""

Path = tuple[RequestState | str, ...]

ISSUED = ReferralState.ISSUED

WAITS_FOR_THE_DESK: Final = (Attention.UNIT_PROPOSES, Attention.SEND_TO_UNIT, Attention.APPROVE_REFERRAL)
CAME_TO_NOTHING: Final = (
    Attention.UNIT_DECLINED,
    Attention.UNIT_SILENT,
    Attention.SLOT_UNUSED,
    Attention.REBOOK,
    Attention.MISSED_AGAIN,
    Attention.REFERRAL_OFF,
)
OF_UNITS: Final = (*WAITS_FOR_THE_DESK, *CAME_TO_NOTHING)
"""What nobody needs to see to any more when the result is there."""

OF_A_REASON: Final[Mapping[NotConfirmed, Attention | None]] = {
    NotConfirmed.NOT_NEEDED: None,  # the question is answered: the unit goes on without the citizen
    NotConfirmed.NO_ROOM: Attention.UNIT_DECLINED,
    NotConfirmed.NOT_OURS: Attention.UNIT_DECLINED,
    NotConfirmed.NOT_ACCEPTED: None,  # the desk has said so itself
    NotConfirmed.NOT_ANSWERED: Attention.UNIT_SILENT,
    NotConfirmed.UNIT_SHUT: Attention.REFERRAL_OFF,
    NotConfirmed.WORK_ENDED: None,
}
"""What a coordination that came to nothing leaves to the desk."""

OF_AN_OUTCOME: Final[Mapping[ReferralOutcome, Attention | None]] = {
    ReferralOutcome.SEEN: None,
    ReferralOutcome.MAY_REBOOK: Attention.REBOOK,
    ReferralOutcome.NO_MORE: Attention.MISSED_AGAIN,
    ReferralOutcome.NOT_APPROVED: Attention.SLOT_UNUSED,
    ReferralOutcome.BY_DESK: None,
    ReferralOutcome.BY_UNIT: Attention.REFERRAL_OFF,
    ReferralOutcome.UNIT_SHUT: Attention.REFERRAL_OFF,
    ReferralOutcome.WORK_ENDED: None,
}
"""And a referral that has ended."""


@dataclass(frozen=True, slots=True)
class Step:
    """The case with what was heard of units, and what that changes: `stage` is None where nothing is under way."""

    case: Case
    before: RequestState | None
    stage: RequestState | None
    issued: bool
    """Somebody is sent who was not."""
    ended: bool
    """Somebody who was sent has come, has not, or need not."""
    verbs: tuple[str, ...] = ()
    """Of the promise of the answer."""

    def path(self) -> Path:
        """From where the case is; while it stands still nothing moves, and all of it is told."""
        case, left = self.case, self.case.work_state
        if case.state is not SUSPENDED:
            return (*_way(case.state, left, self), *self.verbs)
        return (*_told(self.before or left, _way(self.before or left, left, self)), *self.verbs)


def heard(case: Case, message: WorkMoved, world: World[Rules]) -> Step | None:
    """None where no unit was asked, or all of it is known."""
    known = case.with_units
    if known is None and not message.coordinations:
        return None
    if known is not None and (known.coordinations, known.referrals) == (message.coordinations, message.referrals):
        return None
    return _looked_at(case, message.coordinations, message.referrals, world)


def fell_due(request: Request | None, message: TimerFired, world: World[Rules]) -> Decision[Request]:
    """The slot of a unit has begun, and nobody was sent: it is worth nothing any more."""
    request, case = the_case(request)
    due, known = due_times(case).get(SLOT), case.with_units
    if due is None or known is None or world.now < due:
        return Decision(request)
    step = _looked_at(case, known.coordinations, known.referrals, world)
    path = step.path()
    if not path:
        return Decision(with_case(request, step.case, world.now))
    told, _, event = moved(request, step.case, world.now, Role.TIME, path)
    return Decision(told, events=(event,))


def due_times(case: Case) -> dict[str, datetime]:
    known = case.with_units
    if known is None or case.state not in AT_WORK | {SUSPENDED}:
        return {}
    begins = [slot for slot in _unused(known) if slot > known.looked_at]
    return {SLOT: min(begins)} if begins else {}


def after_work(request: Request, case: Case, message: WorkMoved, world: World[Rules]) -> Decision[Request]:
    """The result is there: what stood open with units ends with it. Whoever was on their way hears that they need not
    go; nothing of it is work for the desk but that."""
    if case.with_units is None or case.state in ENDED:
        return Decision(request)
    step = heard(case, message, world)
    if step is None:
        return Decision(request)
    case = step.case.model_copy(update={"attention": step.case.without(*OF_UNITS)})
    told = case.with_units.told if case.with_units else None
    if not step.ended or told is None or told.state is not ReferralState.CANCELLED:
        return Decision(with_case(request, case, world.now))
    told_to_all, _, event = moved(request, case, world.now, Role.UNIT, (RETURNED,))
    return Decision(told_to_all, events=(event,))


def over(case: Case, state: RequestState) -> tuple[Case, tuple[RequestState, ...]]:
    """The case as its result finds it in that state, and the one to which it returns first."""
    known = case.with_units
    if known is None:
        return case, ()
    settled = case.model_copy(update={"attention": case.without(*OF_UNITS)})
    return settled, (known.left,) if state in WITH_UNITS else ()


def started(case: Case) -> tuple[Case, Path]:
    """A unit begins the work while one is asked: the state to which the case returns is another."""
    if case.with_units is None or case.work_state is IN_PROGRESS:
        return case, ()
    known = case.with_units.model_copy(update={"left": IN_PROGRESS})
    return case.model_copy(update={"with_units": known}), ("request.started",)


def goes_on_in(case: Case) -> RequestState:
    """Where a case is that does not stand still any more."""
    known = case.with_units
    under_way = _stage(known, known.looked_at) if known is not None else None
    return under_way or case.work_state


def notice_moved(request: Request | None, message: NoticeMoved, world: World[Rules]) -> Decision[Request]:
    """Given up: the desk is asked to call, while it matters. Delivered after all: it need not."""
    request, case = the_case(request)
    told = case.with_units.told if case.with_units else None
    wanted = ISSUED if message.notice == "REFERRED" else ReferralState.CANCELLED
    older = told is not None and message.created_at is not None and message.created_at < told.told_at
    if told is None or told.state is not wanted or older or case.state in ENDED:
        return Decision(request)
    if "message.delivered" in message.moves:
        return Decision(with_case(request, noticed(case), world.now))
    given_up = GIVEN_UP.intersection(message.moves)
    if told.shut_by is not None and case.told_by_message(world.now):
        given_up -= {NEEDLESS}
    if not given_up or told.slot.until <= world.now:
        return Decision(request)
    attention = case.needing(Attention.TELL_REFERRAL)
    return Decision(with_case(request, case.model_copy(update={"attention": attention}), world.now))


def noticed(case: Case, *_: object) -> Case:
    """Its person knows where to go, or that they need not."""
    waits = Attention.TELL_REFERRAL in case.attention
    return case.model_copy(update={"attention": case.without(Attention.TELL_REFERRAL)}) if waits else case


def sent_to(case: Case) -> tuple[Referral, ...]:
    """Where its person is to go, the soonest first; nowhere once the case is over."""
    known = case.with_units
    if known is None or case.state in ENDED:
        return ()
    issued = (referral for referral in known.referrals if referral.state is ISSUED)
    return tuple(sorted(issued, key=lambda referral: referral.slot.since))


def _looked_at(
    case: Case, coordinations: tuple[Coordination, ...], referrals: tuple[Referral, ...], world: World[Rules]
) -> Step:
    left = case.work_state
    before = case.with_units or WithUnits(left=left, looked_at=world.now)
    after = before.model_copy(
        update={
            "left": PROMISED if left is PROMISED else IN_PROGRESS,  # a later round has begun with it
            "coordinations": coordinations,
            "referrals": referrals,
            "looked_at": world.now,
        }
    )
    was = {referral.id: referral.state for referral in before.referrals}
    issued = [one for one in referrals if one.state is ISSUED and was.get(one.id) is not ISSUED]
    ended = [one for one in referrals if one.state is not ISSUED and was.get(one.id) is ISSUED]
    about = (*issued, *ended)
    if about:
        after = after.model_copy(update={"told": _as_told(about[-1], world)})
    case = case.model_copy(update={"with_units": after, "attention": _attention(case, before, after, world.now)})
    case = _to_tell(case, issued, ended, world.now)
    verbs: tuple[str, ...] = ()
    if any(referral.outcome is ReferralOutcome.NO_MORE for referral in ended):
        case, verbs = answer_released(case, world.now)
    return Step(case, _stage(before, before.looked_at), _stage(after, world.now), bool(issued), bool(ended), verbs)


def _stage(known: WithUnits, now: datetime) -> RequestState | None:
    found = stage(known.coordinations, known.referrals, now)
    return RequestState(found) if found is not None else None


def _way(at: RequestState, left: RequestState, step: Step) -> Path:
    """The states through which the case comes to where the units have it, by the table; and what is told besides."""
    if at is step.stage:
        returned, referred = (RETURNED,) if step.ended else (), ("request.referred",) if step.issued else ()
        return (*returned, *referred)
    onward: Path = {None: (), COORDINATING: (COORDINATING,), REFERRED: (COORDINATING, REFERRED)}[step.stage]
    if at is COORDINATING and step.stage is REFERRED:
        return (REFERRED,)
    if at in WITH_UNITS:
        return (left, *onward)
    begun: Path = () if at in (PROMISED, IN_PROGRESS) or not onward else (IN_PROGRESS,)
    return (*begun, *onward)


def _told(origin: RequestState, way: Path) -> Iterator[str]:
    """The verbs of a way that is not gone."""
    for step in way:
        if isinstance(step, RequestState):
            told_as = verb(origin, step)
            origin = step
            if told_as is not None:
                yield told_as
        else:
            yield step


def _as_told(referral: Referral, world: World[Rules]) -> RequestReferral:
    unit = world.registry.unit(referral.unit_id)
    return RequestReferral(
        id=referral.id,
        unit_id=referral.unit_id,
        unit_name=unit.name if unit else referral.unit_id,
        contact=referral.contact,
        slot=referral.slot,
        ground=referral.ground,
        state=referral.state,
        outcome=referral.outcome,
        rebooks=referral.rebooks,
        told_at=world.now,
        shut_by=referral.shut_by,
        shut_on=referral.shut_on,
    )


def _attention(case: Case, before: WithUnits, after: WithUnits, now: datetime) -> tuple[Attention, ...]:
    waits = [attention for attention, is_so in _WAITING.items() if is_so(after, now)]
    kept = case.without(*WAITS_FOR_THE_DESK)
    if _desk_has_acted(before, after):
        kept = tuple(reason for reason in kept if reason not in CAME_TO_NOTHING)
    return tuple(dict.fromkeys((*kept, *_come_to_nothing(before, after, now), *waits)))


_WAITING: Final[Mapping[Attention, Callable[[WithUnits, datetime], bool]]] = {
    Attention.UNIT_PROPOSES: lambda known, _: any(
        each.state is CoordinationState.PROPOSED for each in known.coordinations
    ),
    Attention.SEND_TO_UNIT: lambda known, now: any(since > now for since in _unused(known)),
    Attention.APPROVE_REFERRAL: lambda known, _: any(each.state is ReferralState.PROPOSED for each in known.referrals),
}


def _desk_has_acted(before: WithUnits, after: WithUnits) -> bool:
    """It has asked a unit, has answered what one proposed, or sends somebody."""
    heard_by = {each.id: each.heard_by for each in before.coordinations}
    asked = any(each.id not in heard_by or each.heard_by != heard_by[each.id] for each in after.coordinations)
    return asked or len(after.referrals) > len(before.referrals)


def _come_to_nothing(before: WithUnits, after: WithUnits, now: datetime) -> Iterator[Attention]:
    """What the desk is to see to since then."""
    known = {each.id: each for each in before.coordinations}
    for each in after.coordinations:
        was = known.get(each.id)
        if each.reason is None or (was is not None and (was.state, was.reason) == (each.state, each.reason)):
            continue
        proposed = was is not None and was.state is CoordinationState.PROPOSED
        desks_turn = proposed and each.reason is NotConfirmed.NOT_ANSWERED
        attention = Attention.SLOT_UNUSED if desks_turn else OF_A_REASON[each.reason]
        if attention is not None:
            yield attention
    ended = {each.id for each in before.referrals if each.outcome is not None}
    for referral in after.referrals:
        attention = OF_AN_OUTCOME[referral.outcome] if referral.outcome and referral.id not in ended else None
        if attention is not None:
            yield attention
    if any(before.looked_at < since <= now for since in _unused(after)):
        yield Attention.SLOT_UNUSED


def _unused(known: WithUnits) -> Iterator[datetime]:
    """When the slots begin that a unit has confirmed and no referral stands on."""
    used = {referral.coordination_id for referral in known.referrals}
    for each in known.coordinations:
        if each.state is CoordinationState.CONFIRMED and each.slot is not None and each.id not in used:
            yield each.slot.since


def _to_tell(case: Case, issued: list[Referral], ended: list[Referral], now: datetime) -> Case:
    """Whom no message can tell the desk calls: of a slot to come to, or one that is off while it lies ahead."""
    if not issued and not ended:
        return case
    in_vain = any(one.state is ReferralState.CANCELLED and now < one.slot.until for one in ended)
    if (issued or in_vain) and not case.told_by_message(now):
        return case.model_copy(update={"attention": case.needing(Attention.TELL_REFERRAL)})
    return case if sent_to(case) else noticed(case)
