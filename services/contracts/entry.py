"""What every entry of the registry has: its owner, its versions, whether it is in force and from when on not."""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self, TypeVar

from pydantic import Field, StringConstraints

from services.contracts.event import Event
from services.contracts.topics import Topic
from services.contracts.wire import Day, Id, Wire

MANY = 10_000
"""More than any duration or count of a service desk: beyond it a number is a slip of the hand."""


class Status(StrEnum):
    """Whether an entry is in force. The registry moves it when its day comes, so others need no dates to know."""

    PLANNED = "PLANNED"
    """It begins on a day ahead."""
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    RETIRED = "RETIRED"
    """Kept for ever; nothing in force stands on it (`references.py`); it may come back."""


PLANS = 10
"""Of one entry: more is a list of absences, which is the business of shifts and calendars."""

Reason = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class Reasoned(Wire):
    """Something with a reason in somebody's words: they may tell of a person, and stay in the registry (I12)."""

    reason: Reason | None = None


R = TypeVar("R", bound=Reasoned)


def unexplained(those: tuple[R, ...]) -> tuple[R, ...]:
    """The same without their reasons."""
    return tuple(each.model_copy(update={"reason": None}) for each in those)


class PlannedStatus(Reasoned):
    """The status from a Tehran day on."""

    status: Literal[Status.ACTIVE, Status.SUSPENDED, Status.RETIRED]
    since: Day


class Entry(Event):
    """One registry entity in one version. `org_id` owns it; `id` and `version` name the state."""

    CONTEXT: ClassVar[str] = "registry"
    TOPIC: ClassVar[Topic]
    KIND: ClassVar[str]
    """Also the path segment, in the plural: /v1/<KIND>s."""

    moves: tuple[str, ...] = ()
    id: Id
    org_id: Id
    version: int = Field(default=0, ge=0, le=2**53)
    """Counts recorded states, from 1; 0 until recorded."""
    status: Status = Status.ACTIVE
    planned: tuple[PlannedStatus, ...] = Field(default=(), max_length=PLANS)
    """What becomes of it on days ahead, the nearest first."""

    def status_on(self, day: date) -> Status:
        """What it is on that Tehran day, today or ahead, as far as it has been decided."""
        return next((plan.status for plan in reversed(self.planned) if plan.since <= day), self.status)

    def public(self) -> Self:
        """As others may know it: without what somebody wrote freely about why (I12)."""
        return self.model_copy(update={"planned": unexplained(self.planned)}) if self.planned else self

    def topic(self) -> Topic:
        return self.TOPIC

    def key(self) -> str:
        return f"{self.org_id}:{self.id}@{self.version}"

    def subject(self) -> str:
        return f"{self.KIND}/{self.id}"

    def org(self) -> str:
        return self.org_id
