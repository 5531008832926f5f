"""A visit's own record: each step as its queue decided it, the cases it was about, and what is published of both."""

from collections.abc import Collection

from services.contracts.decision import Decision, Send, World
from services.contracts.visit import VisitEnd, VisitMoved
from services.contracts.wire import Id, Wire
from services.intake.domain.rules import Rules
from services.intake.domain.visit import ENDED, VERBS, WAITING, Visit
from services.intake.domain.visit_messages import RequestFiled, VisitEnded, VisitOpened, VisitStepped

ANSWERED = frozenset({VisitEnd.SERVED, VisitEnd.GUIDED})
"""Ends before which the desk has said what comes next."""


class VisitRecord(Wire):
    """`visit` is None only while a request is here before the first step: each comes from another outbox."""

    visit: Visit | None = None
    filed: tuple[Id, ...] = ()
    """The cases opened in it."""
    informed: tuple[Id, ...] = ()
    """The requests in it that were for information only."""
    version: int = 0
    """Counts what was published."""

    @property
    def guidance_only(self) -> bool:
        """Ended, and no case was opened or continued: the person came to ask, and was told."""
        if self.visit is None or self.filed or self.visit.returned_for:
            return False
        reason = self.visit.reason
        return reason is VisitEnd.GUIDED or (reason is VisitEnd.SERVED and bool(self.informed))

    @property
    def request_ids(self) -> tuple[str, ...]:
        returned_for = self.visit.returned_for if self.visit else ()
        return tuple(dict.fromkeys((*returned_for, *self.filed, *self.informed)))


def stepped(record: VisitRecord | None, message: VisitStepped, world: World[Rules]) -> Decision[VisitRecord]:
    """The next step is recorded and told; at the first, the cases hear that their person has come back.

    At its end, that their person has gone, and whether with an answer (I2); those filed in it only where without one.
    """
    record, visit = record or VisitRecord(), message.visit
    if record.visit is not None and visit.version <= record.visit.version:
        return Decision(record)
    told, event = _told(record, visit, world)
    sends = tuple(_opened(visit, id, message.beside) for id in visit.returned_for) if visit.state is WAITING else ()
    if visit.state is ENDED:
        answered = visit.reason in ANSWERED
        cases = dict.fromkeys((*visit.returned_for, *(() if answered else told.filed)))
        sends = tuple(Send("request", id, VisitEnded(visit_id=visit.id, answered=answered)) for id in cases)
    return Decision(told, events=(event,), sends=sends)


def request_filed(record: VisitRecord | None, message: RequestFiled, world: World[Rules]) -> Decision[VisitRecord]:
    """One more request of this visit: told with its next step, or at once when it has ended meanwhile."""
    record = record or VisitRecord()
    if message.request_id in (*record.filed, *record.informed):
        return Decision(record)
    if message.is_case:
        record = record.model_copy(update={"filed": (*record.filed, message.request_id)})
    else:
        record = record.model_copy(update={"informed": (*record.informed, message.request_id)})
    if record.visit is None or record.visit.state is not ENDED:
        return Decision(record)
    told, event = _told(record, record.visit, world)
    return Decision(told, events=(event,))


def _opened(visit: Visit, request_id: str, beside: Collection[str]) -> Send:
    news = VisitOpened(visit_id=visit.id, desk_id=visit.desk_id, opened_at=visit.opened_at, beside=request_id in beside)
    return Send("request", request_id, news)


def _told(record: VisitRecord, visit: Visit, world: World[Rules]) -> tuple[VisitRecord, VisitMoved]:
    record = record.model_copy(update={"visit": visit, "version": record.version + 1})
    event = VisitMoved(
        moves=(VERBS[visit.state],),
        visit_id=visit.id,
        version=record.version,
        state=visit.state,
        org_id=visit.org_id,
        desk_id=visit.desk_id,
        day=visit.day,
        ticket_no=visit.ticket_no,
        periods=visit.periods,
        opened_at=visit.opened_at,
        waited_minutes=visit.waited_minutes,
        reason=visit.reason,
        guidance_only=record.guidance_only,
        jump=visit.jump,
        request_ids=record.request_ids,
        occurred_at=world.now,
    )
    return record, event
