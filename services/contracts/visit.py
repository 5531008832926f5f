"""A visit to a desk, from its ticket to its end: what intake publishes about it, and the commands it takes.

A visit belongs to a person who came; a case may need several, and one visit may open several cases (domain 3).
"""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import Field

from services.contracts import topics
from services.contracts.event import Event
from services.contracts.topics import Topic
from services.contracts.wire import Command, Id, Instant, TypedId, Wire


class VisitState(StrEnum):
    WAITING = "WAITING"
    """With a ticket."""
    CALLED = "CALLED"
    SERVING = "SERVING"
    ON_HOLD = "ON_HOLD"
    """Sent to fetch or copy something; served on without a new ticket."""
    ENDED = "ENDED"


class VisitEnd(StrEnum):
    """Why a visit is over: a closed list."""

    SERVED = "SERVED"
    GUIDED = "GUIDED"
    """Told what they came to ask."""
    NO_SHOW = "NO_SHOW"
    """Called, and nobody came."""
    LEFT = "LEFT"
    """Went away while waiting or on hold."""
    DESK_CLOSED = "DESK_CLOSED"
    """The desk shut before their turn, or before anybody said how it ended: told by the system (domain 12.17)."""


class TurnReason(StrEnum):
    """Why somebody may be called before a lower ticket: a closed list (domain 7)."""

    PRIORITY_BY_LAW = "PRIORITY_BY_LAW"
    APPOINTMENT = "APPOINTMENT"
    CITIZEN_ABSENT_BEFORE = "CITIZEN_ABSENT_BEFORE"
    """Those with lower tickets are not in the room; they keep their place."""


class VisitJump(Wire):
    """Called before people with lower tickets."""

    reason: TurnReason
    over: int
    """How many of them were waiting."""
    officer_id: Id


class Period(Wire):
    """How long a visit stood in one state, and with which officer."""

    state: VisitState
    officer_id: Id | None
    since: Instant = Field(alias="from")
    until: Instant | None = Field(default=None, alias="to")
    """None while it lasts."""


class VisitMoved(Event):
    """A visit after a move, with the whole of its public state. Who came is in none of it (I12)."""

    CONTEXT: ClassVar[str] = "intake"
    KIND: ClassVar[str] = "visit"
    visit_id: Id
    version: int
    state: VisitState
    org_id: Id
    desk_id: Id
    day: date
    """The day in Tehran on which the ticket counts."""
    ticket_no: int
    periods: tuple[Period, ...]
    opened_at: Instant
    waited_minutes: int | None
    """From the ticket to the first call, or to an end without one; None while waiting."""
    reason: VisitEnd | None = None
    guidance_only: bool = False
    """Ended, and no case was opened, continued or decided: the person was informed."""
    jump: VisitJump | None = None
    request_ids: tuple[Id, ...] = ()
    """The cases it was about: those the person came back for, and those filed in it."""
    occurred_at: Instant
    """Of the telling: a visit that is over is told again when more is known of it."""

    @property
    def ended_at(self) -> datetime | None:
        return self.periods[-1].until if self.state is VisitState.ENDED else None

    def topic(self) -> Topic:
        return topics.INTAKE_VISIT

    def key(self) -> str:
        return self.visit_id

    def org(self) -> str:
        return self.org_id


VISIT_VERBS = ("visit.opened", "visit.called", "visit.served", "visit.held", "visit.ended")


class OpenVisit(Command):
    """POST /v1/visits: a person comes to a desk and gets a ticket; `requestIds` are the cases they come back for."""

    desk_id: TypedId
    request_ids: tuple[TypedId, ...] = Field(default=(), max_length=20)
    officer_id: TypedId


class CallVisit(Command):
    """POST /v1/visits/{id}/call. Out of the order of tickets it takes a reason."""

    jump_reason: TurnReason | None = None
    officer_id: TypedId


class ServeVisit(Command):
    officer_id: TypedId


class HoldVisit(Command):
    officer_id: TypedId


class EndVisit(Command):
    reason: Literal["SERVED", "GUIDED", "NO_SHOW", "LEFT"]
    officer_id: TypedId
