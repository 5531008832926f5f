"""Requests come, are over for intake, are objected to and reopened, as intake tells of them (domain 3; I8)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState
from services.contracts.intake import RequestMoved, RequestState
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.contracts.working_calendar import CalendarRef
from tests.unit.routing.agencies_at_work import CALENDAR, CASES, PERMIT, PERSONS, WAYS
from tests.unit.routing.behind_the_desk import BehindTheDesk, which
from tests.unit.routing.expected_work import MINUTE, NOBODYS, Expected
from tests.unit.routing.office import registered


class RequestsCome(BehindTheDesk):
    @initialize(
        amounts=st.lists(st.sampled_from([None, 999, 1000]), min_size=1, max_size=3),
        apart=st.sampled_from([0, 5, 30]),
        arrive=st.booleans(),
    )
    def some_cases_come(self, amounts: list[int | None], apart: int, arrive: bool) -> None:
        for id, amount in zip(CASES, amounts, strict=False):
            self.a_request_is_registered(id, PERMIT.service, amount, None)
            self.now += apart * MINUTE
        if arrive:
            self.all_words_arrive()

    @rule(
        id=which,
        service=st.sampled_from(sorted(WAYS)),
        amount=st.sampled_from([None, 999, 1000, 5000]),
        priority=st.sampled_from([None, None, "VETERAN"]),
    )
    def a_request_is_registered(self, id: str, service: str, amount: int | None, priority: str | None) -> None:
        if id in self.cases:
            return
        self.expected[id] = expected = Expected(id, WAYS[service], amount, PERSONS[id], priority, self.now)
        self._begin(expected)
        self._take(id, self._says(expected, "registered"))

    def _begin(self, expected: Expected, doers: dict[str | None, str] | None = None) -> None:
        expected.running, expected.counted_by = self.now, self.hours.newest
        expected.open_steps(doers)

    def _says(self, expected: Expected, verb: str, **changes: Any) -> RequestMoved:
        way, calendar = expected.way, self.hours.versions[self.hours.newest]
        hours, days = way.hours, way.days
        promise = Commitment(
            id=f"{expected.id}.{expected.round}",
            kind=CommitmentKind.FINAL_DELIVERY,
            promised_at=calendar.hours_after(self.now, hours) if hours else calendar.calendar_days_after(self.now, 7),
            promised_local="1405/09/23 09:30",
            legal_latest_at=self.now + timedelta(days=90),
            calendar=CalendarRef(id=CALENDAR, version=self.hours.newest),
            budget=WorkingTime(value=hours, unit=DurationUnit.WORKING_HOURS)
            if hours
            else WorkingTime(value=days or 0, unit=DurationUnit.WORKING_DAYS),
            state=CommitmentState.OPEN,
        )
        fields: dict[str, Any] = {
            "moves": (f"request.{verb}",),
            "commitments": (promise,),
            "service_id": way.service,
            "amount": expected.amount,
            "applicant_ref": expected.person,
            "priority_class": expected.priority,
            "round": expected.round,
            "occurred_at": self.now,
        }
        return registered(expected.id, self.now, **(fields | changes))

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
            pieces=[],
            barred=barred,
            spans=[],
            waited_for=set(),
            rungs=0,
            result=None,
            told_first=False,
        )
        self._begin(after, doers)
        self.dues.pop(id)
        verb = "reopened" if reopened else "objected"
        self._take(id, self._says(after, verb, state=RequestState[verb.upper()]))
