"""What the registry publishes about a deficiency of an agency's electronic or in-person desk (domain 1.6, 3)."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from services.contracts import topics
from services.contracts.entry import MANY
from services.contracts.event import Event
from services.contracts.topics import Topic
from services.contracts.wire import Id, Instant, Wire


class DeficiencyState(StrEnum):
    REPORTED = "REPORTED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    PLANNED = "PLANNED"
    IN_REMEDY = "IN_REMEDY"
    FIXED = "FIXED"
    """The agency says so, with evidence; the agency above has not looked yet."""
    VERIFIED = "VERIFIED"
    REJECTED = "REJECTED"


class SubjectType(StrEnum):
    """What is deficient. DIRECTIVE: how the agency has met one; of no desk and no service."""

    DESK = "DESK"
    SERVICE = "SERVICE"
    OFFERING = "OFFERING"
    DIRECTIVE = "DIRECTIVE"


class Subject(Wire):
    type: SubjectType
    id: Id


class Mode(StrEnum):
    ELECTRONIC = "ELECTRONIC"
    IN_PERSON = "IN_PERSON"


class Kind(StrEnum):
    """What is wrong: a closed list. The registry raises the first eight by itself."""

    OFFERING_MISSING = "OFFERING_MISSING"
    """A published service is to be had through no channel; or a channel of it is open on paper alone."""
    SHEET_EXPIRED = "SHEET_EXPIRED"
    DESK_MISSING = "DESK_MISSING"
    HEAD_WITHOUT_AUTHORITY = "HEAD_WITHOUT_AUTHORITY"
    """The desk has no head in service who may decide (domain 1.2)."""
    KIOSK_FAILED = "KIOSK_FAILED"
    PROMISES_BROKEN = "PROMISES_BROKEN"
    DIRECTIVE_UNACKNOWLEDGED = "DIRECTIVE_UNACKNOWLEDGED"
    CANNOT_BE_SERVED = "CANNOT_BE_SERVED"
    """Those who do the work of a published service are not there: its unit, its officers, who is responsible."""
    NOT_ON_GROUND_FLOOR = "NOT_ON_GROUND_FLOOR"
    HEAD_ABSENT = "HEAD_ABSENT"
    HOURS_NOT_KEPT = "HOURS_NOT_KEPT"
    SENT_TO_UNITS = "SENT_TO_UNITS"
    """People were sent inside instead of being served at the desk."""
    NOT_ELECTRONIC = "NOT_ELECTRONIC"
    """A service that could be had electronically is not, or not wholly."""
    OUT_OF_ORDER = "OUT_OF_ORDER"
    INFORMATION_WRONG = "INFORMATION_WRONG"
    DOCUMENT_DEMANDED = "DOCUMENT_DEMANDED"
    """A document is asked of people that an agency already holds (I10)."""
    NO_RECEIPT = "NO_RECEIPT"
    OTHER = "OTHER"


class FinderRole(StrEnum):
    INSPECTOR = "INSPECTOR"
    """An officer of the agency above."""
    STAFF = "STAFF"
    KIOSK = "KIOSK"
    SYSTEM = "SYSTEM"


class FoundBy(Wire):
    role: FinderRole
    id: Id
    """The officer, the kiosk office, or `registry`."""


class DeficiencyMoved(Event):
    """A deficiency after a move: the whole public state. What people wrote about it stays in the registry (I12)."""

    CONTEXT: ClassVar[str] = "registry"
    deficiency_id: Id
    org_id: Id
    state: DeficiencyState
    kind: Kind
    about: Subject = Field(alias="subject")
    mode: Mode | None
    """None: of a DIRECTIVE."""
    found_by: FoundBy
    owner: Id | None
    """The officer who answers for it; None while the agency has named neither a head nor somebody responsible."""
    reported_at: Instant
    due_at: Instant | None
    """By when the agency has to take the next step; None when it has none to take."""
    level: int = Field(ge=0, le=MANY)
    """How often it was escalated: once for each step that was not taken in time."""
    occurrences: int = Field(ge=1)
    last_seen_at: Instant
    gone_at: Instant | None = None
    """Since when the registry itself sees the fault no more; the agency above still has to verify."""
    inspection_ids: tuple[Id, ...] = ()
    rejections: int = Field(default=0, ge=0)
    occurred_at: Instant

    def topic(self) -> Topic:
        return topics.REGISTRY_DEFICIENCY

    def key(self) -> str:
        return self.deficiency_id

    def org(self) -> str:
        return self.org_id


DEFICIENCY_VERBS = (
    "deficiency.reported",
    "deficiency.acknowledged",
    "deficiency.planned",
    "deficiency.remedy-started",
    "deficiency.fixed",
    "deficiency.verified",
    "deficiency.rejected",
    "deficiency.escalated",
)
