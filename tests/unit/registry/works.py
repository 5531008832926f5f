"""Random work on cases as routing tells it, and what a month of it comes to by a slow count."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from services.contracts.coordination import (
    Coordination,
    CoordinationState,
    Ground,
    NotConfirmed,
    Purpose,
    Question,
    Referral,
    ReferralOutcome,
    ReferralState,
    Slot,
    UnitContact,
)
from services.contracts.routing import (
    Clock,
    Jump,
    JumpReason,
    Level,
    Override,
    OverrideReason,
    ResultKind,
    Return,
    ReturnReason,
    Rung,
    Task,
    TaskState,
    Transfer,
    TransferReason,
    TransferState,
    WaitsFor,
    WorkMoved,
)
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.ops.chance import Chance
from services.registry.domain.work_reported import ReportedWork, told
from services.runtime.message import Record
from tests.unit.registry.governorate import AGENCY, at, world
from tests.unit.registry.months import ENDS, HALF_HOUR

UNITS = ("wa-tax-business", "wa-tax-clearances")
OFFICERS = ("o-1", "o-2", "o-3")
LEADER = "o-9"
FIRST = at("1405/07/10 08:00")
CONTACT = UnitContact(name="کارشناس", phone="04430000000")
BUDGET = WorkingTime(value=5, unit=DurationUnit.WORKING_DAYS)
NOT_ASKED_AGAIN = (NotConfirmed.NOT_ACCEPTED, NotConfirmed.WORK_ENDED)


def request_id(number: int) -> str:
    return f"5b0c7a52-0000-5000-8000-{number:012}"


class Working:
    """The work on one case, told event by event; the hours are whole half-hours."""

    def __init__(self, rng: Random, number: int) -> None:
        self.rng, self.id = rng, request_id(number)
        self.now = FIRST + rng.randrange(0, 48 * 60) * HALF_HOUR
        self.unit, self.officer = rng.choice(UNITS), rng.choice(OFFICERS)
        self.minutes = 0
        self.coordinations: list[Coordination] = []
        self.referrals: list[Referral] = []
        self.events: list[WorkMoved] = []

    def waits(self, most: int = 48 * 6) -> None:
        self.now += self.rng.randrange(1, most) * HALF_HOUR

    def tells(self, *moves: str, task: dict[str, Any] | None = None, runs: bool = True, **facts: Any) -> None:
        state = {"state": TaskState.STARTED, "assignee": self.officer} | (task or {})
        self.events.append(
            WorkMoved(
                moves=moves,
                request_id=self.id,
                org_id=AGENCY,
                service_id="tax-clearance",
                service_version=1,
                version=len(self.events) + 1,
                task=Task(id=f"{self.id}.1", unit_id=self.unit, rule_id="fair-pick", rule_version=1, **state),
                coordinations=tuple(self.coordinations),
                referrals=tuple(self.referrals),
                clock=Clock(
                    budget=BUDGET,
                    due=self.now + timedelta(days=9),
                    consumed_minutes=self.minutes,
                    running_since=self.now if runs else None,
                ),
                occurred_at=self.now,
                **facts,
            )
        )

    def answers(self, kind: ResultKind) -> None:
        last = kind is not ResultKind.NO_COMPETENCE
        self.minutes = self.rng.randrange(0, 2000)
        moves = ("task.answered", "clock.stopped", "result.decided") if last else ("task.answered",)
        self.tells(*moves, task={"state": TaskState.ANSWERED, "answer": kind}, runs=not last)

    def asks(self) -> Coordination:
        asked = Coordination(
            id=f"{self.id}.c{len(self.coordinations) + 1}",
            round=1,
            unit_id=self.rng.choice(UNITS),
            question=Question(purpose=Purpose.HEARING),
            state=CoordinationState.ASKED,
            asked_by="desk-1",
            asked_at=self.now,
        )
        self.coordinations.append(asked)
        self.tells("coordination.asked")
        return asked

    def settles(self, state: CoordinationState, reason: NotConfirmed | None = None) -> None:
        changed = self.coordinations[-1].model_copy(update={"state": state, "reason": reason})
        self.coordinations[-1] = changed
        self.tells(f"coordination.{state.lower()}")

    def sends(self, coordination_id: str) -> None:
        slot = Slot.model_validate({"from": self.now + timedelta(days=2), "to": self.now + timedelta(days=2, hours=1)})
        sent = Referral(
            id=f"{self.id}.r{len(self.referrals) + 1}",
            round=1,
            coordination_id=coordination_id,
            unit_id=self.coordinations[-1].unit_id,
            contact=CONTACT,
            slot=slot,
            ground=Ground.HEARING,
            state=ReferralState.PROPOSED,
            proposed_by="desk-1",
            proposed_at=self.now,
            expires_at=slot.until,
        )
        self.referrals.append(sent)
        self.tells("referral.proposed")

    def goes_on(self, state: ReferralState, outcome: ReferralOutcome | None = None) -> None:
        facts: dict[str, Any] = {"state": state, "outcome": outcome}
        facts |= {"approved_at": self.now} if state is ReferralState.ISSUED else {"ended_at": self.now}
        self.referrals[-1] = self.referrals[-1].model_copy(update=facts)
        self.tells(f"referral.{state.lower()}")


def a_work(rng: Random, number: int) -> list[WorkMoved]:
    """From the offer to wherever it gets."""
    work = Working(rng, number)
    if rng.random() < 0.2:
        waits = {"state": TaskState.OFFERED, "assignee": None, "waits_for": rng.choice([*WaitsFor])}
        work.tells("task.offered", "clock.started", task=waits)
        work.waits(20)
    work.tells("task.assigned", task={"state": TaskState.ASSIGNED})
    for happening in rng.sample((_returned, _lay, _by_hand, _fired, _handed_on, _asked), rng.randrange(4)):
        work.waits()
        happening(work)
    work.waits()
    if rng.random() < 0.2:
        jump = Jump(reason=rng.choice([*JumpReason]), second_officer=LEADER, passed="r.1")
        work.tells("task.started", "task.jump-recorded", jump=jump)
    else:
        work.tells("task.started")
    work.waits()
    if rng.random() < 0.9:
        work.answers(rng.choice([*ResultKind]))
    return work.events


def _returned(work: Working) -> None:
    given = Return(by=work.officer, reason=work.rng.choice([*ReturnReason]), at=work.now)
    work.tells("task.returned", task={"state": TaskState.RETURNED}, returned=given)


def _lay(work: Working) -> None:
    work.tells("task.timed-out", task={"state": TaskState.TIMED_OUT})


def _by_hand(work: Working) -> None:
    before, work.officer = work.officer, work.rng.choice(OFFICERS)
    given = Override(
        from_officer=before,
        to_officer=work.officer,
        reason=work.rng.choice([*OverrideReason]),
        by=LEADER,
        second_officer="o-8",
        at=work.now,
    )
    work.tells("task.reassigned", task={"state": TaskState.ASSIGNED}, override=given)
    work.tells("clock.suspended", override=given)  # it stays with the task, and was given once


def _fired(work: Working) -> None:
    work.tells("clock.rung-fired", rung=Rung(percent=80, level=work.rng.choice([*Level]), at=work.now))


def _handed_on(work: Working) -> None:
    other = next(unit for unit in UNITS if unit != work.unit)
    offered = Transfer(
        id=f"{work.id}.t1",
        task_id=f"{work.id}.1",
        from_unit=work.unit,
        to_org="wa-other",
        to_unit=other,
        reason=TransferReason.OTHER_AREA,
        by=LEADER,
        at=work.now,
        answer_by=work.now + timedelta(days=3),
        state=TransferState.OFFERED,
    )
    work.tells("transfer.offered", transfer=offered)
    work.waits()
    state = work.rng.choice((TransferState.ACKNOWLEDGED, TransferState.REFUSED, TransferState.RETURNED))
    work.tells(f"transfer.{state.lower()}", transfer=offered.model_copy(update={"state": state}))


def _asked(work: Working) -> None:
    work.asks()
    work.waits()
    match work.rng.randrange(5):
        case 0:
            work.settles(CoordinationState.DECLINED, NotConfirmed.NO_ROOM)
        case 1:
            work.settles(
                CoordinationState.LAPSED, work.rng.choice((NotConfirmed.NOT_ANSWERED, NotConfirmed.WORK_ENDED))
            )
        case 2:
            work.settles(CoordinationState.PROPOSED)
            work.waits()
            work.settles(CoordinationState.DECLINED, NotConfirmed.NOT_ACCEPTED)
        case _:
            work.settles(CoordinationState.CONFIRMED)
            _sent(work)


def _sent(work: Working) -> None:
    work.waits(20)
    work.sends(work.coordinations[-1].id)
    work.waits(20)
    if work.rng.random() < 0.2:
        work.goes_on(ReferralState.LAPSED, ReferralOutcome.NOT_APPROVED)
        return
    work.goes_on(ReferralState.ISSUED)
    work.waits()
    state, outcome = work.rng.choice(
        (
            (ReferralState.ATTENDED, ReferralOutcome.SEEN),
            (ReferralState.MISSED, ReferralOutcome.MAY_REBOOK),
            (ReferralState.CANCELLED, ReferralOutcome.BY_UNIT),
        )
    )
    work.goes_on(state, outcome)


def kept(events: Iterable[WorkMoved], now: datetime = ENDS) -> dict[str, ReportedWork]:
    """What the registry keeps after these events, in the order in which they come."""
    works: dict[str, ReportedWork] = {}
    for event in events:
        decision = told(works.get(event.request_id), event, world(now))
        assert decision.state is not None
        works[event.request_id] = decision.state
    return works


def by_hand(works: Iterable[list[WorkMoved]], begins: datetime, ends: datetime) -> tuple[Counter[str], list[int]]:
    """The month's numbers, and the minutes of the answers that ended the work, from every event of every case."""
    n: Counter[str] = Counter()
    minutes = []
    for events in works:
        for place, event in enumerate(events):
            if not begins <= event.occurred_at < ends:
                continue
            unit, officer = event.task.unit_id, event.task.assignee
            for move in event.moves:
                n[move] += 1
                n[f"{move} in {unit}"] += 1
            if event.moves[0] == "task.answered":
                n[f"{event.task.answer}"] += 1
                n[f"answers of {officer}"] += 1
                n[f"{event.task.answer} by {officer}"] += 1
                n["measured"] += len(event.moves) > 1
                minutes += [event.clock.consumed_minutes] if len(event.moves) > 1 else []
            if event.jump is not None:
                n[f"jump {officer} {event.jump.reason}"] += 1
            if event.moves[0] == "task.reassigned" and event.override is not None:
                n[f"override {event.override.to_officer} {event.override.reason}"] += 1
            if event.returned is not None:
                n[f"return {officer} {event.returned.reason}"] += 1
            if event.rung is not None:
                n[f"rung {event.rung.level}"] += 1
            if event.task.waits_for is not None:
                n[f"waits {event.task.waits_for}"] += 1
            if event.moves[0].startswith("coordination."):
                newest = event.coordinations[-1]
                n[f"{event.moves[0]} of {newest.unit_id}"] += 1
                n["dropped"] += newest.reason in NOT_ASKED_AGAIN
                n["dropped declined"] += newest.reason is NotConfirmed.NOT_ACCEPTED
                n["dropped lapsed"] += newest.reason is NotConfirmed.WORK_ENDED
            if event.moves[0].startswith("referral."):
                n[f"{event.moves[0]} to {event.referrals[-1].unit_id}"] += 1
            assert place == event.version - 1
    return n, minutes


def works(seed: int = 3, number: int = 40) -> list[WorkMoved]:
    """A month of it, and what lies around."""
    rng = Chance(seed)
    return [event for each in range(number) for event in a_work(rng, each)]


def work_record(event: WorkMoved) -> Record:
    """As it stands in the topic."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": f"work-{event.request_id}-{event.version}",
        "ce_source": f"/org/{event.org_id}/routing",
        "ce_type": event.type(),
        "ce_subject": event.subject(),
        "ce_sequence": str(event.version),
    }
    raw = tuple((name, value.encode()) for name, value in headers.items())
    return Record(event.topic().name, 0, event.version, event.key().encode(), event.to_json(), raw)
