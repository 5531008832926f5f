"""A Clock of the unit while its days change."""

from datetime import datetime, timedelta
from typing import Any

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState
from services.contracts.decision import Decision, World
from services.contracts.routing import WorkMoved
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.contracts.working_calendar import CalendarRef, DayException, DayKind, WorkingCalendar
from services.routing.domain import placing
from services.routing.domain.case import Case
from services.routing.domain.messages import CalendarChanged
from services.routing.domain.re_dating import calendar_changed
from services.routing.domain.rules import Rules
from services.worktime import Calendar, Duration, Unit, jalali_text, promise
from services.worktime.published import calendar_of
from tests.support.memory_door import WORKING_MORNING
from tests.unit.notify.cases import at
from tests.unit.routing.office import DESK, province, registered, world

FILED = WORKING_MORNING
"""Monday 1405/09/02 09:30."""
BUDGET = WorkingTime(value=15, unit=DurationUnit.WORKING_DAYS)


def calendar(*days: DayException, version: int = 1) -> WorkingCalendar:
    """The municipality's calendar with nothing but these days."""
    desk = province().desk(DESK)
    assert desk is not None
    entry = province().calendar(desk.calendar_id)
    assert entry is not None
    return entry.model_copy(update={"exceptions": days, "version": version})


def day(written: str, kind: DayKind = DayKind.CLOSED, status: str = "CONFIRMED", **how: Any) -> DayException:
    return DayException.model_validate(
        {"date": at(f"{written} 12:00").date(), "kind": kind, "status": status, "source": "بخشنامه ۷۷"} | how
    )


class Days:
    """The calendar in its versions, from 1 on."""

    def __init__(self, *versions: tuple[DayException, ...]) -> None:
        self.entries = [calendar(*days, version=number) for number, days in enumerate(versions, 1)]

    def world(self, now: datetime) -> World[Rules]:
        known = world(now)
        return World(
            now=now,
            registry=province("ada").with_entries(self.entries),
            rules=known.rules,
            patience_over=True,
        )

    def version(self, number: int) -> Calendar:
        desk = province().desk(DESK)
        assert desk is not None
        return calendar_of(self.entries[number - 1], desk.county)

    def promised(self, legal: timedelta = timedelta(days=60), filed: datetime = FILED) -> Commitment:
        due = promise(self.version(1), filed, Duration(15, Unit.WORKING_DAYS)).at
        return Commitment(
            id="r1.1",
            kind=CommitmentKind.FINAL_DELIVERY,
            promised_at=due,
            promised_local=jalali_text(due),
            legal_latest_at=filed + legal,
            calendar=CalendarRef(id=self.entries[0].id, version=1),
            budget=BUDGET,
            state=CommitmentState.OPEN,
        )

    def case(self, **how: Any) -> Case:
        """A building permit of 1405/09/02, with its Clock running."""
        case = placing.request_moved(
            None, registered("r1", FILED, commitments=(self.promised(**how),)), self.world(FILED)
        ).state
        assert case is not None
        return case

    def changed(self, case: Case, to: int = 2, now: datetime = FILED + timedelta(days=1)) -> Decision[Case]:
        return calendar_changed(case, CalendarChanged(version=to), self.world(now))


def state_of(decision: Decision[Case]) -> Case:
    assert decision.state is not None
    return decision.state


def word(decision: Decision[Case]) -> WorkMoved:
    (event,) = decision.events
    assert isinstance(event, WorkMoved)
    return event
