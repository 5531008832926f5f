"""From the report of a deficiency to its verification: acknowledged, planned, remedied, looked at (domain 1.6, 3)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.contracts.decision import Decision, Refused, Send, TimerFired, World
from services.contracts.deficiency import DeficiencyMoved, DeficiencyState, FoundBy, Kind, Mode, Subject
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Command, Id, Instant, Moment, TypedId, Wire
from services.registry.domain.deficiency import (
    ACKNOWLEDGED,
    ESCALATED,
    FIXED,
    IN_REMEDY,
    INSPECTIONS_KEPT,
    MOVES,
    PLANNED,
    REJECTED,
    REPORTED,
    STEPS,
    VERBS,
    VERIFIED,
    Deficiency,
    Escalation,
    Evidence,
    Happened,
    RemedyAction,
    Said,
    told,
)
from services.registry.domain.officers import acts_for, in_service, may_act_for, second_look
from services.registry.domain.recording import Asked
from services.registry.domain.rules import Rules
from services.registry.domain.sighting import Sighting
from services.registry.domain.terms import Terms, after_working_days

LONGEST_REMEDY = timedelta(days=2 * 366)


class Acknowledge(Command):
    """POST /v1/deficiencies/{id}/acknowledge."""

    officer_id: TypedId


class Plan(Command):
    """POST /v1/deficiencies/{id}/plan: what is done, who answers for it, until when."""

    what: Said
    responsible_id: TypedId
    due_at: Moment
    officer_id: TypedId


class OtherRemedy(Command):
    """What is done instead of a remedy that was rejected."""

    what: Said
    responsible_id: TypedId
    due_at: Moment


class Start(Command):
    """POST /v1/deficiencies/{id}/start: the remedy is begun; after a rejection possibly another one."""

    remedy: OtherRemedy | None = None
    officer_id: TypedId


class Fix(Command):
    """POST /v1/deficiencies/{id}/fix: it is remedied, and this shows it."""

    evidence: Evidence
    officer_id: TypedId


class Verify(Command):
    """POST /v1/deficiencies/{id}/verify: an agency above has looked; where there is none, another officer."""

    officer_id: TypedId


class Reject(Command):
    """POST /v1/deficiencies/{id}/reject: it is not remedied. `dueAt`: until when; None = as long as a plan may take."""

    reason: Said
    due_at: Instant | None = None
    officer_id: TypedId


TARGETS: Mapping[type[Command], DeficiencyState] = {
    Acknowledge: ACKNOWLEDGED,
    Plan: PLANNED,
    Start: IN_REMEDY,
    Fix: FIXED,
    Verify: VERIFIED,
    Reject: REJECTED,
}


class RemedyWish(Asked):
    """One of the commands above, with what is known of those it names."""

    target: DeficiencyState
    """Where it leads."""
    command: Acknowledge | Plan | Start | Fix | Verify | Reject


class Found(Wire):
    """A new deficiency, as whoever found it tells it."""

    deficiency_id: Id
    org_id: Id
    kind: Kind
    subject: Subject
    mode: Mode | None
    found_by: FoundBy
    owner: Id | None
    terms: Terms
    seen_at: Instant
    text: str | None = None
    evidence: Evidence | None = None
    concern_id: Id | None = None
    occurrences: int = 1
    inspection_id: Id | None = None


class SeenAgain(Wire):
    """Its concern: the same fault was met once more."""

    at: Instant
    occurrences: int
    inspection_id: Id | None = None
    sighting: Sighting | None = None
    """All of it; None: told by an earlier version."""


class NotSeen(Wire):
    """Its concern: the registry does not see the fault any more."""

    at: Instant


class Settled(Wire):
    """To its concern: it was verified at that hour, and what is met from then on is another."""

    deficiency_id: Id
    at: Instant | None = None
    """None: told by an earlier version, and it is now."""


def found(known: Deficiency | None, message: Found, world: World[Rules]) -> Decision[Deficiency]:
    """REPORTED, with its terms."""
    if known is not None:
        return Decision(known)
    by = message.found_by.id
    deficiency = Deficiency(
        id=message.deficiency_id,
        org_id=message.org_id,
        state=REPORTED,
        kind=message.kind,
        subject=message.subject,
        mode=message.mode,
        found_by=message.found_by,
        owner=message.owner,
        reported_at=world.now,
        terms=message.terms,
        due_at=message.terms.acknowledge_by,
        text=message.text,
        evidence=message.evidence,
        occurrences=message.occurrences,
        last_seen_at=message.seen_at,
        concern_id=message.concern_id,
        inspection_ids=(message.inspection_id,) if message.inspection_id else (),
        history=(
            Happened(at=world.now, verb=VERBS[REPORTED], by=by, text=message.text, due_at=message.terms.acknowledge_by),
        ),
    )
    return Decision(deficiency, events=(told(deficiency, world.now, VERBS[REPORTED]),), answer=answer(deficiency))


def seen_again(known: Deficiency | None, message: SeenAgain, world: World[Rules]) -> Decision[Deficiency]:
    """Counted; who remedies it sees that it goes on, unless it was seen before it was gone.

    What its concern had counted before it heard of the verification goes back there: met since, it is another.
    """
    if known is None:
        return Decision(None)
    if known.state is VERIFIED:
        return Decision(known, sends=_to_concern(known, message.sighting))
    linked = known.inspection_ids
    if message.inspection_id is not None and message.inspection_id not in linked:
        linked = (*linked, message.inspection_id)[-INSPECTIONS_KEPT:]
    is_back = known.gone_at is None or message.at >= known.gone_at
    seen = {
        "occurrences": max(known.occurrences, message.occurrences),
        "last_seen_at": max(known.last_seen_at, message.at),
        "gone_at": None if is_back else known.gone_at,
        "inspection_ids": linked,
    }
    return Decision(known.model_copy(update=seen))


def not_seen(known: Deficiency | None, message: NotSeen, world: World[Rules]) -> Decision[Deficiency]:
    """It stays open until the agency above has verified it, and shows since when it is gone."""
    if known is None or known.state is VERIFIED or known.gone_at is not None:
        return Decision(known)
    return Decision(known.model_copy(update={"gone_at": message.at}))


def decided(known: Deficiency | None, wish: RemedyWish, world: World[Rules]) -> Decision[Deficiency]:
    """One step of those who remedy or of those who look. A late one is escalated first, whether or not its timer fired.

    Refused: NOT_FOUND, ILLEGAL_MOVE (both states), UNKNOWN_OFFICER (422), NOT_AUTHORISED (403), and what is wrong with
    a plan: NO_SUCH_TERM, NO_EVIDENCE, NOT_REJECTED (422).
    """
    if known is None:
        raise Refused("NOT_FOUND", "there is no such deficiency", status=404)
    command, registry, now = wish.command, wish.around.entries, world.now
    if isinstance(command, Verify | Reject):
        second_look(registry, command.officer_id, known.org_id, _concerned(known))
    elif not (isinstance(command, Fix) and known.owner == in_service(registry, command.officer_id).id):
        acts_for(registry, command.officer_id, known.org_id)
    MOVES.check(known.state, wish.target)
    known, escalated = _escalated(known, now)
    changes: dict[str, Any]
    text: str | None = None
    match command:
        case Acknowledge():
            changes = {"due_at": known.terms.plan_by}
        case Plan():
            changes, text = _with_remedy(known, command, registry, now), command.what
        case Start():
            changes = _started(known, command, registry, now)
            text = command.remedy.what if command.remedy else None
        case Fix():
            changes, text = _fixed(known, command, now), command.evidence.text
        case Verify():
            changes = {"due_at": None, "verified_at": now}
        case Reject():
            changes, text = _rejected(known, command, registry, world), command.reason
    moved = _moved(known, wish.target, changes, now, command.officer_id, text)
    return replace(moved, events=(*escalated, *moved.events))


def overdue(known: Deficiency | None, message: TimerFired, world: World[Rules]) -> Decision[Deficiency]:
    """A step was not taken in time: told, once for each term."""
    if known is None:
        return Decision(None)
    escalated, events = _escalated(known, world.now)
    return Decision(escalated, events=events)


def _escalated(known: Deficiency, now: datetime) -> tuple[Deficiency, tuple[DeficiencyMoved, ...]]:
    if known.due_at is None or not known.overdue(now) or known.escalated:
        return known, ()
    escalation = Escalation(step=STEPS[known.state], due_at=known.due_at, at=now)
    line = Happened(at=now, verb=ESCALATED, by=None, due_at=known.due_at)
    changes = {"escalations": (*known.escalations, escalation), "history": (*known.history, line)}
    escalated = known.model_copy(update=changes)
    return escalated, (told(escalated, now, ESCALATED),)


def answer(deficiency: Deficiency) -> dict[str, Any]:
    return {"deficiencyId": deficiency.id, "state": deficiency.state.value}


def _moved(
    known: Deficiency, target: DeficiencyState, changes: dict[str, Any], now: datetime, by: str, text: str | None
) -> Decision[Deficiency]:
    line = Happened(at=now, verb=VERBS[target], by=by, text=text, due_at=changes.get("due_at", known.due_at))
    moved = known.model_copy(update={**changes, "state": target, "history": (*known.history, line)})
    sends = _to_concern(known, Settled(deficiency_id=known.id, at=now)) if target is VERIFIED else ()
    return Decision(moved, events=(told(moved, now, VERBS[target]),), sends=sends, answer=answer(moved))


def _to_concern(known: Deficiency, body: Settled | Sighting | None) -> tuple[Send, ...]:
    return (Send("concern", known.concern_id, body),) if known.concern_id is not None and body is not None else ()


def _concerned(known: Deficiency) -> tuple[str | None, ...]:
    """Who answers for the remedy, and who said that it is done."""
    fixed = next((line.by for line in reversed(known.history) if line.verb == VERBS[FIXED]), None)
    return (known.owner, fixed, *(remedy.responsible for remedy in known.remedies))


def _with_remedy(known: Deficiency, plan: Plan | OtherRemedy, registry: Snapshot, now: datetime) -> dict[str, Any]:
    _in_time(plan.due_at, now)
    responsible = in_service(registry, plan.responsible_id)
    if not may_act_for(registry, responsible, known.org_id):
        raise Refused("UNKNOWN_OFFICER", "whoever is responsible is of the agency itself", status=422)
    action = RemedyAction(what=plan.what, responsible=responsible.id, due_at=plan.due_at)
    return {"remedies": (*known.remedies, action), "owner": responsible.id, "due_at": plan.due_at}


def _started(known: Deficiency, start: Start, registry: Snapshot, now: datetime) -> dict[str, Any]:
    """The remedy that was planned; after a rejection another one, or the same once more until the new term."""
    if known.state is PLANNED:
        if start.remedy is not None:
            raise Refused("NOT_REJECTED", "another remedy is for what was rejected; this one is planned", status=422)
        begun = known.remedy.model_copy(update={"started_at": now})
        return {"remedies": (*known.remedies[:-1], begun)}
    if start.remedy is None:
        before, due = known.remedy, known.due_at
        again = {"what": before.what, "responsible": before.responsible, "due_at": due, "started_at": now}
        return {"remedies": (*known.remedies, RemedyAction.model_validate(again))}
    changes = _with_remedy(known, start.remedy, registry, now)
    begun = changes["remedies"][-1].model_copy(update={"started_at": now})
    return changes | {"remedies": (*known.remedies, begun)}


def _fixed(known: Deficiency, fix: Fix, now: datetime) -> dict[str, Any]:
    if fix.evidence.text is None and fix.evidence.dataref is None:
        raise Refused("NO_EVIDENCE", "say what shows it, or where a document or picture lies", status=422)
    done = known.remedy.model_copy(update={"fixed_at": now, "evidence": fix.evidence})
    return {"remedies": (*known.remedies[:-1], done), "due_at": None}


def _rejected(known: Deficiency, reject: Reject, registry: Snapshot, world: World[Rules]) -> dict[str, Any]:
    due = reject.due_at
    if due is None:
        due, _ = after_working_days(registry, known.org_id, world.now, world.rules.plan_days)
    else:
        _in_time(due, world.now)
    return {"due_at": due, "rejections": known.rejections + 1}


def _in_time(due: datetime, now: datetime) -> None:
    if not now < due <= now + LONGEST_REMEDY:
        raise Refused("NO_SUCH_TERM", "the term of a remedy ends after now, and within two years", status=422)
