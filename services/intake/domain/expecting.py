"""A visit that is promised: given, or followed by another one (domain 3).

NEXT_VISIT asks the person back on a day, from an hour on; an APPOINTMENT is a slot (`appointing`). Whether somebody has
come says `coming`. What the registry tells beforehand, `reconsidering` tells the person.
"""

from datetime import datetime
from typing import Final, Literal

from services.contracts.commitment import (
    ASKED_BACK,
    BOOKED_ANEW,
    Commitment,
    CommitmentKind,
    CommitmentState,
    ExpectedVisit,
)
from services.contracts.decision import Decision, Refused, World
from services.contracts.intake_commands import PromiseVisit
from services.contracts.registry import Desk
from services.contracts.routing import DueCause
from services.contracts.wire import instant_text
from services.contracts.working_calendar import CalendarRef
from services.intake.domain.authority import desk_officer, wrong_field
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention, Role
from services.intake.domain.desk_time import A_SECOND, closing_of
from services.intake.domain.in_service import in_service
from services.intake.domain.moving import re_projected
from services.intake.domain.new_times import found_together
from services.intake.domain.promising import BROKEN, OPEN, RELEASED
from services.intake.domain.request import Request, moved, the_case
from services.intake.domain.rules import Rules
from services.intake.domain.slots import stands
from services.intake.domain.standing import desk_calendar
from services.intake.domain.states import ENDED, RECEIVED, REDIRECTED
from services.worktime import Calendar, Presence, WorktimeError, is_open, jalali_text
from services.worktime.jalali import civil_day

NEXT_VISIT, APPOINTMENT = CommitmentKind.NEXT_VISIT, CommitmentKind.APPOINTMENT

ELSEWHERE: Final = frozenset({RECEIVED, REDIRECTED}) | ENDED
"""Nobody is to come to the desk: the case is over, or a kiosk office has the person."""

MOVED, REINSTATED = "commitment.re-projected", "commitment.reinstated"
STILL_PROMISED: Final = frozenset({MOVED, REINSTATED})
"""What is told of a promise that the new visit does not end."""


def next_visit(request: Request | None, command: PromiseVisit, world: World[Rules]) -> Decision[Request]:
    """When the person is to come again: a moment at which the desk is open; the slot is the rest of its day.

    Raises Refused NOT_AWAITED, VISIT_PROMISED, NOT_AUTHORISED, or with the field that is wrong.
    """
    request, case = the_case(request)
    desk, calendar = may_promise(case, command, world)
    if command.with_officer_id is not None:
        raise wrong_field("withOfficerId", "NOT_AN_APPOINTMENT", "only an appointment is with one officer")
    at = command.at.replace(second=0)
    closes = closing_of(world.registry, desk, civil_day(at))
    if closes is None or not _is_open(calendar, at):
        raise wrong_field("at", "DESK_SHUT", "the desk is not open then, or may not be")
    return given(request, case, NEXT_VISIT, at, ExpectedVisit(until=closes), calendar, world)


def may_promise(case: Case, command: PromiseVisit, world: World[Rules]) -> tuple[Desk, Calendar]:
    """What holds for both kinds. Raises Refused as `next_visit` does."""
    if case.state in ELSEWHERE:
        detail = f"nobody is to come to the desk for a request that is {case.state}"
        raise Refused("NOT_AWAITED", detail, state=case.state)
    desk_officer(world, command.officer_id, case.desk_id)
    before = promised(case, command.kind)
    if before and not command.applicant_asked and before.visit and before.visit.warned_at is None:
        detail = "a visit of this kind is promised already: another one instead needs the applicant's wish"
        raise Refused("VISIT_PROMISED", detail, promisedAt=instant_text(before.promised_at))
    if command.at <= world.now:
        raise wrong_field("at", "IN_THE_PAST", "a visit is promised for a time ahead")
    if command.at > world.now + world.rules.visit_within:
        raise wrong_field("at", "TOO_FAR", f"at most {world.rules.visit_within.days} days ahead")
    limit = latest(case, world)
    if command.at > limit:
        raise wrong_field("at", "PAST_LEGAL_LIMIT", f"the law wants the answer by {instant_text(limit)}")
    desk = world.registry.desk(case.desk_id)
    calendar = desk_calendar(world.registry, desk) if desk else None
    if desk is None or calendar is None or not in_service(desk, command.at):
        raise wrong_field("at", "DESK_SHUT", "the desk is not in service then")
    return desk, calendar


def given(
    request: Request,
    case: Case,
    kind: CommitmentKind,
    at: datetime,
    visit: ExpectedVisit,
    calendar: Calendar,
    world: World[Rules],
    by: Role = Role.OFFICER,
) -> Decision[Request]:
    """The case with this visit promised, instead of an earlier one of its kind."""
    before = promised(case, kind)
    if before and by is Role.OFFICER:
        case = found_together(case, before, world.now)
    case, verbs = _instead(case, before, at, visit, world, by) if before else (case, ())
    if not STILL_PROMISED.intersection(verbs):
        new = a_visit(request, case, kind, at, visit, calendar, world, by)
        case = case.model_copy(update={"commitments": (*case.commitments, new)})
        verbs = (*verbs, "commitment.added")
    told, _, event = moved(request, seen(case), world.now, by, verbs)
    return Decision(told, events=(event,))


def a_visit(
    request: Request,
    case: Case,
    kind: CommitmentKind,
    at: datetime,
    visit: ExpectedVisit,
    calendar: Calendar,
    world: World[Rules],
    by: Role = Role.OFFICER,
) -> Commitment:
    """The next promise of a case, of a visit."""
    return Commitment(
        id=f"{request.id}.{len(case.commitments) + 1}",
        kind=kind,
        promised_at=at,
        promised_local=jalali_text(at),
        legal_latest_at=latest(case, world),
        calendar=CalendarRef(id=calendar.id, version=calendar.version),
        basis=_basis(by),
        visit=visit,
        state=CommitmentState.OPEN,
    )


def _instead(
    case: Case, before: Commitment, at: datetime, visit: ExpectedVisit, world: World[Rules], by: Role
) -> tuple[Case, tuple[str, ...]]:
    """What becomes of a visit that another one follows.

    Nobody could have served it: it is moved, and says so, as far as its law goes, or broken past that and when its time
    has come; with somebody else at the same hour it holds after all. Else the applicant has given it up: released.
    """
    warned = before.visit is not None and before.visit.warned_at is not None
    past_law = at > before.legal_latest_at
    if warned and at == before.promised_at:
        changes = {"visit": visit.model_copy(update={"reinstated_at": world.now}), "basis": _basis(by)}
        return with_changed(case, before.model_copy(update=changes)), (REINSTATED,)
    if warned and not past_law:
        rule = BOOKED_ANEW if by is Role.OFFICER else ASKED_BACK
        after, verbs = re_projected(case, before.id, at, world, cause=DueCause.CALENDAR, rule=rule)
        if MOVED in verbs:
            changes = {"visit": visit, "basis": _basis(by)}
            return with_changed(after, the_promise(after, before.id).model_copy(update=changes)), verbs
    if warned and (past_law or before.promised_at <= world.now):
        return with_changed(case, ended_as(before, BROKEN, world.now)), ("commitment.broken",)
    return with_changed(case, ended_as(before, RELEASED, world.now)), ("commitment.released",)


def serves(case: Case, promise: Commitment, world: World[Rules]) -> bool:
    """Whether somebody could serve the person then, as far as the registry knows now: with whom they have an
    appointment or had it first, or who stands in for one of them."""
    assert promise.visit is not None
    at, slot = promise.promised_at, case.held_slot(promise.id)
    until = promise.visit.until if promise.kind is APPOINTMENT else at + A_SECOND
    officers = (promise.visit.officer_id, *((slot.booked_with,) if slot and slot.booked_with else ()))
    return any(stands(world.registry, case.desk_id, at, until, one, case.people()) for one in officers)


def promised(case: Case, kind: CommitmentKind) -> Commitment | None:
    return next((promise for promise in case.open_visits() if promise.kind is kind), None)


def latest(case: Case, world: World[Rules]) -> datetime:
    """Until when the law wants the answer that is promised. Where none is, or its limit has passed, no law says."""
    answer = next((promise for promise in reversed(case.answers()) if promise.state is OPEN), None)
    if answer is not None and world.now < answer.legal_latest_at:
        return answer.legal_latest_at
    return world.now + world.rules.visit_within


def _is_open(calendar: Calendar, at: datetime) -> bool:
    try:
        return is_open(calendar, at, Presence.DESK, avoid_provisional=True)
    except WorktimeError:
        return False


def ended_as(promise: Commitment, state: CommitmentState, at: datetime) -> Commitment:
    """A visit that was kept, broken or released."""
    return promise.model_copy(update={"state": state, "ended_at": at})


def _basis(by: Role) -> Literal["RULE", "OFFICER"]:
    return "OFFICER" if by is Role.OFFICER else "RULE"


def the_promise(case: Case, id: str) -> Commitment:
    return next(promise for promise in case.commitments if promise.id == id)


def with_changed(case: Case, promise: Commitment) -> Case:
    commitments = tuple(promise if one.id == promise.id else one for one in case.commitments)
    return case.model_copy(update={"commitments": commitments})


def seen(case: Case) -> Case:
    """In the work list of the desk stands who is warned, and what was broken and is not made good."""
    reasons = {
        Attention.VISIT_WARNED: any(p.visit and p.visit.warned_at for p in case.open_visits()),
        Attention.PROMISE_BROKEN: any(p.state is BROKEN and p.fulfilled_late_at is None for p in case.commitments),
    }
    for reason, holds in reasons.items():
        case = case.model_copy(update={"attention": case.needing(reason) if holds else case.without(reason)})
    return case
