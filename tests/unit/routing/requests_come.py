"""Requests come, are over for intake, are objected to and reopened, as intake tells of them (domain 3; I8)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState
from services.contracts.intake import RequestMoved, RequestState
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.contracts.working_calendar import CalendarRef
from tests.unit.routing.agencies_at_work import AGENTS, CALENDAR, CASES, PERMIT, PERSONS, WAYS
from tests.unit.routing.behind_the_desk import BehindTheDesk, which
from tests.unit.routing.expected_work import MINUTE, NOBODYS, Expected, Way
from tests.unit.routing.office import registered

LAWFUL = timedelta(days=28)
"""So long the law leaves: a pause or two, and the promise lies at its limit (I3)."""
PRIORITIES = (None, None, None, "VETERAN", "DISABLED")


class RequestsCome(BehindTheDesk):
    @initialize(
        amounts=st.lists(st.sampled_from([None, 999, 1000, 5000]), min_size=1, max_size=3),
        apart=st.sampled_from([0, 5, 30]),
        arrive=st.booleans(),
        priorities=st.lists(st.sampled_from(PRIORITIES), min_size=3, max_size=3),
    )
    def some_cases_come(
        self, amounts: list[int | None], apart: int, arrive: bool, priorities: list[str | None]
    ) -> None:
        for id, amount, priority in zip(CASES, amounts, priorities, strict=False):
            self.a_request_is_registered(id, PERMIT.service, amount, priority)
            self.now += apart * MINUTE
        if arrive:
            self.all_words_arrive()

    @rule(
        id=which,
        service=st.sampled_from(sorted(WAYS)),
        amount=st.sampled_from([None, 999, 1000, 5000]),
        priority=st.sampled_from(PRIORITIES),
    )
    def a_request_is_registered(self, id: str, service: str, amount: int | None, priority: str | None) -> None:
        if id in self.cases:
            return
        way = WAYS[service]
        self.expected[id] = expected = Expected(
            id, way, amount, {PERSONS[id]}, priority, self.now, self._promised(way), self.now + LAWFUL
        )
        self._begin(expected)
        self._take(id, self._says(expected, "registered"))

    def _begin(self, expected: Expected, doers: dict[str | None, str] | None = None) -> None:
        expected.running, expected.counted_by = self.now, self.hours.newest
        expected.open_steps(doers)

    def _promised(self, way: Way) -> datetime:
        """As intake promises it now, by the days that it knows."""
        calendar = self.hours.versions[self.hours.newest]
        return calendar.hours_after(self.now, way.hours) if way.hours else calendar.calendar_days_after(self.now, 7)

    def _says(self, expected: Expected, verb: str, **changes: Any) -> RequestMoved:
        hours, days = expected.way.hours, expected.way.days
        promise = Commitment(
            id=f"{expected.id}.{expected.round}",
            kind=CommitmentKind.FINAL_DELIVERY,
            promised_at=expected.due,
            promised_local="1405/09/23 09:30",
            legal_latest_at=expected.latest,
            calendar=CalendarRef(id=CALENDAR, version=self.hours.newest),
            budget=WorkingTime(value=hours, unit=DurationUnit.WORKING_HOURS)
            if hours
            else WorkingTime(value=days or 0, unit=DurationUnit.WORKING_DAYS),
            state=CommitmentState.OPEN,
        )
        fields: dict[str, Any] = {
            "moves": (f"request.{verb}",),
            "commitments": (promise,),
            "service_id": expected.way.service,
            "amount": expected.amount,
            "applicant_ref": PERSONS[expected.id],
            "priority_class": expected.priority,
            "round": expected.round,
            "occurred_at": self.now,
        }
        return registered(expected.id, self.now, **(fields | changes))

    @rule(id=which)
    def somebody_comes_to_speak_for_them(self, id: str) -> None:
        """Who has to do with either has no hand in it from now on (I8)."""
        if expected := self.expected.get(id):
            expected.people.add(AGENTS[id])
            self._take(id, self._says(expected, "represented", representative_ref=AGENTS[id]))

    @rule(id=which, verb=st.sampled_from(["withdrawn", "done-on-spot"]), doit=st.integers(0, 2))
    def it_is_over_for_intake(self, id: str, verb: str, doit: int) -> None:
        expected = self.expected.get(id)
        if expected is None or doit:
            return
        told = self._ending(expected)
        expected.end(self.now)
        self._take(id, self._says(expected, verb, state=RequestState.WITHDRAWN), *told)

    @staticmethod
    def _ending(expected: Expected) -> list[tuple[str, ...]]:
        """What is told when nothing is left to do."""
        if expected.over:
            return []
        told: list[tuple[str, ...]] = [("task.cancelled",) for piece in expected.pieces if piece.live]
        told[-1:] = [(*(told[-1] if told else ()), "clock.stopped")]
        return [*told, *[("transfer.returned",) for each in expected.transfers if each.state == "OFFERED"]]

    @rule(id=which, reopened=st.booleans())
    def it_is_objected_to_or_reopened(self, id: str, reopened: bool) -> None:
        before = self.expected.get(id)
        if before is None or before.result in (None, NOBODYS) or not before.over:
            return
        if not reopened and before.result not in ("REFUSED", "PARTIAL"):
            return
        self.ended.append(before)
        barred = set() if reopened else before.authors()
        doers = {piece.step.id: piece.decided_by for piece in before.pieces if piece.decided_by} if reopened else {}
        self.expected[id] = after = replace(
            before,
            arrived=self.now,
            round=before.round + 1,
            due=self._promised(before.way),
            latest=self.now + LAWFUL,
            pieces=[],
            stood=[],
            barred=barred,
            withdrew=set(before.withdrew),
            spans=[],
            waited_for=set(),
            rungs=0,
            result=None,
            told_first=False,
        )
        self._begin(after, doers)
        verb = "reopened" if reopened else "objected"
        self._take(id, self._says(after, verb, state=RequestState[verb.upper()]))
