"""Who acts on a task: the officer to whom it is assigned, and nobody else."""

from services.contracts.decision import Refused, World
from services.contracts.entry import Status
from services.contracts.registry import Officer
from services.routing.domain.case import Case
from services.routing.domain.rules import Rules


def by_assignee(case: Case, officer_id: str, target: str, world: World[Rules]) -> Officer:
    """The officer, who is the one that the task is assigned to.

    Raises Refused NOT_ASSIGNEE, UNKNOWN_OFFICER, CONFLICT_OF_INTEREST.
    """
    officer = officer_in_service(officer_id, world)
    if officer.unit_id != case.unit_id or officer.id != case.task.assignee:
        raise Refused(
            "NOT_ASSIGNEE",
            "the task is assigned to another officer",
            status=409,
            **{"from": case.task.state.value, "to": target},
        )
    impartial(officer, case)
    return officer


def impartial(officer: Officer, case: Case) -> None:
    """I8. Raises Refused CONFLICT_OF_INTEREST: also for what was handed out before they declared it."""
    if officer.in_conflict(*case.people):
        raise Refused("CONFLICT_OF_INTEREST", "this officer has declared to have to do with who this is about")


def officer_in_service(officer_id: str, world: World[Rules]) -> Officer:
    """Raises Refused UNKNOWN_OFFICER (422)."""
    officer = world.registry.officer(officer_id)
    if officer is None or officer.status is not Status.ACTIVE:
        raise Refused("UNKNOWN_OFFICER", "no such officer is in service", status=422)
    return officer
