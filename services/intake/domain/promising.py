"""Promises: when the final answer comes, by which calendar, and what happens when it does not (I2, I3, I6, I9)."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState
from services.contracts.decision import Decision, TimerFired, World
from services.contracts.registry import Desk
from services.contracts.service_sheet import Channel, DurationUnit, Sheet
from services.contracts.working_calendar import CalendarRef
from services.intake.domain.case import Case, endings, let_go
from services.intake.domain.case_parts import Attention, Role
from services.intake.domain.desk_time import A_SECOND
from services.intake.domain.in_service import in_service, pulled_forward, while_in_service
from services.intake.domain.request import Request, moved, the_case
from services.intake.domain.rules import Rules
from services.worktime import (
    Calendar,
    Duration,
    Unit,
    advance,
    jalali_text,
    promise,
)

OPEN, KEPT = CommitmentState.OPEN, CommitmentState.KEPT
BROKEN, RELEASED = CommitmentState.BROKEN, CommitmentState.RELEASED

ANSWERED = (
    Attention.PROMISE_BROKEN,
    Attention.LEGAL_RISK,
    Attention.EXTENDED_TWICE,
    Attention.TELL_CITIZEN,
    Attention.TELL_OVERDUE,
)
"""What is settled when the final answer has been told."""

OF_A_DATE = (Attention.LEGAL_RISK, Attention.EXTENDED_TWICE)
"""What only a promise that binds is watched for."""

HEARD_WITHIN = timedelta(minutes=15)
"""So long after a promised moment word may still come of what was decided before it: that the date has moved, or the
work stands still. Nothing is broken before. No setting: routing counts within less (its `Rules.counted_within`)."""


class Dates(NamedTuple):
    promised_at: datetime
    promised_local: str
    legal_latest_at: datetime
    legal_risk: bool


def final_delivery(
    request_id: str,
    sheet: Sheet,
    channel: Channel,
    desk: Desk | None,
    calendar: Calendar,
    now: datetime,
    number: int = 1,
) -> Commitment:
    """The promise of a round: what the sheet says of the channel at most, from now, in open time, within the law (I3).

    `number`: its place among the promises of the case.

    Raises WorktimeError when the calendar cannot answer.
    """
    times = sheet.processing_time
    budget, legal = times.maximum_through(channel), times.legal
    dates = _dates(calendar, now, _duration(budget.value, budget.unit), _duration(legal.value, legal.unit))
    if desk is not None and not in_service(desk, dates.promised_at):
        at, legal_risk = while_in_service(desk, calendar, dates.promised_at, dates.legal_latest_at, now)
        dates = Dates(at, jalali_text(at), dates.legal_latest_at, legal_risk)
    return Commitment(
        id=f"{request_id}.{number}",
        kind=CommitmentKind.FINAL_DELIVERY,
        promised_at=dates.promised_at,
        promised_local=dates.promised_local,
        legal_latest_at=dates.legal_latest_at,
        legal_risk=dates.legal_risk,
        calendar=CalendarRef(id=calendar.id, version=calendar.version),
        budget=budget,
        state=CommitmentState.OPEN,
    )


def with_promise(case: Case, promise: Commitment) -> tuple[Case, tuple[str, ...]]:
    """The case with another promise, and the verbs to publish; where the law leaves no day its head is warned (I3)."""
    promised = case.model_copy(update={"commitments": (*case.commitments, promise)})
    if not promise.legal_risk:
        return promised, ("commitment.added",)
    attention = promised.needing(Attention.LEGAL_RISK)
    return promised.model_copy(update={"attention": attention}), ("commitment.added", "commitment.legal-risk")


@lru_cache(maxsize=1024)  # the cases of one batch share their second, and mostly their service
def _dates(calendar: Calendar, now: datetime, budget: Duration, legal: Duration) -> Dates:
    latest = advance(calendar, now, legal).at.replace(second=0)
    at = promise(calendar, now, budget).at
    if at > latest:
        at = pulled_forward(calendar, latest, now) or at
    return Dates(at, jalali_text(at), latest, legal_risk=at > latest)


@lru_cache(maxsize=256)  # sheets name a few
def _duration(value: int, unit: DurationUnit) -> Duration:
    return Duration(value, Unit(unit.value))


def fell_due(request: Request | None, message: TimerFired, world: World[Rules]) -> Decision[Request]:
    """A promise whose time has passed unmet is broken, for ever; its desk sees it (I6, domain 3).

    Not at once: see `due_times`.
    """
    request, case = the_case(request)
    due = due_times(case).get(message.name)
    if due is None or world.now < due:
        return Decision(request)  # kept, or moved meanwhile
    settled, verbs = told_late(case)
    if not verbs:
        settled, verbs = broken_by(case, world.now), ("commitment.broken",)
    told, _, event = moved(request, settled, world.now, Role.TIME, verbs)
    return Decision(told, events=(event,))


def broken_by(case: Case, now: datetime) -> Case:
    """The case with every running promise of an answer broken that was not met; the same value when there is none."""
    answers = (promise for promise in case.running_promises() if promise.visit is None)
    overdue = {promise.id for promise in answers if now > promise.promised_at}
    if not overdue:
        return case
    commitments = tuple(
        commitment.model_copy(update={"state": BROKEN, "ended_at": now}) if commitment.id in overdue else commitment
        for commitment in case.commitments
    )
    return case.model_copy(update={"commitments": commitments, "attention": case.needing(Attention.PROMISE_BROKEN)})


def fulfilled(case: Case, now: datetime) -> tuple[Case, tuple[str, ...]]:
    """The final answer has been told (I9): open promises are kept, broken ones stay broken and the late hour is noted.

    Gives the verbs to publish, in order.
    """
    judged = broken_by(case, now)
    verbs = ["commitment.broken"] if judged is not case else []
    commitments = []
    for commitment in judged.commitments:
        if commitment.kind is CommitmentKind.FINAL_DELIVERY and commitment.state is OPEN:
            verbs.append("commitment.kept")
            commitment = commitment.model_copy(update={"state": KEPT, "ended_at": now})
        elif commitment.visit is None and commitment.state is BROKEN and commitment.fulfilled_late_at is None:
            verbs.append("commitment.kept-late")
            commitment = commitment.model_copy(update={"fulfilled_late_at": now})
        commitments.append(commitment)
    attention = judged.without(*ANSWERED)
    return judged.model_copy(update={"commitments": tuple(commitments), "attention": attention}), tuple(verbs)


def may_be_kept(case: Case, now: datetime) -> bool:
    """Whether the time of an answer has passed, and word may still come that a message had told it in time (I9)."""
    return case.heard_by is not None and now <= case.heard_by and broken_by(case, now) is not case


def told_late(case: Case) -> tuple[Case, tuple[str, ...]]:
    """What the desk has told after its time, when no word of a message is waited for any more: broken, and how late.

    Gives the verbs to publish, in order; the same case, and none, where nothing is left to settle.
    """
    unsettled = any(promise.visit is None for promise in case.open_promises())
    return fulfilled(case, case.announced.at) if case.announced and unsettled else (case, ())


def released(case: Case, now: datetime) -> tuple[Case, tuple[str, ...]]:
    """Open promises bind nobody any more, by a cause of the applicant's; one whose time has passed is broken (I6).

    Gives the verbs to publish, in order.
    """
    case, late = told_late(case)
    judged = broken_by(case, now)
    broken = ("commitment.broken",) if judged is not case else ()
    over = {one.id: let_go(one, now) for one in judged.open_promises()}
    commitments = tuple(over.get(one.id, one) for one in judged.commitments)
    verbs = dict.fromkeys((*late, *broken, *endings(over.values())))
    return judged.model_copy(update={"commitments": commitments}), tuple(verbs)


def answer_released(case: Case, now: datetime) -> tuple[Case, tuple[str, ...]]:
    """The open promise of the answer binds nobody any more, by a cause of the applicant's; broken where its time has
    passed (I6). Visits stay.

    Gives the verbs to publish, in order.
    """
    judged = broken_by(case, now)
    over = {one.id: let_go(one, now) for one in judged.open_promises() if one.kind is CommitmentKind.FINAL_DELIVERY}
    attention = judged.without(*OF_A_DATE) if over else judged.attention
    commitments = tuple(over.get(one.id, one) for one in judged.commitments)
    verbs = ("commitment.broken",) if judged is not case else ()
    changes = {"commitments": commitments, "attention": attention}
    return judged.model_copy(update=changes), (*verbs, *endings(over.values()))


def due_times(case: Case) -> dict[str, datetime]:
    """When each promise of an answer whose time runs is broken: when no word may come any more of what was decided, or
    delivered, by the promised moment. What came after that moment counts for nothing, whenever it is heard of.
    """
    answers = (promise for promise in case.running_promises() if promise.visit is None)
    heard = {one.id: max(one.promised_at + HEARD_WITHIN, case.heard_by or one.promised_at) for one in answers}
    return {f"promise:{id}": by + A_SECOND for id, by in heard.items()}
