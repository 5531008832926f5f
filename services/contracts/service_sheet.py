"""What a service is, as its sheet tells it, and the channels through which it is to be had (domain 5, 10)."""

from datetime import date
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import Field

from services.contracts import topics
from services.contracts.entry import MANY, Entry, Status
from services.contracts.topics import Topic
from services.contracts.wire import Amount, Day, Id, Instant, Wire


class Channel(StrEnum):
    WEB = "WEB"
    MOBILE = "MOBILE"
    PHONE = "PHONE"
    KIOSK_URBAN = "KIOSK_URBAN"
    KIOSK_RURAL = "KIOSK_RURAL"
    AGENCY_DESK = "AGENCY_DESK"
    POST = "POST"


ELECTRONIC = (Channel.WEB, Channel.MOBILE)
"""Channels through which nobody comes anywhere."""


class Extent(StrEnum):
    """How much of a stage a channel serves."""

    NONE = "NONE"
    PARTIAL = "PARTIAL"
    FULL = "FULL"


class DurationUnit(StrEnum):
    WORKING_HOURS = "WORKING_HOURS"
    WORKING_DAYS = "WORKING_DAYS"
    CALENDAR_DAYS = "CALENDAR_DAYS"


class Maturity(StrEnum):
    NONE = "NONE"
    INFORMATION = "INFORMATION"
    INTERACTIVE = "INTERACTIVE"
    TRANSACTIONAL = "TRANSACTIONAL"
    INTEGRATED = "INTEGRATED"


PresenceGround = Literal["IDENTITY", "ORIGINAL", "BIOMETRIC", "OATH"]
"""Why the law wants a person to be there (domain 5, second row)."""


class Offering(Entry):
    """One channel through which one service is to be had, stage by stage (domain 10)."""

    TOPIC: ClassVar[Topic] = topics.REGISTRY_OFFERING
    KIND: ClassVar[str] = "offering"
    service_id: Id
    channel: Channel
    information: Extent
    request: Extent
    production: Extent
    delivery: Extent
    presence_reason: PresenceGround | None = None
    """Why this channel cannot spare the person the way; of the desk's offering alone."""
    counties: tuple[str, ...] = ()
    """Where it is open; empty = everywhere."""
    valid_from: Day
    valid_to: Day | None = None
    url: str | None = None

    def in_force(self, day: date) -> bool:
        return (
            self.status is Status.ACTIVE and self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
        )

    @property
    def takes_requests(self) -> bool:
        """Whether a request is filed through it: it does more than inform, or deliver."""
        return self.request is not Extent.NONE


class WorkingTime(Wire):
    value: int = Field(gt=0, le=MANY)
    unit: DurationUnit


class ChannelTime(Wire):
    """How long the service takes those who come through this channel."""

    channel: Channel
    average: WorkingTime
    maximum: WorkingTime


class ProcessingTime(Wire):
    """Budget of a promise = the maximum of its channel; `legal`, which is one for all, bounds it (domain 6)."""

    average: WorkingTime
    maximum: WorkingTime
    legal: WorkingTime
    by_channel: tuple[ChannelTime, ...] = ()
    """Of the channels that have a time of their own."""

    def maximum_through(self, channel: Channel) -> WorkingTime:
        """The channel's own, else the general one."""
        for time in self.by_channel:
            if time.channel is channel:
                return time.maximum
        return self.maximum


class Requirement(Wire):
    evidence_type: Id
    name: str
    original_needed: bool
    mandatory: bool = True
    held_by: Id | None = None
    """An agency that already holds it: it is never demanded of the citizen (I10)."""
    condition: str | None = None


class Cost(Wire):
    amount: Amount
    """In IRR."""
    channel: Channel | None = None
    pay_at: str


class Output(Wire):
    type: Id
    name: str
    collectable: bool


class Objection(Wire):
    days: int = Field(ge=0, le=MANY)
    body: str
    how: str


class Presence(Wire):
    """The law wants the person there (domain 5, second row)."""

    ground: PresenceGround
    stage: Literal["request", "production", "delivery"]
    law: str


class LegalResource(Wire):
    title: str
    article: str


class Kioskable(Wire):
    urban: Literal["YES", "NO", "UNDECIDED"]
    rural: Literal["YES", "NO", "UNDECIDED"]
    reason: str


class Contact(Wire):
    name: str
    phone: str


class Sheet(Entry):
    """A service sheet (شناسنامه خدمت): all that is promised about a public service. Cases keep their version of it."""

    TOPIC: ClassVar[Topic] = topics.REGISTRY_SERVICE
    KIND: ClassVar[str] = "service"
    name: str
    name_en: str
    description: str
    audience: Literal["CITIZEN", "BUSINESS", "BOTH"]
    sector: str
    spatial: str
    life_events: tuple[str, ...]
    initiation: Literal["REQUEST", "DATE", "EVENT", "AGENCY", "OTHER"]
    information_only: bool = False
    """Nothing is filed: the desk answers (domain 5, first row)."""
    information: str
    requirements: tuple[Requirement, ...]
    legal_resources: tuple[LegalResource, ...]
    processing_time: ProcessingTime
    costs: tuple[Cost, ...]
    output: Output
    declared_visits: int = Field(ge=0, le=MANY)
    stages: tuple[str, ...] = Field(min_length=1)
    """The stages ahead, as the receipt names them."""
    unit_id: Id
    responsible_officer_id: Id
    contact: Contact
    presence: Presence | None
    kioskable: Kioskable
    objection: Objection
    maturity_declared: Maturity
    """By the agency itself."""
    maturity_verified: Maturity = Maturity.NONE
    """By the agency above, who looked."""
    maturity_verified_by: Id | None = None
    maturity_verified_at: Instant | None = None
    on_spot: bool = False
    """The desk may decide at once (domain 1.3)."""
    attested_by: Id
    attested_at: Instant
    attestation_expires: Day
    """The last day on which the attestation holds; a case is served all the same, and the agency has a deficiency."""
