"""The work goes to another unit: the case follows, and its desk need not see to it (domain 3, 1.2)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.routing import (
    ResultKind,
    Task,
    TaskState,
    Transfer,
    TransferReason,
    TransferState,
    WorkMoved,
)
from services.intake.domain.case_parts import Attention
from services.intake.domain.request import Request
from tests.unit.intake.asked_units import REVENUE, UNIT
from tests.unit.intake.cases import MORNING, a_result, answered, case_of, happens, move_of, state_of, work, world
from tests.unit.intake.test_coordinating import Told, filed


def task(number: int, unit: str, state: TaskState, **changes: Any) -> Task:
    return Task(id=f"task-{number}", unit_id=unit, state=state, rule_id="fair-pick", rule_version=1, **changes)


NOT_OURS = task(1, UNIT, TaskState.ANSWERED, answer=ResultKind.NO_COMPETENCE)
NEXT = task(2, REVENUE, TaskState.OFFERED)


def answer(request: Request, *tasks: Task, **changes: Any) -> WorkMoved:
    event = work(request, "task.answered")
    return event.model_copy(update={"task": NOT_OURS, "tasks": tasks} | changes)


def handed_on(request: Request, unit: str = REVENUE) -> WorkMoved:
    transfer = Transfer(
        id=f"{request.id}.t1",
        task_id="task-1",
        from_unit=UNIT,
        to_org="wa-municipality-urmia",
        to_unit=unit,
        reason=TransferReason.OTHER_AREA,
        by="wa-municipality-urmia-permits-01",
        at=MORNING,
        answer_by=MORNING + timedelta(days=1),
        state=TransferState.ACKNOWLEDGED,
    )
    moves = ("transfer.offered", "transfer.acknowledged")
    return work(request, *moves).model_copy(update={"transfer": transfer, "tasks": (NOT_OURS, NEXT)})


def started() -> Request:
    return state_of(happens(filed(), work(filed(), "task.started"), world()))


def test_the_unit_that_the_rule_names_has_it_instead_and_that_is_counted() -> None:
    decision = happens(started(), answer(started(), NOT_OURS, NEXT), world())
    event = move_of(decision)
    assert event.moves == ("request.rerouted",)
    assert (event.state, event.unit_id, event.reroutes) == ("IN_PROGRESS", REVENUE, 1)
    assert (case_of(decision).attention, case_of(decision).result) == ((), None)


@pytest.mark.parametrize(
    "beside",
    [
        task(2, REVENUE, TaskState.STARTED, step="fees"),
        task(2, REVENUE, TaskState.CANCELLED),
    ],
    ids=["another step", "over"],
)
def test_work_that_another_unit_does_anyhow_is_no_rerouting(beside: Task) -> None:
    decision = happens(started(), answer(started(), NOT_OURS, beside), world())
    assert decision.events == ()
    assert (case_of(decision).unit_id, case_of(decision).reroutes) == (UNIT, 0)


def test_what_nobody_has_rerouted_is_the_desks_until_it_is_handed_on() -> None:
    stuck = answered(started(), kind=ResultKind.NO_COMPETENCE)
    assert (case_of(stuck).state, case_of(stuck).attention) == ("IN_PROGRESS", (Attention.NO_COMPETENCE,))
    decision = happens(state_of(stuck), handed_on(state_of(stuck)), world())
    assert move_of(decision).moves == ("request.rerouted",)
    assert (case_of(decision).attention, case_of(decision).result) == ((), None)
    assert (case_of(decision).unit_id, case_of(decision).reroutes) == (REVENUE, 1)
    done = work(state_of(decision), "task.answered", "result.decided", result=a_result())
    assert case_of(happens(state_of(decision), done, world())).state == "RESULT_READY"


def test_a_transfer_before_anybody_has_begun_leaves_the_case_where_it_is() -> None:
    decision = happens(filed(), handed_on(filed()), world())
    assert (case_of(decision).state, case_of(decision).unit_id) == ("PROMISED", REVENUE)


def test_a_transfer_that_is_only_offered_changes_nothing() -> None:
    offered = handed_on(filed()).model_copy(update={"moves": ("transfer.offered",)})
    assert happens(filed(), offered, world()).events == ()


def test_a_case_that_is_coordinated_stays_so_with_its_new_unit() -> None:
    told = Told().works("task.started").asked()
    told.hears(told.units.seen_with(answer(told.request, NOT_OURS, NEXT)))
    assert (told.case.state, told.verbs(), told.case.unit_id) == ("COORDINATING", ("request.rerouted",), REVENUE)
