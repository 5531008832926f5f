"""A task goes to another unit: of the same agency at once, of another when that has acknowledged (domain 3; 1.2).

The desk stays the owner of the case, and its Clock runs on: whose work it is does not matter to the citizen. What the
other agency refuses, or does not answer in time, is work for the head of the agency that offered it.
"""

from typing import Any

from services.contracts.decision import Decision, Refused, World
from services.contracts.entry import Status
from services.contracts.event import Event
from services.contracts.registry import Officer, Unit
from services.contracts.routing import ResultKind, TaskState, Transfer, TransferState
from services.routing.domain import fairness
from services.routing.domain.assignee import impartial, leads, officer_in_service, the_work
from services.routing.domain.case import Case
from services.routing.domain.clocks import calendar_at
from services.routing.domain.commands import Acknowledge, HandOn, Refuse
from services.routing.domain.placing import follow, release
from services.routing.domain.plan import is_newest
from services.routing.domain.rules import Rules
from services.routing.domain.suspending import SUSPENDED
from services.routing.domain.work import Work
from services.worktime import advance
from services.worktime.jalali import civil_day
from services.worktime.shifts import heads


def handed_on(case: Case | None, command: HandOn, world: World[Rules]) -> Decision[Case]:
    """The task ends; in the same agency another follows at once, else it is offered to the other agency.

    Raises Refused UNKNOWN_TASK, TASK_OVER, ILLEGAL_MOVE, NOT_AUTHORISED (403), UNKNOWN_OFFICER (422),
    CONFLICT_OF_INTEREST, UNKNOWN_UNIT (422), OUT_OF_SERVICE, NOT_ELIGIBLE (422); NotYet, LookupError.
    """
    case, work = the_work(case, command.task_id)
    _may_be_handed_on(case, work)
    officer = _who_offers(case, work, command.officer_id, world)
    unit = _receiving(case, work, command, world)
    within = unit.org_id == _agency(work.task.unit_id, case, world)
    calendar = calendar_at(case, case.calendar, world)
    transfer = Transfer(
        id=f"{case.request_id}.t{len(case.transfers) + 1}",
        task_id=work.task.id,
        from_unit=work.task.unit_id,
        to_org=unit.org_id,
        to_unit=unit.id,
        reason=command.reason,
        by=officer.id,
        at=world.now,
        answer_by=advance(calendar, world.now, world.rules.transfer_within).at,
        state=TransferState.OFFERED,
    )
    over = work.to(TaskState.CANCELLED) if work.live else work
    over = over.model_copy(update={"ask_again_at": None, "start_by": None})
    moves = ["task.cancelled"] if work.live else []
    result = None if case.result and case.result.kind is ResultKind.NO_COMPETENCE else case.result
    case = case.with_work(over).model_copy(update={"transfers": (*case.transfers, transfer), "result": result})
    told = {"state": over.task.state.value, "transferId": transfer.id}
    if within:
        return _taken(case, over, transfer, officer, [*moves, "transfer.offered"], world, told)
    case, event = case.moved(world, *moves, "transfer.offered", about=over, transfer=transfer)
    return Decision(case, events=(event,), sends=release(case, over) if work.live else (), answer=told)


def acknowledged(case: Case | None, command: Acknowledge, world: World[Rules]) -> Decision[Case]:
    """The other agency takes it: a task for its unit follows.

    Raises Refused UNKNOWN_TRANSFER (404), ILLEGAL_MOVE, NOT_AUTHORISED (403), UNKNOWN_OFFICER, CONFLICT_OF_INTEREST.
    """
    case, work, transfer, officer = _pending(case, command, TransferState.ACKNOWLEDGED, world)
    return _taken(case, work, transfer, officer, [], world, {"state": TransferState.ACKNOWLEDGED.value})


def refused(case: Case | None, command: Refuse, world: World[Rules]) -> Decision[Case]:
    """The other agency does not take it: it is back with the head of the agency that offered it. Raises as above."""
    case, _, transfer, officer = _pending(case, command, TransferState.REFUSED, world)
    answered = {"answered_by": officer.id, "answered_at": world.now, "refusal": command.reason}
    return _back(case, transfer, TransferState.REFUSED, world, **answered)


def time_is_up(case: Case, world: World[Rules]) -> Decision[Case]:
    """Nobody has answered in time: the same as a refusal, and told as what it is."""
    late = [each for each in case.transfers if each.state is TransferState.OFFERED and each.answer_by <= world.now]
    events: list[Event] = []
    for transfer in late:
        back = _back(case, transfer, TransferState.RETURNED, world)
        case, events = back.state or case, [*events, *back.events]
    return Decision(case, events=tuple(events))


def _back(case: Case, transfer: Transfer, state: TransferState, world: World[Rules], **answered: Any) -> Decision[Case]:
    over = transfer.model_copy(update={"state": state, **answered})
    case, event = _with(case, over).moved(world, f"transfer.{state.lower()}", transfer=over)
    return Decision(case, events=(event,), answer={"state": state.value})


def _taken(
    case: Case,
    before: Work,
    transfer: Transfer,
    officer: Officer,
    moves: list[str],
    world: World[Rules],
    told: dict[str, str],
) -> Decision[Case]:
    answered = {"state": TransferState.ACKNOWLEDGED, "answered_by": officer.id, "answered_at": world.now}
    transfer = transfer.model_copy(update=answered)
    followed = follow(_with(case, transfer), before, world, unit_id=transfer.to_unit)
    case = followed.state or case
    case, event = case.moved(world, *moves, "transfer.acknowledged", about=before, transfer=transfer)
    return Decision(case, events=(event,), sends=followed.sends, answer=told)


def _with(case: Case, transfer: Transfer) -> Case:
    known = {each.id: each for each in case.transfers} | {transfer.id: transfer}
    return case.model_copy(update={"transfers": tuple(known.values())})


def _may_be_handed_on(case: Case, work: Work) -> None:
    """Raises Refused ILLEGAL_MOVE: it is answered, another has followed, it is offered already, it stands still, or the
    case is over."""
    state = SUSPENDED if case.clock.suspended() is not None else work.task.state.value
    offered = any(each.task_id == work.task.id and each.state is TransferState.OFFERED for each in case.transfers)
    unanswered = work.answer is None or work.answer.kind is ResultKind.NO_COMPETENCE
    if case.over or state == SUSPENDED or offered or not unanswered or not is_newest(work, case.work):
        facts: dict[str, Any] = {"from": TransferState.OFFERED.value if offered else state, "to": "TRANSFERRED"}
        raise Refused("ILLEGAL_MOVE", "this task is not handed on", **facts)


def _who_offers(case: Case, work: Work, officer_id: str, world: World[Rules]) -> Officer:
    """Who leads the unit, the agency, or the desk that owns the case."""
    officer, desk = officer_in_service(officer_id, world), world.registry.desk(case.desk_id)
    if not leads(officer, work.task.unit_id, world) and not (desk is not None and heads(desk, officer.id, world.now)):
        raise Refused("NOT_AUTHORISED", "who leads the unit, the agency or the desk hands work on", status=403)
    impartial(officer, case)
    return officer


def _receiving(case: Case, work: Work, command: HandOn, world: World[Rules]) -> Unit:
    """A unit in service in which somebody may have the task."""
    unit = world.registry.unit(command.unit_id)
    if unit is None or unit.org_id != command.org_id:
        raise _wrong("unitId", "UNKNOWN_UNIT", "that agency has no such unit")
    agency = world.registry.organization(unit.org_id)
    if unit.status is not Status.ACTIVE or agency is None or agency.status is not Status.ACTIVE:
        raise Refused("OUT_OF_SERVICE", "that unit, or its agency, is out of service")
    if unit.id == work.task.unit_id and work.live:
        raise _wrong("unitId", "NOT_ELIGIBLE", "the unit has it already")
    if not fairness.able(world.registry, unit, case.service_id, civil_day(world.now), case.amount):
        raise _wrong("unitId", "NOT_ELIGIBLE", "nobody in that unit has authority for this service")
    return unit


def _pending(
    case: Case | None, command: Acknowledge | Refuse, target: TransferState, world: World[Rules]
) -> tuple[Case, Work, Transfer, Officer]:
    transfer = next((each for each in case.transfers if each.id == command.transfer_id), None) if case else None
    work = case.of_task(transfer.task_id) if case and transfer else None
    if case is None or transfer is None:
        raise Refused("UNKNOWN_TRANSFER", "there is no such transfer", status=404)
    if transfer.state is not TransferState.OFFERED or work is None:
        facts: dict[str, Any] = {"from": transfer.state.value, "to": target.value}
        raise Refused("ILLEGAL_MOVE", f"{transfer.state} does not move to {target}", **facts)
    officer = officer_in_service(command.officer_id, world)
    if not leads(officer, transfer.to_unit, world):
        raise Refused("NOT_AUTHORISED", "who leads the unit or its agency answers", status=403)
    impartial(officer, case)
    return case, work, transfer, officer


def _agency(unit_id: str, case: Case, world: World[Rules]) -> str:
    unit = world.registry.unit(unit_id)
    return unit.org_id if unit is not None else case.org_id


def _wrong(field: str, code: str, detail: str) -> Refused:
    return Refused(code, detail, status=422, errors=[{"field": field, "code": code, "detail": detail}])
