"""What the registry keeps of the work on a case for its reports: facts with their hour, as routing told (domain 11).

As of `reported.py`: what was so when a month ended can be told at any later time, and the facts add up to the same in
whatever order events come, and however often. Of most cases one event counts, that of the answer; the others are left
unread. Nothing personal is kept.
"""

import re
from datetime import datetime
from typing import Any

from services.contracts.coordination import (
    COORDINATION_VERBS,
    REFERRAL_VERBS,
    CoordinationState,
    NotConfirmed,
    ReferralOutcome,
    ReferralState,
)
from services.contracts.decision import Decision, World
from services.contracts.routing import JumpReason, Level, OverrideReason, ResultKind, ReturnReason, WaitsFor, WorkMoved
from services.contracts.wire import Id, Instant, Made, Wire
from services.registry.domain.late import late
from services.registry.domain.rules import Rules

ANSWERED, OFFERED, JUMPED = "task.answered", "task.offered", "task.jump-recorded"
RETURNED, REASSIGNED, TIMED_OUT = "task.returned", "task.reassigned", "task.timed-out"
RUNG_FIRED = "clock.rung-fired"
HANDED_ON, TAKEN, NOT_TAKEN, NOT_HEARD = (
    f"transfer.{verb}" for verb in ("offered", "acknowledged", "refused", "returned")
)
TRANSFER_VERBS = (HANDED_ON, TAKEN, NOT_TAKEN, NOT_HEARD)

UNREPORTED_WORK = (
    "task.assigned",
    "task.started",
    "task.cancelled",
    "clock.started",
    "clock.suspended",
    "clock.resumed",
    "clock.due-moved",
    "clock.followed",
    "clock.stopped",
    "result.decided",
)
"""What no report of the work tells of, when nothing else was decided with it: results are told by intake."""
_UNREPORTED = re.compile(rf'\{{"moves":\[("({"|".join(map(re.escape, UNREPORTED_WORK))})",?)+\]'.encode())


def is_reported(value: bytes) -> bool:
    """Whether an event of routing is of interest, before it is read: `moves` stands first in each."""
    return _UNREPORTED.match(value) is None


class Jumped(Wire):
    """The officer is who has the task."""

    reason: JumpReason
    second_officer: Id


class ByHand(Wire):
    """A task given past the draw."""

    by: Id
    to: Id
    reason: OverrideReason


class GivenBack(Wire):
    by: Id
    reason: ReturnReason


class HandedOn(Wire):
    """A transfer, from unit to unit."""

    from_unit: Id
    to_unit: Id


class AskedUnit(Wire):
    """A coordination as one event has it."""

    id: Id
    unit_id: Id
    state: CoordinationState
    reason: NotConfirmed | None = None


class WorkLine(Made):
    """One event: what was decided, and about which task."""

    version: int
    at: Instant
    moves: tuple[str, ...]
    unit_id: Id
    officer_id: Id | None = None
    """Who has the task, or had it last."""
    answer: ResultKind | None = None
    """With `task.answered`."""
    minutes: int | None = None
    """With it: the working time of the Clock until then, of the round. None while it runs on: others are not done."""
    waits_for: WaitsFor | None = None
    """With `task.offered`."""
    jump: Jumped | None = None
    returned: GivenBack | None = None
    override: ByHand | None = None
    level: Level | None = None
    """With `clock.rung-fired`."""
    transfer: HandedOn | None = None
    asked: tuple[AskedUnit, ...] = ()
    """With any move of a coordination: all of the round."""


class Sent(Made):
    """A referral as the newest event has it. What became of it bears its hour."""

    id: Id
    version: int
    """Of that event."""
    unit_id: Id
    coordinated: bool
    """Whether the unit had confirmed the coordination on which it stands (I1): seen, not believed."""
    state: ReferralState
    sent_at: Instant | None
    """When the head of the desk approved it."""
    ended_at: Instant | None
    outcome: ReferralOutcome | None


class ReportedWork(Made):
    request_id: Id
    org_id: Id
    """Whose desk owns the case, whichever agency's units work on it."""
    last_at: Instant
    """Of the newest fact: whatever month begins later need not look at the work."""
    lines: tuple[WorkLine, ...]
    """In the order of their versions."""
    referrals: tuple[Sent, ...] = ()
    """Of all rounds, by id."""


def told(known: ReportedWork | None, event: WorkMoved, world: World[Rules]) -> Decision[ReportedWork]:
    """The work with the facts of one more event. Months that are over hear that something of them came late."""
    lines = known.lines if known else ()
    if any(line.version == event.version for line in lines):
        return Decision(known)
    work = ReportedWork(
        request_id=event.request_id,
        org_id=event.org_id,
        last_at=max(known.last_at, event.occurred_at) if known else event.occurred_at,
        lines=tuple(sorted((*lines, _line(event)), key=lambda line: line.version)),
        referrals=_referrals(known.referrals if known else (), event),
    )
    new = _hours(work) - (_hours(known) if known else set())
    happened = min([event.occurred_at, *(hour for _, hour in new)])
    return Decision(work, sends=late(event.org_id, happened, world.now))


def _hours(work: ReportedWork) -> set[tuple[str, datetime]]:
    """When people were sent, and when that ended."""
    return {(each.id, hour) for each in work.referrals for hour in (each.sent_at, each.ended_at) if hour}


def _line(event: WorkMoved) -> WorkLine:
    moves, task = {*event.moves}, event.task
    facts: dict[str, Any] = {}
    if ANSWERED in moves:
        facts = {"answer": task.answer}
        if event.clock.running_since is None:
            facts["minutes"] = event.clock.consumed_minutes
    if OFFERED in moves:
        facts["waits_for"] = task.waits_for
    if JUMPED in moves and event.jump is not None:
        facts["jump"] = Jumped(reason=event.jump.reason, second_officer=event.jump.second_officer)
    if RETURNED in moves and event.returned is not None:
        facts["returned"] = GivenBack(by=event.returned.by, reason=event.returned.reason)
    if REASSIGNED in moves and event.override is not None:
        given = event.override
        facts["override"] = ByHand(by=given.by, to=given.to_officer, reason=given.reason)
    if RUNG_FIRED in moves and event.rung is not None:
        facts["level"] = event.rung.level
    if event.transfer is not None and moves.intersection(TRANSFER_VERBS):
        facts["transfer"] = HandedOn(from_unit=event.transfer.from_unit, to_unit=event.transfer.to_unit)
    if moves.intersection(COORDINATION_VERBS):
        facts["asked"] = tuple(
            AskedUnit(id=each.id, unit_id=each.unit_id, state=each.state, reason=each.reason)
            for each in event.coordinations
        )
    return WorkLine(
        version=event.version,
        at=event.occurred_at,
        moves=event.moves,
        unit_id=task.unit_id,
        officer_id=task.assignee,
        **facts,
    )


def _referrals(known: tuple[Sent, ...], event: WorkMoved) -> tuple[Sent, ...]:
    """With those that the event has, as far as no newer one has told of them."""
    if not {*event.moves}.intersection(REFERRAL_VERBS):
        return known
    sent = {each.id: each for each in known}
    confirmed = {(each.id, each.unit_id) for each in event.coordinations if each.state is CoordinationState.CONFIRMED}
    for referral in event.referrals:
        if referral.id in sent and sent[referral.id].version > event.version:
            continue
        sent[referral.id] = Sent(
            id=referral.id,
            version=event.version,
            unit_id=referral.unit_id,
            coordinated=(referral.coordination_id, referral.unit_id) in confirmed,
            state=referral.state,
            sent_at=referral.approved_at,
            ended_at=referral.ended_at,
            outcome=referral.outcome,
        )
    return tuple(sent[id] for id in sorted(sent))
