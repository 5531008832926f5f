"""What routing publishes about the internal work on a request, and the commands it takes (contract: Routing)."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, StringConstraints

from services.contracts import topics
from services.contracts.event import Event
from services.contracts.registry import WorkingTime
from services.contracts.topics import Topic
from services.contracts.wire import Command, Id, Instant, TypedId, Wire


class ResultKind(StrEnum):
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    PARTIAL = "PARTIAL"
    NO_COMPETENCE = "NO_COMPETENCE"


class CaseResult(Wire):
    """What was decided. A refusal has a legal ground (I5). In an event `output` names its type and nothing else."""

    kind: ResultKind
    ground: str | None = None
    output: dict[str, Any] | None = None
    decided_by: Id
    decided_at: Instant

    def public(self) -> "CaseResult":
        """As others may know it: without what an officer wrote freely, since that may name people (I12).

        A legal ground stays where the citizen has to be told of it (I5).
        """
        told = self.kind in (ResultKind.REFUSED, ResultKind.PARTIAL)
        output = {"type": self.output["type"]} if self.output and "type" in self.output else None
        return self.model_copy(update={"ground": self.ground if told else None, "output": output})


PublicResult = Annotated[CaseResult, AfterValidator(CaseResult.public)]
"""The result in an event, whatever the case keeps: no event can be made, or read, with more."""


class TaskState(StrEnum):
    OFFERED = "OFFERED"
    ASSIGNED = "ASSIGNED"
    STARTED = "STARTED"
    ANSWERED = "ANSWERED"
    CANCELLED = "CANCELLED"
    """The desk decided on the spot after all, or the applicant took the request back: nothing is left to do inside."""


class JumpReason(StrEnum):
    """Why a case may be started before an older one: a closed list (domain 7)."""

    MISSING_DOCUMENT = "MISSING_DOCUMENT"
    OTHER_AGENCY = "OTHER_AGENCY"
    LEGAL_PRIORITY = "LEGAL_PRIORITY"


class Jump(Wire):
    """A case started while an older startable one waited: the line in the report (I7)."""

    reason: JumpReason
    second_officer: Id
    passed: Id
    """The oldest task that was left waiting."""


class Task(Wire):
    id: Id
    unit_id: Id
    state: TaskState
    assignee: Id | None = None
    rule_id: str
    rule_version: int


class Draw(Wire):
    """How the officer was picked, so that anyone can check it again (domain 7)."""

    candidates: tuple[Id, ...]
    loads: tuple[int, ...]
    """Open tasks of each candidate at that moment, in the same order."""
    seed_id: str
    """The Tehran day whose seed broke the ties."""


class Clock(Wire):
    """Working time spent on the case: `consumed` in working minutes (domain 6)."""

    budget: WorkingTime
    consumed_minutes: int = 0
    running_since: Instant | None = None
    due: Instant


class WorkMoved(Event):
    """The work on a request after one or more moves, whole."""

    CONTEXT: ClassVar[str] = "routing"
    request_id: Id
    org_id: Id
    service_id: Id
    service_version: int
    version: int
    round: int = 1
    """Which time the request is worked on: an objection or a reopening begins another (`RequestMoved.round`)."""
    task: Task
    draw: Draw | None = None
    jump: Jump | None = None
    clock: Clock
    result: PublicResult | None = None
    occurred_at: Instant

    def topic(self) -> Topic:
        return topics.ROUTING_WORK

    def key(self) -> str:
        return self.request_id

    def org(self) -> str:
        return self.org_id

    def minor(self) -> bool:
        """Who was picked and how the Clock ran; the case itself goes on when work is started or decided."""
        return MINOR_WORK.issuperset(self.moves)


MINOR_WORK = frozenset({"task.assigned", "task.offered", "task.cancelled", "clock.started", "clock.stopped"})

WORK_VERBS = (
    "task.assigned",
    "task.offered",
    "task.started",
    "task.answered",
    "task.cancelled",
    "task.jump-recorded",
    "clock.started",
    "clock.stopped",
    "result.decided",
)


class StartTask(Command):
    """POST /v1/tasks/{id}/start. Starting past an older startable task needs a reason and a second officer (I7)."""

    officer_id: TypedId
    jump_reason: JumpReason | None = None
    second_officer_id: TypedId | None = None


class Produced(Command):
    type: TypedId
    note: Annotated[str, StringConstraints(max_length=2000)] | None = None


class AnswerTask(Command):
    """POST /v1/tasks/{id}/answer. REFUSED needs a ground (I5); NO_COMPETENCE: the case is another unit's."""

    officer_id: TypedId
    result: ResultKind
    ground: Annotated[str, StringConstraints(max_length=2000)] | None = None
    output: Produced | None = None
