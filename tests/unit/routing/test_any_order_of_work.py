"""Cases of several units are worked on in any order, and what is said of them comes late, twice or in another order.

Domain 3, 6, 7; I6, I7, I8, I11. What must hold is told by `expected_work`, which knows nothing of the rules. Officers
come and go, days are closed, units too.
"""

import os
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState
from services.contracts.decision import Decision, Refused, Send, TimerFired, World
from services.contracts.entry import Status
from services.contracts.intake import AwaitedDocuments, RequestMoved, RequestState, RequestSuspension
from services.contracts.registry import Absence, Authority, Conflict, Officer, Shift, Unit
from services.contracts.routing import SuspensionCause, SuspensionReason
from services.contracts.routing_rule import RoutingRule, RuleRow, RuleStep
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Command
from services.contracts.working_calendar import CalendarRef, DayException, DayKind
from services.routing.domain.case import Case, timers
from services.routing.domain.commands import (
    Acknowledge,
    Answer,
    GiveBack,
    HandOn,
    Line,
    Reassign,
    Refuse,
    Resume,
    Start,
    Suspend,
)
from services.routing.domain.messages import AskAgain, CalendarChanged, EntrySigned, OfferTask, TaskPlaced, TaskWaiting
from services.routing.domain.queue import Queue
from services.routing.domain.rules import Rules
from services.routing.handlers import CASE, QUEUE
from services.routing.store import oldest_before
from services.runtime.store import Store
from services.worktime.jalali import civil_day
from tests.support.filters import fits
from tests.support.memory_door import WORKING_MORNING
from tests.unit.routing.expected_work import (
    MINUTE,
    NOBODYS,
    TASK_MOVES,
    TRANSFER_MOVES,
    Expected,
    Handed,
    Hours,
    Pause,
    Person,
    Piece,
    Step,
    Way,
)
from tests.unit.routing.office import DESK, ORG, RULES, SERVICE, UNIT, officers, province, registered
from tests.unit.worktime.slow_model import TEHRAN, SlowCalendar

REVENUE = "wa-municipality-urmia-revenue"
ROADS, ROADS_UNIT = "wa-roads-housing", "roads-permits"
CALENDAR = "wa-municipality"
UNITS = {UNIT: ORG, REVENUE: ORG, ROADS_UNIT: ROADS}
CAP = 2
OTHER_SERVICE = "demolition-notice"
LEADERS = {UNIT: "hamid", REVENUE: "parisa", ROADS_UNIT: "rahim"}
DESK_HEAD = f"{DESK}-01"
"""Heads the agency too."""

PERMIT = Way(
    service=SERVICE,
    steps=(
        Step("plan", UNIT, start_within=6 * 60),
        Step("toll", REVENUE),
        Step("advice", ROADS_UNIT, mandatory=False),
        Step("seal", UNIT, after=("plan", "toll")),
    ),
    ladder=(50, 80, 100, 120),
    hours=20,
    two_from=1000,
    nobodys_to=REVENUE,
)
NOTICE = Way(service=OTHER_SERVICE, steps=(Step(None, UNIT),), ladder=RULES.ladder, days=5)
WAYS = {way.service: way for way in (PERMIT, NOTICE)}
PAPERS = ("architectural-plan", "engineer-contract")
CASES = ("r1", "r2", "r3")
PERSONS = {id: f"A-{number:032x}" for number, id in enumerate(CASES)}


def everybody() -> dict[str, Person]:
    both: dict[str, int | None] = {SERVICE: None, OTHER_SERVICE: None}
    people = [
        Person("ada", ORG, UNIT, dict(both)),
        Person("bahar", ORG, UNIT, {SERVICE: 1000, OTHER_SERVICE: None}),
        Person("cyrus", ORG, REVENUE, dict(both), until="11:00"),
        Person("dara", ORG, REVENUE, {SERVICE: None}),
        Person("elham", ROADS, ROADS_UNIT, dict(both)),
        Person("farid", ROADS, ROADS_UNIT, {SERVICE: None}),
        Person("hamid", ORG, UNIT),
        Person("parisa", ORG, REVENUE),
        Person("rahim", ROADS, ROADS_UNIT),
    ]
    return {person.id: person for person in people}


def the_province() -> Snapshot:
    base = province()
    away = [one.model_copy(update={"unit_id": None, "version": one.version + 1}) for one in base.officers_of(REVENUE)]
    steps = tuple(
        RuleStep(
            id=str(step.id),
            unit_id=step.unit,
            after=step.after,
            mandatory=step.mandatory,
            start_within=WorkingTime(value=step.start_within // 60, unit=DurationUnit.WORKING_HOURS)
            if step.start_within
            else None,
        )
        for step in PERMIT.steps
    )
    row = RuleRow(steps=steps, four_eyes_from=PERMIT.two_from, no_competence_to=PERMIT.nobodys_to)
    known = base.rule_of(SERVICE)
    law = RoutingRule(
        id="building-permit-rule",
        org_id=ORG,
        version=known.version + 1 if known else 1,
        service_id=SERVICE,
        rows=(row,),
        rungs=PERMIT.ladder,
    )
    return base.with_entries([*away, law])


BASE = the_province()
NAMES = tuple(everybody())
which = st.sampled_from(CASES)
anybody = st.sampled_from((*NAMES, DESK_HEAD))
nth = st.integers(0, 5)


class Stored:
    def __init__(self, state: Case) -> None:
        self.state = state


class Cases:
    """Routing's cases as its queries read them."""

    def __init__(self, cases: Mapping[str, Case]) -> None:
        self.cases = cases

    async def find(self, entity: Any, filter: Any, *, sort: Any, limit: int) -> list[Stored]:
        found = [case for case in self.cases.values() if fits({"state": case.to_sparse()}, filter)]
        return [Stored(case) for case in sorted(found, key=lambda case: case.order)[:limit]]


def at_once(asked: Coroutine[Any, Any, Any]) -> Any:
    try:
        asked.send(None)
    except StopIteration as found:
        return found.value
    raise AssertionError("nothing is waited for")


class BehindTheDesk(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = WORKING_MORNING
        self.people = everybody()
        self.suspended_units: set[str] = set()
        self.cases: dict[str, Case] = {}
        self.queues: dict[str, Queue] = {}
        self.expected: dict[str, Expected] = {}
        self.ended: list[Expected] = []
        """Rounds that are over."""
        self.underway: list[Send] = []
        self.sent: list[Send] = []
        self.placements: dict[str, int] = {}
        """The queue's entry that counts, by the key of the giving."""
        self.dues: dict[str, datetime] = {}
        self.hours = Hours()
        self.versions: Counter[str] = Counter()
        self.registry = BASE
        self._publish(*self.people, *UNITS)
        self._note_calendar()

    # --- the registry ------------------------------------------------------------------------------------------------

    def _publish(self, *ids: str) -> None:
        self.versions.update(ids)
        entries = [self._unit(id) if id in UNITS else self._officer(self.people[id]) for id in ids]
        self.registry = self.registry.with_entries(entries)

    def _officer(self, person: Person) -> Officer:
        (officer,) = officers(person.id)
        authorities = [
            Authority(service_id=service, actions=("PROCESS",), max_amount=limit, valid_from=date(2026, 3, 21))
            for service, limit in person.may.items()
        ]
        changes = {
            "org_id": person.org,
            "unit_id": person.unit,
            "authorities": tuple(authorities),
            "version": 10 + self.versions[person.id],
            "status": Status.RETIRED if person.left else Status.ACTIVE,
            "absences": tuple(Absence(first=day, last=day) for day in sorted(person.away)),
            "conflicts": tuple(
                Conflict(ref=ref, relation="OTHER", since=date(2026, 1, 1)) for ref in sorted(person.declared)
            ),
        }
        return officer.model_copy(update=changes)

    def _unit(self, id: str) -> Unit:
        shifts = [
            Shift(officer_id=person.id, valid_from=date(2026, 1, 1), intervals=(("00:00", person.until),))
            for person in self.people.values()
            if id == REVENUE and person.unit == id
        ]
        return Unit(
            id=id,
            org_id=UNITS[id],
            version=10 + self.versions[id],
            name="واحد",
            name_en="Unit",
            county="urmia",
            calendar_id=CALENDAR,
            load_cap=CAP,
            head_officer_id=LEADERS[id],
            shifts=tuple(shifts),
            status=Status.SUSPENDED if id in self.suspended_units else Status.ACTIVE,
        )

    def _note_calendar(self) -> None:
        entry = self.registry.calendar(CALENDAR)
        assert entry is not None
        self.hours.versions[entry.version] = SlowCalendar(entry.to_wire(), "urmia", desk=False, avoid=False)

    @property
    def _world(self) -> World[Rules]:
        return World(now=self.now, registry=self.registry, rules=RULES, patience_over=True)

    @property
    def _today(self) -> date:
        return self.now.astimezone(TEHRAN).date()

    # --- deciding ----------------------------------------------------------------------------------------------------

    def _take(self, id: str, body: Any, *told: tuple[str, ...]) -> Decision[Case]:
        """What a case decides, of which it must tell exactly this."""
        before = self.cases.get(id)
        decision = cast(Decision[Case], CASE.decide[type(body)](before, body, self._world))
        assert [event.moves for event in decision.events] == list(told), (id, body)
        if decision.state is None:
            assert before is None
            return decision
        case = decision.state
        expected = self.expected[id]
        for event in decision.events:
            expected.version += 1
            wire = cast(Any, event)
            assert (wire.version, wire.round, wire.request_id) == (expected.version, expected.round, id)
            assert wire.occurred_at == self.now
        assert case.version == expected.version
        self._moves_are_legal(before, case)
        self._due_stands(id, case, decision)
        self._lines_stand(before, case)
        self.cases[id] = case
        self._send(case, decision.sends)
        return decision

    def _moves_are_legal(self, before: Case | None, case: Case) -> None:
        was = {work.task.id: work.task.state.value for work in before.tasks_ever()} if before else {}
        for work in case.tasks_ever():
            state = work.task.state.value
            assert state == was.get(work.task.id, "OFFERED") or state in TASK_MOVES[was.get(work.task.id, "OFFERED")]
        assert was.keys() <= {work.task.id for work in case.tasks_ever()}, "no task is forgotten"
        offers = {each.id: each.state.value for each in before.transfers} if before else {}
        for each in case.transfers:
            state = offers.get(each.id, "OFFERED")
            assert each.state == state or each.state in TRANSFER_MOVES.get(state, ())
        assert offers.keys() <= {each.id for each in case.transfers}, "no transfer is forgotten"

    def _lines_stand(self, before: Case | None, case: Case) -> None:
        """What is work for a head has been so since it came up."""
        known = {(line.kind, line.task_id): line.since for line in before.for_head} if before else {}
        for line in case.for_head:
            assert line.since == known.get((line.kind, line.task_id), self.now)

    def _due_stands(self, id: str, case: Case, decision: Decision[Case]) -> None:
        """I6: nothing moves a due time but a move of the Clock that is told; no pause makes it earlier."""
        known, moves = self.dues.get(id), {move for event in decision.events for move in cast(Any, event).moves}
        if known is not None and known != case.clock.due:
            assert "clock.due-moved" in moves
            if "clock.resumed" in moves:
                assert case.clock.due > known
        self.dues[id] = case.clock.due

    def _send(self, case: Case | None, sends: Sequence[Send]) -> None:
        for send in sends:
            if case is not None and isinstance(send.body, OfferTask):
                self._is_offered_rightly(send.body)
        self.underway += sends
        self.sent += sends

    def _is_offered_rightly(self, offer: OfferTask) -> None:
        """I8: to nobody who decided what is objected to, nor had it before, nor has to do with the person."""
        expected = self.expected[offer.request_id]
        piece = expected.piece(offer.task_id)
        assert piece is not None
        assert piece.state == "OFFERED"
        assert (offer.unit_id, offer.service_id) == (piece.unit, expected.way.service)
        assert (offer.amount, offer.people, offer.doer) == (expected.amount, (expected.person,), piece.doer)
        assert set(offer.barred) == expected.barred | piece.had

    def _refused(self, id: str, body: Command, wrong: Sequence[str]) -> bool:
        """Whether it is refused, with one of these codes, and nothing has changed."""
        if not wrong:
            return False
        with pytest.raises(Refused) as refused:
            CASE.decide[type(body)](self.cases.get(id), body, self._world)
        assert refused.value.code in wrong, (refused.value.code, wrong, body)
        return True

    # --- case and queue ----------------------------------------------------------------------------------------------

    def _deliver(self, send: Send) -> None:
        body = send.body
        if send.entity == "queue":
            queue = self.queues.get(send.id)
            if isinstance(body, OfferTask):
                return self._queue_picks(queue, body)
            decision = cast(Decision[Queue], QUEUE.decide[type(body)](queue, body, self._world))
            return self._keep_queue(send.id, decision)
        if isinstance(body, TaskPlaced):
            return self._placed(send.id, body)
        if isinstance(body, TaskWaiting):
            return self._told_to_wait(send.id, body)
        self._take(send.id, body)
        return None

    def _keep_queue(self, unit: str, decision: Decision[Queue]) -> None:
        if decision.state is not None:
            self.queues[unit] = decision.state
        self._send(None, decision.sends)

    def _queue_picks(self, queue: Queue | None, offer: OfferTask) -> None:
        """Domain 7: who may, is on shift, has declared nothing and is below the cap; the lowest load of them."""
        queue = queue or Queue(unit_id=offer.unit_id)
        decision = cast(Decision[Queue], QUEUE.decide[OfferTask](queue, offer, self._world))
        self._keep_queue(offer.unit_id, decision)
        if offer.task_id in queue.placing:
            assert decision.sends == ()
            return
        ((_, _, said),) = [(send.entity, send.id, send.body) for send in decision.sends]
        waits, eligible = self._who_may(queue, offer)
        if waits is not None:
            assert isinstance(said, TaskWaiting)
            assert said.waits_for == waits
            opens = self.hours.opens(self.now)
            assert said.until == (opens if waits == "OPENING" else self.now + RULES.ask_again)
            return
        assert isinstance(said, TaskPlaced)
        assert set(said.draw.candidates) == set(eligible)
        loads = {id: queue.loads.get(id, 0) for id in eligible}
        assert dict(zip(said.draw.candidates, said.draw.loads, strict=True)) == loads
        assert loads[said.assignee] == min(loads.values())

    def _who_may(self, queue: Queue, offer: OfferTask) -> tuple[str | None, list[str]]:
        if offer.unit_id in self.suspended_units:
            return "UNIT", []
        if not self.hours.open(self.now):
            return "OPENING", []
        able = [
            person
            for person in self.people.values()
            if person.unit == offer.unit_id and not person.left and person.able(offer.service_id, offer.amount)
            if self._today not in person.away and not person.declared & set(offer.people)
            if person.id not in offer.barred
        ]
        if offer.doer in {person.id for person in able}:
            return None, [str(offer.doer)]
        if not able:
            return "OFFICER", []
        able = [person for person in able if f"{self.now.astimezone(TEHRAN):%H:%M}" < person.until]
        if not able:
            return "SHIFT", []
        able = [person for person in able if queue.loads.get(person.id, 0) < CAP]
        return (None, [person.id for person in able]) if able else ("ROOM", [])

    def _placed(self, id: str, body: TaskPlaced) -> None:
        expected = self.expected[id]
        piece = expected.piece(body.task_id)
        if piece is None or piece.state != "OFFERED":
            decision = self._take(id, body)
            counts = self.placements.get(body.task_id) == body.entry
        else:
            piece.state, piece.officer, piece.waits, piece.ask_at = "ASSIGNED", body.assignee, None, None
            piece.givings = 1
            self.placements[body.task_id] = body.entry
            self.hours.given(expected, piece, self.now)
            decision, counts = self._take(id, body, self._first("task.assigned", expected)), True
        signature = EntrySigned(task_id=body.task_id, entry=body.entry, counts=counts)
        assert [send.body for send in decision.sends] == [signature]

    def _told_to_wait(self, id: str, body: TaskWaiting) -> None:
        expected = self.expected[id]
        piece = expected.piece(body.task_id)
        if piece is None or piece.state != "OFFERED":
            self._take(id, body)
            return
        piece.ask_at = body.until
        if piece.waits == body.waits_for or (piece.waits is not None and body.waits_for == "OPENING"):
            self._take(id, body)
            return
        piece.waits = body.waits_for.value
        self._take(id, body, self._first("task.offered", expected))

    @staticmethod
    def _first(move: str, expected: Expected) -> tuple[str, ...]:
        """With the first word of a round it is told that its Clock runs."""
        first, expected.told_first = not expected.told_first, True
        return (move, "clock.started") if first else (move,)

    @precondition(lambda self: self.underway)
    @rule(places=st.lists(st.integers(0, 9), min_size=1, max_size=6))
    def words_arrive(self, places: list[int]) -> None:
        """In any order."""
        for place in places:
            if self.underway:
                self._deliver(self.underway.pop(min(place, len(self.underway) - 1)))

    @precondition(lambda self: self.sent)
    @rule(back=st.integers(1, 12))
    def a_word_comes_again(self, back: int) -> None:
        self._deliver(self.sent[-min(back, len(self.sent))])

    @precondition(lambda self: self.underway)
    @rule()
    def all_words_arrive(self) -> None:
        while self.underway:
            self._deliver(self.underway.pop(0))

    # --- requests ----------------------------------------------------------------------------------------------------

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

    # --- officers ----------------------------------------------------------------------------------------------------

    def _pick(self, id: str, number: int) -> tuple[Expected, Piece] | None:
        """The newest of a case come first."""
        expected = self.expected.get(id)
        if expected is None:
            return None
        return expected, expected.pieces[-1 - number % len(expected.pieces)]

    def _hand(self, expected: Expected, by: str) -> list[str]:
        """What speaks against it that this officer has a hand in a case (I8)."""
        person = self.people.get(by)
        if person is None:
            return []
        return ["UNKNOWN_OFFICER"] * person.left + ["CONFLICT_OF_INTEREST"] * (expected.person in person.declared)

    def _holder(self, piece: Piece, by: str) -> list[str]:
        return [] if piece.officer == by and self.people[by].unit == piece.unit else ["NOT_ASSIGNEE"]

    def _leads(self, unit: str, by: str) -> bool:
        return LEADERS[unit] == by or (UNITS[unit] == ORG and by == DESK_HEAD)

    def _org(self, by: str | None) -> str | None:
        return ORG if by == DESK_HEAD else self.people[by].org if by else None

    def _usual(self, piece: Piece, by: str, right: bool) -> str:
        return piece.officer if right and piece.officer else by

    @rule(
        id=which,
        number=nth,
        by=anybody,
        right=st.sampled_from([True, True, True, False]),
        reason=st.sampled_from([None, "LEGAL_PRIORITY"]),
        second=st.one_of(st.none(), anybody),
    )
    def a_task_is_started(
        self, id: str, number: int, by: str, right: bool, reason: str | None, second: str | None
    ) -> None:
        if found := self._pick(id, number):
            expected, piece = found
            self._start(expected, piece, self._usual(piece, by, right), reason, second)

    def _start(self, expected: Expected, piece: Piece, by: str, reason: str | None, second: str | None) -> None:
        older = self._line_before(expected, piece)
        body = {"taskId": piece.id, "officerId": by, "jumpReason": reason, "secondOfficerId": second}
        command = Start.model_validate(body | {"line": Line(older=older)})
        if piece.state == "STARTED" and piece.officer == by:
            self._take(expected.id, command)  # once more changes nothing
            return
        wrong = ["ILLEGAL_MOVE"] * (piece.state != "ASSIGNED" or expected.pause is not None)
        wrong += self._hand(expected, by) + (self._holder(piece, by) if by in self.people else ["NOT_ASSIGNEE"])
        if older is not None and reason is None:
            wrong.append("JUMP_NEEDS_REASON")
        if older is not None and (second is None or second == by or self._org(second) != self._org(by)):
            wrong.append("SECOND_OFFICER_NEEDED")
        if older is not None and second is not None:
            wrong += self._hand(expected, second)
        if self._refused(expected.id, command, wrong):
            return
        piece.state = "STARTED"
        self._take(expected.id, command, ("task.started",) if older is None else ("task.started", "task.jump-recorded"))
        jump = next(work.jump for work in self.cases[expected.id].work if work.task.id == piece.id)
        assert (jump.reason, jump.second_officer, jump.passed) == (reason, second, older) if jump else older is None

    def _line_before(self, expected: Expected, piece: Piece) -> str | None:
        """The oldest startable task, as the model and routing's own query find it."""
        older, case = self._oldest_before(expected, piece), self.cases[expected.id]
        cases, there = cast(Store, Cases(self.cases)), self.registry.officers_of(piece.unit)
        found = at_once(oldest_before(cases, case, piece.unit, there))
        assert (found.task.id if found else None) == older, "the line before it"
        return older

    def _oldest_before(self, expected: Expected, piece: Piece) -> str | None:
        """I7: the oldest task of the unit and priority class that somebody could start, of a case that came before."""
        startable = [
            (other.arrived, other.id, each.id)
            for other in self.expected.values()
            if other.priority == expected.priority and other.arrived < expected.arrived and other.running is not None
            for each in other.pieces
            if each.unit == piece.unit and each.state == "ASSIGNED" and each.officer in self.people
            if not self.people[each.officer].left and other.person not in self.people[each.officer].declared
        ]
        first = min(startable, key=lambda one: one[:2], default=None)
        return first[2] if first else None

    @rule(
        id=which,
        number=nth,
        by=anybody,
        right=st.sampled_from([True, True, True, False]),
        kind=st.sampled_from(["GRANTED", "GRANTED", "REFUSED", "PARTIAL", NOBODYS]),
        ground=st.sampled_from(["بند ۳", "بند ۳", None]),
        second=st.one_of(st.none(), anybody),
    )
    def a_task_is_answered(
        self, id: str, number: int, by: str, right: bool, kind: str, ground: str | None, second: str | None
    ) -> None:
        if found := self._pick(id, number):
            expected, piece = found
            self._answer(expected, piece, self._usual(piece, by, right), kind, ground, second)

    def _answer(
        self, expected: Expected, piece: Piece, by: str, kind: str, ground: str | None, second: str | None
    ) -> None:
        body = {"taskId": piece.id, "officerId": by, "result": kind, "ground": ground, "secondOfficerId": second}
        command = Answer.model_validate(body)
        wrong = ["ILLEGAL_MOVE"] * (piece.state != "STARTED" or expected.pause is not None)
        wrong += self._hand(expected, by) + (self._holder(piece, by) if by in self.people else ["NOT_ASSIGNEE"])
        wrong += ["GROUND_NEEDED"] * (kind == "REFUSED" and ground is None)
        least = expected.way.two_from
        two = least is not None and (expected.amount is None or expected.amount >= least)
        if kind != NOBODYS and not self._may(by, expected):
            wrong.append("NOT_AUTHORISED")
        if kind != NOBODYS and two:
            agrees = second is not None and second != by and second not in expected.barred
            if not agrees or self._org(second) != self._org(by) or not self._may(str(second), expected):
                wrong.append("SECOND_OFFICER_NEEDED")
            wrong += self._hand(expected, second) if second else []
        if self._refused(expected.id, command, wrong):
            return
        piece.state, piece.answer, piece.decided_by = "ANSWERED", kind, by
        piece.second = second if two and kind != NOBODYS else None
        told: list[tuple[str, ...]] = [("task.answered",)]
        result = expected.comes_to()
        said_so = {each.unit for each in expected.pieces if each.answer == NOBODYS}
        if kind == NOBODYS and expected.way.nobodys_to is not None and expected.way.nobodys_to not in said_so:
            expected.follow(piece, expected.way.nobodys_to)
        elif kind == NOBODYS:
            told = [("task.answered", "result.decided")] if result != expected.result else told
            expected.result = result
        elif result is None or result == NOBODYS:
            expected.open_steps()
        else:
            told = [("task.answered", "clock.stopped", "result.decided")]
            told += [("task.cancelled",) for each in expected.pieces if each.live]
            told += [("transfer.returned",) for each in expected.transfers if each.state == "OFFERED"]
            expected.end(self.now)
            expected.result = result
        self._take(expected.id, command, *told)

    def _may(self, by: str, expected: Expected) -> bool:
        return by in self.people and self.people[by].able(expected.way.service, expected.amount)

    @rule(id=which, number=nth, by=anybody, right=st.sampled_from([True, True, False]))
    def a_task_is_given_back(self, id: str, number: int, by: str, right: bool) -> None:
        if not (found := self._pick(id, number)):
            return
        expected, piece = found
        by = self._usual(piece, by, right)
        command = GiveBack.model_validate({"taskId": piece.id, "officerId": by, "reason": "ABSENCE"})
        wrong = ["ILLEGAL_MOVE"] * (piece.state not in ("ASSIGNED", "STARTED"))
        wrong += self._holder(piece, by) if by in self.people else ["NOT_ASSIGNEE"]
        wrong += ["UNKNOWN_OFFICER"] * (by in self.people and self.people[by].left)
        if not self._refused(id, command, wrong):
            piece.state = "RETURNED"
            expected.follow(piece)
            self._take(id, command, ("task.returned",))

    @rule(
        id=which,
        number=nth,
        by=anybody,
        well=st.sampled_from([3, 3, 3, 2, 1, 0]),
        to=anybody,
        second=st.one_of(st.none(), anybody),
    )
    def a_task_is_given_by_hand(self, id: str, number: int, by: str, well: int, to: str, second: str | None) -> None:
        """`well`: so much of it is as it should be: who leads, to whom, who agrees."""
        if not (found := self._pick(id, number)):
            return
        expected, piece = found
        there = [person.id for person in self.people.values() if person.unit == piece.unit and person.may]
        by = LEADERS[piece.unit] if well else by
        to = next((each for each in there if each != piece.officer), to) if well > 1 else to
        second = next((each for each in there if each != to), None) if well > 2 else second
        body = {"taskId": piece.id, "officerId": by, "to": to, "reason": "OVERLOAD", "secondOfficerId": second}
        command = Reassign.model_validate(body)
        wrong = ["ILLEGAL_MOVE"] * (not piece.live) + ["NOT_AUTHORISED"] * (not self._leads(piece.unit, by))
        wrong += self._hand(expected, by) + self._hand(expected, to)
        eligible = to in self.people and self.people[to].unit == piece.unit and self._may(to, expected)
        if not eligible or self._today in self.people[to].away or to in expected.barred or to == piece.officer:
            wrong.append("NOT_ELIGIBLE")
        if second in (None, by, to) or self._org(second) != self._org(by):
            wrong.append("SECOND_OFFICER_NEEDED")
        wrong += self._hand(expected, second) if second else []
        if self._refused(id, command, wrong):
            return
        piece.state, piece.officer, piece.waits, piece.ask_at = "ASSIGNED", to, None, None
        piece.givings += 1
        self.hours.given(expected, piece, self.now)
        self._take(id, command, self._first("task.reassigned", expected))

    # --- other units -------------------------------------------------------------------------------------------------

    @rule(
        id=which,
        number=nth,
        by=anybody,
        leads=st.sampled_from([True, True, False]),
        to=st.sampled_from([*UNITS, ROADS_UNIT, ROADS_UNIT]),
    )
    def a_task_is_handed_on(self, id: str, number: int, by: str, leads: bool, to: str) -> None:
        if not (found := self._pick(id, number)):
            return
        expected, piece = found
        by = LEADERS[piece.unit] if leads else by
        body = {"taskId": piece.id, "officerId": by, "orgId": UNITS[to], "unitId": to, "reason": "BY_LAW"}
        command = HandOn.model_validate(body)
        newest = expected.newest()[piece.step.id] is piece
        handed = expected.offered(piece)
        wrong = ["ILLEGAL_MOVE"] * (expected.over or expected.pause is not None or not newest)
        wrong += ["ILLEGAL_MOVE"] * (piece.answer not in (None, NOBODYS))
        wrong += ["ILLEGAL_MOVE"] * (handed is not None and handed.state == "OFFERED")
        wrong += ["NOT_AUTHORISED"] * (not self._leads(piece.unit, by) and by != DESK_HEAD) + self._hand(expected, by)
        wrong += ["OUT_OF_SERVICE"] * (to in self.suspended_units)
        if piece.live and to == piece.unit:
            wrong.append("NOT_ELIGIBLE")
        there = [person for person in self.people.values() if person.unit == to and self._today not in person.away]
        if not any(not person.left and person.able(expected.way.service, expected.amount) for person in there):
            wrong.append("NOT_ELIGIBLE")
        if self._refused(id, command, wrong):
            return
        moves = ["task.cancelled", "transfer.offered"] if piece.live else ["transfer.offered"]
        if piece.live:
            piece.state, piece.ask_at = "CANCELLED", None
        answer_by = self.hours.versions[expected.counted_by].days_after(self.now, 2)
        transfer = Handed(f"{id}.t{len(expected.transfers) + 1}", piece.id, to, "OFFERED", answer_by)
        expected.transfers.append(transfer)
        expected.result = None
        if UNITS[to] == UNITS[piece.unit]:
            transfer.state = "ACKNOWLEDGED"
            expected.follow(piece, to)
            moves.append("transfer.acknowledged")
        self._take(id, command, tuple(moves))

    @rule(
        id=which,
        number=st.sampled_from([0, 0, 0, 1]),
        by=anybody,
        leads=st.sampled_from([True, True, False]),
        take=st.booleans(),
    )
    def the_other_agency_answers(self, id: str, number: int, by: str, leads: bool, take: bool) -> None:
        expected = self.expected.get(id)
        if expected is None or not expected.transfers:
            return
        transfer = expected.transfers[-1 - number % len(expected.transfers)]
        by = LEADERS[transfer.unit] if leads else by
        body = {"transferId": transfer.id, "officerId": by}
        command = Acknowledge.model_validate(body) if take else Refuse.model_validate(body | {"reason": "NOT_OURS"})
        wrong = ["ILLEGAL_MOVE"] * (transfer.state != "OFFERED")
        wrong += ["NOT_AUTHORISED"] * (not self._leads(transfer.unit, by)) + self._hand(expected, by)
        if self._refused(id, command, wrong):
            return
        transfer.state = "ACKNOWLEDGED" if take else "REFUSED"
        piece = expected.piece(transfer.piece)
        assert piece is not None
        if take:
            expected.follow(piece, transfer.unit)
        self._take(id, command, (f"transfer.{transfer.state.lower()}",))

    # --- the work stands still ---------------------------------------------------------------------------------------

    @rule(
        id=which,
        number=nth,
        by=anybody,
        right=st.sampled_from([True, True, True, False]),
        cause=st.sampled_from(["APPLICANT", "APPLICANT", "OTHER_AGENCY", "LEGAL", "CLOSURE"]),
        paper=st.sampled_from(PAPERS),
    )
    def the_work_stands_still(self, id: str, number: int, by: str, right: bool, cause: str, paper: str) -> None:
        found = self._pick(id, number)
        if not found or (cause == "APPLICANT" and found[0].way is not PERMIT):
            return
        expected, piece = found
        by = self._usual(piece, by, right)
        body = {"taskId": piece.id, "officerId": by, "cause": cause}
        command = Suspend.model_validate(body | ({"evidenceTypes": [paper]} if cause == "APPLICANT" else {}))
        what = paper if cause == "APPLICANT" else cause
        wrong = ["ILLEGAL_MOVE"] * (expected.pause is not None or piece.state not in ("ASSIGNED", "STARTED"))
        wrong += self._hand(expected, by) + (self._holder(piece, by) if by in self.people else ["NOT_ASSIGNEE"])
        wrong += ["ALREADY_ASKED"] * (what in expected.waited_for)
        if self._refused(id, command, wrong):
            return
        expected.stand(self.now)
        expected.pauses += 1
        expected.waited_for.add(what)
        until = None
        if cause != "APPLICANT":
            until = self.hours.versions[expected.counted_by].days_after(self.now, 10)
        expected.pause = Pause(expected.pauses, cause, (paper,), until, self.now)
        self._take(id, command, ("clock.suspended",))

    @rule(id=which, number=nth, by=anybody, right=st.sampled_from([True, True, True, False]))
    def the_work_goes_on(self, id: str, number: int, by: str, right: bool) -> None:
        if not (found := self._pick(id, number)):
            return
        expected, piece = found
        by = self._usual(piece, by, right)
        command = Resume.model_validate({"taskId": piece.id, "officerId": by})
        wrong = ["ILLEGAL_MOVE"] * (expected.pause is None or piece.state not in ("ASSIGNED", "STARTED"))
        wrong += self._hand(expected, by) + (self._holder(piece, by) if by in self.people else ["NOT_ASSIGNEE"])
        if not self._refused(id, command, wrong):
            self._goes_on(expected, command)

    def _goes_on(self, expected: Expected, cause: Any) -> None:
        expected.pause, expected.running, expected.counted_by = None, self.now, self.hours.newest
        moved = self._would_move(expected.id, cause)
        self._take(expected.id, cause, ("clock.resumed", "clock.due-moved") if moved else ("clock.resumed",))

    def _would_move(self, id: str, cause: Any) -> bool:
        """Whether the due time is another; by how much is for the tests of suspensions (I6)."""
        decision = cast(Decision[Case], CASE.decide[type(cause)](self.cases[id], cause, self._world))
        return decision.state is not None and decision.state.clock.due != self.cases[id].clock.due

    @rule(id=which, off=st.sampled_from([0, 0, 0, 1]), missing=st.sampled_from([False, False, True]))
    def documents_come(self, id: str, off: int, missing: bool) -> None:
        """Those of this suspension, or of one before."""
        expected = self.expected.get(id)
        if expected is None or expected.pauses <= off:
            return
        number, types = expected.pauses - off, expected.pause.types if expected.pause else PAPERS[:1]
        told = self._says(
            expected,
            "evidence-added",
            suspension=RequestSuspension(
                number=number,
                cause=SuspensionCause.APPLICANT,
                reason=SuspensionReason.MISSING_DOCUMENT,
                since=self.now,
            ),
            awaited=AwaitedDocuments(types=types, missing=types if missing else (), until=self.now),
        )
        pause = expected.pause
        if pause is not None and (pause.cause, pause.number) == ("APPLICANT", number) and not missing:
            self._goes_on(expected, told)
        else:
            self._take(id, told)

    # --- time, days and people ---------------------------------------------------------------------------------------

    @rule(
        minutes=st.sampled_from([5, 7, 60, 60, 180, 300, 1440, 1440, 2880]), fire=st.sampled_from([True, True, False])
    )
    def time_passes(self, minutes: int, fire: bool) -> None:
        """What falls due meanwhile fires, or is late."""
        self.now += minutes * MINUTE
        if fire:
            for id in list(self.cases):
                self.timers_fire(id)

    @precondition(lambda self: self.cases)
    @rule(id=which, number=st.integers(0, 3), late=st.sampled_from([-1, 0, 0, 1, 600]))
    def the_time_comes(self, id: str, number: int, late: int) -> None:
        """For something that a case waits for: a minute before, to the minute, or later."""
        waiting = timers(self.cases[id]) if id in self.cases else {}
        ahead = sorted(at for at in waiting.values() if at > self.now)
        if ahead:
            at = ahead[number % len(ahead)]
            minute = at.replace(second=0, microsecond=0)
            self.now = max(self.now, (minute if minute == at else minute + MINUTE) + late * MINUTE)
            for each in list(self.cases):
                self.timers_fire(each)

    @rule(id=which)
    def timers_fire(self, id: str) -> None:
        expected = self.expected.get(id)
        if expected is None:
            return
        due = {name: at for name, at in timers(self.cases[id]).items() if at <= self.now}
        self._are_due(expected, set(due))
        for name, at in due.items():
            self._fires(expected, TimerFired(name=name, due=at))

    def _are_due(self, expected: Expected, names: set[str]) -> None:
        """Everything whose time has come, and nothing else."""
        wanted = set()
        if any(piece.ask_at is not None and piece.ask_at <= self.now for piece in expected.pieces):
            wanted.add("ask-again")
        if any(self.hours.too_late(expected, piece, self.now) for piece in expected.pieces):
            wanted.add("start")
        if any(each.state == "OFFERED" and each.answer_by <= self.now for each in expected.transfers):
            wanted.add("transfer")
        if expected.pause is not None and expected.pause.until is not None and expected.pause.until <= self.now:
            wanted.add("suspension")
        assert names - {"rung"} == wanted
        reached = self.hours.rungs(expected, self.now)
        if expected.running is None:
            assert "rung" not in names
        elif reached is not None and self.hours.versions[expected.counted_by].open(self.now):
            assert ("rung" in names) == (reached > expected.rungs)

    def _fires(self, expected: Expected, fired: TimerFired) -> None:
        match fired.name:
            case "ask-again":
                for piece in expected.pieces:
                    if piece.ask_at is not None and piece.ask_at <= self.now:
                        piece.ask_at = None
                self._take(expected.id, fired)
            case "start":
                late = [piece for piece in expected.pieces if self.hours.too_late(expected, piece, self.now)]
                for piece in late:
                    piece.state = "TIMED_OUT"
                    expected.follow(piece)
                self._take(expected.id, fired, *(("task.timed-out",) for _ in late))
            case "transfer":
                late_ = [each for each in expected.transfers if each.state == "OFFERED" and each.answer_by <= self.now]
                for transfer in late_:
                    transfer.state = "RETURNED"
                self._take(expected.id, fired, *(("transfer.returned",) for _ in late_))
            case "suspension":
                if expected.pause is None:
                    self._take(expected.id, fired)
                else:
                    self._goes_on(expected, fired)
            case "rung":
                self._climbs(expected, fired)
            case other:
                raise AssertionError(other)

    def _climbs(self, expected: Expected, fired: TimerFired) -> None:
        """Domain 6, 12.23: each rung once, at its share of the budget, never while the office is shut."""
        reached = self.hours.rungs(expected, self.now)
        if reached is None:
            reached = len(
                cast(Decision[Case], CASE.decide[TimerFired](self.cases[expected.id], fired, self._world)).events
            )
            reached += expected.rungs
        open_ = expected.running is not None and self.hours.versions[expected.counted_by].open(self.now)
        new = expected.way.ladder[expected.rungs : reached] if open_ else ()
        expected.rungs += len(new)
        decision = self._take(expected.id, fired, *(("clock.rung-fired",) for _ in new))
        assert [cast(Any, event).rung.percent for event in decision.events] == list(new)
        again = self._take(expected.id, fired)
        assert again.state == decision.state, "fired twice it does nothing more"

    @rule(id=which, name=st.sampled_from(["ask-again", "start", "transfer", "suspension", "rung"]))
    def a_timer_fires_too_early_or_twice(self, id: str, name: str) -> None:
        expected = self.expected.get(id)
        if expected is None:
            return
        due = {each for each, at in timers(self.cases[id]).items() if at <= self.now}
        if name not in due:
            self._take(id, TimerFired(name=name, due=self.now))

    @rule(ahead=st.integers(1, 4), heard=st.sampled_from([True, True, False]))
    def a_day_is_closed(self, ahead: int, heard: bool) -> None:
        entry = self.registry.calendar(CALENDAR)
        assert entry is not None
        day = civil_day(self.now) + timedelta(days=ahead)
        if any(each.date == day for each in entry.exceptions):
            return
        closed = DayException(date=day, kind=DayKind.CLOSED, status="CONFIRMED", source="برف")
        changes = {"version": entry.version + 1, "exceptions": (closed, *entry.exceptions)}
        self.registry = self.registry.with_entries([entry.model_copy(update=changes)])
        self._note_calendar()
        if heard:
            for id in list(self.cases):
                self.a_case_hears_of_the_days(id)

    @rule(id=which, number=st.integers(0, 3))
    def a_day_is_closed_before_the_time_comes(self, id: str, number: int) -> None:
        self.a_day_is_closed(1, heard=True)
        self.the_time_comes(id, number, 0)

    @rule(id=which)
    def a_case_hears_of_the_days(self, id: str) -> None:
        expected = self.expected.get(id)
        if expected is None:
            return
        change = CalendarChanged(version=self.hours.newest)
        moved = self._would_move(id, change)
        if expected.running is not None and self.hours.newest > expected.counted_by:
            self.hours.recount(expected, self.hours.newest, self.now)
        self._take(id, change, *([("clock.due-moved",)] if moved else []))

    @rule(
        who=st.sampled_from(NAMES[:6]),
        what=st.sampled_from(["left", "back", "away", "away", "declared", "declared", "impartial"]),
        id=which,
    )
    def an_officer_changes(self, who: str, what: str, id: str) -> None:
        person = self.people[who]
        match what:
            case "left":
                person.left = True
            case "back":
                person.left = False
                person.away.clear()
            case "away":
                person.away.add(self._today)
            case "declared":
                person.declared.add(PERSONS[id])
            case "impartial":
                person.declared.clear()
        self._publish(who)
        for expected in self.expected.values():
            for piece in expected.pieces:
                self._line_before(expected, piece)

    @rule(unit=st.sampled_from(list(UNITS)), back=st.sampled_from([True, True, False]))
    def a_unit_is_out_of_service_or_back(self, unit: str, back: bool) -> None:
        if back is (unit in self.suspended_units):
            self.suspended_units ^= {unit}
            self._publish(unit)

    @rule(unit=st.sampled_from(list(UNITS)))
    def somebody_has_room(self, unit: str) -> None:
        """The cases that wait for it are told."""
        for id, expected in self.expected.items():
            waiting = [piece for piece in expected.pieces if piece.unit == unit and piece.state == "OFFERED"]
            for piece in waiting:
                piece.ask_at = None
            self._take(id, AskAgain(unit_id=unit))

    @rule(id=which, steps=st.integers(1, 8), kind=st.sampled_from(["GRANTED", "GRANTED", "GRANTED", "REFUSED"]))
    def the_matter_goes_on(self, id: str, steps: int, kind: str) -> None:
        """What usually comes next, so that some cases get far."""
        for _ in range(steps):
            self.all_words_arrive()
            expected = self.expected.get(id)
            work = [piece for piece in expected.pieces if piece.state in ("ASSIGNED", "STARTED")] if expected else []
            if expected is None or not work:
                return
            piece = work[steps % len(work)]
            second = next(
                (
                    each.id
                    for each in self.people.values()
                    if each.org == UNITS[piece.unit] and each.id != piece.officer and self._may(each.id, expected)
                    if not each.left and expected.person not in each.declared and each.id not in expected.barred
                ),
                None,
            )
            if piece.state == "ASSIGNED":
                self._start(expected, piece, str(piece.officer), "MISSING_DOCUMENT", second)
            else:
                self._answer(expected, piece, str(piece.officer), kind, "بند ۳", second)

    @rule(
        id=which,
        kind=st.sampled_from(["GRANTED", "REFUSED", "REFUSED", "PARTIAL"]),
        reopened=st.booleans(),
        minutes=st.integers(0, 30),
    )
    def it_is_decided_and_begins_anew(self, id: str, kind: str, reopened: bool, minutes: int) -> None:
        self.the_matter_goes_on(id, 10, kind)
        self.now += minutes * MINUTE
        self.it_is_objected_to_or_reopened(id, reopened)

    @rule(
        id=which,
        cause=st.sampled_from(["APPLICANT", "LEGAL", "CLOSURE"]),
        paper=st.sampled_from(PAPERS),
        minutes=st.sampled_from([15, 90, 1440, 4320]),
        ends=st.sampled_from(["officer", "documents", "time", "somebody else"]),
    )
    def it_stands_still_for_a_while(self, id: str, cause: str, paper: str, minutes: int, ends: str) -> None:
        self.the_work_stands_still(id, 0, by="ada", right=True, cause=cause, paper=paper)
        self.now += minutes * MINUTE
        match ends:
            case "officer":
                self.the_work_goes_on(id, 0, by="ada", right=True)
            case "documents":
                self.documents_come(id, 0, missing=False)
            case "somebody else":
                self.a_task_is_given_back(id, 0, by="ada", right=True)
                self.the_work_goes_on(id, 1, by="ada", right=True)
            case _:
                self.now += timedelta(days=20)
                self.timers_fire(id)

    @rule(
        reason=st.sampled_from([None, "OTHER_AGENCY", "LEGAL_PRIORITY"]),
        second=st.one_of(st.none(), anybody),
        colleague=st.booleans(),
    )
    def a_task_is_started_before_its_turn(self, reason: str | None, second: str | None, colleague: bool) -> None:
        """The first that somebody could start where an older one waits (I7). `colleague`: one of the unit agrees."""
        for expected in self.expected.values():
            for piece in expected.pieces:
                if piece.state == "ASSIGNED" and self._oldest_before(expected, piece):
                    agrees = self._colleague(piece)
                    self._start(expected, piece, str(piece.officer), None, agrees)
                    second = agrees if colleague else second
                    self._start(expected, piece, str(piece.officer), reason, second)
                    return

    @rule(id=which, number=nth, second=anybody, author=st.booleans(), kind=st.sampled_from(["GRANTED", "REFUSED"]))
    def somebody_agrees(self, id: str, number: int, second: str, author: bool, kind: str) -> None:
        """To what has begun, where the rule wants two; or they may not: `author` of what is objected to (I8)."""
        expected = self.expected.get(id)
        begun = [piece for piece in expected.pieces if piece.state == "STARTED"] if expected else []
        if expected and begun:
            piece = begun[number % len(begun)]
            authors = [by for by in sorted(expected.barred) if self._org(by) == UNITS[piece.unit]]
            second = authors[-1] if author and authors else second
            self._answer(expected, piece, str(piece.officer), kind, "بند ۳", second)

    def _colleague(self, piece: Piece) -> str | None:
        return next(
            (one.id for one in self.people.values() if one.unit == piece.unit and one.id != piece.officer), None
        )

    @rule(id=which, amount=st.sampled_from([1000, 5000]))
    def what_takes_two_is_refused_and_objected_to(self, id: str, amount: int) -> None:
        self.a_request_is_registered(id, PERMIT.service, amount, None)
        self.it_is_decided_and_begins_anew(id, "REFUSED", reopened=False, minutes=10)
        self.the_matter_goes_on(id, 1, "GRANTED")
        self.somebody_agrees(id, 0, second="ada", author=True, kind="GRANTED")

    @rule(id=which, steps=st.integers(0, 4))
    def a_unit_is_not_competent(self, id: str, steps: int) -> None:
        """Whoever has begun says so, and the other steps go on."""
        self.the_matter_goes_on(id, 1, "GRANTED")
        expected = self.expected.get(id)
        begun = [piece for piece in expected.pieces if piece.state == "STARTED"] if expected else []
        if expected and begun:
            self._answer(expected, begun[0], str(begun[0].officer), NOBODYS, None, None)
            self.the_matter_goes_on(id, steps, "GRANTED")

    @rule(
        id=which,
        number=nth,
        then=st.sampled_from(["taken", "taken", "refused", "silence", "withdrawn"]),
        meanwhile=st.booleans(),
    )
    def it_goes_to_another_agency(self, id: str, number: int, then: str, meanwhile: bool) -> None:
        """Which answers, or not; `meanwhile` the others go on."""
        if found := self._pick(id, number):
            to = REVENUE if found[1].unit == ROADS_UNIT else ROADS_UNIT
            self.a_task_is_handed_on(id, number, by="ada", leads=True, to=to)
            if meanwhile:
                self.the_matter_goes_on(id, 2, "GRANTED")
            match then:
                case "silence":
                    self.now += timedelta(days=5)
                    self.timers_fire(id)
                case "withdrawn":
                    self.it_is_over_for_intake(id, "withdrawn", 0)
                case _:
                    self.the_other_agency_answers(id, 0, by="ada", leads=True, take=then == "taken")

    # --- what always holds -------------------------------------------------------------------------------------------

    @invariant()
    def each_case_is_as_the_model_says(self) -> None:
        for id, expected in self.expected.items():
            case = self.cases[id]
            told = [
                (w.task.id, w.task.step, w.task.unit_id, w.task.state.value, w.task.assignee, w.task.waits_for)
                for w in case.work
            ]
            assert told == [(p.id, p.step.id, p.unit, p.state, p.officer, p.waits) for p in expected.pieces]
            assert [work.answer.kind if work.answer else None for work in case.work] == [
                piece.answer for piece in expected.pieces
            ]
            assert (case.result.kind if case.result else None) == expected.result
            assert [(each.id, each.state) for each in case.transfers] == [
                (each.id, each.state) for each in expected.transfers
            ]
            assert [rung.percent for rung in case.rungs] == list(expected.way.ladder[: expected.rungs])
            assert set(case.barred) == expected.barred
            clock, pause = case.clock, case.clock.suspended()
            assert clock.running_since == expected.running
            assert (pause.number if pause else None) == (expected.pause.number if expected.pause else None)
            if expected.way.hours is not None and expected.running is None:
                assert clock.consumed == self.hours.worked(expected, self.now) * 60
                assert clock.consumed_minutes == self.hours.worked(expected, self.now)

    @invariant()
    def every_step_that_the_result_waits_for_is_somebodys(self) -> None:
        """It has one live task; or it is in the work of a head, or offered to another agency."""
        for id, expected in self.expected.items():
            case = self.cases[id]
            lines = [(line.kind.value, line.unit_id, line.task_id) for line in case.for_head]
            assert sorted(lines) == sorted(expected.for_the_head())
            assert all(line.org_id == UNITS[line.unit_id] for line in case.for_head)
            live = Counter(piece.step.id for piece in expected.pieces if piece.live)
            assert all(count == 1 for count in live.values())
            if expected.over:
                assert not live
                continue
            known = {task for _, _, task in lines}
            for step in expected.way.steps:
                piece = expected.newest().get(step.id)
                if piece is not None and step.mandatory:
                    settled = piece.answer is not None and piece.answer != NOBODYS
                    assert live[step.id] or settled or piece.id in known

    @invariant()
    def at_rest_loads_are_the_work_that_officers_have(self) -> None:
        """I11: and nothing is open between a case and a queue; nobody waits without being asked again."""
        if self.underway:
            return
        have: dict[str, Counter[str]] = {unit: Counter() for unit in UNITS}
        for expected in self.expected.values():
            for piece in expected.pieces:
                if piece.state in ("ASSIGNED", "STARTED"):
                    have[piece.unit][str(piece.officer)] += 1
                assert piece.state != "OFFERED" or piece.ask_at is not None
        for unit, loads in have.items():
            queue = self.queues.get(unit, Queue(unit_id=unit))
            assert (queue.loads, queue.placing, queue.ending) == (loads, {}, {})

    def teardown(self) -> None:
        self.all_words_arrive()
        self.at_rest_loads_are_the_work_that_officers_have()


TestBehindTheDesk = BehindTheDesk.TestCase
FULL = os.environ.get("MIZBAN_CHAOS") == "full"
TestBehindTheDesk.settings = settings(
    max_examples=2000 if FULL else 100, stateful_step_count=50 if FULL else 40, deadline=None
)
