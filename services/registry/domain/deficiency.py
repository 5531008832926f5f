"""A deficiency of an agency's electronic or in-person desk, and its states (domain 1.6, 3)."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from services.contracts.decision import Moves
from services.contracts.deficiency import (
    DeficiencyMoved,
    DeficiencyState,
    FoundBy,
    Kind,
    Mode,
    Subject,
    SubjectType,
)
from services.contracts.persian import display
from services.contracts.wire import Command, Id, Instant, Wire
from services.registry.domain.terms import Terms

REPORTED, ACKNOWLEDGED, PLANNED = DeficiencyState.REPORTED, DeficiencyState.ACKNOWLEDGED, DeficiencyState.PLANNED
IN_REMEDY, FIXED = DeficiencyState.IN_REMEDY, DeficiencyState.FIXED
VERIFIED, REJECTED = DeficiencyState.VERIFIED, DeficiencyState.REJECTED

MOVES: Moves[DeficiencyState] = Moves(
    {
        REPORTED: frozenset({ACKNOWLEDGED}),
        ACKNOWLEDGED: frozenset({PLANNED}),
        PLANNED: frozenset({IN_REMEDY}),
        IN_REMEDY: frozenset({FIXED}),
        FIXED: frozenset({VERIFIED, REJECTED}),
        REJECTED: frozenset({IN_REMEDY}),
    }
)

VERBS: Mapping[DeficiencyState, str] = {
    REPORTED: "deficiency.reported",
    ACKNOWLEDGED: "deficiency.acknowledged",
    PLANNED: "deficiency.planned",
    IN_REMEDY: "deficiency.remedy-started",
    FIXED: "deficiency.fixed",
    VERIFIED: "deficiency.verified",
    REJECTED: "deficiency.rejected",
}
ESCALATED = "deficiency.escalated"

OVERDUE = "overdue"
"""The timer of the step that is due next."""
INSPECTIONS_KEPT = 50

_D, _S, _O = SubjectType.DESK, SubjectType.SERVICE, SubjectType.OFFERING
FITS: Mapping[Kind, frozenset[SubjectType]] = {
    Kind.OFFERING_MISSING: frozenset({_S, _O}),
    Kind.SHEET_EXPIRED: frozenset({_S}),
    Kind.DESK_MISSING: frozenset({_D}),
    Kind.HEAD_WITHOUT_AUTHORITY: frozenset({_D}),
    Kind.KIOSK_FAILED: frozenset({_O}),
    Kind.PROMISES_BROKEN: frozenset({_S}),
    Kind.DIRECTIVE_UNACKNOWLEDGED: frozenset({SubjectType.DIRECTIVE}),
    Kind.CANNOT_BE_SERVED: frozenset({_S}),
    Kind.NOT_ON_GROUND_FLOOR: frozenset({_D}),
    Kind.HEAD_ABSENT: frozenset({_D}),
    Kind.HOURS_NOT_KEPT: frozenset({_D}),
    Kind.SENT_TO_UNITS: frozenset({_D}),
    Kind.NOT_ELECTRONIC: frozenset({_S}),
    Kind.OUT_OF_ORDER: frozenset({_D, _S, _O}),
    Kind.INFORMATION_WRONG: frozenset({_D, _S, _O}),
    Kind.DOCUMENT_DEMANDED: frozenset({_D, _S, _O}),
    Kind.NO_RECEIPT: frozenset({_D}),
    Kind.OTHER: frozenset({_D, _S, _O}),
}
"""Of what each kind can be said."""

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), AfterValidator(display)]
"""What people write about a deficiency: kept here, never published (I12)."""


class Evidence(Command):
    """What shows it: in words, or where a document or picture lies."""

    text: Said | None = None
    dataref: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None


class RemedyAction(Wire):
    """What is done about it. A rejected one stays, and another follows it."""

    what: str
    responsible: Id
    due_at: Instant
    started_at: Instant | None = None
    fixed_at: Instant | None = None
    evidence: Evidence | None = None


class Step(StrEnum):
    """What an agency can be late with."""

    ACKNOWLEDGE = "ACKNOWLEDGE"
    PLAN = "PLAN"
    REMEDY = "REMEDY"


STEPS: Mapping[DeficiencyState, Step] = {
    REPORTED: Step.ACKNOWLEDGE,
    ACKNOWLEDGED: Step.PLAN,
    PLANNED: Step.REMEDY,
    IN_REMEDY: Step.REMEDY,
    REJECTED: Step.REMEDY,
}
"""FIXED waits for the agency above, VERIFIED for nobody."""


class Escalation(Wire):
    step: Step
    due_at: Instant
    at: Instant


class Happened(Wire):
    """A line of the history. `by`: an officer, a kiosk office, or None for time."""

    at: Instant
    verb: str
    by: Id | None
    text: str | None = None
    due_at: Instant | None = None
    """By when the next step was due from then on: what was overdue on a day that is past can still be told."""


class Deficiency(Wire):
    """All there is of one deficiency."""

    id: Id
    org_id: Id
    state: DeficiencyState
    kind: Kind
    subject: Subject
    mode: Mode | None
    found_by: FoundBy
    owner: Id | None
    reported_at: Instant
    terms: Terms
    due_at: Instant | None
    """By when the next step of the agency is due."""
    text: str | None = None
    evidence: Evidence | None = None
    remedies: tuple[RemedyAction, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    occurrences: int = Field(default=1, ge=1)
    last_seen_at: Instant
    gone_at: Instant | None = None
    concern_id: Id | None = None
    """Who counts the same fault, and is told when it is verified; None of what people reported before it was."""
    inspection_ids: tuple[Id, ...] = ()
    rejections: int = 0
    verified_at: Instant | None = None
    history: tuple[Happened, ...]

    @property
    def level(self) -> int:
        return len(self.escalations)

    @property
    def remedy(self) -> RemedyAction:
        """The one that counts. IndexError before there is a plan."""
        return self.remedies[-1]

    @property
    def escalated(self) -> bool:
        """Whether the present step has been escalated already: that happens once for each term."""
        step = STEPS.get(self.state)
        return any(each.step is step and each.due_at == self.due_at for each in self.escalations)

    def overdue(self, now: datetime) -> bool:
        return self.due_at is not None and self.due_at <= now


def due_times(deficiency: Deficiency) -> Mapping[str, datetime]:
    """When the present step becomes overdue, unless that has been told."""
    if deficiency.due_at is None or deficiency.escalated:
        return {}
    return {OVERDUE: deficiency.due_at}


def told(deficiency: Deficiency, now: datetime, verb: str) -> DeficiencyMoved:
    """The public state after a move."""
    return DeficiencyMoved(
        moves=(verb,),
        deficiency_id=deficiency.id,
        org_id=deficiency.org_id,
        state=deficiency.state,
        kind=deficiency.kind,
        about=deficiency.subject,
        mode=deficiency.mode,
        found_by=deficiency.found_by,
        owner=deficiency.owner,
        reported_at=deficiency.reported_at,
        due_at=deficiency.due_at,
        level=deficiency.level,
        occurrences=deficiency.occurrences,
        last_seen_at=deficiency.last_seen_at,
        gone_at=deficiency.gone_at,
        inspection_ids=deficiency.inspection_ids,
        rejections=deficiency.rejections,
        occurred_at=now,
    )
