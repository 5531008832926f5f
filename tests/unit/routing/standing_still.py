"""A case of the municipality's unit that is suspended and resumed."""

from datetime import datetime, timedelta
from typing import Any

from services.contracts.decision import Decision
from services.contracts.entry import Entry
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.routing.domain import suspending
from services.routing.domain.case import Case
from services.routing.domain.commands import Resume, Suspend
from services.worktime import Duration, Unit, promise
from services.worktime.published import calendar_of
from tests.unit.intake.cases import at
from tests.unit.routing.office import DESK, UNIT, province, world
from tests.unit.routing.test_handling import assigned

PLAN, CONTRACT, DEED = "architectural-plan", "engineer-contract", "ownership-deed"
REGISTRY = province("ada", "bahar")
FILED = at("1405/09/02 09:30")


def hours() -> Any:
    unit, desk = REGISTRY.unit(UNIT), REGISTRY.desk(DESK)
    assert unit is not None
    assert desk is not None
    entry = REGISTRY.calendar(unit.calendar_id)
    assert entry is not None
    return calendar_of(entry, desk.county)


def a_case(budget: int = 15) -> Case:
    """A permit with `ada`, promised as intake promises: so many working days from Monday 1405/09/02 09:30."""
    case = assigned()
    days = WorkingTime(value=budget, unit=DurationUnit.WORKING_DAYS)
    due = promise(hours(), FILED, Duration(budget, Unit.WORKING_DAYS)).at
    clock = case.clock.model_copy(update={"budget": days, "running_since": FILED, "due": due})
    return case.model_copy(update={"clock": clock, "legal_latest_at": FILED + timedelta(days=300)})


def suspend(case: Case, now: datetime | str, cause: str = "APPLICANT", **body: Any) -> Decision[Case]:
    asked = {"evidenceTypes": [PLAN]} if cause == "APPLICANT" else {}
    command = Suspend.model_validate(
        {"taskId": case.work[-1].task.id, "officerId": "ada", "cause": cause} | asked | body
    )
    return suspending.suspended(case, command, world(moment(now), REGISTRY))


def resume(case: Case, now: datetime | str, *changed: Entry, officer: str = "ada") -> Decision[Case]:
    command = Resume.model_validate({"taskId": case.work[-1].task.id, "officerId": officer})
    return suspending.resumed(case, command, world(moment(now), REGISTRY.with_entries(changed)))


def moment(now: datetime | str) -> datetime:
    return at(now) if isinstance(now, str) else now


def state(decision: Decision[Case]) -> Case:
    assert decision.state is not None
    return decision.state
