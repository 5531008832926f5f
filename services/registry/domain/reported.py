"""What the registry keeps of a case for its reports: facts with their hour, as intake told them (domain 11).

Of the hour each fact bears, what was known at the end of a month can be told at any later time: a case that moves on
changes no month that is over. What an event tells bears its hour, but for the end of a promise, which has its own.
Nothing personal is kept. The facts add up to the same in whatever order events come, and however often: what was given
up as a dead letter and is sent again still counts.
"""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.contracts.commitment import CommitmentKind, CommitmentState
from services.contracts.decision import Decision, World
from services.contracts.entry import Entry
from services.contracts.intake import (
    ChannelReason,
    IllegalDemandReported,
    NotOnSpotReason,
    RedirectFailure,
    RequestMoved,
    SurveyAnswers,
)
from services.contracts.registry import Desk, Organization, Unit
from services.contracts.routing import ResultKind, SuspensionCause
from services.contracts.service_sheet import Channel, Offering, Sheet, WorkingTime
from services.contracts.wire import Id, Instant, Made, Wire
from services.contracts.working_calendar import CalendarRef
from services.registry.domain.late import late
from services.registry.domain.life import CARRYING
from services.registry.domain.rules import Rules

KIOSK_FAILED, PROMISE_BROKEN, SUSPENDED = "request.redirect-failed", "commitment.broken", "request.suspended"
RESULT_READY, ON_SPOT, SURVEYED = "request.result-ready", "request.done-on-spot", "survey.answered"
CLOSED = "request.closed"

UNREPORTED = (
    "request.started",
    "request.evidence-added",
    "request.represented",
    "request.documents-reminded",
    "request.collection-reminded",
    "commitment.extended",
    "commitment.re-projected",
    "commitment.upheld",
    "commitment.legal-risk",
    "commitment.lengthened",
)
"""What no report tells of, when nothing else was decided with it; a promise is looked at when it ends."""
_UNREPORTED = tuple(f'{{"moves":["{verb}"]'.encode() for verb in UNREPORTED)


def is_reported(value: bytes) -> bool:
    """Whether an event of intake is of interest, before it is read: `moves` stands first in each."""
    return not value.startswith(_UNREPORTED)


class Resulted(Wire):
    kind: ResultKind
    decided_by: Id
    decided_at: Instant


class Line(Made):
    """One event of the case: what was decided, and what was true of the case from then on."""

    version: int
    at: Instant
    moves: tuple[str, ...]
    round: int
    channel: Channel
    channel_reason: ChannelReason | None
    by_kiosk: bool
    visits: int
    result: Resulted | None = None
    """With `request.result-ready` and `request.done-on-spot`."""
    survey: SurveyAnswers | None = None
    """With `survey.answered`."""
    on_spot_allowed: bool = False
    """Whether the desk that took it could decide at once, and why it did not."""
    not_on_spot_reason: NotOnSpotReason | None = None
    failure: RedirectFailure | None = None
    """With `request.redirect-failed`: what a kiosk office did not do."""
    stands_for: SuspensionCause | None = None
    """With `request.suspended`, as far as it was kept."""
    stands_since: Instant | None = None
    """The same: since when, as the unit has said. Intake may have heard of it later."""
    collected: bool | None = None
    """With `request.closed`, as far as it was kept. False: an output waited, and nobody ever fetched it."""


class Promised(Made):
    """A promise as it stands in the newest event. What ended it bears its hour."""

    id: Id
    kind: CommitmentKind
    promised_at: Instant
    calendar: CalendarRef
    budget: WorkingTime | None
    """None of a visit: an officer has chosen its moment."""
    state: CommitmentState
    ended_at: Instant | None
    fulfilled_late_at: Instant | None


class ReportedCase(Made):
    request_id: Id
    org_id: Id
    desk_id: Id
    service_id: Id
    service_version: int
    filed_at: Instant
    last_at: Instant
    """Of the newest fact: whatever month begins later need not look at the case."""
    lines: tuple[Line, ...]
    """In the order of their versions."""
    promises: tuple[Promised, ...] = ()
    broken_at: Instant | None = None
    """When the newest of its promises was broken."""
    to_raise: tuple[str, ...] = ()
    """What its concerns have not heard yet (`noticing.py`): `failed:<version>`, `broken:<version>` of a line."""
    stands_on: tuple[str, ...] = ()
    """While it is open, what it needs (`place`): its agency, unit, desk, service, and the channel it came through."""

    def failure(self, version: int) -> RedirectFailure | None:
        return next((line.failure for line in self.lines if line.version == version), None)


class CaseRaised(BaseModel):
    """The concerns have heard of these."""

    model_config = ConfigDict(frozen=True)

    occasions: tuple[str, ...]


class ReportedDemand(Wire):
    """That something illegal was asked of somebody: of which case, the registry does not keep."""

    org_id: Id
    at: Instant


def told(known: ReportedCase | None, event: RequestMoved, world: World[Rules]) -> Decision[ReportedCase]:
    """The case with the facts of one more event. Months that are over hear that something of them came late."""
    lines = known.lines if known else ()
    if any(line.version == event.version for line in lines):
        return Decision(known)
    changes = {"lines": _with(lines, _line(event)), **_trouble(known, event)}
    if known is None or event.version > lines[-1].version:
        changes |= _newest(event)
    if known is not None:
        case = known.model_copy(update={**changes, "last_at": max(known.last_at, event.occurred_at)})
    else:
        case = ReportedCase(
            request_id=event.request_id,
            service_id=event.service_id,
            filed_at=event.filed_at,
            last_at=event.occurred_at,
            **changes,
        )
    ended = _ends(case.promises) - _ends(known.promises if known else ())
    happened = min([event.occurred_at, *(hour for _, _, hour in ended)])
    return Decision(case, sends=late(event.org_id, happened, world.now))


def raised(known: ReportedCase | None, command: CaseRaised, world: World[Rules]) -> Decision[ReportedCase]:
    if known is None:
        return Decision(None)
    left = tuple(each for each in known.to_raise if each not in command.occasions)
    return Decision(known.model_copy(update={"to_raise": left}))


def demanded(
    known: ReportedDemand | None, event: IllegalDemandReported, world: World[Rules]
) -> Decision[ReportedDemand]:
    if known is not None:
        return Decision(known)
    demand = ReportedDemand(org_id=event.org_id, at=event.occurred_at)
    return Decision(demand, sends=late(event.org_id, event.occurred_at, world.now))


def channel_at(case: ReportedCase, moment: datetime) -> Channel | None:
    """Which it had just before; None of a case of which nothing was told by then."""
    return next((line.channel for line in reversed(case.lines) if line.at < moment), None)


def _line(event: RequestMoved) -> Line:
    result = event.result if RESULT_READY in event.moves or ON_SPOT in event.moves else None
    suspension = event.suspension if SUSPENDED in event.moves else None
    return Line(
        version=event.version,
        at=event.occurred_at,
        moves=event.moves,
        round=event.round,
        channel=event.channel,
        channel_reason=event.channel_reason,
        by_kiosk=event.kiosk is not None,
        visits=event.visits,
        on_spot_allowed=event.on_spot_allowed,
        not_on_spot_reason=event.not_on_spot_reason,
        result=Resulted(kind=result.kind, decided_by=result.decided_by, decided_at=result.decided_at)
        if result
        else None,
        survey=event.survey if SURVEYED in event.moves else None,
        failure=event.redirect_failure if KIOSK_FAILED in event.moves else None,
        stands_for=suspension.cause if suspension else None,
        stands_since=suspension.since if suspension else None,
        collected=event.collected if CLOSED in event.moves else None,
    )


def _with(lines: tuple[Line, ...], line: Line) -> tuple[Line, ...]:
    if not lines or lines[-1].version < line.version:
        return (*lines, line)
    return tuple(sorted((*lines, line), key=lambda each: each.version))


def _newest(event: RequestMoved) -> dict[str, Any]:
    """What the event with the highest version tells of the whole case."""
    return {
        "org_id": event.org_id,
        "desk_id": event.desk_id,
        "service_version": event.service_version,
        "stands_on": () if event.state.ended else _stands_on(event),
        "promises": tuple(
            Promised(
                id=each.id,
                kind=each.kind,
                promised_at=each.promised_at,
                calendar=each.calendar,
                budget=each.budget,
                state=each.state,
                ended_at=each.ended_at,
                fulfilled_late_at=each.fulfilled_late_at,
            )
            for each in event.commitments
        ),
    }


def _ends(promises: tuple[Promised, ...]) -> set[tuple[str, str, datetime]]:
    """Which promises came to their end, how and when, and which were fulfilled late."""
    ended = {(each.id, str(each.state), each.ended_at) for each in promises if each.ended_at}
    return ended | {(each.id, "late", each.fulfilled_late_at) for each in promises if each.fulfilled_late_at}


def _stands_on(event: RequestMoved) -> tuple[str, ...]:
    return (
        f"{Organization.KIND} {event.org_id}",
        f"{Unit.KIND} {event.unit_id}",
        f"{Desk.KIND} {event.desk_id}",
        f"{Sheet.KIND} {event.service_id}",
        f"{event.channel} {event.service_id}",
    )


def place(entry: Entry) -> str | None:
    """How a case names an entry that it stands on; None of what no case does: work is handed on, an office is left."""
    if isinstance(entry, Offering):
        return f"{entry.channel} {entry.service_id}"
    return f"{entry.KIND} {entry.id}" if isinstance(entry, CARRYING) else None


def _trouble(known: ReportedCase | None, event: RequestMoved) -> dict[str, Any]:
    """What is the fault of an offering or a service, and waits for its concern (domain 5, 1.6)."""
    changes: dict[str, Any] = {}
    occasions = set(known.to_raise) if known else set()
    if KIOSK_FAILED in event.moves and event.redirect_failure is not None:
        occasions.add(f"failed:{event.version}")
    if PROMISE_BROKEN in event.moves:
        ended = [each.ended_at for each in event.commitments if each.state is CommitmentState.BROKEN and each.ended_at]
        at = max(ended, default=event.occurred_at)
        changes["broken_at"] = max(at, known.broken_at) if known and known.broken_at else at
        occasions.add(f"broken:{event.version}")
    return {**changes, "to_raise": tuple(sorted(occasions))} if occasions else {}
