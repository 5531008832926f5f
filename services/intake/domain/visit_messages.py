"""What is said about a visit: by who serves at the desk, between its queue and itself, and to the cases it is about.

What the edge has looked up for a rule is no part of what the caller said: it is left out when a repeat is compared.
"""

from datetime import date

from pydantic import Field

from services.contracts.visit import CallVisit, EndVisit, HoldVisit, OpenVisit, ServeVisit
from services.contracts.wire import Command, Id, Instant, Wire
from services.intake.domain.visit import Visit


class AtDesk(Command):
    """What an officer does about a visit."""

    visit_id: Id
    asked: OpenVisit | CallVisit | ServeVisit | HoldVisit | EndVisit
    people_of: dict[str, tuple[Id, ...]] = Field(default_factory=dict, exclude=True)
    """Whom the cases of a visit are about, by reference: of this one, and of those that wait before it. Nobody, where
    the officer has declared no one (I8)."""


class OpenTicket(AtDesk):
    """To the desk's queue of today: a visit, with the id it will have."""

    asked: OpenVisit
    day: date = Field(exclude=True)
    """Whose queue it is."""
    desk_of: dict[str, Id] = Field(default_factory=dict, exclude=True)
    """The desks of the cases the person comes back for."""
    visits_of: dict[str, tuple[Id, ...]] = Field(default_factory=dict, exclude=True)
    """The visits that these cases count already."""
    known: Visit | None = Field(default=None, exclude=True)
    """The visit that this very call has opened before."""


class OfVisit(AtDesk):
    """To the queue in which the visit has its ticket."""


class CallOf(OfVisit):
    asked: CallVisit


class ServeOf(OfVisit):
    asked: ServeVisit


class HoldOf(OfVisit):
    asked: HoldVisit


class EndOf(OfVisit):
    asked: EndVisit
    unpromised: tuple[Id, ...] = Field(default=(), exclude=True)
    """Open cases of the visit to which nothing is promised (I2)."""


class VisitStepped(Wire):
    """The queue to the visit: so it stands now."""

    visit: Visit
    beside: tuple[Id, ...] = ()
    """At its opening: the cases for which another ticket was open already."""


class RequestFiled(Wire):
    """A request to the visit in which it was filed."""

    request_id: Id
    is_case: bool
    """More than information was given."""


class VisitEnded(Wire):
    """A visit to each of its cases: over."""

    visit_id: Id
    answered: bool = False
    """An officer has said what comes next."""


class VisitOpened(Wire):
    """A visit to each request that its person came back for."""

    visit_id: Id
    desk_id: Id
    opened_at: Instant
    beside: bool = False
    """Another ticket for this request is open: both are one visit."""
