"""A case: what routing keeps of a request, with its work, its Clock and its result (domain 3).

Each objection or reopening begins another round, with tasks and a Clock of its own. A task's id is `<requestId>.<n>`,
counted over all rounds, so that the case is found from it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from services.contracts.decision import World
from services.contracts.intake import HeldDemand
from services.contracts.routing import (
    CaseResult,
    Clock,
    DueMoved,
    ForHead,
    HeadWork,
    ReturnReason,
    Rung,
    SuspensionCause,
    TaskState,
    Transfer,
    TransferState,
    WaitsFor,
    WorkMoved,
)
from services.contracts.routing_rule import ApplicantKind
from services.contracts.wire import Id, Instant, Made, Wire, instant_text
from services.contracts.working_calendar import CalendarRef
from services.routing.domain import coordinations
from services.routing.domain.coordinations import Coordinations
from services.routing.domain.plan import Plan, is_newest, nobodys
from services.routing.domain.rules import Rules
from services.routing.domain.work import Work

ASK_AGAIN = "ask-again"
SUSPENSION = "suspension"
RUNG = "rung"
START = "start"
TRANSFER = "transfer"
STUCK = frozenset({WaitsFor.OFFICER, WaitsFor.ROOM, WaitsFor.UNIT})
"""What a task may wait for that no time of day brings."""


class Earlier(Wire):
    """A round that is over: its work, its Clock, its result."""

    work: tuple[Work, ...]
    clock: Clock
    result: CaseResult | None


class Case(Made):
    """What routing knows of one request.

    `order` is its place among the cases of its units. `work` is that of this round, in the order in which it was
    opened. `version` counts what was published, so that a projection never goes backwards.
    """

    request_id: Id
    org_id: Id
    desk_id: Id
    unit_id: Id
    service_id: Id
    service_version: int
    priority_class: str | None
    arrived_at: Instant
    order: str
    calendar: CalendarRef
    """By which the Clock is counted: the version that its due time was last looked at with."""
    amount: int | None = None
    """In IRR, where the filing named one."""
    area: float | None = None
    """In the unit of the service, where the filing named one."""
    applicant_kind: ApplicantKind | None = None
    """None of what was opened before that was kept here."""
    plan: Plan | None = None
    """None: the unit of the sheet does all of it, in one step."""
    legal_latest_at: Instant | None = None
    """Until when the law wants it done (I3); None of what was opened before that was kept here."""
    work: tuple[Work, ...]
    clock: Clock
    result: CaseResult | None = None
    ladder: tuple[int, ...] = ()
    """The steps of escalation, in percent of the budget."""
    transfers: tuple[Transfer, ...] = ()
    """Of all rounds, the oldest first."""
    rungs: tuple[Rung, ...] = ()
    """Those that have fired in this round, the first first."""
    next_rung_at: Instant | None = None
    """When to look at the next; where the Clock has been moved since, it is looked at again then."""
    for_head: tuple[ForHead, ...] = ()
    """Why it is work for the head of the agency: follows from the rest (`for_the_head`)."""
    version: int = 0
    round: int = 1
    barred: tuple[Id, ...] = ()
    """Officers who may not have a task of this round: the authors of what was objected to (I8)."""
    people: tuple[Id, ...] = ()
    """Who it is about, by reference: officers who have declared one of them have no hand in it (I8)."""
    earlier: tuple[Earlier, ...] = ()
    coordinations: Coordinations | None = None
    """What units its desk has asked, and who was sent to one; None: no unit was ever asked."""
    held_demands: tuple[HeldDemand, ...] = ()
    """What officers wanted to demand of the citizen though an agency holds it: refused, and on record (I10)."""

    def moved(
        self,
        world: World[Rules],
        *moves: str,
        about: Work | None = None,
        due_moved: DueMoved | None = None,
        rung: Rung | None = None,
        transfer: Transfer | None = None,
    ) -> tuple["Case", WorkMoved]:
        """The case with one more version, and the event that tells these moves: of one task, or of the newest."""
        case = self.model_copy(update={"version": self.version + 1, "for_head": for_the_head(self, world)})
        told = about or case.work[-1]
        event = WorkMoved(
            moves=moves,
            request_id=case.request_id,
            org_id=case.org_id,
            service_id=case.service_id,
            service_version=case.service_version,
            version=case.version,
            round=case.round,
            task=told.task,
            tasks=tuple(work.task for work in case.work) if len(case.work) > 1 else (),
            draw=told.draw,
            jump=told.jump,
            returned=told.returned,
            override=told.override,
            rung=rung,
            transfer=transfer,
            coordinations=self.coordinations.told(case.round) if self.coordinations else (),
            referrals=self.coordinations.sent(case.round) if self.coordinations else (),
            clock=case.clock,
            due_moved=due_moved,
            result=case.result.public() if case.result else None,
            occurred_at=world.now,
        )
        return case, event

    @property
    def over(self) -> bool:
        """Whether nothing is left to do in this round: its Clock stands, and for nothing that ends."""
        return self.clock.running_since is None and self.clock.suspended() is None

    def remembered(self) -> Earlier:
        """This round as it is remembered when another follows."""
        return Earlier(work=self.work, clock=self.clock, result=self.result)

    def withdrew(self) -> tuple[str, ...]:
        """Who has given a task of it back as having to do with its person, declared or not, in whichever round (I8)."""
        reason = ReturnReason.CONFLICT_OF_INTEREST
        returns = (work.returned for work in self.tasks_ever())
        return tuple(dict.fromkeys(each.by for each in returns if each is not None and each.reason is reason))

    def of_task(self, task_id: str) -> Work | None:
        """The work of this round on that task."""
        return next((work for work in self.work if work.task.id == task_id), None)

    def with_work(self, *changed: Work) -> "Case":
        """With these pieces of work as they are now; what was not there comes last."""
        if len(self.work) == 1 == len(changed) and self.work[0].task.id == changed[0].task.id:  # nearly always
            return self.model_copy(update={"work": changed})
        work = {one.task.id: one for one in (*self.work, *changed)}
        return self.model_copy(update={"work": tuple(work.values())})

    def tasks_ever(self) -> Iterator[Work]:
        """Of all rounds, the oldest first."""
        for earlier in self.earlier:
            yield from earlier.work
        yield from self.work


def for_the_head(case: Case, world: World[Rules]) -> tuple[ForHead, ...]:
    """What of a case nobody but the head of an agency moves on (domain 7, 12.23); each since it came up.

    Nothing of one that is over, decided or taken back: it moves no further.
    """
    if case.over:
        return ()
    found: list[tuple[HeadWork, Work]] = [
        (HeadWork.NOBODY_ELIGIBLE, work)
        for work in case.work
        if work.task.state is TaskState.OFFERED and work.task.waits_for in STUCK
    ]
    undone = [work for work in case.work if work.live]
    if undone and len(case.rungs) == len(case.ladder) > 0:
        found.append((HeadWork.ESCALATED, undone[0]))
    pending = {transfer.task_id: transfer for transfer in case.transfers}
    for work in case.work:
        transfer, newest = pending.get(work.task.id), is_newest(work, case.work)
        if transfer is not None and newest and not work.live:
            refused = transfer.state is not TransferState.OFFERED
            found.append((HeadWork.TRANSFER_REFUSED if refused else HeadWork.TRANSFER_OFFERED, work))
        elif nobodys(work, case.work):
            found.append((HeadWork.NO_COMPETENCE, work))
    if not found:
        return ()
    since = {(line.kind, line.task_id): line.since for line in case.for_head}
    lines = []
    for kind, work in found:
        unit_id = pending[work.task.id].to_unit if kind is HeadWork.TRANSFER_OFFERED else work.task.unit_id
        lines.append(
            ForHead(
                kind=kind,
                org_id=_agency_of(unit_id, case, world),
                unit_id=unit_id,
                task_id=work.task.id,
                since=since.get((kind, work.task.id), world.now),
            )
        )
    return tuple(lines)


def _agency_of(unit_id: str, case: Case, world: World[Rules]) -> str:
    unit = world.registry.unit(unit_id)
    return unit.org_id if unit is not None else case.org_id


def timers(case: Case) -> Mapping[str, datetime]:
    """A case that nobody could take asks its queue again, and a Clock that runs comes to its next rung.

    What stands still for no citizen goes on at its deadline.
    """
    asking = [work.ask_again_at for work in case.work if work.ask_again_at is not None]
    waiting: dict[str, datetime] = {ASK_AGAIN: min(asking)} if asking else {}
    starting = [
        work.start_by for work in case.work if work.start_by is not None and work.task.state is TaskState.ASSIGNED
    ]
    if starting and case.clock.running_since is not None:
        waiting[START] = min(starting)
    offered = [each.answer_by for each in case.transfers if each.state is TransferState.OFFERED]
    if offered:
        waiting[TRANSFER] = min(offered)
    if case.coordinations is not None:
        waiting |= coordinations.timers(case.coordinations)
    if case.next_rung_at is not None and case.clock.running_since is not None:
        waiting[RUNG] = case.next_rung_at
    suspended = case.clock.suspended()
    if suspended is not None and suspended.until and suspended.cause is not SuspensionCause.APPLICANT:
        waiting[SUSPENSION] = suspended.until
    return waiting


def order(priority_class: str | None, arrived_at: datetime, request_id: str) -> str:
    """The place in a unit's work: a priority class before none, then by arrival; sorts as text."""
    return f"{order_within(priority_class)}{instant_text(arrived_at)}|{request_id}"


def order_within(priority_class: str | None) -> str:
    """What the places of one priority class begin with."""
    return f"0-{priority_class}|" if priority_class else "1|"
