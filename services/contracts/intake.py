"""What intake publishes about a request (contract: Intake)."""

from enum import StrEnum
from typing import ClassVar, Literal

from services.contracts import topics
from services.contracts.commitment import Commitment
from services.contracts.coordination import Ground, ReferralOutcome, ReferralState, Slot, UnitContact
from services.contracts.event import Event
from services.contracts.kiosk import Responsible
from services.contracts.routing import PublicResult, SuspensionCause, SuspensionReason
from services.contracts.routing_rule import ApplicantKind
from services.contracts.service_sheet import Channel
from services.contracts.topics import Topic
from services.contracts.wire import Amount, Id, Instant, Made, Wire
from services.contracts.working_calendar import CalendarRef, ChangedDay


class RequestState(StrEnum):
    """Domain 3, as far as the path from filing to closing needs it."""

    RECEIVED = "RECEIVED"
    GUIDED = "GUIDED"
    REDIRECTED = "REDIRECTED"
    INCOMPLETE = "INCOMPLETE"
    """Documents are awaited before it is registered: nothing is promised yet and no Clock runs."""
    EXPIRED = "EXPIRED"
    REGISTERED = "REGISTERED"
    PROMISED = "PROMISED"
    DONE_ON_SPOT = "DONE_ON_SPOT"
    IN_PROGRESS = "IN_PROGRESS"
    SUSPENDED = "SUSPENDED"
    """The Clock stands still, and with it the promise; it returns to the state that it left."""
    COORDINATING = "COORDINATING"
    """Its desk has asked a unit whether it must see the citizen; the work goes on meanwhile."""
    REFERRED = "REFERRED"
    """Its person is sent to a unit, in a slot that this has confirmed (I1); the work goes on meanwhile."""
    RESULT_READY = "RESULT_READY"
    ANNOUNCED = "ANNOUNCED"
    COLLECTION_DUE = "COLLECTION_DUE"
    DELIVERED = "DELIVERED"
    CLOSED = "CLOSED"
    OBJECTED = "OBJECTED"
    REOPENED = "REOPENED"
    WITHDRAWN = "WITHDRAWN"
    DUPLICATE = "DUPLICATE"

    @property
    def ended(self) -> bool:
        """Nothing is to be done any more. A closed case may be objected to, or reopened: another round begins."""
        return self in _ENDED

    @property
    def ended_unanswered(self) -> bool:
        """Nothing of it is ahead, and nothing is wanted for it any more; what was answered is CLOSED."""
        return self in _UNANSWERED


_UNANSWERED = frozenset({RequestState.EXPIRED, RequestState.WITHDRAWN, RequestState.DUPLICATE})
_ENDED = _UNANSWERED | {RequestState.GUIDED, RequestState.CLOSED}


class ChannelReason(StrEnum):
    """Why a request took its channel: the rows of the table of domain 5."""

    INFO = "INFO"
    PRESENCE = "PRESENCE"
    KIOSK_FAILED = "KIOSK_FAILED"
    E_FIRST = "E_FIRST"
    ASSISTED = "ASSISTED"
    KIOSK = "KIOSK"
    E_PARTIAL = "E_PARTIAL"
    DESK_ONLY = "DESK_ONLY"


class NotOnSpotReason(StrEnum):
    """Why a desk that may decide at once did not (domain 1.3): a closed list."""

    NEEDS_UNIT = "NEEDS_UNIT"
    MISSING_DOCUMENT = "MISSING_DOCUMENT"
    NO_AUTHORITY = "NO_AUTHORITY"
    SYSTEM_DOWN = "SYSTEM_DOWN"
    NEEDS_OTHER_AGENCY = "NEEDS_OTHER_AGENCY"
    OTHER = "OTHER"


class ReopeningReason(StrEnum):
    """Why a closed case is worked on again: a closed list."""

    NEW_EVIDENCE = "NEW_EVIDENCE"
    OUR_ERROR = "OUR_ERROR"
    COURT_ORDER = "COURT_ORDER"


class KioskRef(Made):
    """Which submission opened the case."""

    kiosk_id: Id
    external_ref: str
    partner: Id


class SurveyAnswers(Wire):
    """What a citizen says when the case is over, as far as it can be counted (domain 3, 11)."""

    on_time: bool
    """Whether it was done on the promised date."""
    treatment: int
    """From 1, bad, to 5, good."""
    sent_to_unit: bool
    """Whether they were sent to a unit inside."""


class RedirectFailure(Wire):
    """A kiosk office did not do what a desk had sent somebody to it for: a fault of the offering (domain 5)."""

    cause: Literal["SHUT", "REFUSED", "FAILED"]
    channel: Channel
    """Of the offering that failed."""
    kiosk_ids: tuple[Id, ...] = ()
    """The office, when the person could name it."""
    at: Instant


class AwaitedDocuments(Wire):
    """What the citizen is to bring, and until when (domain 3). Types alone: what a paper says stays in intake."""

    types: tuple[Id, ...]
    missing: tuple[Id, ...]
    """Of these, what has not come yet."""
    until: Instant
    """The desk is open then."""
    postponed_by: CalendarRef | None = None
    """By which version of the calendar the desk is shut at the moment that was told before; None where the desk itself
    is away then."""
    postponed_on: ChangedDay | None = None
    """With `postponed_by`: the day of that moment, by whose decision. None where that is not known."""


class RequestSuspension(Wire):
    """For what the work stands still, as routing has said (`routing.Suspension`)."""

    number: int
    cause: SuspensionCause
    reason: SuspensionReason
    since: Instant


class RequestReferral(Wire):
    """Where its person is sent, and how that ended, as routing has said (`coordination.Referral`)."""

    id: Id
    unit_id: Id
    unit_name: str
    contact: UnitContact
    slot: Slot
    ground: Ground
    state: ReferralState
    outcome: ReferralOutcome | None = None
    rebooks: Id | None = None
    """The missed referral in whose place it stands."""
    told_at: Instant
    """When it was issued, or ended, as far as intake has heard: `occurredAt` of the event that tells of that."""
    shut_by: CalendarRef | None = None
    shut_on: ChangedDay | None = None
    """Of UNIT_SHUT before the slot: by which days, as routing has said."""


class HeldDemand(Wire):
    """The citizen brought what an agency holds already: on record, for nobody may demand it (I10)."""

    type: Id
    held_by: Id
    asked_by: Id
    """The officer, or the kiosk office."""
    at: Instant


class RequestMoved(Event, Made):
    """A request after one or more moves, as others may know it: no personal data, only `applicantRef` (I12).

    It carries the whole public state, so that a late or first-time consumer needs no earlier event.
    """

    CONTEXT: ClassVar[str] = "intake"
    about_visits: tuple[str, ...] = ()
    """Those of `moves` that tell of a promised visit, not of an answer."""
    request_id: Id
    tracking_code: str
    version: int
    state: RequestState
    org_id: Id
    desk_id: Id
    unit_id: Id
    service_id: Id
    service_version: int
    service_name: str
    channel: Channel
    channel_reason: ChannelReason | None
    applicant_ref: Id | None
    representative_ref: Id | None = None
    """Who speaks for the applicant; `request.represented` where nothing else tells of somebody new."""
    duplicate_of: Id | None = None
    """The request of the same person for the same service that was open already, or in whose favour this one ended."""
    duplicate_code: str | None = None
    """With `request.duplicate`: the tracking code of the other."""
    notifiable: bool
    """Whether the applicant left a mobile number."""
    mailable: bool = False
    """Whether the applicant left an e-mail address."""
    priority_class: str | None = None
    amount: Amount | None = None
    """In IRR, where the filing named one: the rule of the service and the authority of officers look at it."""
    area: float | None = None
    """In the unit of the service, where the filing named one."""
    applicant_kind: ApplicantKind | None = None
    evidence: tuple[Id, ...] = ()
    """The types of what was taken; never a document, nor a word about its content."""
    awaited: AwaitedDocuments | None = None
    """While the citizen is asked for any."""
    suspension: RequestSuspension | None = None
    """While it is SUSPENDED."""
    referral: RequestReferral | None = None
    """The one of which was heard last in this round. None: nobody was ever sent to a unit."""
    reroutes: int = 0
    """How often its work went to another unit, since it was that one's or by a transfer."""
    held_demands: tuple[HeldDemand, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    responsible: Responsible
    kiosk: KioskRef | None = None
    redirect_ref: Id | None = None
    redirect_lapses_at: Instant | None = None
    """Until when the kiosk's event is awaited (I2)."""
    redirect_ends_at: Instant | None = None
    """With `request.redirect-lapsed`, and from then on: from when the desk may close the case."""
    redirect_failure: RedirectFailure | None = None
    """With `request.redirect-failed`, and from then on: the newest."""
    result: PublicResult | None = None
    collectable: bool = False
    collect_by: Instant | None = None
    """Until when an output waits at the desk."""
    collected: bool | None = None
    """False: closed uncollected, after notice and grace. None: nothing was to be fetched, or it still waits."""
    round: int = 1
    """Which time it is worked on: an objection or a reopening begins another round, with a promise of its own."""
    barred: tuple[Id, ...] = ()
    """Officers who may not decide it any more: the authors of what was objected to (I8)."""
    objection: str | None = None
    """How to object: goes into the message when the result is REFUSED (I5)."""
    survey: SurveyAnswers | None = None
    visits: int = 1
    """How often the person has come for this case, to a kiosk or a desk."""
    on_spot_allowed: bool = False
    """Whether the desk that filed it could have decided at once."""
    not_on_spot_reason: NotOnSpotReason | None = None
    """Why it did not."""
    filed_at: Instant
    occurred_at: Instant

    def topic(self) -> Topic:
        return topics.INTAKE_REQUEST

    def key(self) -> str:
        return self.request_id

    def org(self) -> str:
        return self.org_id


REQUEST_VERBS = (
    "request.guided",
    "request.redirected",
    "request.redirect-failed",
    "request.redirect-lapsed",
    "request.expired",
    "request.incomplete",
    "request.suspended",
    "request.resumed",
    "request.documents-reminded",
    "request.documents-postponed",
    "request.evidence-added",
    "request.represented",
    "request.registered",
    "request.done-on-spot",
    "request.started",
    "request.coordinating",
    "request.referred",
    "request.returned",
    "request.rerouted",
    "request.result-ready",
    "request.announced",
    "request.collection-due",
    "request.collection-reminded",
    "request.delivered",
    "request.closed",
    "request.objected",
    "request.reopened",
    "request.withdrawn",
    "request.duplicate",
    "commitment.added",
    "commitment.extended",
    "commitment.re-projected",
    "commitment.upheld",
    "commitment.legal-risk",
    "commitment.kept",
    "commitment.kept-late",
    "commitment.broken",
    "survey.answered",
    "commitment.released",
    "commitment.warned",
    "commitment.reinstated",
    "commitment.shortened",
    "commitment.lengthened",
)


class IllegalDemandReported(Event):
    """That something illegal was asked of a citizen: to be counted by agency. What it was, inspectors read (domain 3).

    An entity of its own tells it, so its subject is not the request's, whose events are numbered apart from it.
    """

    CONTEXT: ClassVar[str] = "intake"
    demand_id: Id
    request_id: Id
    org_id: Id
    occurred_at: Instant

    def topic(self) -> Topic:
        return topics.INTAKE_REQUEST

    def key(self) -> str:
        return self.request_id

    def subject(self) -> str:
        return self.demand_id

    def org(self) -> str:
        return self.org_id


DEMAND_VERBS = ("illegal-demand.reported",)
DEMAND_REPORTED = f"{topics.TYPE_PREFIX}.{IllegalDemandReported.CONTEXT}.{DEMAND_VERBS[0]}.v1"
"""Its `ce_type`, for whoever follows requests on this topic and is to leave it alone."""
