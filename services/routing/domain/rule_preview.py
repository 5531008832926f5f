"""A rule looked at before it takes effect: what it would have done with cases that are there (domain 7).

Each case is put to the rows of the rule that is proposed, and to those of the rule in force, by what is known of it:
the county of its desk, area, amount, kind of applicant. So both are judged alike, whatever version the case itself was
opened by. What fits no row is the sheet's unit's, in one task.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from services.contracts.routing_rule import RuleRow, matches
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Id, Wire
from services.routing.domain.case import Case
from services.routing.domain.clocks import counting
from services.routing.domain.fairness import able
from services.worktime import WorktimeError
from services.worktime.published import calendar_of

EXAMPLES = 10
"""Requests that are named, of those that others would have worked on."""

Place = tuple[str, str | None]
"""A unit, and the step of the rule; None = the rule says nothing, and the unit is the sheet's."""


class Compared(Wire):
    """How many by the rule that is proposed, and by the one in force."""

    would: int
    had: int


class StepTasks(Compared):
    unit_id: Id
    step: Id | None


class UnitOfficers(Wire):
    """Who of a unit may process the service today, whatever the amount up to which, and is not away."""

    unit_id: Id
    officers: int


class RungReached(Wire):
    """Of how many cases so many percent of the budget are consumed by now."""

    percent: int
    cases: int


@dataclass
class Tally:
    """The cases that were put to both rules so far, the newest first."""

    registry: Snapshot
    proposed: Sequence[RuleRow]
    rungs: Sequence[int]
    present: Sequence[RuleRow]
    cases: int = 0
    moved: int = 0
    """Cases on which other units would have worked, or in another order."""
    examples: list[str] = field(default_factory=list)
    would: Counter[Place] = field(default_factory=Counter)
    had: Counter[Place] = field(default_factory=Counter)
    four_eyes: Counter[str] = field(default_factory=Counter)
    no_row: Counter[str] = field(default_factory=Counter)
    reached: Counter[int] = field(default_factory=Counter)

    def take(self, case: Case, now: datetime) -> None:
        then, before = self._row(self.proposed, case), self._row(self.present, case)
        would, had = _places(then, case), _places(before, case)
        self.cases += 1
        self.would.update(would)
        self.had.update(had)
        for which, row in (("would", then), ("had", before)):
            self.no_row[which] += row is None
            self.four_eyes[which] += row is not None and _takes_two(row, case)
        if [unit for unit, _ in would] != [unit for unit, _ in had]:
            self.moved += 1
            if len(self.examples) < EXAMPLES:
                self.examples.append(case.request_id)
        percent = self._consumed(case, now) if self.rungs else None
        self.reached.update(rung for rung in self.rungs if percent is not None and rung <= percent)

    def tasks(self) -> tuple[StepTasks, ...]:
        """By unit and step; those of a case that fits no row come before the steps of the unit."""
        places = sorted({*self.would, *self.had}, key=lambda place: (place[0], place[1] or ""))
        return tuple(
            StepTasks(unit_id=place[0], step=place[1], would=self.would[place], had=self.had[place]) for place in places
        )

    def officers(self, service_id: str, today: date) -> tuple[UnitOfficers, ...]:
        """Of every unit that the rule names, and of those that work by the rule in force."""
        named = {step.unit_id for row in self.proposed for step in row.steps}
        found = []
        for unit_id in sorted(named | {unit for unit, _ in (*self.would, *self.had)}):
            unit = self.registry.unit(unit_id)
            of_any_amount = able(self.registry, unit, service_id, today, 0) if unit else ()
            found.append(UnitOfficers(unit_id=unit_id, officers=len(of_any_amount)))
        return tuple(found)

    def rungs_reached(self) -> tuple[RungReached, ...]:
        return tuple(RungReached(percent=percent, cases=self.reached[percent]) for percent in self.rungs)

    def _row(self, rows: Sequence[RuleRow], case: Case) -> RuleRow | None:
        desk = self.registry.desk(case.desk_id)
        county, area, amount, applicant = desk.county if desk else None, case.area, case.amount, case.applicant_kind
        return next(
            (row for row in rows if matches(row, county=county, area=area, amount=amount, applicant=applicant)), None
        )

    def _consumed(self, case: Case, now: datetime) -> int | None:
        """Whole percents of the budget; None where the calendar is not known."""
        entry, desk = self.registry.calendar(case.calendar.id, case.calendar.version), self.registry.desk(case.desk_id)
        if entry is None:
            return None
        clock = counting(case.clock)
        try:
            consumed = clock.consumed_at(calendar_of(entry, desk.county if desk else None), now)
        except WorktimeError:
            return None
        return consumed * 100 // max(1, clock.budget.grains + clock.extended)


def _places(row: RuleRow | None, case: Case) -> list[Place]:
    return [(step.unit_id, step.id) for step in row.steps] if row else [(case.unit_id, None)]


def _takes_two(row: RuleRow, case: Case) -> bool:
    """As `Plan.takes_two`."""
    return row.four_eyes_from is not None and (case.amount is None or case.amount >= row.four_eyes_from)
