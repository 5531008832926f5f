"""A case whose desk asks units, and whose citizen may have to come to one: `coordinating` and `referring` for a case.

Those rules know nothing of tasks and Clocks; this is what they are told of the case, and how what they say is
published with it.
"""

from services.contracts.decision import Decision, Refused, World
from services.contracts.event import Event
from services.contracts.routing import TaskState
from services.routing.domain import coordinating, referring
from services.routing.domain.case import Case
from services.routing.domain.commands import Accept, Approve, Ask, Attend, Cancel, Miss, Propose
from services.routing.domain.coordinating import Answer, AnswerHeard
from services.routing.domain.coordinations import AtHand, Coordinations, Moved
from services.routing.domain.messages import UnitMoved
from services.routing.domain.rules import Rules
from services.routing.domain.unit_slots import UnitSlotGone, UnitSlotTaken


def at_hand(case: Case) -> AtHand:
    live = [work for work in case.work if work.live]
    state = live[0].task.state if live else case.work[-1].task.state
    return AtHand(
        request_id=case.request_id,
        org_id=case.org_id,
        desk_id=case.desk_id,
        service_id=case.service_id,
        round=case.round,
        state=state.value if case.clock.suspended() is None else "SUSPENDED",
        at_work=bool(live) and case.clock.running_since is not None,
        people=case.people,
        withdrew=case.withdrew(),
        working=tuple(work.task.unit_id for work in live),
    )


def asked(case: Case | None, command: Ask, world: World[Rules]) -> Decision[Case]:
    case = _known(case)
    moved = coordinating.asked(_coordinations(case), at_hand(case), command, world)
    return _told(case, moved, world)


def answered(case: Case | None, command: Answer, world: World[Rules]) -> Decision[Case]:
    case = _known(case)
    return _told(case, coordinating.answered(_coordinations(case), at_hand(case), command, world), world)


def answer_heard(case: Case | None, command: AnswerHeard, world: World[Rules]) -> Decision[Case]:
    case = _known(case)
    coordination = coordinating.answer_heard(_coordinations(case), command)
    return Decision(case, answer={"state": coordination.state.value})


def slot_taken(case: Case | None, message: UnitSlotTaken, world: World[Rules]) -> Decision[Case]:
    known = _coordinations(case) if case is not None else Coordinations()
    return _told(case, coordinating.slot_taken(known, message, world), world)


def slot_gone(case: Case | None, message: UnitSlotGone, world: World[Rules]) -> Decision[Case]:
    known = _coordinations(case) if case is not None else Coordinations()
    return _told(case, coordinating.slot_gone(known, message, world), world)


def accepted(case: Case | None, command: Accept, world: World[Rules]) -> Decision[Case]:
    case = _known(case)
    known = _coordinations(case)
    return _told(case, coordinating.accepted(known, at_hand(case), command.coordination_id, command, world), world)


def proposed(case: Case | None, command: Propose, world: World[Rules]) -> Decision[Case]:
    case = _known(case)
    return _told(case, referring.proposed(_coordinations(case), at_hand(case), command, world), world)


def approved(case: Case | None, command: Approve, world: World[Rules]) -> Decision[Case]:
    case = _known(case)
    known = _coordinations(case)
    return _told(case, referring.approved(known, at_hand(case), command.referral_id, command, world), world)


def attended(case: Case | None, command: Attend, world: World[Rules]) -> Decision[Case]:
    case = _known(case)
    known = _coordinations(case)
    return _told(case, referring.attended(known, at_hand(case), command.referral_id, command, world), world)


def missed(case: Case | None, command: Miss, world: World[Rules]) -> Decision[Case]:
    case = _known(case)
    known = _coordinations(case)
    return _told(case, referring.missed(known, at_hand(case), command.referral_id, command, world), world)


def cancelled(case: Case | None, command: Cancel, world: World[Rules]) -> Decision[Case]:
    case = _known(case)
    known = _coordinations(case)
    return _told(case, referring.cancelled(known, at_hand(case), command.referral_id, command, world), world)


def unit_moved(case: Case | None, message: UnitMoved, world: World[Rules]) -> Decision[Case]:
    """A closure may have come between a slot and its day."""
    if case is None or case.coordinations is None:
        return Decision(case)
    return _told(case, referring.unit_moved(case.coordinations, message.unit_id, world), world)


def fell_due(case: Case, name: str, world: World[Rules]) -> Decision[Case]:
    """The timer of a coordination or referral, by its id."""
    return _told(case, referring.fell_due(_coordinations(case), name, world), world)


def work_ended(decision: Decision[Case], world: World[Rules]) -> Decision[Case]:
    """What a rule has decided, and with it whatever of visits to units its end leaves open."""
    case = decision.state
    if case is None or case.coordinations is None or case.clock.running_since is not None:
        return decision
    if case.clock.suspended() is not None or any(work.live for work in case.work):
        return decision
    over = any(work.task.state is TaskState.ANSWERED for work in case.work) and case.result is not None
    ended = _told(case, referring.work_ended(case.coordinations, world, answered=over), world)
    return Decision(
        ended.state,
        events=(*decision.events, *ended.events),
        sends=(*decision.sends, *ended.sends),
        effects=decision.effects,
        answer=decision.answer,
    )


def _told(case: Case | None, moved: Moved, world: World[Rules]) -> Decision[Case]:
    """What the rules have said, kept with the case and published where there is something to tell."""
    if case is None:
        return Decision(None, sends=moved.sends)
    changed = (
        case
        if moved.coordinations == _coordinations(case)
        else case.model_copy(update={"coordinations": moved.coordinations})
    )
    events: tuple[Event, ...] = ()
    if moved.moves:
        changed, event = changed.moved(world, *moved.moves)
        events = (event,)
    told = None if moved.concerned is None else {"id": moved.concerned.id, "state": moved.concerned.state.value}
    return Decision(changed, events=events, sends=moved.sends, answer=told)


def _coordinations(case: Case) -> Coordinations:
    return case.coordinations or Coordinations()


def _known(case: Case | None) -> Case:
    if case is None:
        raise Refused("UNKNOWN_REQUEST", "no unit works on such a request", status=404)
    return case
