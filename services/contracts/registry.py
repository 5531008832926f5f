"""What the registry publishes: full states, one compacted topic per kind (domain 3): who serves, where, for whom."""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints

from services.contracts import topics
from services.contracts.entry import Entry, Reasoned, Status, unexplained
from services.contracts.routing_rule import RoutingRule
from services.contracts.service_sheet import Offering, Sheet
from services.contracts.topics import Topic
from services.contracts.wire import Amount, Day, Id, Instant, Wire
from services.contracts.working_calendar import Hours, Weekday, WorkingCalendar


class KioskClass(StrEnum):
    URBAN = "URBAN"
    RURAL = "RURAL"


PartnerId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
"""An account at the broker, whose groups start with `<id>.`, and a part of its topic's name: so no dot, and no word of
Kafka's own such as ANONYMOUS."""


RESERVED: frozenset[str] = frozenset(
    {
        *(word for group in topics.GROUPS for word in group.split(".")),
        *(name for topic in topics.all_topics([]) for name in (*topic.producers, *topic.consumers)),
        *("operators", "portal", "ops", "sd", "kafka", "mongo", "mongodb", "admin", "root"),
    }
)
"""Ids that no partner has: names of our services, of the accounts they and the servers have, and of our groups."""


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


class Shift(Wire):
    """When an officer serves at a desk, or works in a unit: on these weekdays within these hours, from a day to a day,
    both included."""

    officer_id: Id
    valid_from: Day
    valid_to: Day | None = None
    days: tuple[Weekday, ...] = ()
    """Empty = every day on which the desk, or the unit, is open."""
    intervals: Hours = ()
    """Empty = its own hours; a shift never opens what is shut."""
    substitute_for: Id | None = None
    """Whose place they take: a substitute of the head has the head's say."""


class Unit(Entry):
    TOPIC: ClassVar[Topic] = topics.REGISTRY_UNIT
    KIND: ClassVar[str] = "unit"
    name: str
    name_en: str
    county: str
    calendar_id: Id
    load_cap: int = Field(default=200, gt=0, le=1_000_000)
    """An officer with this many open tasks gets no more (domain 7)."""
    head_officer_id: Id | None = None
    """Who leads it: the work that no officer may take is theirs (domain 7). They may have left since."""
    shifts: tuple[Shift, ...] = Field(default=(), max_length=500)
    """Empty = whoever works in the unit does so in its open hours."""


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
    shifts: tuple[Shift, ...] = Field(default=(), max_length=500)
    """Empty = whoever works at the desk serves in its open hours."""


Action = Literal["REGISTER", "PROCESS", "DECIDE", "APPROVE"]


class Authority(Wire):
    """What an officer may do about a service (I13), from a day to a day, both included."""

    service_id: Id
    actions: tuple[Action, ...]
    max_amount: Amount | None = None
    """In IRR; None = no limit."""
    valid_from: Day
    valid_to: Day | None = None
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
    since: Day


class Absence(Reasoned):
    """Days on which an officer is away, both included: no desk has them then, and no work is given to them."""

    first: Day
    last: Day


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
    absences: tuple[Absence, ...] = Field(default=(), max_length=100)

    def public(self) -> Self:
        told = super().public()
        return told.model_copy(update={"absences": unexplained(told.absences)}) if told.absences else told

    def absent_on(self, day: date) -> bool:
        """Whether they are away on that Tehran day."""
        return any(absence.first <= day <= absence.last for absence in self.absences)

    def in_conflict(self, *people: str | None) -> bool:
        """Whether one of these people, by reference, is among those the officer has declared (I8)."""
        return bool(self.conflicts) and any(conflict.ref in people for conflict in self.conflicts)


class ApiKey(Wire):
    """How an API key is known: by its digest. The key itself is nowhere but with the partner."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    valid_to: Instant | None = None
    """Until when a former key is still taken, or when it was revoked; None = it is the one in use."""


ENDED = "ended"
"""The second move of a kiosk office or partner that was suspended since its last day is over."""


def _in_force(entry: "Partner | Kiosk", day: date) -> bool:
    """Nothing but its last day has ended it: on the days before it was in force, whenever that is asked."""
    suspended = entry.status is Status.SUSPENDED
    if entry.status is Status.ACTIVE or (suspended and f"{entry.KIND}.{ENDED}" in entry.moves):
        return entry.valid_to is None or day <= entry.valid_to
    return suspended and entry.ended_on is not None and day <= entry.ended_on


class Partner(Entry):
    TOPIC: ClassVar[Topic] = topics.REGISTRY_PARTNER
    KIND: ClassVar[str] = "partner"
    id: PartnerId
    name: str
    contact: str
    licence_no: str | None = None
    valid_to: Day | None = None
    """The last day of its contract; None = open."""
    ended_on: Day | None = None
    """The last day of the contract that had ended when it was renewed, until it is resumed. Nobody says it."""
    api_keys: tuple[ApiKey, ...] = Field(default=(), max_length=5)
    """The keys of the HTTP gateway, the newest first."""

    def in_force(self, day: date) -> bool:
        return _in_force(self, day)


class SigningKey(Wire):
    """A public key of a kiosk office: what it signs is taken from a day to a day, both included."""

    kid: Id
    public_key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
    """Ed25519, base64url without padding (`x` of a JWK)."""
    valid_from: Day
    valid_to: Day | None = None
    revoked_at: Instant | None = None
    """From then on it signs nothing any more, whatever it was valid for."""

    def in_force(self, day: date) -> bool:
        in_time = self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
        return in_time and self.revoked_at is None


class Operator(Wire):
    """Who serves at a kiosk office."""

    id: Id
    name: str


class Closure(Reasoned):
    """Days on which a kiosk office is shut, both included."""

    first: Day
    last: Day


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
    valid_to: Day
    """The last day of its licence."""
    ended_on: Day | None = None
    """The last day of the licence that had ended when it was renewed, until it is resumed. Nobody says it."""
    keys: tuple[SigningKey, ...] = Field(default=(), max_length=100)
    """Also those whose time is over, and the revoked ones: a name has one key, for ever."""
    operators: tuple[Operator, ...] = Field(default=(), max_length=100)
    closures: tuple[Closure, ...] = Field(default=(), max_length=100)
    sandbox: bool = False
    """For trial: judged by every rule, but nothing that it files becomes a case, and no citizen is sent to it."""

    def public(self) -> Self:
        told = super().public()
        return told.model_copy(update={"closures": unexplained(told.closures)}) if told.closures else told

    def in_force(self, day: date) -> bool:
        """Its licence; the partner's contract is another matter."""
        return _in_force(self, day)

    @property
    def holds_licence(self) -> bool:
        """Whether its licence number is its own: while it is suspended too, and where it comes back on a day ahead."""
        return self.status is not Status.RETIRED or bool(self.planned)


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
    RoutingRule,
)
BY_TOPIC: dict[str, type[Entry]] = {entry.TOPIC.name: entry for entry in ENTRIES}
BY_KIND: dict[str, type[Entry]] = {entry.KIND: entry for entry in ENTRIES}
VERBS: dict[str, tuple[str, ...]] = {entry.TOPIC.name: (f"{entry.KIND}.recorded",) for entry in ENTRIES}
for _kind in (Partner, Kiosk):
    VERBS[_kind.TOPIC.name] += (f"{_kind.KIND}.{ENDED}",)
VERBS[WorkingCalendar.TOPIC.name] += ("calendar.exception-confirmed",)
