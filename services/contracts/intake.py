"""What intake publishes about a request, and the commands it takes (contract: Intake)."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints, field_validator

from services.contracts import topics
from services.contracts.event import Event
from services.contracts.kiosk import Applicant, Evidence, Responsible
from services.contracts.registry import Channel, WorkingTime
from services.contracts.routing import Produced, PublicResult
from services.contracts.topics import Topic
from services.contracts.wire import Amount, Command, Flag, Id, Instant, TypedId, Wire


class RequestState(StrEnum):
    """Domain 3, as far as the path from filing to closing needs it."""

    RECEIVED = "RECEIVED"
    GUIDED = "GUIDED"
    REDIRECTED = "REDIRECTED"
    EXPIRED = "EXPIRED"
    REGISTERED = "REGISTERED"
    PROMISED = "PROMISED"
    DONE_ON_SPOT = "DONE_ON_SPOT"
    IN_PROGRESS = "IN_PROGRESS"
    RESULT_READY = "RESULT_READY"
    ANNOUNCED = "ANNOUNCED"
    COLLECTION_DUE = "COLLECTION_DUE"
    DELIVERED = "DELIVERED"
    CLOSED = "CLOSED"
    OBJECTED = "OBJECTED"
    REOPENED = "REOPENED"
    WITHDRAWN = "WITHDRAWN"


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


class CommitmentKind(StrEnum):
    NEXT_VISIT = "NEXT_VISIT"
    FINAL_DELIVERY = "FINAL_DELIVERY"


class CommitmentState(StrEnum):
    OPEN = "OPEN"
    KEPT = "KEPT"
    BROKEN = "BROKEN"
    RELEASED = "RELEASED"


class ReopeningReason(StrEnum):
    """Why a closed case is worked on again: a closed list."""

    NEW_EVIDENCE = "NEW_EVIDENCE"
    OUR_ERROR = "OUR_ERROR"
    COURT_ORDER = "COURT_ORDER"


class WithdrawalReason(StrEnum):
    """Why an applicant takes a request back: a closed list. Nobody has to give a reason."""

    NOT_NEEDED = "NOT_NEEDED"
    HAD_ELSEWHERE = "HAD_ELSEWHERE"
    FILED_IN_ERROR = "FILED_IN_ERROR"
    TAKES_TOO_LONG = "TAKES_TOO_LONG"
    NOT_SAID = "NOT_SAID"


class CalendarRef(Wire):
    id: Id
    version: int


class Commitment(Wire):
    """A promise: when, by which calendar, within which law (I3)."""

    id: Id
    kind: CommitmentKind
    promised_at: Instant
    promised_local: str
    legal_latest_at: Instant
    legal_risk: bool = False
    """The desk is not open once more before the law's limit: the promise lies past it and the desk head knows (I3)."""
    calendar: CalendarRef
    budget: WorkingTime
    basis: Literal["RULE", "OFFICER"] = "RULE"
    state: CommitmentState = CommitmentState.OPEN
    ended_at: Instant | None = None
    fulfilled_late_at: Instant | None = None


class KioskRef(Wire):
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


class HeldDemand(Wire):
    """The citizen brought what an agency holds already: on record, for nobody may demand it (I10)."""

    type: Id
    held_by: Id
    asked_by: Id
    """The officer, or the kiosk office."""
    at: Instant


class RequestMoved(Event):
    """A request after one or more moves, as others may know it: no personal data, only `applicantRef` (I12).

    It carries the whole public state, so that a late or first-time consumer needs no earlier event.
    """

    CONTEXT: ClassVar[str] = "intake"
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
    notifiable: bool
    """Whether the applicant left a mobile number."""
    priority_class: str | None = None
    evidence: tuple[Id, ...] = ()
    """The types of what was taken; never a document, nor a word about its content."""
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
    "request.evidence-added",
    "request.registered",
    "request.done-on-spot",
    "request.started",
    "request.result-ready",
    "request.announced",
    "request.collection-due",
    "request.collection-reminded",
    "request.delivered",
    "request.closed",
    "request.objected",
    "request.reopened",
    "request.withdrawn",
    "commitment.added",
    "commitment.kept",
    "commitment.kept-late",
    "commitment.broken",
    "survey.answered",
    "commitment.released",
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

Text = Annotated[str, StringConstraints(max_length=2000)]


class HandedOver(Command):
    """What a decision on the spot has produced is in the person's hands already."""

    collected_by: Literal["APPLICANT", "REPRESENTATIVE"]
    identity_seen: Flag


class Decide(Command):
    """A decision on the spot. Needs an officer with authority for it at that desk (I13)."""

    result: Literal["GRANTED", "REFUSED", "PARTIAL"]
    ground: Text | None = None
    output: Produced | None = None
    handover: HandedOver | None = None


class FileRequest(Command):
    """POST /v1/requests: a desk files for the person in front of it."""

    service_id: TypedId
    desk_id: TypedId
    applicant: Applicant | None = None
    representative: None = None
    evidence: tuple[Evidence, ...] = Field(default=(), max_length=50)
    information_only: Flag = False
    electronically_able: Flag = True
    willing: Flag = True
    assistance_reason: Literal["NO_PHONE", "DISABILITY", "AGE", "ASKS_IN_PERSON"] | None = None
    priority_class: Literal["VETERAN", "DISABILITY", "PREGNANCY", "AGE", "COURT_ORDER"] | None = None
    legal_basis: Text | None = None
    amount: Amount | None = None
    area: float | None = Field(default=None, ge=0, allow_inf_nan=False, strict=True)
    visit_id: TypedId | None = None
    """The visit that is being served."""
    redirect_ref: TypedId | None = None
    note: Text | None = None
    not_on_spot_reason: NotOnSpotReason | None = None
    """Required where the sheet lets the desk decide at once, and it does not."""
    decide: Decide | None = None
    officer_id: TypedId


class DecideOnSpot(Decide):
    """POST /v1/requests/{id}/decide."""

    officer_id: TypedId


class AddEvidence(Command):
    """POST /v1/requests/{id}/evidence: the fields of the form, beside the copy itself in `file`, which may be left out.

    In the form `originalSeen` is the text true or false.
    """

    type: TypedId
    original_seen: Flag
    officer_id: TypedId

    @field_validator("original_seen", mode="before")
    @classmethod
    def _written(cls, value: Any) -> Any:
        return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


class Announce(Command):
    """The desk told the citizen itself (I9)."""

    told_to: Literal["APPLICANT", "REPRESENTATIVE"]
    identity_seen: Flag
    officer_id: TypedId


ReturnCause = Literal["SHUT", "REFUSED", "FAILED", "LAPSED"]
"""Why somebody who was redirected is back. LAPSED says nothing against the kiosk: the person may not have gone."""


class ReturnFromKiosk(Command):
    """POST /v1/requests/{id}/return-from-kiosk: the desk where the person stands takes the redirected case back."""

    cause: ReturnCause
    kiosk_id: TypedId | None = None
    """Which of the offered offices it was."""
    evidence: tuple[Evidence, ...] = Field(default=(), max_length=50)
    """Besides what was taken when the case was filed."""
    amount: Amount | None = None
    area: float | None = Field(default=None, ge=0, allow_inf_nan=False, strict=True)
    officer_id: TypedId


class RedirectAgain(Command):
    """POST /v1/requests/{id}/redirect: to another kiosk, once, with the head of the desk as second officer."""

    cause: ReturnCause
    kiosk_id: TypedId | None = None
    """Which of the offered offices failed; needed unless the redirect only lapsed."""
    officer_id: TypedId
    second_officer_id: TypedId | None = None


class Expire(Command):
    """POST /v1/requests/{id}/expire: the desk closes a redirected case that nobody has followed up."""

    told_to: Literal["APPLICANT", "REPRESENTATIVE"] | None = None
    """Whom the desk itself told until when; needed unless the message about the lapse was delivered."""
    officer_id: TypedId


class HandOver(HandedOver):
    officer_id: TypedId


class RemindToCollect(Command):
    """POST /v1/requests/{id}/remind: the desk has told the citizen itself that an output waits."""

    told_to: Literal["APPLICANT", "REPRESENTATIVE"]
    officer_id: TypedId


class FileObjection(Command):
    """POST /v1/requests/{id}/object: the applicant objects to a refusal, in their own words."""

    reason: Text
    identity_seen: Flag
    officer_id: TypedId


class Reopen(Command):
    """POST /v1/requests/{id}/reopen. The head of the desk confirms it, as second officer."""

    reason: ReopeningReason
    officer_id: TypedId
    second_officer_id: TypedId | None = None


class Withdraw(Command):
    """POST /v1/requests/{id}/withdraw: the applicant takes the request back at the desk."""

    reason: WithdrawalReason
    identity_seen: Flag
    officer_id: TypedId


class Track(Command):
    """POST /v1/track: code and last four of the id or mobile. POST, since query strings reach logs (domain 8)."""

    code: Annotated[str, StringConstraints(max_length=40)]
    last4: Annotated[str, StringConstraints(max_length=8)]


class CheckReceipt(Command):
    """POST /v1/receipts/check: number and hash as they stand on a print, or as somebody typed them from it."""

    number: Annotated[str, StringConstraints(max_length=60)]
    hash: Annotated[str, StringConstraints(max_length=200)]


class Demand(Command):
    """What was asked against the law, in the citizen's own words."""

    text: Text


class AnswerSurvey(Track):
    """POST /v1/track/survey: whoever may track a case that is over says how it went, once."""

    on_time: Flag
    treatment: Annotated[int, Field(ge=1, le=5, strict=True)]
    sent_to_unit: Flag
    illegal_demand: Demand | None = None
    """Goes past the agency, to the inspectorate."""
    comment: Text | None = None


class ResolveContacts(Command):
    """POST /v1/contacts: notify asks for what it needs to reach the applicants of these requests; audited."""

    request_ids: tuple[TypedId, ...] = Field(min_length=1, max_length=500)
    purpose: Literal["SERVICE", "LEGAL"] = "SERVICE"


class Contact(Wire):
    request_id: TypedId
    name: str
    mobile: str | None
    """E.164."""


class Contacts(Wire):
    items: tuple[Contact, ...]
