"""What routing publishes about the internal work on a request, and the commands it takes (contract: Routing)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, StringConstraints

from services.contracts import topics
from services.contracts.coordination import COORDINATION_VERBS, REFERRAL_VERBS, PublicCoordination, Referral
from services.contracts.event import Event
from services.contracts.service_sheet import WorkingTime
from services.contracts.topics import Topic
from services.contracts.wire import Command, Id, Instant, Made, Moment, TypedId, Wire
from services.contracts.working_calendar import CalendarRef, ChangedDay


class ResultKind(StrEnum):
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    PARTIAL = "PARTIAL"
    NO_COMPETENCE = "NO_COMPETENCE"


Law = Annotated[int, Field(ge=0, lt=100)]
"""A place in `legalResources` of the sheet in the version of the case, from 0."""


class CaseResult(Wire):
    """What was decided. A refusal has a legal ground (I5). In an event `output` has a type and a reference alone."""

    kind: ResultKind
    ground: str | None = None
    """In the officer's words. They may name people, and stand in no event."""
    laws: tuple[Law, ...] = ()
    """What it rests on, of a closed list: see `legal_ground.py`."""
    output: dict[str, Any] | None = None
    decided_by: Id
    second_officer: Id | None = None
    """Who has agreed, where the rule of the service wants two (four eyes)."""
    decided_at: Instant

    def public(self) -> "CaseResult":
        """As others may know it: without what an officer wrote freely, since that may name people (I12)."""
        told = (
            {name: self.output[name] for name in ("type", "reference") if self.output.get(name)} if self.output else {}
        )
        output = told if "type" in told else None
        return self.model_copy(update={"ground": None, "output": output})


PublicResult = Annotated[CaseResult, AfterValidator(CaseResult.public)]
"""The result in an event, whatever the case keeps: who makes one says it `public`; none is read with more."""


class TaskState(StrEnum):
    OFFERED = "OFFERED"
    ASSIGNED = "ASSIGNED"
    STARTED = "STARTED"
    ANSWERED = "ANSWERED"
    RETURNED = "RETURNED"
    """Its officer gave it back: another task follows."""
    TIMED_OUT = "TIMED_OUT"
    """Nobody began it in the time that the rule gives: another task follows."""
    CANCELLED = "CANCELLED"
    """The desk decided on the spot after all, or the applicant took the request back: nothing is left to do inside."""


class JumpReason(StrEnum):
    """Why a case may be started before an older one: a closed list (domain 7)."""

    MISSING_DOCUMENT = "MISSING_DOCUMENT"
    OTHER_AGENCY = "OTHER_AGENCY"
    LEGAL_PRIORITY = "LEGAL_PRIORITY"


class ReturnReason(StrEnum):
    """Why an officer gives a task back: a closed list."""

    NO_AUTHORITY = "NO_AUTHORITY"
    CONFLICT_OF_INTEREST = "CONFLICT_OF_INTEREST"
    """Declared with it, or not: nobody must say what they have to do with whom."""
    ABSENCE = "ABSENCE"
    NEEDS_OTHER_SKILL = "NEEDS_OTHER_SKILL"


class Return(Wire):
    """Who gave a task back, and why."""

    by: Id
    reason: ReturnReason
    at: Instant


class OverrideReason(StrEnum):
    """Why somebody else than the draw picks an officer: a closed list (domain 7)."""

    ABSENCE = "ABSENCE"
    OVERLOAD = "OVERLOAD"
    CONFLICT_OF_INTEREST = "CONFLICT_OF_INTEREST"
    NEEDS_OTHER_SKILL = "NEEDS_OTHER_SKILL"
    LEFT = "LEFT"
    """The officer works elsewhere, or not at all, by now."""


class Override(Wire):
    """A task given by hand: the line in the report on favours (domain 7)."""

    from_officer: Id | None
    """None = nobody had it."""
    to_officer: Id
    reason: OverrideReason
    by: Id
    """The head of the unit or of the agency, or whoever leads in their place."""
    second_officer: Id
    at: Instant


class Jump(Wire):
    """A case started while an older startable one waited: the line in the report (I7)."""

    reason: JumpReason
    second_officer: Id
    passed: Id
    """The oldest task that was left waiting."""


class WaitsFor(StrEnum):
    """Why nobody has a task yet."""

    OPENING = "OPENING"
    """The unit is shut: it goes on by itself."""
    SHIFT = "SHIFT"
    """Whoever may do it has no shift now, and has one within a week: it goes on by itself."""
    ROOM = "ROOM"
    """Whoever may do it has as many open tasks as the unit allows."""
    OFFICER = "OFFICER"
    """Nobody in the unit may do it: no authority, away, no shift all week, barred, or of the person's people (I8)."""
    UNIT = "UNIT"
    """The unit, or its agency, is out of service, or nothing says when it is open."""


class Task(Made):
    id: Id
    unit_id: Id
    state: TaskState
    assignee: Id | None = None
    rule_id: str
    rule_version: int
    step: Id | None = None
    """Of the rule of the service; None where it has none."""
    waits_for: WaitsFor | None = None
    answer: ResultKind | None = None
    """What became of it; the case may have other tasks, and its result takes all of them in."""


class Draw(Made):
    """How the officer was picked, so that anyone can check it again (domain 7)."""

    candidates: tuple[Id, ...]
    loads: tuple[int, ...]
    """Open tasks of each candidate at that moment, in the same order."""
    seed_id: str
    """The Tehran day whose seed broke the ties."""
    commitment: str | None = None
    """SHA-256 of that seed, told while nobody knows it: it was not chosen afterwards. None of what was drawn before it
    was told."""


class SuspensionCause(StrEnum):
    """For whom or what the work stands still (domain 6)."""

    APPLICANT = "APPLICANT"
    """Documents are awaited of the citizen."""
    OTHER_AGENCY = "OTHER_AGENCY"
    LEGAL = "LEGAL"
    CLOSURE = "CLOSURE"


class SuspensionReason(StrEnum):
    """Why the work stands still: a closed list, each of one cause. Once in a round, or for each document."""

    MISSING_DOCUMENT = "MISSING_DOCUMENT"
    """Once for each type of evidence."""
    AGENCY_REPLY = "AGENCY_REPLY"
    AGENCY_RECORD = "AGENCY_RECORD"
    """What another agency is to send instead of the citizen (I10)."""
    COURT_ORDER = "COURT_ORDER"
    LEGAL_OPINION = "LEGAL_OPINION"
    STATUTORY_WAIT = "STATUTORY_WAIT"
    """The law wants some days to pass, for others to object."""
    EMERGENCY = "EMERGENCY"
    """Flood, fire, an outage: the unit cannot work, and no calendar says so."""


REASONS: Mapping[SuspensionCause, tuple[SuspensionReason, ...]] = {
    SuspensionCause.APPLICANT: (SuspensionReason.MISSING_DOCUMENT,),
    SuspensionCause.OTHER_AGENCY: (SuspensionReason.AGENCY_REPLY, SuspensionReason.AGENCY_RECORD),
    SuspensionCause.LEGAL: (
        SuspensionReason.COURT_ORDER,
        SuspensionReason.LEGAL_OPINION,
        SuspensionReason.STATUTORY_WAIT,
    ),
    SuspensionCause.CLOSURE: (SuspensionReason.EMERGENCY,),
}
"""The reasons of each cause; the first is meant where none is given."""


class Suspension(Wire):
    """A time during which the Clock stands still, from a moment on, and who said so."""

    number: int
    """From 1 in the life of a case."""
    cause: SuspensionCause
    reason: SuspensionReason
    evidence_types: tuple[Id, ...] = ()
    """What the citizen is to bring; of APPLICANT alone."""
    from_at: Instant
    to_at: Instant | None = None
    """None = it lasts."""
    until: Instant | None = None
    """The deadline. Of APPLICANT, None leaves it to intake; any other suspension ends with it."""
    by: Id
    """The officer."""


class Clock(Made):
    """Working time spent on the case (domain 6). `due` holds while it runs; `consumed` until it started to."""

    budget: WorkingTime
    extended: int = 0
    """What extensions have added, in grains of the budget's unit: seconds for hours, millionth parts of a day."""
    extensions: int = 0
    """How many extensions `due` has in it: a word with fewer than the promise has is older than the last of them."""
    consumed: int = 0
    """In the same grains."""
    consumed_minutes: int = 0
    """The same in working minutes, for people."""
    running_since: Instant | None = None
    due: Instant
    suspensions: tuple[Suspension, ...] = ()
    """Of this round, the oldest first."""

    def suspended(self) -> Suspension | None:
        """What it stands still for now."""
        last = self.suspensions[-1] if self.suspensions else None
        return last if last is not None and last.to_at is None else None


class Level(StrEnum):
    """Whose a step of the escalation ladder is."""

    OFFICER = "OFFICER"
    UNIT_HEAD = "UNIT_HEAD"
    AGENCY_HEAD = "AGENCY_HEAD"
    """The last: from then on it is work for the head of the agency (domain 12.23)."""


class Rung(Made):
    """A step of the ladder that a Clock has passed: so many percent of its budget are consumed."""

    percent: int
    level: Level
    at: Instant


class TransferReason(StrEnum):
    """Why a task goes to another unit: a closed list."""

    NO_COMPETENCE = "NO_COMPETENCE"
    OTHER_AREA = "OTHER_AREA"
    BY_LAW = "BY_LAW"
    """The law has given it to somebody else since."""


class TransferRefusal(StrEnum):
    NOT_OURS = "NOT_OURS"
    NO_CAPACITY = "NO_CAPACITY"
    INCOMPLETE_FILE = "INCOMPLETE_FILE"


class TransferState(StrEnum):
    OFFERED = "OFFERED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    REFUSED = "REFUSED"
    RETURNED = "RETURNED"
    """Nobody has answered in time, or before the work ended: it is back with who offered it."""


class Transfer(Made):
    """A task that goes to a unit of another agency, when that has acknowledged; the desk stays the owner (domain 1.2).

    Within an agency it is acknowledged at once.
    """

    id: Id
    task_id: Id
    """The task before."""
    from_unit: Id
    to_org: Id
    to_unit: Id
    reason: TransferReason
    by: Id
    at: Instant
    answer_by: Instant
    state: TransferState
    answered_by: Id | None = None
    answered_at: Instant | None = None
    refusal: TransferRefusal | None = None


class HeadWork(StrEnum):
    """Why a case is work for the head of an agency: nobody else moves it on."""

    NOBODY_ELIGIBLE = "NOBODY_ELIGIBLE"
    """Nobody in the unit may have the task, or has room for it."""
    ESCALATED = "ESCALATED"
    """The last rung of the ladder has fired."""
    NO_COMPETENCE = "NO_COMPETENCE"
    """The unit says that the case is not its own, and no rule says whose it is."""
    TRANSFER_OFFERED = "TRANSFER_OFFERED"
    """Another agency offers it to one of this agency's units."""
    TRANSFER_REFUSED = "TRANSFER_REFUSED"
    """The other agency did not take it, or did not answer in time."""


class ForHead(Made):
    """One line in the work of the head of an agency."""

    kind: HeadWork
    org_id: Id
    unit_id: Id
    task_id: Id
    since: Instant


class DueCause(StrEnum):
    """Why the due time of a Clock moved."""

    CALENDAR = "CALENDAR"
    """A confirmed change of the working calendar."""
    SUSPENSION = "SUSPENSION"
    """The work stood still and goes on."""
    EXTENSION = "EXTENSION"
    """Intake has extended the promise; the Clock follows it."""


class DueMoved(Wire):
    """With `clock.due-moved`: from where, by which version of the calendar, why. Where to is `clock.due`."""

    from_at: Instant
    calendar: CalendarRef
    cause: DueCause
    rule: str | None = None
    """What put the due time where it is (`MovedBy`, or LEGAL_LIMIT), when it is not where the count ended."""
    days: tuple[ChangedDay, ...] = ()
    """By which days the calendar has moved it. None where their decisions are not known, or its week changed."""


class WorkMoved(Event, Made):
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
    """The one that these moves are about, else the newest."""
    tasks: tuple[Task, ...] = ()
    """All of the round, the oldest first, where there are several."""
    draw: Draw | None = None
    jump: Jump | None = None
    returned: Return | None = None
    """With `task.returned`."""
    override: Override | None = None
    """With `task.reassigned`, and as long as that officer has it."""
    rung: Rung | None = None
    """With `clock.rung-fired`."""
    transfer: Transfer | None = None
    """With any move of one."""
    coordinations: tuple[PublicCoordination, ...] = ()
    """Of this round: what units its desk has asked."""
    referrals: tuple[Referral, ...] = ()
    """Of this round: to what units the citizen was sent."""
    clock: Clock
    due_moved: DueMoved | None = None
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


MINOR_WORK = frozenset(
    {
        "task.assigned",
        "task.offered",
        "task.returned",
        "task.timed-out",
        "task.reassigned",
        "task.cancelled",
        "clock.rung-fired",
        "clock.started",
        "clock.stopped",
        "clock.followed",
    }
)

WORK_VERBS = (
    "task.assigned",
    "task.offered",
    "task.started",
    "task.answered",
    "task.returned",
    "task.timed-out",
    "task.reassigned",
    "task.cancelled",
    "task.jump-recorded",
    "clock.started",
    "clock.suspended",
    "clock.resumed",
    "clock.due-moved",
    "clock.rung-fired",
    "clock.followed",
    "clock.stopped",
    *COORDINATION_VERBS,
    *REFERRAL_VERBS,
    "transfer.offered",
    "transfer.acknowledged",
    "transfer.refused",
    "transfer.returned",
    "result.decided",
)


class StartTask(Command):
    """POST /v1/tasks/{id}/start. Starting past an older startable task needs a reason and a second officer (I7)."""

    officer_id: TypedId
    jump_reason: JumpReason | None = None
    second_officer_id: TypedId | None = None


class ReturnTask(Command):
    """POST /v1/tasks/{id}/return: its officer gives it back, and does not get it again."""

    officer_id: TypedId
    reason: ReturnReason


class ReassignTask(Command):
    """POST /v1/tasks/{id}/reassign: given by hand, by who leads the unit or the agency, with a second officer."""

    officer_id: TypedId
    to: TypedId
    reason: OverrideReason
    second_officer_id: TypedId | None = None


class TransferTask(Command):
    """POST /v1/tasks/{id}/transfer, by who leads the unit, the agency or the desk of the case."""

    officer_id: TypedId
    org_id: TypedId
    unit_id: TypedId
    reason: TransferReason


class AcknowledgeTransfer(Command):
    """POST /v1/transfers/{id}/acknowledge, by who leads the unit or the agency that it is offered to."""

    officer_id: TypedId


class RefuseTransfer(Command):
    """POST /v1/transfers/{id}/refuse."""

    officer_id: TypedId
    reason: TransferRefusal


class Produced(Command):
    type: TypedId
    """That which the sheet lists in the version of the case (422 UNKNOWN_OUTPUT)."""
    reference: TypedId | None = None
    """Under which the agency keeps it: the number of a permit, a file in its archive. Opaque: it names nobody (422
    NAMES_SOMEBODY for what bears a national id or a mobile, I12)."""
    note: Annotated[str, StringConstraints(max_length=2000)] | None = None


class AnswerTask(Command):
    """POST /v1/tasks/{id}/answer. REFUSED needs a ground (I5); NO_COMPETENCE: the case is another unit's."""

    officer_id: TypedId
    result: ResultKind
    ground: Annotated[str, StringConstraints(max_length=2000)] | None = None
    laws: tuple[Law, ...] = Field(default=(), max_length=20)
    """Those of the sheet that the result rests on; a refusal that names none rests on all of them."""
    output: Produced | None = None
    second_officer_id: TypedId | None = None
    """Who agrees, where the rule of the service wants two."""


class SuspendTask(Command):
    """POST /v1/tasks/{id}/suspend. Of APPLICANT it names the evidence that is missing, of others a reason."""

    officer_id: TypedId
    cause: SuspensionCause
    evidence_types: tuple[TypedId, ...] = Field(default=(), max_length=20)
    reason: SuspensionReason | None = None
    """None = the usual one of the cause."""
    deadline: Moment | None = None
    """None = the days that an installation gives."""


class ResumeTask(Command):
    """POST /v1/tasks/{id}/resume."""

    officer_id: TypedId
