"""What the registry publishes: full states, one compacted topic per kind (domain 3, 5, 6, 10)."""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from services.contracts import topics
from services.contracts.event import Event
from services.contracts.topics import Topic
from services.contracts.wire import Amount, Id, Instant, Wire

Weekday = Literal["saturday", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday"]

MANY = 10_000
"""More than any duration or count of a service desk: beyond it a number is a slip of the hand."""


class Channel(StrEnum):
    WEB = "WEB"
    MOBILE = "MOBILE"
    PHONE = "PHONE"
    KIOSK_URBAN = "KIOSK_URBAN"
    KIOSK_RURAL = "KIOSK_RURAL"
    AGENCY_DESK = "AGENCY_DESK"
    POST = "POST"


class CalendarRef(Wire):
    """By which calendar something was counted, and in which version of it."""

    id: Id
    version: int


class Extent(StrEnum):
    """How much of a stage a channel serves."""

    NONE = "NONE"
    PARTIAL = "PARTIAL"
    FULL = "FULL"


class KioskClass(StrEnum):
    URBAN = "URBAN"
    RURAL = "RURAL"


class Status(StrEnum):
    """Whether an entry is in force. The registry moves it when its day comes, so others need no dates to know."""

    PLANNED = "PLANNED"
    """It begins on a day ahead."""
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    RETIRED = "RETIRED"
    """Kept for ever; nothing in force stands on it (`references.py`); it may come back."""


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


PartnerId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
"""An account at the broker, whose groups start with `<id>.`, and a part of its topic's name: so no dot, and no word of
Kafka's own such as ANONYMOUS."""

Reason = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class PlannedStatus(Wire):
    """The status from a Tehran day on."""

    status: Literal[Status.ACTIVE, Status.SUSPENDED, Status.RETIRED]
    since: date
    reason: Reason


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
    planned: tuple[PlannedStatus, ...] = Field(default=(), max_length=10)
    """What becomes of it on days ahead, the nearest first."""

    def topic(self) -> Topic:
        return self.TOPIC

    def key(self) -> str:
        return f"{self.org_id}:{self.id}@{self.version}"

    def subject(self) -> str:
        return f"{self.KIND}/{self.id}"

    def org(self) -> str:
        return self.org_id


class Organization(Entry):
    TOPIC: ClassVar[Topic] = topics.REGISTRY_ORGANIZATION
    KIND: ClassVar[str] = "organization"
    name: str
    name_en: str
    parent: Id | None
    province: str
    level: Literal["PROVINCE", "COUNTY", "CITY"]
    desk_id: Id
    """The permanent desk: it gets the desk work of cases filed by kiosk or web (domain 6)."""
    head_officer_id: Id | None = None
    """The head of the agency, who answers to the governorate (domain 1.6)."""


class Unit(Entry):
    TOPIC: ClassVar[Topic] = topics.REGISTRY_UNIT
    KIND: ClassVar[str] = "unit"
    name: str
    name_en: str
    county: str
    calendar_id: Id
    load_cap: int = Field(default=200, gt=0, le=1_000_000)
    """An officer with this many open tasks gets no more (domain 7)."""


Hours = tuple[tuple[str, str], ...]
"""Half-open intervals of a local day: `[["07:30", "12:30"]]`."""


class DeskShift(Wire):
    """When an officer serves at the desk: on these weekdays within these hours, from a day to a day, both included."""

    officer_id: Id
    valid_from: date
    valid_to: date | None = None
    days: tuple[Weekday, ...] = ()
    """Empty = every day on which the desk is open."""
    intervals: Hours = ()
    """Empty = the desk's own hours; a shift never opens a shut desk."""
    substitute_for: Id | None = None
    """Whose place they take: a substitute of the desk's head has the head's say."""


class Desk(Entry):
    TOPIC: ClassVar[Topic] = topics.REGISTRY_DESK
    KIND: ClassVar[str] = "desk"
    name: str
    name_en: str
    kind: Literal["PERMANENT", "ELECTRONIC", "OUTREACH_EVENT"]
    county: str
    floor: int = Field(ge=-20, le=200)
    address: str
    phone: str
    calendar_id: Id
    head_officer_id: Id
    shifts: tuple[DeskShift, ...] = Field(default=(), max_length=500)
    """Empty = whoever works at the desk serves in its open hours."""


Action = Literal["REGISTER", "PROCESS", "DECIDE", "APPROVE"]


class Authority(Wire):
    """What an officer may do about a service (I13), from a day to a day, both included."""

    service_id: Id
    actions: tuple[Action, ...]
    max_amount: Amount | None = None
    """In IRR; None = no limit."""
    valid_from: date
    valid_to: date | None = None
    delegated_by: Id | None = None
    """The officer whose authority it is; it holds only as long as theirs does (`contracts/authority.py`)."""


PersonRef = Annotated[str, StringConstraints(pattern=r"^A-[0-9a-f]{32}$")]
"""Intake's name for a person: never their identifier (I12)."""

Relation = Literal["SELF", "SPOUSE", "PARENT", "CHILD", "SIBLING", "BUSINESS", "OTHER"]
"""What an officer has to do with a person in whose case they take no part: a closed list (I8)."""


class Conflict(Wire):
    """A person in whose cases the officer takes no part, as declared from that day on."""

    ref: PersonRef
    relation: Relation
    since: date


class Officer(Entry):
    TOPIC: ClassVar[Topic] = topics.REGISTRY_OFFICER
    KIND: ClassVar[str] = "officer"
    name: str
    post: str
    phone: str
    unit_id: Id | None
    """The unit inside where the officer works; None for desk staff."""
    desk_id: Id | None
    grade: int = Field(ge=0, le=100)
    authorities: tuple[Authority, ...]
    conflicts: tuple[Conflict, ...] = Field(default=(), max_length=100)

    def in_conflict(self, *people: str | None) -> bool:
        """Whether one of these people, by reference, is among those the officer has declared (I8)."""
        return bool(self.conflicts) and any(conflict.ref in people for conflict in self.conflicts)


class ApiKey(Wire):
    """How an API key is known: by its digest. The key itself is nowhere but with the partner."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    valid_to: Instant | None = None
    """Until when a former key is still taken; None = it is the one in use."""


class Partner(Entry):
    TOPIC: ClassVar[Topic] = topics.REGISTRY_PARTNER
    KIND: ClassVar[str] = "partner"
    id: PartnerId
    name: str
    contact: str
    licence_no: str | None = None
    valid_to: date | None = None
    """The last day of its contract; None = open."""
    api_keys: tuple[ApiKey, ...] = Field(default=(), max_length=5)
    """The keys of the HTTP gateway, the newest first."""

    def in_force(self, day: date) -> bool:
        return self.status is Status.ACTIVE and (self.valid_to is None or day <= self.valid_to)


class SigningKey(Wire):
    """A public key of a kiosk office: what it signs is taken from a day to a day, both included."""

    kid: Id
    public_key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
    """Ed25519, base64url without padding (`x` of a JWK)."""
    valid_from: date
    valid_to: date | None = None
    revoked_at: Instant | None = None
    """From then on it signs nothing any more, whatever it was valid for."""

    def in_force(self, day: date) -> bool:
        in_time = self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
        return in_time and self.revoked_at is None


class Operator(Wire):
    """Who serves at a kiosk office."""

    id: Id
    name: str


class Closure(Wire):
    """Days on which a kiosk office is shut, both included."""

    first: date
    last: date
    reason: Reason


class Kiosk(Entry):
    TOPIC: ClassVar[Topic] = topics.REGISTRY_KIOSK
    KIND: ClassVar[str] = "kiosk"
    name: str
    licence_no: str
    kiosk_class: KioskClass
    county: str
    address: str
    phone: str
    partner: PartnerId
    calendar_id: Id
    valid_to: date
    """The last day of its licence."""
    keys: tuple[SigningKey, ...] = Field(default=(), max_length=100)
    """Also those whose time is over, and the revoked ones: a name has one key, for ever."""
    operators: tuple[Operator, ...] = Field(default=(), max_length=100)
    closures: tuple[Closure, ...] = Field(default=(), max_length=100)
    sandbox: bool = False
    """For trial: judged by every rule, but nothing that it files becomes a case, and no citizen is sent to it."""

    def in_force(self, day: date) -> bool:
        """Its licence; the partner's contract is another matter."""
        return self.status is Status.ACTIVE and day <= self.valid_to


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
    valid_from: date
    valid_to: date | None = None
    url: str | None = None


class WorkingTime(Wire):
    value: int = Field(gt=0, le=MANY)
    unit: DurationUnit


class ProcessingTime(Wire):
    """Budget of a promise = `maximum`; `legal` bounds it (domain 6)."""

    average: WorkingTime
    maximum: WorkingTime
    legal: WorkingTime


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
    attestation_expires: date
    """The last day on which the attestation holds; a case is served all the same, and the agency has a deficiency."""


class DayKind(StrEnum):
    CLOSED = "CLOSED"
    SHORT = "SHORT"
    REMOTE = "REMOTE"
    EXTRA = "EXTRA"


class CalendarScope(Wire):
    province: str
    org_id: Id | None = None
    unit_id: Id | None = None


class Week(Wire):
    """Working hours by weekday from a date on: day name -> half-open intervals ["07:30", "12:30"]; 24:00 is legal."""

    valid_from: date
    days: dict[str, Hours]


class DayException(Wire):
    date: date
    kind: DayKind
    intervals: Hours = ()
    status: Literal["FIXED", "PROVISIONAL", "CONFIRMED"]
    source: str
    county: str | None = None
    """Where it holds; None = everywhere."""
    layer: int = Field(default=0, ge=0, le=2)
    """0: of this calendar itself; 1: of the one it stands on; 2: of the one below that. The lowest holds (domain 6)."""


class WorkingCalendar(Entry):
    TOPIC: ClassVar[Topic] = topics.REGISTRY_CALENDAR
    KIND: ClassVar[str] = "calendar"
    scope: CalendarScope
    zone: str = "Asia/Tehran"
    weeks: tuple[Week, ...] = Field(min_length=1)
    base: Id | None = None
    """The calendar it stands on, of a wider scope: an agency's on its province's, a unit's on its agency's."""
    exceptions: tuple[DayException, ...] = Field(default=(), max_length=5_000)
    """Its own, and those of the calendars that it stands on: a version tells all that holds by it."""


ENTRIES: tuple[type[Entry], ...] = (
    Organization,
    Unit,
    Desk,
    Officer,
    Partner,
    Kiosk,
    Sheet,
    Offering,
    WorkingCalendar,
)
BY_TOPIC: dict[str, type[Entry]] = {entry.TOPIC.name: entry for entry in ENTRIES}
BY_KIND: dict[str, type[Entry]] = {entry.KIND: entry for entry in ENTRIES}
VERBS: dict[str, tuple[str, ...]] = {entry.TOPIC.name: (f"{entry.KIND}.recorded",) for entry in ENTRIES}
VERBS[WorkingCalendar.TOPIC.name] += ("calendar.exception-confirmed",)
