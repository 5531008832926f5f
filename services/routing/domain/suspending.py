"""The work stands still, and goes on: the Clock's time is neither lost nor won by it (domain 3, 6; I6, I10, 12.1-3).

Whoever has the task says that it stands still and for what: for documents of the citizen, each type once in a round, or
for one of a few other reasons, each of them once. It goes on when the last of the documents has come (intake says so),
when the officer says so, or, where the citizen has no part in it, at its deadline. No pause is without an end.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.contracts.decision import Decision, Refused, World
from services.contracts.intake import HeldDemand, RequestMoved
from services.contracts.routing import (
    REASONS,
    Clock,
    DueCause,
    DueMoved,
    SuspendTask,
    Suspension,
    SuspensionCause,
    SuspensionReason,
    TaskState,
)
from services.contracts.service_sheet import Requirement
from services.contracts.wire import instant_text
from services.contracts.working_calendar import CalendarRef
from services.routing.domain.assignee import by_assignee, the_work
from services.routing.domain.beginning import as_much_left
from services.routing.domain.case import Case
from services.routing.domain.clocks import calendar_at, counting, ended, lawful, stopped
from services.routing.domain.commands import Resume, Suspend
from services.routing.domain.escalating import climbing
from services.routing.domain.messages import HeldDemanded
from services.routing.domain.rules import Rules
from services.routing.domain.work import Work
from services.worktime import Calendar, Presence, advance, next_opening

SUSPENDED = "SUSPENDED"
"""Where a refusal names the state: the task keeps its own."""
APPLICANT = SuspensionCause.APPLICANT
AT_WORK = (TaskState.ASSIGNED, TaskState.STARTED)


def suspended(case: Case | None, command: Suspend, world: World[Rules]) -> Decision[Case]:
    """The Clock stands still from now. What an agency holds is refused by the answer, and stays on record (I10).

    Raises Refused UNKNOWN_TASK, ILLEGAL_MOVE, NOT_ASSIGNEE, UNKNOWN_OFFICER, EVIDENCE_TYPES_NEEDED (422),
    WRONG_REASON (422), UNKNOWN_EVIDENCE_TYPE (422), ALREADY_ASKED, DEADLINE_TOO_SOON (422), DEADLINE_TOO_FAR (422).
    """
    case, work = the_work(case, command.task_id)
    _at_work(case, work, SUSPENDED)
    officer = by_assignee(case, work, command.officer_id, SUSPENDED, world)
    reason = _reason(command)
    held = [asked for asked in _asked(case, command, world) if asked.held_by is not None]
    if held:
        return _refused_as_held(case, work, held, officer.id, world)
    _once(case, command, reason)
    suspension = Suspension(
        number=1 + sum(len(clock.suspensions) for clock in (*(one.clock for one in case.earlier), case.clock)),
        cause=command.cause,
        reason=reason,
        evidence_types=tuple(dict.fromkeys(command.evidence_types)),
        from_at=world.now,
        until=_until(case, command, world),
        by=officer.id,
    )
    clock = stopped(case, world)
    clock = clock.model_copy(update={"suspensions": (*clock.suspensions, suspension)})
    told, event = case.model_copy(update={"clock": clock}).moved(world, "clock.suspended", about=work)
    return Decision(told, events=(event,), answer={"state": work.task.state.value})


def resumed(case: Case | None, command: Resume, world: World[Rules]) -> Decision[Case]:
    """The officer goes on, whatever it stood still for; not one whose task is over.

    Raises Refused UNKNOWN_TASK, ILLEGAL_MOVE, NOT_ASSIGNEE.
    """
    case, work = the_work(case, command.task_id)
    state = work.task.state.value
    if case.clock.suspended() is None or work.task.state not in AT_WORK:
        facts: dict[str, Any] = {"from": state, "to": state}
        raise Refused("ILLEGAL_MOVE", "the work does not stand still", **facts)
    by_assignee(case, work, command.officer_id, state, world)
    return replace(_going_on(case, world), answer={"state": state})


def documents_came(case: Case, request: RequestMoved, world: World[Rules]) -> Decision[Case]:
    """Intake has the last of what was asked for in the suspension that lasts; of another it says nothing."""
    lasting, told = case.clock.suspended(), request.suspension
    if lasting is None or told is None or told.number != lasting.number or request.round != case.round:
        return Decision(case)
    if lasting.cause is not APPLICANT or request.awaited is None or request.awaited.missing:
        return Decision(case)
    return _going_on(case, world)


def time_is_up(case: Case, world: World[Rules]) -> Decision[Case]:
    """The deadline of a suspension for which the citizen is not to blame. The citizen's own is ended by intake."""
    lasting = case.clock.suspended()
    if lasting is None or lasting.cause is APPLICANT or lasting.until is None or world.now < lasting.until:
        return Decision(case)
    return _going_on(case, world)


def _going_on(case: Case, world: World[Rules]) -> Decision[Case]:
    """The Clock runs again, with what was left, by the calendar as it is now; the due time follows (I6).

    Never to an earlier time than before, and not at all where nothing was left: broken is broken.
    Raises NotYet, LookupError, WorktimeError.
    """
    before = ended(case.clock, world.now)
    newest = world.registry.calendar(case.calendar.id)
    version = CalendarRef(id=newest.id, version=newest.version) if newest else case.calendar
    calendar = calendar_at(case, version, world)
    running = counting(before).start(max(world.now, _stood_since(case.clock)))
    clock = before.model_copy(update={"running_since": running.running_since})
    moves, word = ["clock.resumed"], None
    if running.left and _stood_since(case.clock) <= clock.due:
        found = running.promised(calendar)
        rule = str(found.moved_by) if found.moved_by else None
        at = max(found.at, next_opening(calendar, clock.due, Presence.DESK))  # that day may be closed by now
        due, rule = lawful(at, rule, case, calendar, world.now)
        if due > clock.due:
            word = DueMoved(from_at=clock.due, calendar=version, cause=DueCause.SUSPENSION, rule=rule)
            clock = clock.model_copy(update={"due": due})
            moves.append("clock.due-moved")
    was = calendar_at(case, case.calendar, world)
    going = as_much_left(case, _stood_since(case.clock), was, calendar, world.now)
    going = climbing(going.model_copy(update={"clock": clock, "calendar": version}), world)
    told, event = going.moved(world, *moves, due_moved=word)
    return Decision(told, events=(event,))


def _stood_since(clock: Clock) -> datetime:
    """Two machines' clocks may disagree on which came first."""
    return clock.suspensions[-1].from_at


def _at_work(case: Case, work: Work, target: str) -> None:
    """Raises Refused ILLEGAL_MOVE unless somebody has the task and the Clock runs."""
    state = SUSPENDED if case.clock.suspended() else work.task.state.value
    if state == SUSPENDED or work.task.state not in AT_WORK:
        facts: dict[str, Any] = {"from": state, "to": target}
        raise Refused("ILLEGAL_MOVE", f"{state} does not move to {target}", **facts)


def _reason(command: SuspendTask) -> SuspensionReason:
    reasons = REASONS[command.cause]
    if (command.cause is APPLICANT) is not bool(command.evidence_types):
        detail = "of the applicant documents are awaited, by their types, and of nobody else"
        raise _wrong("evidenceTypes", "EVIDENCE_TYPES_NEEDED", detail)
    if command.reason is not None and command.reason not in reasons:
        raise _wrong("reason", "WRONG_REASON", f"the reasons of {command.cause} are: {', '.join(reasons)}")
    return command.reason or reasons[0]


def _asked(case: Case, command: SuspendTask, world: World[Rules]) -> Sequence[Requirement]:
    """What is asked for, as the sheet of the case names it, or the newest where an agency has come to hold it (I10).

    Raises Refused UNKNOWN_EVIDENCE_TYPE.
    """
    newest = world.registry.sheet(case.service_id)
    sheet = world.registry.sheet(case.service_id, case.service_version) or newest
    known = {each.evidence_type: each for each in sheet.requirements} if sheet else {}
    unknown = [type_ for type_ in command.evidence_types if type_ not in known]
    if unknown:
        detail = f"the sheet of this service knows no {', '.join(unknown)}; it knows: {', '.join(known) or 'none'}"
        raise _wrong("evidenceTypes", "UNKNOWN_EVIDENCE_TYPE", detail)
    held = {each.evidence_type: each for each in newest.requirements if each.held_by is not None} if newest else {}
    return [held.get(type_, known[type_]) for type_ in dict.fromkeys(command.evidence_types)]


def _refused_as_held(
    case: Case, work: Work, held: Sequence[Requirement], officer_id: str, world: World[Rules]
) -> Decision[Case]:
    """Nothing stands still; the attempt stays with the case, each type once for an officer, and is counted (I10)."""
    known = {(demand.type, demand.asked_by) for demand in case.held_demands}
    attempts = tuple(
        HeldDemand(type=each.evidence_type, held_by=each.held_by, asked_by=officer_id, at=world.now)
        for each in held
        if each.held_by is not None and (each.evidence_type, officer_id) not in known
    )
    noted = case.model_copy(update={"held_demands": (*case.held_demands, *attempts)})
    answer = {
        "state": work.task.state.value,
        "held": [{"type": each.evidence_type, "heldBy": each.held_by} for each in held],
    }
    return Decision(noted, effects=(HeldDemanded(count=len(held)),), answer=answer)


def _once(case: Case, command: SuspendTask, reason: SuspensionReason) -> None:
    """Raises Refused ALREADY_ASKED: a document is demanded once, and nobody waits twice for the same reason."""
    before = case.clock.suspensions
    if command.cause is APPLICANT:
        asked = {type_ for suspension in before for type_ in suspension.evidence_types}
        again = [type_ for type_ in command.evidence_types if type_ in asked]
    else:
        again = [reason.value for suspension in before if suspension.reason is reason]
    if again:
        detail = f"the work has stood still for this before: {', '.join(dict.fromkeys(again))}"
        raise Refused("ALREADY_ASKED", detail, again=list(dict.fromkeys(again)))


def _until(case: Case, command: SuspendTask, world: World[Rules]) -> datetime | None:
    """The deadline in open hours. Raises Refused DEADLINE_TOO_SOON, DEADLINE_TOO_FAR; NotYet, LookupError."""
    if command.deadline is None and command.cause is APPLICANT:
        return None
    calendar = calendar_at(case, case.calendar, world)
    if command.deadline is None:
        return advance(calendar, world.now, world.rules.suspended_for).at
    if command.deadline > world.now + world.rules.longest_suspension:
        raise _wrong("deadline", "DEADLINE_TOO_FAR", "a deadline lies within a year")
    earliest = _earliest(calendar, command, world)
    if command.deadline < earliest:
        raise _wrong("deadline", "DEADLINE_TOO_SOON", f"a deadline is not before {instant_text(earliest)}")
    return next_opening(calendar, command.deadline, Presence.DESK)


def _earliest(calendar: Calendar, command: SuspendTask, world: World[Rules]) -> datetime:
    if command.cause is not APPLICANT:
        return world.now
    return advance(calendar, world.now, world.rules.shortest_deadline).at


def _wrong(field: str, code: str, detail: str) -> Refused:
    """A command that names something wrong: 422 with the field."""
    return Refused(code, detail, status=422, errors=[{"field": field, "code": code, "detail": detail}])
