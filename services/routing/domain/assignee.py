"""Who acts on a task: the officer to whom it is assigned, and nobody else."""

from services.contracts.decision import Refused, World
from services.contracts.entry import Status
from services.contracts.registry import Officer
from services.routing.domain.case import Case
from services.routing.domain.rules import Rules
from services.routing.domain.work import Work
from services.worktime.shifts import heads


def the_work(case: Case | None, task_id: str) -> tuple[Case, Work]:
    """The case, and its work on that task. Raises Refused UNKNOWN_TASK (404), TASK_OVER: of a round before."""
    work = case.of_task(task_id) if case is not None else None
    if case is None or not any(work.task.id == task_id for work in case.tasks_ever()):
        raise Refused("UNKNOWN_TASK", "there is no such task", status=404)
    if work is None:
        now = ", ".join(work.task.id for work in case.work)
        raise Refused("TASK_OVER", f"this task has ended; the request is worked on as {now}")
    return case, work


def by_assignee(case: Case, work: Work, officer_id: str, target: str, world: World[Rules]) -> Officer:
    """The officer, who is the one that the task is assigned to.

    Raises Refused NOT_ASSIGNEE, UNKNOWN_OFFICER, CONFLICT_OF_INTEREST.
    """
    officer = the_holder(work, officer_id, target, world)
    impartial(officer, case)
    return officer


def the_holder(work: Work, officer_id: str, target: str, world: World[Rules]) -> Officer:
    """The officer who has the task, whatever they have to do with its person.

    Raises Refused NOT_ASSIGNEE, UNKNOWN_OFFICER.
    """
    officer = officer_in_service(officer_id, world)
    if officer.unit_id != work.task.unit_id or officer.id != work.task.assignee:
        raise Refused(
            "NOT_ASSIGNEE",
            "the task is assigned to another officer",
            status=409,
            **{"from": work.task.state.value, "to": target},
        )
    return officer


def leads(officer: Officer, unit_id: str, world: World[Rules]) -> bool:
    """Whether the officer heads the unit or its agency, or has a shift in the place of the former."""
    unit = world.registry.unit(unit_id)
    agency = world.registry.organization(unit.org_id) if unit else None
    if unit is not None and heads(unit, officer.id, world.now):
        return True
    return agency is not None and officer.id == agency.head_officer_id


def impartial(officer: Officer, case: Case) -> None:
    """I8. Raises Refused CONFLICT_OF_INTEREST: also for what was handed out before they declared it, or have given a
    task of the case back for it."""
    if officer.in_conflict(*case.people) or officer.id in case.withdrew():
        raise Refused("CONFLICT_OF_INTEREST", "this officer has declared to have to do with who this is about")


def officer_in_service(officer_id: str, world: World[Rules], *, field: str = "officerId") -> Officer:
    """`field`: where the command names them. Raises Refused UNKNOWN_OFFICER (422)."""
    officer = world.registry.officer(officer_id)
    if officer is None or officer.status is not Status.ACTIVE:
        detail = "no such officer is in service"
        wrong = [{"field": field, "code": "UNKNOWN_OFFICER", "detail": detail}]
        raise Refused("UNKNOWN_OFFICER", detail, status=422, errors=wrong)
    return officer
