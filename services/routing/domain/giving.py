"""A task goes to somebody else: its officer gives it back, or who leads gives it by hand (domain 7).

What is given back is drawn anew, among the others. What is given by hand needs a reason of a closed list and a second
officer, stays on record, and stands in the report on favours.
"""

from typing import Any

from services.contracts.decision import Decision, Refused, Send, World
from services.contracts.draw import BY_HAND
from services.contracts.registry import Officer
from services.contracts.routing import Override, Return, TaskState
from services.routing.domain import fairness
from services.routing.domain.assignee import impartial, leads, officer_in_service, the_holder, the_work
from services.routing.domain.beginning import start_by
from services.routing.domain.case import Case
from services.routing.domain.commands import GiveBack, Reassign
from services.routing.domain.messages import TaskTaken
from services.routing.domain.placing import first_told, follow, release
from services.routing.domain.rules import Rules
from services.routing.domain.work import MOVES, Given, Work
from services.worktime.jalali import civil_day


def given_back(case: Case | None, command: GiveBack, world: World[Rules]) -> Decision[Case]:
    """The task is over, and another follows, which its officer does not get.

    Whoever has to do with the person may say so here: it is the one thing that they still do with the task (I8).
    Raises Refused UNKNOWN_TASK, TASK_OVER, ILLEGAL_MOVE, NOT_ASSIGNEE, UNKNOWN_OFFICER.
    """
    case, work = the_work(case, command.task_id)
    MOVES.check(work.task.state, TaskState.RETURNED)
    officer = the_holder(work, command.officer_id, TaskState.RETURNED.value, world)
    told = Return(by=officer.id, reason=command.reason, at=world.now)
    over = work.to(TaskState.RETURNED).model_copy(update={"returned": told})
    followed = follow(case.with_work(over), over, world)
    case, event = (followed.state or case).moved(world, "task.returned", about=over)
    return Decision(case, events=(event,), sends=followed.sends, answer={"state": over.task.state.value})


def reassigned(case: Case | None, command: Reassign, world: World[Rules]) -> Decision[Case]:
    """Given by hand, past the draw and the load cap, also while nobody else may take it.

    Raises Refused UNKNOWN_TASK, TASK_OVER, ILLEGAL_MOVE, NOT_AUTHORISED (403), CONFLICT_OF_INTEREST; UNKNOWN_OFFICER,
    NOT_ELIGIBLE, SECOND_OFFICER_NEEDED (422).
    """
    case, work = the_work(case, command.task_id)
    MOVES.check(work.task.state, TaskState.ASSIGNED)
    leader = _leader(case, work, command.officer_id, world)
    chosen = _eligible(case, work, command, world)
    second = _second(case, command, leader, world)
    told = Override(
        from_officer=work.task.assignee,
        to_officer=chosen.id,
        reason=command.reason,
        by=leader.id,
        second_officer=second.id,
        at=world.now,
    )
    given = Given(key=f"{work.task.id}/{len(work.given) + 1}", officer_id=chosen.id)
    rule_id, rule_version = BY_HAND
    changed = work.to(
        TaskState.ASSIGNED, assignee=chosen.id, rule_id=rule_id, rule_version=rule_version, waits_for=None
    )
    changed = changed.model_copy(
        update={
            "given": (*work.given, given),
            "override": told,
            "draw": None,
            "jump": None,
            "ask_again_at": None,
            "start_by": start_by(case, work, world),
        }
    )
    taken = TaskTaken(unit_id=work.task.unit_id, task_id=given.key, request_id=case.request_id, officer_id=chosen.id)
    sends = (*release(case, work), Send("queue", work.task.unit_id, taken))
    case, event = case.with_work(changed).moved(world, "task.reassigned", *first_told(case), about=changed)
    return Decision(case, events=(event,), sends=sends, answer={"state": changed.task.state.value})


def _leader(case: Case, work: Work, officer_id: str, world: World[Rules]) -> Officer:
    """Who heads the unit or the agency, or whoever has a shift in the place of the former."""
    officer = officer_in_service(officer_id, world)
    if not leads(officer, work.task.unit_id, world):
        raise Refused("NOT_AUTHORISED", "who leads the unit or the agency gives work by hand", status=403)
    impartial(officer, case)
    return officer


def _eligible(case: Case, work: Work, command: Reassign, world: World[Rules]) -> Officer:
    """Of the unit, with authority for the service, barred by nothing, and not who has it already.

    Whoever had it before may be given it again, by hand: the second officer sees it.
    """
    chosen, unit = officer_in_service(command.to, world, field="to"), world.registry.unit(work.task.unit_id)
    day = civil_day(world.now)
    if unit is None or chosen.id not in fairness.able(world.registry, unit, case.service_id, day, case.amount):
        raise _wrong("to", "NOT_ELIGIBLE", "the officer does not process this service in the unit")
    if chosen.absent_on(day):
        raise _wrong("to", "NOT_ELIGIBLE", "the officer is away today")
    if chosen.id in (*case.barred, work.task.assignee):
        raise _wrong("to", "NOT_ELIGIBLE", "the officer has it, or decided what is objected to")
    impartial(chosen, case)
    return chosen


def _second(case: Case, command: Reassign, leader: Officer, world: World[Rules]) -> Officer:
    """Somebody else of the agency than who gives and who is given."""
    if command.second_officer_id in (None, leader.id, command.to):
        raise _wrong("secondOfficerId", "SECOND_OFFICER_NEEDED", "to give work by hand needs a second officer")
    second = officer_in_service(str(command.second_officer_id), world, field="secondOfficerId")
    if second.org_id != leader.org_id:
        raise _wrong("secondOfficerId", "SECOND_OFFICER_NEEDED", "the second officer is of another agency")
    impartial(second, case)
    return second


def _wrong(field: str, code: str, detail: str, **facts: Any) -> Refused:
    """A command that names something wrong: 422 with the field."""
    return Refused(code, detail, status=422, errors=[{"field": field, "code": code, "detail": detail}], **facts)
